#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/models/spec.h"

namespace assay {

/// What a scenario says of a model; the data set supplies the shapes.
struct ModelOptions {
  std::string name = "lenet-sigmoid";
  /// mlp, gcn, deep-averaging: units of each hidden layer, and what is between them.
  std::vector<std::int64_t> hidden = {128};
  Activation activation = Activation::sigmoid;
  /// cnn: channels of the first convolution; others: half the features of a step or word.
  std::int64_t width = 16;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// The models that scenarios can name, one line on each.
struct ModelEntry {
  std::string name, title;
};
const std::vector<ModelEntry>& model_names();

/// Builds the model for examples of `input_shape` and `outputs` classes.
///
///   logistic-regression  one linear layer (softmax regression), zero start
///   mlp                  linear layers of `hidden` units with `activation`; PyTorch's start
///   lenet-sigmoid        the LeNet of "Deep Leakage from Gradients" (Zhu et al., NeurIPS 2019)
///                        and its public code: three 5x5 convolutions of 12 channels, strides 2,
///                        2, 1, padding 2, sigmoids, one linear layer; all from U(-0.5, 0.5)
///   lenet5               conv 5x5 (6) - ReLU - max-pool - conv 5x5 (16) - ReLU - max-pool, linear
///                        120, 84 with ReLU, linear; PyTorch's start
///   cnn                  conv 3x3 - ReLU - max-pool, twice (width, 2 width), linear 4 width,
///                        ReLU, linear
///   gcn                  graph convolutions of `hidden` units with `activation`, and one to a
///                        single value at each node that is asked for; PyTorch's start
///   lstm                 an LSTM of 2 width units over the rows of a picture, or the words of a
///                        text, each as 2 width features; linear on its last state
///   transformer          rows of a picture as 2 width features and learnt places; one pre-norm
///                        encoder block (4 heads, GELU, twice the features inside); the mean over
///                        rows; linear
///   deep-averaging       the mean over the words of a text, each as 2 width features, then linear
///                        layers of `hidden` units with `activation` (Iyyer et al., "Deep Unordered
///                        Composition Rivals Syntactic Methods for Text Classification", ACL 2015)
///
/// A text's padding, token 0, takes no part: its features count as zero in an LSTM and not at all
/// in a mean, so that its row of the table has no gradient. (A text that is all padding has a mean:
/// that row.)
///
/// `graph`: of records that are values at its nodes. `tokens`: of records that are texts, above any
/// whole number in them; otherwise 0.
/// Errors: std::invalid_argument if the name is unknown or the records do not fit the model.
ModelSpec build_model(const ModelOptions& options, const std::vector<std::int64_t>& input_shape,
                      std::int64_t outputs, const GraphTask* graph = nullptr,
                      std::int64_t tokens = 0);

}  // namespace assay
