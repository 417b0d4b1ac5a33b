#include "dp/system/asynchronous/messages.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace assay::dp {
namespace {

at::ScalarType sealed_type(const Setup& setup) {
  return in_whole_numbers(setup.options.noise) ? at::kLong : at::kFloat;
}

template <std::size_t n>
using Header = std::array<std::int64_t, n>;

template <std::size_t n>
Bytes encode(const Header<n>& header, const at::Tensor& flat) {
  const auto tensor = flat.contiguous();
  Bytes out(sizeof(header) + tensor.nbytes());
  std::memcpy(out.data(), header.data(), sizeof(header));
  // A message without a tensor has no address to copy from.
  const auto* values = static_cast<const std::byte*>(tensor.const_data_ptr());
  std::copy_n(values, tensor.nbytes(), out.begin() + sizeof(header));
  return out;
}

[[noreturn]] void refuse(const Receipt& frame, const std::string& why) {
  throw TransportError(fmt::format("rank {}: {} from rank {}: {}", frame.to(),
                                   to_string(frame.tag()), frame.from(), why));
}

/// The header; the tensor is filled with what stands behind it.
template <std::size_t n>
Header<n> decode(const Receipt& frame, at::Tensor& into) {
  Header<n> header;
  const auto expected = sizeof(header) + into.nbytes();
  const auto& bytes = frame.payload();
  if (bytes.size() != expected)
    refuse(frame, fmt::format("expected {} bytes, got {}", expected, bytes.size()));
  std::memcpy(header.data(), bytes.data(), sizeof(header));
  std::copy_n(bytes.begin() + sizeof(header), into.nbytes(),
              static_cast<std::byte*>(into.mutable_data_ptr()));
  for (const auto number : header) {
    if (number < 0) refuse(frame, fmt::format("expected numbers of 0 or more, got {}", number));
  }
  return header;
}

}  // namespace

std::size_t push_bytes(const Setup& setup) {
  const auto width = c10::elementSize(sealed_type(setup));
  return sizeof(Header<1>) + static_cast<std::size_t>(setup.coordinates) * width;
}

std::size_t order_bytes(const Setup& setup) {
  return sizeof(Header<3>) + static_cast<std::size_t>(setup.coordinates) * sizeof(float);
}

Bytes encode(const Push& push) {
  return encode<1>({push.version}, push.sealed);
}

Bytes encode(const Order& order) {
  return encode<3>({static_cast<std::int64_t>(order.kind), order.version, order.charged},
                   order.weights);
}

Bytes encode_hello(std::int64_t charged) {
  return encode<1>({charged}, at::empty({0}, at::kFloat));
}

Push decode_push(const Receipt& frame, const Setup& setup) {
  Push push{.sealed = at::empty({setup.coordinates}, sealed_type(setup))};
  push.version = decode<1>(frame, push.sealed)[0];
  return push;
}

Order decode_order(const Receipt& frame, const Setup& setup) {
  Order order{.weights = at::empty({setup.coordinates}, at::kFloat)};
  const auto [kind, version, charged] = decode<3>(frame, order.weights);
  if (kind > static_cast<std::int64_t>(Order::Kind::stop))
    refuse(frame, fmt::format("expected an order of 0 or 1, got {}", kind));
  order.kind = static_cast<Order::Kind>(kind);
  order.version = version;
  order.charged = charged;
  return order;
}

std::int64_t decode_hello(const Receipt& frame) {
  auto nothing = at::empty({0}, at::kFloat);
  return decode<1>(frame, nothing)[0];
}

}  // namespace assay::dp
