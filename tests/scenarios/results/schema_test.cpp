#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/io/atomic_file.h"
#include "scenarios/registry.h"
#include "scenarios/results/results.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

const json& schema() {
  static const auto text = read_text_file(ASSAY_SOURCE "/schema/results.v1.schema.json");
  static const auto parsed = json::parse(text);
  return parsed;
}

/// The first thing that is wrong with a document; empty if it is valid.
std::string fault(const json& document) {
  static const auto compiled = [] {
    auto out = std::make_unique<valijson::Schema>();
    valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema()),
                                            *out);
    return out;
  }();
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(document);
  if (validator.validate(*compiled, adapter, &results)) return "";
  valijson::ValidationResults::Error error;
  results.popError(error);
  std::string place;
  for (const auto& part : error.context)
    place += part;
  return fmt::format("{}: {}", place, error.description);
}

/// Two systems, a control among them, under a server, a role that does not exist, and a client who
/// owns victims; victims with a model of their own each, and victims who share one.
const char* const kScenario = R"(schema: 1
id: made-up
threats:
  - {id: operator, adversary: [operator, "peer:0"], sees: [client_update, global_model], knows: [architecture]}
  - {id: member, adversary: ["client:1"], sees: [aggregate, own_update, global_model], knows: [architecture]}
data:  {name: mnist, train: 128, test: 64, clients: 2}
model: {name: lenet-sigmoid}
train: {rounds: 3, batch: 8, lr: 0.03}
probes:
  - {id: fresh, steps: [0], victims: 12, fresh_model: true}
  - {id: shared, steps: [last], victims: 12}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: noise, kind: federated, method: synchronous, defenses: [{kind: gaussian_noise, stddev: 0.1}]}
attacks:
  - {id: dlg, kind: gradient_inversion, method: dlg, threat: operator, probe: fresh, adaptive: [false, true]}
  - {id: map, kind: gradient_inversion, method: map, threat: member, probe: shared}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: success_rate, from: dlg, worse: higher, tolerance: 0.3}
  - {id: success_rate, from: map, worse: higher, tolerance: 0.3}
controls:
  - {attack: dlg, metric: success_rate, at_least: 0.25}
  - {attack: map, metric: success_rate, at_least: 0.25}
)";

struct MadeUp {
  Spec spec = parse_spec(kScenario, "made-up.yaml");
  Plan plan = plan_with_fingerprint(spec, {}, std::string(64, 'd'), "cpu", "test");
  std::vector<EventLog::Event> events;

  /// Every cell ends well; attacks rebuild five of six victims.
  MadeUp() {
    for (const auto& cell : plan.cells) {
      const json result = cell.kind == Cell::Kind::train ? training() : attack(cell);
      events.push_back(
          {{"event", "cell"}, {"key", cell.key}, {"status", "ok"}, {"result", result}});
    }
  }

  static json training() {
    const json traffic = {{"messages", 12}, {"bytes", 640}, {"wire_bytes", 2000}, {"rounds", 6}};
    json costs = traffic;
    costs["simulated_seconds"] = 0.25;
    costs["simulated_seconds_on"] = {{"lan", 0.25}, {"wan", 1.5}};
    costs["by_phase"] = {{"train", traffic}, {"probe", traffic}};
    return {{"utility", {{"test_accuracy", 0.75}}}, {"costs", costs}, {"claims", json::array()}};
  }
  json attack(const Cell& cell) const {
    const auto& facts = attack_facts(spec.attack(cell.attack));
    json units = json::array();
    for (int i = 0; i < 12; ++i) {
      json values, null;
      for (const auto& metric : facts.metrics) {
        values[metric.id] =
            metric.aggregate == Aggregate::rate ? (i % 6 == 0 ? 0.0 : 1.0) : 7.5 + i;
        null[metric.id] = 0.0;
      }
      units.push_back({{"unit", fmt::format("{}/0/{}", cell.probe, i)},
                       {"values", values},
                       {"nulls", {{"a public record", null}}},
                       {"diverged", i == 0},
                       {"gradient_evaluations", 10}});
    }
    return {{"attack", json::object()}, {"score", {{"units", units}}}};
  }
  void fail(std::size_t cell) {
    events[cell] = {{"event", "cell"},
                    {"key", plan.cells[cell].key},
                    {"status", "error"},
                    {"error", "out of memory"}};
  }
  json results() const { return json::parse(to_json(aggregate(spec, plan, events, false)).dump()); }
};

