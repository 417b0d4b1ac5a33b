#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/net/tag.h"

namespace assay {

/// One message of a run.
struct SentMessage {
  Rank from = 0, to = 0;
  Phase phase = Phase::train;
  std::int64_t payload_bytes = 0, wire_bytes = 0;
};

/// What a party did, in its own order: computed for a while, sent a message, waited for messages.
struct Compute {
  double seconds;
  Phase phase = Phase::train;
};
struct Send {
  std::size_t message;  ///< index into MessageGraph::messages
};
struct Wait {
  std::vector<std::size_t> messages;
};
using Event = std::variant<Compute, Send, Wait>;

/// The whole communication of a run, enough to tell how long it takes on other links.
struct MessageGraph {
  std::vector<SentMessage> messages;
  std::vector<std::vector<Event>> events;  ///< per rank
};

}  // namespace assay
