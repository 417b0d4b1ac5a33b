#include "mpc/system/record.h"

#include "mpc/fixed_point.h"

namespace assay::mpc {
namespace {

constexpr std::int64_t kMostKept = 1024;  // numbers of an opening outside of probes

}  // namespace

void Record::at(const Occasion& occasion, std::vector<VictimId> victims,
                std::int64_t participants) {
  occasion_ = occasion;
  victims_ = std::move(victims);
  participants_ = participants;
}

void Record::shares(const Protocol& p, const std::string& what, const std::vector<Secret>& secrets,
                    const std::vector<VictimId>& victims) {
  std::map<std::uint64_t, Parameters> words;  // of each part that this rank holds
  for (const auto& secret : secrets) {
    for (const auto& piece : p.pieces(secret))
      words[piece.covers].push_back(piece.words.contiguous());
  }
  for (const auto& [covers, tensors] : words) {
    recorder_.holds_share(rank_, what, tensors,
                          {p.summands(), covers, secrets.front().fraction_bits}, occasion_,
                          victims);
  }
}

void Record::opened(const std::string& what, const at::Tensor& ring, int fraction_bits) {
  Update update;
  if (!occasion_.probe.empty() || ring.numel() <= kMostKept) {
    const auto values = decode(ring, fraction_bits);
    const auto reading = readings_.find(what);
    update = reading != readings_.end() ? reading->second(values)
                                        : Update{{values.to(at::kFloat)}, {}, 0};
  }
  recorder_.saw_opening(rank_, what, update, participants_, occasion_, victims_);
}

}  // namespace assay::mpc
