#pragma once

#include "core/models/forward.h"
#include "core/net/transport.h"

namespace assay {

/// What a client tells of its training: a gradient or a difference of weights.
struct Update {
  Parameters values;
  /// Which coordinates were sent, as booleans of the same shapes; empty when all were. What was not
  /// sent reads 0 in `values`.
  Parameters sent;
  std::int64_t examples = 0;  ///< records it was computed on; the aggregate's weight
};

/// An encoded update, as it goes on the wire.
using Message = Bytes;

/// The wire format of an update without any defense, and of models:
/// examples u64 | every coordinate as float32, little endian, in the order of parameters_of().
Message encode_dense(const Update& update);

/// Errors: std::invalid_argument if the message has not exactly the size that the shapes ask for.
Update decode_dense(const std::vector<ParameterSpec>& shapes, const Message& message);
std::int64_t dense_bytes(const std::vector<ParameterSpec>& shapes);

/// All coordinates in one row, and back.
at::Tensor flatten(const Parameters& parameters);
Parameters unflatten(const std::vector<ParameterSpec>& shapes, const at::Tensor& flat);

/// Little-endian building blocks of wire formats.
class ByteWriter {
 public:
  void u64(std::uint64_t value);
  void f32(std::span<const float> values);
  void bytes(std::span<const std::byte> values);
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};
class ByteReader {
 public:
  /// `what` names the message in errors.
  ByteReader(std::span<const std::byte> bytes, std::string what);
  /// Errors of all: std::invalid_argument if too few bytes are left.
  std::uint64_t u64();
  void f32(std::span<float> out);
  std::span<const std::byte> bytes(std::size_t count);
  std::size_t left() const { return bytes_.size(); }
  /// Errors: std::invalid_argument if bytes are left.
  void end() const;

 private:
  std::span<const std::byte> bytes_;
  std::string what_;
};

}  // namespace assay
