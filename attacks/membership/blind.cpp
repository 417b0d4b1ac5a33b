#include "attacks/membership/blind.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "attacks/ridge.h"

namespace assay::attacks {
namespace {

constexpr std::int64_t kFolds = 5;
/// The penalty on the weights, for each record that they are fitted to.
constexpr double kRidge = 0.1;

/// How often each token is in each text: [texts, tokens].
at::Tensor word_counts(const at::Tensor& texts, std::int64_t tokens) {
  const auto words = texts.flatten(1);
  return at::zeros({words.size(0), tokens}, at::kDouble)
      .scatter_add_(1, words.to(at::kLong), at::ones(words.sizes(), at::kDouble));
}

/// The features of a table or picture and their squares.
at::Tensor numbers(const at::Tensor& records) {
  const auto x = records.flatten(1).to(at::kDouble);
  return at::cat({x, x.square()}, 1);
}

/// What a record tells and its label, each of mean 0 and variance 1 (or constant: 0).
at::Tensor features_of(const Dataset& records, std::int64_t tokens) {
  const auto x = tokens > 0 ? word_counts(records.inputs, tokens) : numbers(records.inputs);
  const auto y = at::one_hot(records.labels).to(at::kDouble);
  const auto all = at::cat({x, y}, 1);
  const auto centred = all - all.mean(0);
  return centred / centred.square().mean(0).sqrt().clamp_min(1e-9);
}

/// The fold of each record, members and non-members dealt out in turn.
at::Tensor folds(const at::Tensor& members, Stream& stream) {
  std::vector<std::int64_t> fold(static_cast<std::size_t>(members.numel()));
  const auto flags = members.to(at::kBool).contiguous();
  const auto* is_member = flags.const_data_ptr<bool>();
  std::int64_t dealt[2] = {0, 0};
  for (auto i : stream.permutation(members.numel()))
    fold[static_cast<std::size_t>(i)] = dealt[is_member[i] ? 1 : 0]++ % kFolds;
  if (std::min(dealt[0], dealt[1]) < kFolds) {
    throw std::invalid_argument(
        fmt::format("blind: expected {} members and {} non-members or more, got {} and {}", kFolds,
                    kFolds, dealt[1], dealt[0]));
  }
  return at::tensor(fold, at::kLong);
}

}  // namespace

at::Tensor blind_scores(const Dataset& candidates, const at::Tensor& members, Stream& stream,
                        std::int64_t tokens) {
  const auto x = features_of(candidates, tokens);
  const auto t = members.to(at::kDouble) - members.to(at::kDouble).mean();
  const auto fold = folds(members, stream);
  auto scores = at::zeros({members.numel()}, at::kDouble);
  for (std::int64_t k = 0; k < kFolds; ++k) {
    const auto held_out = fold.eq(k).nonzero().squeeze(-1), told = fold.ne(k).nonzero().squeeze(-1);
    const auto w = ridge(x.index_select(0, told), t.index_select(0, told),
                         kRidge * static_cast<double>(told.numel()));
    scores.index_copy_(0, held_out, x.index_select(0, held_out).matmul(w));
  }
  return scores;
}

}  // namespace assay::attacks
