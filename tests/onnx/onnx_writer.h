#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace assay {

/// Writes ONNX files of layers one after the other, as exporters do, with weights inside: from
/// U(-1/sqrt(fan_in), 1/sqrt(fan_in)), the same for a seed.
class OnnxWriter {
 public:
  /// `example`: the shape of the input without the batch, which is open.
  explicit OnnxWriter(const std::vector<std::int64_t>& example, unsigned seed = 1);
  OnnxWriter(OnnxWriter&&) noexcept;
  ~OnnxWriter();

  OnnxWriter& flatten();
  OnnxWriter& linear(std::int64_t in, std::int64_t out);
  OnnxWriter& convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                          std::int64_t stride);
  OnnxWriter& max_pool(std::int64_t kernel);
  /// Rows of a table of `tokens` rows, at places that are the values.
  OnnxWriter& lookup(std::int64_t tokens, std::int64_t features);
  /// The last linear layer or convolution once more, with the same weights.
  OnnxWriter& again();
  /// An operator without attributes: "Relu".
  OnnxWriter& operation(const std::string& type);

  /// To every weight so far.
  OnnxWriter& add_to_all(float value);

  /// The file's bytes.
  std::string bytes() const;
  /// Every weight so far, in the order of the file.
  const std::vector<float>& weights() const { return weights_; }

 private:
  std::string parameter(const std::vector<std::int64_t>& dims, std::int64_t fan_in);

  struct File;
  std::unique_ptr<File> file_;
  std::mt19937 random_;
  std::vector<float> weights_;
};

/// flatten - linear (hidden) - ReLU - linear.
OnnxWriter onnx_mlp(const std::vector<std::int64_t>& example, std::int64_t hidden,
                    std::int64_t outputs, unsigned seed = 1);
/// flatten - linear (hidden) - ReLU - linear (hidden) - ReLU - the same layer - ReLU - linear.
OnnxWriter onnx_tied_mlp(const std::vector<std::int64_t>& example, std::int64_t hidden,
                         std::int64_t outputs, unsigned seed = 1);
/// For pictures [1, 28, 28]: convolution 5x5, stride 2 (2 channels) - ReLU - max-pool - flatten -
/// linear.
OnnxWriter onnx_cnn(std::int64_t outputs, unsigned seed = 1);

}  // namespace assay
