#include "attacks/share_recovery/share_recovery.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "attacks/share_recovery/recombine.h"
#include "core/view/ideal_world.h"
#include "core/view/recorder.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

using Catch::Matchers::Contains;

constexpr int kBits = 16;

at::Tensor ring(const at::Tensor& x) {
  return (x.to(at::kDouble) * std::ldexp(1.0, kBits)).round().to(at::kLong);
}

/// A record among three parties: what all know, and a share of the mask at each of them.
class Sharing {
 public:
  Sharing() : recorder_({{"some", Vantage{{1}, {}}}, {"all", Vantage{{0, 1, 2, 3}, {}}}}, {}, {}) {
    Stream stream(5);
    record_ = stream.uniform({2, 1, 4, 4}, 0, 1);
    auto open = ring(record_);
    for (Rank party = 0; party < 3; ++party) {
      const auto share = stream.words(record_.sizes());
      open = open - share;
      hold(party, "inputs", share, std::uint64_t{2} << party);
    }
    for (Rank party = 0; party < 3; ++party)
      hold(party, "inputs", open, 1);
    hold(3, "targets", ring(at::eye(10).slice(0, 4, 6)), 15);
  }

  void hold(Rank holder, const std::string& what, const at::Tensor& words, std::uint64_t covers) {
    recorder_.holds_share(holder, what, {words}, {4, covers, kBits}, {.probe = "p"}, {7});
  }
  const at::Tensor& record() const { return record_; }
  View view(const std::string& role) const { return recorder_.views().at(role); }

 private:
  Recorder recorder_;
  at::Tensor record_;
};

Evidence attack(const View& view) {
  Stream stream(1);
  return make_share_recovery({})->run(view, {}, {}, stream, [](double) { return true; });
}

TEST_CASE("all shares together are the record and its label") {
  const Sharing sharing;
  const auto evidence = attack(sharing.view("all"));
  REQUIRE(evidence.reconstructions.size() == 1);
  const auto& found = evidence.reconstructions.front();
  CHECK((found.inputs - sharing.record()).abs().max().item<double>() <= std::ldexp(1.0, -kBits));
  CHECK(found.labels == std::vector<std::int64_t>{4, 5});
}

TEST_CASE("with one share missing what comes out is as random as in the ideal world") {
  const Sharing sharing;
  const auto view = sharing.view("some");
  const auto real = attack(view).reconstructions.at(0).inputs;
  Stream stream(2);
  const auto ideal = attack(IdealWorld::simulate(view, stream)).reconstructions.at(0).inputs;
  // Random words decode to numbers far beyond the range: nearly all are clamped to 0 or 1.
  for (const auto& guess : {real, ideal}) {
    CHECK(guess.eq(0).logical_or(guess.eq(1)).all().item<bool>());
    CHECK((guess - sharing.record()).abs().max().item<double>() > 0.1);
  }
}

TEST_CASE("shares that overlap are not counted twice") {
  Sharing sharing;
  sharing.hold(3, "inputs", at::zeros({2, 1, 4, 4}, at::kLong), 14);  // covers all three masks
  auto view = sharing.view("all");
  std::vector<const Observation*> shares;
  for (const auto& o : view.observations) {
    if (o.what() == "inputs") shares.push_back(&o);
  }
  Stream stream(1);
  // The widest goes first, and it says that the masks add up to zero: the sum is what all know.
  const auto value = recombine(shares, stream);
  for (const auto* share : shares) {
    if (share->share().covers == 1)
      CHECK(at::equal(value,
                      share->update().values.front().to(at::kDouble) * std::ldexp(1.0, -kBits)));
  }
}

TEST_CASE("the ideal world keeps all but the words of shares") {
  const Sharing sharing;
  const auto view = sharing.view("some");
  Stream stream(3);
  const auto ideal = IdealWorld::simulate(view, stream);
  REQUIRE(ideal.observations.size() == view.observations.size());
  for (std::size_t i = 0; i < view.observations.size(); ++i) {
    const auto &a = view.observations[i], &b = ideal.observations[i];
    CHECK(a.id() == b.id());
    CHECK(a.share() == b.share());
    CHECK(a.victims() == b.victims());
    CHECK_FALSE(at::equal(a.update().values.front(), b.update().values.front()));
  }
}

TEST_CASE("shares of different secrets do not add up") {
  Sharing sharing;
  sharing.hold(0, "inputs", at::zeros({1, 1, 4, 4}, at::kLong), 1);
  Stream stream(1);
  const auto view = sharing.view("all");
  CHECK_THROWS_WITH(attack(view), Contains("expected shares of one secret"));
}

}  // namespace
}  // namespace assay::attacks
