#include "mpc/additive/trusted_first_party.h"

#include <algorithm>
#include <array>

#include "mpc/additive/random_words.h"

namespace assay::mpc::additive {
namespace {

const Tag kSeedTag{Phase::setup, "dealer_seed", 0};

class Dealer final : public Provider {
 public:
  Dealer(Party& party, const Csprng& own) : own_(own.child("dealer's own shares")) {
    auto seeds = own.child("seeds");
    for (Rank to = 1; to < party.size; ++to) {
      std::array<std::byte, Key::kBytes> seed;
      seeds.fill(seed);
      party.wire.send(to, kSeedTag, seed);
      others_.emplace_back(Key(seed), kPurpose);
    }
  }

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    const auto mine = random_words(own_, sizes);
    return {mine, combine(group, mine, others(group, sizes))};
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
    return remove(group, value(), others(group, sizes));
  }
  bool deals() const override { return true; }
  bool follows_openings() const override { return true; }

  static constexpr const char* kPurpose = "dealt shares";

 private:
  /// The other parties' shares together.
  at::Tensor others(Group group, at::IntArrayRef sizes) {
    auto all = random_words(others_.front(), sizes);
    for (std::size_t i = 1; i < others_.size(); ++i)
      all = combine(group, all, random_words(others_[i], sizes));
    return all;
  }

  Csprng own_;
  std::vector<Csprng> others_;
};

class Receiver final : public Provider {
 public:
  explicit Receiver(Party& party) : rank_(party.rank), shares_(receive(party)) {}

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
  static Csprng receive(Party& party) {
    const auto message = party.wire.wait(party.wire.receive(0, kSeedTag, Key::kBytes));
    if (message.payload().size() != Key::kBytes)
      throw TransportError("dealer_seed: expected 16 bytes from rank 0");
    std::array<std::byte, Key::kBytes> seed;
    std::copy(message.payload().begin(), message.payload().end(), seed.begin());
    return Csprng(Key(seed), Dealer::kPurpose);
  }

  Rank rank_;
  Csprng shares_;
};

}  // namespace

std::unique_ptr<Provider> trusted_first_party(Party& party, const Csprng& own) {
  if (party.rank == 0) return std::make_unique<Dealer>(party, own);
  return std::make_unique<Receiver>(party);
}

}  // namespace assay::mpc::additive
