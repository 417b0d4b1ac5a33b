#include <fstream>

#include "core/data/corpus.h"
#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"
#include "dp/preprocessing/spark/spark_job.h"
#include "scenarios/run/setting.h"
#include "scenarios/spec/spec.h"
#include "tests/catch.h"
#include "tests/dp/preprocessing/fuzzed_lines.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

const std::string kFulton = ASSAY_DATA "/pums/FultonPUMS5full.csv";

Finished prepare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "prepare");
  return run_assay(arguments);
}

std::string all_outputs(const std::filesystem::path& folder) {
  return read_text_file(folder / "records.safetensors") + read_text_file(folder / "report.csv") +
         read_text_file(folder / "prepared.json");
}

/// A dirty file of 3000 rows.
std::string dirty_file(const TemporaryFolder& folder, const std::string& name, int seed) {
  const auto file = (folder.path() / name).string();
  const auto made = prepare({"--generate", "3000", "--seed", std::to_string(seed), "--dirt", "0.2",
                             "--out", file, "--json"});
  CHECK(made.err.empty());
  REQUIRE(made.code == 0);
  CHECK(parse_json(made.out).at("rows") == 3000);
  return file;
}

TEST_CASE("prepare cleans a census file and says what it did", "[cli]") {
  const TemporaryFolder folder;
  const auto out = (folder.path() / "out").string();
  const auto text = prepare({kFulton, "--out", out, "--threads", "2"});
  CHECK(text.code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, Contains("lines                         25767"));
  CHECK_THAT(text.out, Contains("repaired/number_form                  113"));
  CHECK_THAT(text.out, Contains("statistics: published: Census 2000 5%"));

  const auto json = prepare({kFulton, "--out", out, "--json"});
  CHECK(json.code == 0);
  CHECK(json.out == read_text_file(std::filesystem::path(out) / "prepared.json"));
  const auto prepared = parse_json(json.out);
  CHECK(prepared.at("counts").at("written") == 25766);
  CHECK(prepared.at("records").at("rows") == 25766);
  const auto mode = std::filesystem::status(std::filesystem::path(out) / "records.safetensors");
  CHECK(mode.permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("prepare refuses bad usage with 2, and too much dirt with 3", "[cli]") {
  const TemporaryFolder folder;
  const auto dirty = dirty_file(folder, "dirty.csv", 1);
  const auto out = (folder.path() / "out").string();
  const auto file = [&](const char* name) { return (folder.path() / name).string(); };
  std::ofstream(file("other.csv")) << "a,b\n1,2\n";
  std::ofstream(file("layout.json")) << "{}";
  std::ofstream(file("statistics.json")) << "{}";
  const std::pair<std::vector<std::string>, const char*> bad[] = {
      {{}, "expected a census file"},
      {{kFulton}, "expected --out DIR"},
      {{file("none.csv"), "--out", out}, "none.csv: cannot read the file: No such file"},
      {{folder.path().string(), "--out", out}, "expected a regular file"},
      {{file("other.csv"), "--out", out}, "other.csv:1:1: expected a header with the columns"},
      {{kFulton, "--out", dirty}, "--out: expected a folder"},
      {{kFulton, "--out", out, "--threads", "0"}, "expected --threads from 1 to 1024, got 0"},
      {{kFulton, "--out", out, "--impute", "magic"}, "expected an imputation out of refuse"},
      {{kFulton, "--out", out, "--scale", "log"}, "expected --scale out of range, standard"},
      {{kFulton, "--out", out, "--on-duplicate", "merge"}, "out of keep, drop, got 'merge'"},
      {{kFulton, "--out", out, "--max-refused", "many"}, "expected --max-refused N or P%"},
      {{kFulton, "--out", out, "--max-refused", "-1"}, "expected --max-refused N or P%"},
      {{kFulton, "--out", out, "--max-refused", "101%"}, "expected --max-refused N or P%"},
      {{kFulton, "--out", out, "--layout", file("layout.json")}, "layout.json: the layout: "},
      {{kFulton, "--out", out, "--statistics", file("statistics.json")},
       "statistics.json: statistics: "},
      {{kFulton, "--out", out, "--statistics", "private"}, "expected --private-statistics exclude"},
      {{kFulton, "--out", out, "--engine", "cluster"}, "expected --engine out of process, spark"},
      {{kFulton, "--out", out, "--master", "local[1]"}, "expected --engine spark with --master"},
      {{kFulton, "--out", out, "--engine", "spark", "--threads", "2"}, "expected no --threads"},
      {{kFulton, "--out", out, "--engine", "spark", "--spark-python", file("none")},
       "expected a Python with pyspark"},
      {{kFulton, "--out", out, "--seed", "1"}, "expected --generate ROWS with --seed"},
      {{"--generate", "0", "--out", out}, "expected at least 1 row, got 0"},
      {{"--generate", "5", "--out", folder.path().string()}, "--out: expected a file"},
      {{"--generate", "5", "--out", out, "--scale", "range"}, "expected no scale with --generate"},
  };
  for (const auto& [arguments, message] : bad) {
    const auto finished = prepare(arguments);
    CAPTURE(arguments);
    CHECK(finished.code == 2);
    CHECK(finished.out.empty());
    CHECK_THAT(finished.err, StartsWith("assay: ") && Contains(message));
  }
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(out) / "records.safetensors"));

  const auto refused = prepare({dirty, "--out", out, "--max-refused", "1%"});
  CHECK(refused.code == 3);
  CHECK_THAT(refused.err, Contains("expected at most 1 % refused lines, got "));
  CHECK(std::filesystem::exists(std::filesystem::path(out) / "report.csv"));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(out) / "records.safetensors"));
  CHECK(prepare({dirty, "--out", out, "--max-refused", "50%"}).code == 0);
}

