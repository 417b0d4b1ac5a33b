#include "tests/mpc/security/words.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assay::mpc::security {
namespace {

using additive::Group;

Group group_of(const std::string& label) {
  const bool bits = label == "compare" || label == "bit" || label == "words";
  return bits ? Group::exclusive_or : Group::sum;
}

/// What each party sent in one opening, by rank; empty if it sent nothing.
struct Opening {
  std::string label;
  std::vector<std::vector<std::uint64_t>> sent;
};

std::vector<Opening> openings_of(const Setting& setting, const Program& program) {
  std::vector<Opening> openings;
  for (const auto& frame : frames_of(setting, program)) {
    if (frame.tag.phase != Phase::train) continue;
    if (frame.tag.sequence >= openings.size()) openings.resize(frame.tag.sequence + 1);
    auto& opening = openings[frame.tag.sequence];
    opening.label = frame.tag.op;
    opening.sent.resize(static_cast<std::size_t>(setting.parties));
    auto& sent = opening.sent[static_cast<std::size_t>(frame.from)];
    const auto words = frame.words();
    if (!sent.empty() && sent != words)
      throw std::logic_error(opening.label + ": expected the same words to every party");
    sent = words;
  }
  return openings;
}

std::uint64_t plus(Group group, std::uint64_t a, std::uint64_t b) {
  return group == Group::sum ? a + b : a ^ b;
}
std::uint64_t minus(Group group, std::uint64_t a, std::uint64_t b) {
  return group == Group::sum ? a - b : a ^ b;
}

/// The words of one repetition, without their samples' histories.
void add_words(std::vector<Word>& words, const Opening& opening, std::size_t place, bool first,
               std::size_t& next) {
  const auto group = group_of(opening.label);
  const auto put = [&](const std::string& who, std::size_t i, bool opened, std::uint64_t value) {
    if (first) {
      words.push_back({fmt::format("{} (message {}), word {} of {}", opening.label, place, i, who),
                       group,
                       opened,
                       {}});
    }
    words.at(next++).samples.push_back(value);
  };
  std::vector<std::uint64_t> total;
  bool all = true;
  for (std::size_t rank = 0; rank < opening.sent.size(); ++rank) {
    const auto& sent = opening.sent[rank];
    all = all && !sent.empty();
    total.resize(std::max(total.size(), sent.size()));
    for (std::size_t i = 0; i < sent.size(); ++i) {
      put(fmt::format("rank {}", rank), i, false, sent[i]);
      total[i] = plus(group, total[i], sent[i]);
    }
  }
  // One sender's words (an input) are what is opened; of a gathering, each is on its own.
  for (std::size_t i = 0; all && i < total.size(); ++i)
    put("all parties", i, true, total[i]);
}

}  // namespace

std::vector<Word> words_of(const Setting& setting, const Program& program, int repetitions) {
  const auto openings = openings_of(setting, [&](Protocol& p, additive::Session* session) {
    for (int i = 0; i < repetitions; ++i)
      program(p, session);
  });
  const auto each = openings.size() / static_cast<std::size_t>(repetitions);
  std::vector<Word> words;
  std::size_t next = 0;
  for (std::size_t i = 0; i < openings.size(); ++i) {
    if (i % each == 0) next = 0;
    add_words(words, openings[i], i % each, i < each, next);
  }
  return words;
}

void for_each_view(const std::vector<Word>& words, const std::function<void(const Word&)>& use) {
  const auto derived = [&](const std::string& name, const Word& a, const Word& b, auto combine) {
    Word out{name, a.group, true, {}};
    for (std::size_t r = 0; r < a.samples.size(); ++r)
      out.samples.push_back(combine(a.group, a.samples[r], b.samples[r]));
    use(out);
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& a = words[i];
    use(a);
    Word change{a.name + ", minus that of the repetition before", a.group, a.opened, {}};
    for (std::size_t r = 1; r < a.samples.size(); ++r)
      change.samples.push_back(minus(a.group, a.samples[r], a.samples[r - 1]));
    use(change);
    // Of a long program, the openings alone, each with those shortly before it.
    const bool few = words.size() <= 12;
    if (!few && !a.opened) continue;
    std::size_t left = few ? words.size() : 16;
    for (std::size_t j = i; j-- > 0 && left > 0;) {
      const auto& b = words[j];
      if (a.group != b.group || (!few && !b.opened)) continue;
      --left;
      derived(a.name + ", minus " + b.name, a, b, minus);
      if (a.group == Group::sum) derived(a.name + ", plus " + b.name, a, b, plus);
    }
  }
}

}  // namespace assay::mpc::security
