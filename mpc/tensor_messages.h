#pragma once

#include <ATen/core/Tensor.h>

#include "core/net/transport.h"

namespace assay::mpc {

/// An int64 tensor's words as a message, little endian.
void send_words(Transport& wire, Rank to, const Tag& tag, const at::Tensor& words);

/// The words of a message. Errors: TransportError if there are more or fewer than the shape has.
at::Tensor words_of(Rank receiver, const Receipt& message, at::IntArrayRef sizes);
at::Tensor receive_words(Transport& wire, Rank from, const Tag& tag, at::IntArrayRef sizes);

/// Bytes of a tensor of this shape.
std::size_t bytes_of(at::IntArrayRef sizes);

}  // namespace assay::mpc
