#include "core/net/trace.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/cost/resources.h"
#include "core/data/data_error.h"

namespace assay {
namespace {

using Json = nlohmann::json;

Json to_json(const Trace::Name& name) {
  return {name.peer, static_cast<int>(name.tag.phase), name.tag.op, name.tag.sequence};
}

Phase phase_of(const Json& number) {
  const auto value = number.get<int>();
  if (value < 0 || value > static_cast<int>(Phase::offline))
    throw std::invalid_argument(fmt::format("expected a phase, got {}", value));
  return static_cast<Phase>(value);
}

Trace::Name name_of(const Json& json) {
  return {json.at(0).get<Rank>(),
          {phase_of(json.at(1)), json.at(2).get<std::string>(), json.at(3).get<std::uint64_t>()}};
}

}  // namespace

TracingTransport::TracingTransport(Transport& wire) : wire_(wire), cpu_(thread_cpu_seconds()) {}

void TracingTransport::restart() {
  trace_.events.clear();
  cpu_ = thread_cpu_seconds();
}

Trace TracingTransport::take(Phase phase) {
  charge(phase);
  Trace taken;
  std::swap(taken, trace_);
  return taken;
}

void TracingTransport::charge(Phase phase) {
  const double cpu = thread_cpu_seconds();
  trace_.events.emplace_back(Compute{cpu - cpu_, phase});
  cpu_ = cpu;
}

Receipt TracingTransport::send(Rank to, const Tag& tag, std::span<const std::byte> payload) {
  charge(tag.phase);
  auto receipt = wire_.send(to, tag, payload);
  trace_.events.emplace_back(
      Trace::Sent{{to, tag}, static_cast<std::int64_t>(payload.size()), receipt.wire_bytes()});
  cpu_ = thread_cpu_seconds();
  return receipt;
}

std::vector<Receipt> TracingTransport::wait(std::span<const Pending> pending) {
  charge(pending.empty() ? Phase::train : pending.front().tag.phase);
  auto received = wire_.wait(pending);
  Trace::Waited waited;
  for (const auto& one : pending)
    waited.names.push_back({one.from, one.tag});
  trace_.events.emplace_back(std::move(waited));
  cpu_ = thread_cpu_seconds();
  return received;
}

First TracingTransport::wait_first(std::span<const Pending> pending) {
  charge(pending.empty() ? Phase::train : pending.front().tag.phase);
  auto first = wire_.wait_first(pending);
  if (first.message)
    trace_.events.emplace_back(Trace::Waited{{{first.message->from(), first.message->tag()}}});
  cpu_ = thread_cpu_seconds();
  return first;
}

Bytes encode(const Trace& trace) {
  auto events = Json::array();
  for (const auto& event : trace.events) {
    if (const auto* compute = std::get_if<Compute>(&event)) {
      events.push_back({"compute", compute->seconds, static_cast<int>(compute->phase)});
    } else if (const auto* sent = std::get_if<Trace::Sent>(&event)) {
      events.push_back({"sent", to_json(sent->name), sent->payload_bytes, sent->wire_bytes});
    } else {
      auto names = Json::array();
      for (const auto& name : std::get<Trace::Waited>(event).names)
        names.push_back(to_json(name));
      events.push_back({"waited", std::move(names)});
    }
  }
  const auto cbor = Json::to_cbor(events);  // RFC 8949
  const auto bytes = std::as_bytes(std::span(cbor));
  return {bytes.begin(), bytes.end()};
}

Trace decode_trace(std::span<const std::byte> bytes, const std::string& name) {
  Trace trace;
  try {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto events = Json::from_cbor(begin, begin + bytes.size());
    for (const auto& event : events) {
      const auto kind = event.at(0).get<std::string>();
      if (kind == "compute") {
        trace.events.emplace_back(Compute{event.at(1).get<double>(), phase_of(event.at(2))});
      } else if (kind == "sent") {
        trace.events.emplace_back(Trace::Sent{name_of(event.at(1)), event.at(2).get<std::int64_t>(),
                                              event.at(3).get<std::int64_t>()});
      } else if (kind == "waited") {
        Trace::Waited waited;
        for (const auto& one : event.at(1))
          waited.names.push_back(name_of(one));
        trace.events.emplace_back(std::move(waited));
      } else {
        throw std::invalid_argument("unknown kind " + describe(kind));
      }
    }
  } catch (const std::exception& error) {  // nlohmann's, or one of ours
    throw DataError(name, fmt::format("event {}", trace.events.size()), "a trace", error.what());
  }
  return trace;
}

MessageGraph join(const std::vector<Trace>& traces) {
  MessageGraph graph;
  graph.events.resize(traces.size());
  std::map<std::tuple<Rank, Rank, Tag>, std::size_t> numbers;  // by sender, receiver and tag
  for (std::size_t rank = 0; rank < traces.size(); ++rank) {
    const auto self = static_cast<Rank>(rank);
    for (const auto& event : traces[rank].events) {
      if (const auto* sent = std::get_if<Trace::Sent>(&event)) {
        if (sent->name.peer < 0 || sent->name.peer >= static_cast<Rank>(traces.size())) {
          throw std::invalid_argument(fmt::format("expected a rank of {} to send to, got {}",
                                                  traces.size(), sent->name.peer));
        }
        numbers.emplace(std::tuple(self, sent->name.peer, sent->name.tag), graph.messages.size());
        graph.messages.push_back(
            {self, sent->name.peer, sent->name.tag.phase, sent->payload_bytes, sent->wire_bytes});
      }
    }
  }
  std::size_t next = 0;  // message, in the same order as above
  for (std::size_t rank = 0; rank < traces.size(); ++rank) {
    const auto self = static_cast<Rank>(rank);
    for (const auto& event : traces[rank].events) {
      auto& events = graph.events[rank];
      if (const auto* compute = std::get_if<Compute>(&event)) {
        events.emplace_back(*compute);
      } else if (std::holds_alternative<Trace::Sent>(event)) {
        events.emplace_back(Send{next++});
      } else {
        Wait wait;
        for (const auto& [from, tag] : std::get<Trace::Waited>(event).names) {
          const auto found = numbers.find({from, self, tag});
          if (found == numbers.end()) {
            throw std::invalid_argument(fmt::format(
                "rank {} waited for {}, which rank {} has not sent", self, to_string(tag), from));
          }
          wait.messages.push_back(found->second);
        }
        events.emplace_back(std::move(wait));
      }
    }
  }
  return graph;
}

}  // namespace assay
