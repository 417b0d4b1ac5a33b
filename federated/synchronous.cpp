#include "federated/synchronous.h"

#include "federated/client.h"
#include "federated/server.h"

namespace assay::federated {
namespace {

class Synchronous final : public System {
 public:
  Rank ranks(Rank clients) const override { return clients + 1; }

  std::variant<Vantage, NotApplicable> vantage(const Role& role, Rank clients) const override {
    switch (role.kind) {
      case Role::Kind::server:
      case Role::Kind::operator_class:
        return Vantage{{kServer}, {}};
      case Role::Kind::client:
        if (role.a < 1 || role.a > clients) {
          return NotApplicable{"clients are numbered 1 to " + std::to_string(clients)};
        }
        return Vantage{{role.a}, {}};
      case Role::Kind::eavesdropper:
        if (role.a != kServer || role.b > clients) {
          return NotApplicable{"links join the server (0) and a client (1 to " +
                               std::to_string(clients) + ")"};
        }
        return Vantage{{}, {{role.a, role.b}}};
      case Role::Kind::outsider:
        return Vantage{};
      case Role::Kind::peer:
        return NotApplicable{"a server stands between the clients"};
      case Role::Kind::party:
      case Role::Kind::dealer:
        return NotApplicable{"there is no secure computation"};
    }
    throw std::logic_error("unreachable role");
  }

  UpdateKind update_kind(const TrainSpec& how) const override {
    return how.local_steps == 1 ? UpdateKind::gradient : UpdateKind::weight_delta;
  }

  Outcome train(const Task& task, Environment& environment) override {
    auto network = environment.network(ranks(static_cast<Rank>(task.clients.size())));
    Outcome outcome;
    network->run([&](Party& party) {
      if (party.rank == kServer) {
        outcome.released = run_server(party, task, environment);
      } else {
        run_client(party, task, environment);
      }
    });
    if (outcome.released) environment.recorder.released(*outcome.released, task.how.rounds);
    outcome.graph = network->graph();
    return outcome;
  }
};

}  // namespace

std::unique_ptr<System> make_synchronous() {
  return std::make_unique<Synchronous>();
}

}  // namespace assay::federated
