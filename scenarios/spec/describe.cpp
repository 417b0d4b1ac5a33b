#include <algorithm>

#include "core/data/corpus.h"
#include "core/net/link.h"
#include "scenarios/registry.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {
namespace {

constexpr const char* kId = "[a-z0-9][a-z0-9._-]{0,63}";

std::vector<std::string> corpus_names() {
  std::vector<std::string> names;
  for (const auto& corpus : list_corpora())
    names.push_back(corpus.name);
  return names;
}
std::vector<std::string> model_choices() {
  std::vector<std::string> names;
  for (const auto& model : model_names())
    names.push_back(model.name);
  return names;
}
std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const auto& profile : link_profiles())
    names.push_back(profile.name);
  return names;
}

constexpr std::pair<PartitionKind, const char*> kPartitions[] = {
    {PartitionKind::iid, "iid"},
    {PartitionKind::dirichlet, "dirichlet"},
    {PartitionKind::by_class, "by_class"}};
constexpr std::pair<Activation, const char*> kActivations[] = {
    {Activation::relu, "relu"}, {Activation::sigmoid, "sigmoid"}, {Activation::tanh, "tanh"}};
constexpr std::pair<OptimizerKind, const char*> kOptimizers[] = {{OptimizerKind::sgd, "sgd"},
                                                                 {OptimizerKind::adam, "adam"}};
constexpr std::pair<Loss, const char*> kLosses[] = {{Loss::cross_entropy, "cross_entropy"},
                                                    {Loss::bce_with_logits, "bce_with_logits"},
                                                    {Loss::mse, "mse"}};
constexpr std::pair<LinkSection::Mode, const char*> kModes[] = {
    {LinkSection::Mode::tls, "tls"}, {LinkSection::Mode::clear, "clear"}};
constexpr std::pair<LinkSection::ClockKind, const char*> kClocks[] = {
    {LinkSection::ClockKind::declared, "declared"}, {LinkSection::ClockKind::measured, "measured"}};
constexpr std::pair<MetricSection::Kind, const char*> kMetricKinds[] = {
    {MetricSection::Kind::statistical, "statistical"},
    {MetricSection::Kind::exact, "exact"},
    {MetricSection::Kind::informational, "informational"}};
constexpr std::pair<MetricSection::Worse, const char*> kWorse[] = {
    {MetricSection::Worse::higher, "higher"}, {MetricSection::Worse::lower, "lower"}};
constexpr std::pair<GateSection::Correction, const char*> kCorrections[] = {
    {GateSection::Correction::holm, "holm"}, {GateSection::Correction::none, "none"}};
constexpr std::pair<GateSection::OnInconclusive, const char*> kOnInconclusive[] = {
    {GateSection::OnInconclusive::warn, "warn"}, {GateSection::OnInconclusive::fail, "fail"}};
constexpr std::pair<DataSection::PrivateStatistics, const char*> kPrivateStatistics[] = {
    {DataSection::PrivateStatistics::refuse, "refuse"},
    {DataSection::PrivateStatistics::exclude, "exclude"}};
constexpr std::pair<ProbeSection::Canary, const char*> kCanaries[] = {
    {ProbeSection::Canary::gradient, "gradient"}, {ProbeSection::Canary::input, "input"}};
constexpr std::pair<KeepViews, const char*> kKeepViews[] = {
    {KeepViews::none, "none"}, {KeepViews::failed, "failed"}, {KeepViews::all, "all"}};

}  // namespace

void describe(Visitor& v, Spec& s) {
  v.field("schema", s.schema,
          {.text = "version of the scenario format", .required = true, .min = 1, .max = 1});
  v.field("id", s.id, {.text = "the scenario's name in row ids", .required = true, .form = kId});
  v.object("info", s.info, {.text = "for people"});
  v.list("threats", s.threats,
         {.text = "adversaries: who they are, what they see and know",
          .required = true,
          .min_items = 1});
  v.object("data", s.data, {.text = "the private data and who holds it", .required = true});
  v.object("model", s.model, {.text = "the model that is trained", .required = true});
  v.object("train", s.train,
           {.text = "how it is trained, in terms that all systems share", .required = true});
  v.object("links", s.links, {.text = "the network between the parties"});
  v.field("repeatable", s.repeatable,
          {.text = "keys of the protocols come from the seed, so that a run can be repeated to the "
                   "bit; false: from the operating system"});
  v.list("probes", s.probes,
         {.text = "which steps are recorded; every attack on a probe shares its victims"});
  v.list("systems", s.systems,
         {.text = "the privacy systems to compare", .required = true, .min_items = 1});
  v.list("attacks", s.attacks,
         {.text = "the attacks to launch on every system", .required = true, .min_items = 1});
  v.object("repeats", s.repeats, {.text = "seeds"});
  v.list("metrics", s.metrics,
         {.text = "what the gate looks at", .required = true, .min_items = 1});
  v.list("controls", s.controls,
         {.text = "what each attack must reach on the control system",
          .required = true,
          .min_items = 1});
  v.object("gate", s.gate, {.text = "how the gate decides"});
  v.object("limits", s.limits, {.text = "limits of one cell"});
  v.choice("keep_views", s.keep_views, kKeepViews,
           {.text = "which recorded views and truths stay on disk after scoring; they are people's "
                    "records"});
}

