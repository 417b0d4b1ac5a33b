#pragma once

#include "dp/sampling/sampler.h"

namespace assay::dp {

/// How one client's records are drawn where the client itself is the unit: whether it takes part in
/// a step, and with which of its records.
struct ClientDraw {
  SamplingOptions clients;       ///< full, poisson, known_poisson: of the client, a data set of one
  std::int64_t local_steps = 1;  ///< that it takes for each step of the training
  std::int64_t batch = 1;        ///< records of a local step; of fewer records, all

  /// Errors: std::invalid_argument, also for kinds of sampling that need to know of other clients.
  void validate() const;
};

/// Positions among the client's records of one local step after the other, as many for each: a
/// uniform subset drawn anew. None if the client does not take part, or has no records.
///
/// Only the client's coin is accounted for. Which of its records it computes on is its own affair:
/// whatever they are, its contribution is clipped as a whole.
/// Errors: std::invalid_argument.
std::unique_ptr<Sampler> make_client_sampler(const ClientDraw& draw, std::int64_t records,
                                             Csprng draws);

}  // namespace assay::dp
