#pragma once

#include "mpc/plain/in_clear.h"
#include "mpc/protocol.h"

namespace assay::mpc::plain {

struct PlainOptions {
  int fraction_bits = 16;
  /// Raise on values, products and sums that leave the domain: 2^62 in the ring.
  bool checked = true;
  /// Errors: std::invalid_argument.
  void validate() const;
};

/// The reference: one party that computes on the same fixed-point encodings in the clear. Every
/// protocol is tested against it, and it is the template of a new one. Parts: [0] the value. No
/// randomness; truncation rounds down. Among several parties, everybody is told every input and
/// computes all the same: what protection costs is compared with this.
///
/// Errors: std::range_error where a result leaves the domain (checked only).
class Plain final : public Protocol {
 public:
  /// `others`: how inputs reach the other parties; null: there are none. Must outlive this.
  explicit Plain(const PlainOptions& options, InClear* others = nullptr);

  Rank parties() const override { return others_ == nullptr ? 1 : others_->parties(); }
  Rank rank() const override { return others_ == nullptr ? 0 : others_->rank(); }
  int fraction_bits() const override { return options_.fraction_bits; }

  Secret input(Rank owner, const at::Tensor& ring, int fraction_bits) override;
  Secret add_public(const Secret& x, const at::Tensor& ring) override;
  Product add_public(const Product& x, const at::Tensor& ring) override;
  Secret constant(const at::Tensor& ring, int fraction_bits) override;
  int summands() const override;
  std::vector<Piece> pieces(const Secret& x) const override;

  Product product(const Bilinear& f, const Secret& x, const Secret& y) override;
  Product square(const Secret& x) override;
  Secret truncate(const Product& x, int bits) override;
  Secret truncate_exactly(const Product& x, int bits) override;
  Secret settle(const Product& x) override;
  Secret power_of_two(const Secret& y, int highest) override;
  UnitCircle unit_circle(const Secret& turns) override;
  Secret unit_vector(const Secret& x, std::int64_t count) override;

  Bits is_negative(const Secret& x) override;
  Bits is_zero(const Secret& x) override;
  Bits exclusive_or(const Bits& x, const Bits& y) override;
  Bits negation(const Bits& x) override;
  Bits conjunction(const Bits& x, const Bits& y) override;
  Secret to_number(const Bits& x, int fraction_bits) override;
  Product select(const Bits& bit, const Secret& x) override;

  Words input_words(Rank owner, const at::Tensor& words) override;
  Words constant_words(const at::Tensor& words) override;
  Words exclusive_or(const Words& x, const at::Tensor& words) override;
  Words conjunction(const Words& x, const Words& y) override;
  Words to_words(const Secret& x) override;
  Secret to_number(const Words& x, int fraction_bits) override;
  Bits bit(const Words& x, int place) override;

 private:
  at::Tensor open(const Secret& x, const std::string& what) override;
  at::Tensor open(const Words& x, const std::string& what) override;
  at::Tensor open_to(Rank to, const Secret& x, const std::string& what) override;

  PlainOptions options_;
  InClear* others_;
};

}  // namespace assay::mpc::plain
