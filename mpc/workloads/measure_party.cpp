#include "mpc/workloads/measure_party.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/cost/resources.h"
#include "core/net/collectives.h"
#include "core/net/trace.h"
#include "core/random/derive.h"
#include "core/stats/summary.h"
#include "mpc/workloads/rank_run.h"

namespace assay::mpc {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::size_t kMaxReportBytes = std::size_t{1} << 30;

/// What a rank tells rank 0 about one run.
struct RankReport {
  double seconds = 0.0;
  std::int64_t socket_bytes = 0, peak_bytes = 0;
  Trace trace;
};

Bytes encode_report(const RankReport& report) {
  const auto trace = encode(report.trace);
  std::vector<std::uint8_t> trace_bytes(trace.size());
  std::transform(trace.begin(), trace.end(), trace_bytes.begin(),
                 [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  const auto cbor = Json::to_cbor(Json{{"seconds", report.seconds},
                                       {"socket_bytes", report.socket_bytes},
                                       {"peak_bytes", report.peak_bytes},
                                       {"trace", Json::binary(std::move(trace_bytes))}});
  const auto bytes = std::as_bytes(std::span(cbor));
  return {bytes.begin(), bytes.end()};
}

RankReport decode_report(const Receipt& receipt) {
  const auto name = fmt::format("{} of rank {}", to_string(receipt.tag()), receipt.from());
  try {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(receipt.payload().data());
    const auto json = Json::from_cbor(bytes, bytes + receipt.payload().size());
    const auto& trace = json.at("trace").get_binary();
    return {.seconds = json.at("seconds").get<double>(),
            .socket_bytes = json.at("socket_bytes").get<std::int64_t>(),
            .peak_bytes = json.at("peak_bytes").get<std::int64_t>(),
            .trace = decode_trace(std::as_bytes(std::span(trace)), name)};
  } catch (const std::exception& error) {  // nlohmann's, or a DataError
    throw TransportError(fmt::format("rank 0: {}: {}", name, error.what()));
  }
}

/// No rank goes on before all have come here, and nothing that a rank sent before is on its way.
void meet(Transport& wire, std::uint64_t& count) {
  for (int twice = 0; twice < 2; ++twice)
    all_gather(wire, {Phase::setup, "barrier", count++}, {}, 0);
}

/// One run of a workload, as this rank sees it.
class Run {
 public:
  Run(TcpNetwork& network, const Workload& workload, const MeasureOptions& options,
      const std::vector<at::Tensor>& inputs)
      : network_(network), workload_(workload), options_(options), inputs_(inputs) {}

  void operator()(Party& party) {
    const auto memory_before = peak_resident_bytes();
    std::uint64_t barriers = 0;
    TracingTransport wire(party.wire);
    Party traced{party.rank, party.size, wire, party.clock};
    RankRun run(traced, workload_, options_, Csprng(os_key(), "benchmark"));
    run.input(inputs_);

    meet(party.wire, barriers);
    RankReport own;
    own.socket_bytes = -network_.socket_bytes_sent();
    wire.restart();
    const auto begun = Clock::now();
    run.compute();
    own.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    own.trace = wire.take(Phase::train);
    meet(party.wire, barriers);
    own.socket_bytes += network_.socket_bytes_sent();

    result_ = run.reveal();
    own.peak_bytes = std::max<std::int64_t>(0, peak_resident_bytes() - memory_before);
    const Tag tag{Phase::release, "measured", 0};
    const auto sent = party.rank == 0 ? Bytes() : encode_report(own);
    const auto received = gather(party.wire, 0, tag, sent, kMaxReportBytes);
    reports_.push_back(std::move(own));
    for (const auto& receipt : received)
      reports_.push_back(decode_report(receipt));
  }

  /// At rank 0.
  PartyMeasurement measured() const {
    std::vector<Trace> traces;
    PartyMeasurement out;
    for (const auto& report : reports_) {
      traces.push_back(report.trace);
      out.sent.seconds = std::max(out.sent.seconds, report.seconds);
      out.sent.peak_bytes = std::max(out.sent.peak_bytes, report.peak_bytes);
      out.socket_bytes += report.socket_bytes;
    }
    const auto graph = join(traces);
    auto phases = costs_of(graph).by_phase;
    out.sent.rounds = phases[Phase::train].rounds;
    out.sent.bytes = phases[Phase::train].bytes;
    out.sent.offline_bytes = phases[Phase::offline].bytes;
    out.wire_bytes = phases[Phase::train].wire_bytes + phases[Phase::offline].wire_bytes;
    const auto online = without_phase(graph, Phase::offline);
    out.sent.lan_seconds = replay_seconds(online, link_profile("lan"));
    out.sent.wan_seconds = replay_seconds(online, link_profile("wan"));
    out.sent.max_error = (result_ - workload_.exact(inputs_)).abs().max().item<double>();
    return out;
  }

 private:
  TcpNetwork& network_;
  const Workload& workload_;
  const MeasureOptions& options_;
  const std::vector<at::Tensor>& inputs_;
  std::vector<RankReport> reports_;  ///< by rank; the own one alone, but at rank 0
  at::Tensor result_;
};

}  // namespace

std::optional<PartyMeasurement> measure_party(TcpNetwork& network, const Workload& workload,
                                              const MeasureOptions& options,
                                              const Repeats& repeats) {
  if (network.size() != ranks_of(options)) {
    throw std::invalid_argument(
        fmt::format("expected {} ranks, got {}", ranks_of(options), network.size()));
  }
  const auto elements = options.elements > 0 ? options.elements : workload.elements;
  const auto inputs = inputs_of(workload, options);
  bool first = false;
  std::vector<double> seconds;
  PartyMeasurement last;
  double max_error = 0.0;
  std::int64_t peak_bytes = 0;
  for (int i = 0; i < repeats.warm_up + repeats.measured; ++i) {
    Run run(network, workload, options, inputs);
    network.run([&](Party& party) {
      first = party.rank == 0;
      run(party);
    });
    if (!first) continue;
    last = run.measured();
    max_error = std::max(max_error, last.sent.max_error);
    peak_bytes = std::max(peak_bytes, last.sent.peak_bytes);
    if (i >= repeats.warm_up) seconds.push_back(last.sent.seconds);
  }
  if (!first) return std::nullopt;
  last.sent.workload = workload.name;
  last.sent.parties = options.parties;
  last.sent.elements = elements;
  last.sent.seconds = stats::median(seconds);
  last.sent.max_error = max_error;
  last.sent.peak_bytes = peak_bytes;
  return last;
}

nlohmann::json to_json(const PartyMeasurement& measurement) {
  auto json = to_json(measurement.sent);
  json["wire_bytes"] = measurement.wire_bytes;
  json["socket_bytes"] = measurement.socket_bytes;
  return json;
}

}  // namespace assay::mpc
