#include <stdexcept>

#include "core/net/mpi/mpi_sum.h"

namespace assay {

bool has_mpi() {
  return false;
}

class MpiSum::World {};

MpiSum::MpiSum(Rank, Rank, std::chrono::milliseconds) {
  throw std::runtime_error("engine mpi: this program was built without MPI (./setup --with mpi)");
}
MpiSum::~MpiSum() = default;

at::Tensor MpiSum::operator()(const Tag&, const at::Tensor& local) const {
  return local;  // nobody has one
}

}  // namespace assay
