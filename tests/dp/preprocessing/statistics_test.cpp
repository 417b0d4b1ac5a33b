#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

/// A column of codes -3 to 6, scaled over 0 to 4.
LayoutColumn column() {
  return {.name = "x",
          .use = ColumnUse::scaled,
          .low = -3,
          .high = 6,
          .scale_low = 0,
          .scale_high = 4,
          .impute = Imputation::mean,
          .published = {}};
}

ColumnStatistics of(std::initializer_list<std::int64_t> values) {
  std::vector<std::int64_t> counts(10);
  for (const auto value : values)
    ++counts[static_cast<std::size_t>(value + 3)];
  return statistics_of(column(), counts);
}

TEST_CASE("preprocessing: means round halves up, medians are lower, modes the smallest", "[dp]") {
  CHECK(of({1, 2}).mean == 2);
  CHECK(of({-1, -2}).mean == -1);
  CHECK(of({-1, -2, -2}).mean == -2);
  CHECK(of({-3, -3, 6}).mean == 0);
  CHECK(of({1, 2}).median == 1);
  CHECK(of({1, 2, 6}).median == 2);
  CHECK(of({-3, 0, 0, 5}).median == 0);
  CHECK(of({5, 5, 2, 2, 0}).mode == 2);
  // 6 is clipped to 4, -3 to 0: mean 2, deviation 2.
  CHECK(of({6, -3}).center == 2.0);
  CHECK(of({6, -3}).spread == 2.0);
  CHECK(of({3}).spread == 0.0);
}

TEST_CASE("preprocessing: the published statistics are those of the shipped file", "[dp]") {
  PrepareOptions options;
  options.inputs = {kFulton};
  const TemporaryFolder folder;
  options.out = folder.path();
  for (auto& c : options.layout.columns) {
    if (c.use != ColumnUse::label) c.impute = Imputation::mean;
  }
  options.scaling = Scaling::standard;
  const auto found = prepare_census(options).statistics;
  REQUIRE(found.columns.size() == 18);
  int compared = 0;
  for (std::size_t c = 0; c < 18; ++c) {
    const auto& column = fulton_layout().columns[c];
    INFO(column.name);
    if (!found.columns[c]) continue;
    CHECK(*found.columns[c] == *column.published);
    ++compared;
  }
  CHECK(compared == 15);  // not the two constants, not the label
}

TEST_CASE("preprocessing: missing values are imputed by the rule, from what was asked", "[dp]") {
  // Incomes 10, 20, 60 and missing: published median 21000; own median 20, mean 30.
  const auto text =
      kHeader + row("10") + "\n" + row("20") + "\n" + row("60") + "\n" + row("") + "\n";
  const auto income = [](const Run& r) { return r.inputs[3][10].item<float>(); };
  CHECK(income(run(published(), {text})) == 0.21F);

  PrepareOptions own;
  const auto by_median = run(own, {text});
  CHECK(income(by_median) == 0.0002F);
  CHECK(by_median.prepared.statistics.of_private_records.size() == 15);
  CHECK(by_median.prepared.statistics.of_private_records[0] == "puma: mode");
  for (auto& c : own.layout.columns) {
    if (c.name == "income") c.impute = Imputation::mean;
  }
  CHECK(income(run(own, {text})) == 0.0003F);

  for (auto& c : own.layout.columns)
    c.impute = Imputation::refuse;
  const auto refused = run(own, {text});
  CHECK(refused.prepared.counts.refused == 1);
  CHECK(refused.prepared.statistics.of_private_records.empty());
  CHECK(
      nlohmann::json::parse(refused.outputs.prepared)["statistics"]["of_private_records"].empty());
  const auto note = nlohmann::json::parse(by_median.outputs.prepared);
  CHECK(note["statistics"]["columns"]["income"]["median"] == 20);
  CHECK(note["statistics"]["of_private_records"].size() == 15);
}

TEST_CASE("preprocessing: standardised values", "[dp]") {
  auto options = published();
  options.scaling = Scaling::standard;
  options.statistics = published_statistics(options.layout, options.scaling);
  const auto result = run(options, {kHeader + row("999999") + "\n" + row("") + "\n"});
  const auto& s = *fulton_layout().columns[5].published;
  CHECK(result.inputs[0][10].item<float>() ==
        static_cast<float>((100000 - s.center) / s.spread));  // clipped first
  CHECK(result.inputs[1][10].item<float>() == static_cast<float>((21000 - s.center) / s.spread));
  CHECK(result.inputs[0][7].item<float>() == 1.0F);  // two codes stay as they are
  CHECK(result.prepared.counts.clipped == 1);

  auto flat = *options.statistics;
  flat.columns[3]->spread = 0;
  options.statistics = flat;
  CHECK_THROWS_WITH(run(options, {kHeader + row() + "\n"}), Contains("expected a spread above 0"));
}

TEST_CASE("preprocessing: statistics of other, public records", "[dp]") {
  PrepareOptions own;
  const auto other = run(own, {kHeader + row("70") + "\n"});
  auto options = published();
  options.statistics = statistics_from_json(nlohmann::json::parse(other.outputs.prepared),
                                            options.layout, options.scaling, "elsewhere");
  const auto result = run(options, {kHeader + row("10") + "\n" + row("") + "\n"});
  CHECK(result.inputs[1][10].item<float>() == 0.0007F);
  CHECK(result.prepared.statistics.of_private_records.empty());
  CHECK(result.prepared.statistics.source == "elsewhere");
  CHECK_THROWS_AS(statistics_from_json({{"statistics", {{"columns", nlohmann::json::object()}}}},
                                       options.layout, options.scaling, ""),
                  std::invalid_argument);
  auto bad = nlohmann::json::parse(other.outputs.prepared);
  bad["statistics"]["columns"]["age"]["mean"] = 100;
  CHECK_THROWS_WITH(statistics_from_json(bad, options.layout, options.scaling, ""),
                    Contains("statistics of 'age': expected 0 to 99, got 100"));
}

TEST_CASE("preprocessing: a column without a value has no statistics", "[dp]") {
  PrepareOptions own;
  CHECK_THROWS_WITH(run(own, {kHeader + row("") + "\n"}),
                    Contains("column 'income': expected a value"));
}

}  // namespace
}  // namespace assay::dp
