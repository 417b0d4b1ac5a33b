#include <ATen/ops/zeros.h>

#include <map>
#include <set>

#include "tests/catch.h"
#include "tests/mpc/security/operations.h"

// What is opened without a mask has a name that the program gave it.

namespace assay::mpc::security {
namespace {

/// How often each label was sent online from one party to another.
std::map<std::string, std::int64_t> labels_of(const Setting& setting, const Program& program) {
  std::map<std::string, std::int64_t> count;
  for (const auto& frame : frames_of(setting, program)) {
    if (frame.tag.phase == Phase::train) ++count[frame.tag.op];
  }
  return count;
}

/// The labels under which shares travel masked: two_secrets_test.cpp finds them uniform.
const std::set<std::string> kMasked = {"input", "mask", "bit", "compare", "words", "wraps"};

}  // namespace

TEST_CASE("operations send masked words only, and a reveal once under its name",
          "[mpc][security]") {
  for (const auto dealer : kDealers) {
    for (const auto& operation : operations()) {
      const Setting setting{.parties = std::min<Rank>(3, operation.most_parties),
                            .dealer = dealer,
                            .options = {.truncation = operation.truncation}};
      CAPTURE(operation.name, to_string(setting));
      const bool reveals = operation.name.starts_with("reveal");
      for (const auto& [label, count] :
           labels_of(setting, program_of(operation, operation.first, 2))) {
        CAPTURE(label);
        if (kMasked.contains(label)) continue;
        CHECK(reveals);
        CHECK(label == "sum");
        const auto others = setting.parties - 1;
        CHECK(count ==
              (operation.name.starts_with("reveal to") ? others : setting.parties * others));
      }
    }
  }
}

TEST_CASE("a reveal cannot take the name of a masked opening", "[mpc][security]") {
  for (const auto& name : kMasked) {
    CAPTURE(name);
    const Program reveal = [&](Protocol& p, additive::Session*) {
      p.reveal(p.input(0, at::zeros({1}, at::kLong), 16), name);
    };
    const Program reveal_to = [&](Protocol& p, additive::Session*) {
      p.reveal_to(1, p.input(0, at::zeros({1}, at::kLong), 16), name);
    };
    const Program reveal_words = [&](Protocol& p, additive::Session*) {
      p.reveal(p.input_words(0, at::zeros({1}, at::kLong)), name);
    };
    for (const auto& program : {reveal, reveal_to, reveal_words})
      CHECK_THROWS_AS(frames_of({}, program), std::invalid_argument);
  }
}

}  // namespace assay::mpc::security
