#pragma once

#include <optional>

#include "core/data/dataset.h"

namespace assay {

/// What an attacker brings along. Each part is an assumption that the report prints.
struct Auxiliary {
  /// Public records of the same kind of data, none of them private.
  std::optional<Dataset> public_data;
};

}  // namespace assay
