// The clip norm that follows a quantile, and what its query costs.
#include "core/models/zoo.h"
#include "core/random/derive.h"
#include "core/random/stream.h"
#include "dp/accounting/rdp.h"
#include "dp/gradients/adaptive.h"
#include "tests/catch.h"
#include "tests/dp/gradients_reference.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

const AdaptiveOptions kOptions{.clip_norm = 0.1,
                               .quantile = 0.5,
                               .learning_rate = 0.2,
                               .count_noise = 3.0,
                               .expected_batch = 60.0};

ClippedSum counted(std::int64_t examples, std::int64_t clipped, std::int64_t not_finite = 0) {
  ClippedSum out;
  out.examples = examples;
  out.clipped = clipped;
  out.not_finite = not_finite;
  return out;
}

TEST_CASE("an example moves the query by a half") {
  CHECK(AdaptiveThreshold::query(counted(10, 4)) == 1.0);
  // Unclipped, clipped and not finite examples, added.
  CHECK(AdaptiveThreshold::query(counted(11, 4)) == 1.5);
  CHECK(AdaptiveThreshold::query(counted(11, 5)) == 0.5);
  CHECK(AdaptiveThreshold::query(counted(11, 4, 1)) == 0.5);
  CHECK(AdaptiveThreshold::query(counted(0, 0)) == 0.0);
}

TEST_CASE(
    "the two queries of a step cost what the noise multiplier says, and the count is charged") {
  const double z = 1.1;
  const auto of_gradient = kOptions.gradient_noise_multiplier(z);
  CHECK(of_gradient > z);
  // Gaussian releases compose: 1/z^2 adds up; the count's sensitivity is 1/2.
  const auto of_count = kOptions.count_noise / 0.5;
  CHECK(std::abs(1 / (of_gradient * of_gradient) + 1 / (of_count * of_count) - 1 / (z * z)) <
        1e-12);
  // Andrew et al., section 3.1: sigma_b = expected batch / 20 costs next to nothing.
  const AdaptiveOptions usual{.count_noise = 100 / 20.0, .expected_batch = 100};
  CHECK(usual.gradient_noise_multiplier(1.0) < 1.0051);
  CHECK_THROWS_WITH(kOptions.gradient_noise_multiplier(6.0), Contains("twice the noise"));
  CHECK_THROWS_WITH(kOptions.gradient_noise_multiplier(0.0), Contains("above 0"));
}

TEST_CASE("charging the gradients' noise multiplier in place of z would claim too little") {
  // The planted bug: whoever overwrites the noise multiplier with the gradients' own and accounts
  // for that leaves the count uncharged.
  const AdaptiveOptions options{.count_noise = 0.6, .expected_batch = 60};
  const double z = 1.0;
  const auto of_gradient = options.gradient_noise_multiplier(z);
  CHECK(of_gradient > 1.5 * z);
  // Renyi divergence of order 2 of one step without sampling: alpha / (2 z^2).
  CHECK(2 / (2 * of_gradient * of_gradient) < 0.5 * (2 / (2 * z * z)));
}

TEST_CASE("the threshold moves by the rule, with the expected batch as divisor") {
  AdaptiveThreshold threshold(kOptions);
  threshold.update(15.0);  // 15 / 60 + 1/2 of the examples were not clipped
  CHECK(std::abs(threshold.clip_norm() - 0.1 * std::exp(-0.2 * (0.75 - 0.5))) < 1e-12);
  // An empty batch tells nothing, and moves nothing but for its noise.
  AdaptiveThreshold empty(kOptions);
  empty.update(AdaptiveThreshold::query(counted(0, 0)));
  CHECK(empty.clip_norm() == 0.1);
  // A batch of twice the expected size, all unclipped: the divisor stays.
  AdaptiveThreshold large(kOptions);
  large.update(AdaptiveThreshold::query(counted(120, 0)));
  CHECK(std::abs(large.clip_norm() - 0.1 * std::exp(-0.2 * (1.5 - 0.5))) < 1e-12);
}

TEST_CASE("the threshold finds the quantile of the norms") {
  // From far below, with noise; the median of 2,000 norms must end up within a tenth.
  Stream stream(30);
  const auto spec = build_model({.name = "mlp", .hidden = {8}}, {5}, 3);
  const auto parameters = initial_parameters(spec, stream);
  const auto inputs = stream.normal({2000, 5});
  const auto labels = stream.uniform({2000}, 0.0, 3.0).floor().to(at::kLong);
  ClippedGradient gradient(spec, Loss::cross_entropy, {.clip_norm = 0.01});
  const auto norms = gradient(parameters, inputs, labels).norms;
  for (const double quantile : {0.5, 0.8}) {
    const auto sought = norms.to(at::kDouble).quantile(quantile).item<double>();
    auto options = kOptions;
    options.clip_norm = 0.01;
    options.quantile = quantile;
    options.expected_batch = 100;
    AdaptiveThreshold threshold(options);
    for (int step = 0; step < 300; ++step) {
      gradient.set_clip_norm(threshold.clip_norm());
      const auto first = stream.below(1900);
      const auto batch =
          gradient(parameters, inputs.narrow(0, first, 100), labels.narrow(0, first, 100));
      threshold.update(AdaptiveThreshold::query(batch) + options.count_noise * stream.normal());
    }
    CHECK(std::abs(std::log(threshold.clip_norm() / sought)) < 0.1);
  }
}

TEST_CASE("options of adaptive clipping that do not fit are refused") {
  const auto refused = [](auto change, const char* said) {
    auto options = kOptions;
    change(options);
    CHECK_THROWS_WITH(AdaptiveThreshold(options), Contains(said));
  };
  refused([](auto& o) { o.clip_norm = 0; }, "clip norm");
  refused([](auto& o) { o.quantile = 1; }, "quantile");
  refused([](auto& o) { o.learning_rate = -1; }, "learning rate");
  refused([](auto& o) { o.count_noise = 0; }, "noise of the count");
  refused([](auto& o) { o.expected_batch = 0; }, "expected batch");
  CHECK_THROWS_WITH(AdaptiveThreshold(kOptions, 0.0), Contains("clip norm"));
  CHECK(AdaptiveThreshold(kOptions, 3.0).clip_norm() == 3.0);
}

}  // namespace
}  // namespace assay::dp
