#include "mpc/system/probe_wire.h"

namespace assay::mpc {
namespace {

/// Tags stay different: what two phases would have called by one name, their names keep apart.
Tag in_probe(const Tag& tag) {
  return {Phase::probe, std::string(to_string(tag.phase)) + "/" + tag.op, tag.sequence};
}

std::vector<Pending> in_probe(std::span<const Pending> pending) {
  std::vector<Pending> renamed;
  for (const auto& one : pending)
    renamed.push_back({one.from, in_probe(one.tag), one.max_bytes});
  return renamed;
}

}  // namespace

Receipt ProbeWire::send(Rank to, const Tag& tag, std::span<const std::byte> payload) {
  return wire_.send(to, in_probe(tag), payload);
}

std::vector<Receipt> ProbeWire::wait(std::span<const Pending> pending) {
  return wire_.wait(in_probe(pending));
}

First ProbeWire::wait_first(std::span<const Pending> pending) {
  return wire_.wait_first(in_probe(pending));
}

}  // namespace assay::mpc
