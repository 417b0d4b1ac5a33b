#include "core/models/onnx/share.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <tuple>

namespace assay::onnx_file {
namespace {

struct Owner {
  std::string node, parameter;  ///< "fc", "fc.weight"
  std::size_t index = 0;        ///< among the model's parameters
};

bool all_alike(const std::vector<float>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

}  // namespace

std::vector<std::vector<float>> share(ModelSpec& spec, std::vector<Learnt> learnt) {
  // Constants whose entries are all alike count for one layer and those that share its weight.
  std::map<std::tuple<std::string, Origin, std::vector<std::int64_t>>, Owner> owners;
  std::vector<std::vector<float>> out;
  auto next = learnt.begin();
  for (auto& node : spec.nodes) {
    auto layer = node.name;
    for (const auto& parameter : parameters_of(node)) {
      if (next == learnt.end())
        throw std::invalid_argument("onnx: expected weights of the operators' shapes");
      auto& [values, origin] = *next++;
      if (origin) {
        const auto [place, first] =
            owners.try_emplace({all_alike(values) ? layer : "", *origin, parameter.shape},
                               Owner{node.name, parameter.name, out.size()});
        const auto& owner = place->second;
        if (!first && owner.node != node.name && out[owner.index] == values) {
          node.shared[parameter.name.substr(node.name.size() + 1)] = owner.parameter;
          layer = owner.node;
          continue;
        }
      }
      out.push_back(std::move(values));
    }
  }
  if (next != learnt.end())
    throw std::invalid_argument("onnx: expected weights of the operators' shapes");
  return out;
}

}  // namespace assay::onnx_file
