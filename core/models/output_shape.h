#pragma once

#include "core/models/spec.h"

namespace assay {

using Shape = std::vector<std::int64_t>;

std::int64_t product_of(const Shape& shape);

/// Errors: std::invalid_argument naming the node unless it has as many inputs as its layer takes.
void require_inputs(const Node& node);

/// Of one layer, for one example and the shapes of its inputs.
/// Errors: std::invalid_argument naming the node whose input does not fit it.
Shape output_shape(const Node& node, const std::vector<Shape>& in);

}  // namespace assay
