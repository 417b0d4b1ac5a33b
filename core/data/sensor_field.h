#pragma once

#include "core/data/pool.h"
#include "core/models/graph.h"

namespace assay {

/// A generated field of air pollution: sensors at random places of a square town, plumes that drift
/// over it, a daily tide and noise. At two thirds of the places stands a sensor; the values at the
/// others are asked for. Each sensor is joined to its five nearest. The generator's seed is fixed:
/// every run has the same town.
///
/// Units: levels in [0, 1], the highest of the field being 1.

/// The town: public.
const GraphTask& sensor_graph();

/// inputs [hours, nodes, 2]: the level where it is known, else 0; and whether it is known.
/// targets [hours, asked]: the levels asked for. One class.
Pool make_sensor_field();

}  // namespace assay
