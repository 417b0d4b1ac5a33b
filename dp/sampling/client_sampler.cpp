#include "dp/sampling/client_sampler.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace assay::dp {
namespace {

class ClientSampler final : public Sampler {
 public:
  ClientSampler(const ClientDraw& draw, std::int64_t records, Csprng draws)
      : local_steps_(draw.local_steps),
        client_(make_sampler(draw.clients, 1, draws.child("coin"))) {
    if (records == 0) return;
    records_ =
        make_sampler({.sampling = Sampling::fixed_size, .batch = std::min(draw.batch, records)},
                     records, draws.child("records"));
  }

  std::vector<std::int64_t> next() override {
    std::vector<std::int64_t> drawn;
    if (client_->next().empty() || !records_) return drawn;
    for (std::int64_t step = 0; step < local_steps_; ++step) {
      const auto batch = records_->next();
      drawn.insert(drawn.end(), batch.begin(), batch.end());
    }
    return drawn;
  }

 private:
  std::int64_t local_steps_;
  std::unique_ptr<Sampler> client_, records_;  // records_: null without records
};

}  // namespace

void ClientDraw::validate() const {
  const auto kind = clients.sampling;
  if (kind != Sampling::full && kind != Sampling::poisson && kind != Sampling::known_poisson) {
    throw std::invalid_argument(
        fmt::format("expected clients to be drawn by poisson, known_poisson or full, each for "
                    "itself, got {}",
                    to_string(kind)));
  }
  clients.validate(1);
  if (local_steps < 1 || batch < 1) {
    throw std::invalid_argument(
        fmt::format("expected local steps and records of each of 1 or more, got {} and {}",
                    local_steps, batch));
  }
}

std::unique_ptr<Sampler> make_client_sampler(const ClientDraw& draw, std::int64_t records,
                                             Csprng draws) {
  draw.validate();
  if (records < 0) throw std::invalid_argument(fmt::format("expected records, got {}", records));
  return std::make_unique<ClientSampler>(draw, records, std::move(draws));
}

}  // namespace assay::dp
