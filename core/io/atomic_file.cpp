#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string failure(const char* what, const fs::path& path, int error) {
  return fmt::format("{} {}: {}", what, path.string(), std::strerror(error));
}
[[noreturn]] void fail(const char* what, const fs::path& path, int error) {
  throw WriteError(failure(what, path, error));
}
[[noreturn]] void fail_to_read(const fs::path& path, int error) {
  throw std::runtime_error(failure("cannot read", path, error));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, std::string_view contents, const fs::path& path) {
  while (!contents.empty()) {
    const auto written = ::write(fd, contents.data(), contents.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write", path, errno);
    }
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Writes to a device or a pipe, which must not be replaced by a file of its name.
void write_through(const fs::path& path, std::string_view contents) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) fail("cannot write", path, errno);
  write_all(file.get(), contents, path);
}

}  // namespace

void make_private_folder(const fs::path& path) {
  std::error_code ignored;
  if (path.empty() || fs::is_directory(path, ignored)) return;
  if (path.has_parent_path() && path.parent_path() != path) make_private_folder(path.parent_path());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    fail("cannot make the folder", path, errno);
  if (!fs::is_directory(path, ignored)) fail("cannot make the folder", path, ENOTDIR);
}

void sync_folder(const fs::path& path) {
  const Descriptor folder(
      ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) fail("cannot sync the folder", path, errno);
}

void write_file_atomically(const fs::path& path, std::string_view contents) {
  std::error_code ignored;
  const auto type = fs::status(path, ignored).type();
  if (type == fs::file_type::character || type == fs::file_type::fifo) {
    return write_through(path, contents);
  }
  if (type == fs::file_type::block || type == fs::file_type::socket) {
    fail("cannot write", path, EEXIST);
  }
  make_private_folder(path.parent_path());
  const fs::path temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  ::unlink(temporary.c_str());  // of a process that was killed, whose number came up again
  try {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0) fail("cannot write", path, errno);
    write_all(file.get(), contents, path);
    if (::fsync(file.get()) != 0) fail("cannot write", path, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("cannot write", path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(path.parent_path());
}

std::string read_text_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_to_read(path, errno);
  std::string contents;
  char buffer[65536];
  while (true) {
    const auto got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      fail_to_read(path, errno);
    }
    if (got == 0) return contents;
    contents.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace assay
