#include "dp/preprocessing/number.h"

#include "core/random/stream.h"
#include "dp/preprocessing/fields.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

TEST_CASE("preprocessing: the whole number that a text means", "[dp]") {
  const std::pair<const char*, std::int64_t> numbers[] = {
      {"0", 0},
      {"-0", 0},
      {"51", 51},
      {"-20000", -20000},
      {"007", 7},
      {"1.00E+05", 100000},
      {"1e5", 100000},
      {"1E05", 100000},
      {"51.0", 51},
      {"51.", 51},
      {".5e1", 5},
      {"1200e-2", 12},
      {"0.0e9999", 0},
      {"0e-7", 0},
      {"1.25030E5", 125030},
      {"-1.5e1", -15},
      {"999999999999999999", 999999999999999999},
      {"1e17", 100000000000000000},
      {"0000000000000000000000051", 51},
      {"100000000000000000000e-3", 100000000000000000}};
  for (const auto& [text, value] : numbers) {
    INFO(text);
    REQUIRE(whole_number(text).has_value());
    CHECK(*whole_number(text) == value);
  }
  for (const char* text : {"",
                           "-",
                           "+5",
                           "--5",
                           ".",
                           "-.",
                           "e5",
                           "5e",
                           "5e+",
                           "51.5",
                           "1e-1",
                           "0.1",
                           "inf",
                           "-nan",
                           "0x10",
                           "1 0",
                           " 5",
                           "5 ",
                           "1,0",
                           "1_0",
                           "1e18",
                           "1000000000000000000",
                           "1e99999",
                           "5e5e5",
                           "1.2.3",
                           "5-",
                           "\xef\xbc\x95"}) {
    INFO(text);
    CHECK_FALSE(whole_number(text));
  }
  CHECK_FALSE(whole_number(std::string(64, '0') + "1"));
  CHECK(whole_number(std::string(63, '0') + "1") == 1);
}

TEST_CASE("preprocessing: every way to write a number reads as that number", "[dp]") {
  auto stream = Stream(7).child("numbers");
  for (int i = 0; i < 20'000; ++i) {
    const auto value = stream.below(2'000'000) - 1'000'000;
    const auto digits = std::to_string(value < 0 ? -value : value);
    const std::string sign = value < 0 ? "-" : "";
    // A point after any digit, the exponent that makes up for it, and zeros on both sides.
    const auto point =
        static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(digits.size()) + 1));
    const auto zeros = std::string(static_cast<std::size_t>(stream.below(4)), '0');
    const auto text = sign + zeros + digits.substr(0, point) + "." + digits.substr(point) + zeros +
                      "E+" + std::to_string(digits.size() - point);
    INFO(text);
    REQUIRE(whole_number(text) == value);
    REQUIRE(is_plain_number(std::to_string(value)));
    REQUIRE_FALSE(is_plain_number(text));
  }
}

std::vector<std::string> split(std::string_view line, bool& ok) {
  std::vector<Field> fields;
  ok = split_fields(line, fields);
  std::vector<std::string> out;
  for (const auto& field : fields)
    out.push_back((field.quoted ? "q:" : "") + field.text);
  return out;
}

TEST_CASE("preprocessing: fields of a line", "[dp]") {
  using Texts = std::vector<std::string>;
  bool ok = false;
  CHECK(split("", ok) == Texts{""});
  CHECK(ok);
  CHECK(split("1,,2,", ok) == Texts{"1", "", "2", ""});
  CHECK(split("\"1\",2,\"\"", ok) == Texts{"q:1", "2", "q:"});
  CHECK(split("\"a,b\",\"c\"\"d\"", ok) == Texts{"q:a,b", "q:c\"d"});
  CHECK(ok);
  for (const char* line :
       {"\"", "\"1", "1\"", "1,\"2", "\"1\"2", "1\"2,3", "\"1\" ,2", "\"\"\"", "1, \"2\""}) {
    INFO(line);
    split(line, ok);
    CHECK_FALSE(ok);
  }
}

}  // namespace
}  // namespace assay::dp
