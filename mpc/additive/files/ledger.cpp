#include "mpc/additive/files/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/io/atomic_file.h"

namespace assay::mpc::additive {
namespace {

/// "batch BATCH\nnext_run N\n" -> N.
std::uint64_t parse(const std::string& text, const std::string& batch, const std::string& path) {
  const auto beginning = fmt::format("batch {}\nnext_run ", batch);
  std::uint64_t next = 0;
  const auto* end = text.data() + text.size();
  if (text.starts_with(beginning) && text.ends_with('\n')) {
    const auto [stop, error] = std::from_chars(text.data() + beginning.size(), end - 1, next);
    if (error == std::errc{} && stop == end - 1) return next;
  }
  throw std::runtime_error(
      fmt::format("{}: expected what was used of batch {}, got something else", path, batch));
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& sealed_file, std::string batch)
    : path_(sealed_file.string() + ".used"), batch_(std::move(batch)) {
  // The sealed file is locked: this one is replaced at every run.
  lock_ = ::open(sealed_file.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const auto reason = errno == EWOULDBLOCK ? "another run is beginning" : std::strerror(errno);
    if (lock_ >= 0) ::close(lock_);
    throw std::runtime_error(fmt::format("{} cannot be locked: {}", sealed_file.string(), reason));
  }
  try {
    if (std::filesystem::exists(path_))
      next_ = parse(read_text_file(path_), batch_, path_.string());
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

Ledger::~Ledger() {
  ::close(lock_);
}

void Ledger::begin_run() {
  write_file_atomically(path_, fmt::format("batch {}\nnext_run {}\n", batch_, next_ + 1));
  ++next_;
}

}  // namespace assay::mpc::additive
