#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace assay::mpc::additive {

/// How shares add up to a value.
enum class Group {
  sum,          ///< modulo 2^64
  exclusive_or  ///< bit by bit
};

/// A random value that nobody but the dealer knows: this party's share, and the value at the
/// dealer.
struct Dealt {
  at::Tensor share, value;
};

/// Where correlated randomness comes from: a dealer, who follows the program (every party asks for
/// the same things in the same order), and learns shapes, public values and what it dealt itself.
///
/// Wires are masked with values that the dealer drew, so it can deal whatever is computed from
/// masks: products, bits, high parts. Ben-Efraim, Nielsen, Omri, "Turbospeedz", ePrint 2019/080,
/// and Patra et al., "ABY2.0", ePrint 2020/1225, call this function-dependent preprocessing.
///
/// Parties that make correlated randomness among themselves, by oblivious transfer, can stand
/// behind the same calls: nobody deals() then, and `value` is computed from the shares instead.
class Provider {
 public:
  virtual ~Provider() = default;

  /// Uniformly random words. Offline: nothing is sent, every party expands its own seed.
  virtual Dealt draw(Group group, at::IntArrayRef sizes) = 0;
  /// The same, known to its owner too: all of it is the owner's share, the others' are zero.
  virtual Dealt draw_for(int owner, at::IntArrayRef sizes) = 0;
  /// Shares of a value of the dealer's. Offline: 8 bytes for each word, to party 0 alone (nothing
  /// if the dealer is party 0).
  virtual at::Tensor deal(Group group, at::IntArrayRef sizes,
                          const std::function<at::Tensor()>& value) = 0;
  /// Whether this party is the dealer.
  virtual bool deals() const = 0;
  /// Whether the dealer also sees what the parties open to one another, and so can deal products
  /// with masks that depend on openings.
  virtual bool follows_openings() const = 0;
};

}  // namespace assay::mpc::additive
