#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace assay {

/// All records of a data set, before they are split.
struct Pool {
  // [N, ...]: uint8 levels (255 is 1.0), float32 in [0, 1], or float32 that are whole numbers: the
  // tokens of texts
  at::Tensor inputs;
  at::Tensor labels;        // [N] int64
  at::Tensor targets = {};  // [N, asked] float32: numbers to predict, if there are any
  std::vector<std::string> class_names;
  std::vector<std::string> notes;  // what the reader of a report should know about the files

  /// The records at `indices`, inputs as float32: levels in [0, 1], tokens as they are.
  Dataset take(std::span<const std::int64_t> indices) const;
};

/// A file as it lies on disk, compressed or not.
struct SourceFile {
  std::filesystem::path path;
  std::vector<std::byte> bytes;
};

using Paths = std::vector<std::filesystem::path>;

// The files of each data set, by their publishers' names, in the order in which the reader wants
// them. IDX and CIFAR files may end in .gz; where both are there, the plain one counts. Errors:
// std::runtime_error naming the file that is missing, and the folder.

/// mnist/: {train,t10k}-images-idx3-ubyte and -labels-idx1-ubyte; the training pair may be missing.
Paths mnist_files(const std::filesystem::path& data_dir);
/// cifar10/: data_batch_1.bin to _5.bin, as many as are there, and test_batch.bin.
Paths cifar10_files(const std::filesystem::path& data_dir);
/// att_faces/: s1/1.pgm to s40/10.pgm, person by person.
Paths att_faces_files(const std::filesystem::path& data_dir);
/// pums/FultonPUMS5full.csv.
Paths census_files(const std::filesystem::path& data_dir);

// The records in these files. Errors: DataError naming the file and the place.

/// inputs [N, 1, 28, 28].
Pool read_mnist(std::span<const SourceFile> files);
/// inputs [N, 3, 32, 32].
Pool read_cifar10(std::span<const SourceFile> files);
/// inputs [400, 1, 112, 92]; record 10 * (person - 1) + (picture - 1), label person - 1.
Pool read_att_faces(std::span<const SourceFile> files);
/// The same at half the resolution, [400, 1, 56, 46]: each pixel is the mean of 2 x 2.
Pool read_att_faces_half(std::span<const SourceFile> files);
/// inputs [N, 21]; the features and repairs are those of parse_census.
Pool read_census(std::span<const SourceFile> files);

}  // namespace assay
