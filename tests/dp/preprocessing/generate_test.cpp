#include "dp/preprocessing/generate/generate.h"

#include <cmath>

#include "dp/preprocessing/generate/dirt.h"
#include "tests/dp/chi_square.h"
#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {
namespace {

GenerateOptions generate_options(const std::filesystem::path& folder, std::int64_t rows) {
  return {.rows = rows,
          .seed = 11,
          .dirt = 0.05,
          .recipe = kFulton,
          .out = folder / "made.csv",
          .ledger = folder / "ledger.csv",
          .threads = 2};
}

struct LedgerLine {
  std::string line, finding, column;
  auto operator<=>(const LedgerLine&) const = default;
};

/// The ledger's dirt that a report must name; that of duplicates apart.
std::pair<std::vector<LedgerLine>, std::vector<std::string>> read_ledger(
    const std::filesystem::path& file) {
  std::pair<std::vector<LedgerLine>, std::vector<std::string>> out;
  std::ifstream in(file);
  std::string text;
  std::getline(in, text);
  while (std::getline(in, text)) {
    std::istringstream fields(text);
    std::string dirt;
    LedgerLine entry;
    std::getline(fields, entry.line, ',');
    std::getline(fields, dirt, ',');
    std::getline(fields, entry.finding, ',');
    std::getline(fields, entry.column, ',');
    if (dirt == "duplicate") {
      out.second.push_back(entry.line);
    } else if (!entry.finding.empty()) {
      out.first.push_back(entry);
    }
  }
  return out;
}

TEST_CASE("preprocessing: all dirt that was put into a file is found, and no other", "[dp]") {
  const TemporaryFolder folder;
  const auto generated = generate_census(generate_options(folder.path(), 40'000));
  CHECK(generated.dirt.size() == static_cast<std::size_t>(Injected::kinds) - 1);  // every kind

  auto options = published();
  options.inputs = {folder.path() / "made.csv"};
  options.out = folder.path() / "out";
  options.threads = 3;
  options.chunk_bytes = 1 << 16U;
  const auto prepared = prepare_census(options);
  CHECK(prepared.counts.lines == generated.lines);
  CHECK(prepared.counts.add_up());

  const auto [ledger, duplicates] = read_ledger(folder.path() / "ledger.csv");
  std::vector<LedgerLine> found;
  for (const auto& line : report_lines(read_text_file(options.out / "report.csv")))
    found.push_back({line.line, line.finding(), line.column});
  REQUIRE(found.size() == ledger.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Of a quote, the line is named, and not the column that it spoils; of a NUL byte likewise.
    const bool whole =
        found[i].finding == "refused/stray_quote" || found[i].finding == "refused/nul_byte";
    auto expected = ledger[i];
    if (whole) expected.column.clear();
    CHECK(found[i].line == expected.line);
    CHECK(found[i].finding == expected.finding);
    CHECK(found[i].column == expected.column);
  }

  options.on_duplicate = OnDuplicate::drop;
  prepare_census(options);
  std::set<std::string> dropped;
  for (const auto& line : report_lines(read_text_file(options.out / "report.csv"))) {
    if (line.outcome == "duplicate") dropped.insert(line.line);
  }
  for (const auto& line : duplicates) {
    INFO(line);
    CHECK(dropped.contains(line));
  }
}

TEST_CASE("preprocessing: the same seed makes the same file on any number of threads", "[dp]") {
  const TemporaryFolder folder;
  auto options = generate_options(folder.path(), 40'000);
  const auto first = generate_census(options);
  const auto ledger = read_text_file(*options.ledger);
  options.threads = 1;
  CHECK(generate_census(options).sha256 == first.sha256);
  CHECK(read_text_file(*options.ledger) == ledger);
  options.seed = 12;
  CHECK(generate_census(options).sha256 != first.sha256);
}

/// Counts of a column's codes.
std::vector<double> histogram(const std::vector<std::uint64_t>& records, std::size_t column) {
  const RecordCode code(fulton_layout());
  std::vector<double> out(static_cast<std::size_t>(fulton_layout().columns[column].codes()));
  for (const auto record : records)
    ++out[code.field(record, column) - 1];
  return out;
}

TEST_CASE("preprocessing: made-up people are like those of the recipe", "[dp]") {
  // Each of the three checks fails with a chance of 10^-4 where the generator is right.
  constexpr double kAlarm = 1e-4;
  const TemporaryFolder folder;
  auto options = generate_options(folder.path(), 200'000);
  options.dirt = 0;
  generate_census(options);
  const auto made = complete_records(options.out), public_ones = complete_records(kFulton);
  REQUIRE(made.size() == 200'000);

  for (const std::size_t column : {std::size_t{kAge}, std::size_t{kPuma}}) {
    const auto seen = histogram(made, column), frequency = histogram(public_ones, column);
    std::vector<double> kept_seen, expected;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (frequency[i] == 0) {
        CHECK(seen[i] == 0);
        continue;
      }
      kept_seen.push_back(seen[i]);
      expected.push_back(frequency[i] * 200'000 / 25'766);
    }
    INFO(column);
    CHECK(chi_square_p(kept_seen, expected) > kAlarm);
  }

  // Given everybody's other columns, the employed are independent with known chances.
  const RecordCode code(fulton_layout());
  double excess = 0, variance = 0, share = 0;
  for (const auto record : made) {
    CensusRow r{};
    for (std::size_t c = 0; c < kCensusFields; ++c)
      r[c] = code.value(code.field(record, c), c);
    const auto p = employed_probability(r);
    excess += static_cast<double>(r[kEmployed]) - p;
    variance += p * (1 - p);
    share += p / 200'000;
  }
  CHECK(std::abs(excess) / std::sqrt(variance) < 3.89);  // two-sided 10^-4
  CHECK(share == Approx(0.628).margin(0.01));            // as the file's own share

  // Where no table ties them, they are not copies: what a column depends on is like in the file.
  const auto mean = [](const std::vector<double>& counts, std::int64_t low) {
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum += counts[i] * static_cast<double>(low + static_cast<std::int64_t>(i));
      total += counts[i];
    }
    return sum / total;
  };
  for (const std::size_t column : {std::size_t{kEduc}, std::size_t{kMarried}, std::size_t{kBlack},
                                   std::size_t{kUsCitizen}, std::size_t{kDisability}}) {
    const auto& c = fulton_layout().columns[column];
    INFO(c.name);
    CHECK(mean(histogram(made, column), c.low) ==
          Approx(c.published->center).margin(0.02 * static_cast<double>(c.codes())));
  }
}

TEST_CASE("preprocessing: what cannot be generated is refused", "[dp]") {
  using Catch::Matchers::Contains;
  const TemporaryFolder folder;
  auto options = generate_options(folder.path(), 0);
  CHECK_THROWS_WITH(generate_census(options), Contains("expected at least 1 row, got 0"));
  options.rows = 1;
  options.dirt = 1.5;
  CHECK_THROWS_WITH(generate_census(options), Contains("expected a share of dirt in [0, 1]"));
  options.dirt = 0;
  options.recipe = folder.path() / "none.csv";
  CHECK_THROWS_WITH(generate_census(options), Contains("none.csv: cannot read the file"));
  std::ofstream(options.recipe) << kHeader;
  CHECK_THROWS_WITH(generate_census(options), Contains("expected a clean record, got none"));
}

}  // namespace
}  // namespace assay::dp
