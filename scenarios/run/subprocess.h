#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::scenarios {

/// How a process ended.
struct Exit {
  int code = 0;    ///< exit status, if it ended by itself
  int signal = 0;  ///< or the signal that ended it
  double cpu_seconds = 0.0;
  std::int64_t peak_rss_bytes = 0;
};

/// A child process whose standard output and error are read through one pipe each. It is killed
/// when this object goes away, and when this process dies.
class Subprocess {
 public:
  /// What becomes of its standard input after the given text.
  enum class Input {
    close,
    hold,  ///< open until close_input(), or until this process is gone
  };
  /// Errors: std::runtime_error if it cannot be started.
  Subprocess(const std::vector<std::string>& command, const std::string& standard_input,
             Input after = Input::close);
  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&&) = delete;
  ~Subprocess();

  pid_t pid() const { return pid_; }
  int output_fd() const { return output_; }
  int error_fd() const { return error_; }

  /// What has arrived and was not taken yet; never blocks.
  std::string read_output() { return read(output_); }
  std::string read_error() { return read(error_); }

  /// How it ended, once it has; never blocks.
  std::optional<Exit> poll();
  void kill();
  void close_input();
  /// Resident memory now, in bytes; 0 if it has ended.
  std::int64_t resident_bytes() const;

 private:
  static std::string read(int fd);

  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, error_ = -1;
  std::optional<Exit> exit_;
};

}  // namespace assay::scenarios
