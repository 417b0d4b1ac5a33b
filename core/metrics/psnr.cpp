#include "core/metrics/psnr.h"

#include <algorithm>
#include <cmath>

#include "core/metrics/mse.h"
#include "core/metrics/values.h"

namespace assay::metrics {

double psnr_db(const at::Tensor& image, const at::Tensor& reference) {
  const double error =
      mse(unit_range_values(image, "the image"), unit_range_values(reference, "the reference"));
  return error == 0.0 ? kMaxPsnrDb : std::min(kMaxPsnrDb, -10.0 * std::log10(error));
}

}  // namespace assay::metrics
