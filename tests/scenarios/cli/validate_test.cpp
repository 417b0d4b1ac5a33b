#include "core/io/atomic_file.h"
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

TEST_CASE("validate says what a reader should know of what it accepts", "[cli]") {
  const TemporaryFolder folder;
  const auto shipped = std::string(ASSAY_SOURCE) + "/scenarios/library/dp-views.yaml";
  const auto text = read_text_file(shipped);
  const auto shares = [&](const std::string& links) {
    return write_file(
        folder.path() / "shares.yaml",
        replaced_once(replaced_once(text, "all_reduce: tree,",
                                    "all_reduce: tree, balance: shares, trust_domain: all, "
                                    "speeds: [1, 3],"),
                      "probes:", links + "probes:"));
  };
  const auto file = shares("");
  const auto finished = run_assay({"validate", file});
  CHECK(finished.code == 0);
  CHECK(finished.out == file + ": ok\n");
  CHECK_THAT(finished.err, Contains("note: tree: balance: shares sends raw records"));
  const auto clear = run_assay({"validate", shares("links: {mode: clear}\n")});
  CHECK(clear.code == 2);
  CHECK_THAT(clear.err, Contains("expected links.mode tls with balance: shares"));
}

TEST_CASE("validate tells what clients as units mean, and what does not go with them", "[cli]") {
  const TemporaryFolder folder;
  const auto shipped = std::string(ASSAY_SOURCE) + "/scenarios/library/dp-clients.yaml";
  const auto text = read_text_file(shipped);
  const auto finished = run_assay({"validate", shipped});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.err, Contains("clients: clip_unit: client protects all that a client adds") &&
                               Contains("without amplification by sampling"));
  const std::pair<std::pair<const char*, const char*>, const char*> mistakes[] = {
      {{"client_rate: 0.5, ", ""}, "expected client_rate beside clip_unit: client"},
      {{"client_rate: 0.5, ", "sampling: shuffle, "}, "drawn each for itself, got shuffle"},
      {{"clip_unit: client,", "asynchronous: true, clip_unit: client,"}, "no asynchronous pushes"},
      {{"clip_unit: client,", "clip_unit: person,"}, "expected one of example, client"},
      {{"clip_unit: client,\n     client_rate: 0.5,", "clip_unit: example,"},
       "expected train.local_steps 1 for a dp_sgd system that clips examples"},
      {{"clip_unit: client,", "clip_unit: client, noise: skellam,"},
       "expected accountant rdp with skellam noise"},
  };
  for (const auto& [change, why] : mistakes) {
    const auto file = write_file(folder.path() / "changed.yaml",
                                 replaced_once(text, change.first, change.second));
    const auto refused = run_assay({"validate", file});
    INFO(change.second);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains(why));
  }
}

}  // namespace assay::scenarios
