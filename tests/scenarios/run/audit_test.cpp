#include "scenarios/run/audit.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <set>

#include "core/truth/witness.h"
#include "core/view/archive.h"
#include "scenarios/run/job.h"
#include "scenarios/run/output_folder.h"
#include "tests/catch.h"
#include "tests/scenarios/audit_scenario.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Worlds {
  Spec spec = parse_spec(kAuditScenario, "audit.yaml");
  Setting setting = make_setting(spec, spec.systems.front(), 1, ASSAY_DATA);
};

TEST_CASE("canaries are records, each with a fair coin of its own") {
  Worlds worlds;
  const auto world = audit_world(worlds.setting, worlds.spec.probe("gradients"));
  CHECK(world.canaries.records.size() == 300);
  CHECK_NOTHROW(world.canaries.validate(400));
  CHECK(world.canaries.gradient_norm == 100.0);
  const auto in = std::count(world.canaries.included.begin(), world.canaries.included.end(), true);
  CHECK(std::abs(in - 150) < 40);  // 4.6 standard deviations
  for (std::size_t i = 0; i < world.canaries.records.size(); ++i) {
    const auto& client = worlds.setting.clients[static_cast<std::size_t>(world.owners[i]) - 1];
    CHECK(std::find(client.begin(), client.end(), world.canaries.records[i]) != client.end());
  }
  // Other systems and other times: the same.
  Worlds again;
  const auto same = audit_world(again.setting, again.spec.probe("gradients"));
  CHECK(same.canaries.records == world.canaries.records);
  CHECK(same.canaries.included == world.canaries.included);
}

TEST_CASE("input canaries have a wrong label, in the training data too") {
  Worlds worlds;
  const auto right = worlds.setting.corpus.train;
  const auto world = audit_world(worlds.setting, worlds.spec.probe("records"));
  CHECK(!world.canaries.gradient_norm);
  const auto before = right.subset(world.canaries.records);
  CHECK(at::equal(before.inputs, world.records.inputs));
  CHECK(before.labels.ne(world.records.labels).all().item<bool>());
  CHECK(at::equal(worlds.setting.corpus.train.subset(world.canaries.records).labels,
                  world.records.labels));
  CHECK(worlds.setting.corpus.train.labels.ne(right.labels).sum().item<std::int64_t>() == 100);
}

TEST_CASE("an audited run: a flaw is found, no coin in any job of an attack") {
  const QuickRun run(kAuditScenario);
  const std::vector<std::string> kept = {"--set", "keep_views=all", "--only",
                                         "attack=outside,attack=inside"};
  const auto finished = run.run("kept", kept);
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  const auto results = json::parse(results_of(run.folder("kept")));
  CHECK(results["verdict"] == "complete");
  for (const auto& claim : results["privacy_claims"]) {
    INFO(claim.dump());
    if (!claim.contains("audited_epsilon_lower")) continue;
    const bool above = claim["audited_epsilon_lower"] > claim["epsilon"];
    if (claim["system"] == "correct") CHECK(!above);
  }

  const auto spec = parse_spec(kAuditScenario, "audit.yaml");
  const auto plan = make_plan(spec, {.systems = {}, .attacks = {"outside", "inside"}, .seeds = {}},
                              ASSAY_DATA, "cpu");
  const Layout layout{run.folder("kept")};
  int attacks = 0;
  for (const auto& cell : plan.cells) {
    if (cell.kind != Cell::Kind::attack) continue;
    ++attacks;
    const auto job = make_job(spec, cell, Job::Task::attack, layout, ASSAY_DATA);
    CHECK(job.truth.empty());
    CHECK(job.data_dir.empty());
    CHECK(fs::exists(job.candidates));
    const auto view = ViewArchive::load(job.view);
    for (const auto& o : view.observations)
      CHECK(o.victims().empty());
    CHECK(view.context.defense.parameters.contains("canary_norm"));
    CHECK(!view.context.defense.parameters.contains("included"));
    CHECK(load_members(layout.truth(cell.needs.front())).numel() == 300);
  }
  CHECK(attacks == 20);  // three systems, two without protection, two roles, two seeds
}

}  // namespace
}  // namespace assay::scenarios
