#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "core/models/spec.h"

namespace assay::onnx_file {

/// Where in a file a parameter comes from.
struct Origin {
  std::string constant;  ///< "" where the file leaves it out
  bool transposed = false;
  auto operator<=>(const Origin&) const = default;
};

/// The entries of a layer's parameter. One that is computed (a constant times a factor) has no
/// origin.
struct Learnt {
  std::vector<float> values;
  std::optional<Origin> origin;
};

/// Makes one parameter of a constant that several layers take in one layout and shape: the first of
/// them has it, the others share it (Node::shared). `learnt`: of every layer, in order. Returns the
/// values of parameters_of(spec).
///
/// Exporters make one constant of equal ones, such as the ones and zeros that layers start from.
/// That two layers take such a constant, whose entries are all alike, says nothing: they share it
/// only if they share their weight, so that a layer used twice shares its bias, a left out one too.
///
/// Errors: std::invalid_argument unless there are as many as the layers have.
std::vector<std::vector<float>> share(ModelSpec& spec, std::vector<Learnt> learnt);

}  // namespace assay::onnx_file
