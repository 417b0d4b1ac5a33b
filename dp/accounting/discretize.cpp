#include "dp/accounting/discretize.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "dp/accounting/legendre.h"

namespace assay::dp {
namespace {

constexpr double kMostCells = 1 << 24;

/// What one cell of losses [low, low + h] holds: masses of P and Q, and P's mass split among the
/// two ends so that both are preserved: at_low + at_high = P, at_low + at_high e^-h = Q e^low.
struct Cell {
  double p = 0.0, q = 0.0, at_low = 0.0, at_high = 0.0;
};

Cell cell_between(const PrivacyLoss::Part& part, double from, double to, double low, double h) {
  const double e_low = std::exp(-low), growth = std::expm1(h);
  Cell cell;
  legendre_nodes(from, to, 0.5 * part.pair.length(), [&](double x, double weight) {
    const double ratio = part.pair.ratio(x);
    const double q = part.weight * weight * part.pair.density_q(x), p = q * ratio;
    const double excess = std::clamp(ratio * e_low - 1.0, 0.0, growth);  // e^(L - low) - 1
    cell.p += p;
    cell.q += q;
    // p (1 - e^(low-L)) / (1 - e^-h), and the rest, each without a difference of its own.
    cell.at_high += p * (excess / (1.0 + excess)) * ((1.0 + growth) / growth);
    cell.at_low += p * ((growth - excess) / (1.0 + excess)) / growth;
  });
  return cell;
}

/// One part's stretch of x and the grid cells that it falls into.
struct Stretch {
  double from, to;
  std::int64_t first, last;  ///< cells: [i h + offset, (i + 1) h + offset]
};

Stretch stretch_of(const PrivacyLoss::Part& part, double h, double offset, double tail) {
  Stretch s{std::max(part.from, lower_end(part.pair, tail)),
            std::min(part.to, upper_end(part.pair, tail)), 0, 0};
  const double low = (std::log(part.pair.ratio(s.from)) - offset) / h;
  const double high = (std::log(part.pair.ratio(s.to)) - offset) / h;
  if (!(high - low < kMostCells && std::abs(low) < 1e15 && std::abs(high) < 1e15)) {
    throw std::invalid_argument(fmt::format(
        "expected at most {} cells of privacy loss, got {:g} of {:g} each; rdp accounts for it",
        kMostCells, high - low, h));
  }
  s.first = static_cast<std::int64_t>(std::floor(low));
  s.last = std::max(static_cast<std::int64_t>(std::ceil(high)) - 1, s.first);
  return s;
}

/// visit(index, cell) for every cell of a part.
template <class Visit>
void visit_cells(const PrivacyLoss::Part& part, const Stretch& s, double h, double offset,
                 Visit visit) {
  double left = s.from;
  for (auto i = s.first; i <= s.last; ++i) {
    const double low = static_cast<double>(i) * h + offset;
    const double right = i == s.last ? s.to : std::clamp(part.pair.position(low + h), left, s.to);
    visit(i, cell_between(part, left, right, low, h));
    left = right;
  }
}

/// An empty grid that spans all parts and the atom at 0, and their stretches.
struct Grid {
  LossPmf pmf;
  std::vector<Stretch> stretches;

  double& at(std::int64_t index) { return pmf.mass[static_cast<std::size_t>(index - pmf.first)]; }
};

Grid grid_for(const PrivacyLoss& loss, double h, double offset, double tail) {
  if (!(h > 0.0) || std::isinf(h))
    throw std::invalid_argument(fmt::format("expected an interval > 0, got {}", h));
  Grid grid;
  std::int64_t first = 0, last = 0;
  double argument = 0.0;
  for (const auto& part : loss.parts) {
    const auto s = stretch_of(part, h, offset, tail);
    const bool only = grid.stretches.empty() && loss.at_zero == 0.0;
    first = only ? s.first : std::min(first, s.first);
    last = only ? s.last : std::max(last, s.last);
    const double variance = part.pair.sigma * part.pair.sigma;
    argument = std::max(argument, (std::max(std::abs(s.from), std::abs(s.to)) + 0.5) / variance);
    grid.stretches.push_back(s);
  }
  // One point beyond each end: cells have two ends, lowered dots two neighbours.
  grid.pmf = {.interval = h,
              .shift = 0.0,
              .first = first - 1,
              .mass = std::vector<double>(static_cast<std::size_t>(last - first + 4)),
              .loss_rounding = 0x1p-51 * (4.0 + 2.0 * argument)};
  return grid;
}

/// The mass of a part below and above its stretch.
double low_tail(const PrivacyLoss::Part& part, const Stretch& s) {
  return s.from == part.from ? 0.0 : part.weight * part.pair.p_below(s.from);
}
double high_tail(const PrivacyLoss::Part& part, const Stretch& s) {
  return s.to == part.to ? 0.0 : part.weight * part.pair.p_above(s.to);
}

/// Lowers the curve d_i of `mass` at each grid point by `lowered`. At its ends, where it has no
/// more than that above its asymptotes (a line on the left, 0 on the right), it falls onto them, so
/// that it stays convex. Masses follow by the second difference
///   p_i = ((d_(i+1) - d_i) - e^h (d_i - d_(i-1))) / (e^h - 1),
/// and may become negative.
void lower_curve(std::vector<double>& mass, std::vector<double> lowered, double growth) {
  const auto n = mass.size();
  std::vector<double> right(n), left(n);  // how far the curve is above each asymptote
  double sum = 0.0, scaled = 0.0;
  for (auto i = n; i-- > 0;) {
    right[i] = sum - scaled;  // sum over k > i of p_k (1 - e^-(k-i)h)
    sum += mass[i];
    scaled = (scaled + mass[i]) / (1.0 + growth);
  }
  sum = scaled = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    left[i] = scaled - sum;  // sum over k < i of p_k (e^(i-k)h - 1)
    sum += mass[i];
    scaled = (scaled + mass[i]) * (1.0 + growth);
  }
  std::size_t first = 0, last = n - 1;
  const auto high_enough = [&](const auto& curve, std::size_t at, std::size_t next) {
    return curve[at] >= lowered[at] && curve[next] > 2.0 * lowered[next];
  };
  while (last > 1 && !high_enough(right, last, last - 1))
    --last;
  while (first + 1 < last && !high_enough(left, first, first + 1))
    ++first;
  std::copy_n(left.begin(), first + 1, lowered.begin());
  lowered[last] = right[last];
  const double at_last = (right[last - 1] - lowered[last - 1]) * (1.0 + growth) / growth;
  for (auto i = first; i < last; ++i) {
    const double before = i == 0 ? 0.0 : lowered[i - 1];
    mass[i] -= ((lowered[i + 1] - lowered[i]) - (1.0 + growth) * (lowered[i] - before)) / growth;
  }
  mass[last] = at_last;
  std::fill_n(mass.begin(), first, 0.0);
  std::fill(mass.begin() + static_cast<std::ptrdiff_t>(last) + 1, mass.end(), 0.0);
}

/// Signed masses become masses, and their curve never higher: what is missing at one point is taken
/// from higher losses. False if there is not enough.
bool pay_debts(std::vector<double>& mass) {
  double debt = 0.0;
  for (double& m : mass) {
    m -= debt;
    debt = m < 0.0 ? -m : 0.0;
    if (m < 0.0) m = 0.0;
  }
  return debt == 0.0;
}

}  // namespace

