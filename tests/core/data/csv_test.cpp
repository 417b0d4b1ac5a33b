#include "core/data/csv.h"

#include "tests/core/data/bytes.h"

namespace assay {
namespace {

CsvTable parse(std::string_view text) {
  return parse_csv(bytes_of(text), "x.csv");
}

std::string refused(std::string_view text) {
  return refusal([&] { parse(text); });
}

using Fields = std::vector<std::string>;

TEST_CASE("csv: fields, quotes and line ends of RFC 4180", "[data]") {
  const auto table = parse("a,\"b \"\"c\"\"\",d\r\n\"x,y\",\"two\r\nlines\",\n1, 2 ,\"\"");
  CHECK(table.header == Fields{"a", "b \"c\"", "d"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[0].fields == Fields{"x,y", "two\r\nlines", ""});
  CHECK(table.rows[1].line == 4);  // the row before it takes two lines
  CHECK(table.rows[1].fields == Fields{"1", " 2 ", ""});
}

TEST_CASE("csv: the last line end is optional, and an empty line is a row", "[data]") {
  CHECK(parse("a\n1").rows.size() == 1);
  CHECK(parse("a\n1\n").rows.size() == 1);
  CHECK(parse("a\n").rows.empty());
  CHECK(parse("a").rows.empty());
  const auto table = parse("a\n\n1\n");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields == Fields{""});
  CHECK(table.rows[1].line == 3);
  CHECK(parse("a,b\n1\n1,2,3\n").rows[1].fields.size() == 3);
  CHECK(parse("\xef\xbb\xbf"
              "a,b\n")
            .header == Fields{"a", "b"});
}

TEST_CASE("csv: what is refused, and how it is said", "[data]") {
  CHECK(refused("") == "x.csv:1:1: expected a header row, got the end of the file");
  CHECK(refused("\xef\xbb\xbf") == "x.csv:1:1: expected a header row, got the end of the file");
  CHECK(refused("a,b,a\n") == "x.csv:1:1: expected every column name once, got \"a\" twice");
  CHECK(refused("a\n1\"2\n") ==
        "x.csv:2:2: expected a field that starts with its quote, or none, got '\"'");
  CHECK(refused("a,b\n1,\"2\"3\n") ==
        "x.csv:2:6: expected a comma or a line end after a closing quote, got '3'");
  CHECK(refused("a,b\n1,\"2\n3") == "x.csv:2:3: expected a closing quote, got the end of the file");
  CHECK(refused("a\r1\n") == "x.csv:1:3: expected a line feed after a carriage return, got '1'");
  CHECK(refused("a\n1\r") ==
        "x.csv:2:3: expected a line feed after a carriage return, got the end of the file");
  CHECK(refused(std::string_view("a\n1\0", 4)) == "x.csv:2:2: expected text, got 0x00");
  CHECK(refused(std::string_view("a\n\"\0\"", 5)) == "x.csv:2:2: expected text, got 0x00");
  CHECK(refused("a\n\"x\ny\"z") ==
        "x.csv:3:3: expected a comma or a line end after a closing quote, got 'z'");
}

}  // namespace
}  // namespace assay
