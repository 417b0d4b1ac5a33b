#pragma once

#include <nlohmann/json.hpp>

#include "core/net/tcp/tcp_network.h"

namespace assay::scenarios {

/// What every rank has to say, an object each, at rank 0 by rank; elsewhere an empty array. Ranks
/// that were lost while losses were tolerated are left out.
/// Cost: 1 round, at most 4 KiB from each rank, in Phase::release. Errors: TransportError, also if
/// a rank sends something else.
nlohmann::json gather_json(TcpNetwork& network, const nlohmann::json& own);

}  // namespace assay::scenarios
