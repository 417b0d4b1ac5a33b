#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct ShareRecoveryOptions {
  /// Errors: none.
  void validate() const {}
};

/// Adds up the shares of its victims' records that a view holds.
///
///   x = the sum, modulo 2^64, of all its summands; decoded, clamped to the data's range
///
/// Of summands that a view lacks the attack draws the sum at random: if sharing is what it should
/// be, every record is then as likely as any other, and no attack does better. A coalition that
/// holds all summands, or a dealer's masks beside what everybody knows, has the record itself.
///
/// Needs: shares named "inputs", and for labels "targets". One reconstruction for each victim.
std::unique_ptr<Attack> make_share_recovery(const ShareRecoveryOptions& options);

}  // namespace assay::attacks
