#include <fmt/format.h>

#include <random>

#include "core/io/json_text.h"
#include "scenarios/run/run.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Random damage to a text: bytes flipped, taken out, put in, or a part cut off or doubled.
std::string damaged(std::string text, std::mt19937_64& generator) {
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(generator);
  };
  for (auto times = 1 + below(3); times > 0 && !text.empty(); --times) {
    const auto at = below(text.size());
    const auto length = std::min(text.size() - at, 1 + below(40));
    switch (below(5)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, 1, "{}[]\",:0-eE.\n\\tfn"[below(17)]);
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, text.substr(at, length));
        break;
    }
  }
  return text;
}

/// A value somewhere in a document, chosen at random.
json* some_value(json& root, std::mt19937_64& generator) {
  json* at = &root;
  while (at->is_structured() && !at->empty()) {
    if (std::uniform_int_distribution<int>(0, 5)(generator) == 0 && at != &root) return at;
    const auto index = std::uniform_int_distribution<std::size_t>(0, at->size() - 1)(generator);
    at = &*std::next(at->begin(), static_cast<std::ptrdiff_t>(index));
  }
  return at;
}

/// A document that is still JSON, but with a value of another kind somewhere, or without it.
std::string mistaken(const std::string& text, std::mt19937_64& generator) {
  auto document = json::parse(text);
  const json others[] = {nullptr,
                         true,
                         -1,
                         1e300,
                         "text",
                         "../../etc/passwd",
                         json::array(),
                         json::object(),
                         9223372036854775807,
                         json::array({1, "x"})};
  *some_value(document, generator) =
      others[std::uniform_int_distribution<std::size_t>(0, 9)(generator)];
  return document.dump() + "\n";
}

std::string mistaken_lines(const std::string& text, std::mt19937_64& generator) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  auto& line = lines[std::uniform_int_distribution<std::size_t>(0, lines.size() - 1)(generator)];
  line = mistaken(line, generator);
  line.pop_back();
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

/// Loads the folder, and writes its outputs if that works. True if both work; anything but
/// std::runtime_error, which is an error about the file, ends the test.
bool loads(const fs::path& folder, bool write) {
  try {
    const auto stored = load_run(folder);
    if (write) write_outputs(folder, stored);
    return true;
  } catch (const std::runtime_error& error) {
    const std::string what = error.what();
    CHECK((what.find("events.jsonl") != what.npos || what.find("run.json") != what.npos));
    CHECK(what.find("json.exception.other") == what.npos);
    return false;
  }
}

}  // namespace

TEST_CASE("damaged files of a run are an error or fine, never a crash", "[run][damage]") {
  const unsigned seed = 7;
  std::mt19937_64 generator(seed);
  const QuickRun quick;
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto folder = quick.folder("a");
  const auto log = folder / "events.jsonl", run = folder / "run.json";
  const auto good_log = bytes_of(log) + R"({"event":"top_up","seeds":[1,2]})" + "\n",
             good_run = bytes_of(run);
  write_file(log, good_log);
  REQUIRE(loads(folder, true));

  int fine = 0, refused = 0;
  for (int i = 0; i < 400; ++i) {
    CAPTURE(seed, i);
    const bool of_log = i % 2 == 0, still_json = i % 4 < 2;
    const auto text =
        of_log ? still_json ? mistaken_lines(good_log, generator) : damaged(good_log, generator)
        : still_json ? mistaken(good_run, generator)
                     : damaged(good_run, generator);
    CAPTURE(text);
    write_file(of_log ? log : run, text);
    (loads(folder, i % 10 < 2) ? fine : refused) += 1;
    write_file(of_log ? log : run, of_log ? good_log : good_run);
  }
  INFO(fine << " fine, " << refused << " refused");
  CHECK(fine > 10);
  CHECK(refused > 100);
  CHECK(loads(folder, true));
}

TEST_CASE("files that nest deeply are refused before they are copied", "[run][damage]") {
  const auto deep = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  CHECK(parse_json(deep(60)).is_array());
  for (const std::size_t levels : {100u, 1'000'000u})
    CHECK_THROWS_AS(parse_json(deep(levels)), std::invalid_argument);
  CHECK_THROWS_WITH(parse_json("{\"a\": 1, \"b\"}"),
                    Catch::Matchers::StartsWith("parse error at line 1, column 13"));

  const QuickRun quick;
  const auto folder = quick.folder("a");
  fs::create_directory(folder);
  write_file(folder / "events.jsonl", "");
  write_file(folder / "run.json", "{\"scenario\": " + deep(500'000) + "}");
  CHECK_THROWS_WITH(load_run(folder),
                    Catch::Matchers::Contains("run.json: damaged: expected at most 64 nested"));
  const auto refused = quick.run("a", {"--seeds", "1"});
  CHECK(refused.code == 3);
  CHECK_THAT(refused.err, Catch::Matchers::Contains("run.json: damaged: ") &&
                              Catch::Matchers::Contains("--fresh"));
  CHECK(lines_in(refused.err) == 1);
  CHECK(quick.run("a", {"--seeds", "1", "--fresh"}).code == 0);
}

}  // namespace assay::scenarios
