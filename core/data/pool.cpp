#include "core/data/pool.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/core.h>

#include <cstring>
#include <optional>
#include <stdexcept>

#include "core/data/census.h"
#include "core/data/cifar.h"
#include "core/data/file.h"
#include "core/data/gzip.h"
#include "core/data/idx.h"
#include "core/data/pgm.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find(const fs::path& plain) {
  auto compressed = plain;
  compressed += ".gz";
  if (fs::exists(plain)) return plain;
  if (fs::exists(compressed)) return compressed;
  return std::nullopt;
}

fs::path require(const fs::path& plain) {
  if (auto path = find(plain)) return *path;
  throw std::runtime_error(fmt::format("expected {} (or .gz) in {}, found neither",
                                       plain.filename().string(), plain.parent_path().string()));
}

std::vector<std::byte> unpacked(const SourceFile& file) {
  if (!is_gzip(file.bytes)) return file.bytes;
  return gunzip(file.bytes, file.path.string(), kFileLimitBytes);
}

at::Tensor byte_tensor(const std::vector<std::uint8_t>& values) {
  auto out = at::empty({static_cast<std::int64_t>(values.size())}, at::kByte);
  if (!values.empty()) std::memcpy(out.mutable_data_ptr(), values.data(), values.size());
  return out;
}

void require_dims(const IdxArray& array, const std::vector<std::int64_t>& expected,
                  const fs::path& path) {
  if (array.dims == expected) return;
  const auto text = [](const auto& dims) {
    std::string out;
    for (auto dim : dims)
      out += (out.empty() ? "" : "x") + std::to_string(dim);
    return out;
  };
  throw DataError(path.string(), at_byte(4), "an array of " + text(expected), text(array.dims));
}

void require_labels_below(const std::vector<std::uint8_t>& labels, int classes,
                          const fs::path& path, std::size_t first_byte) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < classes) continue;
    throw DataError(path.string(), at_byte(first_byte + i),
                    fmt::format("a label from 0 to {}", classes - 1), std::to_string(labels[i]));
  }
}

std::string file_note(const SourceFile& file, std::int64_t records) {
  return fmt::format("{}: {} records", file.path.filename().string(), records);
}

}  // namespace

Dataset Pool::take(std::span<const std::int64_t> indices) const {
  auto out = Dataset{inputs, labels, class_names, targets}.subset(indices);
  if (out.inputs.scalar_type() == at::kByte) out.inputs = out.inputs.to(at::kFloat).div_(255.0);
  return out;
}

Paths mnist_files(const fs::path& data_dir) {
  const auto folder = data_dir / "mnist";
  Paths out;
  if (find(folder / "train-images-idx3-ubyte")) {
    out.push_back(require(folder / "train-images-idx3-ubyte"));
    out.push_back(require(folder / "train-labels-idx1-ubyte"));
  }
  out.push_back(require(folder / "t10k-images-idx3-ubyte"));
  out.push_back(require(folder / "t10k-labels-idx1-ubyte"));
  return out;
}

Paths cifar10_files(const fs::path& data_dir) {
  const auto folder = data_dir / "cifar10";
  Paths out;
  for (int i = 1; i <= 5; ++i) {
    if (auto path = find(folder / fmt::format("data_batch_{}.bin", i))) out.push_back(*path);
  }
  out.push_back(require(folder / "test_batch.bin"));
  return out;
}

Paths att_faces_files(const fs::path& data_dir) {
  Paths out;
  for (int person = 1; person <= 40; ++person) {
    for (int picture = 1; picture <= 10; ++picture) {
      const auto path =
          data_dir / "att_faces" / fmt::format("s{}", person) / fmt::format("{}.pgm", picture);
      if (!fs::exists(path)) {
        throw std::runtime_error(fmt::format("expected {}, found no such file", path.string()));
      }
      out.push_back(path);
    }
  }
  return out;
}

Paths census_files(const fs::path& data_dir) {
  const auto path = data_dir / "pums" / "FultonPUMS5full.csv";
  if (fs::exists(path)) return {path};
  throw std::runtime_error(fmt::format("expected {}, found no such file", path.string()));
}

Pool read_mnist(std::span<const SourceFile> files) {
  Pool pool;
  std::vector<at::Tensor> images, labels;
  for (std::size_t i = 0; i + 1 < files.size(); i += 2) {
    const auto image = parse_idx(unpacked(files[i]), files[i].path.string());
    const auto label = parse_idx(unpacked(files[i + 1]), files[i + 1].path.string());
    const auto records = image.dims[0];
    require_dims(image, {records, 28, 28}, files[i].path);
    require_dims(label, {records}, files[i + 1].path);
    require_labels_below(label.values, 10, files[i + 1].path, 8);
    images.push_back(byte_tensor(image.values).view({records, 1, 28, 28}));
    labels.push_back(byte_tensor(label.values));
    pool.notes.push_back(file_note(files[i], records));
  }
  pool.inputs = at::cat(images);
  pool.labels = at::cat(labels).to(at::kLong);
  pool.class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return pool;
}

Pool read_cifar10(std::span<const SourceFile> files) {
  Pool pool;
  std::vector<at::Tensor> images, labels;
  for (const auto& file : files) {
    const auto records = parse_cifar10(unpacked(file), file.path.string());
    labels.push_back(byte_tensor(records.labels));
    images.push_back(byte_tensor(records.pixels).view({-1, 3, 32, 32}));
    pool.notes.push_back(file_note(file, labels.back().size(0)));
  }
  pool.inputs = at::cat(images);
  pool.labels = at::cat(labels).to(at::kLong);
  pool.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                      "dog",      "frog",       "horse", "ship", "truck"};
  return pool;
}

Pool read_att_faces(std::span<const SourceFile> files) {
  Pool pool;
  std::vector<at::Tensor> pictures;
  std::vector<std::int64_t> labels;
  for (const auto& file : files) {
    const auto image = parse_pgm(file.bytes, file.path.string());
    if (image.width != 92 || image.height != 112) {
      throw DataError(file.path.string(), at_byte(2), "a picture of 92x112",
                      fmt::format("{}x{}", image.width, image.height));
    }
    auto picture = at::empty({1, image.height, image.width}, at::kFloat);
    auto* out = picture.mutable_data_ptr<float>();
    for (auto sample : image.samples) {
      *out++ = static_cast<float>(sample) / static_cast<float>(image.maxval);
    }
    pictures.push_back(picture);
    const auto person = static_cast<std::int64_t>(labels.size()) / 10;
    if (labels.size() % 10 == 0) pool.class_names.push_back(fmt::format("s{}", person + 1));
    labels.push_back(person);
  }
  pool.inputs = at::stack(pictures);
  pool.labels = at::tensor(labels, at::kLong);
  return pool;
}

Pool read_att_faces_half(std::span<const SourceFile> files) {
  auto pool = read_att_faces(files);
  pool.inputs = at::avg_pool2d(pool.inputs, 2);
  return pool;
}

Pool read_census(std::span<const SourceFile> files) {
  const auto& file = files.front();
  const auto records = parse_census(file.bytes, file.path.string());
  const auto rows = static_cast<std::int64_t>(records.labels.size());
  const auto features = static_cast<std::int64_t>(records.feature_names.size());
  Pool pool;
  pool.inputs = at::tensor(records.features, at::kFloat).view({rows, features});
  pool.labels = byte_tensor(records.labels).to(at::kLong);
  pool.class_names = census_class_names();
  pool.notes = records.report.lines();
  return pool;
}

}  // namespace assay
