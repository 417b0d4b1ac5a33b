#pragma once

#include <functional>
#include <memory>

#include "mpc/additive/files/plan.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// A provider that says what it is asked for before it answers.
std::unique_ptr<Provider> observed(std::unique_ptr<Provider> provider,
                                   std::function<void(const Request&)> on_request);

/// Answers a dealer's program with zeros, at no cost: what it is asked for is the program's plan.
std::unique_ptr<Provider> dry_dealer();

}  // namespace assay::mpc::additive
