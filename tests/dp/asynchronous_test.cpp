// Asynchronous private training: what is applied, what is charged, who may be lost.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <set>

#include "core/cost/meter.h"
#include "core/io/event_log.h"
#include "core/update/update.h"
#include "dp/gradients/clipped_gradient.h"
#include "dp/system/asynchronous/messages.h"
#include "dp/system/dp_sgd.h"
#include "dp/system/training.h"
#include "tests/catch.h"
#include "tests/federated/parameters.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::DpSgdOptions;

DpSgdOptions asynchronous(double noise = 1.0) {
  return {
      .all_reduce = dp::SumBy::parameter_server, .asynchronous = true, .noise_multiplier = noise};
}

SmallRun with(const DpSgdOptions& options, std::int64_t clients = 4) {
  SmallRun run;
  run.clients = clients;
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  run.how.rounds = 20;
  return run;
}

/// How often each worker pushed, whether it was applied, rejected or too late.
std::vector<std::int64_t> pushes_of(const MessageGraph& graph, Rank workers) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(workers), 0);
  for (const auto& message : graph.messages) {
    if (message.to == 0 && message.phase == Phase::train)
      ++out[static_cast<std::size_t>(message.from) - 1];
  }
  return out;
}

double epsilon_of(std::int64_t steps, double rate, double noise = 1.0) {
  dp::History history;
  history.add(dp::poisson(rate, noise), steps);
  return dp::epsilon_by(dp::Accountant::pld, history, 1e-5);
}

TEST_CASE("asynchronous: every worker is charged what it pushed, and claims are the worst one's",
          "[dp]") {
  const auto run = with(asynchronous());  // 60 records, batches of 5 of 4 clients: 1/3
  const auto outcome = run.run().outcome;
  const auto pushes = pushes_of(outcome.graph, 4);
  const auto most = *std::max_element(pushes.begin(), pushes.end());
  CHECK(std::accumulate(pushes.begin(), pushes.end(), std::int64_t{0}) >= 20);
  CHECK(outcome.ranks.front().applied_pushes == 20);
  CHECK(outcome.ranks.front().rejected_pushes == 0);
  std::set<std::string> roles;
  for (const auto& claim : outcome.claims) {
    INFO(claim.role);
    roles.insert(claim.role);
    CHECK(claim.epsilon == epsilon_of(most, 20.0 / 60.0));
    CHECK(claim.noise_multiplier == 1.0);  // in every push, whoever looks
  }
  CHECK((roles == std::set<std::string>{"outsider", "worker", "server"}));
}

TEST_CASE("asynchronous: a rejected push is charged as any", "[dp]") {
  // Four workers of one speed are three updates behind: at a bound of one most are rejected.
  auto options = asynchronous();
  options.max_staleness = 1;
  const auto outcome = with(options).run().outcome;
  const auto pushes = pushes_of(outcome.graph, 4);
  const auto all = std::accumulate(pushes.begin(), pushes.end(), std::int64_t{0});
  const auto most = *std::max_element(pushes.begin(), pushes.end());
  CHECK(all > 30);  // for 20 updates
  const auto& server = outcome.ranks.front();
  CHECK(server.applied_pushes == 20);
  CHECK(server.rejected_pushes > 10);
  CHECK(server.applied_pushes + server.rejected_pushes <= all);
  CHECK(server.applied_pushes + server.rejected_pushes >= all - 4);  // others came after the end
  const double claimed = outcome.claims.front().epsilon;
  CHECK(claimed == epsilon_of(most, 20.0 / 60.0));
  // What it would say if a worker's applied pushes alone were counted: it had 10 of 20 at most.
  CHECK(most > 10);
  CHECK(claimed > epsilon_of(10, 20.0 / 60.0));
}

TEST_CASE("asynchronous: the same key gives the same training, whatever the threads do", "[dp]") {
  const auto run = with(asynchronous());
  const auto once = run.run().outcome;
  for (int again = 0; again < 3; ++again) {
    const auto more = run.run().outcome;
    CHECK(equal(more.released->parameters, once.released->parameters));
    CHECK((pushes_of(more.graph, 4) == pushes_of(once.graph, 4)));
  }
}

