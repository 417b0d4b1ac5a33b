#include "dp/system/flaws/flawed_practice.h"

#include <cmath>
#include <stdexcept>

#include "core/random/derive.h"

namespace assay::dp {

std::string to_string(Flaw flaw) {
  switch (flaw) {
    case Flaw::none:
      return "none";
    case Flaw::clip_after_sum:
      return "clip_after_sum";
    case Flaw::microbatch_clipping:
      return "microbatch_clipping";
    case Flaw::shared_noise_seed:
      return "shared_noise_seed";
    case Flaw::noise_divided_by_workers:
      return "noise_divided_by_workers";
    case Flaw::no_noise_on_empty_batches:
      return "no_noise_on_empty_batches";
    case Flaw::public_sampling_seed:
      return "public_sampling_seed";
    case Flaw::micro_batches_charged_as_steps:
      return "micro_batches_charged_as_steps";
  }
  throw std::logic_error("unreachable flaw");
}

NoisePractice flawed(NoisePractice correct, const Setup& setup) {
  const double workers = setup.topology.workers;
  switch (setup.options.flaw) {
    case Flaw::shared_noise_seed:
      correct.generator = 0;
      correct.share = 1.0 / (workers * workers);
      break;
    case Flaw::noise_divided_by_workers:
      correct.share = 1.0 / (workers * workers);
      break;
    case Flaw::no_noise_on_empty_batches:
      correct.on_empty_batches = false;
      break;
    default:
      break;
  }
  return correct;
}

Key flawed_sampling_key(Flaw flaw, const Key& secret) {
  return flaw == Flaw::public_sampling_seed ? derive_key("0", {"a seed that everybody knows"})
                                            : secret;
}

std::vector<History> flawed_charges(const Setup& setup, std::vector<History> ran) {
  if (setup.options.flaw != Flaw::micro_batches_charged_as_steps) return ran;
  const auto pieces = static_cast<std::int64_t>(
      std::ceil(setup.plan.expected_batch / static_cast<double>(setup.options.micro_batch)));
  std::vector<History> out;
  for (const auto& history : ran) {
    History charged(history.relation(), history.clip_unit());
    for (auto [mechanism, count] : history.entries()) {
      mechanism.rate /= static_cast<double>(pieces);
      charged.add(mechanism, count * pieces);
    }
    out.push_back(std::move(charged));
  }
  return out;
}

}  // namespace assay::dp
