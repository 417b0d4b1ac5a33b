#pragma once

namespace assay::dp {

/// ln erfc(x), for every x: erfc itself underflows above 106. Relative error about 1e-18.
long double log_erfc(long double x);

}  // namespace assay::dp