TEST_CASE("asynchronous: two workers of one speed, by hand", "[dp]") {
  // Push k, of worker k mod 2, was computed from the model after k - 1 updates.
  auto options = asynchronous(0.0);
  options.sampling = dp::Sampling::full;
  options.clipping.clip_norm = 0.2;
  auto run = with(options, 2);
  run.how.rounds = 7;
  const auto data = run.data();
  const auto split = run.split();
  auto stream = Stream(3).child("weights");
  std::vector<Parameters> models = {initial_parameters(run.model, stream)};
  const dp::ClippedGradient gradient(run.model, run.how.loss, options.clipping);
  for (std::int64_t k = 0; k < 7; ++k) {
    const auto& seen = models[static_cast<std::size_t>(std::max<std::int64_t>(0, k - 1))];
    const auto own = data.subset(split[static_cast<std::size_t>(k % 2)]);
    const auto sum = gradient(seen, own.inputs, own.labels).sum;
    auto next = models.back();
    for (std::size_t i = 0; i < next.size(); ++i)
      next[i] = next[i] - sum[i] * (run.how.optimizer.lr / 30.0);
    models.push_back(std::move(next));
  }
  const auto trained = run.run().outcome.released->parameters;
  for (std::size_t i = 0; i < trained.size(); ++i)
    CHECK(at::allclose(trained[i], models.back()[i], 1e-5, 1e-7));
}

TEST_CASE("asynchronous: every push carries all of the noise, of its own stream", "[dp]") {
  // Probes without records: 4 workers at 20 steps show 59 coordinates of noise each, 4,720 in all.
  // Their variance is sigma^2 C^2 within 10 % (false alarm 1e-6).
  auto options = asynchronous(2.0);
  options.noise = dp::NoiseLaw::gaussian;
  options.clipping.clip_norm = 0.5;
  auto run = with(options);
  run.roles = {{"server", "server"}, {"client", "client:2"}, {"outside", "outsider"}};
  for (std::int64_t step = 0; step < 20; ++step)
    run.probes.push_back({.probe = "p", .step = step, .contributions = {}});
  const auto result = run.run();
  double squares = 0.0;
  std::int64_t count = 0;
  std::set<float> seen;
  for (const auto& o : result.views.at("server").observations) {
    if (o.kind() != ObservationKind::client_update) continue;
    const auto flat = flatten(o.update().values);
    squares += flat.square().sum().item<double>();
    count += flat.numel();
    seen.insert(flat[0].item<float>());
  }
  CHECK(seen.size() == 80);
  CHECK(squares / static_cast<double>(count) == Approx(1.0).margin(0.1));
  // A worker sees models, what they show together, and its own push: nobody else's alone.
  for (const auto& o : result.views.at("client").observations)
    CHECK((o.kind() == ObservationKind::global_model || o.kind() == ObservationKind::own_update ||
           o.kind() == ObservationKind::aggregate || o.kind() == ObservationKind::released_model));
}

TEST_CASE("asynchronous: the server sees each worker's part of a probe; training goes on as it was",
          "[dp]") {
  auto run = with(asynchronous(0.0));
  const auto undisturbed = run.run().outcome.released->parameters;
  run.roles = {{"server", "server"}};
  run.probes = {
      {.probe = "p", .step = 5, .contributions = {{.client = 2, .records = {1}, .victim = 7}}}};
  auto result = run.run();
  std::int64_t updates = 0;
  for (const auto& o : result.views.at("server").observations)
    updates += o.kind() == ObservationKind::client_update;
  CHECK(updates == 4);
  CHECK(result.victims.size() == 1);
  // Waiting for the probe changes who comes first, but every worker's draws stay as they were.
  CHECK(result.outcome.released->parameters.size() == undisturbed.size());
  run.probes[0].step = 20;
  result = run.run();  // after the last update
  CHECK(result.victims.size() == 1);
}

TEST_CASE("asynchronous: noise for an epsilon is found for the most that a worker may push",
          "[dp]") {
  auto options = asynchronous();
  options.noise_multiplier.reset();
  options.epsilon = 3.0;
  const auto outcome = with(options).run().outcome;  // 20 updates by 4: at most 10 pushes each
  const double sigma = outcome.claims.front().noise_multiplier;
  CHECK(epsilon_of(10, 20.0 / 60.0, sigma) <= 3.0);
  CHECK(epsilon_of(10, 20.0 / 60.0, sigma) > 2.9);
  CHECK(outcome.claims.front().epsilon <= 3.0);

  options.max_pushes = 2;  // spent before the training is over
  const auto spent = with(options).run().outcome;
  CHECK((pushes_of(spent.graph, 4) == std::vector<std::int64_t>{2, 2, 2, 2}));
  CHECK(spent.claims.front().epsilon <= 3.0);
  CHECK(spent.claims.front().epsilon > 2.9);
}

/// Runs the ranks of an asynchronous training of 3 workers, but for those that the test plays.
class Played {
 public:
  explicit Played(DpSgdOptions options) : run_(with(options, 3)), options_(options) {}

