#pragma once

#include <chrono>
#include <memory>

#include "core/net/link.h"
#include "core/net/network.h"

namespace assay {

enum class SimClock {
  declared,  ///< compute takes what the parties declare: repeatable to the bit
  measured,  ///< compute takes the CPU time of the party's thread
};

struct SimOptions {
  LinkProfile profile;
  LinkMode mode = LinkMode::tls;
  SimClock clock = SimClock::declared;
  std::uint64_t seed = 0;  ///< of jitter and loss
  /// The longest that a party may wait for one message, in real time.
  std::chrono::milliseconds deadline{60'000};
};

/// The simulated carrier: parties are threads of this process, each with a virtual clock.
///
/// Messages are handed over in memory; virtual time follows LinkClock. A wait that no party can
/// ever satisfy (all are waiting) ends the run at once instead of at the deadline.
std::unique_ptr<Network> make_sim_network(Rank size, const SimOptions& options,
                                          FrameObserver* observer = nullptr);

}  // namespace assay
