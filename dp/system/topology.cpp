#include "dp/system/topology.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assay::dp {

Topology Topology::of(const DpSgdOptions& options, Rank clients, std::vector<Rank> owners) {
  Topology out{options.workers == 0 ? clients : static_cast<Rank>(options.workers),
               options.has_server(), std::move(owners)};
  options.balance.require_workers(out.workers);
  if (!out.owners.empty() && out.owners.size() != static_cast<std::size_t>(clients)) {
    throw std::invalid_argument(fmt::format(
        "dp_sgd: expected an owner of each of {} clients, got {}", clients, out.owners.size()));
  }
  for (const auto owner : out.owners) {
    if (owner < 0 || owner >= out.workers) {
      throw std::invalid_argument(fmt::format(
          "dp_sgd: expected owners among the workers 0 to {}, got {}", out.workers - 1, owner));
    }
  }
  return out;
}

std::vector<Rank> Topology::worker_ranks() const {
  std::vector<Rank> out;
  for (Rank worker = 0; worker < workers; ++worker)
    out.push_back(rank_of(worker));
  return out;
}

std::vector<std::size_t> Topology::clients_of(Rank worker, std::size_t clients) const {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < clients; ++c) {
    if (worker_of_client(static_cast<Rank>(c) + 1) == worker) out.push_back(c);
  }
  return out;
}

std::variant<Vantage, NotApplicable> vantage_of(const Topology& topology, SumBy sum,
                                                const Role& role, Rank clients) {
  const Rank last = topology.ranks() - 1;
  const auto numbered = [](const char* what, Rank from, Rank to) {
    return NotApplicable{fmt::format("{} are numbered {} to {}", what, from, to)};
  };
  switch (role.kind) {
    case Role::Kind::server:
      if (!topology.server) return NotApplicable{"the workers sum among themselves"};
      return Vantage{{kServer}, {}};
    case Role::Kind::operator_class:
      if (topology.server) return Vantage{{kServer}, {}};
      if (topology.workers == 1) return NotApplicable{"one worker sums nothing for others"};
      return Vantage{{0}, {}};
    case Role::Kind::client:
      if (role.a < 1 || role.a > clients) return numbered("clients", 1, clients);
      return Vantage{{topology.rank_of(topology.worker_of_client(role.a))}, {}};
    case Role::Kind::peer:
      if (topology.server)
        return NotApplicable{
            fmt::format("a server stands between the workers ({})", to_string(sum))};
      if (role.a > last) return numbered("workers", 0, last);
      return Vantage{{role.a}, {}};
    case Role::Kind::eavesdropper:
      if (role.b > last) return numbered("the ends of links", 0, last);
      if (topology.server && role.a != kServer)
        return NotApplicable{"links join the server (0) and a worker"};
      return Vantage{{}, {{role.a, role.b}}};
    case Role::Kind::outsider:
      return Vantage{};
    case Role::Kind::party:
    case Role::Kind::dealer:
      return NotApplicable{"there is no secure computation"};
  }
  throw std::logic_error("unreachable role");
}

}  // namespace assay::dp
