#pragma once

#include "core/net/tag.h"
#include "mpc/bilinear.h"
#include "mpc/cost.h"
#include "mpc/secret.h"

namespace assay::mpc {

/// A secret tensor of bits: parts as a Secret's, packed 64 to a word (or not, as the protocol
/// likes).
struct Bits {
  std::array<at::Tensor, 3> parts;
  std::vector<std::int64_t> sizes;
};
/// Errors: std::invalid_argument unless both have the same shape: packed bits do not broadcast.
void require_same_shape(const Bits& x, const Bits& y);

/// A secret tensor of 64-bit words, shared bit by bit under exclusive or. One word stands for each
/// element, so that shapes broadcast as a Secret's do. Linear operations and sums are in
/// words_arithmetic.h.
struct Words {
  std::array<at::Tensor, 3> parts;

  at::IntArrayRef sizes() const { return parts[0].sizes(); }
  std::int64_t numel() const { return parts[0].numel(); }
};

/// Errors: std::invalid_argument unless x has 0 fraction bits and 1 <= count <= 2^20.
void require_unit_vector(const Secret& x, std::int64_t count);

struct UnitCircle {
  Secret cosine, sine;
};

/// Part of what one party holds of a secret. The secret is the sum, modulo 2^64, of a number of
/// summands that is the protocol's; `words` is the sum of those in `covers`, one bit for each.
struct Piece {
  at::Tensor words;
  std::uint64_t covers = 1;
};

/// Told of every value that a protocol opens, by each party that learns it.
class OpeningObserver {
 public:
  virtual ~OpeningObserver() = default;
  virtual void opened(const std::string& what, const at::Tensor& ring, int fraction_bits) = 0;
};

/// Secure computation on tensors over Z_2^64, as one of the parties sees it.
///
/// Every party calls the same operations in the same order with the same shapes; public arguments
/// must be equal at all of them. The operations are the few that protocols differ in. Everything
/// linear is in secret.h, everything that is made of these is in functions/.
///
/// Cost: each operation declares its cost, in cost(); the comments give the rounds.
/// Errors: std::invalid_argument for shapes or fractions that do not fit; TransportError.
class Protocol {
 public:
  virtual ~Protocol() = default;

  virtual Rank parties() const = 0;
  virtual Rank rank() const = 0;
  /// Fraction bits of real numbers.
  virtual int fraction_bits() const = 0;

  // In and out.

  /// The owner's ring elements become a secret. Others pass a tensor of the same shape, whose
  /// values are not looked at. 1 round.
  virtual Secret input(Rank owner, const at::Tensor& ring, int fraction_bits) = 0;
  /// x + c for public ring elements, broadcast.
  virtual Secret add_public(const Secret& x, const at::Tensor& ring) = 0;
  virtual Product add_public(const Product& x, const at::Tensor& ring) = 0;
  /// A public value as a secret of everybody.
  virtual Secret constant(const at::Tensor& ring, int fraction_bits) = 0;
  /// The value, to everyone; `what` names the opening for the record. 1 round.
  at::Tensor reveal(const Secret& x, const std::string& what);
  /// The value at `to`; undefined elsewhere. 1 round.
  at::Tensor reveal_to(Rank to, const Secret& x, const std::string& what);
  /// There is no other way to open a secret, so that no opening goes unrecorded. Null: nobody asks.
  void observe_openings(OpeningObserver* observer) { observer_ = observer; }

  /// How many summands a secret has, and what this party holds of one: for the record.
  virtual int summands() const = 0;
  virtual std::vector<Piece> pieces(const Secret& x) const = 0;

  // Products.

  /// f(x, y), not truncated yet. No round if both factors are dealt, else 1.
  virtual Product product(const Bilinear& f, const Secret& x, const Secret& y) = 0;
  virtual Product square(const Secret& x) = 0;
  /// floor(x / 2^bits), one more with probability (x mod 2^bits) / 2^bits: right on average, never
  /// far off while |x| < 2^62. 1 round.
  virtual Secret truncate(const Product& x, int bits) = 0;
  /// floor(x / 2^bits), always.
  virtual Secret truncate_exactly(const Product& x, int bits) = 0;
  /// The same number as a wire, without truncation: for products with whole numbers. 1 round.
  virtual Secret settle(const Product& x) = 0;

  /// 2^y, for real y between -31 and `highest`, 30 at most; garbage elsewhere. Relative error
  /// 2^-15 + 2^-f and one unit in the last place.
  virtual Secret power_of_two(const Secret& y, int highest) = 0;

  /// cos and sin of 2 pi t for every t: whole turns drop out of themselves. Absolute error one unit
  /// in the last place of fraction_bits(), which the results have. 1 round.
  /// Errors: std::invalid_argument unless t has 1 to 50 fraction bits.
  virtual UnitCircle unit_circle(const Secret& turns) = 0;

  /// The unit vectors [x = 0], ..., [x = count - 1] along a new last dimension, whole numbers, for
  /// whole x (0 fraction bits). x counts modulo the least power of two that is not below `count`:
  /// what is left of `count` there has the zero vector. No round on dealt wires.
  /// Errors: std::invalid_argument unless x has 0 fraction bits and 1 <= count <= 2^20.
  virtual Secret unit_vector(const Secret& x, std::int64_t count) = 0;

  // Bits.

  virtual Bits is_negative(const Secret& x) = 0;
  virtual Bits is_zero(const Secret& x) = 0;
  virtual Bits exclusive_or(const Bits& x, const Bits& y) = 0;
  virtual Bits negation(const Bits& x) = 0;
  /// 1 round.
  virtual Bits conjunction(const Bits& x, const Bits& y) = 0;
  /// 0 or 1 as a number with `fraction_bits`.
  virtual Secret to_number(const Bits& x, int fraction_bits) = 0;
  /// x where the bit is 1, else 0, of the bit's shape or broadcast; at x's fraction bits.
  virtual Product select(const Bits& bit, const Secret& x) = 0;

  // Words.

  /// The owner's words, as input(). 1 round.
  virtual Words input_words(Rank owner, const at::Tensor& words) = 0;
  virtual Words constant_words(const at::Tensor& words) = 0;
  virtual Words exclusive_or(const Words& x, const at::Tensor& words) = 0;
  /// Bit by bit, broadcast. 1 round.
  virtual Words conjunction(const Words& x, const Words& y) = 0;
  /// The ring element's 64 bits (A2B): 6 rounds on a dealt wire.
  virtual Words to_words(const Secret& x) = 0;
  /// The ring element with these bits (B2A). No round; 64 dealt words for each element.
  virtual Secret to_number(const Words& x, int fraction_bits) = 0;
  /// Bit `place` of every word, 63 the most significant. No round.
  /// Errors: std::invalid_argument unless 0 <= place < 64.
  virtual Bits bit(const Words& x, int place) = 0;
  /// The words, to everyone. 1 round.
  at::Tensor reveal(const Words& x, const std::string& what);

 private:
  virtual at::Tensor open(const Secret& x, const std::string& what) = 0;
  virtual at::Tensor open(const Words& x, const std::string& what) = 0;
  virtual at::Tensor open_to(Rank to, const Secret& x, const std::string& what) = 0;
  /// False at a dealer who follows the program without its values.
  virtual bool learns_openings() const { return true; }

  OpeningObserver* observer_ = nullptr;
};

}  // namespace assay::mpc
