#include "mpc/words_arithmetic.h"

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <stdexcept>

namespace assay::mpc {
namespace {

template <class F>
Words on_parts(const Words& x, F f) {
  Words out;
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    if (x.parts[i].defined()) out.parts[i] = f(x.parts[i]);
  }
  return out;
}

void require_places(int places) {
  if (places < 0 || places > 63)
    throw std::invalid_argument(fmt::format("expected a shift by 0 to 63 places, got {}", places));
}

/// Both one after the other along a new first dimension, so that they share a message.
Words pair(const Words& x, const Words& y) {
  Words out;
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    if (x.parts[i].defined()) out.parts[i] = at::stack({x.parts[i], y.parts[i]});
  }
  return out;
}

Words half(const Words& both, std::int64_t which) {
  return on_parts(both, [which](const at::Tensor& t) { return t.select(0, which); });
}

}  // namespace

Words exclusive_or(const Words& x, const Words& y) {
  Words out;
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    if (x.parts[i].defined() && y.parts[i].defined())
      out.parts[i] = x.parts[i].bitwise_xor(y.parts[i]);
  }
  return out;
}

Words shift_left(const Words& x, int places) {
  require_places(places);
  return on_parts(x, [places](const at::Tensor& t) { return t.bitwise_left_shift(places); });
}

Words shift_right(const Words& x, int places) {
  require_places(places);
  if (places == 0) return x;
  const auto low = (std::int64_t{1} << (64 - places)) - 1;  // the sign is not repeated
  return on_parts(
      x, [=](const at::Tensor& t) { return t.bitwise_right_shift(places).bitwise_and(low); });
}

Words conjunction(const Words& x, const at::Tensor& words) {
  return on_parts(x, [&](const at::Tensor& t) { return t.bitwise_and(words); });
}

Words negation(Protocol& p, const Words& x) {
  return p.exclusive_or(x, at::scalar_tensor(-1, at::kLong));
}

Words add(Protocol& p, const Words& x, const Words& y) {
  const auto exclusive = exclusive_or(x, y);
  return prefix_sum(p, {p.conjunction(x, y), exclusive}, exclusive);
}

/// (G, P) of 2 s bits from those of s: G <- G ^ P (G << s), P <- P (P << s). The carries come in
/// one place further up.
Words prefix_sum(Protocol& p, Carries carries, const Words& exclusive) {
  auto& [G, P, s] = carries;
  for (; s < 32; s *= 2) {
    const auto joined = p.conjunction(pair(P, P), pair(shift_left(G, s), shift_left(P, s)));
    G = exclusive_or(G, half(joined, 0));
    P = half(joined, 1);
  }
  G = exclusive_or(G, p.conjunction(P, shift_left(G, 32)));
  return exclusive_or(exclusive, shift_left(G, 1));
}

}  // namespace assay::mpc