void describe(Visitor& v, Info& i) {
  v.field("name", i.name, {.text = "the question that the scenario answers"});
  v.list("tags", i.tags, {.text = "for choosing scenarios"});
  v.list("references", i.references, {.text = "papers and pages"});
}

void describe(Visitor& v, Threat& t) {
  v.field("id", t.id, {.text = "name", .required = true, .form = kId});
  v.list(
      "adversary", t.adversary,
      {.text =
           "roles: server, client:1, party:0, dealer, eavesdropper:0-1, outsider, operator "
           "(whoever "
           "runs the aggregation), or coalitions like client:1+client:2; each is attacked from on "
           "its own",
       .required = true,
       .min_items = 1});
  v.list("sees", t.sees,
         {.text = "kinds of observations: client_update, aggregate, global_model, own_update, "
                  "traffic, released_model, share, opening",
          .required = true,
          .min_items = 1});
  v.list("knows", t.knows, {.text = "assumptions: architecture, hyperparameters, labels"});
}

void describe(Visitor& v, DataSection& d) {
  v.field("name", d.name, {.text = "a data set", .required = true, .choices = corpus_names()});
  v.field("file", d.file,
          {.text = "records, or census instead of the data folder's file: records.safetensors of "
                   "`assay prepare`; a relative path starts at the scenario's folder"});
  v.field("features", d.features,
          {.text = "records: of the file; filled in if absent", .min = 1, .max = 1e6});
  v.field("classes", d.classes,
          {.text = "records: of the file; filled in if absent", .min = 2, .max = 1e6});
  v.field("records", d.records,
          {.text = "records: how many the file has; filled in if absent", .min = 1, .max = 1e9});
  v.choice("private_statistics", d.private_statistics, kPrivateStatistics,
           {.text = "records whose preparing used statistics of their own: refuse, or exclude from "
                    "what is claimed"});
  v.field("train", d.train,
          {.text = "private records; 0: the data set's default", .min = 0, .max = 1e7});
  v.field("test", d.test,
          {.text = "records for utility and evaluation classifiers; 0: the default",
           .min = 0,
           .max = 1e7});
  v.field(
      "auxiliary", d.auxiliary,
      {.text = "public records that an attacker may hold; 0: the default", .min = 0, .max = 1e7});
  v.field("clients", d.clients,
          {.text = "who the private records are split among", .min = 1, .max = 1000});
  v.object("partition", d.partition, {.text = "how they are split"});
  v.list("owners", d.owners,
         {.text = "mpc: the party (from 0) that holds each client's records; absent: in turn",
          .min = 0,
          .max = 1000});
  v.field("private", d.is_private,
          {.text = "leave pictures of records out of reports; default: for records of people"});
}

void describe(Visitor& v, PartitionOptions& p) {
  v.choice(
      "kind", p.kind, kPartitions,
      {.text =
           "iid; dirichlet (class shares drawn per client); by_class (few classes per client)"});
  v.field("alpha", p.alpha,
          {.text = "dirichlet: concentration; small is uneven",
           .min = 0,
           .max = 1e6,
           .above_min = true});
  v.field("classes_per_client", p.classes_per_client, {.text = "by_class", .min = 1, .max = 1e6});
}

