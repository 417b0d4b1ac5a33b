#pragma once

#include "mpc/additive/session.h"
#include "mpc/protocol.h"

namespace assay::mpc::additive {

/// How products lose their surplus fraction bits.
enum class Truncation {
  msb_corrected,  ///< within one unit in the last place, never far off
  exact,          ///< rounded down, always; two or three rounds more
  /// CrypTen's, as baselines whose failures can be shown: one result in 2^64 / |x| is off by
  /// 2^(64-m).
  local,  ///< each of 2 parties divides its own share (SecureML, ePrint 2017/396); no message
  wraps,  ///< any number of parties; the wraps of the shares' sum are counted against a dealt
          ///< number
};

struct AdditiveOptions {
  int fraction_bits = 16;
  Truncation truncation = Truncation::msb_corrected;
  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Computation among n parties of whom n - 1 may collude (semi-honest), with a dealer of correlated
/// randomness, on masked wires: x = open + mask, where everybody knows `open` and the mask is
/// shared additively over Z_2^64.
///
/// Parts of a Secret: [0] open; [1] this party's share of the mask; [2] the mask, at the dealer
/// alone. A wire is `dealt` while the dealer knows its mask. Its linear functions are dealt as
/// well. A product is not: its shares are opened under a fresh mask, together with its truncation.
///
/// One file for each step: product.cpp, truncate.cpp, truncate_baselines.cpp, compare.cpp,
/// bits.cpp, words.cpp, power_of_two.cpp, unit_circle.cpp, unit_vector.cpp, wires.cpp (in and out).
class Additive final : public Protocol {
 public:
  Additive(Session& session, const AdditiveOptions& options);

  Rank parties() const override { return session_.parties(); }
  Rank rank() const override { return session_.rank(); }
  int fraction_bits() const override { return options_.fraction_bits; }
  /// How later products are truncated.
  /// Errors: std::invalid_argument for local truncation among other than 2 parties.
  void truncate_by(Truncation truncation);

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
  bool learns_openings() const override { return session_.computes(); }

  Secret truncate_with_correction(const Product& x, int bits);
  Secret truncate_locally(const Product& x, int bits);
  Secret truncate_by_wraps(const Product& x, int bits);

  /// x under a mask that the dealer knows: x itself if it is so already, else opened under a fresh
  /// one. 1 round or none.
  Secret masked(const Secret& x);
  /// Both, in one message.
  std::pair<Secret, Secret> masked(const Secret& x, const Secret& y);

  /// x = C - r for a public C and an r that the dealer knows.
  struct Difference {
    at::Tensor c, r;
  };
  enum class Predicate { less, equal };
  /// XOR shares, packed, of [c < r] or [c = r] on the lowest 4 `nibbles` bits of both. One round
  /// for each level of groups of four: 1 up to 16 bits, 2 up to 64.
  at::Tensor compare(const Difference& x, std::int64_t nibbles, Predicate predicate);
  /// XOR shares -> Bits: opened under dealt masks. 1 round.
  Bits seal(const at::Tensor& packed_share, at::IntArrayRef sizes);
  Words seal_words(const at::Tensor& share);
  /// This party's XOR share of x & y, not opened. No round.
  at::Tensor conjunction_share(const Words& x, const Words& y);

  Session& session_;
  AdditiveOptions options_;
};

}  // namespace assay::mpc::additive
