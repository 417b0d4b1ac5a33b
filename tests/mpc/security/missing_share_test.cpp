#include <ATen/TensorOperators.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros_like.h>

#include <variant>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/words_arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/security/run.h"

// All parties but one, with all that was opened and every sum of their shares, do not get the
// secret; with the last one's share they do.

namespace assay::mpc::security {
namespace {

using additive::Group;
using Shared = std::variant<Secret, Words>;

struct Held {
  std::string name;
  std::function<Shared(Protocol&, const Secret&)> run;
};

const std::vector<Held>& wires() {
  static const std::vector<Held> all = {
      {"an input", [](Protocol&, auto& x) { return Shared(x); }},
      {"a sum", [](Protocol& p, auto& x) { return add(p, x, 1.5); }},
      {"a square", [](Protocol& p, auto& x) { return square(p, x); }},
      {"exactly truncated",
       [](Protocol& p, auto& x) { return p.truncate_exactly(p.square(x), p.fraction_bits()); }},
      {"a relu", [](Protocol& p, auto& x) { return relu(p, x); }},
      {"a power of two", [](Protocol& p, auto& x) { return p.power_of_two(x, 4); }},
      {"a cosine", [](Protocol& p, auto& x) { return p.unit_circle(x).cosine; }},
      {"words", [](Protocol& p, auto& x) { return p.to_words(x); }},
      {"a conjunction of words",
       [](Protocol& p, auto& x) {
         const auto all = p.to_words(x);
         return p.conjunction(all, negation(p, shift_left(all, 1)));
       }},
      {"a sum of words",
       [](Protocol& p, auto& x) {
         const auto all = p.to_words(x);
         return add(p, all, shift_right(all, 3));
       }},
      {"a number of words", [](Protocol& p, auto& x) { return p.to_number(p.to_words(x), 16); }},
  };
  return all;
}

/// The wire's open part, every party's share, and the value that they stand for.
struct Wire {
  Group group = Group::sum;  ///< of the shares
  at::Tensor open, value;
  std::vector<at::Tensor> shares;
};

/// Of a secret of `owner`, whom the coalition lacks.
Wire wire_of(const Held& held, const Setting& setting, Rank owner) {
  const auto x = at::linspace(-3.0, 3.0, 64, at::kDouble);
  Wire wire;
  wire.shares.resize(static_cast<std::size_t>(setting.parties));
  frames_of(setting, [&](Protocol& p, additive::Session*) {
    const auto shared = held.run(p, input_real(p, owner, x));
    const auto parts = std::visit([](const auto& s) { return s.parts; }, shared);
    if (p.rank() < p.parties()) wire.shares[static_cast<std::size_t>(p.rank())] = parts[1];
    const auto value = std::visit([&](const auto& s) { return p.reveal(s, "value"); }, shared);
    if (p.rank() != 0) return;
    wire.group = std::holds_alternative<Words>(shared) ? Group::exclusive_or : Group::sum;
    wire.open = parts[0];
    wire.value = value;
  });
  return wire;
}

/// How many elements some sum of the coalition's shares and what is open gives away. Guesses are
/// compared beyond the lowest four bits, which a fixed point may err in.
std::int64_t recovered(const Wire& wire, Rank missing) {
  std::vector<at::Tensor> shares;
  for (Rank rank = 0; rank < static_cast<Rank>(wire.shares.size()); ++rank) {
    if (rank != missing) shares.push_back(wire.shares[static_cast<std::size_t>(rank)]);
  }
  auto hit = at::zeros_like(wire.value, at::kBool);
  for (unsigned subset = 0; subset < 1U << shares.size(); ++subset) {
    const bool bits = wire.group == Group::exclusive_or;
    auto guess = wire.open;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if ((subset >> i & 1) != 0) guess = bits ? guess.bitwise_xor(shares[i]) : guess + shares[i];
    }
    const auto error = bits ? guess.bitwise_xor(wire.value) : guess - wire.value;
    hit = hit.logical_or(error.abs() < 16);
  }
  return hit.sum().item<std::int64_t>();
}

constexpr Rank kNobody = -1;

}  // namespace

// A guess is within 16 of a value with a chance of 2^-59. Of 64 elements, 11 wires, 16 sums and 5
// coalitions among 2, 3 and 5 parties, whoever deals, fewer than 10^6 guesses are made.
TEST_CASE("all parties but one do not recover a secret from their shares", "[mpc][security]") {
  for (const auto dealer : kDealers) {
    for (const Rank parties : {2, 3, 5}) {
      for (const auto& held : wires()) {
        // A trusted first party knows every mask: the coalition is without it.
        const Rank last = sends_corrections(dealer) ? parties : 1;
        for (Rank missing = 0; missing < last; ++missing) {
          const auto wire = wire_of(held, {.parties = parties, .dealer = dealer}, missing);
          CAPTURE(held.name, parties, missing, to_string(dealer));
          CHECK(recovered(wire, kNobody) == 64);
          CHECK(recovered(wire, missing) == 0);
        }
      }
    }
  }
}

TEST_CASE("a share that is missing from the masks is found", "[mpc][security]") {
  const auto flaw = additive::flawed::flaw<additive::flawed::MissingShare>();
  for (const Rank parties : {2, 3, 5}) {
    const auto wire = wire_of(wires().front(), {.parties = parties, .wrap = flaw}, 0);
    CHECK(recovered(wire, kNobody) == 64);
    CHECK(recovered(wire, 0) == 64);
  }
}

}  // namespace assay::mpc::security
