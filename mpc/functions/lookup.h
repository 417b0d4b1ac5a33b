#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Tables at secret places. An index is a whole number: Protocol::input with 0 fraction bits, an
/// argmax, or whole_number(). Outside 0 ... K - 1 its result has no meaning.

/// A real number that is whole, at 0 fraction bits: exact. On a dealt wire nothing is sent.
Secret whole_number(Protocol& p, const Secret& x);

/// [..., ] -> [..., classes]: 1 at the index, whole numbers. No round on dealt wires.
Secret one_hot(Protocol& p, const Secret& index, std::int64_t classes);

/// Rows of a table [K, ...] for indices [...]: [..., row...], exact. 1 round on dealt wires. The K
/// dealt words for each index make it dear for large tables, whoever deals.
Secret lookup(Protocol& p, const Secret& index, const Secret& table);
/// The same for unit vectors [..., K], as their owner may share them.
Secret lookup_one_hot(Protocol& p, const Secret& one_hot, const Secret& table);

}  // namespace assay::mpc