TEST_CASE("prepare prints a layout that it reads again", "[cli]") {
  const TemporaryFolder folder;
  const auto shown = prepare({"--show-layout"});
  CHECK(shown.code == 0);
  const auto layout = write_file(folder.path() / "layout.json", shown.out);
  CHECK(prepare({kFulton, "--out", (folder.path() / "a").string(), "--layout", layout}).code == 0);
  CHECK(prepare({kFulton, "--out", (folder.path() / "b").string()}).code == 0);
  CHECK(all_outputs(folder.path() / "a") == all_outputs(folder.path() / "b"));
}

/// Logistic regression on prepared records.
std::string scenario(const std::string& file, const std::string& more = "") {
  return R"(schema: 1
id: prepared
threats:
  - {id: holds-shares, adversary: ["party:1"], sees: [share], knows: []}
data: {name: census, file: )" +
         file + ", train: 600, test: 300, auxiliary: 300, clients: 1, owners: [0]" + more + R"(}
model: {name: logistic-regression}
train: {rounds: 3, batch: 32, optimizer: sgd, lr: 0.1}
probes:
  - {id: first, steps: [0], batch: 1, victims: 12, fresh_model: true}
systems:
  - {id: told, kind: mpc, protocol: plain, parties: 2, control: true}
attacks:
  - {id: add-up, kind: share_recovery, threat: holds-shares, probe: first}
repeats: {seeds: [1]}
metrics:
  - {id: identification_rate, from: add-up, worse: higher, tolerance: 0.3}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: add-up, metric: identification_rate, at_least: 0.3, expect: 0.95}
)";
}

TEST_CASE("a scenario trains on prepared records, and refuses those with private statistics",
          "[cli]") {
  const TemporaryFolder folder;
  const auto dirty = dirty_file(folder, "dirty.csv", 2);
  const auto records = folder.path() / "records", own = folder.path() / "own";
  REQUIRE(prepare({dirty, "--out", records.string()}).code == 0);
  REQUIRE(prepare({dirty, "--out", own.string(), "--statistics", "private", "--private-statistics",
                   "exclude"})
              .code == 0);

  // A relative path starts at the scenario's folder.
  const auto good =
      write_file(folder.path() / "good.yaml", scenario("records/records.safetensors"));
  const auto spec = load_spec(good);
  const auto corpus = corpus_of(spec, "nowhere", 1);
  CHECK(corpus.train.size() == 600);
  CHECK(corpus.people);
  CHECK(corpus.private_statistics.empty());
  const auto all = load_safetensors(records / "records.safetensors").at("inputs");
  CHECK(all.size(1) == corpus.train.inputs.size(1));
  Sha256 digest;
  const auto bytes = read_text_file(records / "records.safetensors");
  digest.add(std::as_bytes(std::span(bytes)));
  CHECK(corpus.sha256 == digest.hex());
  CHECK(corpus_fingerprint(spec.data.corpus(), "nowhere") == digest.hex());

  const auto out = folder.path() / "run";
  const auto ran = run_assay({"run", good, "--out", out.string(), "--quiet"});
  INFO(ran.err);
  // The training counts here; a table's row cannot be scored as the picture that it is not.
  const auto results = parse_json(read_text_file(out / "results.json"));
  REQUIRE(results.at("utility").size() == 1);
  const auto accuracy = results.at("utility").at(0).at("value").get<double>();
  CHECK(accuracy > 0.4);
  CHECK(accuracy < 0.9);

  const auto refused =
      write_file(folder.path() / "refused.yaml", scenario("own/records.safetensors"));
  CHECK_THROWS_WITH(corpus_of(load_spec(refused), "nowhere", 1),
                    Contains("expected records that were prepared with public statistics"));
  const auto accepted =
      write_file(folder.path() / "accepted.yaml",
                 scenario("own/records.safetensors", ", private_statistics: exclude"));
  CHECK(corpus_of(load_spec(accepted), "nowhere", 1).private_statistics.size() == 15);

  const auto mnist = write_file(
      folder.path() / "mnist.yaml",
      replaced_once(scenario("records/records.safetensors"), "name: census", "name: mnist"));
  const auto wrong = run_assay({"validate", mnist});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("expected a file of prepared records with 'census' or 'records'"));
}

