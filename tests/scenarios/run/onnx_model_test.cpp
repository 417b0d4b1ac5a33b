#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "core/io/event_log.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"
#include "core/models/onnx/load.h"
#include "tests/catch.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/scenarios/run/quick_run.h"

// Whole runs whose model is an ONNX file.

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// One seed: trainings that barely move the weights, in the clear and on secrets, and an attack on
/// the gradients that both show.
const std::string kBothSystems = R"(schema: 1
id: onnx
threats:
  - {id: operator, adversary: [operator], sees: [client_update, opening, global_model],
     knows: [architecture]}
data: {name: mnist, train: 96, test: 32, clients: 2, partition: {kind: iid}}
model: {onnx: net.onnx}
train: {rounds: 2, batch: 4, lr: 1.0e-4}
probes:
  - {id: first, steps: [0], batch: 1, victims: 24, fresh_model: true}
systems:
  - {id: averaged, kind: federated, method: synchronous, control: true}
  - {id: secret, kind: mpc, protocol: additive, parties: 2, open: [gradient]}
attacks:
  - {id: labels, kind: gradient_inversion, method: idlg, threat: operator, probe: first,
     gradient_evaluations: 4}
metrics:
  - {id: label_accuracy, from: labels, worse: higher, tolerance: 0.35}
  - {id: bytes, worse: higher, kind: exact}
controls:
  - {attack: labels, metric: label_accuracy, at_least: 0.25, expect: 0.95}
limits: {cell_minutes: 5}
)";

const std::string kQuickOnnx =
    replaced_once(kQuickScenario, "{name: mlp, hidden: [16]}", "{onnx: nets/net.onnx}");

void write_model(const QuickRun& run, const std::string& name, const OnnxWriter& model) {
  const auto file = run.folder(name);
  fs::create_directories(file.parent_path());
  write_file(file, model.bytes());
}

/// The weights that the training of a system released, in the file's order.
at::Tensor released(const fs::path& folder, const std::string& system, const ModelSpec& model) {
  const auto title = fmt::format("train {} seed 1", system);
  const auto results = parse_json(results_of(folder));
  for (const auto& cell : results.at("cells")) {
    if (cell.at("title") != title) continue;
    const auto file =
        load_safetensors(folder / "cells" / std::string(cell.at("key")) / "model.safetensors");
    std::vector<at::Tensor> all;
    for (const auto& parameter : parameters_of(model))
      all.push_back(file.at(parameter.name).flatten());
    return at::cat(all);
  }
  throw std::invalid_argument("no cell '" + title + "'");
}

double largest_change(const at::Tensor& from, const at::Tensor& to) {
  return (from - to).abs().max().item<double>();
}

std::size_t finished_cells(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& event : read_events(folder / "events.jsonl"))
    count += event.at("event") == "cell" && event.at("status") == "ok" ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE(
    "an MLP, a CNN and a layer used twice from ONNX files are trained in the clear and on "
    "secrets",
    "[run][onnx]") {
  for (const auto& net :
       {onnx_mlp({1, 28, 28}, 12, 10), onnx_cnn(10), onnx_tied_mlp({1, 28, 28}, 12, 10)}) {
    const QuickRun run(kBothSystems);
    write_model(run, "net.onnx", net);
    const auto finished = run.run("out");
    INFO(finished.err);
    REQUIRE(finished.code == 0);
    const auto results = parse_json(results_of(run.folder("out")));
    CHECK(results.at("verdict") == "complete");
    for (const auto& row : results.at("rows")) {
      if (row.at("metric") == "label_accuracy") CHECK(row.at("value") == 1.0);
    }
    // Two steps of 10^-4 from the file's weights; on secrets, to 2^-16.
    const auto model = read_onnx(net.bytes(), "net").spec;
    const auto start = at::tensor(net.weights());
    for (const std::string system : {"averaged", "secret"}) {
      CAPTURE(system, parameter_count(model));
      const auto change = largest_change(released(run.folder("out"), system, model), start);
      CHECK(change > 0.0);
      CHECK(change < 2e-3);
    }
  }
}

TEST_CASE("fresh weights are drawn for an ONNX model, alike for every system", "[run][onnx]") {
  const QuickRun run(replaced_once(kBothSystems, "net.onnx}", "net.onnx, weights: fresh}"));
  const auto net = onnx_cnn(10);
  write_model(run, "net.onnx", net);
  REQUIRE(run.run("out").code == 0);
  const auto model = read_onnx(net.bytes(), "net").spec;
  const auto averaged = released(run.folder("out"), "averaged", model);
  CHECK(largest_change(averaged, at::tensor(net.weights())) > 0.05);
  CHECK(largest_change(averaged, released(run.folder("out"), "secret", model)) < 2e-3);
}

