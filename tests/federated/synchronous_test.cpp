#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include <cstring>
#include <fstream>

#include "core/cost/meter.h"
#include "core/io/atomic_file.h"
#include "core/training/batches.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "core/view/archive.h"
#include "defenses/gaussian_noise.h"
#include "tests/catch.h"
#include "tests/federated/run_system.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

Parameters initial_of(const SmallRun& run) {
  auto stream = Stream(3).child("weights");
  return initial_parameters(run.model, stream);
}
std::vector<Batches> batches_of(const SmallRun& run) {
  std::vector<Batches> out;
  for (Rank c = 1; c <= run.clients; ++c) {
    out.emplace_back(run.split()[static_cast<std::size_t>(c) - 1], run.how.batch,
                     Stream(3).child("order", c));
  }
  return out;
}
void check_close(const Parameters& a, const Parameters& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(at::allclose(a[i], b[i], 1e-4, 1e-6));
}
void check_equal(const Parameters& a, const Parameters& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(at::equal(a[i], b[i]));
}

TEST_CASE("FedSGD over the wire is SGD on the union of the clients' batches") {
  SmallRun run;
  run.how.optimizer.momentum = 0.9;
  check_close(run.run().outcome.released->parameters, run.trained_in_clear());
}

TEST_CASE("a training starts from weights that are given, and leaves them as they are") {
  SmallRun run;
  auto stream = Stream(11).child("elsewhere");
  run.start = initial_parameters(run.model, stream);
  auto same_stream = Stream(11).child("elsewhere");
  const auto before = initial_parameters(run.model, same_stream);
  check_close(run.run().outcome.released->parameters, run.trained_in_clear());
  check_equal(run.start, before);
}

TEST_CASE("FedAvg adds the clients' mean change, weighted by their records") {
  SmallRun run;
  run.how.local_steps = 3;
  run.how.rounds = 2;
  run.records = 40;  // 14, 13, 13 records: batches of 5, so that weights differ
  run.how.batch = 20;
  const auto data = run.data();
  auto w = initial_of(run);
  auto batches = batches_of(run);
  for (std::int64_t r = 0; r < run.how.rounds; ++r) {
    Parameters sum;
    double total = 0;
    for (std::size_t c = 0; c < batches.size(); ++c) {
      auto local = w;
      for (std::int64_t k = 0; k < run.how.local_steps; ++k) {
        const auto batch = data.subset(batches[c].next());
        const auto g =
            loss_and_gradient(run.model, local, Loss::cross_entropy, batch.inputs, batch.labels)
                .gradient;
        for (std::size_t i = 0; i < local.size(); ++i)
          local[i] = local[i] - run.how.optimizer.lr * g[i];
      }
      const double weight = static_cast<double>(run.split()[c].size());
      total += weight;
      for (std::size_t i = 0; i < local.size(); ++i) {
        if (sum.size() <= i)
          sum.push_back(weight * (local[i] - w[i]));
        else
          sum[i] = sum[i] + weight * (local[i] - w[i]);
      }
    }
    for (std::size_t i = 0; i < w.size(); ++i)
      w[i] = w[i] + sum[i] / total;
  }
  check_close(run.run().outcome.released->parameters, w);
}

TEST_CASE("a round costs one model to and one update from every client") {
  SmallRun run;
  const auto costs = costs_of(run.run().outcome.graph);
  const auto message = 8 + 4 * parameter_count(run.model);
  CHECK(costs.total.messages == run.how.rounds * run.clients * 2);
  CHECK(costs.total.bytes == run.how.rounds * run.clients * 2 * message);
  CHECK(costs.total.rounds == 2 * run.how.rounds);
}

/// Client c's first two records, in one round at step 1.
std::vector<ProbeRound> one_probe() {
  return {{"p", 1, {{1, {0, 3}, 0, true}, {2, {1, 4}, 1, true}, {3, {2, 5}, 2, true}}}};
}

SmallRun probed() {
  SmallRun run;
  run.probes = one_probe();
  run.roles = {{"server", "server"},
               {"client:1", "client:1"},
               {"coalition", "client:1+client:2"},
               {"tap", "eavesdropper:0-2"},
               {"outsider", "outsider"}};
  return run;
}

