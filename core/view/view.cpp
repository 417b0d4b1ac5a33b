#include "core/view/view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace assay {
namespace {

template <class Enum>
struct Name {
  Enum value;
  const char* name;
};

constexpr Name<Knowledge> kKnowledge[] = {{Knowledge::architecture, "architecture"},
                                          {Knowledge::hyperparameters, "hyperparameters"},
                                          {Knowledge::labels, "labels"}};
constexpr Name<ObservationKind> kKinds[] = {{ObservationKind::client_update, "client_update"},
                                            {ObservationKind::aggregate, "aggregate"},
                                            {ObservationKind::global_model, "global_model"},
                                            {ObservationKind::own_update, "own_update"},
                                            {ObservationKind::traffic, "traffic"},
                                            {ObservationKind::released_model, "released_model"},
                                            {ObservationKind::share, "share"},
                                            {ObservationKind::opening, "opening"}};

template <class Enum, std::size_t n>
std::string name_of(const Name<Enum> (&table)[n], Enum value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry.name;
  }
  throw std::logic_error("a name is missing from its table");
}

template <class Enum, std::size_t n>
Enum value_of(const Name<Enum> (&table)[n], const char* what, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : table) {
    if (name == entry.name) return entry.value;
    names.emplace_back(entry.name);
  }
  throw std::invalid_argument(
      fmt::format("expected {} ({}), got '{}'", what, fmt::join(names, ", "), name));
}

}  // namespace

std::string to_string(Knowledge knowledge) {
  return name_of(kKnowledge, knowledge);
}
Knowledge knowledge_from_name(const std::string& name) {
  return value_of(kKnowledge, "a kind of knowledge", name);
}
std::string to_string(ObservationKind kind) {
  return name_of(kKinds, kind);
}
ObservationKind observation_kind_from_name(const std::string& name) {
  return value_of(kKinds, "a kind of observation", name);
}

const Observation* View::find(ObservationKind kind, const Occasion& occasion) const {
  for (const auto& observation : observations) {
    if (observation.kind() == kind && observation.occasion().replica == occasion.replica &&
        observation.occasion().step == occasion.step) {
      return &observation;
    }
  }
  return nullptr;
}

View restrict_view(View view, const std::set<ObservationKind>& sees,
                   const std::set<Knowledge>& knows) {
  std::erase_if(view.observations, [&](const Observation& o) { return !sees.contains(o.kind()); });
  if (!knows.contains(Knowledge::architecture)) view.context.model.reset();
  if (!knows.contains(Knowledge::hyperparameters)) view.context.train.reset();
  if (!knows.contains(Knowledge::labels)) view.granted_labels.clear();
  view.knows = knows;
  return view;
}

}  // namespace assay
