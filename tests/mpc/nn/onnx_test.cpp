
#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/models/onnx/load.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/network.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

namespace assay::mpc::nn {

// Weights of one party, an example of another: what onnxruntime gave in the clear.
TEST_CASE("models from ONNX files are evaluated on secrets", "[mpc]") {
  const auto folder = std::filesystem::path(ASSAY_SOURCE) / "tests/core/models/onnx";
  std::ifstream file(folder / "expected.json");
  const auto expected = nlohmann::json::parse(file);
  for (const auto& [name, entry] : expected.items()) {
    const auto model = load_onnx(folder / (name + ".onnx"));
    auto sizes = model.spec.input_shape;
    sizes.insert(sizes.begin(), 1);
    const auto x =
        at::tensor(entry.at("input").get<std::vector<double>>(), at::kDouble).reshape(sizes);
    const auto y = at::tensor(entry.at("output").get<std::vector<double>>(), at::kDouble);
    for (const Rank parties : {2, 3}) {
      const auto results =
          run_additive(parties, [&](Protocol& p) {
            const bool owner = p.rank() == 0;
            const auto network =
                input_network(p, 0, model.spec, owner ? model.parameters : Parameters{},
                              owner ? model.statistics : Parameters{});
            return reveal_real(p, network.evaluate(p, input_real(p, 1, x)), "logits");
          }).results;
      CAPTURE(name, parties, results.front(), y);
      CHECK((results.front()[0] - y).abs().max().item<double>() <= 0x1p-11);
    }
  }
}

}  // namespace assay::mpc::nn
