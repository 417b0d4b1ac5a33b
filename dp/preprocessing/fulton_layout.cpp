#include <map>

#include "core/data/census.h"
#include "dp/preprocessing/layout.h"

namespace assay::dp {
namespace {

struct Published {
  Imputation impute;
  ColumnStatistics statistics;
};

using enum Imputation;

/// Of data/pums/FultonPUMS5full.csv: mean, median and mode; mean and deviation of clipped codes.
const std::map<std::string_view, Published> kPublished = {
    {"state", {mode, {13, 13, 13, 13.0, 0.0}}},
    {"puma", {mode, {1104, 1104, 1102, 1103.755646976636, 1.940146393000032}}},
    {"sex", {mode, {1, 1, 1, 0.527361639369712, 0.49925077935943357}}},
    {"age", {mean, {43, 40, 30, 42.54036326942482, 16.99793093942228}}},
    {"educ", {median, {11, 11, 13, 10.608553908251183, 2.989696624828039}}},
    {"income", {median, {39378, 21000, 0, 30711.585888380036, 30364.107364254913}}},
    {"latino", {mode, {0, 0, 0, 0.05254987192424125, 0.22313310575749867}}},
    {"black", {mode, {0, 0, 0, 0.4234262206007917, 0.49410166596412264}}},
    {"asian", {mode, {0, 0, 0, 0.0321353721959171, 0.17635954765690168}}},
    {"married", {mode, {0, 0, 0, 0.45175813087013894, 0.49766728048251013}}},
    {"divorced", {mode, {0, 0, 0, 0.11476364200884887, 0.31873648752804196}}},
    {"uscitizen", {mode, {1, 1, 1, 0.9256772490879454, 0.26229540523790984}}},
    {"children", {mode, {0, 0, 0, 0.1579989132965924, 0.36473998504919675}}},
    {"disability", {mode, {0, 0, 0, 0.21532251804703872, 0.4110458992240665}}},
    {"militaryservice", {mode, {0, 0, 0, 0.12823100209578514, 0.33434684415632804}}},
    {"employed", {refuse, {1, 1, 1, 0.6280757587518435, 0.48331832162679245}}},
    {"englishability", {mode, {1, 1, 1, 0.9641775983854692, 0.18584713384149362}}},
    {"fips", {mode, {13121, 13121, 13121, 13121.0, 0.0}}},
};

ColumnUse use_of(CensusColumn::Use use) {
  switch (use) {
    case CensusColumn::Use::constant:
      return ColumnUse::constant;
    case CensusColumn::Use::one_hot:
      return ColumnUse::one_hot;
    case CensusColumn::Use::scaled:
      return ColumnUse::scaled;
    case CensusColumn::Use::label:
      break;
  }
  return ColumnUse::label;
}

CensusLayout make_layout() {
  CensusLayout layout;
  layout.name = "census-2000-fulton";
  layout.class_names = census_class_names();
  layout.published_source =
      "Census 2000 5% Public Use Microdata Sample, Fulton County, Georgia (25,766 records; U.S. "
      "Census Bureau)";
  for (const auto& column : census_columns()) {
    const auto& [impute, statistics] = kPublished.at(column.name);
    layout.columns.push_back({std::string(column.name), use_of(column.use), column.low, column.high,
                              column.scale_low, column.scale_high, impute, statistics});
  }
  layout.validate();
  return layout;
}

}  // namespace

const CensusLayout& fulton_layout() {
  static const CensusLayout layout = make_layout();
  return layout;
}

}  // namespace assay::dp
