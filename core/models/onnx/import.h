#pragma once

#include "core/models/onnx/graph.h"
#include "core/models/spec.h"

namespace assay::onnx_file {

/// A model as plain values: what an ONNX graph says, without LibTorch.
struct Imported {
  ModelSpec spec;
  std::vector<std::vector<float>> parameters;  ///< in the order of parameters_of(spec)
  std::vector<std::vector<float>> statistics;  ///< in the order of statistics_of(spec)
};

/// The model of a graph with one input and one output, of which the first dimension is the batch's:
/// open, or 1. Operators (inference): Gemm, MatMul, Conv, ConvTranspose, BatchNormalization,
/// LayerNormalization, Relu, LeakyRelu, Clip to [0, 6] or [-1, 1], Sigmoid, Tanh, Gelu, Erf,
/// Softmax, MaxPool, AveragePool, GlobalAveragePool, ReduceMean, Add, Sub, Mul, Div by a constant,
/// Pow to a small whole power, Neg, Concat, Split, Slice, Gather, Transpose, what only gives a new
/// shape, Dropout, and fold.h's on constants.
///
/// A constant that several layers take in one layout is one parameter, which they share (share.h).
/// An output of several dimensions becomes one row of numbers.
/// Errors: std::invalid_argument naming the node and its operator for what is not supported.
Imported import_graph(const Graph& graph, const std::string& name);

}  // namespace assay::onnx_file
