#include "core/data/sensor_field.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "core/random/stream.h"

namespace assay {
namespace {

constexpr std::uint64_t kSeed = 20180919;
constexpr std::int64_t kNodes = 60, kAsked = 20, kNeighbours = 5, kHours = 1000;
constexpr std::int64_t kPlumes = 4;
constexpr double kTwoPi = 2.0 * std::numbers::pi;

struct Place {
  double x, y;
};

double squared_distance(const Place& a, const Place& b) {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

std::vector<Place> places() {
  auto stream = Stream(kSeed).child("places");
  std::vector<Place> out(kNodes);
  for (auto& place : out) {
    place.x = stream.uniform();
    place.y = stream.uniform();
  }
  return out;
}

std::vector<std::int64_t> asked_nodes() {
  auto stream = Stream(kSeed).child("asked");
  auto order = stream.permutation(kNodes);
  order.resize(kAsked);
  std::sort(order.begin(), order.end());
  return order;
}

Graph nearest_neighbours(const std::vector<Place>& at) {
  std::set<std::pair<std::int64_t, std::int64_t>> edges;
  for (std::int64_t i = 0; i < kNodes; ++i) {
    std::vector<std::pair<double, std::int64_t>> others;
    for (std::int64_t j = 0; j < kNodes; ++j) {
      if (j != i) others.emplace_back(squared_distance(at[i], at[j]), j);
    }
    std::sort(others.begin(), others.end());
    for (std::int64_t k = 0; k < kNeighbours; ++k)
      edges.insert(std::minmax(i, others[static_cast<std::size_t>(k)].second));
  }
  return {kNodes, {edges.begin(), edges.end()}};
}

/// A cloud that goes round in a circle and swells and fades.
struct Plume {
  Place centre;
  double orbit, period_h, phase, width, strength, breath_h;

  double at(const Place& place, double hour) const {
    const double angle = kTwoPi * hour / period_h + phase;
    const Place now{centre.x + orbit * std::cos(angle), centre.y + orbit * std::sin(angle)};
    const double swell = 0.6 + 0.4 * std::sin(kTwoPi * hour / breath_h + phase);
    return strength * swell * std::exp(-squared_distance(place, now) / (2.0 * width * width));
  }
};

std::vector<Plume> plumes() {
  auto stream = Stream(kSeed).child("plumes");
  const auto between = [&](double low, double high) {
    return low + (high - low) * stream.uniform();
  };
  std::vector<Plume> out;
  for (std::int64_t i = 0; i < kPlumes; ++i) {
    Plume plume{};
    plume.centre = {between(0.2, 0.8), between(0.2, 0.8)};
    plume.orbit = between(0.1, 0.4);
    plume.period_h = between(40, 200);
    plume.phase = between(0, kTwoPi);
    plume.width = between(0.15, 0.3);
    plume.strength = between(0.5, 1.0);
    plume.breath_h = between(20, 90);
    out.push_back(plume);
  }
  return out;
}

/// [hours, nodes]
at::Tensor levels() {
  const auto at = places();
  const auto clouds = plumes();
  auto noise = Stream(kSeed).child("noise");
  auto out = at::empty({kHours, kNodes}, at::kDouble);
  auto level = out.accessor<double, 2>();
  for (std::int64_t hour = 0; hour < kHours; ++hour) {
    const auto h = static_cast<double>(hour);
    const double tide = 0.25 + 0.1 * std::sin(kTwoPi * h / 24.0);
    for (std::int64_t i = 0; i < kNodes; ++i) {
      double sum = tide + 0.03 * noise.normal();
      for (const auto& cloud : clouds)
        sum += cloud.at(at[static_cast<std::size_t>(i)], h);
      level[hour][i] = std::max(sum, 0.0);
    }
  }
  return (out / out.max()).to(at::kFloat);
}

}  // namespace

const GraphTask& sensor_graph() {
  static const GraphTask task{nearest_neighbours(places()), asked_nodes()};
  return task;
}

Pool make_sensor_field() {
  const auto field = levels();
  const auto asked = at::tensor(sensor_graph().asked, at::kLong);
  auto known = at::ones({kNodes});
  known.index_fill_(0, asked, 0.0);
  Pool pool;
  pool.inputs = at::stack({field * known, known.expand({kHours, kNodes})}, -1);
  pool.targets = field.index_select(1, asked);
  pool.labels = at::zeros({kHours}, at::kLong);
  pool.class_names = {"town"};
  return pool;
}

}  // namespace assay
