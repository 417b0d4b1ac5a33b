#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <variant>

#include "core/cost/message_graph.h"
#include "core/data/dataset.h"
#include "core/defense.h"
#include "core/net/network.h"
#include "core/probe.h"
#include "core/random/stream.h"
#include "core/training/train_spec.h"
#include "core/truth/witness.h"
#include "core/view/recorder.h"
#include "core/view/role.h"

namespace assay {

/// What is trained, on what, and what is probed on the way.
struct Task {
  const Dataset& train;
  std::vector<std::vector<std::int64_t>> clients;  ///< records of each client
  ModelSpec model;
  TrainSpec how;
  std::vector<ProbeRound> probes;
  DefenseFactory defense;
  /// The party that holds each client's records, where systems have parties; empty: in turn.
  std::vector<Rank> owners = {};
  /// The weights that training starts from; empty: drawn by the model's initialization law.
  Parameters start = {};
  /// The rounds of the whole training, if this one is only its beginning; 0: how.rounds.
  std::int64_t planned_rounds = 0;

  std::int64_t rounds_of_all() const { return planned_rounds > 0 ? planned_rounds : how.rounds; }
};

/// Where a training keeps what it needs to go on after an interruption.
struct Checkpoints {
  std::filesystem::path folder;
  std::int64_t every = 100;  ///< rounds
};

/// Everything a system may touch besides its task. There are no globals.
struct Environment {
  Stream stream;     ///< experiment randomness
  Key protocol_key;  ///< root of the protocol randomness of this run
  std::function<std::unique_ptr<Network>(Rank size)> network;
  double flops_per_second = 10e9;  ///< for declared compute times
  Recorder& recorder;
  Witness& witness;
  std::function<void(double)> progress = [](double) {};  ///< told how far it is, in [0, 1]
  std::stop_token stop;
  /// Systems that can go on write and read here; others do not look.
  std::optional<Checkpoints> checkpoints = {};
};

/// The task's first weights, for the caller to change: those that it gives, or drawn from the
/// stream "weights", alike for every system.
Parameters first_weights(const Task& task, const Environment& environment);

/// The probe rounds at one step, with their numbers.
struct NumberedProbe {
  std::uint64_t sequence;
  const ProbeRound& round;
};
std::vector<NumberedProbe> probes_at(const Task& task, std::int64_t step);

/// Declared seconds of gradients of `examples` examples: the backward pass costs two forward
/// passes.
double gradient_seconds(const ModelSpec& spec, std::int64_t examples, double flops_per_second);

/// A claim of the system about its own privacy, for one role.
struct PrivacyClaim {
  std::string role;
  double epsilon = 0.0, delta = 0.0;  ///< epsilon: infinite where nothing is guaranteed
  std::string accountant, relation, sampling, clip_unit, divisor;
  double noise_multiplier = 0.0;  ///< that this role faces
  std::string why;                ///< it faces that
};

/// What a training took of one rank's machine, besides its traffic.
struct RankUse {
  double cpu_seconds = 0.0;
  std::int64_t model_bytes = 0;  ///< in which it holds the model, at the end
  std::int64_t data_bytes = 0;   ///< in which it holds the private records
  std::int64_t dealt_bytes = 0;  ///< that it was handed before the run, beside the network
  /// Where its CPU time went, if the system tells.
  std::map<std::string, double> cpu_seconds_by_phase = {};
  /// On the run's clock: from when it had done its own part of each sum until it had the sum.
  double waiting_seconds = 0.0;
  /// Payload that an engine beside the network is said to have carried; nobody counts it.
  std::int64_t engine_bytes = 0;
  /// Of a server that workers push to whenever they are ready: pushes that it took a step by, and
  /// those that it left out because the model had moved on too far.
  std::int64_t applied_pushes = 0, rejected_pushes = 0;
};

struct Outcome {
  std::optional<Model> released;  ///< unless no rank of this process learns it
  MessageGraph graph;
  std::vector<PrivacyClaim> claims;
  std::vector<RankUse> ranks;  ///< empty: the system does not tell
};

/// The role does not exist in this system; the reason is for people.
struct NotApplicable {
  std::string reason;
};

/// A privacy system that can train.
class System {
 public:
  virtual ~System() = default;

  /// How many ranks its network has, with so many clients.
  virtual Rank ranks(Rank clients) const = 0;
  /// Where a role stands among `clients` clients.
  virtual std::variant<Vantage, NotApplicable> vantage(const Role& role, Rank clients) const = 0;
  /// What an update of this system is, for the public context.
  virtual UpdateKind update_kind(const TrainSpec& how) const = 0;
  /// The model that is trained in the place of the one that is asked for: another one only where
  /// the system says so.
  virtual ModelSpec trained_model(const ModelSpec& asked) const { return asked; }
  /// What everybody knows of how updates are changed before they leave their owner: that of the
  /// task's defense, unless the system itself changes them. `probe_batch`: records of a probe's
  /// update.
  virtual PublicDescription published(const Task& task, std::int64_t probe_batch) const;

  /// Errors: TransportError if the protocol fails; std::runtime_error("stopped") on a stop request.
  virtual Outcome train(const Task& task, Environment& environment) = 0;
};

}  // namespace assay
