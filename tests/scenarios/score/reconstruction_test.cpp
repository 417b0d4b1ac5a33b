#include "scenarios/score/reconstruction.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <limits>

#include "tests/catch.h"
#include "tests/federated/run_system.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// Two victims of two records each, of clients 1 and 2, and a bystander, in one probe round.
struct Scene {
  SmallRun::Result run;
  Corpus corpus;
  Evidence evidence;
  std::string role;
  std::set<Rank> own;

  explicit Scene(const std::string& adversary) : role(adversary) {
    SmallRun small{.shape = {1, 12, 12}};
    small.how.rounds = small.rounds = 1;
    small.roles = {{role, role}};
    small.probes = {{"first", 0, {{1, {0, 3}, 20}, {2, {1, 4}, 10}, {3, {2, 5}, 30, false}}}};
    run = small.run();
    const auto data = small.data();
    std::vector<std::int64_t> rest, most;
    for (std::int64_t i = 10; i < 40; ++i)
      rest.push_back(i);
    for (std::int64_t i = 40; i < 60; ++i)
      most.push_back(i);
    corpus = {.name = "made up",
              .train = data,
              .test = data.subset(rest),
              .auxiliary = data.subset(most),
              .input_shape = {1, 12, 12},
              .classes = 3};
  }
  const View& view() const { return run.views.at(role); }
  const Victim& victim(VictimId id) const {
    for (const auto& v : run.victims) {
      if (v.id == id) return v;
    }
    throw std::out_of_range("no such victim");
  }
  /// Evidence against the update that the victims went into.
  void rebuild(std::vector<VictimId> victims, const at::Tensor& inputs,
               std::vector<std::int64_t> labels) {
    for (const auto& o : view().observations) {
      if (o.victims().empty() || o.kind() == ObservationKind::own_update) continue;
      const std::set<VictimId> in(o.victims().begin(), o.victims().end());
      if (!std::all_of(victims.begin(), victims.end(), [&](auto v) { return in.contains(v); }))
        continue;
      evidence.reconstructions.push_back({.observation = o.id(),
                                          .inputs = inputs,
                                          .labels = std::move(labels),
                                          .gradient_evaluations = 5});
      return;
    }
    FAIL("no update of these victims in the view");
  }
  json score(const std::filesystem::path& gallery = {}) const {
    Stream stream(4);
    return score_reconstructions({evidence, view(), run.victims, own, corpus, "first", gallery},
                                 stream);
  }
};

TEST_CASE("perfect reconstructions, in any order, get perfect scores") {
  Scene scene("server");
  for (VictimId id : {20, 10}) {
    const auto& v = scene.victim(id);
    scene.rebuild({id}, v.inputs.flip(0),
                  {v.labels[1].item<std::int64_t>(), v.labels[0].item<std::int64_t>()});
  }
  const auto score = scene.score();
  REQUIRE(score["units"].size() == 2);  // not the bystander
  CHECK(score["diverged"] == 0);
  for (const auto& unit : score["units"]) {
    CHECK(unit["values"] == json{{"success_rate", 1.0},
                                 {"psnr_db", 100.0},
                                 {"ssim", 1.0},
                                 {"identification_rate", 1.0},
                                 {"label_accuracy", 1.0}});
    CHECK(unit["diverged"] == false);
    CHECK(unit["gradient_evaluations"] == 5);
    for (const auto& [name, values] : unit["nulls"].items()) {
      INFO(name);
      CHECK(values["success_rate"] == 0.0);
      CHECK(values["psnr_db"] < 15.0);
      // 10 public records of the class, and the record itself.
      CHECK(values["identification_rate"].get<double>() == Approx(1.0 / 11));
    }
  }
  CHECK(score["units"][0]["unit"] == "first/0/0");
  CHECK(score["units"][1]["unit"] == "first/0/1");
}

TEST_CASE("one record of two is half a success") {
  Scene scene("server");
  const auto& v = scene.victim(10);
  scene.rebuild({10}, at::stack({at::full_like(v.inputs[0], 2.0), v.inputs[0]}), {0, 0});
  scene.evidence.reconstructions.back().labels = {v.labels[0].item<std::int64_t>(), 99};
  const auto score = scene.score();
  for (const auto& unit : score["units"]) {
    const auto& values = unit["values"];
    if (unit["gradient_evaluations"] == 0) continue;  // the victim that nobody attacked
    CHECK(values["success_rate"] == 0.5);
    CHECK(values["label_accuracy"] == 0.5);
    CHECK(values["psnr_db"].get<double>() > 50.0);  // (100 + a few dB) / 2
  }
}

TEST_CASE("what was not rebuilt, or is no number, has the worst values and is counted") {
  Scene scene("server");
  const auto& v = scene.victim(20);
  auto broken = v.inputs.clone();
  broken[0][0][3][3] =
      GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  scene.rebuild({20}, broken, {0, 0});
  const auto score = scene.score();
  CHECK(score["diverged"] == 1);
  REQUIRE(score["units"].size() == 2);
  for (const auto& unit : score["units"]) {
    CHECK(unit["diverged"] == true);
    for (const auto& [metric, value] : unit["values"].items())
      CHECK(value == 0.0);
  }
}

TEST_CASE("the matching covers a whole aggregate, whatever the order of its victims") {
  Scene scene("client:3");
  scene.own = {3};
  const auto &first = scene.victim(20), &second = scene.victim(10);
  // All four records in one update; the adversary's own are taken out by the attack.
  const auto all =
      at::cat({second.inputs, first.inputs}).index_select(0, at::tensor({2, 0, 3, 1}, at::kLong));
  scene.rebuild({20, 10}, all, {0, 1, 2, 0});
  const auto score = scene.score();
  REQUIRE(score["units"].size() == 2);
  for (const auto& unit : score["units"]) {
    CHECK(unit["values"]["success_rate"] == 1.0);
    CHECK(unit["values"]["identification_rate"] == 1.0);
  }
}

TEST_CASE("victims of the adversary's own are not scored, and the others keep their names") {
  Scene scene("client:2");
  scene.own = {2};
  const auto score = scene.score();
  REQUIRE(score["units"].size() == 1);
  CHECK(score["units"][0]["unit"] == "first/0/1");
}

TEST_CASE("fewer reconstructions than records leave the others without one") {
  Scene scene("server");
  const auto& v = scene.victim(20);
  scene.rebuild({20}, v.inputs.slice(0, 1, 2), {0});
  const auto score = scene.score();
  REQUIRE(!score["units"].empty());
  for (const auto& unit : score["units"]) {
    if (unit["gradient_evaluations"] == 5) CHECK(unit["values"]["success_rate"] == 0.5);
  }
}

TEST_CASE("the gallery shows the victim, what was rebuilt and the null") {
  Scene scene("server");
  const TemporaryFolder folder;
  const auto& v = scene.victim(20);
  scene.rebuild({20}, v.inputs, {0, 0});
  const auto score = scene.score(folder.path());
  REQUIRE(!score["units"].empty());
  for (const auto& unit : score["units"]) {
    const auto& pictures = unit["gallery"];
    CHECK(pictures.contains("rebuilt") == (unit["gradient_evaluations"] == 5));
    for (const auto& [what, file] : pictures.items()) {
      CHECK(std::filesystem::file_size(folder.path() / file.get<std::string>()) > 60);
    }
  }
  CHECK(!scene.score()["units"][0].contains("gallery"));
}

}  // namespace
}  // namespace assay::scenarios
