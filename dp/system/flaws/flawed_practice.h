#pragma once

#include "core/random/keystream.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// FOR AUDITS OF AUDITORS, NEVER IN USE. What a flaw does to noise, draws and charges; without one
/// of these flaws each function gives back what it was given.

/// shared_noise_seed, noise_divided_by_workers, no_noise_on_empty_batches.
NoisePractice flawed(NoisePractice correct, const Setup& setup);

/// public_sampling_seed: the key of draws is known to everybody.
Key flawed_sampling_key(Flaw flaw, const Key& secret);

/// micro_batches_charged_as_steps: k micro-batches of a step at rate q are charged as k steps at
/// rate q / k.
std::vector<History> flawed_charges(const Setup& setup, std::vector<History> ran);

}  // namespace assay::dp
