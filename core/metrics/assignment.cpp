#include "core/metrics/assignment.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ldexp.h>
#include <ATen/ops/scalar_tensor.h>
#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/metrics/values.h"

namespace assay::metrics {
namespace {

/// Costs of at most 1 in size: no sum of potentials overflows. The scale is a power of two, so that
/// no comparison changes.
at::Tensor scaled(const at::Tensor& cost) {
  const double largest = cost.abs().max().item<double>();
  int exponent = 0;
  std::frexp(largest, &exponent);
  return exponent > 0 ? at::ldexp(cost, at::scalar_tensor(-exponent, at::kDouble)) : cost;
}

/// Rows, at most as many as columns, are added one by one. Each addition is a shortest path
/// (Dijkstra) from the new row to a free column over reduced costs c(i, j) - u(i) - v(j) >= 0,
/// which are 0 on assigned pairs. Returns the row of each column, or -1.
std::vector<std::int64_t> rows_of_columns(const at::Tensor& cost) {
  const auto c = cost.accessor<double, 2>();
  const auto rows = cost.size(0), columns = cost.size(1);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> u(static_cast<std::size_t>(rows)), v(static_cast<std::size_t>(columns));
  std::vector<std::int64_t> row_of(static_cast<std::size_t>(columns), -1);

  for (std::int64_t start = 0; start < rows; ++start) {
    std::vector<double> distance(static_cast<std::size_t>(columns), kInfinity);
    std::vector<std::int64_t> previous(static_cast<std::size_t>(columns), -1);
    std::vector<bool> done(static_cast<std::size_t>(columns), false);
    std::vector<std::int64_t> visited;
    std::int64_t row = start, last = -1, nearest = -1;
    double reached = 0.0;
    do {
      nearest = -1;
      for (std::int64_t j = 0; j < columns; ++j) {
        if (done[j]) continue;
        const double through = reached + (c[row][j] - u[row] - v[j]);
        if (through < distance[j]) {
          distance[j] = through;
          previous[j] = last;
        }
        if (nearest < 0 || distance[j] < distance[nearest]) nearest = j;
      }
      done[nearest] = true;
      visited.push_back(nearest);
      reached = distance[nearest];
      row = row_of[nearest];
      last = nearest;
    } while (row >= 0);

    // Potentials: every reduced cost stays >= 0, and becomes 0 along the path.
    u[start] += reached;
    for (const auto j : visited) {
      if (row_of[j] >= 0) u[row_of[j]] += reached - distance[j];
      v[j] -= reached - distance[j];
    }
    // Shift the assignments back along the path.
    for (auto j = nearest; j >= 0; j = previous[j]) {
      row_of[j] = previous[j] >= 0 ? row_of[previous[j]] : start;
    }
  }
  return row_of;
}

}  // namespace

std::vector<std::int64_t> assign(const at::Tensor& cost) {
  const auto values = finite_values(cost, "the cost matrix");
  if (values.dim() != 2) {
    throw std::invalid_argument(
        fmt::format("expected a cost matrix of 2 dimensions, got {}", values.dim()));
  }
  const auto rows = values.size(0), columns = values.size(1);
  std::vector<std::int64_t> out(static_cast<std::size_t>(rows), -1);
  if (rows == 0 || columns == 0) return out;
  if (rows > columns) return rows_of_columns(scaled(values).t());
  const auto row_of = rows_of_columns(scaled(values));
  for (std::int64_t j = 0; j < columns; ++j) {
    if (row_of[j] >= 0) out[row_of[j]] = j;
  }
  return out;
}

}  // namespace assay::metrics
