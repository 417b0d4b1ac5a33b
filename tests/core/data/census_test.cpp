#include "core/data/census.h"

#include <set>

#include "core/data/file.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

const std::string kHeader =
    "\"state\",\"puma\",\"sex\",\"age\",\"educ\",\"income\",\"latino\",\"black\",\"asian\","
    "\"married\","
    "\"divorced\",\"uscitizen\",\"children\",\"disability\",\"militaryservice\",\"employed\","
    "\"englishability\",\"fips\"\n";
const std::string kRow = "13,1101,1,51,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n";

CensusRecords parse(const std::string& text) {
  return parse_census(bytes_of(text), "x.csv");
}

/// kRow with another income.
std::string row_with_income(const std::string& income) {
  return "13,1101,1,51,11," + income + ",0,0,0,1,0,1,0,0,0,1,1,13121\n";
}

TEST_CASE("census: the shipped file, against numpy", "[data]") {
  const auto records = parse_census(
      read_file(std::filesystem::path(ASSAY_DATA) / "pums/FultonPUMS5full.csv"), "pums");
  // Counts and sums by Python's csv module and numpy 2 over the same file.
  const auto& report = records.report;
  CHECK(report.rows_read == 25766);
  CHECK(report.rows_kept == 25766);
  CHECK(report.refused.empty());
  CHECK(report.values_clipped == 2165);
  REQUIRE(report.repaired.size() == 113);
  CHECK(report.repaired[0].line == 7);
  CHECK(report.repaired[0].what == "income: \"1e+05\" read as 100000");
  CHECK(report.repaired[1].line == 209);
  CHECK(report.repaired[112].line == 23695);
  CHECK(std::count(records.labels.begin(), records.labels.end(), 1) == 16183);

  const std::vector<double> sums = {
      3215, 5736,  3728, 3740,  3128, 3236,  2983, 13588, 11071.666667, 16504.9333, 7913.14722,
      1354, 10910, 828,  11640, 2957, 23851, 4071, 5548,  3304,         24843};
  REQUIRE(records.feature_names.size() == sums.size());
  REQUIRE(records.features.size() == sums.size() * 25766);
  for (std::size_t f = 0; f < sums.size(); ++f) {
    INFO(records.feature_names[f]);
    double sum = 0;
    for (std::size_t i = 0; i < 25766; ++i)
      sum += records.features[i * sums.size() + f];
    CHECK(sum == Approx(sums[f]).epsilon(1e-6));
  }
  CHECK(*std::min_element(records.features.begin(), records.features.end()) == 0.0F);
  CHECK(*std::max_element(records.features.begin(), records.features.end()) == 1.0F);
}

TEST_CASE("census: features of one row", "[data]") {
  const auto records = parse(kHeader + kRow);
  REQUIRE(records.features.size() == 21);
  CHECK(records.feature_names[0] == "puma_1101");
  CHECK(records.feature_names[7] == "sex");
  CHECK(records.feature_names[20] == "englishability");
  const std::vector<float> expected = {1, 0, 0, 0, 0, 0, 0, 1, 51 / 99.0F, 10 / 15.0F, 0.022F,
                                       0, 0, 0, 1, 0, 1, 0, 0, 0,          1};
  for (std::size_t f = 0; f < 21; ++f)
    CHECK(records.features[f] == Approx(expected[f]));
  CHECK(records.labels == std::vector<std::uint8_t>{1});
  CHECK(records.report.repaired.empty());
}

TEST_CASE("census: columns are found by name", "[data]") {
  // Labels last, as other extracts have it.
  std::string header = kHeader, row = "13,1101,1,51,11,2200,0,0,0,1,0,1,0,0,0,1,13121,0\n";
  header.replace(header.find("\"employed\",\"englishability\",\"fips\""), 34,
                 "\"englishability\",\"fips\",\"employed\"");
  const auto records = parse(header + row);
  CHECK(records.features == parse(kHeader + kRow).features);
  CHECK(records.labels == std::vector<std::uint8_t>{0});
}

