#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>

#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "tests/catch.h"
#include "tests/mpc/security/operations.h"

// What goes on the wire, to the byte, under fixed randomness: traces.txt pins it, so that no change
// of it goes unnoticed. A change that is meant is pinned by
//
//   assay_mpc_tests "pin what every operation sends"
//
// and shows in the difference of traces.txt: which operations send other bytes, and how many.

namespace assay::mpc::security {
namespace {

const std::string kPinned = std::string(ASSAY_TEST_DATA) + "/mpc/security/traces.txt";

/// "messages bytes digest": of every online and offline frame's tag, sender, receiver and payload,
/// in their order.
std::string trace_of(const Operation& operation, const Setting& setting) {
  Sha256 digest;
  std::size_t messages = 0, bytes = 0;
  for (const auto& frame : frames_of(setting, program_of(operation, operation.second, 5))) {
    if (frame.tag.phase == Phase::setup) continue;  // seeds, and a batch's random name
    const auto head = fmt::format("{} {} {} {};", to_string(frame.tag), frame.from, frame.to,
                                  frame.payload.size());
    digest.add(std::as_bytes(std::span(head)));
    digest.add(frame.payload);
    ++messages;
    bytes += frame.payload.size();
  }
  return fmt::format("{} {} {}", messages, bytes, digest.hex().substr(0, 32));
}

/// By "operation, parties, provider".
std::map<std::string, std::string> traces() {
  std::map<std::string, std::string> all;
  for (const auto& operation : operations()) {
    for (const auto dealer : kDealers) {
      for (const Rank parties : {2, 3, 5}) {
        if (parties > operation.most_parties) continue;
        const Setting setting{
            .parties = parties, .dealer = dealer, .options = {.truncation = operation.truncation}};
        all[operation.name + ", " + to_string(setting)] = trace_of(operation, setting);
      }
    }
  }
  return all;
}

std::map<std::string, std::string> pinned() {
  std::map<std::string, std::string> all;
  std::istringstream lines(read_text_file(kPinned));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos)
      all[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return all;
}

}  // namespace

TEST_CASE("every operation sends what it sent before, to the byte", "[mpc][security]") {
  INFO(
      "as messages, bytes, digest; if the change is meant: assay_mpc_tests \"pin what every "
      "operation sends\"");
  const auto now = traces(), before = pinned();
  for (const auto& [name, trace] : now) {
    CAPTURE(name);
    REQUIRE(before.contains(name));
    CHECK(trace == before.at(name));
  }
  CHECK(now.size() == before.size());
}

TEST_CASE("pin what every operation sends", "[.pin]") {
  std::string text =
      "# What every operation sends under fixed randomness: messages, bytes, SHA-256 (128 bits).\n"
      "# Written by: assay_mpc_tests \"pin what every operation sends\"\n";
  for (const auto& [name, trace] : traces())
    text += fmt::format("{}: {}\n", name, trace);
  write_file_atomically(kPinned, text);
}

}  // namespace assay::mpc::security
