#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct FredriksonOptions {
  std::int64_t feature = 0;  ///< the column of a record that is hidden; it has few values

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Inversion of an attribute: "Privacy in Pharmacogenetics: An End-to-End Case Study of
/// Personalized Warfarin Dosing" (Fredrikson et al., USENIX Security 2014). Who knows a record but
/// for one attribute, and its label y, asks the model about each value v that the attribute may
/// have, and takes
///
///   argmax_v  P(v) p_y(x with v)
///
/// with the values and their shares P(v) among public records. The paper has the model's label
/// alone, and its error rates in the place of p_y.
///
/// Of a model that was not trained on the record this is imputation: what the attribute has to do
/// with the label. What training on it adds is the difference that is scored.
/// Cost: a query for each record and value.
/// Needs: a released_model, its architecture, public records, candidates without the attribute.
/// Evidence: one reconstruction, all candidates with the attribute that was guessed.
/// Errors: std::invalid_argument if the attribute has one value or more than 16 among public
/// records.
std::unique_ptr<Attack> make_fredrikson(const FredriksonOptions& options);

}  // namespace assay::attacks
