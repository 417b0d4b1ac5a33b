#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "scenarios/cli/arguments.h"
#include "scenarios/hosts/body.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {

const std::vector<PartyProgram>& party_programs() {
  static const std::vector<PartyProgram> all = {
      {"bench mpc", "the ops and networks of secure computation, a row each", make_bench_mpc},
      {"bench dp", "steps of private training, and how they scale", make_bench_dp},
      {"train", "a system of a scenario, for its model and its cost", make_train_scenario},
  };
  return all;
}

std::unique_ptr<PartyBody> make_party_body(const std::vector<std::string>& words, Rank ranks) {
  std::vector<std::string> names;
  for (const auto& program : party_programs()) {
    names.emplace_back(program.name);
    const auto count = std::count(names.back().begin(), names.back().end(), ' ') + 1;
    if (static_cast<std::ptrdiff_t>(words.size()) < count) continue;
    const auto rest = words.begin() + count;
    if (fmt::format("{}", fmt::join(words.begin(), rest, " ")) == program.name)
      return program.make({rest, words.end()}, ranks);
  }
  if (words.empty())
    throw UsageError(fmt::format("expected what to run: {}", fmt::join(names, ", ")));
  // As many words as a program's name may have, up to the first option.
  const auto last = words.begin() + std::min<std::ptrdiff_t>(std::ssize(words), 2);
  const auto end =
      std::find_if(words.begin(), last, [](const auto& word) { return word.starts_with('-'); });
  const auto given = fmt::format("{}", fmt::join(words.begin(), end, " "));
  throw UsageError(fmt::format("unknown program '{}'{}", given, suggestion(given, names)));
}

}  // namespace assay::scenarios
