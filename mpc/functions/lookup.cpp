#include "mpc/functions/lookup.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assay::mpc {

Secret whole_number(Protocol& p, const Secret& x) {
  // Zeros are cut off, of which no carry comes.
  return x.fraction_bits == 0 ? x : p.truncate(Product{x}, x.fraction_bits);
}

Secret one_hot(Protocol& p, const Secret& index, std::int64_t classes) {
  return p.unit_vector(index, classes);
}

Secret lookup_one_hot(Protocol& p, const Secret& one_hot, const Secret& table) {
  if (table.dim() < 1 || one_hot.dim() < 1 || one_hot.size(-1) != table.size(0) ||
      one_hot.fraction_bits != 0) {
    throw std::invalid_argument(fmt::format(
        "lookup: expected whole unit vectors of {} entries for a table of as many rows, got {} at "
        "{} fraction bits",
        table.dim() < 1 ? 0 : table.size(0), one_hot.dim() < 1 ? 0 : one_hot.size(-1),
        one_hot.fraction_bits));
  }
  auto sizes = one_hot.sizes().vec();
  sizes.pop_back();
  const auto row = table.sizes().slice(1);
  sizes.insert(sizes.end(), row.begin(), row.end());
  const auto rows = p.settle(p.product(matrix_product(), reshape(one_hot, {-1, table.size(0)}),
                                       reshape(table, {table.size(0), -1})));
  return reshape(rows, sizes);
}

Secret lookup(Protocol& p, const Secret& index, const Secret& table) {
  return lookup_one_hot(p, one_hot(p, index, table.size(0)), table);
}

}  // namespace assay::mpc