  using Body = std::function<void(Party&, const dp::Setup&)>;
  std::vector<std::optional<dp::RankOutcome>> with_bodies(std::map<Rank, Body> played) {
    const auto data = run_.data();
    const Task task{data, run_.split(), run_.model, run_.how, {}, no_defense};
    const auto setup = dp::make_setup(options_, task);
    Recorder recorder({}, {}, LinkMode::tls);
    Witness witness;
    Environment environment{.stream = Stream(3),
                            .protocol_key = derive_key("test", {"played"}),
                            .network = nullptr,
                            .recorder = recorder,
                            .witness = witness};
    auto network = make_sim_network(4, {.profile = link_profile("lan")});
    std::vector<std::optional<dp::RankOutcome>> out(4);
    network->run([&](Party& party) {
      if (const auto found = played.find(party.rank); found != played.end()) {
        found->second(party, setup);
      } else {
        out[static_cast<std::size_t>(party.rank)] = dp::run_rank(party, task, environment, setup);
      }
    });
    return out;
  }

 private:
  SmallRun run_;
  DpSgdOptions options_;
};

/// A worker's side by hand: says hello, and pushes nothing but zeros, so many times.
void push_zeros(Party& party, const dp::Setup& setup, std::uint64_t times,
                std::int64_t version_ahead = 0) {
  party.wire.send(0, {Phase::setup, "hello", 0}, dp::encode_hello(0));
  for (std::uint64_t k = 0; k < times; ++k) {
    const auto order = dp::decode_order(
        party.wire.wait(party.wire.receive(0, {Phase::train, "model", k}, dp::order_bytes(setup))),
        setup);
    party.clock.work(1e-7, Phase::train);
    party.wire.send(
        0, {Phase::train, "push", k},
        dp::encode({order.version + version_ahead, at::zeros({setup.coordinates}, at::kFloat)}));
  }
}

TEST_CASE("asynchronous: a worker is lost and the others go on; it is charged one push more",
          "[dp]") {
  Played training(asynchronous());
  const auto ranks = training.with_bodies(
      {{2, [](Party& party, const dp::Setup& setup) { push_zeros(party, setup, 3); }}});
  REQUIRE(ranks[0]);
  std::int64_t least = 1000;
  for (const auto& history : ranks[0]->histories)
    least = std::min(least, history.entries().front().count);
  CHECK(least == 4);  // three, and the one that may have been on its way
  CHECK(ranks[0]->histories.size() >= 2);
  CHECK(ranks[1]->histories.front().entries().front().count > 4);
  CHECK(equal(ranks[1]->model.parameters, ranks[0]->model.parameters));
  CHECK(equal(ranks[3]->model.parameters, ranks[0]->model.parameters));
}

TEST_CASE("asynchronous: without any worker there is nothing to go on with", "[dp]") {
  Played training(asynchronous());
  const auto leave = [](Party& party, const dp::Setup& setup) { push_zeros(party, setup, 1); };
  CHECK_THROWS_WITH(training.with_bodies({{1, leave}, {2, leave}, {3, leave}}),
                    Contains("every worker is lost"));
}

TEST_CASE("asynchronous: a worker that claims to have charged more than can be is refused",
          "[dp]") {
  Played training(asynchronous());
  const auto boast = [](Party& party, const dp::Setup&) {
    party.wire.send(0, {Phase::setup, "hello", 0},
                    dp::encode_hello(std::numeric_limits<std::int64_t>::max()));
  };
  CHECK_THROWS_WITH(training.with_bodies({{2, boast}}), Contains("expected at most 1000000000000"));
}

TEST_CASE("asynchronous: pushes that cannot be are refused with their sender", "[dp]") {
  Played training(asynchronous());
  CHECK_THROWS_WITH(
      training.with_bodies(
          {{2, [](Party& party, const dp::Setup& setup) { push_zeros(party, setup, 1, 100); }}}),
      Contains("rank 2") && Contains("train/push#0") && Contains("expected a model up to version"));
  CHECK_THROWS_WITH(training.with_bodies({{3,
                                           [](Party& party, const dp::Setup& setup) {
                                             push_zeros(party, setup, 0);
                                             party.wire.send(0, {Phase::train, "push", 0},
                                                             Bytes(11));
                                           }}}),
                    Contains("rank 3") && Contains("got 11"));
}

TEST_CASE("asynchronous: a worker pushes no more than was agreed, whatever the server asks",
          "[dp]") {
  auto options = asynchronous();
  options.max_pushes = 3;
  Played training(options);
  const auto greedy = [](Party& party, const dp::Setup& setup) {
    const auto model = dp::encode(dp::Order{.weights = at::zeros({setup.coordinates}, at::kFloat)});
    for (Rank worker = 1; worker < 4; ++worker)
      party.wire.wait(party.wire.receive(worker, {Phase::setup, "hello", 0}, 64));
    for (std::uint64_t k = 0; k < 4; ++k) {
      for (Rank worker = 1; worker < 4; ++worker)
        party.wire.send(worker, {Phase::train, "model", k}, model);
    }
  };
  CHECK_THROWS_WITH(training.with_bodies({{0, greedy}}), Contains("after the 3 that were agreed"));
}

