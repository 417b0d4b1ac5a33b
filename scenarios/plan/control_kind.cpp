#include <stdexcept>

#include "scenarios/plan/plan.h"

namespace assay::scenarios {

const char* name_of(PlannedControl::Kind kind) {
  switch (kind) {
    case PlannedControl::Kind::undefended:
      return "undefended";
    case PlannedControl::Kind::matched:
      return "matched";
    case PlannedControl::Kind::at_null:
      return "at_null";
    case PlannedControl::Kind::audit:
      return "audit";
    case PlannedControl::Kind::planted_flaw:
      return "planted_flaw";
  }
  throw std::logic_error("unreachable kind of control");
}

}  // namespace assay::scenarios
