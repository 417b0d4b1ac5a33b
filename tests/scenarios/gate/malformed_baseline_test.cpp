#include "core/io/atomic_file.h"
#include "scenarios/gate/baseline.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"
#include "tests/scenarios/gate/gate_sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

json good() {
  auto baseline = baseline_of(gate_results());
  baseline.accepted = {{"gate/noise/-/-/bytes", "a reason", "2031-02-28"}};
  return json::parse(to_json(baseline).dump());
}

/// What loading says, or "".
std::string error_of(const std::string& text) {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "base.json", text);
  try {
    load_baseline(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a malformed baseline is refused with the place of what is wrong", "[gate]") {
  // Rows stand in the order of their ids: 4 is noise/fresh/success_rate, with 0/1 units.
  REQUIRE(error_of(good().dump()).empty());
  REQUIRE(good()["/rows/4/id"_json_pointer] == "gate/noise/shared/operator/success_rate");
  struct {
    const char* place;
    json value;
    const char* expected;
  } const cases[] = {{"/schema", 2, "schema 1"},
                     {"/schema", "1", "a whole number"},
                     {"/scenario", json(), "a text"},
                     {"/scenario", "", "not empty"},
                     {"/environment", 3, "a text"},
                     {"/selection", "all", "an object"},
                     {"/partial", "no", "true or false"},
                     {"/partial", 0, "true or false"},
                     {"/seeds", {{"1", 1}}, "a list"},
                     {"/seeds/0", 1.5, "a whole number"},
                     {"/seeds/1", "2", "a whole number"},
                     {"/seeds/1", true, "a whole number"},
                     {"/seeds/1", 18446744073709551615ULL, "2^63"},
                     {"/rows", {{"id", 1}}, "a list"},
                     {"/rows/4", 7, "an object"},
                     {"/rows/4/id", 7, "a text"},
                     {"/rows/4/metric", json(), "a text"},
                     {"/rows/4/design", "paired", "independent_binary"},
                     {"/rows/4/design", json(), "a text"},
                     {"/rows/4/units", json(), "a list"},
                     {"/rows/4/units", json::array(), "at least one unit"},
                     {"/rows/4/units/3", 1.0, "a list"},
                     {"/rows/4/units/3", {1, "3"}, "[seed, unit, value]"},
                     {"/rows/4/units/3", {1, "3", 1.0, 1.0}, "[seed, unit, value]"},
                     {"/rows/4/units/3/0", "1", "a whole number"},
                     {"/rows/4/units/3/1", 3, "a text"},
                     {"/rows/4/units/3/2", json(), "a number"},
                     {"/rows/4/units/3/2", "1", "a number"},
                     {"/rows/4/units/3/2", true, "a number"},
                     {"/rows/4/units/3/2", 0.5, "0 or 1"},
                     {"/rows/4/units/3/2", 7, "0 or 1"},
                     {"/rows/0/units/0/2", 1e16, "at most 1e15"},
                     {"/rows/0/units/0/2", -1e300, "at most 1e15"},
                     {"/accepted", json(), "a list"},
                     {"/accepted/0", "all", "an object"},
                     {"/accepted/0/id", 1, "a text"},
                     {"/accepted/0/reason", "", "not empty"},
                     {"/accepted/0/until", "soon", "a date"},
                     {"/accepted/0/until", "2031-02-30", "a date"},
                     {"/accepted/0/until", 2031, "a text"}};
  for (const auto& it : cases) {
    auto document = good();
    document[json::json_pointer(it.place)] = it.value;
    INFO(it.place << " = " << it.value.dump());
    CHECK_THAT(error_of(document.dump()), Contains("base.json: ") && Contains(it.place) &&
                                              Contains("expected ") && Contains(it.expected));
  }
}

TEST_CASE("a baseline that lacks something is refused by the name of what is missing", "[gate]") {
  for (const char* key :
       {"schema", "scenario", "environment", "selection", "partial", "seeds", "rows", "accepted"}) {
    auto document = good();
    document.erase(key);
    CHECK_THAT(error_of(document.dump()), Contains("the key '" + std::string(key) + "'"));
  }
  for (const char* key : {"id", "metric", "design", "units"}) {
    auto document = good();
    document["rows"][2].erase(key);
    CHECK_THAT(error_of(document.dump()),
               Contains("/rows/2: expected the key '" + std::string(key) + "'"));
  }
  for (const char* key : {"id", "reason", "until"}) {
    auto document = good();
    document["accepted"][0].erase(key);
    CHECK_THAT(error_of(document.dump()),
               Contains("/accepted/0: expected the key '" + std::string(key) + "'"));
  }
}

TEST_CASE("units and rows that are there twice are refused: merges make them", "[gate]") {
  auto document = good();
  document["rows"][4]["units"].push_back(document["rows"][4]["units"][0]);
  CHECK_THAT(error_of(document.dump()),
             Contains("/rows/4/units/50: unit '0' of seed 1 is there twice"));
  document = good();
  document["rows"].push_back(document["rows"][1]);
  CHECK_THAT(error_of(document.dump()),
             Contains("/rows/10: the row 'gate/noise/-/-/test_accuracy' is there twice"));
}

TEST_CASE("what is no JSON is refused at its line", "[gate]") {
  const auto text = good().dump(1);
  CHECK_THAT(error_of(text.substr(0, text.size() / 2)),
             Contains("base.json: ") && Contains("line"));
  CHECK_THAT(error_of("<<<<<<< ours\n" + text), Contains("line 1, column 1"));
  CHECK_THAT(error_of(""), Contains("line 1"));
  CHECK_THAT(error_of(std::string("{\"schema\": 1\0}", 14)), Contains("line 1"));
  CHECK_THAT(error_of("[1]"), Contains("expected an object"));
  CHECK_THAT(error_of(std::string(200000, '[')), Contains("nested"));
  for (const char* number : {"NaN", "Infinity", "-nan", "1e999"}) {
    auto broken = text;
    const auto at = broken.find("1.0");
    REQUIRE(at != broken.npos);
    CHECK_FALSE(error_of(broken.replace(at, 3, number)).empty());
  }
}

TEST_CASE("the command line names the broken file, and its exit status is bad usage's", "[gate]") {
  const TemporaryFolder folder;
  auto document = good();
  document["rows"][4]["units"][3][2] = json();
  const auto file = write_file(folder.path() / "base.json", document.dump());
  const auto accept = run_assay(
      {"baseline", "accept", "gate/noise/-/-/bytes", "--baseline", file, "--reason", "so"});
  CHECK(accept.code == 2);
  CHECK_THAT(accept.err,
             Contains(file) && Contains("/rows/4/units/3/2: expected a number, got null"));
  CHECK(read_text_file(file) == document.dump());  // untouched
}

}  // namespace
}  // namespace assay::scenarios
