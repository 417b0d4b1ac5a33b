#pragma once

#include <variant>

#include "tests/mpc/security/run.h"

namespace assay::mpc::security {

using OnNumbers = std::function<void(Protocol&, const Secret& x, const Secret& y)>;
using OnWords = std::function<void(Protocol&, const Words& x, const Words& y)>;

/// One operation of the protocol on two inputs, of party 0 and of the last one.
struct Operation {
  std::string name;
  /// On the inputs as numbers, or on the words that encode them.
  std::variant<OnNumbers, OnWords> run;
  /// Two pairs of inputs that must look alike: what is opened in clear, if anything, is equal.
  std::array<double, 2> first = {0.0, 0.0}, second = {23170.0, -23170.0};
  additive::Truncation truncation = additive::Truncation::msb_corrected;
  Rank most_parties = 8;
};

/// Every operation that sends anything, and chains of them.
const std::vector<Operation>& operations();

/// The operation as a program on vectors of `elements` equal values.
Program program_of(const Operation& operation, const std::array<double, 2>& inputs,
                   std::int64_t elements);

}  // namespace assay::mpc::security
