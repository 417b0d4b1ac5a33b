#pragma once

#include <string>
#include <vector>

namespace assay::scenarios {

/// "; did you mean 'rounds'?" for the closest of the candidates, or the list of all if none is
/// close.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace assay::scenarios
