#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dp/preprocessing/statistics.h"

namespace assay::dp {

/// What becomes of a record that is, code for code, one that came before.
enum class OnDuplicate { keep, drop };

/// How many lines may be refused.
struct RefusedLimit {
  double value = 0;
  bool percent = false;  ///< of all lines

  bool exceeded(std::int64_t refused, std::int64_t lines) const {
    return static_cast<double>(refused) >
           (percent ? value / 100.0 * static_cast<double>(lines) : value);
  }
};

struct PrepareOptions {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path out;  ///< folder
  CensusLayout layout = fulton_layout();
  OnDuplicate on_duplicate = OnDuplicate::keep;
  Scaling scaling = Scaling::range;
  /// Whose statistics stand in for missing values and standardise; absent: the records' own, which
  /// no claim about them then covers.
  std::optional<UsedStatistics> statistics;
  std::optional<RefusedLimit> max_refused;
  int threads = 1;
  std::size_t chunk_bytes = std::size_t{1} << 20U;
  std::function<void(double)> progress = [](double) {};  ///< told the share that is done

  /// The inputs' names in reports: without folders, where that tells them apart.
  std::vector<std::string> input_names() const;

  /// Errors: std::invalid_argument for no input, a number of threads or bytes out of range, and a
  /// layout that CensusLayout::validate refuses.
  void validate() const;
};

}  // namespace assay::dp
