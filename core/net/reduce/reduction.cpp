#include "core/net/reduce/reduction.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <cstring>
#include <numeric>

namespace assay {

std::vector<Rank> ranks_below(Rank n) {
  std::vector<Rank> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Reduction::Reduction(Transport& wire, const Tag& tag, const at::Tensor& local,
                     const OnPartialSum& observe)
    : wire_(wire), tag_(tag), observe_(observe), sizes_(local.sizes().vec()) {
  const auto type = local.scalar_type();
  if (type != at::kFloat && type != at::kDouble && type != at::kLong) {
    throw std::invalid_argument(fmt::format(
        "reduction {}: expected float32, float64 or int64, got {}", tag.op, at::toString(type)));
  }
  sum_ = local.detach().reshape(-1).clone();
}

Tag Reduction::tag_of(int step) const {
  return {tag_.phase, fmt::format("{}.{}", tag_.op, step), tag_.sequence};
}

at::Tensor Reduction::part(Segment segment) const {
  return sum_.slice(0, segment.begin, segment.end);
}

void Reduction::send(Rank to, int step, Segment segment) {
  const auto values = part(segment);
  wire_.send(
      to, tag_of(step),
      std::as_bytes(std::span(static_cast<const char*>(values.const_data_ptr()), values.nbytes())));
}

at::Tensor Reduction::read(const Receipt& frame, Segment segment) const {
  auto values = at::empty({segment.size()}, sum_.options());
  if (frame.payload().size() != values.nbytes()) {
    throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}", rank(),
                                     to_string(frame.tag()), values.nbytes(), frame.from(),
                                     frame.payload().size()));
  }
  if (values.numel() > 0)
    std::memcpy(values.mutable_data_ptr(), frame.payload().data(), values.nbytes());
  return values;
}

at::Tensor Reduction::receive(Rank from, int step, Segment segment, std::vector<Rank> of) {
  const auto bytes = static_cast<std::size_t>(segment.size()) * sum_.itemsize();
  const auto frame = wire_.wait(wire_.receive(from, tag_of(step), bytes));
  auto values = read(frame, segment);
  if (observe_) observe_({frame, segment.begin, values, std::move(of)});
  return values;
}

void Reduction::add(Rank from, int step, Segment segment, std::vector<Rank> of) {
  part(segment).add_(receive(from, step, segment, std::move(of)));
}

void Reduction::take(Rank from, int step, Segment segment) {
  part(segment).copy_(receive(from, step, segment, ranks_below(size())));
}

void Reduction::add_all(int step, Segment segment) {
  const auto bytes = static_cast<std::size_t>(segment.size()) * sum_.itemsize();
  std::vector<Pending> pending;
  for (Rank from = 0; from < size(); ++from) {
    if (from != rank()) pending.push_back(wire_.receive(from, tag_of(step), bytes));
  }
  const auto frames = wire_.wait(pending);
  const auto own = part(segment).clone();
  auto sum = at::zeros_like(own);
  auto frame = frames.begin();
  for (Rank from = 0; from < size(); ++from) {
    if (from == rank()) {
      sum += own;
      continue;
    }
    const auto values = read(*frame, segment);
    if (observe_) observe_({*frame, segment.begin, values, {from}});
    sum += values;
    ++frame;
  }
  part(segment).copy_(sum);
}

}  // namespace assay
