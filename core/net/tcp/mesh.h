#pragma once

#include <memory>
#include <vector>

#include "core/net/tcp/agreement.h"

namespace assay {

/// Connects this party with every other one of the roster, and agrees with each: one connection per
/// pair, which the higher rank opens. Returns them by rank; this party's own is empty.
///
/// Errors: TransportError that names the ranks: a peer that did not come in time (with the last
/// connection that was refused), is someone else, or has agreed to something else.
std::vector<std::unique_ptr<Connection>> connect_mesh(const Identity& identity,
                                                      const Agreement& agreement,
                                                      const Listener& listener, Deadline until);

}  // namespace assay
