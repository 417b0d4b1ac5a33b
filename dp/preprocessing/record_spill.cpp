#include "dp/preprocessing/record_spill.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/io/atomic_file.h"

namespace assay::dp {

RecordSpill::RecordSpill(const std::filesystem::path& folder) {
  make_private_folder(folder);
  auto name = (folder / "records-XXXXXX").string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) {
    throw WriteError(
        fmt::format("cannot write into {}: {}", folder.string(), std::strerror(errno)));
  }
  ::unlink(name.c_str());
}

RecordSpill::~RecordSpill() {
  ::close(fd_);
}

void RecordSpill::append(std::span<const std::uint64_t> records) {
  auto bytes = std::as_bytes(records);
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw WriteError(fmt::format("cannot write records: {}", std::strerror(errno)));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  size_ += static_cast<std::int64_t>(records.size());
}

void RecordSpill::read(std::int64_t first, std::span<std::uint64_t> records) const {
  auto bytes = std::as_writable_bytes(records);
  auto offset = static_cast<off_t>(first) * 8;
  while (!bytes.empty()) {
    const auto got = ::pread(fd_, bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("cannot read records back");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
}

}  // namespace assay::dp