MadeUp made_up() {
  static const MadeUp once;  // planning computes power
  return once;
}

std::set<std::string> texts_of(const json& list, const char* field) {
  std::set<std::string> out;
  for (const auto& item : list)
    out.insert(item.at(field).get<std::string>());
  return out;
}

TEST_CASE("results of every kind of row fit their schema", "[results]") {
  const auto results = made_up().results();
  CHECK(fault(results) == "");
  CHECK(results.at("verdict") == "complete");
  // All that rows can be is in there.
  CHECK(texts_of(results.at("rows"), "interval") ==
        std::set<std::string>{"clopper_pearson", "t_units", "t_seeds_logit", "t_seeds", "none"});
  CHECK(texts_of(results.at("rows"), "resolution") ==
        std::set<std::string>{"ok", "not_applicable"});
  CHECK(texts_of(results.at("controls"), "kind") == std::set<std::string>{"undefended", "matched"});
  CHECK(results.at("costs").size() == 2);
  CHECK(results.at("utility").size() == 2);
}

TEST_CASE("results with failed, missing and single cells fit their schema", "[results]") {
  for (std::size_t cell = 0; cell < made_up().plan.cells.size(); ++cell) {
    auto run = made_up();
    run.fail(cell);
    const auto results = run.results();
    INFO(cell);
    CHECK(fault(results) == "");
    CHECK(results.at("verdict") == "incomplete");
  }
  auto nothing = made_up();
  nothing.events.clear();
  const auto results = nothing.results();
  CHECK(fault(results) == "");
  CHECK(texts_of(results.at("rows"), "resolution") ==
        std::set<std::string>{"incomplete", "not_applicable"});

  auto single = made_up();
  single.plan = plan_with_fingerprint(single.spec, {.systems = {}, .attacks = {}, .seeds = {1}},
                                      std::string(64, 'd'), "cpu", "test");
  CHECK(fault(single.results()) == "");
  CHECK(texts_of(single.results().at("rows"), "resolution").contains("no interval"));

  auto broken = made_up();
  for (auto& event : broken.events) {
    if (!event.at("result").contains("score")) continue;
    for (auto& unit : event.at("result").at("score").at("units"))
      unit.at("values")["success_rate"] = 0.0;
  }
  CHECK(fault(broken.results()) == "");
  CHECK(broken.results().at("verdict") == "invalid");
}

TEST_CASE("claims of systems fit the results' schema", "[results]") {
  const auto run = made_up();
  auto results = aggregate(run.spec, run.plan, run.events, false);
  results.claims.push_back({{"system", "noise"},
                            {"role", "server"},
                            {"epsilon", 8.0},
                            {"delta", 1e-5},
                            {"accountant", "pld"},
                            {"relation", "add_remove"},
                            {"sampling", "poisson"},
                            {"clip_unit", "example"},
                            {"divisor", "expected_batch"},
                            {"noise_multiplier", 1.1},
                            {"why", "sees the contribution of each worker"},
                            {"simulated", true},
                            {"excludes", {"age: mean"}}});
  auto document = json::parse(to_json(results).dump());
  CHECK(fault(document) == "");
  document.at("privacy_claims").at(0)["epsilon"] = nullptr;  // nothing is guaranteed
  CHECK(fault(document) == "");
  document.at("privacy_claims").at(0).erase("relation");
  CHECK(fault(document) != "");
}

