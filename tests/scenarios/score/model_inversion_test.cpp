#include "scenarios/score/model_inversion.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "scenarios/score/augment.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

/// Four classes of stripes that no mirror image, shift or light turns into one another.
at::Tensor pattern(std::int64_t k) {
  const auto axis = at::arange(16, at::kFloat);
  const auto rows = (axis * (k < 2 ? 0.8 : 2.2)).sin().mul(0.4).add(0.5);
  return (k % 2 == 0 ? rows.view({1, 16, 1}).expand({1, 16, 16})
                     : rows.view({1, 1, 16}).expand({1, 16, 16}))
      .contiguous();
}

Dataset stripes(std::int64_t each, Stream stream) {
  std::vector<at::Tensor> pictures;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 4 * each; ++i) {
    pictures.push_back((pattern(i % 4) + 0.05 * stream.normal({1, 16, 16})).clamp(0, 1));
    labels.push_back(i % 4);
  }
  return {at::stack(pictures), at::tensor(labels, at::kLong), {}};
}

const Evaluator& judge() {
  static const auto evaluator =
      Evaluator::train(stripes(10, Stream(1)), 4, Stream(2), [](double) {});
  return evaluator;
}

TEST_CASE(
    "the evaluation classifier knows pictures that it was not trained on, and survives its file") {
  const auto fresh = stripes(10, Stream(3));
  CHECK(judge().accuracy(fresh) >= 0.95);
  CHECK(judge().accuracy({fresh.inputs.slice(0, 0, 0), fresh.labels.slice(0, 0, 0), {}}) == 0.0);
  const auto p = judge().log_probabilities(fresh.inputs).exp();
  CHECK(at::allclose(p.sum(1), at::ones({p.size(0)})));

  const TemporaryFolder folder;
  const auto file = folder.path() / "evaluator.safetensors";
  judge().save(file);
  CHECK(at::equal(Evaluator::load(file).log_probabilities(fresh.inputs),
                  judge().log_probabilities(fresh.inputs)));
  CHECK_THROWS_AS(Evaluator::load(folder.path() / "none"), std::runtime_error);

  const Dataset table{at::zeros({4, 6}), at::zeros({4}, at::kLong), {}};
  CHECK_THROWS_WITH(Evaluator::train(table, 2, Stream(1), [](double) {}),
                    Contains("expected pictures"));
  const Dataset tiny{at::zeros({4, 1, 7, 7}), at::zeros({4}, at::kLong), {}};
  CHECK_THROWS_WITH(Evaluator::train(tiny, 2, Stream(1), [](double) {}), Contains("8 x 8"));
}

TEST_CASE("augmented pictures stay near their range, differ, and repeat with their stream") {
  const auto pictures = stripes(4, Stream(1)).inputs;
  Stream a(5), b(5), c(6);
  const auto first = augmented(pictures, a);
  CHECK(first.sizes() == pictures.sizes());
  CHECK(first.isfinite().all().item<bool>());
  CHECK((first - 0.5).abs().max().item<float>() <= 1.0f);
  CHECK(at::equal(first, augmented(pictures, b)));
  CHECK(!at::equal(first, augmented(pictures, c)));
}

TEST_CASE(
    "an inversion counts if the evaluation classifier names its class; the start is its null") {
  Evidence evidence;
  auto show = [&](std::int64_t claimed, const at::Tensor& picture) {
    evidence.reconstructions.push_back(
        {.target_class = claimed, .inputs = picture.unsqueeze(0), .gradient_evaluations = 9});
  };
  show(0, pattern(0));
  show(1, pattern(3));  // another class
  show(2, at::full({1, 16, 16}, std::numeric_limits<double>::quiet_NaN()));
  show(3, pattern(3));
  evidence.reconstructions.back().diverged = true;
  Corpus corpus{.name = "stripes",
                .train = stripes(2, Stream(4)),
                .test = stripes(2, Stream(5)),
                .auxiliary = stripes(3, Stream(6)),
                .input_shape = {1, 16, 16},
                .classes = 4};
  const TemporaryFolder folder;
  const auto score = score_inversions({evidence, judge(), corpus, folder.path()});
  REQUIRE(score["units"].size() == 4);
  CHECK(score["diverged"] == 2);
  std::vector<double> recognised;
  double null = 0;
  for (const auto& unit : score["units"]) {
    recognised.push_back(unit["values"]["recognised"]);
    null += unit["nulls"]["mean of the public records"]["recognised"].get<double>();
    CHECK(unit["values"]["evaluator_confidence"].get<double>() >= 0.0);
    CHECK(unit.contains("gallery") == !unit["diverged"].get<bool>());
  }
  CHECK(recognised == std::vector<double>{1, 0, 0, 0});
  CHECK(null == 1.0);  // one mean picture is of one class
  CHECK(score["units"][0]["unit"] == "class/0");
}

}  // namespace
}  // namespace assay::scenarios
