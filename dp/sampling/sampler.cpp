#include "dp/sampling/sampler.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "dp/sampling/draw.h"

namespace assay::dp {
namespace {

using Positions = std::vector<std::int64_t>;

Positions everybody(std::int64_t records) {
  Positions all(static_cast<std::size_t>(records));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

class Full final : public Sampler {
 public:
  explicit Full(std::int64_t records) : records_(records) {}
  Positions next() override { return everybody(records_); }

 private:
  std::int64_t records_;
};

/// A coin for each record; a batch above the cap is cut down to it at random.
class Poisson final : public Sampler {
 public:
  Poisson(std::int64_t records, double rate, std::int64_t cap, Csprng draws)
      : records_(records), takes_part_(rate), cap_(cap), draws_(std::move(draws)) {}

  Positions next() override {
    auto drawn = takes_part_.heads(draws_, records_);
    if (cap_ > 0 && std::ssize(drawn) > cap_) {
      choose(draws_, drawn, cap_);
      drawn.resize(static_cast<std::size_t>(cap_));
      std::sort(drawn.begin(), drawn.end());
    }
    return drawn;
  }

 private:
  std::int64_t records_;
  Coin takes_part_;
  std::int64_t cap_;  // 0: none
  Csprng draws_;
};

/// Poisson from one group of records after another.
class GroupedPoisson final : public Sampler {
 public:
  GroupedPoisson(std::int64_t records, double rate, std::int64_t groups, Csprng draws)
      : groups_(static_cast<std::size_t>(groups)), takes_part_(rate), draws_(std::move(draws)) {
    for (std::int64_t record = 0; record < records; ++record)
      groups_[static_cast<std::size_t>(below(draws_, groups))].push_back(record);
  }

  Positions next() override {
    const auto& group = groups_[next_];
    auto drawn = takes_part_.heads(draws_, std::ssize(group));
    for (auto& place : drawn)
      place = group[static_cast<std::size_t>(place)];
    next_ = (next_ + 1) % groups_.size();
    return drawn;
  }

 private:
  std::vector<Positions> groups_;
  std::size_t next_ = 0;
  Coin takes_part_;
  Csprng draws_;
};

class FixedSize final : public Sampler {
 public:
  FixedSize(std::int64_t records, std::int64_t batch, Csprng draws)
      : order_(everybody(records)), batch_(batch), draws_(std::move(draws)) {}

  Positions next() override {
    choose(draws_, order_, batch_);
    Positions drawn(order_.begin(), order_.begin() + batch_);
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  }

 private:
  Positions order_;  // any order will do: a uniform subset of it is one of the records
  std::int64_t batch_;
  Csprng draws_;
};

/// Batches of a permutation, drawn once or for each epoch; the last one of an epoch may be smaller.
class ByEpochs final : public Sampler {
 public:
  enum class Order { once, each_epoch };
  ByEpochs(std::int64_t records, std::int64_t batch, Order order, Csprng draws)
      : order_(everybody(records)), batch_(batch), drawn_(order), draws_(std::move(draws)) {
    if (drawn_ == Order::once) choose(draws_, order_, records);
  }

  Positions next() override {
    if (begin_ == 0 && drawn_ == Order::each_epoch) choose(draws_, order_, std::ssize(order_));
    const auto end = std::min(begin_ + batch_, std::ssize(order_));
    Positions drawn(order_.begin() + begin_, order_.begin() + end);
    begin_ = end == std::ssize(order_) ? 0 : end;
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  }

 private:
  Positions order_;
  std::int64_t batch_, begin_ = 0;
  Order drawn_;
  Csprng draws_;
};

bool by_coins(Sampling sampling) {
  return sampling == Sampling::poisson || sampling == Sampling::known_poisson ||
         sampling == Sampling::truncated_poisson;
}

bool by_batches(Sampling sampling) {
  return sampling == Sampling::fixed_size || by_epochs(sampling);
}

void require_unused(const char* what, double value, Sampling sampling) {
  if (value == 0) return;
  throw std::invalid_argument(
      fmt::format("expected no {} with sampling {}, got {}", what, to_string(sampling), value));
}

}  // namespace

void SamplingOptions::validate(std::int64_t records) const {
  if (records < 1)
    throw std::invalid_argument(fmt::format("expected records to sample from, got {}", records));
  if (!by_coins(sampling)) require_unused("rate", rate, sampling);
  if (!by_batches(sampling)) require_unused("batch", static_cast<double>(batch), sampling);
  if (sampling != Sampling::truncated_poisson)
    require_unused("batch cap", static_cast<double>(batch_cap), sampling);
  if (groups < 1)
    throw std::invalid_argument(fmt::format("expected a group or more, got {}", groups));
  if (sampling != Sampling::poisson)
    require_unused("groups", static_cast<double>(groups - 1), sampling);
  if (by_coins(sampling) && !(rate > 0.0 && rate <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected a sampling rate above 0 and up to 1, got {}", rate));
  }
  if (by_batches(sampling) && (batch < 1 || batch > records)) {
    throw std::invalid_argument(
        fmt::format("expected a batch of 1 to {} records, got {}", records, batch));
  }
  if (sampling == Sampling::truncated_poisson && batch_cap < 1) {
    throw std::invalid_argument(
        fmt::format("expected a batch cap of at least 1, got {}", batch_cap));
  }
}

Mechanism SamplingOptions::mechanism(double noise_multiplier, std::int64_t records) const {
  validate(records);
  switch (sampling) {
    case Sampling::full:
      return full_batch(noise_multiplier);
    case Sampling::poisson:
      return poisson(rate, noise_multiplier);
    case Sampling::known_poisson:
      return known_poisson(rate, noise_multiplier);
    case Sampling::truncated_poisson:
      return truncated_poisson(rate, noise_multiplier, records, batch_cap);
    case Sampling::fixed_size:
      return fixed_size(batch, records, noise_multiplier);
    case Sampling::shuffle:
      return shuffled_epoch(noise_multiplier);
    case Sampling::cyclic:
      return cyclic_epoch(noise_multiplier);
  }
  throw std::logic_error("unreachable sampling");
}

std::int64_t SamplingOptions::steps_per_charge(std::int64_t records) const {
  validate(records);
  return by_epochs(sampling) ? (records + batch - 1) / batch : groups;
}

double SamplingOptions::expected_batch(std::int64_t records) const {
  validate(records);
  if (by_batches(sampling)) return static_cast<double>(batch);
  return sampling == Sampling::full
             ? static_cast<double>(records)
             : rate * static_cast<double>(records) / static_cast<double>(groups);
}

std::unique_ptr<Sampler> make_sampler(const SamplingOptions& options, std::int64_t records,
                                      Csprng draws) {
  options.validate(records);
  switch (options.sampling) {
    case Sampling::full:
      return std::make_unique<Full>(records);
    case Sampling::poisson:
      if (options.groups > 1) {
        return std::make_unique<GroupedPoisson>(records, options.rate, options.groups,
                                                std::move(draws));
      }
      [[fallthrough]];
    case Sampling::known_poisson:
    case Sampling::truncated_poisson:
      return std::make_unique<Poisson>(records, options.rate, options.batch_cap, std::move(draws));
    case Sampling::fixed_size:
      return std::make_unique<FixedSize>(records, options.batch, std::move(draws));
    case Sampling::shuffle:
      return std::make_unique<ByEpochs>(records, options.batch, ByEpochs::Order::each_epoch,
                                        std::move(draws));
    case Sampling::cyclic:
      return std::make_unique<ByEpochs>(records, options.batch, ByEpochs::Order::once,
                                        std::move(draws));
  }
  throw std::logic_error("unreachable sampling");
}

}  // namespace assay::dp
