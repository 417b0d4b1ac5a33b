#include "dp/system/exchange.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <fmt/format.h>

#include <cstring>

namespace assay::dp {
namespace {

std::span<const std::byte> bytes_of(const at::Tensor& flat) {
  return {static_cast<const std::byte*>(flat.const_data_ptr()),
          static_cast<std::size_t>(flat.nbytes())};
}

at::Tensor read(const Receipt& frame, const at::Tensor& like) {
  auto out = at::empty_like(like);
  if (frame.payload().size() != out.nbytes()) {
    throw TransportError(fmt::format("rank {}: {} from rank {}: expected {} bytes, got {}",
                                     frame.to(), to_string(frame.tag()), frame.from(), out.nbytes(),
                                     frame.payload().size()));
  }
  std::memcpy(out.mutable_data_ptr(), frame.payload().data(), out.nbytes());
  return out;
}

Tag up(Tag tag) {
  tag.op += "/up";
  return tag;
}
Tag down(Tag tag) {
  tag.op += "/down";
  return tag;
}

at::Tensor serve(Transport& wire, const Topology& topology, const Tag& tag, const at::Tensor& like,
                 const OnPartialSum& observe) {
  std::vector<Pending> pending;
  for (Rank worker = 0; worker < topology.workers; ++worker)
    pending.push_back(wire.receive(topology.rank_of(worker), up(tag), like.nbytes()));
  at::Tensor total;
  for (const auto& frame : wire.wait(pending)) {
    const auto part = read(frame, like);
    if (observe) observe({frame, 0, part, {frame.from()}});
    total = total.defined() ? total + part : part;
  }
  for (Rank worker = 0; worker < topology.workers; ++worker)
    wire.send(topology.rank_of(worker), down(tag), bytes_of(total));
  return total;
}

at::Tensor ask_server(Transport& wire, const Topology& topology, const Tag& tag,
                      const at::Tensor& own, const OnPartialSum& observe) {
  wire.send(kServer, up(tag), bytes_of(own));
  const auto frame = wire.wait(wire.receive(kServer, down(tag), own.nbytes()));
  const auto total = read(frame, own);
  if (observe) observe({frame, 0, total, topology.worker_ranks()});
  return total;
}

}  // namespace

at::Tensor exchange(Transport& wire, const Setup& setup, const Tag& tag, const at::Tensor& own,
                    const OnPartialSum& observe) {
  const auto flat = own.contiguous();
  if (!setup.topology.server)
    return all_reduce(wire, tag, flat, setup.options.reduction(), observe);
  if (wire.rank() == kServer) return serve(wire, setup.topology, tag, flat, observe);
  return ask_server(wire, setup.topology, tag, flat, observe);
}

}  // namespace assay::dp
