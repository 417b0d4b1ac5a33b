// Trainings that are interrupted: what is charged, what goes on, what is written down.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>

#include <fstream>
#include <mutex>

#include "core/io/atomic_file.h"
#include "core/io/event_log.h"
#include "dp/system/dp_sgd.h"
#include "tests/catch.h"
#include "tests/federated/parameters.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using dp::DpSgdOptions;

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

SmallRun training(const DpSgdOptions& options, const fs::path& folder, std::int64_t every = 1) {
  SmallRun run;
  run.how.rounds = 8;
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  run.checkpoints = {folder, every};
  return run;
}

/// The same, ended by force when rank 0 has taken so many steps.
void run_until(SmallRun run, std::int64_t steps) {
  const double share = (static_cast<double>(steps) - 0.5) / static_cast<double>(run.how.rounds);
  run.progress = [share](double done) {
    if (done > share) throw Interrupted();
  };
  CHECK_THROWS_AS(run.run(), Interrupted);
}

std::int64_t charged(const fs::path& folder, Rank rank = 0) {
  std::int64_t steps = 0;
  for (const auto& event : read_events(folder / ("rank-" + std::to_string(rank)) / "ledger.jsonl"))
    steps += event.at("event") == "step" ? event.value("count", 1) : 0;
  return steps;
}

/// Of the rank that charged most: others may have come one step further when one is ended.
std::int64_t most_charged(const fs::path& folder) {
  std::int64_t most = 0;
  for (Rank rank = 0; rank < 3; ++rank)
    most = std::max(most, charged(folder, rank));
  return most;
}

double outsider(const SmallRun::Result& result) {
  REQUIRE(result.outcome.claims.front().role == "outsider");
  return result.outcome.claims.front().epsilon;
}

TEST_CASE("an interrupted training goes on where it was, with model, optimiser and clip norm",
          "[dp]") {
  // Full batches without noise: nothing is drawn, so that it must be the same to the bit.
  DpSgdOptions options{.noise_multiplier = 0.0, .sampling = dp::Sampling::full};
  options.clipping.clip_norm = 0.3;
  OptimizerOptions optimizer{.lr = 0.5};
  SECTION("plain") {}
  SECTION("momentum") {
    optimizer.momentum = 0.9;
  }
  SECTION("Adam") {
    optimizer = {.kind = OptimizerKind::adam, .lr = 0.05};
  }
  SECTION("adaptive clipping") {
    options.clip_quantile = 0.5;
  }
  SECTION("a server") {
    options.all_reduce = dp::SumBy::parameter_server;
  }
  const TemporaryFolder whole, parts;
  auto uninterrupted = training(options, whole.path());
  uninterrupted.how.optimizer = optimizer;
  auto run = training(options, parts.path(), 2);
  run.how.optimizer = optimizer;
  run_until(run, 5);
  const auto again = run.run().outcome.released->parameters;
  const auto at_once = uninterrupted.run().outcome.released->parameters;
  INFO(to_string(options.all_reduce)
       << ", optimiser " << static_cast<int>(optimizer.kind) << ", momentum " << optimizer.momentum
       << ", off by at most " << largest_difference(again, at_once));
  CHECK(equal(again, at_once));
}

