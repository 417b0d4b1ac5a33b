#include "scenarios/options.h"

#include <algorithm>
#include <stdexcept>

namespace assay {

using scenarios::Visitor;

namespace mpc {

void describe(Visitor& v, MpcOptions& o) {
  using Kind = MpcOptions::Kind;
  using Dealer = MpcOptions::Dealer;
  using additive::Truncation;
  static constexpr std::pair<Kind, const char*> kProtocols[] = {{Kind::additive, "additive"},
                                                                {Kind::plain, "plain"}};
  static constexpr std::pair<Dealer, const char*> kDealers[] = {
      {Dealer::trusted_first_party, "trusted_first_party"},
      {Dealer::trusted_third_party, "trusted_third_party"},
      {Dealer::files, "files"}};
  static constexpr std::pair<Truncation, const char*> kTruncations[] = {
      {Truncation::msb_corrected, "msb_corrected"},
      {Truncation::exact, "exact"},
      {Truncation::local, "local"},
      {Truncation::wraps, "wraps"}};
  static constexpr std::pair<const char*, bool Openings::*> kOpenings[] = {
      {"gradient", &Openings::gradient}, {"loss", &Openings::loss}, {"model", &Openings::model}};
  v.choice("protocol", o.protocol, kProtocols,
           {.text = "additive: shares among n parties; plain: every party is told every record"});
  v.field("parties", o.parties, {.text = "who compute", .min = 1, .max = 8});
  v.choice("provider", o.provider, kDealers,
           {.text = "additive: who deals the correlated randomness: party 0, a rank of its own, or "
                    "whoever starts the run, ahead, into files"});
  v.field("fraction_bits", o.fraction_bits,
          {.text = "of fixed-point numbers", .min = 1, .max = 30});
  v.choice("truncation", o.truncation, kTruncations,
           {.text = "additive: of products; local and wraps fail now and then, as CrypTen's do"});
  std::vector<std::string> open;
  for (const auto& [name, flag] : kOpenings) {
    if (o.open.*flag) open.emplace_back(name);
  }
  v.list("open", open,
         {.text = "what every party is told in every step: gradient, loss, model",
          .choices = {"gradient", "loss", "model"}});
  for (const auto& [name, flag] : kOpenings)
    o.open.*flag = std::find(open.begin(), open.end(), name) != open.end();
}

}  // namespace mpc

namespace dp {

void describe(Visitor& v, DpSgdOptions& o) {
  static constexpr std::pair<SumBy, const char*> kSums[] = {
      {SumBy::ring, "ring"},
      {SumBy::naive, "naive"},
      {SumBy::round_robin, "round_robin"},
      {SumBy::tree, "tree"},
      {SumBy::halving_doubling, "halving_doubling"},
      {SumBy::hierarchical, "hierarchical"},
      {SumBy::parameter_server, "parameter_server"}};
  static constexpr std::pair<NoiseLaw, const char*> kNoises[] = {
      {NoiseLaw::hardened_gaussian, "hardened_gaussian"},
      {NoiseLaw::gaussian, "gaussian"},
      {NoiseLaw::discrete_gaussian, "discrete_gaussian"},
      {NoiseLaw::skellam, "skellam"}};
  static constexpr std::pair<Correlation, const char*> kCorrelations[] = {
      {Correlation::none, "none"}, {Correlation::banded, "banded"}, {Correlation::tree, "tree"}};
  static constexpr std::pair<NoisePlacement, const char*> kPlacements[] = {
      {NoisePlacement::per_rank, "per_rank"}, {NoisePlacement::one_rank, "one_rank"}};
  static constexpr std::pair<Sampling, const char*> kSamplings[] = {
      {Sampling::poisson, "poisson"},
      {Sampling::known_poisson, "known_poisson"},
      {Sampling::truncated_poisson, "truncated_poisson"},
      {Sampling::fixed_size, "fixed_size"},
      {Sampling::shuffle, "shuffle"},
      {Sampling::cyclic, "cyclic"},
      {Sampling::full, "full"}};
  static constexpr std::pair<Accountant, const char*> kAccountants[] = {
      {Accountant::pld, "pld"}, {Accountant::prv, "prv"}, {Accountant::rdp, "rdp"}};
  static constexpr std::pair<ClippingKind, const char*> kClippings[] = {
      {ClippingKind::flat, "flat"},
      {ClippingKind::per_layer, "per_layer"},
      {ClippingKind::automatic, "automatic"}};
  v.field("workers", o.workers,
          {.text = "who hold the clients' records and compute; 0: one for each client",
           .min = 0,
           .max = 64});
  v.choice("all_reduce", o.all_reduce, kSums, {.text = "how the workers' sums become one"});
  v.field("node_size", o.node_size,
          {.text = "hierarchical: so many consecutive workers share a node", .min = 1, .max = 64});
  v.field(
      "asynchronous", o.asynchronous,
      {.text = "parameter_server: each worker pushes when it is ready, with all of the noise in "
               "every push"});
  v.field("max_staleness", o.max_staleness,
          {.text = "asynchronous: a push is rejected (and charged) if more updates were applied "
                   "since its model; 0: twice the workers",
           .min = 0,
           .max = 1e6});
  v.field(
      "max_pushes", o.max_pushes,
      {.text = "asynchronous: the most pushes of a worker; 0: with epsilon twice an equal share "
               "of the updates, otherwise no limit",
       .min = 0,
       .max = 1e9});
  static constexpr std::pair<SumEngine, const char*> kEngines[] = {{SumEngine::own, "own"},
                                                                   {SumEngine::mpi, "mpi"}};
  v.choice("engine", o.engine, kEngines,
           {.text = "who carries the sums: own: all_reduce, recorded and counted; mpi: "
                    "MPI_Allreduce, between processes that mpirun starts (assay party train)"});
  v.field("epsilon", o.epsilon,
          {.text = "against an outsider; the noise is chosen for it",
           .min = 0,
           .max = 1e3,
           .above_min = true});
  v.field("noise_multiplier", o.noise_multiplier,
          {.text = "instead of epsilon: the noise's standard deviation in the sum, over clip_norm",
           .min = 0,
           .max = 1e6});
  v.exactly_one_of({"epsilon", "noise_multiplier"});
  v.field("delta", o.delta, {.text = "of every claim", .min = 0, .max = 1, .above_min = true});
  v.choice("accountant", o.accountant, kAccountants, {.text = "of every claim"});
  v.choice("noise", o.noise, kNoises,
           {.text = "gaussian: float32 draws; hardened_gaussian: rounded to a grid against attacks "
                    "on floating point; discrete_gaussian: whole numbers, exact; skellam: whole "
                    "numbers, whose shares add up to the same law"});
  v.choice(
      "correlation", o.correlation.kind, kCorrelations,
      {.text = "of noise over steps: none; banded: later noise takes back some of what so many "
               "steps before it added (matrix factorisation); tree: as DP-FTRL"});
  v.field("bands", o.correlation.bands,
          {.text = "banded: steps whose noise hangs together", .min = 0, .max = 1024});
  v.field("restart_every", o.correlation.restart_every,
          {.text = "tree: steps after which a new one is begun; 0: as often as leaves the least "
                   "noise in sums",
           .min = 0});
  v.choice("placement", o.placement, kPlacements,
           {.text = "each worker adds its share of the noise, or one adds all of it"});
  v.field("colluders", o.colluders,
          {.text = "a claim against so many workers together; 0: none", .min = 0, .max = 64});
  static constexpr std::pair<ClipUnit, const char*> kUnits[] = {{ClipUnit::example, "example"},
                                                                {ClipUnit::client, "client"}};
  v.choice("clip_unit", o.clip_unit, kUnits,
           {.text = "what is drawn, clipped and protected: an example; or a client, with the mean "
                    "gradient over train.batch of its records, or the sum of those of "
                    "train.local_steps on the way"});
  v.field("client_rate", o.client_rate,
          {.text = "clip_unit: client, sampling by coins: each client's chance to take part in a "
                   "step",
           .min = 0,
           .max = 1,
           .above_min = true});
  v.choice("sampling", o.sampling, kSamplings,
           {.text = "how each step's records, or clients, are drawn"});
  v.field("batch_cap", o.batch_cap,
          {.text = "truncated_poisson: the most records of a client's step", .min = 0, .max = 1e9});
  std::optional<std::string> relation;
  if (o.relation) relation = to_string(*o.relation);
  v.field(
      "relation", relation,
      {.text = "which neighbours must look alike; default: those that the sampling is accounted "
               "for",
       .choices = {"add_remove", "zero_out", "substitution"}});
  if (relation && !relation->empty()) o.relation = parse_relation(*relation);
  v.choice("clipping", o.clipping.kind, kClippings,
           {.text = "flat: each example's gradient to clip_norm; per_layer: each layer's to its "
                    "own; automatic: all to about clip_norm"});
  v.field("clip_norm", o.clipping.clip_norm,
          {.text = "L2 norm of what one example, or client, adds at most",
           .min = 0,
           .max = 1e9,
           .above_min = true});
  v.list("layer_norms", o.clipping.layer_norms,
         {.text = "per_layer: of each layer with parameters; none: the same for each",
          .min = 0,
          .max = 1e9,
          .above_min = true});
  v.field("stabilizer", o.clipping.stabilizer,
          {.text = "automatic: added to each norm", .min = 0, .max = 1e9, .above_min = true});
  v.field("clip_quantile", o.clip_quantile,
          {.text = "flat clipping whose norm follows this share of unclipped examples, from "
                   "clip_norm on; its noisy count is part of every step's charge",
           .min = 0,
           .max = 1});
  v.field("clip_learning_rate", o.clip_learning_rate,
          {.text = "clip_quantile: of the clip norm's logarithm", .min = 0, .max = 10});
  v.field("clip_count_noise", o.clip_count_noise,
          {.text = "clip_quantile: standard deviation of the count's noise; 0: one 20th of the "
                   "expected batch",
           .min = 0,
           .max = 1e9});
  v.field("replace_batch_norm", o.replace_batch_norm,
          {.text = "train with GroupNorm in the place of each BatchNorm, which mixes examples"});
  v.field("micro_batch", o.micro_batch,
          {.text = "examples in memory at a time; 0: all of a step's", .min = 0, .max = 1e9});
  static constexpr std::pair<Flaw, const char*> kFlaws[] = {
      {Flaw::none, "none"},
      {Flaw::clip_after_sum, "clip_after_sum"},
      {Flaw::microbatch_clipping, "microbatch_clipping"},
      {Flaw::shared_noise_seed, "shared_noise_seed"},
      {Flaw::noise_divided_by_workers, "noise_divided_by_workers"},
      {Flaw::no_noise_on_empty_batches, "no_noise_on_empty_batches"},
      {Flaw::public_sampling_seed, "public_sampling_seed"},
      {Flaw::micro_batches_charged_as_steps, "micro_batches_charged_as_steps"}};
  v.choice("flaw", o.flaw, kFlaws,
           {.text = "for audits of auditors, never in use: a mistake under which the claims are "
                    "false, and which an audit must find"});
  static constexpr std::pair<Balance, const char*> kBalances[] = {
      {Balance::none, "none"}, {Balance::micro_batch, "micro_batch"}, {Balance::shares, "shares"}};
  static constexpr std::pair<TrustDomain, const char*> kDomains[] = {
      {TrustDomain::worker, "worker"}, {TrustDomain::node, "node"}, {TrustDomain::all, "all"}};
  v.choice("balance", o.balance.kind, kBalances,
           {.text = "workers of unequal speed: none: the slowest is waited for; micro_batch: a "
                    "faster worker takes larger micro-batches; shares: it computes on raw records "
                    "of slower ones, which it is sent"});
  v.choice("trust_domain", o.balance.domain, kDomains,
           {.text = "shares: who may see whose raw records: the workers of a node, or all"});
  v.list("speeds", o.balance.speeds,
         {.text = "public relative speeds of the workers, 1: the machine whose time is declared; "
                  "none: all alike",
          .min = 0,
          .max = 1e6,
          .above_min = true});
}

}  // namespace dp

}  // namespace assay
