#pragma once

#include "core/net/transport.h"
#include "dp/system/setup.h"

namespace assay::dp {

// An asynchronous worker and its server, each message named by the phase and counted:
//
//   hello   worker: what its ledger says                            8 bytes
//   model   server: what to do, and the weights to do it with       24 + 4 m bytes, m coordinates
//   push    worker: its sealed sum, and which model it is of        8 + 4 m (discrete noise: 8 m)
//   sum     server, of a probe: what the next model would show      as push

/// What a worker computed from a model.
struct Push {
  std::int64_t version = 0;  ///< of that model: how many updates were applied to it
  at::Tensor sealed;         ///< [coordinates]
};

/// A model, with what the worker is to do.
struct Order {
  enum class Kind : std::int64_t { push, stop };
  Kind kind = Kind::push;
  std::int64_t version = 0;
  std::int64_t charged = 0;  ///< pushes of this worker that the server knows of
  at::Tensor weights;        ///< [coordinates], float32
};

std::size_t push_bytes(const Setup& setup);
std::size_t order_bytes(const Setup& setup);

Bytes encode(const Push& push);
Bytes encode(const Order& order);
Bytes encode_hello(std::int64_t charged);

/// Errors: TransportError naming sender and message unless it has its form, and numbers that can
/// be.
Push decode_push(const Receipt& frame, const Setup& setup);
Order decode_order(const Receipt& frame, const Setup& setup);
std::int64_t decode_hello(const Receipt& frame);

}  // namespace assay::dp
