#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay::dp {

struct GenerateOptions {
  std::int64_t rows = 0;
  std::uint64_t seed = 1;
  double dirt = 0;                              ///< share of rows with dirt
  std::filesystem::path recipe;                 ///< a clean public file of census-2000-fulton
  std::filesystem::path out;                    ///< the CSV file
  std::optional<std::filesystem::path> ledger;  ///< CSV: line,dirt,finding,column
  int threads = 1;
  std::function<void(double)> progress = [](double) {};

  /// Errors: std::invalid_argument for fewer than 1 row, a share outside [0, 1], no thread.
  void validate() const;
};

struct Generated {
  std::int64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::map<std::string, std::int64_t> dirt;  ///< how often each kind was put in
};

/// Writes a census file of made-up people by CensusRecipe, with dirt, and on request the ledger of
/// all dirt. The same seed gives the same bytes, whatever the number of threads.
///
/// Errors: std::invalid_argument as GenerateOptions::validate, and for a recipe that cannot be read
/// or holds no clean record; std::runtime_error for I/O.
Generated generate_census(const GenerateOptions& options);

/// The clean records of a file in the code of fulton_layout(), without those that lack a value.
/// Errors: as prepare_census.
std::vector<std::uint64_t> complete_records(const std::filesystem::path& file);

}  // namespace assay::dp
