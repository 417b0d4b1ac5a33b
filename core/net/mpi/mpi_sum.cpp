#include "core/net/mpi/mpi_sum.h"

#include <ATen/ops/empty_like.h>
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <thread>

#include "core/net/transport.h"

namespace assay {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int64_t kMostAtOnce = std::int64_t{1} << 28;  // MPI counts with 32 bits

MPI_Datatype type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return MPI_FLOAT;
    case at::kDouble:
      return MPI_DOUBLE;
    case at::kLong:
      return MPI_INT64_T;
    default:
      throw std::invalid_argument(
          fmt::format("expected numbers of type float32, float64 or int64 to sum, got {}",
                      at::toString(tensor.scalar_type())));
  }
}

}  // namespace

bool has_mpi() {
  return true;
}

/// MPI, from its start to its end in this process.
class MpiSum::World {
 public:
  World(Rank rank, Rank size, std::chrono::milliseconds deadline)
      : rank_(rank), deadline_(deadline), exceptions_(std::uncaught_exceptions()) {
    int done = 0, provided = 0;
    MPI_Initialized(&done);
    if (done != 0) throw std::runtime_error("MPI: expected one training in a process");
    require(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "its start");
    int there = 0, here = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &there);
    MPI_Comm_rank(MPI_COMM_WORLD, &here);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (there == size && here == rank) return;
    throw std::runtime_error(
        fmt::format("rank {}: engine mpi: expected to be process {} of {} of MPI, got {} of {}: "
                    "start all ranks by one mpirun",
                    rank, rank, size, here, there));
  }
  /// Whoever ends in an error does not wait for others who may never come; mpirun notices.
  ~World() {
    if (std::uncaught_exceptions() == exceptions_) MPI_Finalize();
  }

  void sum(const Tag& tag, const void* from, void* to, int count, MPI_Datatype type) const {
    MPI_Request request = MPI_REQUEST_NULL;
    require(MPI_Iallreduce(from, to, count, type, MPI_SUM, MPI_COMM_WORLD, &request),
            to_string(tag));
    const auto until = Steady::now() + deadline_;
    const auto eager = Steady::now() + std::chrono::milliseconds(2);
    for (int done = 0; true;) {
      require(MPI_Test(&request, &done, MPI_STATUS_IGNORE), to_string(tag));
      if (done != 0) return;
      const auto now = Steady::now();
      if (now > until) {
        throw TransportError(fmt::format("rank {}: {} by MPI did not end within {} ms", rank_,
                                         to_string(tag), deadline_.count()));
      }
      if (now > eager)
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      else
        std::this_thread::yield();
    }
  }

 private:
  void require(int status, const std::string& what) const {
    if (status == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(status, text, &length);
    throw TransportError(fmt::format("rank {}: {} by MPI: {}", rank_, what,
                                     std::string(text, static_cast<std::size_t>(length))));
  }

  Rank rank_;
  std::chrono::milliseconds deadline_;
  int exceptions_;
};

MpiSum::MpiSum(Rank rank, Rank size, std::chrono::milliseconds deadline)
    : world_(std::make_unique<World>(rank, size, deadline)) {}

MpiSum::~MpiSum() = default;

at::Tensor MpiSum::operator()(const Tag& tag, const at::Tensor& local) const {
  const auto type = type_of(local);
  const auto own = local.contiguous();
  auto total = at::empty_like(own);
  const auto item = static_cast<std::int64_t>(own.element_size());
  const auto* from = static_cast<const std::byte*>(own.const_data_ptr());
  auto* to = static_cast<std::byte*>(total.mutable_data_ptr());
  for (std::int64_t begin = 0; begin < own.numel(); begin += kMostAtOnce) {
    const auto count = std::min(kMostAtOnce, own.numel() - begin);
    world_->sum(tag, from + begin * item, to + begin * item, static_cast<int>(count), type);
  }
  return total;
}

}  // namespace assay
