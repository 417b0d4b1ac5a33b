#include "core/data/file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace assay {
namespace {

class File {
 public:
  explicit File(const std::filesystem::path& path)
      : path_(path),
        // O_NONBLOCK: opening a pipe must not wait for its writer.
        descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) fail(errno);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  std::size_t size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail(errno);
    if (S_ISDIR(status.st_mode)) fail(EISDIR);
    if (!S_ISREG(status.st_mode)) {
      throw std::runtime_error(fmt::format("{}: expected a regular file", path_.string()));
    }
    return static_cast<std::size_t>(status.st_size);
  }

  std::size_t read(std::byte* to, std::size_t size) const {
    ssize_t got = -1;
    do {
      got = ::read(descriptor_, to, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) fail(errno);
    return static_cast<std::size_t>(got);
  }

 private:
  [[noreturn]] void fail(int code) const {
    throw std::runtime_error(fmt::format("{}: cannot read the file: {}", path_.string(),
                                         std::generic_category().message(code)));
  }

  const std::filesystem::path& path_;
  int descriptor_;
};

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  const File file(path);
  limit_bytes = std::min(limit_bytes, std::numeric_limits<std::size_t>::max() / 4);
  // The size is where to start: a file may grow while it is read, and some report 0.
  std::vector<std::byte> out(std::min(file.size(), limit_bytes) + 1);
  std::size_t filled = 0;
  while (const auto got = file.read(out.data() + filled, out.size() - filled)) {
    filled += got;
    if (filled > limit_bytes) {
      throw std::runtime_error(
          fmt::format("{}: expected at most {} bytes, got more", path.string(), limit_bytes));
    }
    if (filled == out.size()) out.resize(std::min(2 * out.size(), limit_bytes + 1));
  }
  out.resize(filled);
  return out;
}

}  // namespace assay