TEST_CASE("every damage to results is refused by their schema", "[results]") {
  const auto good = made_up().results();
  REQUIRE(fault(good) == "");
  std::size_t row = 0;  // one with a value
  while (good.at("rows").at(row).at("resolution") != "ok")
    ++row;

  SECTION("a field that is missing") {
    const auto drop = [&](const json::json_pointer& object) {
      for (const auto& [name, value] : good.at(object).items()) {
        auto bad = good;
        bad.at(object).erase(name);
        INFO(object.to_string() << " without " << name);
        CHECK(fault(bad) != "");
      }
    };
    drop(json::json_pointer(""));
    for (const char* list : {"/rows", "/controls", "/costs", "/utility", "/cells"}) {
      drop(json::json_pointer(list) / 0);
    }
    drop(json::json_pointer("/rows") / row / "null");
    drop(json::json_pointer("/rows") / row / "budget");
    drop(json::json_pointer("/costs/0/by_phase/train"));
  }
  SECTION("a field that nobody knows") {
    for (const char* place : {"/more", "/rows/0/more", "/rows/0/budget/more", "/controls/0/more",
                              "/costs/0/more", "/costs/0/by_phase/more",
                              "/costs/0/by_phase/train/more", "/utility/0/more", "/cells/0/more"}) {
      auto bad = good;
      bad[json::json_pointer(place)] = 1;
      INFO(place);
      CHECK(fault(bad) != "");
    }
  }
  SECTION("a value of a wrong type or out of range") {
    const auto refuse = [&](const json::json_pointer& place, const json& value) {
      auto bad = good;
      REQUIRE(bad.contains(place));
      bad[place] = value;
      INFO(place.to_string() << " = " << value);
      CHECK(fault(bad) != "");
    };
    const auto in_row = [&](const char* field) {
      return json::json_pointer("/rows") / row / field;
    };
    refuse(json::json_pointer("/schema"), 2);
    refuse(json::json_pointer("/verdict"), "private");
    refuse(json::json_pointer("/partial"), 0);
    refuse(in_row("id"), "made-up/plain/dlg/success_rate");
    refuse(in_row("value"), "0.5");
    refuse(in_row("interval"), "wald");
    refuse(in_row("interval"), "none");  // lo and hi are there
    refuse(in_row("n_units"), 2.5);
    refuse(in_row("diverged"), -1);
    refuse(in_row("assumptions"), json::array({"is lucky"}));
    refuse(in_row("resolution"), "fine");
    refuse(in_row("resolution"), "not_applicable");  // but it has a value
    refuse(json::json_pointer("/controls/0/met"), "yes");
    refuse(json::json_pointer("/costs/0/bytes"), -1);
    refuse(json::json_pointer("/cells/0/key"), "abc");
    refuse(json::json_pointer("/cells/0/status"), "error");  // of what?
  }
  SECTION("a number that was none, without a reason") {
    for (const char* field : {"value", "lo", "hi"}) {
      for (const char* list : {"/rows", "/controls", "/utility"}) {
        auto bad = good;
        const auto place =
            json::json_pointer(list) / (list == std::string("/rows") ? row : 0) / field;
        REQUIRE(bad.at(place).is_number());
        bad[place] = std::nan("");
        INFO(place.to_string());
        CHECK(fault(json::parse(bad.dump())) != "");  // written as null
      }
    }
  }
  SECTION("verdicts that the cells and controls do not bear out") {
    auto bad = good;
    bad["verdict"] = "incomplete";
    CHECK(fault(bad) != "");
    bad["verdict"] = "invalid";
    CHECK(fault(bad) != "");
    bad = good;
    bad["cells"][0]["status"] = "missing";
    CHECK(fault(bad) != "");
  }
}

TEST_CASE("results of real runs fit their schema, whatever became of them", "[results]") {
  const TemporaryFolder folder;
  const auto scenario = write_file(folder.path() / "small.yaml", kSmallScenario);
  struct Case {
    const char *name, *change, *verdict;
    int code;
  };
  for (const auto& [name, change, verdict, code] :
       {Case{"complete", "id=small", "complete", 0},
        Case{"invalid", "attacks.map.gradient_evaluations=2", "invalid", 4},
        Case{"incomplete", "limits.memory_gib=0.01", "incomplete", 3}}) {
    INFO(name);
    const auto out = folder.path() / name;
    const auto run = run_assay({"run", scenario, "--out", out.string(), "--set", change, "-q"});
    INFO(run.err);
    REQUIRE(run.code == code);
    const auto results = json::parse(read_text_file(out / "results.json"));
    CHECK(fault(results) == "");
    CHECK(results.at("verdict") == verdict);
  }
}

void collect_fields(const json& part, std::set<std::string>& fields) {
  if (part.is_object() && part.contains("properties")) {
    for (const auto& [name, field] : part.at("properties").items())
      fields.insert(name);
  }
  for (const auto& child : part) {
    if (child.is_structured()) collect_fields(child, fields);
  }
}

TEST_CASE("docs/results.md tells of every field of results.json", "[results]") {
  const auto page = read_text_file(ASSAY_SOURCE "/docs/results.md");
  std::set<std::string> fields;
  collect_fields(schema(), fields);
  REQUIRE(fields.size() > 50);
  for (const auto& field : fields) {
    INFO(field);
    CHECK(page.find(fmt::format("`{}`", field)) != page.npos);
  }
}

}  // namespace
}  // namespace assay::scenarios
