#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace assay::scenarios {

/// A machine that can be rented.
struct Instance {
  std::string name;
  std::int64_t cores = 1;  ///< a worker takes one
  double price_per_hour = 0.0;
};

/// What machines cost, where and when that was read.
struct PriceList {
  std::string currency, source, date;
  std::vector<Instance> instances;

  /// The cheapest instance of so many cores or more. Errors: std::invalid_argument if there is
  /// none.
  const Instance& with_cores(std::int64_t cores) const;
};

/// A YAML file with the fields of PriceList. Errors: SpecError with file, line and column.
PriceList read_prices(const std::filesystem::path& file);
PriceList parse_prices(const std::string& text, const std::string& file);

}  // namespace assay::scenarios
