#include <algorithm>
#include <mutex>

#include "mpc/functions/arithmetic.h"
#include "mpc/words.h"
#include "mpc/workloads/workload.h"
#include "tests/catch.h"
#include "tests/mpc/security/run.h"

// Over a whole step of training, no part of a key stream is given out twice, and every mask opens
// one value.

namespace assay::mpc::security {
namespace {

using additive::Dealt;
using additive::Group;
using additive::flawed::Given;
using additive::flawed::Wrap;

/// What providers gave out, at all ranks.
struct GivenOut {
  std::mutex mutex;
  /// Every word that a rank took from a key stream: its shares of masks and of dealt values. Party
  /// 0's share of a dealt value is what the others' leave, and not from a stream.
  std::vector<std::uint64_t> words;
  std::vector<std::int64_t> masks;   ///< sizes, in their order, at rank 1
  std::vector<std::int64_t> inputs;  ///< sizes of the masks of inputs
};

class Watched final : public additive::flawed::Passing {
 public:
  Watched(Given right, Rank rank, GivenOut& out)
      : Passing(std::move(right)), rank_(rank), out_(out) {}

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    const auto drawn = Passing::draw(group, sizes);
    take(drawn.share);
    if (rank_ == 1) out_.masks.push_back(drawn.share.numel());
    return drawn;
  }
  Dealt draw_for(int owner, at::IntArrayRef sizes) override {
    const auto drawn = Passing::draw_for(owner, sizes);
    if (owner == rank_) take(drawn.share);
    if (rank_ == 1) out_.inputs.push_back(drawn.share.numel());
    return drawn;
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    const auto share = Passing::deal(group, sizes, value);
    if (rank_ != 0) take(share);
    return share;
  }

 private:
  void take(const at::Tensor& share) {
    const std::lock_guard lock(out_.mutex);
    const auto all = words(share);
    out_.words.insert(out_.words.end(), all.begin(), all.end());
  }

  Rank rank_;
  GivenOut& out_;
};

const Workload& workload(const std::string& name) {
  for (const auto& one : workloads()) {
    if (one.name == name) return one;
  }
  throw std::logic_error("no workload is called " + name);
}

struct Step {
  std::vector<std::uint64_t> words;
  std::vector<std::int64_t> masks, inputs, masked_openings, input_openings;
};

/// A step of training among 3 parties, on 4 examples.
Step step_of(const std::string& name, Dealer dealer, const Wrap& flaw = {}) {
  GivenOut out;
  Stream stream(5);
  const auto& work = workload(name);
  const auto inputs = work.inputs(4, stream);
  Setting setting{.dealer = dealer};
  setting.wrap = [&](Given right, Rank rank) -> Given {
    if (rank >= setting.parties) return right;
    if (flaw) right = flaw(std::move(right), rank);
    return std::make_unique<Watched>(std::move(right), rank, out);
  };
  const auto program = [&](Protocol& p, additive::Session*) {
    std::vector<Secret> secrets;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      secrets.push_back(input_real(p, static_cast<Rank>(i) % p.parties(), inputs[i]));
    work.run(p, secrets);
  };
  Step step;
  for (const auto& frame : frames_of(setting, program)) {
    if (frame.tag.phase != Phase::train || frame.to != (frame.from + 1) % setting.parties) continue;
    const auto size = static_cast<std::int64_t>(frame.words().size());
    if (frame.tag.op == "input")
      step.input_openings.push_back(size);
    else if (frame.from == 0)
      step.masked_openings.push_back(size);
  }
  std::sort(out.words.begin(), out.words.end());
  step.words = std::move(out.words);
  step.masks = std::move(out.masks);
  step.inputs = std::move(out.inputs);
  return step;
}

bool has_twins(const std::vector<std::uint64_t>& sorted) {
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

}  // namespace

// AES-CTR gives one block for each (key, counter), and two blocks of distinct ones are equal with a
// chance of 2^-128: a counter that is used twice shows as words that are given out twice. Among N
// right words of 64 bits two are equal with a chance of N^2 / 2^65, here 10^-6 at most.
TEST_CASE("no (key, counter) is used twice in a step of training", "[mpc][security]") {
  for (const std::string name : {"logreg-train", "mlp-train", "lenet-train"}) {
    for (const auto dealer : kDealers) {
      const auto step = step_of(name, dealer);
      CAPTURE(name, step.words.size());
      CHECK(step.words.size() > 10'000);
      CHECK(step.words.size() < 6'000'000);
      CHECK_FALSE(has_twins(step.words));
    }
  }
}

// The masks are distinct, by the test above; and each is drawn for one opening, in the program's
// order.
TEST_CASE("no mask opens two values in a step of training", "[mpc][security]") {
  for (const std::string name : {"logreg-train", "mlp-train", "lenet-train"}) {
    for (const auto dealer : kDealers) {
      const auto step = step_of(name, dealer);
      CAPTURE(name);
      CHECK(step.masks.size() > 10);
      CHECK(step.masks == step.masked_openings);
      CHECK(step.inputs == step.input_openings);
    }
  }
}

TEST_CASE("a triple that is used twice in a step of training is found", "[mpc][security]") {
  const auto flaw = additive::flawed::flaw<additive::flawed::TripleUsedTwice>();
  CHECK(has_twins(step_of("logreg-train", Dealer::first_party, flaw).words));
}

}  // namespace assay::mpc::security
