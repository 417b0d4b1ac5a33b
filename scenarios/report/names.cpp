#include "scenarios/report/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenarios/report/format.h"
#include "scenarios/report/scored_units.h"

namespace assay::scenarios {
namespace {

template <class Section>
const Section* with_id(const std::vector<Section>& sections, const std::string& id) {
  const auto it = std::find_if(sections.begin(), sections.end(),
                               [&](const auto& section) { return section.id == id; });
  return it == sections.end() ? nullptr : &*it;
}

std::string observation_words(const std::string& kind) {
  static const std::map<std::string, std::string> kWords = {
      {"client_update", "each client's update"},          {"aggregate", "the sum of the updates"},
      {"global_model", "the global model of each round"}, {"own_update", "its own update"},
      {"traffic", "sizes and times of messages"},         {"released_model", "the released model"}};
  const auto it = kWords.find(kind);
  return it == kWords.end() ? spaced(kind) : it->second;
}

std::string knowledge_words(const std::string& knowledge) {
  static const std::map<std::string, std::string> kWords = {
      {"architecture", "the architecture"},
      {"hyperparameters", "the hyper-parameters"},
      {"labels", "the labels"}};
  const auto it = kWords.find(knowledge);
  return it == kWords.end() ? spaced(knowledge) : it->second;
}

template <class Words>
std::string listed(const std::vector<std::string>& names, Words words, const std::string& last) {
  std::vector<std::string> out;
  for (const auto& name : names)
    out.push_back(words(name));
  return joined(out, last);
}

}  // namespace

std::string name_of(const SystemSection& system) {
  return system.title.empty() ? system.id : system.title;
}
std::string name_of(const AttackSection& attack) {
  return attack.title.empty() ? attack.id : attack.title;
}

std::string system_name(const ReportInput& in, const std::string& id) {
  const auto* section = with_id(in.spec.systems, id);
  return section == nullptr ? id : name_of(*section);
}

std::string attack_name(const ReportInput& in, const std::string& id) {
  const auto* section = with_id(in.spec.attacks, id);
  return section == nullptr ? id : name_of(*section);
}

std::string metric_title(const Row& row) {
  return row.metric_title.empty() ? row.metric : row.metric_title;
}

std::string form_word(const ReportInput& in, const Row& row) {
  if (row.adaptive) return "adaptive";
  const bool adapted =
      std::any_of(in.results.rows.begin(), in.results.rows.end(), [&](const Row& r) {
        return r.adaptive && r.system == row.system && attack_id(r) == row.attack;
      });
  return adapted ? "naive" : "";
}

bool has_several_roles(const ReportInput& in, const std::string& attack) {
  std::string role;
  for (const auto& row : in.results.rows) {
    if (attack_id(row) != attack) continue;
    if (!role.empty() && role != row.role) return true;
    role = row.role;
  }
  return false;
}

std::string form_note(const ReportInput& in, const Row& row) {
  auto note = form_word(in, row);
  if (has_several_roles(in, attack_id(row))) note += (note.empty() ? "from " : " from ") + row.role;
  return note;
}

std::string form_name(const ReportInput& in, const Row& row) {
  const auto id = attack_id(row), word = form_word(in, row);
  auto name = attack_name(in, id);
  if (!word.empty()) name += fmt::format(" ({})", word);
  if (has_several_roles(in, id)) name += " from " + row.role;
  return name;
}

std::string role_words(const std::string& role) {
  static const std::map<std::string, std::string> kWords = {
      {"operator", "the operator (whoever runs the aggregation)"},
      {"server", "the server"},
      {"outsider", "an outsider"},
      {"dealer", "the dealer"}};
  if (const auto it = kWords.find(role); it != kWords.end()) return it->second;
  if (role.find('+') != role.npos) return "the coalition " + role;
  if (role.starts_with("eavesdropper:")) return "an eavesdropper on link " + role.substr(13);
  return role;
}

std::string threat_sentence(const Threat& threat) {
  auto text =
      fmt::format("The adversary is {}. It sees {}", listed(threat.adversary, role_words, "or"),
                  threat.sees.empty() ? "nothing" : listed(threat.sees, observation_words, "and"));
  if (!threat.knows.empty()) text += ", and knows " + listed(threat.knows, knowledge_words, "and");
  return text + ".";
}

SuccessWords success_words(const Row& row) {
  static const std::map<std::string, SuccessWords> kWords = {
      {"success_rate", {"victim", "victims", "rebuilt"}},
      {"identification_rate", {"victim", "victims", "identified"}},
      {"label_accuracy", {"victim", "victims", "given the right label"}},
      {"psnr_db", {"victim", "victims", "scored"}},
      {"ssim", {"victim", "victims", "scored"}},
      {"recognised", {"class", "classes", "recognised"}},
      {"evaluator_confidence", {"class", "classes", "scored"}},
      {"auc", {"model", "models", "scored"}},
      {"advantage", {"model", "models", "reached"}},
      {"attribute_advantage", {"model", "models", "reached"}},
      {"attribute_accuracy", {"model", "models", "found"}},
      {"tpr_at_one_percent", {"model", "models", "found"}},
      {"tpr_at_one_permille", {"model", "models", "found"}}};
  const auto it = kWords.find(row.metric);
  auto words = it != kWords.end() ? it->second : SuccessWords{"unit", "units", "scored"};
  const bool rate = it != kWords.end() && words.verb != "scored";
  const bool binary =
      row.design == Design::independent_binary || row.design == Design::clustered_binary;
  // A unit is then a batch of several records.
  if (rate && !binary && words.unit == "victim") {
    words.unit = "victim batch", words.units = "victim batches";
  }
  return words;
}

std::string sample_words(const Row& row) {
  const auto words = success_words(row);
  auto text = counted(row.estimate.n, words.unit, words.units);
  if (row.n_seeds > 1) text += fmt::format(", {} seeds", row.n_seeds);
  return text;
}

std::string metric_of_id(const std::string& row_id) {
  const auto slash = row_id.rfind('/');
  return row_id.substr(slash == row_id.npos ? 0 : slash + 1);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string lowered(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string joined(const std::vector<std::string>& words, const std::string& last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " " + last + " " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace assay::scenarios
