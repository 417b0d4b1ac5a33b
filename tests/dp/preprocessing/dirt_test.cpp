#include "core/data/data_error.h"
#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

/// One line of every kind of dirt, and what its report must say.
struct Case {
  std::string line;  // with its end
  std::string finding, column, found, done;
};

const std::vector<Case>& cases() {
  const auto nul = row().replace(5, 1, 1, '\0');
  static const std::vector<Case> out = {
      {row("1.00E+05") + "\n", "repaired/number_form", "income", "1.00E+05", "read as 100000"},
      {row(" 2200\t") + "\n", "repaired/number_form", "income", " 2200\\x09", "read as 2200"},
      {row("2200", "51.0") + "\n", "repaired/number_form", "age", "51.0", "read as 51"},
      {row("\"2200\"") + "\n", "repaired/quoted_number", "income", "2200", "read as 2200"},
      {row() + "\r", "repaired/carriage_return", "", "a carriage return alone",
       "read as a line end"},
      {"\xef\xbb\xbf" + row() + "\n", "repaired/byte_order_mark", "", "a byte order mark",
       "removed"},
      {row("") + "\n", "imputed/missing_value", "income", "", "the median"},
      {row("2200", "NA") + "\n", "imputed/missing_value", "age", "NA", "the mean"},
      {row("2200", " . ") + "\n", "imputed/missing_value", "age", " . ", "the mean"},
      {row().substr(2) + "\n", "imputed/missing_value", "state", "", "the layout's constant"},
      {"13,1101,1,51,11,2200,0,0,0,1,0,1,0,0,0,,1,13121\n", "refused/missing_value", "employed", "",
       "left out: expected a value"},
      {row("2200", "100") + "\n", "refused/out_of_range", "age", "100",
       "left out: expected 0 to 99"},
      {row("1e6") + "\n", "refused/out_of_range", "income", "1e6",
       "left out: expected -20000 to 999999"},
      {"6" + row().substr(2) + "\n", "refused/out_of_range", "state", "6",
       "left out: expected 13 to 13"},
      {row("12.5") + "\n", "refused/not_a_number", "income", "12.5",
       "left out: expected a whole number"},
      {row("99999999999999999999") + "\n", "refused/not_a_number", "income", "99999999999999999999",
       "left out: expected a whole number"},
      {row("caf\xc3\xa9") + "\n", "refused/not_a_number", "income", "caf\\xc3\\xa9",
       "left out: expected a whole number"},
      {nul + "\n", "refused/nul_byte", "", "13,11\\x001,1,51,11,2200,0,0,0,1,0,1,0,0,0,1...",
       "left out: expected text without NUL bytes"},
      {row("22\"00") + "\n", "refused/stray_quote", "",
       "13,1101,1,51,11,22\"00,0,0,0,1,0,1,0,0,0,...",
       "left out: expected quotes around whole fields"},
      {row("\"2200") + "\n", "refused/stray_quote", "",
       "13,1101,1,51,11,\"2200,0,0,0,1,0,1,0,0,0,...",
       "left out: expected quotes around whole fields"},
      {"13,1101\n", "refused/field_count", "", "2 fields", "left out: expected 18 fields"},
      {row() + ",1\n", "refused/field_count", "", "19 fields", "left out: expected 18 fields"},
      {row(std::string(5000, '7')) + "\n", "refused/overlong_line", "", "5044 bytes",
       "left out: expected at most 4096 bytes"},
      {"\n", "blank/blank_line", "", "", "skipped"},
      {" \t\r\n", "blank/blank_line", "", " \\x09", "skipped"},
      {kHeader, "header/repeated_header", "", "the header", "skipped"},
  };
  return out;
}

TEST_CASE("preprocessing: every kind of dirt is repaired or refused with its line", "[dp]") {
  std::string text = kHeader;
  for (const auto& c : cases())
    text += row() + "\n" + c.line;
  const auto result = run(published(), {text});

  const auto& counts = result.prepared.counts;
  const auto n = static_cast<std::int64_t>(cases().size());
  CHECK(counts.lines == 1 + 2 * n);
  CHECK(counts.header == 2);
  CHECK(counts.blank == 2);
  CHECK(counts.refused == 13);
  CHECK(counts.repaired_lines == 6);
  CHECK(counts.imputed_lines == 4);
  CHECK(counts.written == counts.lines - 17);
  CHECK(counts.add_up());
  CHECK(counts.imputed ==
        std::map<std::string, std::int64_t>{{"age", 2}, {"income", 1}, {"state", 1}});
  CHECK(result.inputs.size(0) == counts.written);
  CHECK(result.labels.size(0) == counts.written);

  REQUIRE(result.report.size() == cases().size());
  for (std::size_t i = 0; i < cases().size(); ++i) {
    const auto& line = result.report[i];
    INFO(i << ": " << cases()[i].finding);
    CHECK(line.file == "input-0.csv");
    CHECK(line.line == std::to_string(3 + 2 * i));
    CHECK(line.finding() == cases()[i].finding);
    CHECK(line.column == cases()[i].column);
    CHECK(line.found == cases()[i].found);
    CHECK(line.done == cases()[i].done);
  }
}

