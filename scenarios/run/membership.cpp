#include "scenarios/run/membership.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace assay::scenarios {
namespace {

/// The bytes of record `i`'s inputs, which must be contiguous.
std::string_view bytes_of(const at::Tensor& inputs, std::int64_t i) {
  const auto size = inputs.numel() / inputs.size(0) * inputs.itemsize();
  return {static_cast<const char*>(inputs.const_data_ptr()) + i * size,
          static_cast<std::size_t>(size)};
}

/// The private records whose inputs no other record of the data set has.
std::vector<std::int64_t> without_twin(const Corpus& corpus) {
  std::vector<at::Tensor> parts;  // outlive the map, which points into them
  std::unordered_map<std::string_view, std::int64_t> count;
  for (const auto* part : {&corpus.train, &corpus.test, &corpus.auxiliary}) {
    parts.push_back(part->inputs.contiguous());
    for (std::int64_t i = 0; i < part->size(); ++i)
      ++count[bytes_of(parts.back(), i)];
  }
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < corpus.train.size(); ++i) {
    if (count.at(bytes_of(parts.front(), i)) == 1) out.push_back(i);
  }
  return out;
}

/// A random half of `count`.
at::Tensor half_of(std::int64_t count, Stream stream) {
  auto members = at::zeros({count}, at::kBool);
  const auto order = stream.permutation(count);
  for (std::size_t i = 0; i < order.size() / 2; ++i)
    members[order[i]] = true;
  return members;
}

}  // namespace

MembershipWorld membership_world(const Setting& setting, const ProbeSection& probe,
                                 std::int64_t world) {
  const auto eligible = without_twin(setting.corpus);
  if (std::ssize(eligible) < probe.candidates) {
    throw std::invalid_argument(
        fmt::format("probe '{}': expected at most {} candidates, the private records whose inputs "
                    "occur once, got {}",
                    probe.id, eligible.size(), probe.candidates));
  }
  const auto stream = setting.stream.child("membership").child(probe.id);
  auto draw = stream.child("candidates");
  auto order = draw.permutation(std::ssize(eligible));
  order.resize(static_cast<std::size_t>(probe.candidates));
  std::vector<std::int64_t> records;
  for (auto i : order)
    records.push_back(eligible[static_cast<std::size_t>(i)]);

  auto members = half_of(probe.candidates, stream.child("half", (world + 1) / 2));
  if (world > 0 && world % 2 == 0) members = members.logical_not();

  std::unordered_set<std::int64_t> left_out;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!members[static_cast<std::int64_t>(i)].item<bool>()) left_out.insert(records[i]);
  }
  auto clients = setting.clients;
  for (auto& client : clients)
    std::erase_if(client, [&](std::int64_t record) { return left_out.contains(record); });
  return {setting.corpus.train.subset(records), members, std::move(clients)};
}

}  // namespace assay::scenarios
