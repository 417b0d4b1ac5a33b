#include "core/io/json_text.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

std::string answer(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "epsilon");
  const auto finished = run_assay(arguments);
  CAPTURE(arguments, finished.err);
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  return finished.out;
}

nlohmann::json json_answer(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return parse_json(answer(arguments));
}

const std::vector<std::string> kRun = {
    "--sampling-rate", "0.00426666666667", "--delta", "1e-5", "--steps", "14062"};

std::vector<std::string> run_with(std::vector<std::string> more) {
  more.insert(more.begin(), kRun.begin(), kRun.end());
  return more;
}

}  // namespace

TEST_CASE("epsilon answers with what the number means", "[cli]") {
  const auto text = answer(run_with({"--noise-multiplier", "1.1", "--lower"}));
  CHECK_THAT(text, StartsWith("epsilon <= 2.38"));
  for (const char* part : {"at delta 1e-05", "epsilon >= 2.38", "pld: an upper bound",
                           "add_remove: one example more or less", "clip unit   example",
                           "14062 x poisson sampling", "who cannot know which records"})
    CHECK_THAT(text, Contains(part));
  CHECK_THAT(answer(run_with({"--noise-multiplier", "1.1", "--accountant", "gdp"})),
             Contains("epsilon about ") && Contains("an estimate, no bound"));
  CHECK_THAT(answer(run_with({"--noise-multiplier", "0"})), StartsWith("epsilon <= infinity"));
}

TEST_CASE("epsilon as JSON, by every accountant", "[cli]") {
  const std::pair<const char*, double> values[] = {
      {"rdp", 2.59655587}, {"prv", 2.39174}, {"pld", 2.381686}, {"gdp", 2.2}};
  for (const auto& [accountant, epsilon] : values) {
    const auto json =
        json_answer(run_with({"--noise-multiplier", "1.1", "--accountant", accountant}));
    CAPTURE(json.dump());
    const bool bound = std::string(accountant) != "gdp";
    CHECK(json.at("epsilon").get<double>() == Approx(epsilon).margin(bound ? 2e-3 : 0.2));
    CHECK(json.at("accountant") == accountant);
    CHECK(json.at("bound") == (bound ? "upper" : "estimate"));
    CHECK(json.at("delta") == 1e-5);
    CHECK(json.at("relation") == "add_remove");
    CHECK(json.at("clip_unit") == "example");
    CHECK(json.at("history").at("entries").at(0).at("count") == 14062);
  }
}

TEST_CASE("epsilon of every role of a distributed run", "[cli]") {
  const auto of_role = [](const nlohmann::json& json, const std::string& role) {
    for (const auto& row : json.at("roles")) {
      if (row.at("role") == role) return row.at("epsilon");
    }
    return nlohmann::json();
  };
  const auto spread =
      json_answer(run_with({"--noise-multiplier", "1.1", "--workers", "4", "--colluders", "3"}));
  CHECK(of_role(spread, "outsider").get<double>() == Approx(2.38).margin(0.01));
  CHECK(of_role(spread, "worker").get<double>() == Approx(3.10).margin(0.01));
  for (const char* role : {"server", "send_to_all_peer", "ring_or_tree_neighbour", "colluders"})
    CHECK(of_role(spread, role).get<double>() == Approx(14.7).margin(0.05));

  const auto one = json_answer(
      run_with({"--noise-multiplier", "1.1", "--workers", "4", "--noise-placement", "one-rank"}));
  CHECK(of_role(one, "worker").get<double>() == Approx(2.38).margin(0.01));
  for (const char* role : {"server", "noise_rank"})
    CHECK(of_role(one, role) == "infinity");

  // A 400th of the variance is less noise than pld accounts for.
  const auto many = answer(run_with({"--noise-multiplier", "1.1", "--workers", "400"}));
  CHECK_THAT(many, Contains("server") && Contains("(by rdp)"));

  // Whoever sees which clients contribute knows the draw: no amplification.
  const auto clients = json_answer(
      run_with({"--noise-multiplier", "1.1", "--workers", "4", "--clip-unit", "client"}));
  CHECK(of_role(clients, "outsider").get<double>() == Approx(2.38).margin(0.01));
  CHECK(of_role(clients, "server").get<double>() > 60.0);
  CHECK_THAT(answer(run_with({"--noise-multiplier", "1.1", "--workers", "4"})),
             Contains("role ") && Contains("knows its own noise"));
}

