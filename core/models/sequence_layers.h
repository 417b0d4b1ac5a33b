#pragma once

#include <cstdint>

namespace assay {

/// Layers on sequences: T steps, one after the other along the first dimension of an example.

/// Rows of a table for whole numbers 0 ... tokens - 1: [...] -> [..., features]. Parameters: weight
/// [tokens, features].
struct Embedding {
  std::int64_t tokens = 0, features = 0;
  bool operator==(const Embedding&) const = default;
};

/// 1-D convolution, zero padding, in groups as Conv2d: [in, length] -> [out, length']. Parameters:
/// weight [out, in / groups, kernel], bias [out].
struct Conv1d {
  std::int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0, groups = 1;
  bool operator==(const Conv1d&) const = default;
};

/// Multi-head self-attention: [T, features] -> [T, features]; `causal`: each step sees itself and
/// earlier ones. Parameters, laid out as PyTorch's MultiheadAttention: in_weight [3 features,
/// features], in_bias [3 features], out_weight [features, features], out_bias [features].
struct SelfAttention {
  std::int64_t features = 0, heads = 1;
  bool causal = false;
  bool operator==(const SelfAttention&) const = default;
};

/// The hidden states of every step, from zero: [T, in] -> [T, hidden]. Parameters, laid out as
/// PyTorch's with G gates (4: input, forget, cell, output; 3: reset, update, new): weight_ih
/// [G hidden, in], weight_hh [G hidden, hidden], bias_ih, bias_hh [G hidden].
struct Lstm {
  std::int64_t in = 0, hidden = 0;
  bool operator==(const Lstm&) const = default;
};
struct Gru {
  std::int64_t in = 0, hidden = 0;
  bool operator==(const Gru&) const = default;
};

}  // namespace assay
