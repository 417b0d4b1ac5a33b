#include "scenarios/prepare/spark_engine.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "dp/preprocessing/spark/spark_job.h"
#include "scenarios/run/subprocess.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;

/// The parts' folder, which goes away with its contents.
class Staging {
 public:
  explicit Staging(const fs::path& out) : path_(out / fmt::format("staging-{}", ::getpid())) {
    fs::remove_all(path_);
    make_private_folder(path_);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// build/assay lies below the tree that setup works in.
fs::path python_of(const SparkOptions& spark) {
  if (!spark.python.empty()) {
    if (fs::exists(spark.python)) return spark.python;
    throw std::invalid_argument(
        fmt::format("expected a Python with pyspark, found no {}", spark.python.string()));
  }
  const auto made =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / ".venv-spark/bin/python";
  if (fs::exists(made)) return made;
  throw std::invalid_argument(
      "expected a Python with pyspark: run ./setup --with spark, or say --spark-python FILE");
}

/// The end of what a process complained about, without the frames of the Java machine's stacks.
std::string tail(const std::string& complaints) {
  constexpr std::size_t kShown = 2000;
  std::string text;
  for (std::size_t at = 0; at < complaints.size();) {
    const auto end = std::min(complaints.find('\n', at), complaints.size() - 1) + 1;
    const auto line = complaints.substr(at, end - at);
    if (!line.starts_with("\tat ") && !line.starts_with("\t... ")) text += line;
    at = end;
  }
  return text.size() <= kShown ? text : "..." + text.substr(text.size() - kShown);
}

/// Tells the progress that the job prints; returns what it complained about.
class Watch {
 public:
  Watch(Subprocess& process, const std::function<void(double)>& progress)
      : process_(process), progress_(progress) {}

  Exit wait() {
    while (true) {
      pollfd ends[2] = {{process_.output_fd(), POLLIN, 0}, {process_.error_fd(), POLLIN, 0}};
      ::poll(ends, 2, 100);
      const auto ended = process_.poll();
      take(process_.read_output());
      complaints_ += process_.read_error();
      if (complaints_.size() > (std::size_t{1} << 20U)) complaints_ = tail(complaints_);
      if (ended) return *ended;
      // Both pipes at their end, and the process not yet: do not spin.
      if (((ends[0].revents | ends[1].revents) & POLLIN) == 0) ::usleep(20'000);
    }
  }
  const std::string& complaints() const { return complaints_; }

 private:
  void take(const std::string& text) {
    said_ += text;
    for (auto end = said_.find('\n'); end != std::string::npos; end = said_.find('\n')) {
      constexpr std::string_view kProgress = "progress ";
      const auto line = said_.substr(0, end);
      said_.erase(0, end + 1);
      if (line.starts_with(kProgress)) progress_(std::stod(line.substr(kProgress.size())));
    }
  }

  Subprocess& process_;
  const std::function<void(double)>& progress_;
  std::string said_, complaints_;
};

}  // namespace

dp::Prepared prepare_on_spark(const dp::PrepareOptions& options, const SparkOptions& spark) {
  const auto python = python_of(spark);
  options.validate();
  const Staging staging(options.out);
  const auto job = dp::spark_job(options, spark.master, staging.path());
  write_file_atomically(staging.path() / "job.json", job.dump());
  const auto files = dp::spark_files();
  for (const auto& file : files)
    write_file_atomically(staging.path() / file.name, file.text);
  Subprocess process({python.string(), (staging.path() / files[0].name).string(),
                      (staging.path() / "job.json").string()},
                     "");
  Watch watch(process, options.progress);
  const auto ended = watch.wait();
  if (ended.code != 0 || ended.signal != 0) {
    throw std::runtime_error(fmt::format("the Spark job on {} failed ({} {}): {}", spark.master,
                                         ended.signal != 0 ? "signal" : "exit status",
                                         ended.signal != 0 ? ended.signal : ended.code,
                                         tail(watch.complaints())));
  }
  auto prepared = dp::finish_spark_job(options, staging.path());
  options.progress(1.0);
  return prepared;
}

}  // namespace assay::scenarios
