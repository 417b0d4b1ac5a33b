#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Arithmetic on real numbers, at the protocol's fraction bits f. Errors: 1 unit in the last place
/// (2^-f) for each truncation, of which every function below makes one. Domain: inputs, products
/// and sums of products below 2^(62-2f).
/// Rounds: those of Protocol::product and Protocol::truncate, 1 on dealt wires.

/// x y, broadcast.
Secret multiply(Protocol& p, const Secret& x, const Secret& y);
Secret square(Protocol& p, const Secret& x);
/// As torch.matmul for two or more dimensions.
Secret matrix_product(Protocol& p, const Secret& x, const Secret& y);
Secret convolution(Protocol& p, const Secret& input, const Secret& weight, const Convolution& how);
/// A sum of products, at any scale above f, brought back to f.
Secret rescale(Protocol& p, const Product& sum);

/// Times a public number. On a dealt wire nothing is sent.
Secret scale(Protocol& p, const Secret& x, double factor);
/// Times public numbers, broadcast: real values as a float64 tensor.
Secret scale(Protocol& p, const Secret& x, const at::Tensor& factors);
Secret add(Protocol& p, const Secret& x, double term);
/// The mean over dimensions. On a dealt wire nothing is sent.
Secret mean(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep = false);

/// x^n for a whole number n, by squaring: about log2 |n| products deep. Negative n: 1 / x^-n (see
/// reciprocal.h).
Secret power(Protocol& p, const Secret& x, int n);

/// c_0 + c_1 x + ... + c_d x^d. Powers are computed by squaring and multiplying, so that
/// ceil(log2 d) rounds do, and truncated together at the end.
Secret polynomial(Protocol& p, const Secret& x, const std::vector<double>& coefficients);
/// The same on numbers at `bits` fraction bits.
Secret polynomial(Protocol& p, const Secret& x, const std::vector<double>& coefficients, int bits);

/// The real values of a secret, told to everyone: float64.
at::Tensor reveal_real(Protocol& p, const Secret& x, const std::string& what);
/// Real values of the owner's; others pass a tensor of the same shape.
Secret input_real(Protocol& p, Rank owner, const at::Tensor& values);

}  // namespace assay::mpc
