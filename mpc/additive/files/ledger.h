#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace assay::mpc::additive {

/// How much of a batch a party has used up: beside its file, in NAME.used. It only ever grows; a
/// run that was begun is gone, however it ended.
///
/// While it lives, no other process uses the same file. Errors: std::runtime_error that names the
/// file: it is in use, unreadable, or of another batch; WriteError.
class Ledger {
 public:
  Ledger(const std::filesystem::path& sealed_file, std::string batch);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// The next run that was not begun yet.
  std::uint64_t next_run() const { return next_; }
  /// It is begun now: on return this is on the disk, and synced.
  void begin_run();

 private:
  std::filesystem::path path_;
  std::string batch_;
  std::uint64_t next_ = 0;
  int lock_ = -1;
};

}  // namespace assay::mpc::additive
