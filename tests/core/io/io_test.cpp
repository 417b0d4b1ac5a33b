#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "core/io/atomic_file.h"
#include "core/io/safetensors.h"
#include "core/random/stream.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("files are written whole, private, and replaced in one step") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a" / "b.txt";
  write_file_atomically(file, "one");
  write_file_atomically(file, "two");
  CHECK(read_text_file(file) == "two");
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat(file.parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) ==
        1);  // nothing temporary left
}

TEST_CASE("I/O errors name the file and the reason") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_text_file(folder.path() / "none"), Contains("none: No such file"));
  CHECK_THROWS_WITH(read_text_file(folder.path()), Contains("Is a directory"));
  write_file_atomically(folder.path() / "file", "x");
  CHECK_THROWS_WITH(write_file_atomically(folder.path() / "file" / "below", "x"),
                    Contains("Not a directory"));
  CHECK_THROWS_AS(write_file_atomically("/proc/none", "x"), std::runtime_error);
}

TEST_CASE("devices and pipes are written to, never replaced") {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  write_file_atomically(pipe, "text");
  char buffer[8] = {};
  CHECK(::read(reader, buffer, sizeof buffer) == 4);
  ::close(reader);
  CHECK(std::string(buffer) == "text");
  CHECK(fs::is_fifo(pipe));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  // Through a link, so that a mistake would replace the link and not the device.
  fs::create_symlink("/dev/full", folder.path() / "full");
  CHECK_THROWS_AS(write_file_atomically(folder.path() / "full", "x"), WriteError);
  CHECK(fs::is_symlink(folder.path() / "full"));
}

TEST_CASE("what a killed process left under the temporary name is no obstacle") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file";
  const auto left = fs::path(file.string() + "." + std::to_string(::getpid()) + ".tmp");
  fs::create_symlink("/dev/full", left);
  write_file_atomically(file, "x");
  CHECK(read_text_file(file) == "x");
  CHECK_FALSE(fs::exists(fs::symlink_status(left)));
}

TensorFile example() {
  Stream stream(1);
  TensorFile file;
  file.tensors["a"] = stream.normal({2, 3});
  file.tensors["b"] = at::arange(5, at::kLong);
  file.tensors["c"] = at::arange(3).remainder(2).to(at::kBool);
  file.tensors["empty"] = at::empty({0, 4});
  file.tensors["scalar"] = at::scalar_tensor(2.5, at::kDouble);
  file.note = {{"k", 1}};
  return file;
}

TEST_CASE("tensors survive the safetensors format") {
  const auto file = example();
  const auto back = from_safetensors(to_safetensors(file));
  CHECK(back.note == file.note);
  REQUIRE(back.tensors.size() == file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    CHECK(back.at(name).scalar_type() == tensor.scalar_type());
    CHECK(at::equal(back.at(name), tensor));
  }
  CHECK_THROWS_AS(back.at("nothing"), std::out_of_range);
}

TEST_CASE("hostile safetensors are refused") {
  const auto good = to_safetensors(example());
  auto with_header = [](const std::string& header, std::size_t data) {
    std::uint64_t length = header.size();
    std::string out(8, '\0');
    std::memcpy(out.data(), &length, 8);
    return out + header + std::string(data, '\2');
  };
  auto entry = [&](const char* dtype, const char* shape, const char* offsets, std::size_t data) {
    return with_header(fmt::format(R"({{"a":{{"dtype":"{}","shape":{},"data_offsets":{}}}}})",
                                   dtype, shape, offsets),
                       data);
  };
  for (const auto& bad :
       {entry("F32", "[2]", "[0,4]", 8), entry("F32", "[-1]", "[0,4]", 8),
        entry("F32", "[4611686018427387904,4]", "[0,0]", 8), entry("F32", "[1]", "[8,4]", 8),
        entry("F32", "[3]", "[0,12]", 8), entry("F16", "[2]", "[0,4]", 8),
        entry("BOOL", "[1]", "[0,1]", 1), entry("F32", "[1]", "[0]", 8),
        entry("F32", "\"x\"", "[0,4]", 8), with_header("[1,2]", 0), with_header("{", 0),
        with_header("null", 0), std::string(8, '\xff'), std::string("abc")}) {
    CHECK_THROWS_AS(from_safetensors(bad), std::invalid_argument);
  }
  // Every truncation of a good file, and 2,000 random mutations: refused, or read without a crash.
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_THROWS_AS(from_safetensors(std::string_view(good).substr(0, size)),
                    std::invalid_argument);
  }
  Stream stream(4);
  for (int i = 0; i < 2000; ++i) {
    auto bad = good;
    bad[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(bad.size())))] =
        static_cast<char>(stream.below(256));
    try {
      from_safetensors(bad);
    } catch (const std::invalid_argument&) {
    }
  }
}

}  // namespace
}  // namespace assay
