#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "mpc/additive/additive.h"

namespace assay::mpc::additive {
namespace {

/// The labels of masked openings are no reveal's, so that each tells what travelled under it.
void require_name_of_reveal(const std::string& what) {
  for (const auto* masked : {"input", "mask", "bit", "compare", "words", "wraps"}) {
    if (what == masked) {
      throw std::invalid_argument(
          fmt::format("reveal: expected a name that is no masked opening's, got '{}'", what));
    }
  }
}

}  // namespace

void AdditiveOptions::validate() const {
  if (fraction_bits < 1 || fraction_bits > 30)
    throw std::invalid_argument(
        fmt::format("additive: expected 1 to 30 fraction bits, got {}", fraction_bits));
}

Additive::Additive(Session& session, const AdditiveOptions& options)
    : session_(session), options_(options) {
  options.validate();
  truncate_by(options.truncation);
}

void Additive::truncate_by(Truncation truncation) {
  if (truncation == Truncation::local && parties() != 2) {
    throw std::invalid_argument(
        fmt::format("additive: expected 2 parties for local truncation, got {}", parties()));
  }
  options_.truncation = truncation;
}

Secret Additive::input(Rank owner, const at::Tensor& ring, int fraction_bits) {
  const auto mask = session_.provider().draw_for(owner, ring.sizes());
  // Only the owner's message is read: x - m.
  const auto open = session_.broadcast(owner, "input", rank() == owner ? ring - mask.share : ring);
  return {{.parts = {open, mask.share, mask.value}, .fraction_bits = fraction_bits, .dealt = true}};
}

Secret Additive::constant(const at::Tensor& ring, int fraction_bits) {
  const auto zero = at::zeros(ring.sizes(), at::kLong);
  return {{.parts = {ring, zero, session_.provider().deals() ? zero : at::Tensor()},
           .fraction_bits = fraction_bits,
           .dealt = true}};
}

Secret Additive::add_public(const Secret& x, const at::Tensor& ring) {
  return add(x, constant(ring.expand_as(x.parts[0]), x.fraction_bits));
}

Product Additive::add_public(const Product& x, const at::Tensor& ring) {
  Product out = x;
  out.parts[0] = x.parts[0] + ring;
  return out;
}

at::Tensor Additive::open(const Secret& x, const std::string& what) {
  require_name_of_reveal(what);
  // Shares of zero hide how the shares came about: an input's mask is its owner's alone.
  const auto zero = session_.provider().deal(Group::sum, x.sizes(),
                                             [&] { return at::zeros(x.sizes(), at::kLong); });
  return x.parts[0] + session_.open(Group::sum, what, x.parts[1] + zero);
}

at::Tensor Additive::open(const Words& x, const std::string& what) {
  require_name_of_reveal(what);
  const auto zero = session_.provider().deal(Group::exclusive_or, x.sizes(),
                                             [&] { return at::zeros(x.sizes(), at::kLong); });
  return x.parts[0].bitwise_xor(
      session_.open(Group::exclusive_or, what, x.parts[1].bitwise_xor(zero)));
}

at::Tensor Additive::open_to(Rank to, const Secret& x, const std::string& what) {
  require_name_of_reveal(what);
  const auto zero = session_.provider().deal(Group::sum, x.sizes(),
                                             [&] { return at::zeros(x.sizes(), at::kLong); });
  const auto shares = session_.gather(to, what, x.parts[1] + zero);
  if (shares.empty()) return {};
  auto value = x.parts[0];
  for (const auto& share : shares)
    value = value + share;
  return value;
}

/// Summand 0 is what everybody knows, summand 1 + i party i's share of the mask.
int Additive::summands() const {
  return 1 + parties();
}

std::vector<Piece> Additive::pieces(const Secret& x) const {
  std::vector<Piece> out;
  if (session_.computes()) {
    out.push_back({x.parts[0], 1});
    out.push_back({x.parts[1], std::uint64_t{2} << rank()});
  }
  if (x.dealt && x.parts[2].defined())  // the dealer knows all shares of the mask
    out.push_back({x.parts[2], (std::uint64_t{2} << parties()) - 2});
  return out;
}

Secret Additive::masked(const Secret& x) {
  if (x.dealt) return x;
  const auto mask = session_.provider().draw(Group::sum, x.sizes());
  Secret out = x;
  out.parts = {x.parts[0] + session_.open(Group::sum, "mask", x.parts[1] - mask.share), mask.share,
               mask.value};
  out.dealt = true;
  return out;
}

std::pair<Secret, Secret> Additive::masked(const Secret& x, const Secret& y) {
  if (x.dealt || y.dealt) return {masked(x), masked(y)};
  const auto split = x.numel();
  const Secret flat{{.parts = {at::cat({x.parts[0].flatten(), y.parts[0].flatten()}),
                               at::cat({x.parts[1].flatten(), y.parts[1].flatten()}),
                               {}}}};
  const auto both = masked(flat);
  auto first = reshape(narrow(both, 0, 0, split), x.sizes());
  auto second = reshape(narrow(both, 0, split, both.numel() - split), y.sizes());
  first.fraction_bits = x.fraction_bits;
  second.fraction_bits = y.fraction_bits;
  return {first, second};
}

}  // namespace assay::mpc::additive