void describe(Visitor& v, ModelSection& m) {
  v.exactly_one_of({"name", "onnx"});
  std::optional<std::string> name;
  if (!m.name.empty()) name = m.name;
  v.field("name", name, {.text = "a model; this field or onnx", .choices = model_choices()});
  m.name = name.value_or("");
  v.field("onnx", m.onnx,
          {.text = "an ONNX file as the model; a relative path starts at the scenario's folder"});
  v.field("weights", m.weights,
          {.text = "onnx: training starts from the weights in the file (file, also if absent), the "
                   "same for every seed, or from weights drawn anew for each seed (fresh)",
           .choices = {"file", "fresh"}});
  v.field("sha256", m.sha256,
          {.text = "onnx: the file must have this SHA-256", .form = "[0-9a-f]{64}"});
  v.list("hidden", m.hidden,
         {.text = "mlp, gcn, deep-averaging: units of each hidden layer", .min = 1, .max = 100000});
  v.choice("activation", m.activation, kActivations, {.text = "mlp, gcn, deep-averaging"});
  v.field(
      "width", m.width,
      {.text =
           "cnn: channels of the first convolution; others: half the features of a step or word",
       .min = 1,
       .max = 1024});
}

void describe(Visitor& v, TrainSpec& t) {
  v.field("rounds", t.rounds, {.text = "synchronisations", .required = true, .min = 1, .max = 1e7});
  v.field("local_steps", t.local_steps,
          {.text = "optimiser steps of a client between two synchronisations; 1: gradients are "
                   "sent (FedSGD), more: weight changes (FedAvg)",
           .min = 1,
           .max = 1e5});
  v.field("batch", t.batch, {.text = "examples per client and step", .min = 1, .max = 1e6});
  v.choice("optimizer", t.optimizer.kind, kOptimizers, {.text = "update rule"});
  v.field("lr", t.optimizer.lr,
          {.text = "learning rate", .required = true, .min = 0, .max = 1000, .above_min = true});
  v.field("momentum", t.optimizer.momentum, {.text = "sgd", .min = 0, .max = 0.9999});
  v.field("nesterov", t.optimizer.nesterov, {.text = "sgd: Nesterov's momentum"});
  v.field("weight_decay", t.optimizer.weight_decay,
          {.text = "coupled L2 penalty", .min = 0, .max = 10});
  v.choice("loss", t.loss, kLosses, {.text = "training loss"});
}

void describe(Visitor& v, LinkSection& l) {
  v.choice("mode", l.mode, kModes,
           {.text = "tls: an eavesdropper sees sizes and times; clear: everything"});
  v.field("profile", l.profile,
          {.text = "link profile; simulated seconds are given for it", .choices = profile_names()});
  v.field("latency_ms", l.latency_ms,
          {.text = "one way, instead of the profile's", .min = 0, .max = 1e5});
  v.field("bandwidth_mbps", l.bandwidth_mbps,
          {.text = "megabits per second, instead of the profile's",
           .min = 0,
           .max = 1e7,
           .above_min = true});
  v.field("jitter_ms", l.jitter_ms,
          {.text = "extra delay of a message, uniform from 0", .min = 0, .max = 1e5});
  v.field("loss", l.loss,
          {.text = "chance that a segment is lost and sent again", .min = 0, .max = 0.5});
  v.choice(
      "clock", l.clock, kClocks,
      {.text = "how compute advances virtual time: declared (repeatable) or measured CPU time"});
  v.field("gflops", l.gflops,
          {.text = "declared clock: billions of operations per second and party",
           .min = 0,
           .max = 1e9,
           .above_min = true});
}

void describe(Visitor& v, ProbeSection& p) {
  v.field("id", p.id, {.text = "name", .required = true, .form = kId});
  v.list("steps", p.steps,
         {.text = "round numbers from 0, or last; required unless candidates or canaries",
          .form = "last|[0-9]{1,7}",
          .numbers_too = true});
  v.field("batch", p.batch, {.text = "records per victim update", .min = 1, .max = 1024});
  v.field("victims", p.victims,
          {.text = "victim updates per seed and step; required unless candidates or canaries",
           .min = 0,
           .max = 100000});
  v.field("fresh_model", p.fresh_model,
          {.text = "each victim has a training of its own, so that victims are independent (the "
                   "setting of the gradient-leakage papers)"});
  v.field("candidates", p.candidates,
          {.text = "instead of steps and victims, a membership experiment: of so many private "
                   "records a random half is trained on, the others are left out; which half is "
                   "the question",
           .min = 0,
           .max = 1e6});
  v.field("canaries", p.canaries,
          {.text = "instead of steps and victims, an audit: so many private records are canaries, "
                   "each trained on by a fair coin of its own, which an audit guesses",
           .min = 0,
           .max = 1e6});
  v.choice(
      "canary", p.canary, kCanaries,
      {.text = "canaries: gradient (along a coordinate of its own, in the place of a record's) "
               "or input (a record with a wrong label)"});
  v.field("canary_norm", p.canary_norm,
          {.text = "canaries: L2 norm of a gradient canary before it is clipped",
           .min = 0,
           .max = 1e9,
           .above_min = true});
}