std::int64_t charged(const std::filesystem::path& ledger) {
  std::int64_t steps = 0;
  for (const auto& event : read_events(ledger))
    steps += event.at("event") == "step" ? event.value("count", 1) : 0;
  return steps;
}

TEST_CASE("asynchronous: an interrupted training goes on, and nothing that was pushed is forgotten",
          "[dp]") {
  const TemporaryFolder folder;
  auto run = with(asynchronous(), 3);
  run.checkpoints = {folder.path(), 3};
  auto interrupted = run;
  interrupted.progress = [](double done) {
    if (done > 0.5) throw std::runtime_error("interrupted");
  };
  CHECK_THROWS_WITH(interrupted.run(), "interrupted");
  std::vector<std::int64_t> before;
  for (Rank worker = 0; worker < 3; ++worker)
    before.push_back(charged(folder.path() / fmt::format("rank-{}/ledger.jsonl", worker + 1)));

  // One worker's ledger is lost with its disk: the server remembers.
  std::filesystem::remove_all(folder.path() / "rank-2");
  const auto seen = charged(folder.path() / "rank-0/ledger-of-1.jsonl");
  CHECK(seen >= before[1] - 1);
  const auto outcome = run.run().outcome;
  const auto pushes = pushes_of(outcome.graph, 3);
  std::int64_t most = 0;
  for (std::size_t worker = 0; worker < 3; ++worker) {
    const auto start = worker == 1 ? seen : before[worker];
    most = std::max(most, start + pushes[worker]);
    const auto number = std::to_string(worker);
    CHECK(charged(folder.path() / fmt::format("rank-{}/ledger.jsonl", worker + 1)) ==
          start + pushes[worker]);
    CHECK(charged(folder.path() / ("rank-0/ledger-of-" + number + ".jsonl")) ==
          start + pushes[worker]);
  }
  // Versions 0 to 9 were saved; the second run made the other 11 updates alone.
  CHECK(std::accumulate(pushes.begin(), pushes.end(), std::int64_t{0}) < 20);
  CHECK(outcome.claims.front().epsilon == epsilon_of(most, 15.0 / 60.0));
}

/// Checks at every push that its worker's charge is on the disk.
class ChargedFirst final : public FrameObserver {
 public:
  explicit ChargedFirst(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void on_frame(const Receipt& frame) override {
    if (frame.to() != 0 || frame.tag().phase != Phase::train) return;
    const auto steps = charged(folder_ / fmt::format("rank-{}/ledger.jsonl", frame.from()));
    const std::lock_guard lock(mutex_);
    ++frames_;
    if (steps <= static_cast<std::int64_t>(frame.tag().sequence)) ++too_early_;
  }
  int frames() const { return frames_; }
  int too_early() const { return too_early_; }

 private:
  std::filesystem::path folder_;
  std::mutex mutex_;
  int frames_ = 0, too_early_ = 0;
};

TEST_CASE("asynchronous: a push is on the disk before it leaves its worker", "[dp]") {
  const TemporaryFolder folder;
  ChargedFirst observer(folder.path());
  auto run = with(asynchronous(), 3);
  run.checkpoints = {folder.path(), 5};
  run.observer = &observer;
  run.run();
  CHECK(observer.frames() >= 20);
  CHECK(observer.too_early() == 0);
}

TEST_CASE("asynchronous: what does not fit together is refused", "[dp]") {
  const auto refused = [](DpSgdOptions options, const char* why) {
    CHECK_THROWS_WITH(options.validate(), Contains(why));
  };
  auto options = asynchronous();
  options.all_reduce = dp::SumBy::ring;
  refused(options, "parameter_server beside asynchronous");
  options = asynchronous();
  options.placement = dp::NoisePlacement::one_rank;
  refused(options, "carries all of its noise");
  options = asynchronous();
  options.clip_quantile = 0.5;
  refused(options, "clip norm that stays");
  options = asynchronous();
  options.asynchronous = false;
  options.max_staleness = 3;
  refused(options, "beside asynchronous only");
  CHECK_THROWS_WITH(with(asynchronous(), 1).run(), Contains("2 or more workers"));
  options = asynchronous();
  options.workers = 5;
  CHECK_THROWS_WITH(with(options, 4).run(), Contains("got none for worker 4"));
}

}  // namespace
}  // namespace assay
