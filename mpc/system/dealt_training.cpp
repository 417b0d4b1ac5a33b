#include "mpc/system/dealt_training.h"

#include "mpc/system/party.h"

namespace assay::mpc {

DealtTraining::DealtTraining(const Task& task, Environment& environment, const MpcOptions& options)
    : files_(static_cast<Rank>(options.parties)) {
  auto how = files_.deal_options();
  how.protocol = {.fraction_bits = static_cast<int>(options.fraction_bits),
                  .truncation = options.truncation};
  const Csprng own(environment.protocol_key, "mpc/dealer");
  bool planning = true;  // the first of the two passes, whose masks are zeros
  const auto batch = additive::deal_batch(how, own, [&](additive::Additive& protocol) {
    Recorder nobody({}, {}, LinkMode::tls);
    run_dealer(protocol, task, environment, planning ? nobody : environment.recorder, options);
    planning = false;
  });
  correction_bytes_ = batch.correction_bytes;
}

std::int64_t DealtTraining::handed_bytes(Rank party) const {
  return static_cast<std::int64_t>(Key::kBytes) + (party == 0 ? correction_bytes_ : 0);
}

}  // namespace assay::mpc
