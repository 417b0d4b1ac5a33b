// Attacks the victims of a file with DLG or iDLG, from the file's own starting points, and prints
// one JSON line per victim and one for the time. Driven by gradient_inversion.py.
//
//   FILE METHOD FIRST COUNT EVALUATIONS THREADS
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "attacks/gradient_inversion/labels.h"
#include "attacks/gradient_inversion/minimize.h"
#include "core/io/safetensors.h"
#include "core/metrics/psnr.h"
#include "core/metrics/ssim.h"
#include "core/models/zoo.h"
#include "core/threads.h"
#include "core/training/local_step.h"

namespace {

using namespace assay;
using namespace assay::attacks;

struct Victims {
  ModelSpec spec;
  at::Tensor inputs, labels, start_inputs, start_labels;
  std::vector<Target> targets;
};

Victims load(const char* file, std::int64_t first, std::int64_t count) {
  const auto tensors = load_safetensors(file);
  auto rows = [&](const std::string& name) {
    return tensors.at(name).slice(0, first, first + count).contiguous();
  };
  Victims v{.inputs = rows("inputs"),
            .labels = rows("labels"),
            .start_inputs = rows("start_inputs"),
            .start_labels = rows("start_labels")};
  v.spec = build_model({.name = "lenet-sigmoid"}, v.inputs.sizes().slice(1).vec(), 10);
  const std::vector<std::string> parameters = {"conv1.weight", "conv1.bias",   "conv2.weight",
                                               "conv2.bias",   "conv3.weight", "conv3.bias",
                                               "fc.weight",    "fc.bias"};
  for (std::int64_t i = 0; i < count; ++i) {
    Target target{.observation = first + i, .records = 1};
    for (const auto& name : parameters)
      target.weights.push_back(rows(name)[i].clone());
    target.update.values =
        loss_and_gradient(v.spec, target.weights, Loss::cross_entropy, v.inputs.slice(0, i, i + 1),
                          v.labels.slice(0, i, i + 1))
            .gradient;
    v.targets.push_back(std::move(target));
  }
  return v;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "usage: {} FILE dlg|idlg FIRST COUNT EVALUATIONS THREADS\n", argv[0]);
    return 2;
  }
  const std::string method = argv[2];
  const std::int64_t first = std::stoll(argv[3]), count = std::stoll(argv[4]),
                     evaluations = std::stoll(argv[5]);
  prepare_thread();
  at::set_num_threads(std::stoi(argv[6]));
  const auto victims = load(argv[1], first, count);

  const auto begin = std::chrono::steady_clock::now();
  const Problem problem(victims.spec, victims.targets);
  at::Tensor labels;
  auto start = victims.start_inputs.flatten(1);
  if (method == "idlg") {
    labels = infer_labels(problem);
  } else {
    start = at::cat({start, victims.start_labels.flatten(1)}, 1);
  }
  const Objective objective(problem, {}, labels);
  const auto found =
      minimize_fixed_step(objective, start, at::full({count}, evaluations, at::kLong), {},
                          [](std::int64_t) { return true; });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const auto inputs = objective.inputs(found.candidate).nan_to_num(0.0).clamp(0.0, 1.0);
  const auto guessed = objective.labels(found.candidate);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto own = inputs[i][0], truth = victims.inputs[i];
    const nlohmann::json line = {
        {"victim", first + i},
        {"psnr", metrics::psnr_db(own, truth)},
        {"ssim", metrics::ssim(own, truth)},
        {"loss", found.value[i].item<double>()},
        {"evaluations", found.evaluations[i].item<std::int64_t>()},
        {"label_ok", guessed[i][0].item<std::int64_t>() == victims.labels[i].item<std::int64_t>()}};
    fmt::print("{}\n", line.dump());
  }
  fmt::print("{}\n", nlohmann::json{{"seconds", seconds}}.dump());
}
