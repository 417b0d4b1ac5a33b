#include "scenarios/run/membership.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <set>

#include "scenarios/run/job.h"
#include "scenarios/run/output_folder.h"
#include "scenarios/run/shadow.h"
#include "tests/catch.h"
#include "tests/scenarios/membership_scenario.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Worlds {
  Spec spec = parse_spec(kMembershipScenario, "membership.yaml");
  Setting setting = make_setting(spec, spec.systems.front(), 1, ASSAY_DATA);
  MembershipWorld operator()(std::int64_t world) const {
    return membership_world(setting, spec.probe("half"), world);
  }
};

TEST_CASE("a world trains on half of the candidates, and on all that are none") {
  const Worlds worlds;
  const auto world = worlds(0);
  CHECK(world.candidates.size() == 40);
  CHECK(world.members.sum().item<std::int64_t>() == 20);
  std::set<std::int64_t> all, trained;
  for (const auto& client : worlds.setting.clients)
    all.insert(client.begin(), client.end());
  for (std::size_t c = 0; c < world.clients.size(); ++c) {
    const auto& whole = worlds.setting.clients[c];
    for (auto record : world.clients[c]) {
      CHECK(std::find(whole.begin(), whole.end(), record) != whole.end());
      trained.insert(record);
    }
  }
  CHECK(all.size() == 120);
  CHECK(trained.size() == 100);
  // Of each candidate, one record of the data set has its values; it is trained on if a member.
  const auto& inputs = worlds.setting.corpus.train.inputs;
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto same = inputs.eq(world.candidates.inputs[i]).all(1).nonzero();
    REQUIRE(same.size(0) == 1);
    CHECK(trained.contains(same[0].item<std::int64_t>()) == world.members[i].item<bool>());
  }
}

TEST_CASE("all worlds have the same candidates; shadows share them out in pairs") {
  const Worlds worlds;
  std::vector<MembershipWorld> drawn;
  for (std::int64_t i = 0; i < 5; ++i)
    drawn.push_back(worlds(i));
  for (const auto& world : drawn)
    CHECK(at::equal(world.candidates.inputs, drawn.front().candidates.inputs));
  CHECK(at::equal(drawn[1].members, drawn[2].members.logical_not()));
  CHECK(at::equal(drawn[3].members, drawn[4].members.logical_not()));
  CHECK(!at::equal(drawn[1].members, drawn[3].members));
  // The target's half is neither a shadow's nor its complement's.
  for (std::size_t i = 1; i < drawn.size(); ++i)
    CHECK(!at::equal(drawn[0].members, drawn[i].members));
  CHECK(at::equal(worlds(3).members, drawn[3].members));
}

TEST_CASE("there are no more candidates than records without a twin") {
  Worlds worlds;
  auto& inputs = worlds.setting.corpus.train.inputs;
  inputs = inputs.clone();
  for (std::int64_t i = 1; i < 100; ++i)
    inputs[i].copy_(inputs[0]);
  CHECK_THROWS_WITH(worlds(0), Catch::Matchers::Contains("the private records whose inputs occur "
                                                         "once, got 40"));
  // A twin in the public data counts, too.
  Worlds others;
  others.setting.corpus.auxiliary = others.setting.corpus.train;
  CHECK_THROWS_AS(others(0), std::invalid_argument);
}

TEST_CASE(
    "a membership run: nothing of the answer in an attack's job, nothing kept, the same again") {
  const QuickRun run(kMembershipScenario);
  const std::vector<std::string> two = {"--seeds", "1..2", "--set", "keep_views=all"};
  // So short a training has learnt nothing by heart, which the controls notice.
  REQUIRE(run.run("kept", two).code == 4);
  const auto results = json::parse(results_of(run.folder("kept")));
  CHECK(results["rows"].size() == 12);
  for (const auto& cell : results["cells"])
    CHECK(cell["status"] == "ok");

  const auto spec = parse_spec(kMembershipScenario, "membership.yaml");
  const auto plan =
      make_plan(spec, {.systems = {}, .attacks = {}, .seeds = {1, 2}}, ASSAY_DATA, "cpu");
  const Layout layout{run.folder("kept")};
  int attacks = 0;
  for (const auto& cell : plan.cells) {
    if (cell.kind != Cell::Kind::attack) continue;
    ++attacks;
    const auto job = make_job(spec, cell, Job::Task::attack, layout, ASSAY_DATA);
    CHECK(job.truth.empty());
    CHECK(job.data_dir.empty());
    CHECK(job.shadows.size() == cell.needs.size() - 1);
    const auto target = layout.cell(cell.needs.front());
    CHECK(fs::exists(target / "truth/members.safetensors"));
    CHECK(!fs::exists(target / "shadow.safetensors"));
    CHECK(fs::exists(job.candidates));
    for (const auto& shadow : job.shadows) {
      CHECK(fs::exists(shadow));
      CHECK(!fs::exists(shadow.parent_path() / "truth"));
      CHECK(load_shadow(shadow).members.sum().item<std::int64_t>() == 20);
    }
  }
  CHECK(attacks == 6);

  // Records go after scoring. Asking for more makes them anew where they are needed.
  const QuickRun again(kMembershipScenario);
  REQUIRE(again.run("gone", {"--seeds", "1..2", "--only", "attack=loss"}).code == 4);
  for (const auto* file : {"candidates.safetensors", "shadow.safetensors", "members.safetensors"})
    CHECK_FALSE(has_path_with(again.folder("gone"), file));
  REQUIRE(again.run("gone", {"--seeds", "1..2"}).code == 4);
  CHECK_FALSE(has_path_with(again.folder("gone"), "shadow.safetensors"));
  CHECK(results_of(again.folder("gone")) == results_of(run.folder("kept")));
}

}  // namespace
}  // namespace assay::scenarios