TEST_CASE("a run of an ONNX model goes on where its file lies elsewhere, and anew if it changes",
          "[run][onnx]") {
  const QuickRun run(kQuickOnnx);
  write_model(run, "nets/net.onnx", onnx_mlp({1, 28, 28}, 8, 10));
  const auto out = run.folder("out");
  REQUIRE(run.run("out", {"--seeds", "1"}).code == 0);
  CHECK(finished_cells(out) == 3);
  const auto results = results_of(out);

  fs::rename(run.folder("nets"), run.folder("networks"));
  run.rewrite(replaced_once(kQuickOnnx, "nets/net.onnx", "networks/net.onnx"));
  REQUIRE(run.run("out", {"--seeds", "1"}).code == 0);
  CHECK(finished_cells(out) == 3);
  CHECK(results_of(out) == results);

  write_model(run, "networks/net.onnx", onnx_mlp({1, 28, 28}, 8, 10, 2));
  REQUIRE(run.run("out", {"--seeds", "1"}).code == 0);
  CHECK(finished_cells(out) == 6);
  CHECK(results_of(out) != results);
}

TEST_CASE("an output folder holds its ONNX model: reports need nothing else", "[run][onnx]") {
  const QuickRun run(kQuickOnnx);
  write_model(run, "nets/net.onnx", onnx_mlp({1, 28, 28}, 8, 10));
  REQUIRE(run.run("out", {"--seeds", "1"}).code == 0);
  const auto results = results_of(run.folder("out"));
  const auto html = bytes_of(run.folder("out") / "report.html");
  CHECK_THAT(html, Contains("net.onnx"));
  CHECK(
      parse_json(bytes_of(run.folder("out") / "run.json")).at("scenario").at("model").at("onnx") ==
      "onnx/net.onnx");

  fs::remove_all(run.folder("nets"));
  fs::rename(run.folder("out"), run.folder("moved"));
  fs::remove(run.folder("moved") / "results.json");
  const auto report = run_assay({"report", run.folder("moved").string()});
  INFO(report.err);
  REQUIRE(report.code == 0);
  CHECK(results_of(run.folder("moved")) == results);
  // A run needs the file that its scenario names.
  const auto again = run.run("moved");
  CHECK(again.code == 2);
  CHECK_THAT(again.err, Contains("quick.yaml:8:15: 'onnx'") && Contains("No such file"));
  // What was kept is looked at, too.
  write_file(run.folder("moved") / "onnx/net.onnx", onnx_mlp({1, 28, 28}, 8, 10, 2).bytes());
  const auto damaged = run_assay({"report", run.folder("moved").string()});
  CHECK(damaged.code == 3);
  CHECK_THAT(damaged.err, Contains("damaged") && Contains("sha256"));
}

TEST_CASE("validate and plan find an ONNX model from any working directory", "[run][onnx]") {
  const QuickRun run(kQuickOnnx);
  write_model(run, "nets/net.onnx", onnx_mlp({1, 28, 28}, 8, 10));
  const auto from = [&](const std::string& directory, const std::vector<std::string>& words) {
    std::vector<std::string> command = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory};
    for (const auto& word : assay_command(words))
      command.push_back(word);
    return run_program(command);
  };
  const auto here = fs::path(run.file()).parent_path().string();
  CHECK(from("/", {"validate", run.file()}).code == 0);
  CHECK(from(here, {"validate", "quick.yaml"}).code == 0);
  CHECK(from("/", {"plan", run.file()}).out == from(here, {"plan", "quick.yaml"}).out);
  const auto ran = from(here, {"run", "quick.yaml", "--out", "out", "--seeds", "1", "--progress",
                               "none", "--set", "model.onnx=nets/net.onnx"});
  INFO(ran.err);
  CHECK(ran.code == 0);

  write_model(run, "nets/net.onnx", onnx_mlp({21}, 8, 2));
  const auto refused = from("/", {"validate", run.file()});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("quick.yaml:8:15: expected an input of [batch, 1, 28, 28]") &&
                              Contains("got [batch, 21]"));
}

}  // namespace assay::scenarios
