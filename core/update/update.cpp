#include "core/update/update.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace assay {

static_assert(std::endian::native == std::endian::little, "wire formats are little endian");

void ByteWriter::u64(std::uint64_t value) {
  bytes(std::as_bytes(std::span(&value, 1)));
}
void ByteWriter::f32(std::span<const float> values) {
  bytes(std::as_bytes(values));
}
void ByteWriter::bytes(std::span<const std::byte> values) {
  bytes_.insert(bytes_.end(), values.begin(), values.end());
}

ByteReader::ByteReader(std::span<const std::byte> bytes, std::string what)
    : bytes_(bytes), what_(std::move(what)) {}

std::span<const std::byte> ByteReader::bytes(std::size_t count) {
  if (count > bytes_.size()) {
    throw std::invalid_argument(
        fmt::format("{}: expected {} more bytes, got {}", what_, count, bytes_.size()));
  }
  const auto out = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return out;
}

std::uint64_t ByteReader::u64() {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
  return value;
}

void ByteReader::f32(std::span<float> out) {
  const auto in = bytes(out.size_bytes());
  if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
}

void ByteReader::end() const {
  if (!bytes_.empty()) {
    throw std::invalid_argument(
        fmt::format("{}: expected its end, got {} more bytes", what_, bytes_.size()));
  }
}

at::Tensor flatten(const Parameters& parameters) {
  std::vector<at::Tensor> rows;
  for (const auto& parameter : parameters)
    rows.push_back(parameter.reshape({-1}));
  return rows.empty() ? at::empty({0}) : at::cat(rows);
}

Parameters unflatten(const std::vector<ParameterSpec>& shapes, const at::Tensor& flat) {
  Parameters out;
  std::int64_t at = 0;
  for (const auto& shape : shapes) {
    out.push_back(flat.slice(0, at, at + shape.numel()).reshape(shape.shape));
    at += shape.numel();
  }
  return out;
}

std::int64_t dense_bytes(const std::vector<ParameterSpec>& shapes) {
  std::int64_t count = 0;
  for (const auto& shape : shapes)
    count += shape.numel();
  return 8 + 4 * count;
}

Message encode_dense(const Update& update) {
  ByteWriter out;
  out.u64(static_cast<std::uint64_t>(update.examples));
  const auto flat = flatten(update.values).to(at::kFloat).contiguous();
  out.f32({flat.const_data_ptr<float>(), static_cast<std::size_t>(flat.numel())});
  return out.take();
}

Update decode_dense(const std::vector<ParameterSpec>& shapes, const Message& message) {
  ByteReader in(message, "dense update");
  Update update;
  update.examples = static_cast<std::int64_t>(in.u64());
  auto flat = at::empty({(dense_bytes(shapes) - 8) / 4});
  in.f32({flat.mutable_data_ptr<float>(), static_cast<std::size_t>(flat.numel())});
  in.end();
  update.values = unflatten(shapes, flat);
  return update;
}

}  // namespace assay
