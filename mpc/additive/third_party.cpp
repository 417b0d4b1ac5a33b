#include "mpc/additive/third_party.h"

#include "mpc/additive/random_words.h"
#include "mpc/additive/seeds.h"
#include "mpc/tensor_messages.h"

namespace assay::mpc::additive {
namespace {

Tag correction(std::uint64_t sequence) {
  return {Phase::offline, "correction", sequence};
}

/// Party 0's share of a dealt value is the correction alone: what the others' leave.
class Dealer final : public Provider {
 public:
  Dealer(Party& party, const Csprng& own) : wire_(party.wire) {
    auto seeds = own.child("seeds");
    for (Rank to = 0; to + 1 < party.size; ++to)
      parties_.push_back(send_seed(party, seeds, to));
  }

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    return {at::zeros(sizes, at::kLong), random_words(group, parties_, sizes)};
  }
  Dealt draw_for(Rank owner, at::IntArrayRef sizes) override {
    return {at::zeros(sizes, at::kLong),
            random_words(parties_[static_cast<std::size_t>(owner)], sizes)};
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    const auto others = random_words(group, std::span(parties_).subspan(1), sizes);
    send_words(wire_, 0, correction(sequence_++), remove(group, value(), others));
    return at::zeros(sizes, at::kLong);
  }
  bool deals() const override { return true; }
  bool follows_openings() const override { return false; }

 private:
  Transport& wire_;
  std::vector<Csprng> parties_;
  std::uint64_t sequence_ = 0;
};

class Receiver final : public Provider {
 public:
  explicit Receiver(Party& party)
      : wire_(party.wire), dealer_(party.size - 1), shares_(receive_seed(party, dealer_)) {}

  Dealt draw(Group, at::IntArrayRef sizes) override { return {random_words(shares_, sizes), {}}; }
  Dealt draw_for(Rank owner, at::IntArrayRef sizes) override {
    const bool mine = owner == wire_.rank();
    return {mine ? random_words(shares_, sizes) : at::zeros(sizes, at::kLong), {}};
  }
  at::Tensor deal(Group, at::IntArrayRef sizes, const std::function<at::Tensor()>&) override {
    if (wire_.rank() != 0) return random_words(shares_, sizes);
    return receive_words(wire_, dealer_, correction(sequence_++), sizes);
  }
  bool deals() const override { return false; }
  bool follows_openings() const override { return false; }

 private:
  Transport& wire_;
  Rank dealer_;
  Csprng shares_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<Provider> third_party(Party& party, const Csprng& own) {
  if (party.rank + 1 == party.size) return std::make_unique<Dealer>(party, own);
  return std::make_unique<Receiver>(party);
}

}  // namespace assay::mpc::additive
