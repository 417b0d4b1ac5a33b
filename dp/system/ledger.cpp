#include "dp/system/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace assay::dp {

using nlohmann::json;

namespace {

constexpr std::int64_t kMostSteps = 1'000'000'000'000;

}  // namespace

Ledger::Ledger(const PrivacyPlan& plan) : plan_(plan) {
  for (std::size_t c = 0; c < plan.records.size(); ++c) {
    const auto release = plan.charge(c, plan.noise_multiplier);
    const Kind kind{release.mechanism, release.steps};
    const bool known = std::any_of(kinds_.begin(), kinds_.end(), [&](const Kind& k) {
      return k.mechanism == kind.mechanism && k.steps_per_charge == kind.steps_per_charge;
    });
    if (!known) kinds_.push_back(kind);
  }
}

Ledger::Ledger(const PrivacyPlan& plan, const std::filesystem::path& file) : Ledger(plan) {
  log_ = std::make_unique<EventLog>(file);
  json kinds = json::array();
  for (const auto& kind : kinds_) {
    History once(plan.relation, plan.clip_unit);
    once.add(kind.mechanism);
    kinds.push_back({{"release", to_json(once)}, {"steps", kind.steps_per_charge}});
  }
  const json plan_event = {{"event", "plan"}, {"kinds", kinds}};
  if (!log_->events().empty() && log_->events().front() != plan_event) {
    throw std::runtime_error(
        fmt::format("{}: expected the ledger of this training, got one of another noise, sampling "
                    "or data",
                    file.string()));
  }
  if (log_->events().empty()) log_->append(plan_event);
  for (std::size_t line = 0; line < log_->events().size(); ++line) {
    try {
      replay(log_->events()[line]);
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(
          fmt::format("{}:{}: damaged line: {}", file.string(), line + 1, error.what()));
    }
  }
}

void Ledger::replay(const EventLog::Event& event) {
  if (event.at("event") == "run") count_run();
  if (event.at("event") != "step") return;
  const auto count = event.value("count", json(1));
  if (!count.is_number_integer() || count < 1 || count > kMostSteps - steps_) {
    throw std::invalid_argument(fmt::format(
        "expected a count of steps from 1, {} in all at most, got {}", kMostSteps, count.dump()));
  }
  count_steps(count.get<std::int64_t>());
}

void Ledger::count_run() {
  for (auto& kind : kinds_)
    kind.steps_in_epoch = 0;
  ++runs_;
}

void Ledger::begin_run() {
  if (log_) log_->append({{"event", "run"}});
  count_run();
}

void Ledger::catch_up(std::int64_t steps) {
  if (steps <= steps_) return;
  if (steps > kMostSteps) {
    throw std::runtime_error(fmt::format(
        "another rank says that it charged {} steps, expected at most {}", steps, kMostSteps));
  }
  if (log_) log_->append({{"event", "step"}, {"count", steps - steps_}});
  count_steps(steps - steps_);
}

void Ledger::count_steps(std::int64_t steps) {
  for (auto& kind : kinds_) {
    const auto length = kind.steps_per_charge;
    const auto open = (length - kind.steps_in_epoch) % length;  // that are charged already
    kind.charges += (std::max<std::int64_t>(0, steps - open) + length - 1) / length;
    kind.steps_in_epoch = (kind.steps_in_epoch + steps) % length;
  }
  steps_ += steps;
}

void Ledger::charge() {
  if (log_) log_->append({{"event", "step"}});
  count_steps(1);
}

std::vector<History> Ledger::histories() const {
  std::vector<History> out;
  for (const auto& kind : kinds_) {
    History history(plan_.relation, plan_.clip_unit);
    history.add(kind.mechanism, kind.charges);
    out.push_back(std::move(history));
  }
  return out;
}

}  // namespace assay::dp
