// How private training scales, asked on the command line; and what machines cost.
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "scenarios/scaling/price_list.h"
#include "scenarios/spec/node.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kPrices = R"(currency: EUR
source: "the shop at the corner"
date: 2026-01-13
instances:
  - {name: large, cores: 4, price_per_hour: 0.30}
  - {name: small, cores: 1, price_per_hour: 0.10}
  - {name: dear, cores: 4, price_per_hour: 9}
)";

TEST_CASE("price list: the cheapest machine that is large enough") {
  const auto prices = parse_prices(kPrices, "prices.yaml");
  CHECK(prices.currency == "EUR");
  CHECK(prices.date == "2026-01-13");
  CHECK(prices.with_cores(1).name == "small");
  CHECK(prices.with_cores(2).name == "large");
  CHECK(prices.with_cores(4).name == "large");
  CHECK_THROWS_WITH(prices.with_cores(5), Contains("an instance of 5 cores or more"));
}

TEST_CASE("price list: what is wrong is said with its line") {
  const auto refused = [](const std::string& from, const std::string& to, const char* says) {
    CHECK_THROWS_WITH(parse_prices(replaced_once(kPrices, from, to), "prices.yaml"),
                      Contains("prices.yaml:") && Contains(says));
  };
  refused("currency: EUR\n", "", "expected the field 'currency'");
  refused("date:", "dato:", "unknown field 'dato'; did you mean 'date'?");
  refused("cores: 1", "cores: 0", "expected a number from 1 to 4096, got '0'");
  refused("cores: 1", "cores: one", "got 'one'");
  refused("0.10", "-1", "got '-1'");
  refused("0.10", "nan", "got 'nan'");
  CHECK_THROWS_WITH(parse_prices("currency: EUR\nsource: a\ndate: b\ninstances: 3\n", "p.yaml"),
                    Contains("p.yaml:4:") && Contains("expected a list of instances"));
  CHECK_THROWS_AS(parse_prices("- 1\n", "p.yaml"), SpecError);
}

TEST_CASE("the shipped price list can be read") {
  const auto prices = read_prices(std::string(ASSAY_SOURCE) + "/bench/dp/prices.yaml");
  CHECK(!prices.date.empty());
  for (const std::int64_t cores : {1, 2, 4})
    CHECK(prices.with_cores(cores).price_per_hour > 0.0);
}

TEST_CASE("bench dp: a line for each sum and layout, phases, and what an epoch costs") {
  const TemporaryFolder folder;
  const auto prices = write_file(folder.path() / "prices.yaml", kPrices);
  const auto json = (folder.path() / "out.json").string();
  const auto end = run_assay({"bench",     "dp",   "--net",        "mnist",
                              "--workers", "1,2",  "--all-reduce", "ring,parameter_server",
                              "--batch",   "4",    "--records",    "40",
                              "--steps",   "2",    "--repeat",     "1",
                              "--prices",  prices, "--json",       json});
  CAPTURE(end.err);
  REQUIRE(end.code == 0);
  CHECK_THAT(end.out, Contains("MNIST CNN of 26,010 parameters: 4 records of 40"));
  CHECK_THAT(end.out, Contains("one worker") && Contains("parameter_server"));
  CHECK_THAT(end.out, Contains("update") && Contains("the shop at the corner, 2026-01-13"));
  CHECK_THAT(end.out, Contains("2 x small") && Contains("1 x large"));

  const auto rows = parse_json(read_text_file(json)).at("nets").at("mnist");
  REQUIRE(rows.size() == 5);  // one worker; two sums; 1 x 2 and 2 x 1
  const auto& together = rows.at(3);
  CHECK(together.at("nodes") == 1);
  CHECK(together.at("workers") == 2);
  CHECK(together.at("instance") == "large");
  const double step = together.at("strong_step_seconds").at(0).get<double>();
  CHECK(together.at("epoch_seconds").get<double>() == Approx(10 * step));
  CHECK(together.at("epoch_price").get<double>() == Approx(10 * step * 0.30 / 3600));
  CHECK(rows.at(4).at("epoch_price").get<double>() ==
        Approx(rows.at(4).at("epoch_seconds").get<double>() * 2 * 0.10 / 3600));
  CHECK(rows.at(1).at("bytes") == 2 * 26'010 * 4);
}

TEST_CASE("bench dp: a price list that has no machine large enough is refused", "[cli]") {
  const TemporaryFolder folder;
  const auto prices = write_file(folder.path() / "prices.yaml", kPrices);
  const auto end = run_assay({"bench", "dp", "--net", "mnist", "--workers", "8", "--all-reduce",
                              "ring", "--batch", "8", "--records", "80", "--steps", "2", "--repeat",
                              "1", "--prices", prices});
  CHECK(end.code == 2);
  CHECK_THAT(end.err, Contains("an instance of 8 cores or more"));
}

TEST_CASE("party bench dp: processes are timed alone and together", "[hosts]") {
  const Parties at(2);
  const auto json = (at.folder().path() / "out.json").string();
  const auto ends =
      at.run({"bench", "dp", "--net", "mnist", "--all-reduce", "ring,parameter_server", "--batch",
              "4", "--records", "40", "--steps", "3", "--repeat", "1", "--json", json});
  for (const auto& end : ends) {
    CAPTURE(end.err);
    REQUIRE(end.code == 0);
  }
  CHECK_THAT(ends[0].out, Contains("speeds of the ranks alone: [") && Contains("\nring "));
  CHECK(ends[1].out.empty());
  const auto all = parse_json(read_text_file(json)).at("mnist");
  REQUIRE(all.at("alone_step_seconds").size() == 2);
  for (const auto& seconds : all.at("alone_step_seconds"))
    CHECK(seconds.get<double>() > 0.0);
  REQUIRE(all.at("rows").size() == 2);
  CHECK(all.at("rows").at(0).at("workers") == 2);
  CHECK(all.at("rows").at(1).at("workers") == 1);  // and one who serves
  for (const auto& row : all.at("rows"))
    CHECK(row.at("weak_step_seconds").get<double>() > 0.0);
}

}  // namespace
}  // namespace assay::scenarios