TEST_CASE("census: numbers in other forms are repaired and reported", "[data]") {
  for (const std::string income :
       {"1.00E+05", "1e5", "100000.0", " 100000", "100000\t", " 1e+05 "}) {
    const auto records = parse(kHeader + kRow + row_with_income(income));
    INFO(income);
    CHECK(records.report.rows_kept == 2);
    REQUIRE(records.report.repaired.size() == 1);
    CHECK(records.report.repaired[0].line == 3);
    CHECK(records.report.repaired[0].what.find("income: ") == 0);
    CHECK(records.report.repaired[0].what.find("read as 100000") != std::string::npos);
    CHECK(records.features[21 + 10] == 1.0F);
  }
  const auto two = parse(kHeader + "13, 1101,1,51.0,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n");
  REQUIRE(two.report.repaired.size() == 1);
  CHECK(two.report.repaired[0].what == "puma: \" 1101\" read as 1101; age: \"51.0\" read as 51");
  CHECK(parse(kHeader + "13,01101,1,51,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n")
            .report.repaired.empty());
}

TEST_CASE("census: what is refused is reported, and no row is lost", "[data]") {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {row_with_income(""), "income: expected a whole number, got \"\""},
      {row_with_income("  "), "income: expected a whole number, got \"  \""},
      {row_with_income("12.5"), "income: expected a whole number, got \"12.5\""},
      {row_with_income("nan"), "income: expected a whole number, got \"nan\""},
      {row_with_income("inf"), "income: expected a whole number, got \"inf\""},
      {row_with_income("1e300"), "income: expected a whole number, got \"1e300\""},
      {row_with_income("0x10"), "income: expected a whole number, got \"0x10\""},
      {row_with_income("+5"), "income: expected a whole number, got \"+5\""},
      {row_with_income("1 000"), "income: expected a whole number, got \"1 000\""},
      {row_with_income("99999999999999999999"),
       "income: expected a whole number, got \"99999999999999999999\""},
      {row_with_income("1000000"), "income: expected -20000 to 999999, got 1000000"},
      {row_with_income("-20001"), "income: expected -20000 to 999999, got -20001"},
      {"13,1108,1,51,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n",
       "puma: expected 1101 to 1107, got 1108"},
      {"13,1101,2,51,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n", "sex: expected 0 to 1, got 2"},
      {"13,1101,1,100,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n", "age: expected 0 to 99, got 100"},
      {"13,1101,1,51,0,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n", "educ: expected 1 to 16, got 0"},
      {"6,1101,1,51,11,2200,0,0,0,1,0,1,0,0,0,1,1,13121\n", "state: expected 13 to 13, got 6"},
      {"13,1101,1,51,11,2200,0,0,0,1,0,1,0,0,0,-1,1,13121\n", "employed: expected 0 to 1, got -1"},
      {"\n", "expected 18 fields, got 1"},
      {"13,1101\n", "expected 18 fields, got 2"},
  };
  std::string text = kHeader;
  for (const auto& [row, why] : bad)
    text += kRow + row;
  const auto records = parse(text);
  const auto& report = records.report;
  CHECK(report.rows_read == static_cast<std::int64_t>(2 * bad.size()));
  CHECK(report.rows_kept == static_cast<std::int64_t>(bad.size()));
  CHECK(records.labels.size() == bad.size());
  REQUIRE(report.refused.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CHECK(report.refused[i].line == 3 + 2 * i);
    CHECK(report.refused[i].what == bad[i].second);
  }
}

TEST_CASE("census: the report names every line", "[data]") {
  const auto report = parse(kHeader + row_with_income("1e5") + kRow + row_with_income("1e5") +
                            row_with_income("2000000") + row_with_income("-5"))
                          .report;
  CHECK(
      report.lines() ==
      std::vector<std::string>{
          "5 rows read, 4 kept, 2 of these repaired, 1 refused; 1 values clipped to their scaling "
          "range",
          "repaired (income: \"1e5\" read as 100000): line 2, 4",
          "refused (income: expected -20000 to 999999, got 2000000): line 5"});
}

TEST_CASE("census: another header is refused", "[data]") {
  CHECK(refusal([] { parse("a,b\n1,2\n"); }) ==
        "x.csv:1:1: expected a column \"state\", got 2 columns without it");
  auto more = kHeader;
  more.insert(0, "weight,");
  CHECK(refusal([&] { parse(more); }) == "x.csv:1:1: expected 18 columns, got 19");
}

TEST_CASE("census: the table of columns is consistent", "[data]") {
  std::set<std::string_view> names;
  for (const auto& column : census_columns()) {
    INFO(column.name);
    CHECK(names.insert(column.name).second);
    CHECK(column.low <= column.high);
    if (column.use == CensusColumn::Use::scaled) CHECK(column.scale_low < column.scale_high);
    if (column.use == CensusColumn::Use::constant) CHECK(column.low == column.high);
  }
  CHECK(names.size() == 18);
}

}  // namespace
}  // namespace assay
