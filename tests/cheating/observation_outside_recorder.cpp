// Compiles as it is; with CHEAT it tries to make up an observation, which only a Recorder may.
#include "core/view/observation.h"

namespace assay {

std::int64_t honest(const Observation& seen) {
  return seen.id();
}

#if CHEAT == 1
Observation made_up() {
  return Observation(Observation::Permit{}, 0, Observation::Content{});
}
#elif CHEAT == 2
Observation made_up() {
  return Observation({}, 0, Observation::Content{});
}
#elif CHEAT == 3
struct Forger : Observation::Permit {};
Observation made_up() {
  return Observation(Forger{}, 0, Observation::Content{});
}
#elif CHEAT == 4
std::int64_t changed(Observation& seen) {
  return seen.id_ = 7;
}
#endif

}  // namespace assay
