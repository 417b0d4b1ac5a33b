#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace assay {

/// A tensor of a safetensors file before it is written.
struct TensorPlan {
  std::string name;
  std::string type;  ///< F32, F64, I64 or BOOL
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
};

/// What a safetensors file begins with: header length u64 | JSON header, padded to 8 bytes. The
/// tensors' bytes follow in this order, without gaps. So a file can be written without ever holding
/// all of it.
std::string safetensors_front(std::span<const TensorPlan> tensors, const nlohmann::json& note);

}  // namespace assay
