#include "core/training/batches.h"

#include <algorithm>
#include <stdexcept>

namespace assay {

Batches::Batches(std::vector<std::int64_t> records, std::int64_t batch, Stream stream)
    : records_(std::move(records)), batch_(batch), stream_(std::move(stream)) {
  if (records_.empty()) throw std::invalid_argument("expected a client with records, got none");
  batch_ = std::min(batch_, static_cast<std::int64_t>(records_.size()));
}

std::vector<std::int64_t> Batches::next() {
  std::vector<std::int64_t> batch;
  while (static_cast<std::int64_t>(batch.size()) < batch_) {
    if (used_ == order_.size()) {
      order_ = stream_.permutation(static_cast<std::int64_t>(records_.size()));
      used_ = 0;
      batch.clear();  // a batch never spans two passes
    }
    batch.push_back(records_[static_cast<std::size_t>(order_[used_++])]);
  }
  return batch;
}

}  // namespace assay
