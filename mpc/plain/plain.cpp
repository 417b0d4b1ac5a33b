#include "mpc/plain/plain.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "mpc/fixed_point.h"

namespace assay::mpc::plain {
namespace {

constexpr double kLimit = 4611686018427387904.0;  // 2^62

template <class T>
T wire(at::Tensor value, int fraction_bits) {
  T out;
  out.parts[0] = std::move(value);
  out.fraction_bits = fraction_bits;
  out.dealt = true;  // nothing needs a mask
  return out;
}

Bits bits(at::Tensor value) {
  return {.parts = {value}, .sizes = value.sizes().vec()};
}

}  // namespace

void PlainOptions::validate() const {
  if (fraction_bits < 1 || fraction_bits > 30)
    throw std::invalid_argument(
        fmt::format("plain: expected 1 to 30 fraction bits, got {}", fraction_bits));
}

Plain::Plain(const PlainOptions& options, InClear* others) : options_(options), others_(others) {
  options.validate();
}

Secret Plain::input(Rank owner, const at::Tensor& ring, int fraction_bits) {
  return wire<Secret>(others_ == nullptr ? ring.clone() : others_->tell(owner, ring),
                      fraction_bits);
}
Secret Plain::constant(const at::Tensor& ring, int fraction_bits) {
  return wire<Secret>(ring, fraction_bits);
}
Secret Plain::add_public(const Secret& x, const at::Tensor& ring) {
  return wire<Secret>(x.parts[0] + ring, x.fraction_bits);
}
Product Plain::add_public(const Product& x, const at::Tensor& ring) {
  return wire<Product>(x.parts[0] + ring, x.fraction_bits);
}
at::Tensor Plain::open(const Secret& x, const std::string&) {
  return x.parts[0];
}
at::Tensor Plain::open_to(Rank, const Secret& x, const std::string&) {
  return x.parts[0];
}
int Plain::summands() const {
  return 1;
}
std::vector<Piece> Plain::pieces(const Secret& x) const {
  return {{x.parts[0], 1}};
}

Product Plain::product(const Bilinear& f, const Secret& x, const Secret& y) {
  auto value = f(x.parts[0], y.parts[0]);
  if (options_.checked) {
    // On magnitudes, so that no partial sum leaves the domain either.
    const auto bound = f.real(x.parts[0].abs().to(at::kDouble), y.parts[0].abs().to(at::kDouble));
    if ((bound >= kLimit).any().item<bool>())
      throw std::range_error(fmt::format("{}: a product leaves the domain", f.name));
  }
  return wire<Product>(std::move(value), x.fraction_bits + y.fraction_bits);
}
Product Plain::square(const Secret& x) {
  return product(elementwise(), x, x);
}

Secret Plain::truncate(const Product& x, int bits) {
  if (options_.checked && x.parts[0].numel() > 0 &&
      x.parts[0].to(at::kDouble).abs().max().item<double>() >= kLimit)
    throw std::range_error("truncate: a value leaves the domain");
  return wire<Secret>(x.parts[0].bitwise_right_shift(bits), x.fraction_bits - bits);
}
Secret Plain::truncate_exactly(const Product& x, int bits) {
  return truncate(x, bits);
}
Secret Plain::settle(const Product& x) {
  return wire<Secret>(x.parts[0], x.fraction_bits);
}

Secret Plain::power_of_two(const Secret& y, int highest) {
  const auto exponent = decode(y.parts[0], y.fraction_bits);
  // exp() drops what comes of exponents below the domain.
  if (options_.checked && (exponent > highest).any().item<bool>())
    throw std::range_error("power_of_two: an exponent leaves the domain");
  return wire<Secret>(encode(exponent.exp2(), y.fraction_bits), y.fraction_bits);
}

UnitCircle Plain::unit_circle(const Secret& turns) {
  const int f = turns.fraction_bits;
  const auto part = turns.parts[0].bitwise_and((std::int64_t{1} << f) - 1).to(at::kDouble);
  const auto angle = part * std::ldexp(2.0 * std::numbers::pi, -f);
  return {wire<Secret>(encode(angle.cos(), fraction_bits()), fraction_bits()),
          wire<Secret>(encode(angle.sin(), fraction_bits()), fraction_bits())};
}

Bits Plain::is_negative(const Secret& x) {
  return bits((x.parts[0] < 0).to(at::kLong));
}
Bits Plain::is_zero(const Secret& x) {
  return bits((x.parts[0] == 0).to(at::kLong));
}
Bits Plain::exclusive_or(const Bits& x, const Bits& y) {
  require_same_shape(x, y);
  return bits(x.parts[0].bitwise_xor(y.parts[0]));
}
Bits Plain::negation(const Bits& x) {
  return bits(1 - x.parts[0]);
}
Bits Plain::conjunction(const Bits& x, const Bits& y) {
  require_same_shape(x, y);
  return bits(x.parts[0].bitwise_and(y.parts[0]));
}
Secret Plain::to_number(const Bits& x, int fraction_bits) {
  return wire<Secret>(x.parts[0].bitwise_left_shift(fraction_bits), fraction_bits);
}
Product Plain::select(const Bits& bit, const Secret& x) {
  return wire<Product>(bit.parts[0] * x.parts[0], x.fraction_bits);
}

Secret Plain::unit_vector(const Secret& x, std::int64_t count) {
  require_unit_vector(x, count);
  const auto slots = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(count)));
  const auto place = x.parts[0].bitwise_and(slots - 1).unsqueeze(-1);
  return wire<Secret>(place.eq(at::arange(count, at::kLong)).to(at::kLong), 0);
}

Words Plain::input_words(Rank, const at::Tensor& words) {
  return {.parts = {words.clone()}};
}
Words Plain::constant_words(const at::Tensor& words) {
  return {.parts = {words}};
}
Words Plain::exclusive_or(const Words& x, const at::Tensor& words) {
  return {.parts = {x.parts[0].bitwise_xor(words)}};
}
Words Plain::conjunction(const Words& x, const Words& y) {
  return {.parts = {x.parts[0].bitwise_and(y.parts[0])}};
}
Words Plain::to_words(const Secret& x) {
  return {.parts = {x.parts[0]}};
}
Secret Plain::to_number(const Words& x, int fraction_bits) {
  return wire<Secret>(x.parts[0], fraction_bits);
}
Bits Plain::bit(const Words& x, int place) {
  if (place < 0 || place > 63)
    throw std::invalid_argument(fmt::format("expected a bit from 0 to 63, got {}", place));
  return bits(x.parts[0].bitwise_right_shift(place).bitwise_and(1));
}
at::Tensor Plain::open(const Words& x, const std::string&) {
  return x.parts[0];
}

}  // namespace assay::mpc::plain
