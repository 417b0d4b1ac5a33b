#include "tests/scenarios/assay_program.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace assay::scenarios {

const char* const kSmallScenario = R"(schema: 1
id: small
info: {name: "A small gradient inversion"}
threats:
  - {id: curious-operator, adversary: [operator], sees: [client_update, global_model], knows: [architecture]}
data:  {name: mnist, train: 256, test: 64, clients: 2, partition: {kind: iid}}
model: {name: lenet-sigmoid}
train: {rounds: 2, batch: 8, optimizer: sgd, lr: 0.03}
probes:
  - {id: first, steps: [0], batch: 1, victims: 12, fresh_model: true}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: noise, kind: federated, method: synchronous, defenses: [{kind: gaussian_noise, stddev: 1.0}]}
attacks:
  - {id: map, kind: gradient_inversion, method: map, threat: curious-operator, probe: first,
     gradient_evaluations: 150}
metrics:
  - {id: success_rate, from: map, worse: higher, tolerance: 0.35}
  - {id: test_accuracy, worse: lower, kind: informational}
  - {id: bytes, worse: higher, kind: exact}
controls:
  - {attack: map, metric: success_rate, at_least: 0.25, expect: 0.95}
limits: {cell_minutes: 5}
)";

std::vector<std::string> assay_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {ASSAY_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Finished wait_for(Subprocess& process, double limit_seconds) {
  using namespace std::chrono;
  Finished finished;
  const auto start = steady_clock::now();
  while (true) {
    // Its end is looked for first: what it wrote before that is in the pipes by then.
    const auto exit = process.poll();
    finished.out += process.read_output();
    finished.err += process.read_error();
    if (exit) {
      finished.code = exit->signal == 0 ? exit->code : -1;
      finished.signal = exit->signal;
      return finished;
    }
    if (duration<double>(steady_clock::now() - start).count() > limit_seconds) {
      throw std::runtime_error(fmt::format("a program took more than {} s; it said:\n{}{}",
                                           limit_seconds, finished.out, finished.err));
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

Finished run_program(const std::vector<std::string>& command, double limit_seconds) {
  Subprocess process(command, "");
  return wait_for(process, limit_seconds);
}

Finished run_assay(const std::vector<std::string>& arguments, double limit_seconds) {
  return run_program(assay_command(arguments), limit_seconds);
}

std::string write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + file.string());
  return file.string();
}

std::string replaced_once(const std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == text.npos || text.find(from, at + 1) != text.npos) {
    throw std::invalid_argument(fmt::format("expected '{}' once in the text", from));
  }
  auto out = text;
  return out.replace(at, from.size(), to);
}

}  // namespace assay::scenarios
