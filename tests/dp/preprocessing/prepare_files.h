#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/io/atomic_file.h"
#include "core/io/safetensors.h"
#include "dp/preprocessing/prepare.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay::dp {

inline const std::filesystem::path kFulton =
    std::filesystem::path(ASSAY_DATA) / "pums/FultonPUMS5full.csv";

inline const std::string kHeader =
    "state,puma,sex,age,educ,income,latino,black,asian,married,divorced,uscitizen,children,"
    "disability,militaryservice,employed,englishability,fips\n";
/// A clean line without its end, with this income and this age.
inline std::string row(const std::string& income = "2200", const std::string& age = "51") {
  return "13,1101,1," + age + ",11," + income + ",0,0,0,1,0,1,0,0,0,1,1,13121";
}

/// One line of a report, as text between commas; no field of these tests holds one.
struct ReportLine {
  std::string file, line, outcome, kind, column, found, done;
  std::string finding() const { return outcome + "/" + kind; }
};

inline std::vector<ReportLine> report_lines(const std::string& text) {
  std::vector<ReportLine> out;
  for (std::size_t at = text.find('\n') + 1; at < text.size();) {
    const auto end = text.find('\n', at);
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (; at < end; ++at) {
      if (text[at] == '"' && quoted && text[at + 1] == '"') {
        fields.back() += text[at++];
      } else if (text[at] == '"') {
        quoted = !quoted;
      } else if (text[at] == ',' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += text[at];
      }
    }
    at = end + 1;
    REQUIRE(fields.size() == 7);
    out.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]});
  }
  return out;
}

/// Everything that a preparing left, byte by byte.
struct Outputs {
  std::string records, report, prepared;
  bool operator==(const Outputs&) const = default;
};

inline Outputs outputs_in(const std::filesystem::path& folder) {
  return {read_text_file(folder / "records.safetensors"), read_text_file(folder / "report.csv"),
          read_text_file(folder / "prepared.json")};
}

/// A text prepared in a folder of its own.
struct Run {
  Prepared prepared;
  Outputs outputs;
  std::vector<ReportLine> report;
  at::Tensor inputs, labels;
};

inline Run run(PrepareOptions options, const std::vector<std::string>& texts) {
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto file = folder.path() / ("input-" + std::to_string(i) + ".csv");
    std::ofstream(file, std::ios::binary) << texts[i];
    options.inputs.push_back(file);
  }
  options.out = folder.path() / "out";
  Run out;
  out.prepared = prepare_census(options);
  out.outputs = outputs_in(options.out);
  out.report = report_lines(out.outputs.report);
  const auto tensors = from_safetensors(out.outputs.records);
  out.inputs = tensors.at("inputs");
  out.labels = tensors.at("labels");
  return out;
}

/// The default: published statistics.
inline PrepareOptions published() {
  PrepareOptions options;
  options.statistics = published_statistics(options.layout, options.scaling);
  return options;
}

}  // namespace assay::dp
