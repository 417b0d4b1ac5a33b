#include "scenarios/score/gallery.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <stdexcept>

#include "core/io/atomic_file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace assay::scenarios {

std::string to_png(const at::Tensor& picture) {
  if (picture.dim() != 3 || (picture.size(0) != 1 && picture.size(0) != 3)) {
    throw std::invalid_argument(
        fmt::format("expected a picture of 1 or 3 channels, got {} dimension(s)", picture.dim()));
  }
  const auto pixels = (picture.nan_to_num(0.0).clamp(0, 1) * 255.0 + 0.5)
                          .to(at::kByte)
                          .permute({1, 2, 0})
                          .contiguous();
  const auto height = static_cast<int>(pixels.size(0)), width = static_cast<int>(pixels.size(1));
  const auto channels = static_cast<int>(pixels.size(2));
  std::string png;
  const auto append = [](void* out, void* data, int size) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(data),
                                           static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &png, width, height, channels, pixels.const_data_ptr(),
                             width * channels) == 0) {
    throw std::runtime_error("a picture could not be encoded");
  }
  return png;
}

void save_png(const at::Tensor& picture, const std::filesystem::path& file) {
  write_file_atomically(file, to_png(picture));
}

}  // namespace assay::scenarios
