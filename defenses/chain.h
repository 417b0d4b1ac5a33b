#pragma once

#include "core/defense.h"

namespace assay::defenses {

/// Several defenses one after the other: each reads what the one before would have sent. The last
/// one's wire format is used. No links: updates are sent as they are.
std::unique_ptr<Defense> chain(const ModelSpec& spec, std::vector<std::unique_ptr<Defense>> links);

}  // namespace assay::defenses
