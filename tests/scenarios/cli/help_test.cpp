#include <algorithm>
#include <sstream>

#include "core/io/json_text.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// What it prints, with no error.
std::string answer(const std::vector<std::string>& arguments) {
  const auto first = run_assay(arguments);
  CAPTURE(arguments, first.err);
  CHECK(first.code == 0);
  CHECK(first.err.empty());
  return first.out;
}

bool narrow(const std::string& text) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > 100) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every verb explains itself", "[cli]") {
  const auto overview = answer({"--help"});
  for (const char* verb : {"list", "validate", "plan", "run", "report", "gate", "baseline", "bench",
                           "party", "launch", "certs", "deal", "epsilon", "env"}) {
    CAPTURE(verb);
    CHECK_THAT(overview, Contains("\n  " + std::string(verb) + " "));
    const auto help = answer({verb, "--help"});
    CHECK_THAT(help, StartsWith("usage: assay " + std::string(verb)));
    CHECK(narrow(help));
  }
  CHECK_THAT(overview, Contains("Exit status: 0 pass, 1 regression, 2 bad usage"));
  const auto run = answer({"run", "-h"});
  for (const char* option :
       {"--set", "--only", "--seeds", "--data-dir", "--device", "--out", "--jobs", "--fresh",
        "--retry-errors", "--fail-fast", "--limit-minutes", "--baseline", "--progress",
        "--no-gallery", "--quiet", "--verbose"}) {
    CHECK_THAT(run, Contains(option));
  }
}

TEST_CASE("version, environment and lists", "[cli]") {
  const auto version = answer({"--version"});
  CHECK_THAT(version, StartsWith("assay "));
  CHECK(std::count(version.begin(), version.end(), '\n') == 1);

  const auto environment = answer({"env"});
  CHECK(environment == answer({"env"}));
  const auto facts = parse_json(environment);
  CHECK("assay " + facts.at("assay").get<std::string>() + "\n" == version);
  for (const char* fact :
       {"revision", "compiler", "libtorch", "openssl", "cpu", "cpu_capability", "system"}) {
    CHECK_FALSE(facts.at(fact).get<std::string>().empty());
  }

  const auto all = answer({"list"});
  const std::pair<const char*, const char*> tables[] = {{"systems", "federated"},
                                                        {"attacks", "gradient_inversion"},
                                                        {"defenses", "prune"},
                                                        {"metrics", "success_rate"},
                                                        {"data", "mnist"},
                                                        {"models", "lenet-sigmoid"},
                                                        {"links", "four-continents"},
                                                        {"scenarios", "quickstart.yaml"}};
  for (const auto& [table, entry] : tables) {
    CHECK_THAT("\n" + all, Contains("\n" + std::string(table) + "\n"));
    CHECK_THAT(all, Contains("  " + std::string(entry) + " "));
  }
  for (const char* table : {"defenses", "links"}) {
    const auto text = answer({"list", table});
    CHECK_THAT(text, StartsWith(std::string(table) + "\n"));
    CHECK_THAT(all, Contains(text));
  }
  CHECK(parse_json(answer({"list", "schema"})).at("properties").contains("systems"));
  CHECK_THAT(answer({"list", "schema", "--markdown"}), Contains("| ") || Contains("# "));
}

}  // namespace assay::scenarios
