#include "scenarios/gate/baseline.h"

#include "core/io/atomic_file.h"
#include "scenarios/run/run_info.h"
#include "tests/catch.h"
#include "tests/scenarios/gate/gate_sample.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

json run_json(std::vector<std::int64_t> seeds) {
  return {{"environment",
           {{"assay", "1"}, {"libtorch", "2"}, {"cpu_capability", "AVX2"}, {"system", "Linux"}}},
          {"selection", {{"systems", {"noise"}}, {"attacks", json::array()}}},
          {"seeds", seeds}};
}

TEST_CASE("a baseline keeps the units of the rows that metrics name, and no others", "[gate]") {
  auto results = gate_results();
  auto unnamed = fresh_row("noise", 3);
  unnamed.metric = "ssim";
  unnamed.id = "gate/noise/fresh/operator/ssim";
  results.rows.push_back(unnamed);
  auto adaptive = fresh_row("noise", 5);
  adaptive.attack = "fresh+adaptive";
  adaptive.id = "gate/noise/fresh+adaptive/operator/success_rate";
  results.rows.push_back(adaptive);
  auto empty = fresh_row("noise", 0, 0);
  empty.id = "gate/third/fresh/operator/success_rate";
  results.rows.push_back(empty);
  results.partial = true;
  const auto baseline = make_baseline(gate_spec(), results, run_json({1, 2, 3, 4, 5}));
  CHECK(baseline.scenario == "gate");
  CHECK(baseline.environment == "1 | 2 | AVX2 | Linux");
  CHECK(baseline.partial);
  CHECK(baseline.selection.at("systems") == json{"noise"});
  CHECK(baseline.seeds == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(baseline.rows.size() == 11);
  CHECK(baseline.rows.contains(adaptive.id));
  CHECK_FALSE(baseline.rows.contains(unnamed.id));
  CHECK_FALSE(baseline.rows.contains(empty.id));
}

TEST_CASE("only a complete run of enough seeds is worth being a baseline", "[gate]") {
  auto results = gate_results();
  auto spec = gate_spec();
  for (const char* verdict : {"incomplete", "invalid"}) {
    results.verdict = verdict;
    CHECK_THROWS_WITH(make_baseline(spec, results, run_json({1, 2, 3, 4, 5})),
                      Contains("a complete run") && Contains(verdict));
  }
  results.verdict = "complete";
  spec.repeats.max = 10;
  CHECK_THROWS_WITH(make_baseline(spec, results, run_json({1, 2, 3, 4, 5})),
                    Contains("10 seeds") && Contains("got 5") && Contains("--seeds 1..10"));
  CHECK_NOTHROW(make_baseline(spec, results, run_json({1, 2, 3, 4, 5, 6, 7, 8, 9, 10})));
}

TEST_CASE("a baseline is read as it was written", "[gate]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "base.json";
  auto baseline = baseline_of(gate_results());
  auto& row = baseline.rows.at("gate/noise/fresh/operator/psnr_db");
  row.units[0].value = 0.1 + 0.2;  // to the last bit
  row.units[1].unit = "a \"name\"\n\xC3\xA9";
  baseline.accepted = {{"gate/noise/-/-/bytes", "a reason, with \"marks\"", "2031-02-28"},
                       {"gate/plain/-/-/bytes", "for good", ""}};
  write_file_atomically(file, to_json(baseline).dump(1));
  const auto back = load_baseline(file);
  CHECK(back.file == "base.json");
  CHECK(back.seeds == baseline.seeds);
  CHECK(back.environment == baseline.environment);
  CHECK(back.selection == baseline.selection);
  REQUIRE(back.rows.size() == baseline.rows.size());
  for (const auto& [id, written] : baseline.rows) {
    const auto& read = back.rows.at(id);
    CHECK(read.design == written.design);
    CHECK(read.metric == written.metric);
    REQUIRE(read.units.size() == written.units.size());
    for (std::size_t i = 0; i < read.units.size(); ++i) {
      CHECK(read.units[i].seed == written.units[i].seed);
      CHECK(read.units[i].unit == written.units[i].unit);
      CHECK(read.units[i].value == written.units[i].value);
    }
  }
  REQUIRE(back.accepted.size() == 2);
  CHECK(back.accepted[0].until == "2031-02-28");
  CHECK(back.accepted[1].reason == "for good");
  CHECK(to_json(back).dump() == to_json(load_baseline(file)).dump());
  CHECK(judged(gate_results(), back).verdict == "pass");
}

TEST_CASE("environments are equal if version, libraries and processor features are", "[gate]") {
  const json info = run_json({1}).at("environment");
  const auto same = environment_fingerprint(info);
  for (const char* name : {"assay", "libtorch", "cpu_capability", "system"}) {
    auto other = info;
    other[name] = "another";
    CHECK(environment_fingerprint(other) != same);
  }
  auto irrelevant = info;
  irrelevant["cpus"] = 64;
  CHECK(environment_fingerprint(irrelevant) == same);
}

TEST_CASE("dates are days of the calendar", "[gate]") {
  for (const char* good : {"2024-02-29", "2031-12-31", "0001-01-01"})
    CHECK(is_date(good));
  for (const char* bad :
       {"", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "2024-1-01", "2024/01/01",
        "24-01-01", "2024-01-01 ", "-024-01-01", "2024-+1-01", "2024-01-0x"}) {
    INFO(bad);
    CHECK_FALSE(is_date(bad));
  }
}

}  // namespace
}  // namespace assay::scenarios
