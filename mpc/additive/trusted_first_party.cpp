#include "mpc/additive/trusted_first_party.h"

#include <ATen/ops/zeros.h>

#include "mpc/additive/random_words.h"
#include "mpc/additive/seeds.h"

namespace assay::mpc::additive {
namespace {

class Dealer final : public Provider {
 public:
  Dealer(Party& party, const Csprng& own) : own_(own.child("dealer's own shares")) {
    auto seeds = own.child("seeds");
    for (Rank to = 1; to < party.size; ++to)
      others_.push_back(send_seed(party, seeds, to));
  }

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    const auto mine = random_words(own_, sizes);
    return {mine, combine(group, mine, random_words(group, others_, sizes))};
  }
  Dealt draw_for(Rank owner, at::IntArrayRef sizes) override {
    if (owner == 0) {
      const auto mine = random_words(own_, sizes);
      return {mine, mine};
    }
    return {at::zeros(sizes, at::kLong),
            random_words(others_[static_cast<std::size_t>(owner) - 1], sizes)};
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    return remove(group, value(), random_words(group, others_, sizes));
  }
  bool deals() const override { return true; }
  bool follows_openings() const override { return true; }

 private:
  Csprng own_;
  std::vector<Csprng> others_;  // of ranks 1, 2, ...
};

class Receiver final : public Provider {
 public:
  explicit Receiver(Party& party) : rank_(party.rank), shares_(receive_seed(party, 0)) {}

  Dealt draw(Group, at::IntArrayRef sizes) override { return {random_words(shares_, sizes), {}}; }
  Dealt draw_for(Rank owner, at::IntArrayRef sizes) override {
    return {owner == rank_ ? random_words(shares_, sizes) : at::zeros(sizes, at::kLong), {}};
  }
  at::Tensor deal(Group, at::IntArrayRef sizes, const std::function<at::Tensor()>&) override {
    return random_words(shares_, sizes);
  }
  bool deals() const override { return false; }
  bool follows_openings() const override { return true; }

 private:
  Rank rank_;
  Csprng shares_;
};

}  // namespace

std::unique_ptr<Provider> trusted_first_party(Party& party, const Csprng& own) {
  if (party.rank == 0) return std::make_unique<Dealer>(party, own);
  return std::make_unique<Receiver>(party);
}

}  // namespace assay::mpc::additive
