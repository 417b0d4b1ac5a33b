#include "core/data/partition.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>
#include <stdexcept>

namespace assay {
namespace {

using Records = std::vector<std::int64_t>;
using Clients = std::vector<Records>;

/// The records of each class that occurs, each in random order.
std::vector<Records> shuffled_classes(const at::Tensor& labels, Stream& stream) {
  std::map<std::int64_t, Records> of_class;
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (auto i : stream.permutation(labels.size(0)))
    of_class[label[i]].push_back(i);
  std::vector<Records> out;
  out.reserve(of_class.size());
  for (auto& [name, records] : of_class)
    out.push_back(std::move(records));
  return out;
}

Clients iid(std::int64_t records, std::size_t clients, Stream& stream) {
  Clients out(clients);
  std::size_t next = 0;
  for (auto i : stream.permutation(records))
    out[next++ % clients].push_back(i);
  return out;
}

/// One draw of Dirichlet(alpha, ..., alpha).
std::vector<double> dirichlet_shares(std::size_t size, double alpha, Stream& stream) {
  std::vector<double> out(size);
  for (auto& share : out)
    share = stream.gamma(alpha);
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  if (sum > 0.0 && std::isfinite(sum)) {
    for (auto& share : out)
      share /= sum;
  } else if (alpha < 1.0) {
    // All gamma draws fell below the smallest double: the law's limit puts all mass on one client.
    out[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(size)))] = 1.0;
  } else {
    // Too large to add up: the limit of even shares.
    std::fill(out.begin(), out.end(), 1.0 / static_cast<double>(size));
  }
  return out;
}

/// Where each client's records of a class of `size` records end.
std::vector<std::size_t> dirichlet_ends(std::size_t size, std::size_t clients, double alpha,
                                        Stream& stream) {
  std::vector<std::size_t> ends;
  double until = 0.0;
  for (auto share : dirichlet_shares(clients, alpha, stream)) {
    until += share;
    ends.push_back(std::min(size, static_cast<std::size_t>(until * static_cast<double>(size))));
  }
  ends.back() = size;  // the shares add up to 1, but for rounding
  return ends;
}

Clients dirichlet(const at::Tensor& labels, std::size_t clients, double alpha, Stream& stream) {
  const auto classes = shuffled_classes(labels, stream);
  constexpr int kDraws = 1000;
  for (int draw = 0; draw < kDraws; ++draw) {
    Clients out(clients);
    for (const auto& records : classes) {
      std::size_t next = 0;
      const auto ends = dirichlet_ends(records.size(), clients, alpha, stream);
      for (std::size_t c = 0; c < clients; ++c) {
        for (; next < ends[c]; ++next)
          out[c].push_back(records[next]);
      }
    }
    const auto empty = [](const Records& own) { return own.empty(); };
    if (std::none_of(out.begin(), out.end(), empty)) return out;
  }
  throw std::invalid_argument(
      fmt::format("expected an alpha with which all {} clients get some of the {} records, got {}, "
                  "which left a "
                  "client empty in {} draws; use a larger alpha or fewer clients",
                  clients, labels.size(0), alpha, kDraws));
}

/// Cuts the classes into `count` shards, always the class whose shards are largest.
std::vector<Records> cut(const std::vector<Records>& classes, std::size_t count) {
  std::vector<std::size_t> shards_of(classes.size(), 1);
  const auto smaller = [&](std::size_t a, std::size_t b) {
    // size / shards, compared without rounding; the first class wins a tie.
    const auto left = classes[a].size() * shards_of[b], right = classes[b].size() * shards_of[a];
    return left != right ? left < right : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(smaller)> queue(smaller);
  for (std::size_t c = 0; c < classes.size(); ++c)
    queue.push(c);
  for (std::size_t made = classes.size(); made < count; ++made) {
    const auto c = queue.top();
    queue.pop();
    ++shards_of[c];
    queue.push(c);
  }
  std::vector<Records> out;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const auto& records = classes[c];
    for (std::size_t s = 0; s < shards_of[c]; ++s) {
      const auto first = static_cast<std::ptrdiff_t>(records.size() * s / shards_of[c]);
      const auto last = static_cast<std::ptrdiff_t>(records.size() * (s + 1) / shards_of[c]);
      out.emplace_back(records.begin() + first, records.begin() + last);
    }
  }
  return out;
}

Clients by_class(const at::Tensor& labels, std::size_t clients, std::size_t per_client,
                 Stream& stream) {
  const auto classes = shuffled_classes(labels, stream);
  if (classes.size() > clients * per_client) {
    throw std::invalid_argument(
        fmt::format("expected clients * classes_per_client to reach the {} classes, so that every "
                    "record has a client, got {} * {}",
                    classes.size(), clients, per_client));
  }
  // With fewer records than shards, each record is a shard; the clients then hold fewer shards
  // each.
  const auto records = static_cast<std::size_t>(labels.size(0));
  const auto shards = cut(classes, std::min(clients * per_client, records));
  Clients out(clients);
  std::size_t next = 0;
  for (auto s : stream.permutation(static_cast<std::int64_t>(shards.size()))) {
    const auto& shard = shards[static_cast<std::size_t>(s)];
    auto& own = out[next++ % clients];
    own.insert(own.end(), shard.begin(), shard.end());
  }
  return out;
}

}  // namespace

void PartitionOptions::validate() const {
  if (!(alpha > 0.0) || !std::isfinite(alpha)) {
    throw std::invalid_argument(fmt::format("expected alpha > 0, got {}", alpha));
  }
  if (classes_per_client < 1) {
    throw std::invalid_argument(
        fmt::format("expected classes_per_client >= 1, got {}", classes_per_client));
  }
}

Clients partition(const at::Tensor& labels, std::int64_t clients, const PartitionOptions& options,
                  Stream& stream) {
  options.validate();
  if (!labels.defined() || labels.dim() != 1 || labels.scalar_type() != at::kLong) {
    throw std::invalid_argument(fmt::format(
        "expected labels as a vector of int64, got {}",
        labels.defined() ? fmt::format("{} dimensions of {}", labels.dim(), labels.dtype().name())
                         : "nothing"));
  }
  if (clients < 1)
    throw std::invalid_argument(fmt::format("expected clients >= 1, got {}", clients));
  const auto records = labels.size(0);
  if (records < clients) {
    throw std::invalid_argument(fmt::format(
        "expected a record for each of the {} clients, got {} records", clients, records));
  }
  const auto own = labels.cpu().contiguous();
  const auto count = static_cast<std::size_t>(clients);
  Clients out;
  switch (options.kind) {
    case PartitionKind::iid:
      out = iid(records, count, stream);
      break;
    case PartitionKind::dirichlet:
      out = dirichlet(own, count, options.alpha, stream);
      break;
    case PartitionKind::by_class:
      // More classes than records cannot be: the cap keeps the product below from overflowing.
      out =
          by_class(own, count,
                   static_cast<std::size_t>(std::min(options.classes_per_client, records)), stream);
      break;
  }
  for (auto& indices : out)
    std::sort(indices.begin(), indices.end());
  return out;
}

}  // namespace assay
