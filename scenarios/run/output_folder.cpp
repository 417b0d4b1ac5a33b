#include "scenarios/run/output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/io/atomic_file.h"

namespace assay::scenarios {

OutputFolder::OutputFolder(std::filesystem::path path) : path_(std::move(path)) {
  if (std::filesystem::exists(path_) && !std::filesystem::is_directory(path_)) {
    throw std::invalid_argument(fmt::format("{}: expected a folder, got a file", path_.string()));
  }
  make_private_folder(path_);
  const auto file = path_ / ".lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    throw std::runtime_error(
        fmt::format("cannot write in {}: {}", path_.string(), std::strerror(errno)));
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const auto error = errno;
    ::close(lock_);
    lock_ = -1;
    if (error == EWOULDBLOCK) {
      throw std::invalid_argument(fmt::format(
          "{} is in use by another run; choose another folder, or wait", path_.string()));
    }
    throw std::runtime_error(
        fmt::format("cannot lock {}: {}", path_.string(), std::strerror(error)));
  }
}

OutputFolder::~OutputFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace assay::scenarios
