#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// softmax(Q K^T / sqrt(d) + mask) V over the last two dimensions: Q [..., T, d], K and V [..., S,
/// d]
/// -> [..., T, d]. `causal`: a query sees the keys up to its own place (T = S).
/// Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2.1.
///
/// Error: softmax's times the values that add up, 2^-13 S |V|, and those of the products.
/// Rounds on dealt wires: 1, softmax's, 1; back 1 and 2 and 1.
Variable attention(Protocol& p, const Variable& query, const Variable& key, const Variable& value,
                   bool causal = false);

/// Multi-head self-attention, weights laid out as LibTorch's MultiheadAttention:
/// in_weight [3 F, F] and in_bias [3 F] make queries, keys and values, out_weight [F, F] and
/// out_bias [F] join the heads.
struct AttentionWeights {
  Variable in_weight, in_bias, out_weight, out_bias;
};

/// x [N, T, F] -> [N, T, F]. Errors: std::invalid_argument unless heads divides F.
Variable multi_head_attention(Protocol& p, const Variable& x, const AttentionWeights& weights,
                              std::int64_t heads, bool causal = false);

}  // namespace assay::mpc::nn
