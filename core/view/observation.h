#pragma once

#include "core/update/update.h"

namespace assay {

enum class ObservationKind {
  client_update,   ///< one client's update, as decoded from its message
  aggregate,       ///< the mean of the participants' updates
  global_model,    ///< the weights that a round started from
  own_update,      ///< the update that a member of the coalition sent itself
  traffic,         ///< size and time of a frame on a tapped link
  released_model,  ///< the trained model, as given away
  share,           ///< a party's share of a secret
  opening,         ///< a secret that was told to a party on purpose
};
std::string to_string(ObservationKind kind);
/// Errors: std::invalid_argument that lists the known names.
ObservationKind observation_kind_from_name(const std::string& name);

/// A group of records whose recovery is scored, numbered within a training cell.
using VictimId = std::int64_t;

/// The time and place of an observation.
struct Occasion {
  std::int64_t replica = 0;  ///< which of several independent trainings
  std::int64_t step = 0;     ///< the round whose weights were in use
  std::string probe;         ///< empty outside probes
  Phase phase = Phase::train;
  std::uint64_t sequence = 0;
  auto operator<=>(const Occasion&) const = default;
};

/// How a share enters its secret: the secret is the sum of `summands` ring elements of Z_2^64, of
/// which the share is the sum of those in `covers`, one bit for each. Numbers have `fraction_bits`.
struct ShareOf {
  int summands = 1;
  std::uint64_t covers = 1;
  int fraction_bits = 0;
  bool operator==(const ShareOf&) const = default;
};

/// One thing that an adversary saw. Only the Recorder makes one (and the archive reads back what a
/// Recorder wrote; IdealWorld makes those that show nothing), so that no attack is handed what no
/// adversary could see.
class Observation {
 public:
  /// Lets its holder construct observations; only the Recorder and the archive can make one.
  class Permit {
    friend class Recorder;
    friend class ViewArchive;
    friend class IdealWorld;
    Permit() = default;
  };

  struct Content {
    ObservationKind kind;
    Occasion occasion;
    Rank from = -1, to = -1;
    /// Empty for traffic; a model's weights are `update.values`, a share's words are int64.
    Update update;
    std::vector<VictimId> victims;  ///< whose records the update was computed on; not scored if own
    std::int64_t participants = 1;  ///< updates in an aggregate
    std::int64_t wire_bytes = 0;
    double sent_at_s = 0.0;
    std::string what;  ///< the secret that is shared or opened: "inputs", "gradient", "loss", ...
    ShareOf share;
  };

  Observation(Permit, std::int64_t id, Content content) : id_(id), content_(std::move(content)) {}

  /// Stable within the view of a training cell.
  std::int64_t id() const { return id_; }
  ObservationKind kind() const { return content_.kind; }
  const Occasion& occasion() const { return content_.occasion; }
  Rank from() const { return content_.from; }
  Rank to() const { return content_.to; }
  const Update& update() const { return content_.update; }
  const std::vector<VictimId>& victims() const { return content_.victims; }
  std::int64_t participants() const { return content_.participants; }
  std::int64_t wire_bytes() const { return content_.wire_bytes; }
  double sent_at_s() const { return content_.sent_at_s; }
  const std::string& what() const { return content_.what; }
  const ShareOf& share() const { return content_.share; }

 private:
  std::int64_t id_;
  Content content_;
};

}  // namespace assay
