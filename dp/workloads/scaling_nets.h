#pragma once

#include <string>
#include <vector>

#include "core/models/spec.h"

namespace assay::dp {

/// A net that distributed training is measured on, and the records of an epoch.
struct ScalingNet {
  std::string name, title;
  ModelSpec model;
  std::int64_t records = 0;
};

/// census: 18 features, four layers of 256 units, 2 classes; 1.2 million records.
/// mnist: the 26,010 parameters of Opacus' MNIST example; 60,000 records.
const std::vector<ScalingNet>& scaling_nets();

/// Errors: std::invalid_argument naming the nets.
const ScalingNet& scaling_net(const std::string& name);

}  // namespace assay::dp
