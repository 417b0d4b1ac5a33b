#include "dp/preprocessing/generate/recipe.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

// Cells of the conditional tables.

std::size_t band(const CensusRow& r) {  // ages to 24, 25 to 34, ..., 85 and above
  return static_cast<std::size_t>(std::clamp<std::int64_t>((r[kAge] - 15) / 10, 0, 7));
}
std::size_t race(const CensusRow& r) {
  return static_cast<std::size_t>(4 * r[kLatino] + 2 * r[kBlack] + r[kAsian]);
}
std::size_t of_sex(const CensusRow& r) {
  return band(r);
}
std::size_t of_married(const CensusRow& r) {
  return 2 * band(r) + static_cast<std::size_t>(r[kSex]);
}
std::size_t of_divorced(const CensusRow& r) {
  return 2 * band(r) + static_cast<std::size_t>(r[kMarried]);
}
std::size_t of_race(const CensusRow& r) {
  return static_cast<std::size_t>(r[kPuma] - 1101);
}
std::size_t of_english(const CensusRow& r) {
  return 2 * race(r) + static_cast<std::size_t>(r[kUsCitizen]);
}
std::size_t of_children(const CensusRow& r) {
  return 4 * band(r) + static_cast<std::size_t>(2 * r[kSex] + r[kMarried]);
}
std::size_t of_income(const CensusRow& r) {
  const std::size_t schooling = r[kEduc] < 9 ? 0 : r[kEduc] < 13 ? 1 : 2;
  return 6 * band(r) + 2 * schooling + static_cast<std::size_t>(r[kEmployed]);
}

}  // namespace

double employed_probability(const CensusRow& r) {
  const auto x = [&](CensusField field) { return static_cast<double>(r[field]); };
  const double college = r[kEduc] >= 13 ? 1 : 0, age = x(kAge) / 100;
  const double logit = -3.35 - 0.36 * x(kSex) - 0.21 * x(kMarried) - 0.20 * x(kBlack) -
                       0.59 * x(kAsian) + 0.33 * college + 0.14 * x(kMilitaryService) -
                       0.22 * x(kUsCitizen) - 0.52 * x(kDisability) - 0.24 * x(kEnglishAbility) +
                       0.24 * x(kLatino) + 0.23 * x(kDivorced) - 0.66 * x(kChildren) + 20.08 * age -
                       25.56 * age * age + 2.35 * x(kEduc) / 16;
  return 1 / (1 + std::exp(-logit));
}

void CensusRecipe::Table::add(std::size_t cell, std::int64_t value) {
  if (cells_.size() <= cell) cells_.resize(cell + 1);
  cells_[cell].push_back(static_cast<std::int32_t>(value));
  all_.push_back(static_cast<std::int32_t>(value));
}

std::int64_t CensusRecipe::Table::draw(std::size_t cell, Stream& stream) const {
  const auto& values = cell < cells_.size() && !cells_[cell].empty() ? cells_[cell] : all_;
  return values[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(values.size())))];
}

CensusRecipe::CensusRecipe(std::span<const std::uint64_t> records) {
  if (records.empty()) throw std::invalid_argument("expected a record to generate others like it");
  const RecordCode code(fulton_layout());
  for (const auto record : records) {
    CensusRow r{};
    for (std::size_t c = 0; c < kCensusFields; ++c)
      r[c] = code.value(code.field(record, c), c);
    age_.add(0, r[kAge]);
    puma_.add(0, r[kPuma]);
    sex_.add(of_sex(r), r[kSex]);
    educ_.add(band(r), r[kEduc]);
    married_.add(of_married(r), r[kMarried]);
    divorced_.add(of_divorced(r), r[kDivorced]);
    race_.add(of_race(r), static_cast<std::int64_t>(race(r)));
    citizen_.add(race(r), r[kUsCitizen]);
    english_.add(of_english(r), r[kEnglishAbility]);
    children_.add(of_children(r), r[kChildren]);
    disability_.add(band(r), r[kDisability]);
    military_.add(of_married(r), r[kMilitaryService]);
    income_.add(of_income(r), r[kIncome]);
  }
}

CensusRow CensusRecipe::draw(Stream& stream) const {
  CensusRow r{};
  const auto& columns = fulton_layout().columns;
  r[kState] = columns[kState].low;
  r[kFips] = columns[kFips].low;
  r[kAge] = age_.draw(0, stream);
  r[kPuma] = puma_.draw(0, stream);
  r[kSex] = sex_.draw(of_sex(r), stream);
  r[kEduc] = educ_.draw(band(r), stream);
  r[kMarried] = married_.draw(of_married(r), stream);
  r[kDivorced] = divorced_.draw(of_divorced(r), stream);
  const auto races = race_.draw(of_race(r), stream);
  r[kLatino] = races >> 2;
  r[kBlack] = (races >> 1) & 1;
  r[kAsian] = races & 1;
  r[kUsCitizen] = citizen_.draw(race(r), stream);
  r[kEnglishAbility] = english_.draw(of_english(r), stream);
  r[kChildren] = children_.draw(of_children(r), stream);
  r[kDisability] = disability_.draw(band(r), stream);
  r[kMilitaryService] = military_.draw(of_married(r), stream);
  r[kEmployed] = stream.uniform() < employed_probability(r);
  r[kIncome] = income_.draw(of_income(r), stream);
  return r;
}

}  // namespace assay::dp
