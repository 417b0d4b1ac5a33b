#include "defenses/gaussian_noise.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay::defenses {
namespace {

class GaussianNoise final : public Defense {
 public:
  GaussianNoise(const ModelSpec& spec, const GaussianNoiseOptions& options)
      : options_(options), shapes_(parameters_of(spec)) {
    description_.kind = "gaussian_noise";
    description_.parameters = {{"stddev", options.stddev},
                               {"relative_to_rms", options.relative_to_rms}};
    description_.noise = {{NoiseLaw::Law::gaussian, options.stddev, options.relative_to_rms}};
  }

  Message apply(const Update& update, const LocalStep& own) override {
    const auto flat = flatten(update.values);
    const double scale =
        options_.relative_to_rms ? flat.square().mean().sqrt().item<double>() : 1.0;
    const auto noisy = flat + own.random.normal(flat.sizes(), options_.stddev * scale);
    return encode_dense({unflatten(shapes_, noisy), {}, update.examples});
  }
  Update decode(const Message& message) const override { return decode_dense(shapes_, message); }
  const PublicDescription& describe() const override { return description_; }
  std::int64_t max_message_bytes() const override { return dense_bytes(shapes_); }
  std::unique_ptr<Defense> clone() const override { return std::make_unique<GaussianNoise>(*this); }

 private:
  GaussianNoiseOptions options_;
  std::vector<ParameterSpec> shapes_;
  PublicDescription description_;
};

}  // namespace

void GaussianNoiseOptions::validate() const {
  if (!std::isfinite(stddev) || stddev < 0) {
    throw std::invalid_argument(fmt::format("expected a noise stddev >= 0, got {}", stddev));
  }
}

std::unique_ptr<Defense> gaussian_noise(const ModelSpec& spec,
                                        const GaussianNoiseOptions& options) {
  options.validate();
  return std::make_unique<GaussianNoise>(spec, options);
}

}  // namespace assay::defenses
