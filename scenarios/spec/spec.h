#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/data/corpus.h"
#include "core/data/partition.h"
#include "core/models/zoo.h"
#include "core/training/train_spec.h"
#include "scenarios/spec/node.h"
#include "scenarios/spec/visitor.h"

namespace assay::scenarios {

struct Info {
  std::string name;
  std::vector<std::string> tags, references;
};

struct Threat {
  std::string id;
  std::vector<std::string> adversary;  ///< roles; several are one adversary each
  std::vector<std::string> sees;       ///< kinds of observations
  std::vector<std::string> knows;
};

struct DataSection {
  std::string name;
  std::optional<std::string> file;  ///< prepared records; a relative path: of the scenario's folder
  /// records: what the file holds; filled in where absent.
  std::optional<std::int64_t> features, classes, records;
  enum class PrivateStatistics { refuse, exclude };
  PrivateStatistics private_statistics = PrivateStatistics::refuse;
  std::int64_t train = 0, test = 0, auxiliary = 0;  ///< records; 0: the data set's default
  std::int64_t clients = 1;
  PartitionOptions partition;
  std::vector<std::int64_t> owners;  ///< the party that holds each client's records; empty: in turn
  std::optional<bool>
      is_private;  ///< no pictures of records in reports; default: records of people

  CorpusOptions corpus() const;
  CorpusFacts facts() const;
  SplitSizes sizes() const;  ///< with the data set's defaults
};

struct ModelFile;

/// A model that scenarios can name, or an ONNX file: then `name` is empty.
struct ModelSection : ModelOptions {
  ModelSection() { name.clear(); }

  std::optional<std::string> onnx;        ///< path; a relative one starts at the scenario's folder
  std::optional<std::string> weights;     ///< onnx: "file" (also if absent) or "fresh"
  std::optional<std::string> sha256;      ///< onnx: of the file; filled in if absent
  std::shared_ptr<const ModelFile> file;  ///< onnx: what it holds
};

struct LinkSection {
  enum class Mode { tls, clear };
  Mode mode = Mode::tls;
  std::string profile = "lan";
  std::optional<double> latency_ms, bandwidth_mbps, jitter_ms, loss;
  enum class ClockKind { declared, measured };
  ClockKind clock = ClockKind::declared;
  double gflops = 10.0;
};

struct ProbeSection {
  std::string id;
  std::vector<std::string> steps;  ///< round numbers, or "last"
  std::int64_t batch = 1;
  std::int64_t victims = 0;  ///< victim batches per seed and step
  bool fresh_model = false;
  /// A membership experiment instead: of so many records a random half is trained on.
  std::int64_t candidates = 0;
  /// An audit instead: so many records are canaries, each trained on by a fair coin of its own.
  std::int64_t canaries = 0;
  enum class Canary { gradient, input };
  Canary canary = Canary::gradient;
  double canary_norm = 100.0;  ///< of a gradient canary, L2, before it is clipped
  /// Whether it shows updates at some steps.
  bool has_steps() const { return candidates == 0 && canaries == 0; }
};

struct DefenseSection {
  std::string kind;
  std::shared_ptr<AnyOptions> options;
  static std::size_t variants();
};

struct SystemSection {
  std::string id;
  std::string title;
  std::string kind, method;
  bool control = false;
  std::vector<DefenseSection> defenses;
  std::shared_ptr<AnyOptions> options;
  static std::size_t variants();
};

struct AttackSection {
  std::string id;
  std::string title;
  std::string kind, method;
  std::string threat;
  std::string probe;  ///< attacks on updates
  std::vector<bool> adaptive = {false};
  std::shared_ptr<AnyOptions> options;
  static std::size_t variants();
};

struct Repeats {
  std::vector<std::int64_t> seeds = {1};
  std::int64_t max = 0;  ///< 0: as many as `seeds`
};

struct MetricSection {
  enum class Kind { statistical, exact, informational };
  enum class Worse { higher, lower };
  std::string id;
  std::string from;  ///< an attack; empty: of the system
  Worse worse = Worse::higher;
  double tolerance = 0.0;
  Kind kind = Kind::statistical;
};

struct ControlSection {
  std::string attack, metric;
  std::optional<double> at_least;
  std::optional<double> expect;  ///< what a healthy attack reaches, for the plan's power
  /// Instead of a floor: on these systems and from these roles the attack does no better than in
  /// the ideal world, by more than the margin.
  bool at_null = false;
  std::vector<std::string> systems, roles;
  double margin = 0.05;
};

struct GateSection {
  enum class Correction { holm, none };
  enum class OnInconclusive { warn, fail };
  double alpha = 0.05;
  Correction correction = Correction::holm;
  OnInconclusive on_inconclusive = OnInconclusive::warn;
};

struct Limits {
  double cell_minutes = 30.0;
  double memory_gib = 0.0;  ///< 0: no limit
};

enum class KeepViews { none, failed, all };

/// One scenario, with every default filled in.
struct Spec {
  std::int64_t schema = 1;
  std::string id;
  Info info;
  std::vector<Threat> threats;
  DataSection data;
  ModelSection model;
  TrainSpec train;
  LinkSection links;
  bool repeatable = true;
  std::vector<ProbeSection> probes;
  std::vector<SystemSection> systems;
  std::vector<AttackSection> attacks;
  Repeats repeats;
  std::vector<MetricSection> metrics;
  std::vector<ControlSection> controls;
  GateSection gate;
  Limits limits;
  KeepViews keep_views = KeepViews::none;

  /// Where each field stood ("/attacks/0/threat"), for errors found after reading.
  std::map<std::string, Mark> marks;

  const Threat& threat(const std::string& threat_id) const;
  const ProbeSection& probe(const std::string& probe_id) const;
  const SystemSection& system(const std::string& system_id) const;
  const AttackSection& attack(const std::string& attack_id) const;
};

void describe(Visitor& v, Spec& spec);
void describe(Visitor& v, Info& info);
void describe(Visitor& v, Threat& threat);
void describe(Visitor& v, DataSection& data);
void describe(Visitor& v, PartitionOptions& partition);
void describe(Visitor& v, ModelSection& model);
void describe(Visitor& v, TrainSpec& train);
void describe(Visitor& v, LinkSection& links);
void describe(Visitor& v, ProbeSection& probe);
void describe(Visitor& v, DefenseSection& defense);
void describe(Visitor& v, SystemSection& system);
void describe(Visitor& v, AttackSection& attack);
void describe(Visitor& v, Repeats& repeats);
void describe(Visitor& v, MetricSection& metric);
void describe(Visitor& v, ControlSection& control);
void describe(Visitor& v, GateSection& gate);
void describe(Visitor& v, Limits& limits);

/// An override from the command line: "train.rounds=5", "systems.0.defenses=[]".
struct Override {
  std::string path, value;
};

/// Reads and checks a scenario.
/// Errors: SpecError for anything wrong in it; std::runtime_error if the file cannot be read.
Spec load_spec(const std::filesystem::path& file, const std::vector<Override>& overrides = {});
/// `folder`: where relative paths in the text start; empty: the working directory.
Spec parse_spec(std::string_view text, const std::string& file,
                const std::vector<Override>& overrides = {},
                const std::filesystem::path& folder = {});

/// The checks that need more than one field: references, controls, steps, roles.
/// Errors: SpecError.
void check_spec(const Spec& spec);

}  // namespace assay::scenarios
