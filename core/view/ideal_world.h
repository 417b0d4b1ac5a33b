#pragma once

#include "core/random/stream.h"
#include "core/view/view.h"

namespace assay {

/// What the same role would hold if the parties were one trusted machine: the same own inputs,
/// openings and releases, and in the place of every share uniformly random words. A protocol is as
/// private as its claim if no attack does better on the real view than on this one.
/// Source: Goldreich, "Foundations of Cryptography II", 2004, section 7.2 (simulation of views).
class IdealWorld {
 public:
  static View simulate(const View& view, Stream& stream);
};

}  // namespace assay
