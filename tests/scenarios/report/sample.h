#pragma once

#include <functional>
#include <memory>

#include "scenarios/report/input.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {

/// A made-up run, as far as reports look at one: two threat models, four systems, a gradient
/// inversion in two forms, a model inversion, pictures, costs. Everything may be changed before
/// input() is called.
class SampleRun {
 public:
  SampleRun();

  ReportInput input() const;

  Row& row(const std::string& id_end);
  /// Drops the results of a cell, as if it had failed.
  void fail_cell(const std::string& title, const std::string& error);
  /// Makes a control unmet, and the run invalid.
  void break_control(std::size_t index);
  void add_gate();
  void add_claims();
  /// An audit that shows `shown` against a claim of 1, and a flaw that another one finds.
  void add_audits(double shown);

  Spec spec;
  Results results;
  std::optional<GateVerdict> gate;
  nlohmann::json run;
  std::vector<nlohmann::json> events;
  std::string scenario_text;
  bool gallery = true;

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// Text that breaks out of careless outputs.
inline const std::string kHostile =
    "</script><script>alert(1)</script><!-- \"'> <img src=x onerror=alert(2)> | `md` \n ]]> "
    "\xE2\x80\xA8 "
    "\xF0\x9F\x94\x93 {{scenario}} ${x} \\";

/// A sample whose every text is hostile, and whose ids are long.
SampleRun& make_hostile(SampleRun& run);

}  // namespace assay::scenarios
