#include "scenarios/run/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace assay::scenarios {
namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    read = ends[0];
    write = ends[1];
  }
};

void write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto got = ::write(fd, text.data(), text.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;  // the child has ended; its exit says why
    text.remove_prefix(static_cast<std::size_t>(got));
  }
}

}  // namespace

Subprocess::Subprocess(const std::vector<std::string>& command, const std::string& standard_input,
                       Input after) {
  Pipe in, out, err;
  std::vector<char*> arguments;
  for (const auto& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    // Only calls that are safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::setpgid(0, 0);  // an interrupt at the terminal is the parent's to handle
    ::dup2(in.read, 0);
    ::dup2(out.write, 1);
    ::dup2(err.write, 2);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(in.read);
  ::close(out.write);
  ::close(err.write);
  output_ = out.read;
  error_ = err.read;
  if (pid_ < 0) {
    ::close(in.write);
    throw std::runtime_error(fmt::format("cannot start {}: {}", command[0], std::strerror(errno)));
  }
  for (int fd : {output_, error_})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  write_whole(in.write, standard_input);
  input_ = in.write;
  if (after == Input::close) close_input();
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(other.pid_),
      input_(other.input_),
      output_(other.output_),
      error_(other.error_),
      exit_(other.exit_) {
  other.pid_ = -1;
  other.input_ = other.output_ = other.error_ = -1;
}

Subprocess::~Subprocess() {
  if (pid_ > 0 && !exit_) {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  for (int fd : {input_, output_, error_}) {
    if (fd >= 0) ::close(fd);
  }
}

void Subprocess::close_input() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

std::string Subprocess::read(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got > 0)
      text.append(buffer, static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR)
      return text;
  }
}

std::optional<Exit> Subprocess::poll() {
  if (exit_ || pid_ <= 0) return exit_;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) == pid_) {
    Exit exit;
    if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
    auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    exit.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    exit.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;
    exit_ = exit;
  }
  return exit_;
}

void Subprocess::kill() {
  if (pid_ > 0 && !exit_) ::kill(pid_, SIGKILL);
}

std::int64_t Subprocess::resident_bytes() const {
  if (pid_ <= 0 || exit_) return 0;
  std::ifstream file(fmt::format("/proc/{}/statm", pid_));
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return file ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace assay::scenarios
