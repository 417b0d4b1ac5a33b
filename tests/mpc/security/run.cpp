#include "tests/mpc/security/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <tuple>

#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"
#include "tests/mpc/dealt_files.h"

namespace assay::mpc::security {
namespace {

class Tap final : public FrameObserver {
 public:
  void on_frame(const Receipt& frame) override {
    const std::lock_guard lock(mutex_);
    frames_.push_back({frame.tag(), frame.from(), frame.to(), frame.payload()});
  }
  std::vector<Frame> frames() && {
    std::sort(frames_.begin(), frames_.end(), [](const Frame& a, const Frame& b) {
      return std::tie(a.tag.phase, a.tag.sequence, a.tag.op, a.from, a.to) <
             std::tie(b.tag.phase, b.tag.sequence, b.tag.op, b.from, b.to);
    });
    return std::move(frames_);
  }

 private:
  std::mutex mutex_;
  std::vector<Frame> frames_;
};

}  // namespace

std::string to_string(const Setting& setting) {
  return fmt::format("{} parties, {}", setting.parties, to_string(setting.dealer));
}

std::vector<std::uint64_t> Frame::words() const {
  std::vector<std::uint64_t> out(payload.size() / sizeof(std::uint64_t));
  if (!out.empty()) std::memcpy(out.data(), payload.data(), payload.size());
  return out;
}

std::vector<Frame> frames_of(const Setting& setting, const Program& program) {
  Tap tap;
  const bool third = setting.dealer == Dealer::third_party;
  const auto network = make_sim_network(setting.parties + (third ? 1 : 0), {}, &tap);
  const auto key = derive_key("tests of security", {std::to_string(setting.seed)});
  std::optional<DealtFiles> files;
  if (setting.dealer == Dealer::files)
    files.emplace(
        setting.parties, [&](Protocol& p) { program(p, nullptr); }, setting.options, setting.seed);
  network->run([&](Party& party) {
    const Csprng own(key, "dealer");
    auto provider = third   ? additive::third_party(party, own)
                    : files ? additive::file_provider(party, files->options(party.rank))
                            : additive::trusted_first_party(party, own);
    if (setting.wrap) provider = setting.wrap(std::move(provider), party.rank);
    additive::Session session(party.wire, setting.parties, *provider, Phase::train);
    additive::Additive protocol(session, setting.options);
    program(protocol, &session);
  });
  return std::move(tap).frames();
}

}  // namespace assay::mpc::security
