#include "dp/system/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace assay::dp {

using nlohmann::json;

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
  replay(log_->events());
}

void Ledger::replay(const std::vector<EventLog::Event>& events) {
  for (const auto& event : events) {
    if (event.at("event") == "run") count_run();
    if (event.at("event") == "step") count_step();
  }
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
  while (steps_ < steps)
    charge();
}

void Ledger::count_step() {
  for (auto& kind : kinds_) {
    if (kind.steps_in_epoch == 0) ++kind.charges;
    kind.steps_in_epoch = (kind.steps_in_epoch + 1) % kind.steps_per_charge;
  }
  ++steps_;
}

void Ledger::charge() {
  if (log_) log_->append({{"event", "step"}});
  count_step();
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