/// Of a user's own table: 900 people, ill where they are heavy for their height.
std::string own_table(const TemporaryFolder& folder) {
  std::string csv = "id,height,weight,smokes,ill\n";
  Stream stream = Stream(5).child("people");
  for (int i = 0; i < 900; ++i) {
    const auto height = 150 + stream.below(50), weight = 45 + stream.below(70);
    csv += fmt::format("{},{},{},{},{}\n", i + 1, height, weight, stream.below(2),
                       weight > height - 95 ? 1 : 0);
  }
  return write_file(folder.path() / "people.csv", csv);
}

const char* const kOwnLayout = R"({"name": "people", "class_names": ["well", "ill"], "columns": [
  {"name": "id", "use": "key", "low": 1, "high": 100000},
  {"name": "height", "use": "scaled", "low": 100, "high": 230, "scale_low": 140, "scale_high": 210},
  {"name": "weight", "use": "scaled", "low": 20, "high": 250, "scale_low": 40, "scale_high": 120},
  {"name": "smokes", "use": "one_hot", "low": 0, "high": 1},
  {"name": "ill", "use": "label", "low": 0, "high": 1}]})";

TEST_CASE("a scenario trains privately on records of a layout of one's own", "[cli]") {
  const TemporaryFolder folder;
  const auto layout = write_file(folder.path() / "layout.json", kOwnLayout);
  const auto records = folder.path() / "records";
  const auto prepared = prepare({own_table(folder), "--layout", layout, "--out", records.string()});
  INFO(prepared.err);
  REQUIRE(prepared.code == 0);
  const std::string text = R"(schema: 1
id: own
threats:
  - {id: model-holder, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: records, file: records/records.safetensors, train: 500, test: 200, auxiliary: 200}
model: {name: mlp, hidden: [16]}
train: {rounds: 150, batch: 50, optimizer: sgd, lr: 0.5, momentum: 0.9}
probes:
  - {id: candidates, candidates: 400}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: dp8, kind: dp_sgd, epsilon: 8.0, delta: 1.0e-4}
attacks:
  - {id: loss, kind: membership, method: loss-threshold, threat: model-holder, probe: candidates}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: advantage, from: loss, worse: higher, kind: informational}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: loss, metric: auc, at_least: 0.4, expect: 0.65}
)";
  const auto scenario = write_file(folder.path() / "own.yaml", text);
  const auto spec = load_spec(scenario);
  CHECK(spec.data.facts().input_shape == std::vector<std::int64_t>{4});
  CHECK(spec.data.facts().classes == 2);
  CHECK(spec.data.facts().default_sizes == SplitSizes{540, 180, 180});
  const auto corpus = corpus_of(spec, "nowhere", 1);
  CHECK(corpus.train.size() == 500);
  CHECK(corpus.train.class_names == std::vector<std::string>{"well", "ill"});
  CHECK(corpus.origin == "prepared records, records.safetensors");

  const auto out = folder.path() / "run";
  const auto ran = run_assay({"run", scenario, "--out", out.string(), "--quiet"});
  INFO(ran.err);
  const auto results = parse_json(read_text_file(out / "results.json"));
  REQUIRE(results.at("utility").size() == 2);
  for (const auto& row : results.at("utility")) {
    INFO(row.dump());
    CHECK(row.at("value").get<double>() > 0.85);
  }
  // The report of a run does not depend on what becomes of its records.
  const auto elsewhere = folder.path() / "moved";
  std::filesystem::rename(records, elsewhere);
  const auto reported = run_assay({"report", out.string()});
  CHECK(reported.err.empty());
  CHECK(reported.code == 0);
  std::filesystem::rename(elsewhere, records);
  bool claimed = false;
  for (const auto& claim : results.at("privacy_claims"))
    claimed = claimed || (claim.at("role") == "outsider" && claim.at("epsilon") <= 8.0);
  CHECK(claimed);

  const auto refused = [&](const std::string& change, const std::string& to, const char* message) {
    const auto bad = write_file(folder.path() / "bad.yaml", replaced_once(text, change, to));
    const auto finished = run_assay({"validate", bad});
    INFO(change << " -> " << to);
    CHECK(finished.code == 2);
    CHECK_THAT(finished.err, Contains("bad.yaml:5:") && Contains(message));
  };
  refused("file: records/records.safetensors, ", "", "expected the field 'file' with 'records'");
  refused("records/records.safetensors", "none.safetensors", "cannot read the file");
  refused("records/records.safetensors", "layout.json", "expected a header inside the file");
  refused("train: 500", "train: 501",
          "train, test and auxiliary to be at most the 900 records of the file together, got 901");
  refused("name: records", "name: census", "expected 21 features, got 4");
  refused("train: 500", "features: 5, train: 500", "'features': expected 4, which the file has");
  refused("name: records, file: records/records.safetensors", "name: census, classes: 2",
          "with the data set records only");
}

