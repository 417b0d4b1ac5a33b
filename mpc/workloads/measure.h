#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "mpc/additive/files/provider.h"
#include "mpc/workloads/workload.h"

namespace assay::mpc {

struct MeasureOptions {
  Rank parties = 2;
  std::int64_t elements = 0;  ///< 0: the workload's own number
  int fraction_bits = 16;
  bool third_party = false;  ///< who deals: party 0, or a rank of its own
  bool files = false;        ///< or this process, ahead, into files in a temporary folder
  /// Where each rank finds what was dealt to it ahead, in a computation of several processes.
  std::function<additive::FileProviderOptions(const std::string& workload, Rank)> dealt;
  bool tcp = false;  ///< seconds over TLS connections on the loopback; else between threads
  std::uint64_t seed = 1;
};

/// What a workload took among parties that are threads of this process. Inputs and the final reveal
/// are not part of it.
struct Measurement {
  std::string workload;
  Rank parties = 0;
  std::int64_t elements = 0;
  std::int64_t rounds = 0;
  std::int64_t bytes = 0;                       ///< payload sent by all parties
  std::int64_t offline_bytes = 0;               ///< payload sent by the dealer, or left in files
  double offline_seconds = 0.0;                 ///< of dealing ahead; 0 if it is done on the way
  double seconds = 0.0;                         ///< until the last party was done, here
  double lan_seconds = 0.0, wan_seconds = 0.0;  ///< on those links, with the compute of here
  double max_error = 0.0;
  std::int64_t peak_bytes = 0;  ///< memory of the process, all parties, above what it held before
};

/// Errors: std::invalid_argument for fewer than 2 parties or 1 element.
Measurement measure(const Workload& workload, const MeasureOptions& options);

nlohmann::json to_json(const Measurement& measurement);

/// The real inputs that a workload is measured with: so many elements (0: its own number), drawn
/// from the seed.
std::vector<at::Tensor> inputs_of(const Workload& workload, const MeasureOptions& options);

}  // namespace assay::mpc
