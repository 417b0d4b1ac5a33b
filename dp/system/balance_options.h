#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::dp {

/// How workers of unequal speed share the work. Which records are drawn, the noise and what is
/// charged do not depend on it.
enum class Balance {
  none,         ///< the slowest is waited for
  micro_batch,  ///< a faster worker takes larger micro-batches; the slowest is waited for
  shares        ///< faster workers compute on records of slower ones, which they are sent
};

/// Who trusts whom with raw records.
enum class TrustDomain {
  worker,  ///< nobody anybody
  node,    ///< hierarchical: the workers of a node one another
  all      ///< all workers one another
};

struct BalanceOptions {
  Balance kind = Balance::none;
  TrustDomain domain = TrustDomain::worker;
  /// Of the workers, relative to the machine whose time is declared; none: all alike. Public: from
  /// the configuration or from a timing of made-up records (`bench dp`), never from a training,
  /// whose times tell how many records were drawn.
  std::vector<double> speeds;

  double speed_of(std::int64_t worker) const {
    return speeds.empty() ? 1.0 : speeds[static_cast<std::size_t>(worker)];
  }
  /// Of a worker, where the fastest has `largest`: in proportion to its speed, and at least 1.
  std::int64_t micro_batch_of(std::int64_t worker, std::int64_t largest) const;

  /// Errors: std::invalid_argument.
  void validate(bool micro_batches, bool discrete_noise, std::int64_t node_size) const;
  /// Errors: std::invalid_argument unless there are as many speeds as workers, or none.
  void require_workers(std::int64_t workers) const;
};

}  // namespace assay::dp