using Counts = std::map<std::string, int>;
Counts kinds(const View& view) {
  Counts counts;
  for (const auto& o : view.observations)
    ++counts[to_string(o.kind())];
  return counts;
}
const Observation& first(const View& view, ObservationKind kind) {
  for (const auto& o : view.observations) {
    if (o.kind() == kind) return o;
  }
  throw std::runtime_error("no such observation");
}

TEST_CASE("each role sees what its seat shows, and no more") {
  const auto result = probed().run();
  CHECK(kinds(result.views.at("server")) ==
        Counts{{"client_update", 3}, {"aggregate", 1}, {"global_model", 1}, {"released_model", 1}});
  CHECK(kinds(result.views.at("client:1")) ==
        Counts{{"aggregate", 1}, {"global_model", 1}, {"own_update", 1}, {"released_model", 1}});
  CHECK(kinds(result.views.at("coalition")) ==
        Counts{{"aggregate", 1}, {"global_model", 1}, {"own_update", 2}, {"released_model", 1}});
  CHECK(kinds(result.views.at("outsider")) == Counts{{"released_model", 1}});
  // On TLS: sizes and times of every frame (4 rounds and a probe with a third message), and the
  // release.
  CHECK(kinds(result.views.at("tap")) == Counts{{"traffic", 11}, {"released_model", 1}});

  auto clear = probed();
  clear.mode = LinkMode::clear;
  CHECK(kinds(clear.run().views.at("tap")) == Counts{{"client_update", 1},
                                                     {"aggregate", 1},
                                                     {"global_model", 1},
                                                     {"traffic", 11},
                                                     {"released_model", 1}});
}

