#include "mpc/tensor_messages.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <cstring>

#include "mpc/words.h"

namespace assay::mpc {

std::size_t bytes_of(at::IntArrayRef sizes) {
  return static_cast<std::size_t>(c10::multiply_integers(sizes)) * sizeof(std::uint64_t);
}

void send_words(Transport& wire, Rank to, const Tag& tag, const at::Tensor& tensor) {
  wire.send(to, tag, std::as_bytes(words(tensor.contiguous())));
}

at::Tensor words_of(Rank receiver, const Receipt& message, at::IntArrayRef sizes) {
  if (message.payload().size() != bytes_of(sizes)) {
    throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}",
                                     receiver, to_string(message.tag()), bytes_of(sizes),
                                     message.from(), message.payload().size()));
  }
  auto out = at::empty(sizes, at::kLong);
  if (out.numel() > 0)
    std::memcpy(out.mutable_data_ptr(), message.payload().data(), message.payload().size());
  return out;
}

at::Tensor receive_words(Transport& wire, Rank from, const Tag& tag, at::IntArrayRef sizes) {
  return words_of(wire.rank(), wire.wait(wire.receive(from, tag, bytes_of(sizes))), sizes);
}

}  // namespace assay::mpc
