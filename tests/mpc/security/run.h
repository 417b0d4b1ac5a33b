#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mpc/additive/additive.h"
#include "tests/mpc/additive/flawed/providers.h"
#include "tests/mpc/parties.h"

namespace assay::mpc::security {

/// Who computes, and with whose randomness.
struct Setting {
  Rank parties = 3;
  Dealer dealer = Dealer::first_party;
  additive::AdditiveOptions options = {};
  std::uint64_t seed = 1;
  additive::flawed::Wrap wrap = {};  ///< none: the provider as it is shipped
};
std::string to_string(const Setting& setting);

/// The session is for operations with a flaw; a dealer of files has none.
using Program = std::function<void(Protocol&, additive::Session*)>;

/// A frame of the computation, setup and offline traffic included.
struct Frame {
  Tag tag;
  Rank from, to;
  Bytes payload;

  /// The payload of online frames, which are words throughout.
  std::vector<std::uint64_t> words() const;
};

/// What crossed the links, by tag, sender and receiver: an order that does not depend on the timing
/// of threads.
std::vector<Frame> frames_of(const Setting& setting, const Program& program);

}  // namespace assay::mpc::security