TEST_CASE("epsilon finds noise and steps, and a history says the same", "[cli]") {
  const auto noise = json_answer(run_with({"--target-epsilon", "3"}));
  CHECK(noise.at("epsilon").get<double>() <= 3.0);
  CHECK(noise.at("epsilon").get<double>() > 2.99);
  CHECK(noise.at("calibrated").at("noise_multiplier") ==
        noise.at("history").at("entries").at(0).at("noise_multiplier"));
  const auto steps = json_answer({"--sampling-rate", "0.01", "--noise-multiplier", "1", "--delta",
                                  "1e-5", "--target-epsilon", "1"});
  CHECK(steps.at("epsilon").get<double>() <= 1.0);
  CHECK(steps.at("calibrated").at("steps").get<int>() > 200);

  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "history.json", noise.at("history").dump());
  const auto again = json_answer({"--delta", "1e-5", "--history", file});
  CHECK(again.at("epsilon") == noise.at("epsilon"));
  CHECK(again.at("history") == noise.at("history"));
}

TEST_CASE("epsilon of Skellam noise is that of the grid a training takes", "[cli]") {
  const auto skellam = json_answer(
      run_with({"--noise-multiplier", "1.1", "--noise", "skellam", "--coordinates", "26010"}));
  CHECK(skellam.at("accountant") == "rdp");
  CHECK(skellam.at("bound") == "upper");
  const auto& release = skellam.at("history").at("entries").at(0).at("skellam");
  CHECK(release.at("l2").get<double>() > 1e5);
  CHECK(release.at("l1").get<double>() > release.at("l2").get<double>());
  const auto gaussian = json_answer(run_with({"--noise-multiplier", "1.1", "--accountant", "rdp"}));
  CHECK(skellam.at("epsilon").get<double>() >= gaussian.at("epsilon").get<double>());
  CHECK(skellam.at("epsilon").get<double>() < gaussian.at("epsilon").get<double>() + 0.02);
  const auto found = json_answer(
      run_with({"--target-epsilon", "3", "--noise", "skellam", "--coordinates", "100"}));
  CHECK(found.at("epsilon").get<double>() <= 3.0);
  CHECK(found.at("epsilon").get<double>() > 2.99);

  const auto refused = run_assay({"epsilon", "--sampling-rate", "0.1", "--noise-multiplier", "1",
                                  "--steps", "1", "--delta", "1e-5", "--noise", "skellam"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("--coordinates with --noise skellam"));
  const auto pld = run_assay({"epsilon", "--sampling-rate", "0.1", "--noise-multiplier", "1",
                              "--steps", "1", "--delta", "1e-5", "--noise", "skellam",
                              "--coordinates", "9", "--accountant", "pld"});
  CHECK(pld.code == 2);
  CHECK_THAT(pld.err, Contains("expected the accountant rdp with Skellam noise"));
}

TEST_CASE("epsilon of other samplings takes the relation that they have", "[cli]") {
  const auto of = [](const char* sampling, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "--sampling", sampling, "--noise-multiplier", "2", "--steps", "10", "--delta", "1e-5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json_answer(arguments);
  };
  CHECK(of("shuffle").at("relation") == "zero_out");
  CHECK(of("full").at("relation") == "add_remove");
  CHECK(of("fixed_size", {"--sampling-rate", "0.1"}).at("relation") == "substitution");
  const auto poisson = of("poisson", {"--sampling-rate", "0.1"});
  const auto known = of("known_poisson", {"--sampling-rate", "0.1"});
  const auto truncated = of("truncated_poisson", {"--sampling-rate", "0.1", "--population", "1000",
                                                  "--batch-cap", "100"});
  CHECK(known.at("epsilon").get<double>() > poisson.at("epsilon").get<double>());
  CHECK(truncated.at("epsilon").get<double>() > poisson.at("epsilon").get<double>());
}

}  // namespace assay::scenarios
