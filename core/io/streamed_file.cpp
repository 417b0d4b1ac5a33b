#include "core/io/streamed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/io/atomic_file.h"

namespace assay {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw WriteError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

StreamedFile::StreamedFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(fmt::format("{}.{}.tmp", path_.string(), ::getpid())) {
  make_private_folder(path_.parent_path());
  ::unlink(temporary_.c_str());  // of a process that was killed, whose number came up again
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd_ < 0) fail(path_);
}

StreamedFile::~StreamedFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void StreamedFile::append(std::span<const std::byte> bytes) {
  digest_.add(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(path_);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void StreamedFile::commit() {
  if (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  ::close(fd_);
  fd_ = -1;
  sync_folder(path_.parent_path());
}

}  // namespace assay
