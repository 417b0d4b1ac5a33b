#include "mpc/additive/corrections.h"

#include <ATen/ops/zeros.h>

#include "mpc/additive/random_words.h"

namespace assay::mpc::additive {
namespace {

/// Party 0's share of a dealt value is the correction alone: what the others' leave.
class Dealer final : public Provider {
 public:
  Dealer(std::vector<Csprng> parties, std::function<void(const at::Tensor&)> send)
      : parties_(std::move(parties)), send_(std::move(send)) {}

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    return {at::zeros(sizes, at::kLong), random_words(group, parties_, sizes)};
  }
  Dealt draw_for(int owner, at::IntArrayRef sizes) override {
    return {at::zeros(sizes, at::kLong),
            random_words(parties_[static_cast<std::size_t>(owner)], sizes)};
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    const auto others = random_words(group, std::span(parties_).subspan(1), sizes);
    send_(remove(group, value(), others));
    return at::zeros(sizes, at::kLong);
  }
  bool deals() const override { return true; }
  bool follows_openings() const override { return false; }

 private:
  std::vector<Csprng> parties_;
  std::function<void(const at::Tensor&)> send_;
};

class Receiver final : public Provider {
 public:
  Receiver(int rank, Csprng shares, std::function<at::Tensor(at::IntArrayRef)> correction)
      : rank_(rank), shares_(std::move(shares)), correction_(std::move(correction)) {}

  Dealt draw(Group, at::IntArrayRef sizes) override { return {random_words(shares_, sizes), {}}; }
  Dealt draw_for(int owner, at::IntArrayRef sizes) override {
    return {owner == rank_ ? random_words(shares_, sizes) : at::zeros(sizes, at::kLong), {}};
  }
  at::Tensor deal(Group, at::IntArrayRef sizes, const std::function<at::Tensor()>&) override {
    return rank_ == 0 ? correction_(sizes) : random_words(shares_, sizes);
  }
  bool deals() const override { return false; }
  bool follows_openings() const override { return false; }

 private:
  int rank_;
  Csprng shares_;
  std::function<at::Tensor(at::IntArrayRef)> correction_;
};

}  // namespace

std::unique_ptr<Provider> dealer_of_corrections(std::vector<Csprng> parties,
                                                std::function<void(const at::Tensor&)> send) {
  return std::make_unique<Dealer>(std::move(parties), std::move(send));
}

std::unique_ptr<Provider> receiver_of_corrections(
    int rank, Csprng shares, std::function<at::Tensor(at::IntArrayRef)> correction) {
  return std::make_unique<Receiver>(rank, std::move(shares), std::move(correction));
}

}  // namespace assay::mpc::additive
