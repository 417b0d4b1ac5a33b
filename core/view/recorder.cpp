#include "core/view/recorder.h"

#include <algorithm>
#include <tuple>

namespace assay {
namespace {

auto order_of(const Observation::Content& c) {
  return std::tie(c.occasion.replica, c.occasion.phase, c.occasion.sequence, c.kind, c.what, c.from,
                  c.to, c.occasion.step, c.share.covers);
}

/// The same broadcast reaches many parties of a coalition: it is one thing learnt.
bool same_knowledge(const Observation::Content& a, const Observation::Content& b) {
  const bool broadcast = a.kind == ObservationKind::global_model ||
                         a.kind == ObservationKind::aggregate || a.kind == ObservationKind::opening;
  return broadcast && a.kind == b.kind && a.occasion == b.occasion && a.from == b.from &&
         a.what == b.what;
}

Observation::Content content_of(ObservationKind kind, std::int64_t step, const std::string& probe) {
  Observation::Content content{kind};
  content.occasion.step = step;
  content.occasion.probe = probe;
  return content;
}

void locate(Observation::Content& content, const Receipt& frame) {
  content.occasion.phase = frame.tag().phase;
  content.occasion.sequence = frame.tag().sequence;
  content.from = frame.from();
  content.to = frame.to();
  content.wire_bytes = frame.wire_bytes();
  content.sent_at_s = frame.sent_at_s();
}

}  // namespace

Recorder::Recorder(std::map<std::string, Vantage> adversaries, PublicContext context, LinkMode mode)
    : adversaries_(std::move(adversaries)), context_(std::move(context)), mode_(mode) {
  for (const auto& [role, vantage] : adversaries_)
    seen_[role];
}

void Recorder::begin_replica(std::int64_t replica) {
  replica_ = replica;
}

void Recorder::on_frame(const Receipt& frame) {
  auto content = content_of(ObservationKind::traffic, 0, "");
  content.occasion.replica = replica_;
  locate(content, frame);
  std::lock_guard lock(mutex_);
  for (const auto& [role, vantage] : adversaries_) {
    if (vantage.taps(frame.from(), frame.to())) seen_[role].push_back(content);
  }
}

void Recorder::add(Observation::Content content, const Receipt& frame) {
  content.occasion.replica = replica_;
  locate(content, frame);
  std::lock_guard lock(mutex_);
  for (const auto& [role, vantage] : adversaries_) {
    const bool own = vantage.is(frame.from()) || vantage.is(frame.to());
    const bool read_on_wire = mode_ == LinkMode::clear && vantage.taps(frame.from(), frame.to());
    // What a member of the coalition sent enters through own_update.
    if (content.kind == ObservationKind::client_update && vantage.is(frame.from())) continue;
    if (own || read_on_wire) seen_[role].push_back(content);
  }
}

void Recorder::saw_update(const Receipt& frame, const Update& update, std::int64_t step,
                          const std::string& probe, std::vector<VictimId> victims) {
  auto content = content_of(ObservationKind::client_update, step, probe);
  content.update = update;
  content.victims = std::move(victims);
  add(std::move(content), frame);
}

void Recorder::saw_aggregate(const Receipt& frame, const Update& mean, std::int64_t participants,
                             std::int64_t step, const std::string& probe,
                             std::vector<VictimId> victims) {
  auto content = content_of(ObservationKind::aggregate, step, probe);
  content.update = mean;
  content.victims = std::move(victims);
  content.participants = participants;
  content.what = frame.tag().op;  // a sender's several partial sums are several things learnt
  add(std::move(content), frame);
}

void Recorder::saw_model(const Receipt& frame, const Parameters& weights, std::int64_t step,
                         const std::string& probe) {
  auto content = content_of(ObservationKind::global_model, step, probe);
  content.update.values = weights;
  add(std::move(content), frame);
}

void Recorder::own_update(Rank owner, const Update& update, std::int64_t step,
                          const std::string& probe, std::uint64_t sequence,
                          std::vector<VictimId> victims) {
  auto content = content_of(ObservationKind::own_update, step, probe);
  content.occasion.phase = Phase::probe;
  content.occasion.sequence = sequence;
  content.from = owner;
  content.update = update;
  content.victims = std::move(victims);
  add_own(owner, std::move(content));
}

void Recorder::knows_model(Rank party, const Parameters& weights, const Occasion& at) {
  Observation::Content content{ObservationKind::global_model, at};
  content.to = party;
  content.update.values = weights;
  add_own(party, std::move(content));
}

void Recorder::holds_share(Rank holder, const std::string& what, const Parameters& words,
                           const ShareOf& share, const Occasion& at,
                           std::vector<VictimId> victims) {
  Observation::Content content{ObservationKind::share, at};
  content.from = content.to = holder;
  content.update.values = words;
  content.victims = std::move(victims);
  content.what = what;
  content.share = share;
  add_own(holder, std::move(content));
}

void Recorder::saw_opening(Rank reader, const std::string& what, const Update& values,
                           std::int64_t participants, const Occasion& at,
                           std::vector<VictimId> victims) {
  Observation::Content content{ObservationKind::opening, at};
  content.to = reader;
  content.update = values;
  content.victims = std::move(victims);
  content.participants = participants;
  content.what = what;
  add_own(reader, std::move(content));
}

void Recorder::add_own(Rank owner, Observation::Content content) {
  content.occasion.replica = replica_;
  std::lock_guard lock(mutex_);
  for (const auto& [role, vantage] : adversaries_) {
    if (vantage.is(owner)) seen_[role].push_back(content);
  }
}

void Recorder::released(const Model& model, std::int64_t step) {
  auto content = content_of(ObservationKind::released_model, step, "");
  content.occasion.replica = replica_;
  content.occasion.phase = Phase::release;
  content.update.values = model.parameters;
  std::lock_guard lock(mutex_);
  for (auto& [role, contents] : seen_)
    contents.push_back(content);
}

std::map<std::string, View> Recorder::views() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, View> views;
  for (const auto& [role, contents] : seen_) {
    auto sorted = contents;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same_knowledge), sorted.end());
    View view{.role = role, .context = context_};
    for (auto& content : sorted) {
      view.observations.emplace_back(Observation::Permit(),
                                     static_cast<std::int64_t>(view.observations.size()),
                                     std::move(content));
    }
    views.emplace(role, std::move(view));
  }
  return views;
}

}  // namespace assay