TEST_CASE("preprocessing: neither threads nor chunks change a byte", "[dp]") {
  std::string text = "\r\n\xef\xbb\xbf" + kHeader;
  for (const auto& c : cases())
    text += row() + "\r\n" + c.line + row() + "\r" + c.line + row() + "\n\r\n";
  text += row(std::string(9000, ' ') + "5") + "\r\n" + row("17");
  for (const auto policy : {OnDuplicate::keep, OnDuplicate::drop}) {
    auto options = published();
    options.on_duplicate = policy;
    options.chunk_bytes = text.size();
    const auto whole = run(options, {text, text});
    CHECK(whole.prepared.counts.add_up());
    for (const std::size_t chunk : {1U, 2U, 3U, 7U, 64U, 997U, 4096U}) {
      options.chunk_bytes = chunk;
      options.threads = chunk % 2 == 0 ? 4 : 3;
      INFO(chunk);
      CHECK(run(options, {text, text}).outputs == whole.outputs);
    }
  }
}

TEST_CASE("preprocessing: duplicates as declared", "[dp]") {
  const auto text = kHeader + row("1") + "\n" + row("2") + "\n" + row("1.0") + "\n" + row("") +
                    "\n" + row("NA") + "\n" + row("2") + "\n";
  auto options = published();
  CHECK(run(options, {text}).prepared.counts.written == 6);

  options.on_duplicate = OnDuplicate::drop;
  const auto dropped = run(options, {text, kHeader + row("3") + "\n" + row("2") + "\n"});
  const auto& counts = dropped.prepared.counts;
  CHECK(counts.written == 4);
  CHECK(counts.duplicates == 4);
  CHECK(counts.repaired_lines == 0);  // the line 4 that was repaired is one of those dropped
  CHECK(counts.imputed_lines == 1);
  REQUIRE(dropped.report.size() == 5);
  CHECK(dropped.report[0].line == "4");
  CHECK(dropped.report[0].finding() == "duplicate/duplicate");
  CHECK(dropped.report[0].found == "the record of input-0.csv:2");
  CHECK(dropped.report[1].finding() == "imputed/missing_value");
  CHECK(dropped.report[2].found == "the record of input-0.csv:5");
  CHECK(dropped.report[3].found == "the record of input-0.csv:3");
  CHECK(dropped.report[4].file == "input-1.csv");
  CHECK(dropped.report[4].line == "3");
  CHECK(dropped.report[4].found == "the record of input-0.csv:3");
}

TEST_CASE("preprocessing: a file without its header is refused as a whole", "[dp]") {
  const std::pair<std::string, std::string> bad[] = {
      {"", "input-0.csv:1:1: expected a header, got the end of the file"},
      {"\n \n", "input-0.csv:3:1: expected a header, got the end of the file"},
      {row() + "\n",
       "input-0.csv:1:1: expected a header with the columns of census-2000-fulton, "
       "got \"13\""},
      {"\nstate,state\n", "input-0.csv:2:1: expected every column name once, got \"state\" twice"},
      {"state\n", "input-0.csv:1:1: expected a column \"puma\", got 1 columns without it"},
      {"\"state,puma\n", "input-0.csv:1:1: expected a header with quotes around whole names"},
      {std::string(5000, 'x'), "input-0.csv:1:1: expected a header of at most 4096 bytes"},
  };
  for (const auto& [text, message] : bad)
    CHECK_THROWS_WITH(run(published(), {text}), Contains(message));
  CHECK_THROWS_AS(run(published(), {"x\n"}), DataError);
}

TEST_CASE("preprocessing: columns are found by name", "[dp]") {
  auto header = kHeader;
  header.replace(header.find("state,puma"), 10, " \"puma\" ,state");
  CHECK_THROWS_AS(run(published(), {header + row() + "\n"}), DataError);
  header.replace(header.find(" \"puma\" ,"), 9, "\"puma\",");
  const auto swapped = run(published(), {header + "1101,13" + row().substr(7) + "\n"});
  CHECK(at::equal(swapped.inputs, run(published(), {kHeader + row() + "\n"}).inputs));
}

TEST_CASE("preprocessing: too many refused lines leave a report and no records", "[dp]") {
  const TemporaryFolder folder;
  auto options = published();
  options.inputs = {folder.path() / "x.csv"};
  options.out = folder.path() / "out";
  std::ofstream(options.inputs[0]) << kHeader << row() << "\n" << row("x") << "\n";
  options.max_refused = RefusedLimit{1, false};
  CHECK(prepare_census(options).counts.refused == 1);
  options.max_refused = RefusedLimit{34, true};
  CHECK(prepare_census(options).counts.refused == 1);
  CHECK(std::filesystem::exists(options.out / "records.safetensors"));
  options.max_refused = RefusedLimit{33, true};
  CHECK_THROWS_AS(prepare_census(options), TooManyRefused);
  CHECK_FALSE(std::filesystem::exists(options.out / "records.safetensors"));
  CHECK_FALSE(std::filesystem::exists(options.out / "prepared.json"));
  CHECK(report_lines(read_text_file(options.out / "report.csv")).size() == 1);

  std::ofstream(options.inputs[0]) << kHeader << row("x") << "\n";
  options.max_refused = {};
  CHECK_THROWS_WITH(prepare_census(options), Contains("expected a record, got none in 2 lines"));
  // Nothing but the three files is ever left.
  CHECK(std::distance(std::filesystem::directory_iterator(options.out), {}) == 1);
}

}  // namespace
}  // namespace assay::dp