TEST_CASE("the Spark job's code agrees with the program on fuzzed lines", "[cli]") {
  const TemporaryFolder folder;
  auto stream = Stream(21).child("lines");
  dp::PrepareOptions options;
  for (const char* name : {"a.csv", "b.csv"}) {
    options.inputs.push_back(folder.path() / name);
    std::ofstream(options.inputs.back(), std::ios::binary)
        << dp::kHeader << dp::fuzzed_lines(15'000, stream);
  }
  options.chunk_bytes = 77'777;
  options.scaling = dp::Scaling::standard;
  options.statistics = dp::published_statistics(options.layout, options.scaling);
  options.out = folder.path() / "here";
  const auto here = dp::prepare_census(options);
  CHECK(here.counts.written > 5'000);
  CHECK(here.counts.refused > 5'000);

  options.out = folder.path() / "there";
  const auto staging = folder.path() / "staging";
  std::filesystem::create_directory(staging);
  const auto job =
      write_file(folder.path() / "job.json", dp::spark_job(options, "none", staging).dump());
  const auto ran = run_program({"/usr/bin/env", "python3",
                                ASSAY_SOURCE "/tests/scenarios/cli/job_without_spark.py",
                                ASSAY_SOURCE "/dp/preprocessing/spark", job});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  CHECK(dp::finish_spark_job(options, staging).counts == here.counts);
  CHECK(all_outputs(folder.path() / "here") == all_outputs(folder.path() / "there"));

  // A part that is missing or short is an error, and leaves no records.
  std::filesystem::resize_file(staging / "labels-0", 8);
  options.out = folder.path() / "short";
  CHECK_THROWS_WITH(dp::finish_spark_job(options, staging), Contains("labels-0: expected "));
  CHECK_FALSE(std::filesystem::exists(options.out / "records.safetensors"));
}

// Run as the test scenarios/spark, which is registered where ./setup --with spark has been run.
TEST_CASE("Spark writes the same bytes", "[.spark]") {
  const TemporaryFolder folder;
  const auto a = dirty_file(folder, "a.csv", 3), b = dirty_file(folder, "b.csv", 4);
  const std::vector<std::string> variants[] = {
      {},
      {"--on-duplicate", "drop", "--scale", "standard", "--statistics", "private",
       "--private-statistics", "exclude"},
      {"--impute", "refuse"}};
  int number = 0;
  for (const auto& variant : variants) {
    auto arguments = variant;
    arguments.insert(arguments.end(),
                     {a, b, kFulton, a});  // a is named twice: full paths in reports
    const auto here = folder.path() / ("here" + std::to_string(++number)),
               there = folder.path() / ("there" + std::to_string(number));
    auto with = [&](std::vector<std::string> more) {
      more.insert(more.end(), arguments.begin(), arguments.end());
      const auto finished = prepare(more);
      INFO(finished.err);
      CHECK(finished.code == 0);
    };
    with({"--out", here.string(), "--threads", "2"});
    with({"--out", there.string(), "--engine", "spark", "--master", "local[2]"});
    CHECK(all_outputs(here) == all_outputs(there));
    CHECK(std::distance(std::filesystem::directory_iterator(there), {}) == 3);
  }
  const auto refused = prepare(
      {a, "--out", (folder.path() / "r").string(), "--engine", "spark", "--max-refused", "0"});
  CHECK(refused.code == 3);
  CHECK_THAT(refused.err, Contains("expected at most 0 refused lines"));
  const auto nowhere = prepare(
      {a, "--out", (folder.path() / "n").string(), "--engine", "spark", "--master", "elsewhere"});
  CHECK(nowhere.code == 3);
  CHECK_THAT(nowhere.err, Contains("the Spark job on elsewhere failed"));
}

}  // namespace
}  // namespace assay::scenarios
