#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {

using Catch::Matchers::Contains;

TEST_CASE("validate reports each file", "[cli]") {
  const TemporaryFolder folder;
  const auto good = write_file(folder.path() / "good.yaml", kSmallScenario);
  const auto typo = write_file(folder.path() / "typo.yaml",
                               replaced_once(kSmallScenario, "rounds: 2", "round: 2"));
  const auto broken = write_file(folder.path() / "broken.yaml", "schema: [1\n");
  const auto finished =
      run_assay({"validate", typo, good, broken, (folder.path() / "none.yaml").string()});
  CHECK(finished.code == 2);
  CHECK(finished.out == good + ": ok\n");
  CHECK_THAT(finished.err, Contains("typo.yaml:") && Contains("broken.yaml:") &&
                               Contains("none.yaml: No such file"));
  CHECK(std::count(finished.err.begin(), finished.err.end(), '\n') == 3);

  const auto all_good = run_assay({"validate", good, good});
  CHECK(all_good.code == 0);
  CHECK(all_good.out == good + ": ok\n" + good + ": ok\n");
  CHECK(all_good.err.empty());
}

}  // namespace assay::scenarios
