#include "scenarios/cli/workload_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/spec/nearest.h"

namespace assay::scenarios {

void add_workload_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("only", po::value<std::string>(), "ops, joined by commas")(
      "elements", po::value<std::int64_t>(), "results at once, instead of each op's own number")(
      "fraction-bits", po::value<int>(), "16 unless given")(
      "provider", po::value<std::string>(),
      "who deals: trusted_first_party (the default), third_party, or file: ahead, into files");
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto comma = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return parts;
}

std::vector<mpc::Workload> workloads_of(const Arguments& a) {
  const auto& all = mpc::workloads();
  if (!a.has("only")) return all;
  std::vector<std::string> names;
  for (const auto& workload : all)
    names.push_back(workload.name);
  std::vector<mpc::Workload> some;
  for (const auto& name : split_at_commas(a.get<std::string>("only"))) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end())
      throw UsageError(fmt::format("--only: unknown op '{}'{}", name, suggestion(name, names)));
    some.push_back(all[static_cast<std::size_t>(it - names.begin())]);
  }
  return some;
}

mpc::MeasureOptions measure_options_of(const Arguments& a) {
  mpc::MeasureOptions options;
  options.elements = a.get<std::int64_t>("elements", 0);
  if (a.has("elements") && options.elements < 1)
    throw UsageError(fmt::format("expected --elements of at least 1, got {}", options.elements));
  options.fraction_bits = a.get<int>("fraction-bits", 16);
  const auto provider = a.get<std::string>("provider", "trusted_first_party");
  if (provider != "trusted_first_party" && provider != "third_party" && provider != "file") {
    throw UsageError(fmt::format(
        "expected --provider trusted_first_party, third_party or file, got '{}'", provider));
  }
  options.files = provider == "file";
  options.third_party = provider == "third_party";
  return options;
}

}  // namespace assay::scenarios
