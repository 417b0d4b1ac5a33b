#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::mpc {

/// The bits of [c < r] and [c = r] for a public c and a secret r whose bits are dealt.
///
/// All bits are sliced: one word holds the same bit of 64 elements, a row holds `blocks` words.
/// Groups of four bits (nibbles) go first, most significant nibble first. Within a nibble both
/// predicates are polynomials in the four bits of r with public coefficients, so whoever has XOR
/// shares of the 15 products of r's bits has XOR shares of the predicates without a message. Groups
/// of up to four results are then joined (multi-input AND; Ohata and Nuida, ePrint 2019/1290):
///   lt = lt_0 + eq_0 lt_1 + eq_0 eq_1 lt_2 + eq_0 eq_1 eq_2 lt_3,   eq = eq_0 eq_1 eq_2 eq_3.

inline constexpr int kNibbleProducts = 15;  ///< the non-empty subsets of four bits

/// Bit rows of r [4 nibbles][blocks], least significant bit first -> its products
/// [nibbles][15][blocks], nibbles most significant first; product S - 1 has the bits in mask S.
void nibble_products(std::int64_t nibbles, std::int64_t blocks, std::span<const std::uint64_t> bits,
                     std::span<std::uint64_t> products);

/// Shares of the nibbles' predicates from shares of r's products and the bit rows of c (laid out as
/// for nibble_products): lt and eq [nibbles][blocks]. `adds_public`: one party adds the public
/// terms.
void compare_nibbles(std::int64_t nibbles, std::int64_t blocks, std::span<const std::uint64_t> c,
                     std::span<const std::uint64_t> products, bool adds_public,
                     std::span<std::uint64_t> lt, std::span<std::uint64_t> eq);

/// How one group of g results is joined, into its lt, its eq, or both. Its variables are eq_0 ...
/// eq_{g-1}, lt_1 ... lt_{g-1}, in this order, as far as they are needed: eq_{g-1} only for eq, the
/// lts only for lt, in which lt_0 enters on its own.
class Join {
 public:
  /// 2 to 4 members.
  Join(int members, bool want_lt, bool want_eq);

  int members() const { return members_; }
  int equals() const { return equals_; }  ///< how many of the variables are eqs
  int variables() const { return variables_; }
  /// Products of two or more variables' masks that the dealer deals, as masks over the variables.
  const std::vector<std::uint32_t>& dealt() const { return dealt_; }

  /// The dealt products [dealt][blocks] of the variables' masks [variables][blocks].
  void products(std::int64_t blocks, std::span<const std::uint64_t> masks,
                std::span<std::uint64_t> out) const;

  /// Shares of lt (and eq) without lt_0, from the variables' openings and the shares of their masks
  /// and of the dealt products; each row has `blocks` words.
  void evaluate(std::int64_t blocks, std::span<const std::uint64_t> open,
                std::span<const std::uint64_t> masks, std::span<const std::uint64_t> dealt,
                bool adds_public, std::span<std::uint64_t> lt, std::span<std::uint64_t> eq) const;

 private:
  struct Term {
    std::uint32_t variables;
    bool of_eq;
  };
  int members_, equals_, variables_;
  bool want_lt_, want_eq_;
  std::vector<Term> terms_;
  std::vector<std::uint32_t> dealt_;
  std::vector<int> row_;  // of each subset of variables in `dealt`, -1 if it is not dealt
};

/// How k results of one level fall into groups of up to four, most significant first; one may be
/// left over. With `less` all but the last group compute both predicates, the last only lt;
/// otherwise only eq.
std::vector<Join> join_groups(std::int64_t k, bool less);

}  // namespace assay::mpc
