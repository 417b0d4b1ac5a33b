#pragma once

#include "core/cost/link_clock.h"
#include "core/cost/message_graph.h"

namespace assay {

/// How long a run takes on links of `profile`: seconds until the last party is done.
///
/// Replays the events of every party in its own order. The same profile and seed as the run's give
/// the run's own virtual seconds. `nodes`: which parties share a machine. Cost: O(messages log
/// messages). Errors: std::invalid_argument if the graph waits for a message that nobody sends.
double replay_seconds(const MessageGraph& graph, const LinkProfile& profile, std::uint64_t seed = 0,
                      const Nodes& nodes = {});

/// The longest chain of dependent messages of a run, in all and within one phase (messages of other
/// phases then cost nothing).
std::int64_t rounds(const MessageGraph& graph);
std::int64_t rounds(const MessageGraph& graph, Phase phase);

/// The graph without the messages and the compute of one phase.
MessageGraph without_phase(const MessageGraph& graph, Phase phase);

}  // namespace assay
