#pragma once

#include <ATen/ops/stack.h>

#include "attacks/gradient_inversion/problem.h"
#include "core/data/corpus.h"
#include "core/models/zoo.h"
#include "core/training/local_step.h"

namespace assay::attacks {

/// Victims of the gradient-leakage LeNet on real pictures, each with weights of its own.
struct LenetVictims {
  ModelSpec spec;
  std::vector<Target> targets;
  at::Tensor inputs, labels;  // [victims, records, ...]

  static LenetVictims make(const char* data, std::int64_t victims, std::int64_t records = 1) {
    Stream stream(1);
    const auto corpus = load_corpus({.name = data}, ASSAY_DATA, stream);
    LenetVictims v;
    v.spec = build_model({.name = "lenet-sigmoid"}, corpus.input_shape, corpus.classes);
    std::vector<at::Tensor> inputs, labels;
    for (std::int64_t i = 0; i < victims; ++i) {
      std::vector<std::int64_t> rows;
      for (std::int64_t k = 0; k < records; ++k)
        rows.push_back(i * records + k);
      const auto batch = corpus.train.subset(rows);
      auto own = stream.child("weights", i);
      Target target{.observation = i, .weights = initial_parameters(v.spec, own)};
      target.update.values =
          loss_and_gradient(v.spec, target.weights, Loss::cross_entropy, batch.inputs, batch.labels)
              .gradient;
      target.update.examples = target.records = records;
      v.targets.push_back(std::move(target));
      inputs.push_back(batch.inputs);
      labels.push_back(batch.labels);
    }
    v.inputs = at::stack(inputs);
    v.labels = at::stack(labels);
    return v;
  }
};

}  // namespace assay::attacks
