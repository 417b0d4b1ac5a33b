#include "scenarios/run/audit.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <stdexcept>
#include <unordered_map>

namespace assay::scenarios {
namespace {

/// Another class for each of these records.
void mislabel(Dataset& train, const std::vector<std::int64_t>& records, std::int64_t classes,
              Stream stream) {
  train.labels = train.labels.clone();
  auto* labels = train.labels.mutable_data_ptr<std::int64_t>();
  for (const auto record : records)
    labels[record] = (labels[record] + 1 + stream.below(classes - 1)) % classes;
}

std::vector<std::int64_t> owners_of(const std::vector<std::int64_t>& records,
                                    const std::vector<std::vector<std::int64_t>>& clients) {
  std::unordered_map<std::int64_t, std::int64_t> client_of;
  for (std::size_t c = 0; c < clients.size(); ++c)
    for (const auto record : clients[c])
      client_of[record] = static_cast<std::int64_t>(c) + 1;
  std::vector<std::int64_t> out;
  for (const auto record : records)
    out.push_back(client_of.at(record));
  return out;
}

}  // namespace

AuditWorld audit_world(Setting& setting, const ProbeSection& probe) {
  const auto& train = setting.corpus.train;
  if (probe.canaries > train.size()) {
    throw std::invalid_argument(
        fmt::format("probe '{}': expected at most {} canaries, the private records, got {}",
                    probe.id, train.size(), probe.canaries));
  }
  const auto stream = setting.stream.child("audit").child(probe.id);
  AuditWorld out;
  auto draw = stream.child("records");
  out.canaries.records = draw.permutation(train.size());
  out.canaries.records.resize(static_cast<std::size_t>(probe.canaries));
  auto coins = stream.child("coins");
  for (std::int64_t i = 0; i < probe.canaries; ++i)
    out.canaries.included.push_back(coins.below(2) == 1);
  if (probe.canary == ProbeSection::Canary::gradient)
    out.canaries.gradient_norm = probe.canary_norm;
  else
    mislabel(setting.corpus.train, out.canaries.records, setting.corpus.classes,
             stream.child("labels"));
  out.records = setting.corpus.train.subset(out.canaries.records);
  out.owners = owners_of(out.canaries.records, setting.clients);
  return out;
}

}  // namespace assay::scenarios