LossPmf dots_above(const PrivacyLoss& loss, double interval, double tail) {
  auto grid = grid_for(loss, interval, 0.0, tail);
  if (loss.at_zero > 0.0) grid.at(0) += loss.at_zero;
  for (std::size_t k = 0; k < loss.parts.size(); ++k) {
    const auto& part = loss.parts[k];
    const auto& s = grid.stretches[k];
    visit_cells(part, s, interval, 0.0, [&](std::int64_t i, const Cell& cell) {
      grid.at(i) += cell.at_low;
      grid.at(i + 1) += cell.at_high;
    });
    grid.at(s.first + 1) += low_tail(part, s);
    grid.pmf.infinity += high_tail(part, s);
  }
  return std::move(grid.pmf);
}

LossPmf dots_below(const PrivacyLoss& loss, double interval, double tail) {
  auto grid = grid_for(loss, interval, 0.0, tail);
  auto rounded_down = grid.pmf;
  const double growth = std::expm1(interval);
  std::vector<double> gap(grid.pmf.mass.size());  // how much a cell's chord is above the curve
  const auto place = [&](std::int64_t i) { return static_cast<std::size_t>(i - grid.pmf.first); };
  if (loss.at_zero > 0.0) {
    grid.at(0) += loss.at_zero;
    rounded_down.mass[place(0)] += loss.at_zero;
  }
  for (std::size_t k = 0; k < loss.parts.size(); ++k) {
    visit_cells(loss.parts[k], grid.stretches[k], interval, 0.0,
                [&](std::int64_t i, const Cell& cell) {
                  grid.at(i) += cell.at_low;
                  grid.at(i + 1) += cell.at_high;
                  rounded_down.mass[place(i)] += cell.p;
                  if (cell.q <= 0.0) return;
                  const double upper = (static_cast<double>(i) + 1.0) * interval;
                  gap[place(i)] += cell.at_low * cell.at_high * growth * std::exp(-upper) / cell.q;
                });
  }
  std::vector<double> lowered(gap);
  for (std::size_t i = 1; i < gap.size(); ++i)
    lowered[i] = std::max(gap[i - 1], gap[i]);
  lower_curve(grid.pmf.mass, lowered, growth);
  return pay_debts(grid.pmf.mass) ? std::move(grid.pmf) : rounded_down;
}

LossPmf centred_cells(const PrivacyLoss& loss, double interval, double tail, double limit) {
  auto grid = grid_for(loss, interval, -0.5 * interval, tail);
  double true_mean = 0.0;
  if (loss.at_zero > 0.0) grid.at(0) += loss.at_zero;
  for (std::size_t k = 0; k < loss.parts.size(); ++k) {
    auto part = loss.parts[k];
    part.from = std::max(part.from, part.pair.position(-limit));
    part.to = std::min(part.to, part.pair.position(limit));
    const auto s = stretch_of(part, interval, -0.5 * interval, tail);
    visit_cells(part, s, interval, -0.5 * interval,
                [&](std::int64_t i, const Cell& cell) { grid.at(i) += cell.p; });
    legendre_nodes(s.from, s.to, 0.5 * part.pair.length(), [&](double x, double weight) {
      const double ratio = part.pair.ratio(x);
      true_mean += part.weight * weight * ratio * part.pair.density_q(x) * std::log(ratio);
    });
  }
  auto& pmf = grid.pmf;
  const double total = std::accumulate(pmf.mass.begin(), pmf.mass.end(), 0.0);
  double mean = 0.0;
  for (std::size_t i = 0; i < pmf.mass.size(); ++i) {
    pmf.mass[i] /= total;
    mean += pmf.mass[i] * static_cast<double>(pmf.first + static_cast<std::int64_t>(i)) * interval;
  }
  pmf.shift = true_mean / total - mean;
  if (std::abs(pmf.shift) >= 0.5 * interval) {
    throw std::runtime_error(fmt::format(
        "prv: expected the grid's mean within half an interval of the true one, got {:g} of {:g}",
        pmf.shift, interval));
  }
  return std::move(pmf);
}

}  // namespace assay::dp
