#pragma once

#include "core/models/forward.h"

namespace assay {

/// The mean of the words' rows of a table, and the same table from there to the words: a text model
/// with a tied embedding. The output layer has a bias of its own.
inline ModelSpec tied_text_model(std::int64_t tokens, std::int64_t features, std::int64_t places) {
  return {"tied text",
          {places},
          tokens,
          {{"embedding", Embedding{tokens, features}, {-1}},
           {"channels", Permute{{1, 0}}, {0}},
           {"mean", GlobalAvgPool{}, {1}},
           {"act", Activate{Activation::tanh}, {2}},
           {"head", Linear{features, tokens}, {3}, {{"weight", "embedding.weight"}}}},
          {}};
}

/// One layer [n] -> [n] used twice, and a linear one to 3 outputs.
inline ModelSpec twice(std::vector<std::int64_t> input_shape, const Layer& layer) {
  std::map<std::string, std::string> all;
  for (const auto& parameter : parameters_of(Node{"first", layer, {-1}}))
    all[parameter.name.substr(6)] = parameter.name;
  ModelSpec spec{"twice",
                 std::move(input_shape),
                 3,
                 {{"first", layer, {-1}},
                  {"act", Activate{Activation::tanh}, {0}},
                  {"second", layer, {1}, all},
                  {"flatten", Flatten{}, {2}}},
                 {}};
  const auto features = shapes_of(spec).back().front();
  spec.nodes.push_back({"fc", Linear{features, 3}, {3}});
  return spec;
}

/// The same graph with a parameter for every use.
inline ModelSpec untied(ModelSpec spec) {
  for (auto& node : spec.nodes)
    node.shared.clear();
  return spec;
}

/// Parameters of a tied model for its untied graph.
inline Parameters copied(const ModelSpec& tied, const Parameters& parameters) {
  Parameters out;
  for (const auto& node : parameter_indices(tied))
    for (const auto k : node)
      out.push_back(parameters[k].detach().clone());
  return out;
}

/// A gradient of the untied graph's, added up over the uses of each of the tied model's parameters.
inline Parameters summed_over_uses(const ModelSpec& tied, const Parameters& of_uses) {
  Parameters out(parameters_of(tied).size());
  auto next = of_uses.begin();
  for (const auto& node : parameter_indices(tied)) {
    for (const auto k : node) {
      out[k] = out[k].defined() ? out[k] + *next : *next;
      ++next;
    }
  }
  return out;
}

}  // namespace assay
