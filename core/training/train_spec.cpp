#include "core/training/train_spec.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay {
namespace {

void expect(bool ok, const char* expected, double got) {
  if (!ok) throw std::invalid_argument(fmt::format("expected {}, got {}", expected, got));
}

}  // namespace

void OptimizerOptions::validate() const {
  expect(std::isfinite(lr) && lr > 0, "lr > 0", lr);
  expect(momentum >= 0 && momentum < 1, "momentum in [0, 1)", momentum);
  expect(std::isfinite(weight_decay) && weight_decay >= 0, "weight_decay >= 0", weight_decay);
  expect(beta1 >= 0 && beta1 < 1, "beta1 in [0, 1)", beta1);
  expect(beta2 >= 0 && beta2 < 1, "beta2 in [0, 1)", beta2);
  expect(epsilon > 0, "epsilon > 0", epsilon);
  expect(!nesterov || momentum > 0, "momentum > 0 with nesterov", momentum);
}

void TrainSpec::validate() const {
  expect(rounds >= 0, "rounds >= 0", static_cast<double>(rounds));
  expect(local_steps >= 1, "local_steps >= 1", static_cast<double>(local_steps));
  expect(batch >= 1, "batch >= 1", static_cast<double>(batch));
  optimizer.validate();
}

}  // namespace assay