std::size_t DefenseSection::variants() {
  return defense_alternatives().size();
}
std::size_t SystemSection::variants() {
  return system_alternatives().size();
}
std::size_t AttackSection::variants() {
  return attack_alternatives().size();
}

void describe(Visitor& v, DefenseSection& d) {
  std::string no_method;
  v.alternative(d.kind, no_method, defense_alternatives(), d.options);
}

void describe(Visitor& v, SystemSection& s) {
  v.field("id", s.id, {.text = "name", .required = true, .form = kId});
  v.field("title", s.title, {.text = "for people; default: the id"});
  v.field("control", s.control, {.text = "attacks must break this one, or the run is invalid"});
  v.list("defenses", s.defenses,
         {.text = "transforms of every update before it leaves its owner, one after the other"});
  v.alternative(s.kind, s.method, system_alternatives(), s.options);
}

void describe(Visitor& v, AttackSection& a) {
  v.field("id", a.id, {.text = "name", .required = true, .form = kId});
  v.field("title", a.title, {.text = "for people; default: the id"});
  v.field("threat", a.threat, {.text = "a threat's id", .required = true});
  v.field("probe", a.probe, {.text = "attacks on updates, membership and audits: a probe's id"});
  v.list("adaptive", a.adaptive,
         {.text = "false: as if there were no defense; true: the attacker uses the defense's "
                  "public description; each makes a row",
          .min_items = 1});
  v.alternative(a.kind, a.method, attack_alternatives(), a.options);
}

void describe(Visitor& v, Repeats& r) {
  v.list("seeds", r.seeds,
         {.text = "each is a run of its own", .min = 0, .max = 1e9, .min_items = 1});
  v.field("max", r.max,
          {.text = "seeds after a top-up, when the gate was inconclusive; 0: no top-up",
           .min = 0,
           .max = 1000});
}

void describe(Visitor& v, MetricSection& m) {
  v.field("id", m.id,
          {.text = "a metric of the attack, or of the system (test_accuracy, bytes, wire_bytes, "
                   "rounds, simulated_seconds)",
           .required = true});
  v.field("from", m.from, {.text = "an attack's id; absent: a metric of the system"});
  v.choice("worse", m.worse, kWorse, {.text = "which direction is a regression", .required = true});
  v.field("tolerance", m.tolerance,
          {.text = "change in the worse direction that is accepted", .min = 0, .max = 1e12});
  v.choice("kind", m.kind, kMetricKinds,
           {.text = "statistical: tested; exact: any worsening fails; informational: never gates"});
}

void describe(Visitor& v, ControlSection& c) {
  v.field("attack", c.attack, {.text = "an attack's id", .required = true});
  v.field("metric", c.metric, {.text = "one of its metrics", .required = true});
  v.field("at_least", c.at_least,
          {.text = "the interval's lower end must reach it on the control system; required unless "
                   "at_null",
           .min = 0,
           .max = 1e6});
  v.field("expect", c.expect,
          {.text = "what a healthy attack reaches, for the power that the plan prints; default: "
                   "measured for the method",
           .min = 0,
           .max = 1e6});
  v.field(
      "at_null", c.at_null,
      {.text = "the opposite: the attack must do no better than in the ideal world, where shares "
               "are random words; tested for equivalence at 95 %"});
  v.list("systems", c.systems, {.text = "at_null: on which systems, with * for any text"});
  v.list("roles", c.roles, {.text = "at_null: from which of the threat's roles"});
  v.field("margin", c.margin,
          {.text = "at_null: the difference that counts as none",
           .min = 0,
           .max = 1,
           .above_min = true});
}

void describe(Visitor& v, GateSection& g) {
  v.field("alpha", g.alpha,
          {.text = "chance of a false alarm", .min = 0, .max = 0.5, .above_min = true});
  v.choice("correction", g.correction, kCorrections, {.text = "for testing many rows"});
  v.choice("on_inconclusive", g.on_inconclusive, kOnInconclusive, {.text = "fail: exit 5"});
}

void describe(Visitor& v, Limits& l) {
  v.field("cell_minutes", l.cell_minutes,
          {.text = "wall time of one cell", .min = 0, .max = 1e5, .above_min = true});
  v.field("memory_gib", l.memory_gib,
          {.text = "resident memory of one cell; 0: no limit", .min = 0, .max = 1e4});
}

}  // namespace assay::scenarios
