#include "scenarios/score/attribute.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/where.h>

#include "core/random/stream.h"
#include "scenarios/registry.h"
#include "scenarios/run/public_data.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

constexpr std::int64_t kCount = 1000, kFeature = 1;

/// Coins; every second record was trained on.
struct Case {
  Dataset candidates = coins(1), known = coins(2);
  at::Tensor members = at::arange(kCount).remainder(2).eq(0);

  static Dataset coins(std::uint64_t seed) {
    Stream stream(seed);
    const auto x = stream.uniform({kCount, 4}, 0, 1).gt(0.5).to(at::kFloat);
    return {x, stream.uniform({kCount}, 0, 1).gt(0.5).to(at::kLong), {}};
  }
  nlohmann::json unit(const Evidence& evidence) const {
    const auto scored = score_attributes({evidence, candidates, members, kFeature, known});
    REQUIRE(scored.at("units").size() == 1);
    return scored["units"][0];
  }
};

TEST_CASE(
    "attributes of members alone found: all of the accuracy is advantage but for the others'") {
  Case c;
  auto guessed = c.candidates.inputs.clone();
  const auto others = c.members.logical_not();
  auto column = guessed.select(1, kFeature);
  column.copy_(at::where(others, 1.0 - column, column));  // wrong about every other
  const auto unit = c.unit({.reconstructions = {{.inputs = guessed}}});
  CHECK(unit["values"][kAttributeAccuracy] == 1.0);
  CHECK(unit["values"][kAttributeAdvantage] == 1.0);
  // Coins: 500 of each side, a standard deviation of 0.032 of the difference.
  const auto& null = unit["nulls"][kImputation];
  CHECK(null[kAttributeAccuracy].get<double>() == Approx(0.5).margin(0.12));
  CHECK(null[kAttributeAdvantage].get<double>() == Approx(0.0).margin(0.16));
}

TEST_CASE("what holds for everybody is accuracy and no advantage") {
  Case c;
  const auto unit = c.unit({.reconstructions = {{.inputs = c.candidates.inputs}}});
  CHECK(unit["values"][kAttributeAccuracy] == 1.0);
  CHECK(unit["values"][kAttributeAdvantage] == 0.0);
  CHECK(unit["diverged"] == false);
}

TEST_CASE("attribute evidence that is none has found nothing") {
  Case c;
  const auto unit = c.unit({});
  CHECK(unit["values"][kAttributeAccuracy] == 0.0);
  CHECK(unit["diverged"] == true);
  CHECK(c.unit({.reconstructions = {
                    {.inputs = c.candidates.inputs.narrow(0, 0, 5)}}})["diverged"] == true);
}

TEST_CASE("a hidden feature is not in the file that an attack gets") {
  const TemporaryFolder folder;
  Case c;
  save_public_data(c.candidates, folder.path() / "all");
  hide_feature(folder.path() / "all", kFeature, folder.path() / "hidden");
  const auto shown = load_public_data(folder.path() / "hidden");
  CHECK(shown.inputs.select(1, kFeature).abs().sum().item<double>() == 0.0);
  CHECK(shown.inputs.select(1, 0).equal(c.candidates.inputs.select(1, 0)));
  CHECK(load_public_data(folder.path() / "all").inputs.equal(c.candidates.inputs));
}

}  // namespace
}  // namespace assay::scenarios
