#pragma once

#include <utility>
#include <vector>

#include "mpc/protocol.h"

namespace assay::mpc::nn {

/// Truncations that gradients and updates share, each of them once for all that it can serve.
/// On dealt wires scaling and weighted sums send nothing.

/// Sums of products brought back to the protocol's fraction bits side by side: 1 round for all.
/// Errors: std::invalid_argument unless all have the same number of fraction bits.
std::vector<Secret> rescale_together(Protocol& p, const std::vector<Product>& sums);

/// factor x, at x's fraction bits. The factor keeps f + 8 significant bits, however small it is.
/// Error: 1 unit in the last place, and |factor x| 2^-(f+8). Domain: both below 2^(54-2f).
Secret scale_finely(Protocol& p, const Secret& x, double factor);

/// factor x for a sum of products, which one truncation scales and brings back to f. The factor
/// keeps 14 significant bits. Error: 1 unit in the last place, and |factor x| 2^-14. Domain: x and
/// factor x below 2^(48-2f).
Secret scale_finely(Protocol& p, const Product& x, double factor);

/// sum over k of c_k x_k for secrets of one shape and one number of fraction bits, which the result
/// has too, with one truncation. Coefficients are rounded to 2^-(f + extra_bits) of the sum of
/// their magnitudes. Domain: ring elements x_k 2^(fraction bits) below 2^(62 - f - extra_bits), and
/// so times the sum of the magnitudes. Errors: std::invalid_argument for a coefficient that is not
/// finite.
Secret weighted_sum(Protocol& p, const std::vector<std::pair<double, Secret>>& terms,
                    int extra_bits = 8);

/// All entries of several secrets as one vector.
Secret join(const std::vector<Secret>& all);
/// A vector cut into the given shapes.
std::vector<Secret> split(const Secret& joined,
                          const std::vector<std::vector<std::int64_t>>& shapes);

}  // namespace assay::mpc::nn
