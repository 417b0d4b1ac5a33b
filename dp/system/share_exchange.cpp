#include "dp/system/share_exchange.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace assay::dp {
namespace {

std::size_t record_bytes(const at::Tensor& all) {
  return all.size(0) == 0 ? 0 : all.nbytes() / static_cast<std::size_t>(all.size(0));
}

/// An empty tensor of `count` records like those of `all`.
at::Tensor room_like(const at::Tensor& all, std::int64_t count) {
  auto sizes = all.sizes().vec();
  sizes[0] = count;
  return at::empty(sizes, all.options());
}

}  // namespace

ShareExchange::ShareExchange(const Task& task, const Topology& topology, SharePlan plan,
                             Transport& wire)
    : task_(task),
      topology_(topology),
      plan_(std::move(plan)),
      wire_(wire),
      input_bytes_(record_bytes(task.train.inputs)),
      truth_bytes_(record_bytes(task.train.truth())),
      place_(task.clients.size()) {
  const Rank own = topology.worker_at(wire.rank());
  for (const auto& share : plan_.shares) {
    auto& places = place_[share.client];
    if (share.from != own || !places.empty()) continue;
    places.assign(static_cast<std::size_t>(task.train.size()), -1);
    const auto& records = task.clients[share.client];
    for (std::size_t place = 0; place < records.size(); ++place)
      places[static_cast<std::size_t>(records[place])] = static_cast<std::int64_t>(place);
  }
}

std::vector<const Share*> ShareExchange::between(Rank from, Rank to) const {
  std::vector<const Share*> out;
  for (const auto& share : plan_.shares) {
    if (share.from == from && share.to == to) out.push_back(&share);
  }
  return out;
}

std::size_t ShareExchange::message_bytes(std::span<const Share* const> shares) const {
  std::size_t bytes = 0;
  for (const auto* share : shares) {
    bytes += sizeof(std::int64_t) +
             static_cast<std::size_t>(share->room) * (input_bytes_ + truth_bytes_);
  }
  return bytes;
}

std::vector<std::int64_t> ShareExchange::take(const Share& share, std::vector<DrawnRecords>& drawn,
                                              bool whole) const {
  std::vector<std::int64_t> taken;
  for (auto& of_client : drawn) {
    if (of_client.client != share.client) continue;
    const auto& places = place_[share.client];
    std::vector<std::int64_t> kept;
    for (const auto record : of_client.records) {
      const auto place = places[static_cast<std::size_t>(record)];
      const bool goes = place >= share.begin && place < share.end && std::ssize(taken) < share.room;
      (goes ? taken : kept).push_back(record);
    }
    if (whole && !kept.empty()) return {};
    of_client.records = std::move(kept);
    break;
  }
  return taken;
}

Bytes ShareExchange::pack(std::span<const Share* const> shares, std::vector<DrawnRecords>& drawn,
                          bool whole) const {
  Bytes message(message_bytes(shares));
  auto* at = message.data();
  for (const auto* share : shares) {
    const auto records = take(*share, drawn, whole);
    const std::int64_t count = std::ssize(records);
    std::memcpy(at, &count, sizeof count);
    at += sizeof count;
    if (count > 0) {
      const auto batch = task_.train.subset(records);
      const auto inputs = batch.inputs.contiguous(), truth = batch.truth().contiguous();
      std::memcpy(at, inputs.const_data_ptr(), inputs.nbytes());
      std::memcpy(at + static_cast<std::size_t>(share->room) * input_bytes_, truth.const_data_ptr(),
                  truth.nbytes());
    }
    at += static_cast<std::size_t>(share->room) * (input_bytes_ + truth_bytes_);
  }
  return message;
}

void ShareExchange::unpack(const Receipt& frame, std::span<const Share* const> shares,
                           std::vector<ForeignRecords>& out) const {
  const auto refuse = [&](const std::string& why) {
    throw TransportError(fmt::format("rank {}: {} from rank {}: {}", frame.to(),
                                     to_string(frame.tag()), frame.from(), why));
  };
  if (frame.payload().size() != message_bytes(shares)) {
    refuse(fmt::format("expected {} bytes, got {}", message_bytes(shares), frame.payload().size()));
  }
  const auto* at = frame.payload().data();
  for (const auto* share : shares) {
    std::int64_t count = 0;
    std::memcpy(&count, at, sizeof count);
    at += sizeof count;
    if (count < 0 || count > share->room)
      refuse(fmt::format("expected 0 to {} records, got {}", share->room, count));
    auto inputs = room_like(task_.train.inputs, count);
    auto truth = room_like(task_.train.truth(), count);
    if (count > 0) {
      std::memcpy(inputs.mutable_data_ptr(), at, inputs.nbytes());
      std::memcpy(truth.mutable_data_ptr(),
                  at + static_cast<std::size_t>(share->room) * input_bytes_, truth.nbytes());
    }
    Dataset records{std::move(inputs), {}, {}};
    (task_.train.targets.defined() ? records.targets : records.labels) = std::move(truth);
    out.push_back({share->client, std::move(records)});
    at += static_cast<std::size_t>(share->room) * (input_bytes_ + truth_bytes_);
  }
}

std::vector<ForeignRecords> ShareExchange::exchange(const Tag& tag,
                                                    std::vector<DrawnRecords>& drawn,
                                                    bool whole) const {
  const Rank own = topology_.worker_at(wire_.rank());
  for (Rank to = 0; to < topology_.workers; ++to) {
    const auto shares = between(own, to);
    if (!shares.empty()) wire_.send(topology_.rank_of(to), tag, pack(shares, drawn, whole));
  }
  std::vector<Pending> pending;
  std::vector<std::vector<const Share*>> coming;
  for (Rank from = 0; from < topology_.workers; ++from) {
    auto shares = between(from, own);
    if (shares.empty()) continue;
    pending.push_back(wire_.receive(topology_.rank_of(from), tag, message_bytes(shares)));
    coming.push_back(std::move(shares));
  }
  std::vector<ForeignRecords> out;
  if (pending.empty()) return out;
  const auto frames = wire_.wait(pending);
  for (std::size_t i = 0; i < frames.size(); ++i)
    unpack(frames[i], coming[i], out);
  return out;
}

}  // namespace assay::dp
