#include "core/data/split.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

namespace assay {
namespace {

using Counts = std::vector<std::int64_t>;

void require(const SplitSizes& sizes, std::int64_t records) {
  if (sizes.train < 0 || sizes.test < 0 || sizes.auxiliary < 0) {
    throw std::invalid_argument(
        fmt::format("expected sizes >= 0, got train {}, test {}, auxiliary {}", sizes.train,
                    sizes.test, sizes.auxiliary));
  }
  // One at a time: their sum may overflow.
  auto left = records;
  for (auto size : {sizes.train, sizes.test, sizes.auxiliary}) {
    if (size > left) {
      throw std::invalid_argument(fmt::format(
          "expected at most {} records, which is all there are, got train {} + test {} + "
          "auxiliary {}",
          records, sizes.train, sizes.test, sizes.auxiliary));
    }
    left -= size;
  }
}

/// `total` records out of classes that have `available`, as evenly as these allow.
Counts level(const Counts& available, std::int64_t total) {
  std::vector<std::size_t> order(available.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return available[a] < available[b]; });
  Counts out(available.size(), 0);
  auto classes_left = static_cast<std::int64_t>(available.size());
  for (auto c : order) {
    out[c] = std::min(available[c], total / classes_left--);
    total -= out[c];
  }
  return out;
}

/// `total` in proportion to `weights`, rounded by the largest remainder; no share above its weight.
Counts apportion(std::int64_t total, const Counts& weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  Counts out(weights.size(), 0);
  if (sum == 0) return out;
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  for (auto c : order)
    out[c] = total * weights[c] / sum;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return total * weights[a] % sum > total * weights[b] % sum;
  });
  auto left = total - std::accumulate(out.begin(), out.end(), std::int64_t{0});
  for (auto c = order.begin(); left > 0; ++c, --left)
    ++out[*c];
  return out;
}

void shuffle(std::vector<std::int64_t>& values, Stream& stream) {
  const auto order = stream.permutation(static_cast<std::int64_t>(values.size()));
  std::vector<std::int64_t> out;
  out.reserve(values.size());
  for (auto i : order)
    out.push_back(values[static_cast<std::size_t>(i)]);
  values = std::move(out);
}

}  // namespace

Split split_at_random(std::int64_t records, const SplitSizes& sizes, Stream& stream) {
  require(sizes, records);
  const auto order = stream.permutation(records);
  const auto train = order.begin() + sizes.train, test = train + sizes.test;
  return {{order.begin(), train}, {train, test}, {test, test + sizes.auxiliary}};
}

Split split_by_class(std::span<const std::int64_t> labels, const SplitSizes& sizes,
                     Stream& stream) {
  require(sizes, static_cast<std::int64_t>(labels.size()));
  std::map<std::int64_t, std::vector<std::int64_t>> of_class;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    of_class[labels[i]].push_back(static_cast<std::int64_t>(i));
  }
  Counts available;
  for (auto& [label, records] : of_class) {
    shuffle(records, stream);
    available.push_back(static_cast<std::int64_t>(records.size()));
  }

  auto left = level(available, sizes.total());
  Split split;
  for (auto [part, size] : {std::pair(&split.train, sizes.train),
                            {&split.test, sizes.test},
                            {&split.auxiliary, sizes.auxiliary}}) {
    const auto quota = apportion(size, left);
    std::size_t c = 0;
    for (auto& [label, records] : of_class) {
      const auto first = records.end() - quota[c];
      part->insert(part->end(), first, records.end());
      records.erase(first, records.end());
      left[c] -= quota[c];
      ++c;
    }
    shuffle(*part, stream);
  }
  return split;
}

}  // namespace assay
