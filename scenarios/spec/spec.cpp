#include "scenarios/spec/spec.h"

#include <fmt/format.h>

#include <charconv>

#include "core/data/corpus.h"
#include "core/io/atomic_file.h"
#include "scenarios/spec/model.h"
#include "scenarios/spec/reader.h"
#include "scenarios/spec/yaml.h"

namespace assay::scenarios {
namespace {

/// Replaces one value of the tree; missing mappings on the way are made.
void apply(Node& root, const Override& change) {
  const Mark mark{fmt::format("--set {}={}", change.path, change.value)};
  auto fail = [&](const std::string& message) { throw SpecError(mark, message); };
  auto value = parse_yaml(change.value.empty() ? "''" : change.value, mark.file);
  Node* node = &root;
  std::string_view rest = change.path;
  while (!rest.empty()) {
    const auto dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    rest = dot == rest.npos ? "" : rest.substr(dot + 1);
    if (part.empty()) fail("expected a path like train.rounds");
    if (node->kind == Node::Kind::sequence) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
      Node* found = nullptr;
      if (error == std::errc() && end == part.data() + part.size()) {
        if (index < node->items.size()) found = &node->items[index];
      } else {
        for (auto& item : node->items) {  // items of most lists have an id
          const auto* id = item.find("id");
          if (id != nullptr && id->text == part) found = &item;
        }
      }
      if (found == nullptr) fail(fmt::format("no item '{}' in the list", part));
      node = found;
    } else if (node->kind == Node::Kind::mapping || node->kind == Node::Kind::null) {
      node->kind = Node::Kind::mapping;
      if (auto* found = node->find(part)) {
        node = found;
      } else {
        node->entries.push_back({part, mark, {Node::Kind::null, mark}});
        node = &node->entries.back().value;
      }
    } else {
      fail(fmt::format("'{}' is inside a plain value", part));
    }
  }
  *node = std::move(value);
}

template <class T>
const T& by_id(const std::vector<T>& items, const std::string& id, const char* what) {
  for (const auto& item : items) {
    if (item.id == id) return item;
  }
  throw std::invalid_argument(fmt::format("expected the id of {}, got '{}'", what, id));
}

/// One of the numbers that a file of records gives: the scenario may say it too.
void fill_in(const Spec& spec, const char* field, std::optional<std::int64_t>& said,
             std::int64_t held) {
  if (said && *said != held) {
    throw SpecError(
        spec.marks.at(std::string("/data/") + field),
        fmt::format("'{}': expected {}, which the file has, got {}", field, held, *said));
  }
  said = held;
}

/// What prepared records are, from their file. A run's own scenario says it already, so that its
/// report does not depend on what becomes of the file.
void read_records_form(Spec& spec) {
  auto& data = spec.data;
  const bool own = corpus_facts(data.name).own;
  const bool said = data.features && data.classes && data.records;
  if (!own && (data.features || data.classes || data.records)) {
    throw SpecError(spec.marks.at("/data/name"),
                    "expected 'features', 'classes' and 'records' with the data set records only");
  }
  if (!own && !data.file) return;
  if (data.file && (said || !own) && !std::filesystem::exists(*data.file)) return;
  CorpusFacts facts;
  try {
    facts = corpus_facts(data.corpus());
  } catch (const std::exception& error) {
    throw SpecError(spec.marks.at(data.file ? "/data/file" : "/data/name"),
                    fmt::format("'file': {}", error.what()));
  }
  if (!own) return;
  fill_in(spec, "features", data.features, facts.input_shape.front());
  fill_in(spec, "classes", data.classes, facts.classes);
  fill_in(spec, "records", data.records, facts.default_sizes.total());
}

}  // namespace

CorpusOptions DataSection::corpus() const {
  return {name,
          train,
          test,
          auxiliary,
          file.value_or(""),
          private_statistics == PrivateStatistics::exclude};
}

CorpusFacts DataSection::facts() const {
  if (features && classes && records) return facts_of_records(*features, *classes, *records);
  return corpus_facts(name);
}

SplitSizes DataSection::sizes() const {
  return sizes_of(corpus(), facts().default_sizes);
}

const Threat& Spec::threat(const std::string& i) const {
  return by_id(threats, i, "a threat");
}
const ProbeSection& Spec::probe(const std::string& i) const {
  return by_id(probes, i, "a probe");
}
const SystemSection& Spec::system(const std::string& i) const {
  return by_id(systems, i, "a system");
}
const AttackSection& Spec::attack(const std::string& i) const {
  return by_id(attacks, i, "an attack");
}

Spec parse_spec(std::string_view text, const std::string& file,
                const std::vector<Override>& overrides, const std::filesystem::path& folder) {
  auto root = parse_yaml(text, file);
  if (root.kind != Node::Kind::mapping) {
    throw SpecError(root.mark, fmt::format("expected a scenario, got {}", describe_value(root)));
  }
  for (const auto& change : overrides)
    apply(root, change);
  Spec spec;
  Reader reader(root);
  describe(reader, spec);
  reader.finish();
  spec.marks = reader.marks();
  for (auto& system : spec.systems) {
    if (system.title.empty()) system.title = system.id;
  }
  for (auto& attack : spec.attacks) {
    if (attack.title.empty()) attack.title = attack.id;
  }
  if (spec.info.name.empty()) spec.info.name = spec.id;
  if (auto& records = spec.data.file)
    records = std::filesystem::absolute(folder / *records).lexically_normal().string();
  read_records_form(spec);
  read_model_file(spec, folder);
  check_spec(spec);
  return spec;
}

Spec load_spec(const std::filesystem::path& file, const std::vector<Override>& overrides) {
  return parse_spec(read_text_file(file), file.filename().string(), overrides, file.parent_path());
}

}  // namespace assay::scenarios
