#include "dp/system/share_plan.h"

#include <algorithm>
#include <cmath>

namespace assay::dp {
namespace {

/// Of n records with a chance of p each, more than this with a chance below 1e-8 (Chernoff:
/// exp(-t^2 / (2 (m + t / 3))) with t = 6.2 sqrt(m) + 25, and m = n p expected).
std::int64_t room_for(std::int64_t records, double expected) {
  const auto most = std::ceil(expected + 6.2 * std::sqrt(expected) + 25.0);
  return std::min(records, static_cast<std::int64_t>(most));
}

class Planner {
 public:
  Planner(const DpSgdOptions& options, const Topology& topology, const PrivacyPlan& plan)
      : options_(options), topology_(topology), plan_(plan) {
    out_.expected.resize(static_cast<std::size_t>(topology.workers));
    for (std::size_t c = 0; c < plan.records.size(); ++c)
      load(owner(c)) += expected(c);
  }

  SharePlan result() {
    const auto size = options_.balance.domain == TrustDomain::all
                          ? topology_.workers
                          : static_cast<Rank>(options_.node_size);
    for (Rank first = 0; first < topology_.workers; first += size) {
      std::vector<Rank> domain;
      for (Rank w = first; w < std::min(first + size, topology_.workers); ++w)
        domain.push_back(w);
      if (in_whole_numbers(options_.noise))
        move_clients(domain);
      else
        move_records(domain);
    }
    return std::move(out_);
  }

 private:
  double& load(Rank worker) { return out_.expected[static_cast<std::size_t>(worker)]; }
  double speed(Rank worker) const { return options_.balance.speed_of(worker); }
  Rank owner(std::size_t client) const {
    return topology_.worker_of_client(static_cast<Rank>(client) + 1);
  }
  double expected(std::size_t client) const {
    return plan_.sampling[client].expected_batch(plan_.records[client]);
  }

  void move(std::size_t client, Rank to, std::int64_t begin, std::int64_t end) {
    const double moved = expected(client) * static_cast<double>(end - begin) /
                         static_cast<double>(plan_.records[client]);
    out_.shares.push_back({client, owner(client), to, begin, end, room_for(end - begin, moved)});
    load(owner(client)) -= moved;
    load(to) += moved;
  }

  /// The last records of those who have too many, to those who have too few.
  void move_records(const std::vector<Rank>& domain) {
    double all = 0.0, speeds = 0.0;
    for (const auto w : domain) {
      all += load(w);
      speeds += speed(w);
    }
    const auto lacks = [&](Rank w) { return all * speed(w) / speeds - load(w); };
    std::vector<std::int64_t> left = plan_.records;  // of each client, at its owner
    for (const auto from : domain) {
      for (const auto to : domain) {
        for (std::size_t c = plan_.records.size(); c-- > 0;) {
          if (owner(c) != from || to == from) continue;
          const double per_record = expected(c) / static_cast<double>(plan_.records[c]);
          const double want = std::min(-lacks(from), lacks(to)) / per_record;
          const auto count = std::min(left[c], static_cast<std::int64_t>(want));
          if (count < 1) continue;
          move(c, to, left[c] - count, left[c]);
          left[c] -= count;
        }
      }
    }
  }

  void move_clients(const std::vector<Rank>& domain) {
    std::vector<bool> moved(plan_.records.size(), false);
    while (true) {
      std::size_t best = plan_.records.size();
      Rank best_to = 0;
      double gain = 1e-9;
      for (std::size_t c = 0; c < plan_.records.size(); ++c) {
        if (moved[c] || std::find(domain.begin(), domain.end(), owner(c)) == domain.end()) continue;
        for (const auto to : domain) {
          if (to == owner(c)) continue;
          const double before = load(owner(c)) / speed(owner(c));
          const double after = std::max((load(owner(c)) - expected(c)) / speed(owner(c)),
                                        (load(to) + expected(c)) / speed(to));
          if (before - after <= gain * (1.0 + 1e-12)) continue;
          gain = before - after;
          best = c;
          best_to = to;
        }
      }
      if (best == plan_.records.size()) return;
      moved[best] = true;
      move(best, best_to, 0, plan_.records[best]);
    }
  }

  const DpSgdOptions& options_;
  const Topology& topology_;
  const PrivacyPlan& plan_;
  SharePlan out_;
};

}  // namespace

SharePlan plan_shares(const DpSgdOptions& options, const Topology& topology,
                      const PrivacyPlan& plan) {
  return Planner(options, topology, plan).result();
}

}  // namespace assay::dp
