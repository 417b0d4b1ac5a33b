#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::dp {

/// Where the noise of a distributed step is drawn.
enum class NoisePlacement {
  per_rank,  ///< each of n workers adds sigma / sqrt(n) to its own clipped sum
  one_rank,  ///< one worker adds all of it
  per_push   ///< asynchronous: each push is a release of its own, with all of the noise in it
};

std::string to_string(NoisePlacement placement);
/// Errors: std::invalid_argument that lists the names.
NoisePlacement parse_noise_placement(const std::string& name);

struct Deployment {
  std::int64_t workers = 1;
  NoisePlacement placement = NoisePlacement::per_rank;
  double noise_multiplier = 0.0;  ///< sigma, of the sum
  std::int64_t colluders = 0;     ///< workers who tell one another what they know; 0: no such row

  /// Errors: std::invalid_argument unless workers >= 1 and 0 <= colluders <= workers.
  void validate() const;
};

/// The noise that hides another worker's record from somebody. Each faces another release, so that
/// each has an epsilon of its own.
struct RoleNoise {
  std::string role;
  double noise_multiplier = 0.0;  ///< 0: nothing hides it
  std::string why;
  bool sees_participants = false;  ///< who contributed: no secret where clients are sampled
};

/// Roles: `outsider` (the model), `worker` (knows the noise it drew), `server`, `send_to_all_peer`
/// and `ring_or_tree_neighbour` (see the contribution of a single worker), `noise_rank` (one_rank:
/// knows all noise), `colluders` (see the sum, and know their own noise). A server that colludes
/// with workers sees no less than a server.
///
/// n workers, per rank: sigma; sigma sqrt((n-1)/n); sigma / sqrt(n) three times;
/// sigma sqrt((n-c)/n). Per push: sigma for everybody.
std::vector<RoleNoise> role_noise(const Deployment& deployment);

}  // namespace assay::dp