TEST_CASE("what is seen is what was sent, and the truth lies apart") {
  const auto run = probed();
  const auto result = run.run();
  const auto& server = result.views.at("server");
  REQUIRE(result.victims.size() == 3);
  const auto& model = first(server, ObservationKind::global_model).update().values;
  for (const auto& o : server.observations) {
    if (o.kind() != ObservationKind::client_update) continue;
    REQUIRE(o.victims().size() == 1);
    const auto& victim = result.victims[static_cast<std::size_t>(o.victims()[0])];
    CHECK(victim.owner == o.from());
    CHECK(o.update().examples == 2);
    check_equal(o.update().values, loss_and_gradient(run.model, model, Loss::cross_entropy,
                                                     victim.inputs, victim.labels)
                                       .gradient);
  }
  const auto& aggregate = first(result.views.at("client:1"), ObservationKind::aggregate);
  CHECK(aggregate.participants() == 3);
  CHECK(aggregate.victims() == std::vector<VictimId>{0, 1, 2});
  const auto all = run.data().subset(std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
  check_close(
      aggregate.update().values,
      loss_and_gradient(run.model, model, Loss::cross_entropy, all.inputs, all.labels).gradient);
}

TEST_CASE("probes leave the training as it was") {
  auto with = probed();
  with.defense = [](const ModelSpec& spec) {
    return defenses::gaussian_noise(spec, {.stddev = 0.1});
  };
  auto without = with;
  without.probes.clear();
  check_equal(with.run().outcome.released->parameters, without.run().outcome.released->parameters);
}

TEST_CASE("a repeatable run repeats to the bit, and another cell's noise differs") {
  auto run = probed();
  run.defense = [](const ModelSpec& spec) {
    return defenses::gaussian_noise(spec, {.stddev = 0.1});
  };
  const auto a = run.run(), b = run.run();
  check_equal(a.outcome.released->parameters, b.outcome.released->parameters);
  for (const auto& [role, view] : a.views) {
    const TemporaryFolder folder;
    ViewArchive::save(view, folder.path() / "a");
    ViewArchive::save(b.views.at(role), folder.path() / "b");
    CHECK(read_text_file(folder.path() / "a") == read_text_file(folder.path() / "b"));
  }
  run.key = "another cell";
  CHECK(!at::equal(run.run().outcome.released->parameters[0], a.outcome.released->parameters[0]));
}

TEST_CASE("a victim's mark is found on a clear link, and nowhere in a TLS tapper's view") {
  // The mark: 32 bytes out of the middle of the client's own encoded update, looked for in the
  // stored view.
  for (auto mode : {LinkMode::clear, LinkMode::tls}) {
    auto run = probed();
    run.mode = mode;
    run.roles["victim"] = "client:2";
    const auto result = run.run();
    const auto& own = first(result.views.at("victim"), ObservationKind::own_update);
    const auto message = encode_dense(own.update());
    const std::string mark(reinterpret_cast<const char*>(message.data()) + 100, 32);
    const TemporaryFolder folder;
    auto view = result.views.at("tap");
    std::erase_if(view.observations,
                  [](const auto& o) { return o.kind() == ObservationKind::released_model; });
    ViewArchive::save(view, folder.path() / "view");
    const auto bytes = read_text_file(folder.path() / "view");
    CHECK((bytes.find(mark) != std::string::npos) == (mode == LinkMode::clear));
  }
}

TEST_CASE("a view survives its file") {
  const auto views = probed().run().views;
  for (const auto& [role, view] : views) {
    const TemporaryFolder folder;
    ViewArchive::save(view, folder.path() / "v");
    const auto back = ViewArchive::load(folder.path() / "v");
    CHECK(back.role == view.role);
    CHECK((back.context.model == view.context.model));
    REQUIRE(back.observations.size() == view.observations.size());
    for (std::size_t i = 0; i < view.observations.size(); ++i) {
      const auto &a = view.observations[i], &b = back.observations[i];
      CHECK(a.id() == b.id());
      CHECK(a.kind() == b.kind());
      CHECK((a.occasion() == b.occasion()));
      CHECK(a.victims() == b.victims());
      CHECK(a.wire_bytes() == b.wire_bytes());
      check_equal(a.update().values, b.update().values);
    }
    auto text = read_text_file(folder.path() / "v");
    for (std::size_t size = 0; size < text.size(); size += 97) {
      write_file_atomically(folder.path() / "cut", std::string_view(text).substr(0, size));
      CHECK_THROWS_AS(ViewArchive::load(folder.path() / "cut"), std::invalid_argument);
    }
  }
}

TEST_CASE("a threat gets the kinds it sees and the facts it knows") {
  const auto server = probed().run().views.at("server");
  const auto cut = restrict_view(server, {ObservationKind::client_update}, {});
  CHECK(kinds(cut) == Counts{{"client_update", 3}});
  CHECK(!cut.context.model);
  CHECK(!cut.context.train);
  CHECK(restrict_view(server, {}, {Knowledge::architecture}).context.model);
}

TEST_CASE("roles that a system does not have are named with a reason") {
  const auto system = federated::make_synchronous();
  auto exists = [&](const char* role) {
    return std::holds_alternative<Vantage>(system->vantage(parse_coalition(role)[0], 3));
  };
  for (const auto* role :
       {"server", "operator", "client:1", "client:3", "eavesdropper:0-3", "outsider"})
    CHECK(exists(role));
  for (const auto* role : {"client:0", "client:4", "eavesdropper:1-2", "eavesdropper:0-4", "peer:0",
                           "party:1", "dealer"}) {
    CHECK(!exists(role));
  }
}

/// A client that lies about how many records it used.
class Liar final : public Defense {
 public:
  explicit Liar(const ModelSpec& spec, std::int64_t claim)
      : honest_(no_defense(spec)), claim_(claim) {}
  Message apply(const Update& update, const LocalStep& own) override {
    auto lie = update;
    lie.examples = claim_;
    return honest_->apply(lie, own);
  }
  Update decode(const Message& message) const override { return honest_->decode(message); }
  const PublicDescription& describe() const override { return honest_->describe(); }
  std::int64_t max_message_bytes() const override { return honest_->max_message_bytes(); }
  std::unique_ptr<Defense> clone() const override { throw std::logic_error("unused"); }

 private:
  std::unique_ptr<Defense> honest_;
  std::int64_t claim_;
};

TEST_CASE("an update that claims impossible weights ends the run with its rank and label") {
  for (std::int64_t claim : {std::int64_t{0}, std::int64_t{-5}, std::int64_t{1} << 60}) {
    SmallRun run;
    run.defense = [claim](const ModelSpec& spec) { return std::make_unique<Liar>(spec, claim); };
    CHECK_THROWS_WITH(run.run(), Catch::Matchers::Contains("client_update#0 from rank 1"));
  }
}

}  // namespace
}  // namespace assay
