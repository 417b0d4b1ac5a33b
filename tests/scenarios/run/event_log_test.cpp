#include "core/io/event_log.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

const json kFirst = {{"event", "cell"}, {"key", "a"}, {"status", "ok"}, {"result", {{"x", 1}}}};
const json kSecond = {{"event", "cell"}, {"key", "b"}, {"status", "error"}, {"error", "no"}};

std::string lines(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts)
    all += text + "\n";
  return all;
}

/// What reading this log says is wrong, or "".
std::string complaint(const std::filesystem::path& file, const std::string& text) {
  write_file(file, text);
  try {
    read_events(file);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a log gives back what was appended", "[event_log]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  CHECK(read_events(file).empty());
  {
    EventLog log(file);
    CHECK(log.events().empty());
    log.append(kFirst);
    log.append(kSecond);
    CHECK(log.events() == std::vector<json>{kFirst, kSecond});
  }
  CHECK(read_events(file) == std::vector<json>{kFirst, kSecond});
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  EventLog again(file);
  CHECK(again.events() == std::vector<json>{kFirst, kSecond});
}

TEST_CASE("a torn last line is dropped, at every length", "[event_log]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  const auto whole = kFirst.dump() + "\n", torn = kSecond.dump();
  for (std::size_t length = 0; length <= torn.size(); ++length) {
    CAPTURE(length);
    write_file(file, whole + torn.substr(0, length));
    CHECK(read_events(file) == std::vector<json>{kFirst});
    {
      EventLog log(file);
      CHECK(log.events() == std::vector<json>{kFirst});
      log.append(kSecond);
    }
    CHECK(bytes_of(file) == lines({kFirst.dump(), kSecond.dump()}));
  }
}

TEST_CASE("any other damaged line is told by file and line", "[event_log]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  const auto good = kFirst.dump();
  const std::string damaged[] = {
      good.substr(0, good.size() / 2),  // torn
      good.substr(0, 9) + "\x01\xff" + good.substr(11),
      "",  // an empty line
      "null",
      "[]",
      "3",
      "\"text\"",
      "{}",
      R"({"event": 3})",
      R"({"event": "cell"})",
      R"({"event": "cell", "key": "a"})",
      R"({"event": "cell", "key": 1, "status": "ok", "result": {}})",
      R"({"event": "cell", "key": "a", "status": "fine", "result": {}})",
      R"({"event": "cell", "key": "a", "status": "ok"})",
      R"({"event": "cell", "key": "a", "status": "ok", "result": []})",
      R"({"event": "cell", "key": "a", "status": "error", "error": 3})",
      R"({"event": "gate"})",
      R"({"event": "top_up", "seeds": ["1"]})",
      R"({"event": "x", "deep": )" + std::string(200'000, '[') + std::string(200'000, ']') + "}",
      good + good,
      std::string("\0\0\0", 3),
  };
  for (const auto& line : damaged) {
    CAPTURE(line.substr(0, 80));
    const auto place = fmt::format("{}:2: damaged line: ", file.string());
    CHECK_THAT(complaint(file, lines({good, line, good})), Catch::Matchers::StartsWith(place));
    CHECK_THAT(complaint(file, lines({good, line})), Catch::Matchers::StartsWith(place));
    CHECK_THROWS_AS(EventLog(file), std::runtime_error);
    CHECK(bytes_of(file) == lines({good, line}));  // nothing is thrown away
  }
}

TEST_CASE("events of kinds that this build does not know are kept", "[event_log]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  const json other = {{"event", "of a later version"}, {"text", "x"}};
  write_file(file, lines({kFirst.dump(), other.dump()}));
  EventLog log(file);
  log.append(kSecond);
  CHECK(read_events(file) == std::vector<json>{kFirst, other, kSecond});
}

TEST_CASE("bytes that are no text are kept out of the log", "[event_log]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  EventLog log(file);
  auto event = kSecond;
  event["error"] = "not UTF-8: \xff\xfe";
  log.append(event);
  CHECK(read_events(file) == log.events());
  CHECK(log.events().front().at("error") == "not UTF-8: \xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a log that cannot be written says why and stays as it was", "[event_log]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(EventLog(folder.path() / "none" / "events.jsonl"), WriteError);
  std::filesystem::create_directory(folder.path() / "events.jsonl");
  CHECK_THROWS_WITH(EventLog(folder.path() / "events.jsonl"), Contains("Is a directory"));
}

TEST_CASE("a run and a report with a damaged log end with 3, its file and line",
          "[event_log][run]") {
  const QuickRun quick;
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto file = quick.folder("a") / "events.jsonl";
  const auto whole = bytes_of(file), results = results_of(quick.folder("a"));
  write_file(file, whole.substr(whole.find('\n') / 2));
  const auto damaged = bytes_of(file);
  for (const auto& finished :
       {quick.run("a", {"--seeds", "1"}), run_assay({"report", quick.folder("a").string()})}) {
    CHECK(finished.code == 3);
    CHECK_THAT(finished.err, Contains("events.jsonl:1: damaged line: "));
    CHECK(lines_in(finished.err) == 1);
  }
  CHECK(bytes_of(file) == damaged);
  CHECK(results_of(quick.folder("a")) == results);

  // An empty log is a run of which nothing is known.
  write_file(file, "");
  CHECK(run_assay({"report", quick.folder("a").string()}).code == 0);
  CHECK_THAT(results_of(quick.folder("a")), Contains("\"verdict\": \"incomplete\""));
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  CHECK(results_of(quick.folder("a")) == results);
}

}  // namespace assay::scenarios