TEST_CASE("steps that are repeated after an interruption are charged again", "[dp]") {
  const TemporaryFolder folder;
  const auto run = training({.noise_multiplier = 1.0}, folder.path(), 3);
  run_until(run, 5);  // the state before step 3 is there: steps 3 and 4 come again
  const auto before = most_charged(folder.path());
  CHECK((before == 5 || before == 6));
  const auto result = run.run();
  CHECK(charged(folder.path()) == before + 5);
  dp::History history;
  history.add(dp::poisson(15.0 / 60.0, 1.0), before + 5);
  CHECK(outsider(result) == dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

TEST_CASE("all ranks are charged for what one of them released", "[dp]") {
  const TemporaryFolder folder;
  const auto run = training({.noise_multiplier = 1.0}, folder.path());
  run_until(run, 4);
  // Rank 2 had sent its part of one step more than the others knew of.
  std::ofstream(folder.path() / "rank-2/ledger.jsonl", std::ios::app) << "{\"event\":\"step\"}\n";
  const auto ahead = most_charged(folder.path());
  run.run();
  for (Rank rank = 0; rank < 3; ++rank)
    CHECK(charged(folder.path(), rank) == ahead + 8 - 3);
}

TEST_CASE("what another rank charged is charged in epochs, and written as one line", "[dp]") {
  const TemporaryFolder folder;
  // 20 records of each client in batches of 5: an epoch of four steps.
  const auto run =
      training({.noise_multiplier = 4.0, .sampling = dp::Sampling::shuffle}, folder.path(), 100);
  run_until(run, 2);
  const auto before = charged(folder.path());
  const auto ledger = [&](Rank rank) {
    return folder.path() / ("rank-" + std::to_string(rank)) / "ledger.jsonl";
  };
  std::ofstream(ledger(2), std::ios::app)
      << "{\"event\":\"step\",\"count\":" << 1001 - charged(folder.path(), 2) << "}\n";
  const auto lines = read_events(ledger(0)).size();
  const auto result = run.run();
  CHECK(before < 10);
  CHECK(charged(folder.path()) == 1001 + 8);
  CHECK(read_events(ledger(0)).size() ==
        lines + 1 + 1 + 8);  // what it takes over, a run, its steps
  dp::History history(dp::Relation::zero_out);
  history.add(dp::shuffled_epoch(4.0), 251 + 2);
  CHECK(outsider(result) == dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

TEST_CASE("numbers of steps that cannot be are refused", "[dp]") {
  const TemporaryFolder folder;
  const auto run = training({.noise_multiplier = 1.0}, folder.path(), 100);
  run_until(run, 2);
  const auto ledger = folder.path() / "rank-1/ledger.jsonl";
  const auto intact = read_text_file(ledger);
  for (const char* count : {"0", "-3", "1.5", "\"4\"", "null", "18446744073709551615",
                            "9223372036854775807", "1000000000000"}) {
    std::ofstream(ledger, std::ios::trunc)
        << intact << "{\"event\":\"step\",\"count\":" << count << "}\n";
    INFO(count);
    CHECK_THROWS_WITH(run.run(),
                      Contains("ledger.jsonl:") && Contains("expected a count of steps"));
  }
}

TEST_CASE("another run never draws what the first one drew, even with its key", "[dp]") {
  const TemporaryFolder folder, other;
  const auto run = training({.noise_multiplier = 1.0}, folder.path(), 100);  // no state in time
  run_until(run, 2);
  const auto again = run.run().outcome.released->parameters;
  const auto first = training({.noise_multiplier = 1.0}, other.path()).run();
  CHECK(!equal(again, first.outcome.released->parameters));
}

TEST_CASE("a shuffled epoch that is begun again is charged again", "[dp]") {
  const TemporaryFolder folder;
  // 20 records of each client in batches of 5: an epoch of four steps.
  const auto run =
      training({.noise_multiplier = 4.0, .sampling = dp::Sampling::shuffle}, folder.path());
  run_until(run, 2);
  const auto result = run.run();  // six steps: two epochs of the new run
  dp::History history(dp::Relation::zero_out);
  history.add(dp::shuffled_epoch(4.0), 3);
  CHECK(outsider(result) == dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

/// Checks at every message of a step that its sender's charge is on the disk.
class ChargedFirst final : public FrameObserver {
 public:
  explicit ChargedFirst(fs::path folder) : folder_(std::move(folder)) {}
  void on_frame(const Receipt& frame) override {
    if (frame.tag().phase != Phase::train) return;
    const auto steps = charged(folder_, frame.from());
    const std::lock_guard lock(mutex_);
    ++frames_;
    if (steps <= static_cast<std::int64_t>(frame.tag().sequence)) ++too_early_;
  }
  int frames() const { return frames_; }
  int too_early() const { return too_early_; }

 private:
  fs::path folder_;
  std::mutex mutex_;
  int frames_ = 0, too_early_ = 0;
};

TEST_CASE("a step is on the disk before anything of it leaves a rank", "[dp]") {
  const TemporaryFolder folder;
  ChargedFirst observer(folder.path());
  auto run = training({.noise_multiplier = 1.0}, folder.path());
  run.observer = &observer;
  run.run();
  CHECK(observer.frames() == 8 * 3 * 4);
  CHECK(observer.too_early() == 0);
}

TEST_CASE("no key is ever stored", "[dp]") {
  const TemporaryFolder folder;
  const auto run = training({.noise_multiplier = 1.0}, folder.path());
  run_until(run, 5);
  const auto key = derive_key("test", {run.key});
  const auto run_key = derive_key(key.bytes(), {"dp_sgd", "run", "1"});
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto text = read_text_file(entry.path());
    for (const auto* secret : {&key, &run_key}) {
      const std::string_view bytes(reinterpret_cast<const char*>(secret->bytes().data()),
                                   secret->bytes().size());
      CHECK(text.find(bytes) == std::string::npos);
    }
  }
  CHECK(files == 3 * 3);  // of each rank the ledger and two states
}

TEST_CASE("another training's ledger is refused", "[dp]") {
  const TemporaryFolder folder;
  run_until(training({.noise_multiplier = 1.0}, folder.path()), 3);
  CHECK_THROWS_WITH(training({.noise_multiplier = 1.1}, folder.path()).run(),
                    Contains("expected the ledger of this training"));
}

TEST_CASE("a damaged ledger is refused with its line", "[dp]") {
  const TemporaryFolder folder;
  const auto run = training({.noise_multiplier = 1.0}, folder.path());
  run_until(run, 3);
  const auto file = folder.path() / "rank-0/ledger.jsonl";
  auto text = read_text_file(file);
  text[text.size() / 2] = '\n';
  std::ofstream(file, std::ios::trunc) << text;
  CHECK_THROWS_WITH(run.run(), Contains("ledger.jsonl:"));
}

}  // namespace
}  // namespace assay
