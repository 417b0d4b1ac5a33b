#include "dp/system/options.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

constexpr std::int64_t kMostWorkers = 64;

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::invalid_argument("dp_sgd: " + otherwise);
}

/// A flaw is planted where it would have stood; elsewhere it would spoil nothing.
void validate_flaw(const DpSgdOptions& o) {
  if (o.flaw == Flaw::none) return;
  const auto name = to_string(o.flaw);
  require(o.noise_multiplier != 0.0, fmt::format("expected noise beside the flaw {}", name));
  require(!o.clip_quantile,
          fmt::format("expected a clip norm that stays beside the flaw {}", name));
  const bool clips = o.flaw == Flaw::clip_after_sum || o.flaw == Flaw::microbatch_clipping;
  require(!clips || o.clipping.kind == ClippingKind::flat,
          fmt::format("expected clipping: flat beside the flaw {}", name));
  const bool shares = o.flaw == Flaw::shared_noise_seed || o.flaw == Flaw::noise_divided_by_workers;
  require(!shares || (o.workers != 1 && o.placement == NoisePlacement::per_rank),
          fmt::format("expected several workers that draw noise each beside the flaw {}", name));
  const bool pieces =
      o.flaw == Flaw::microbatch_clipping || o.flaw == Flaw::micro_batches_charged_as_steps;
  require(!pieces || o.micro_batch > 0,
          fmt::format("expected a micro_batch of 1 or more beside the flaw {}", name));
  const bool draws =
      o.flaw == Flaw::public_sampling_seed || o.flaw == Flaw::micro_batches_charged_as_steps;
  require(!draws || o.sampling == Sampling::poisson,
          fmt::format("expected sampling: poisson beside the flaw {}", name));
}

/// What is proven for correlated noise, and what its filter can do.
void validate_correlation(const DpSgdOptions& o) {
  try {
    o.correlation.validate();
  } catch (const std::invalid_argument& error) {
    require(false, error.what());
  }
  if (o.correlation.kind == Correlation::none) return;
  const auto name = to_string(o.correlation.kind);
  const bool fixed = o.sampling == Sampling::cyclic || o.sampling == Sampling::full;
  require(o.noise == NoiseLaw::gaussian || o.noise == NoiseLaw::hardened_gaussian,
          fmt::format("expected noise gaussian or hardened_gaussian beside correlation: {}, got {}",
                      name, to_string(o.noise)));
  require(fixed || o.correlation.kind == Correlation::banded,
          fmt::format("expected sampling cyclic or full beside correlation: tree, whose nodes sum "
                      "many steps, got {}",
                      to_string(o.sampling)));
  require(
      fixed || o.sampling == Sampling::poisson,
      fmt::format("expected sampling cyclic, poisson (of one of as many groups as bands in each "
                  "step) or full beside correlation: banded, got {}",
                  to_string(o.sampling)));
  require(!o.asynchronous,
          "expected no correlation beside asynchronous, whose updates have no common order");
  require(!o.clip_quantile,
          "expected a clip norm that stays beside correlation, since noise of one step takes back "
          "some of another's");
  require(o.flaw == Flaw::none, fmt::format("expected no flaw beside correlation: {}", name));
}

/// A client as the unit: what else the training does must know of clients alone.
void validate_unit(const DpSgdOptions& o) {
  const bool coins = o.sampling == Sampling::poisson || o.sampling == Sampling::known_poisson;
  if (!o.clips_clients()) {
    require(!o.client_rate, "expected client_rate beside clip_unit: client only");
    return;
  }
  require(coins || o.sampling == Sampling::full,
          fmt::format("expected sampling poisson, known_poisson or full beside clip_unit: client, "
                      "whose clients are drawn each for itself, got {}",
                      to_string(o.sampling)));
  require(o.client_rate.has_value() == coins,
          fmt::format("expected client_rate beside clip_unit: client and sampling by coins, and "
                      "only there, got sampling {} {} it",
                      to_string(o.sampling), o.client_rate ? "with" : "without"));
  require(!o.client_rate || (*o.client_rate > 0.0 && *o.client_rate <= 1.0),
          fmt::format("expected a client_rate above 0 and up to 1, got {}",
                      o.client_rate.value_or(0.0)));
  require(!o.asynchronous,
          "expected no asynchronous pushes beside clip_unit: client, whose clients are drawn for "
          "each step of all");
  require(o.flaw == Flaw::none,
          fmt::format("expected clip_unit: example beside the flaw {}, which is of records",
                      to_string(o.flaw)));
  require(o.balance.kind != Balance::shares,
          "expected balance: none or micro_batch beside clip_unit: client, whose contribution is "
          "clipped where its records lie");
}

}  // namespace

std::string to_string(SumBy by) {
  switch (by) {
    case SumBy::naive:
      return "naive";
    case SumBy::round_robin:
      return "round_robin";
    case SumBy::ring:
      return "ring";
    case SumBy::tree:
      return "tree";
    case SumBy::halving_doubling:
      return "halving_doubling";
    case SumBy::hierarchical:
      return "hierarchical";
    case SumBy::parameter_server:
      return "parameter_server";
  }
  throw std::logic_error("unreachable sum");
}

