#include "dp/noise/correlated/correlation.h"

#include <fmt/core.h>

#include <stdexcept>

#include "dp/noise/correlated/banded_toeplitz.h"
#include "dp/noise/correlated/binary_tree.h"

namespace assay::dp {
namespace {

constexpr std::int64_t kMostBands = 1024;

}  // namespace

std::string to_string(Correlation correlation) {
  switch (correlation) {
    case Correlation::none:
      return "none";
    case Correlation::banded:
      return "banded";
    case Correlation::tree:
      return "tree";
  }
  throw std::logic_error("unreachable correlation");
}

void CorrelationOptions::validate() const {
  if (kind == Correlation::banded && (bands < 2 || bands > kMostBands)) {
    throw std::invalid_argument(fmt::format(
        "expected 2 to {} bands beside correlation: banded, got {}", kMostBands, bands));
  }
  if (kind != Correlation::banded && bands != 0) {
    throw std::invalid_argument(fmt::format(
        "expected bands beside correlation: banded only, got {} with {}", bands, to_string(kind)));
  }
  if (restart_every < 0 || (kind != Correlation::tree && restart_every != 0)) {
    throw std::invalid_argument(
        fmt::format("expected restart_every beside correlation: tree only, and above 0, got {} "
                    "with {}",
                    restart_every, to_string(kind)));
  }
}

std::shared_ptr<const NoiseMatrix> make_noise_matrix(const CorrelationOptions& options,
                                                     const Participation& participation) {
  options.validate();
  participation.validate();
  switch (options.kind) {
    case Correlation::none:
      return nullptr;
    case Correlation::banded:
      return std::make_shared<BandedToeplitz>(
          BandedToeplitz::least_error(options.bands, participation.steps));
    case Correlation::tree:
      return std::make_shared<BinaryTree>(options.restart_every > 0
                                              ? BinaryTree(options.restart_every)
                                              : BinaryTree::least_error(participation));
  }
  throw std::logic_error("unreachable correlation");
}

}  // namespace assay::dp
