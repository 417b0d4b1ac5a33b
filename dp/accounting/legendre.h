#pragma once

#include <array>
#include <utility>

namespace assay::dp {

/// Gauss-Legendre rules on [-1, 1] (Abramowitz and Stegun, table 25.4): pairs of node and weight.
inline constexpr std::array<std::pair<double, double>, 4> kLegendre4 = {
    {{-0.861136311594052575, 0.347854845137453857},
     {-0.339981043584856265, 0.652145154862546143},
     {0.339981043584856265, 0.652145154862546143},
     {0.861136311594052575, 0.347854845137453857}}};
inline constexpr std::array<std::pair<double, double>, 8> kLegendre8 = {
    {{-0.960289856497536232, 0.101228536290376259},
     {-0.796666477413626740, 0.222381034453374471},
     {-0.525532409916328986, 0.313706645877887287},
     {-0.183434642495649805, 0.362683783378361983},
     {0.183434642495649805, 0.362683783378361983},
     {0.525532409916328986, 0.313706645877887287},
     {0.796666477413626740, 0.222381034453374471},
     {0.960289856497536232, 0.101228536290376259}}};

/// visit(x, weight) over [from, to] by 8 nodes on each panel of at most `panel`, or by 3 nodes
/// where the whole stretch is short: below a tenth of a panel, where they leave less than 1e-14.
template <class Visit>
void legendre_nodes(double from, double to, double panel, Visit visit) {
  const double width = to - from;
  if (!(width > 0.0)) return;
  const auto rule = [&](double left, double right, const auto& nodes) {
    const double middle = 0.5 * (left + right), half = 0.5 * (right - left);
    for (const auto& [node, weight] : nodes)
      visit(middle + half * node, half * weight);
  };
  if (width < 0.1 * panel) return rule(from, to, kLegendre4);
  const auto panels = static_cast<long>(width / panel) + 1;
  const double step = width / static_cast<double>(panels);
  for (long i = 0; i < panels; ++i)
    rule(from + static_cast<double>(i) * step,
         i + 1 == panels ? to : from + static_cast<double>(i + 1) * step, kLegendre8);
}

}  // namespace assay::dp
