#include "mpc/additive/files/planned.h"

#include <ATen/ops/zeros.h>
#include <c10/util/accumulate.h>

namespace assay::mpc::additive {
namespace {

class Observed final : public Provider {
 public:
  Observed(std::unique_ptr<Provider> provider, std::function<void(const Request&)> on_request)
      : provider_(std::move(provider)), on_request_(std::move(on_request)) {}

  Dealt draw(Group group, at::IntArrayRef sizes) override {
    const bool sum = group == Group::sum;
    tell(sum ? Request::Kind::draw_sum : Request::Kind::draw_xor, 0, sizes);
    return provider_->draw(group, sizes);
  }
  Dealt draw_for(int owner, at::IntArrayRef sizes) override {
    tell(Request::Kind::draw_for, owner, sizes);
    return provider_->draw_for(owner, sizes);
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    const bool sum = group == Group::sum;
    tell(sum ? Request::Kind::deal_sum : Request::Kind::deal_xor, 0, sizes);
    return provider_->deal(group, sizes, value);
  }
  bool deals() const override { return provider_->deals(); }
  bool follows_openings() const override { return provider_->follows_openings(); }

 private:
  void tell(Request::Kind kind, int owner, at::IntArrayRef sizes) {
    on_request_({kind, static_cast<std::uint8_t>(owner),
                 static_cast<std::uint64_t>(c10::multiply_integers(sizes))});
  }

  std::unique_ptr<Provider> provider_;
  std::function<void(const Request&)> on_request_;
};

class DryDealer final : public Provider {
 public:
  Dealt draw(Group, at::IntArrayRef sizes) override { return {zeros(sizes), zeros(sizes)}; }
  Dealt draw_for(int, at::IntArrayRef sizes) override { return {zeros(sizes), zeros(sizes)}; }
  at::Tensor deal(Group, at::IntArrayRef sizes, const std::function<at::Tensor()>&) override {
    return zeros(sizes);
  }
  bool deals() const override { return true; }
  bool follows_openings() const override { return false; }

 private:
  static at::Tensor zeros(at::IntArrayRef sizes) { return at::zeros(sizes, at::kLong); }
};

}  // namespace

std::unique_ptr<Provider> observed(std::unique_ptr<Provider> provider,
                                   std::function<void(const Request&)> on_request) {
  return std::make_unique<Observed>(std::move(provider), std::move(on_request));
}

std::unique_ptr<Provider> dry_dealer() {
  return std::make_unique<DryDealer>();
}

}  // namespace assay::mpc::additive
