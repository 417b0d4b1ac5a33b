#include "scenarios/report/text.h"

#include <nlohmann/json.hpp>

#include "core/random/stream.h"
#include "tests/catch.h"

namespace assay::scenarios {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST_CASE("bytes that are no UTF-8 are replaced") {
  // Ill-formed sequences of the Unicode standard, table 3-7, and of RFC 3629.
  CHECK(valid_utf8("a\xFF"
                   "b") == "a" + kBad + "b");
  CHECK(valid_utf8("\xC0\x80") == kBad + kBad);                        // overlong
  CHECK(valid_utf8("\xE0\x80\x80") == kBad + kBad + kBad);             // overlong
  CHECK(valid_utf8("\xED\xA0\x80") == kBad + kBad + kBad);             // a surrogate
  CHECK(valid_utf8("\xF4\x90\x80\x80") == kBad + kBad + kBad + kBad);  // above U+10FFFF
  CHECK(valid_utf8("\xF0\x9F\x94") == kBad + kBad + kBad);             // torn
  const std::string good = "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x94\x93 \xF4\x8F\xBF\xBF";
  CHECK(valid_utf8(good) == good);
}

TEST_CASE("valid UTF-8 is what JSON accepts, for any bytes") {
  Stream stream(1);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    for (std::uint64_t n = stream() % 12; n > 0; --n) {
      // High bytes are drawn more often: they make the sequences.
      bytes += static_cast<char>(stream() % 2 == 0 ? 0x80 + stream() % 128 : stream() % 256);
    }
    const auto text = valid_utf8(bytes);
    CHECK_NOTHROW(nlohmann::json(text).dump());  // throws for invalid UTF-8
    CHECK(valid_utf8(text) == text);
  }
}

TEST_CASE("shortened text is whole characters and says that it was cut") {
  CHECK(shortened("short", 10) == "short");
  CHECK(shortened("abcdef", 3) == "abc…");
  CHECK(shortened("\xE2\x82\xAC\xE2\x82\xAC", 4) == "\xE2\x82\xAC…");
  CHECK(shortened("", 0).empty());
}

TEST_CASE("JSON in a page cannot end its element") {
  const nlohmann::json value = {{"</script>", "<!-- \xE2\x80\xA8\xE2\x80\xA9 &"}, {"n", 1}};
  const auto text = json_for_html(value);
  CHECK(text.find('<') == std::string::npos);
  CHECK(text.find("\xE2\x80\xA8") == std::string::npos);
  CHECK(text.find("\xE2\x80\xA9") == std::string::npos);
  CHECK(nlohmann::json::parse(text) == value);
  CHECK_NOTHROW(json_for_html("\xFF"));
}

TEST_CASE("Markdown text means itself") {
  CHECK(markdown_text("a|b") == "a\\|b");
  CHECK(markdown_text("<b>&") == "&lt;b&gt;&amp;");
  CHECK(markdown_text("one\ntwo") == "one two");
  CHECK(markdown_text("[x](y) `z` *w* _v_") == "\\[x\\](y) \\`z\\` \\*w\\* \\_v\\_");
  CHECK(markdown_text("- x + y") == "\\- x + y");
  CHECK(markdown_text("-62 points") == "-62 points");
  CHECK(markdown_text("fixes #12").find(" #") == std::string::npos);
  CHECK(markdown_text("@someone").find("@s") == std::string::npos);
}

TEST_CASE("XML text holds no character that XML cannot") {
  CHECK(xml_text(std::string("a\x01\x1F\t\n", 5)) == "a" + kBad + kBad + "\t\n");
  CHECK(xml_text("\xEF\xBF\xBE\xEF\xBF\xBF") == kBad + kBad);
  CHECK(xml_text("<&>") == "<&>");  // the XML writer escapes these
}

TEST_CASE("base64 of the RFC's test vectors") {
  // RFC 4648, section 10.
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFF\xFE\xFD") == "//79");
}

}  // namespace
}  // namespace assay::scenarios
