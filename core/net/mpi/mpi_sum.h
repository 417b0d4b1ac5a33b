#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <memory>

#include "core/net/tag.h"

namespace assay {

/// Whether this program was built with MPI.
bool has_mpi();

/// Sums over processes that mpirun has started, by MPI's own all-reduce.
///
/// MPI chooses the algorithm and the links. It does not tell who saw which partial sum, nobody
/// counts its bytes, nothing records its messages, and it neither encrypts them nor knows who is at
/// the other end: it is for workers within one trust domain. A process can have one MpiSum in its
/// life, and calls it from one thread.
class MpiSum {
 public:
  /// Errors: std::runtime_error without MPI; if its world has not `size` processes, of which this
  /// one is `rank` (not started by mpirun, say).
  MpiSum(Rank rank, Rank size,
         std::chrono::milliseconds deadline = std::chrono::milliseconds(60'000));
  ~MpiSum();
  MpiSum(const MpiSum&) = delete;
  MpiSum& operator=(const MpiSum&) = delete;

  /// The sum over all processes of a float32, float64 or int64 tensor of one shape; every one gets
  /// the same bits, as the standard requires (MPI 3.1, 5.9.6). int64 wraps modulo 2^64.
  /// Errors: std::invalid_argument for another type; TransportError naming the tag if MPI fails, or
  /// if the others do not come within the deadline.
  at::Tensor operator()(const Tag& tag, const at::Tensor& local) const;

 private:
  class World;
  std::unique_ptr<World> world_;
};

}  // namespace assay