Relation DpSgdOptions::claimed_relation() const {
  if (relation) return *relation;
  switch (sampling) {
    case Sampling::fixed_size:
      return Relation::substitution;
    case Sampling::shuffle:
    case Sampling::cyclic:
      return Relation::zero_out;
    default:
      return Relation::add_remove;
  }
}

AllReduce DpSgdOptions::reduction() const {
  using Kind = AllReduce::Kind;
  switch (all_reduce) {
    case SumBy::naive:
      return {Kind::naive};
    case SumBy::round_robin:
      return {Kind::round_robin};
    case SumBy::ring:
      return {Kind::ring};
    case SumBy::tree:
      return {Kind::tree};
    case SumBy::halving_doubling:
      return {Kind::halving_doubling};
    case SumBy::hierarchical:
      return {Kind::hierarchical, static_cast<Rank>(node_size)};
    case SumBy::parameter_server:
      throw std::logic_error("a parameter server needs no all-reduce");
  }
  throw std::logic_error("unreachable sum");
}

void DpSgdOptions::validate() const {
  require(
      workers >= 0 && workers <= kMostWorkers,
      fmt::format("expected 0 (one for each client) to {} workers, got {}", kMostWorkers, workers));
  require(node_size >= 1, fmt::format("expected nodes of 1 worker or more, got {}", node_size));
  require(node_size == 1 || all_reduce == SumBy::hierarchical,
          fmt::format("expected node_size beside all_reduce: hierarchical only, got {} with {}",
                      node_size, to_string(all_reduce)));
  require(!asynchronous || has_server(),
          fmt::format("expected all_reduce: parameter_server beside asynchronous, got {}",
                      to_string(all_reduce)));
  require(!asynchronous || placement == NoisePlacement::per_rank,
          "expected no placement beside asynchronous: every push carries all of its noise");
  require(!asynchronous || !clip_quantile,
          "expected a clip norm that stays beside asynchronous: pushes are clipped by models of "
          "different age");
  require(max_staleness >= 0 && max_pushes >= 0,
          fmt::format("expected max_staleness and max_pushes of 0 or more, got {} and {}",
                      max_staleness, max_pushes));
  require(asynchronous || (max_staleness == 0 && max_pushes == 0),
          "expected max_staleness and max_pushes beside asynchronous only");
  require(engine == SumEngine::own || all_reduce == SumBy::ring,
          "expected no all_reduce beside engine: mpi, which chooses its own");
  require(noise_multiplier.has_value() != epsilon.has_value(),
          "expected either noise_multiplier or epsilon");
  require(!noise_multiplier || (*noise_multiplier >= 0.0 && std::isfinite(*noise_multiplier)),
          fmt::format("expected a noise multiplier of 0 or more, got {}",
                      noise_multiplier.value_or(0.0)));
  require(!epsilon || *epsilon > 0.0,
          fmt::format("expected an epsilon above 0, got {}", epsilon.value_or(0.0)));
  require(delta > 0.0 && delta < 1.0,
          fmt::format("expected a delta between 0 and 1, got {}", delta));
  require(
      accountant != Accountant::gdp,
      "expected accountant pld, prv or rdp: gdp gives an estimate, often below the truth, which "
      "no claim may use");
  require(
      noise != NoiseLaw::discrete_gaussian || accountant == Accountant::rdp,
      "expected accountant rdp with discrete_gaussian noise: its Renyi divergence is bounded by "
      "that of the continuous law, and nothing more is proven");
  require(noise != NoiseLaw::skellam || accountant == Accountant::rdp,
          "expected accountant rdp with skellam noise: bounds of its Renyi divergence are proven, "
          "the law of its privacy loss is not");
  require(accountant == Accountant::pld ||
              (sampling != Sampling::truncated_poisson && sampling != Sampling::fixed_size),
          fmt::format("expected accountant pld with sampling {}, got {}", to_string(sampling),
                      to_string(accountant)));
  require(sampling != Sampling::full || batch_cap == 0, "expected no batch_cap with sampling full");
  require((batch_cap > 0) == (sampling == Sampling::truncated_poisson),
          fmt::format("expected batch_cap with sampling truncated_poisson, and only there, got {} "
                      "with {}",
                      batch_cap, to_string(sampling)));
  require(colluders >= 0 && (workers == 0 || colluders <= workers),
          fmt::format("expected at most {} colluders, got {}", workers, colluders));
  require(!clip_quantile || clipping.kind == ClippingKind::flat,
          "expected clipping: flat where the clip norm adapts");
  require(
      !clip_quantile || !in_whole_numbers(noise),
      fmt::format("expected a clip norm that stays with {} noise, whose grid is a fraction of it",
                  to_string(noise)));
  require(
      clip_quantile || clip_count_noise == 0.0,
      fmt::format("expected clip_count_noise beside clip_quantile only, got {}", clip_count_noise));
  validate_flaw(*this);
  validate_correlation(*this);
  validate_unit(*this);
  require(micro_batch >= 0,
          fmt::format("expected a micro_batch of 0 (all) or more, got {}", micro_batch));
  balance.validate(micro_batch > 0, in_whole_numbers(noise), node_size);
  if (workers > 0) balance.require_workers(workers);
  try {
    require_accountable(Mechanism{.sampling = sampling, .noise_multiplier = 1.0},
                        claimed_relation());
  } catch (const std::invalid_argument& error) {
    require(false, error.what());
  }
}

}  // namespace assay::dp
