#include "dp/preprocessing/report.h"

namespace assay::dp {

Report::Report(const CensusLayout& layout, const std::filesystem::path& file)
    : layout_(layout), file_(file), held_(kReportHeader) {}

void Report::add(std::string_view file, std::int64_t line, const Finding& finding) {
  const auto column = finding.column < 0
                          ? std::string_view()
                          : layout_.columns[static_cast<std::size_t>(finding.column)].name;
  append_csv(held_, file, line, column, finding);
  ++counts_.findings[std::string(to_string(finding.repair)) + "/" +
                     std::string(to_string(finding.dirt))];
  if (finding.repair == Repair::imputed) ++counts_.imputed[std::string(column)];
  if (finding.repair == Repair::repaired || finding.repair == Repair::imputed) {
    const int which = finding.repair == Repair::imputed;
    auto& lines = which ? counts_.imputed_lines : counts_.repaired_lines;
    // A line with several of a kind counts once.
    lines += last_line_[which] != line || last_file_[which] != file;
    last_line_[which] = line;
    last_file_[which] = file;
  }
  if (held_.size() >= (std::size_t{1} << 18U)) flush();
}

void Report::flush() {
  file_.append(held_);
  held_.clear();
}

}  // namespace assay::dp
