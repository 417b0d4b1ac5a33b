#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random/stream.h"
#include "dp/preprocessing/record_code.h"

namespace assay::dp {

/// The columns of census-2000-fulton, in its order.
enum CensusField : std::size_t {
  kState,
  kPuma,
  kSex,
  kAge,
  kEduc,
  kIncome,
  kLatino,
  kBlack,
  kAsian,
  kMarried,
  kDivorced,
  kUsCitizen,
  kChildren,
  kDisability,
  kMilitaryService,
  kEmployed,
  kEnglishAbility,
  kFips,
  kCensusFields
};
using CensusRow = std::array<std::int64_t, kCensusFields>;

/// The chance to be employed: a logistic model that was fitted to the Fulton file, without income.
double employed_probability(const CensusRow& row);

/// Draws made-up people like those of a public file: age and area by its histograms, each further
/// column given a few of the earlier ones by its tables of frequencies, and `employed` by
/// employed_probability. No column but these tables ties two people, and no row is copied.
class CensusRecipe {
 public:
  /// `records`: at least one, in the code of fulton_layout(), without missing values.
  /// Errors: std::invalid_argument for none.
  explicit CensusRecipe(std::span<const std::uint64_t> records);

  /// Uses about 20 draws of the stream.
  CensusRow draw(Stream& stream) const;

 private:
  /// Values of some columns, by the cell of other columns: a draw is the value of a random record
  /// of the cell. A cell that the file does not have stands for the whole file.
  class Table {
   public:
    void add(std::size_t cell, std::int64_t value);
    std::int64_t draw(std::size_t cell, Stream& stream) const;

   private:
    std::vector<std::int32_t> all_;
    std::vector<std::vector<std::int32_t>> cells_;
  };

  Table age_, puma_, sex_, educ_, married_, divorced_, race_, citizen_, english_, children_,
      disability_, military_, income_;
};

}  // namespace assay::dp
