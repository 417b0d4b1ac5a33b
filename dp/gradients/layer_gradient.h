#pragma once

#include <ATen/core/Tensor.h>

#include <variant>
#include <vector>

#include "core/models/forward.h"
#include "dp/gradients/window.h"

namespace assay::dp {

// The gradients of some of a layer's parameters for each example of a batch, in one of several
// forms. From each follow
//
//   square_norms()     |g_i|^2, float64 [batch]
//   add_to(sum, c)     sum_i c_i g_i, into the entries of the parameters that it is about: flat, in
//                      the order of the parameter's entries; an undefined one is zero
//   select(examples)   the same of some examples
//   instantiated()     g_i itself of each parameter, [batch, entries]: memory batch * entries
//
// A is what a weight multiplies, G the gradient of the sum of losses in what comes out.

/// g_i itself: [batch, shape...]. Memory batch * |shape|.
struct Instantiated {
  std::size_t parameter;
  at::Tensor g;

  at::Tensor square_norms() const;
  void add_to(Parameters& sum, const at::Tensor& c) const;
  void select(const at::Tensor& examples);
  std::vector<Instantiated> instantiated() const;
};

/// g_i of a convolution's weight as Windows::weight_gradients() lays it out: [batch, out, kernel *
/// channels].
struct InstantiatedWindows {
  std::size_t parameter;
  Windows windows;
  at::Tensor g;

  at::Tensor square_norms() const;
  void add_to(Parameters& sum, const at::Tensor& c) const;
  void select(const at::Tensor& examples);
  std::vector<Instantiated> instantiated() const;
};

/// g_i = sum_t G_it A_it^T of a weight [out, in], and sum_t G_it of its bias [out]; no g_i is made.
///
/// With one step, |g_i|^2 = |A_i|^2 |G_i|^2; with T, <A_i A_i^T, G_i G_i^T>_F: the ghost norm (Li
/// et al., arXiv 2110.05679, section 4; Bu et al., arXiv 2210.00038). Where its terms cancel,
/// float32 rounding could hide a large gradient from its own norm: the norm is taken to be at least
/// |A_i|_F |G_i|_F / 1000.
struct Products {
  std::size_t weight, bias;
  at::Tensor a, g;  ///< [batch, T, in], [batch, T, out]

  at::Tensor square_norms() const;
  void add_to(Parameters& sum, const at::Tensor& c) const;
  void select(const at::Tensor& examples);
  std::vector<Instantiated> instantiated() const;
};

/// As Products with A = the windows of x that a convolution looks at, which are made for few
/// examples at a time. Weight [out, in, kernel...], bias [out].
struct WindowProducts {
  std::size_t weight, bias;
  Windows windows;
  at::Tensor x, g;  ///< [batch, in, height, width], [batch, out, height', width']

  at::Tensor square_norms() const;
  void add_to(Parameters& sum, const at::Tensor& c) const;
  void select(const at::Tensor& examples);
  std::vector<Instantiated> instantiated() const;
};

/// g_i = sum_t G_it in row token_it of a table [tokens, features]. The rows that a token which
/// comes more than once gets are added up before the norm.
struct Lookups {
  std::size_t parameter;
  std::int64_t rows;
  at::Tensor tokens, g;  ///< int64 [batch, T], [batch, T, features]

  at::Tensor square_norms() const;
  void add_to(Parameters& sum, const at::Tensor& c) const;
  void select(const at::Tensor& examples);
  std::vector<Instantiated> instantiated() const;
};

using LayerGradient =
    std::variant<Instantiated, InstantiatedWindows, Products, WindowProducts, Lookups>;

}  // namespace assay::dp
