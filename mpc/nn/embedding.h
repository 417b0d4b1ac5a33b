#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Rows of a table [tokens, features] at secret indices [...], whole numbers (0 fraction bits):
/// [..., features]. Exact; the table's gradient is exact too. See functions/lookup.h for the cost;
/// 1 round back.
Variable embedding(Protocol& p, const Secret& index, const Variable& table);

}  // namespace assay::mpc::nn
