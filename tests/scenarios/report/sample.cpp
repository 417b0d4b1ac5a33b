#include "tests/scenarios/report/sample.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/random/stream.h"
#include "scenarios/score/gallery.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

constexpr std::int64_t kVictims = 24;
constexpr std::int64_t kSeeds = 5;
constexpr std::int64_t kPictures = 8;

Threat threat(std::string id, std::vector<std::string> adversary, std::vector<std::string> sees) {
  Threat out;
  out.id = std::move(id);
  out.adversary = std::move(adversary);
  out.sees = std::move(sees);
  out.knows = {"architecture", "hyperparameters"};
  return out;
}

SystemSection system(std::string id, std::string title, bool control) {
  SystemSection out;
  out.id = std::move(id);
  out.title = std::move(title);
  out.kind = "federated";
  out.method = "synchronous";
  out.control = control;
  if (!control) out.defenses.resize(1);
  return out;
}

AttackSection attack(std::string id, std::string title, std::string threat_id, std::string probe) {
  AttackSection out;
  out.id = std::move(id);
  out.title = std::move(title);
  out.threat = std::move(threat_id);
  out.probe = std::move(probe);
  return out;
}

/// How well an attack does against a system: the mean quality in dB, and how it spreads.
struct Power {
  std::string system, attack;
  bool adaptive;
  double mean, spread;
};

const std::vector<Power> kPowers = {
    {"plain", "dlg", false, 34, 14},       {"noise-weak", "dlg", false, 14, 6},
    {"noise-weak", "dlg", true, 24, 7},    {"noise-strong", "dlg", false, 8, 2},
    {"noise-strong", "dlg", true, 9.5, 2}, {"pruned", "dlg", false, 9, 3},
    {"pruned", "dlg", true, 19, 6}};

/// Unlike save_png it does not wait for the disk: samples are made often, and thrown away.
void write_picture(const at::Tensor& picture, const std::filesystem::path& file) {
  std::ofstream(file, std::ios::binary) << to_png(picture);
}

at::Tensor picture(Stream& stream) {
  const auto y = at::linspace(0, 1, 28).view({28, 1}), x = at::linspace(0, 1, 28).view({1, 28});
  const double cx = 0.3 + 0.4 * stream.uniform(), cy = 0.3 + 0.4 * stream.uniform();
  const auto ring = ((x - cx).square() + (y - cy).square()).sqrt();
  return (1.0 - ((ring - 0.25).abs() * 9.0)).clamp(0, 1).unsqueeze(0);
}

json unit_json(const std::string& name, double psnr, Stream& stream) {
  const bool diverged = psnr <= 0;
  psnr = std::max(psnr, 0.0);
  const auto null = [&](double db) {
    return json{{"success_rate", 0.0}, {"psnr_db", db}, {"ssim", 0.05}};
  };
  return {{"unit", name},
          {"values",
           {{"success_rate", psnr >= 20 ? 1.0 : 0.0},
            {"psnr_db", psnr},
            {"ssim", std::clamp(psnr / 40.0, 0.0, 1.0)}}},
          {"nulls",
           {{"mean of the public records", null(11.0 + stream.uniform() * 2)},
            {"a public record", null(8.0 + stream.uniform() * 3)}}},
          {"diverged", diverged},
          {"gradient_evaluations", 2000}};
}

class Maker {
 public:
  explicit Maker(SampleRun& run) : run_(run) {}

  void make() {
    make_spec();
    make_trainings();
    for (const auto& power : kPowers)
      make_inversion(power);
    make_not_applicable();
    make_faces();
    make_controls();
    auto& r = run_.results;
    r.scenario = run_.spec.id;
    r.verdict = "complete";
    run_.run = {{"schema", 1},
                {"scenario", {{"id", run_.spec.id}}},
                {"scenario_text", run_.scenario_text},
                {"selection", {{"systems", json::array()}, {"attacks", json::array()}}},
                {"partial", false},
                {"seeds", {1, 2, 3, 4, 5}},
                {"data_sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
                {"device", "cpu"},
                {"gallery", true},
                {"looks", 1},
                {"command", "assay run scenarios/library/quickstart.yaml --out out/quickstart"},
                {"environment",
                 {{"assay", "0.1.0+3f2a1bc"},
                  {"compiler", "GNU 12.2.0"},
                  {"libtorch", "2.13.0"},
                  {"cpu", "Example CPU at 2.6 GHz"},
                  {"cpus", 2},
                  {"devices", {"cpu"}}}}};
  }

 private:
  void make_spec() {
    auto& s = run_.spec;
    s.id = "quickstart";
    s.info.name = "Can a server rebuild its clients' pictures, and what does stopping it cost?";
    s.info.tags = {"federated", "image", "ci"};
    s.info.references = {"arXiv:1906.08935", "doi:10.1145/2810103.2813677"};
    s.threats = {threat("curious-operator", {"operator", "eavesdropper:0-1"},
                        {"client_update", "global_model"}),
                 threat("model-holder", {"outsider"}, {"released_model"})};
    s.data.name = "mnist";
    s.data.clients = 4;
    s.systems = {system("noise-weak", "Noise of 0.01", false),
                 system("plain", "Plain FedSGD", true),
                 system("noise-strong", "Noise of 0.1", false),
                 system("pruned", "Smallest 90 % pruned", false)};
    s.attacks = {attack("dlg", "Deep leakage", "curious-operator", "early"),
                 attack("mi-face", "MI-Face", "model-holder", "")};
    s.repeats.seeds = {1, 2, 3, 4, 5};
    const auto gated = [&](const char* id, const char* from, MetricSection::Kind kind) {
      MetricSection metric;
      metric.id = id;
      metric.from = from;
      metric.kind = kind;
      s.metrics.push_back(metric);
    };
    gated("psnr_db", "dlg", MetricSection::Kind::informational);
    gated("success_rate", "dlg", MetricSection::Kind::statistical);
    gated("recognised", "mi-face", MetricSection::Kind::statistical);
    gated("bytes", "", MetricSection::Kind::exact);
    run_.scenario_text =
        "schema: 1\nid: quickstart\n# what is compared\nsystems:\n  - {id: noise-weak}\n  - {id: "
        "plain}\n"
        "  - {id: noise-strong}\n  - {id: pruned}\n";
  }

  void event(const Cell& cell, json result) {
    const auto title = title_of(cell);
    const auto key = fmt::format("{:064x}", run_.results.cells.size() + 1);
    run_.results.cells.push_back({.key = key,
                                  .kind = cell.kind == Cell::Kind::train ? "train" : "attack",
                                  .title = title,
                                  .system = cell.system,
                                  .attack = cell.attack,
                                  .status = "ok",
                                  .error = "",
                                  .seed = cell.seed,
                                  .needs = {}});
    run_.events.push_back({{"event", "cell"},
                           {"key", key},
                           {"status", "ok"},
                           {"title", title},
                           {"result", std::move(result)},
                           {"wall_s", 3.25 + static_cast<double>(run_.events.size())},
                           {"cpu_s", 3.0 + static_cast<double>(run_.events.size())},
                           {"peak_rss_bytes", 412 << 20}});
  }

  static json traffic(std::int64_t bytes) {
    return {
        {"messages", 800}, {"bytes", bytes}, {"wire_bytes", bytes + bytes / 50}, {"rounds", 400}};
  }

  void make_trainings() {
    const std::map<std::string, std::pair<double, std::int64_t>> worth = {
        {"plain", {0.972, 98'000'000}},
        {"noise-weak", {0.961, 98'000'000}},
        {"noise-strong", {0.874, 98'000'000}},
        {"pruned", {0.953, 12'400'000}}};
    for (const auto& section : run_.spec.systems) {
      const auto [accuracy, bytes] = worth.at(section.id);
      std::vector<UnitValue> accuracies;
      for (std::int64_t seed = 1; seed <= kSeeds; ++seed) {
        Cell cell;
        cell.system = section.id;
        cell.seed = seed;
        accuracies.push_back({seed, "run", accuracy + 0.002 * static_cast<double>(seed - 3)});
        event(cell, {{"utility", {{"test_accuracy", accuracies.back().value}}},
                     {"costs", traffic(bytes)}});
      }
      const double seconds = static_cast<double>(bytes) / 1.25e7 + 0.04;
      run_.results.utility.push_back(system_row(section.id, "test_accuracy",
                                                "accuracy on held-out records", "", accuracies,
                                                Design::clustered));
      const auto cost = [&](const char* id, const char* title, double value) {
        run_.results.costs.push_back(
            system_row(section.id, id, title, "", {{1, "run", value}}, Design::counted));
      };
      cost("bytes", "payload sent by all parties", static_cast<double>(bytes));
      cost("wire_bytes", "bytes on the wire", static_cast<double>(bytes + bytes / 50));
      cost("rounds", "longest chain of dependent messages", 400);
      cost("simulated_seconds", "training time on the scenario's links", seconds);
      json details = traffic(bytes);
      details.update(
          {{"system", section.id},
           {"seed", 1},
           {"simulated_seconds", seconds},
           {"by_phase",
            {{"setup", traffic(4096)}, {"train", traffic(bytes)}, {"probe", traffic(65536)}}},
           {"simulated_seconds_on",
            {{"lan", seconds},
             {"wan", seconds * 9 + 24},
             {"4g", seconds * 9 + 40},
             {"four-continents", seconds * 60 + 130}}}});
      run_.results.cost_details.push_back(std::move(details));
    }
  }

  Row system_row(const std::string& system_id, const std::string& metric, const std::string& title,
                 const std::string& unit, std::vector<UnitValue> units, Design design) {
    Row row;
    row.id = fmt::format("{}/{}/-/-/{}", run_.spec.id, system_id, metric);
    row.system = system_id;
    row.metric = metric;
    row.metric_title = title;
    row.unit = unit;
    row.design = design;
    row.estimate = estimate_of(units, design);
    row.n_seeds = static_cast<std::int64_t>(units.size());
    row.units = std::move(units);
    return row;
  }

  Row attack_row(const std::string& system_id, const std::string& attack_id, bool adaptive,
                 const std::string& role, const std::string& metric, const std::string& title) {
    Row row;
    row.system = system_id;
    row.attack = attack_id + (adaptive ? "+adaptive" : "");
    row.adaptive = adaptive;
    row.role = role;
    row.metric = metric;
    row.metric_title = title;
    row.id = fmt::format("{}/{}/{}/{}/{}", run_.spec.id, system_id, row.attack, role, metric);
    row.assumptions = {"sees client_update", "knows architecture"};
    row.budget = 2000;
    return row;
  }

  void make_inversion(const Power& power) {
    Stream stream(7);
    auto shown = Stream(11);
    Cell cell;
    cell.kind = Cell::Kind::attack;
    cell.purpose = Cell::Purpose::attack;
    cell.system = power.system;
    cell.attack = power.attack;
    cell.adaptive = power.adaptive;
    cell.role = "operator";
    cell.seed = 1;
    json units = json::array();
    const auto key = fmt::format("{:064x}", run_.results.cells.size() + 1);
    const auto folder = run_.folder() / "cells" / key / "gallery";
    std::filesystem::create_directories(folder);
    for (std::int64_t i = 0; i < kVictims; ++i) {
      const double normal = stream.normal({1}).item<double>();
      units.push_back(
          unit_json(fmt::format("early/0/{}", i), power.mean + power.spread * normal, stream));
      if (i >= kPictures) continue;
      const auto original = picture(shown);
      const double psnr = units.back()["values"]["psnr_db"];
      const auto noise = shown.normal({1, 28, 28}) * std::pow(10.0, -psnr / 20.0);
      write_picture(original, folder / fmt::format("{}-original.png", i));
      if (i == 0) write_picture(at::full({1, 28, 28}, 0.3), folder / "null.png");
      units.back()["gallery"] = {{"original", fmt::format("{}-original.png", i)},
                                 {"null", "null.png"}};
      if (psnr <= 0) continue;
      write_picture((original + noise).clamp(0, 1), folder / fmt::format("{}-rebuilt.png", i));
      units.back()["gallery"]["rebuilt"] = fmt::format("{}-rebuilt.png", i);
    }
    const struct {
      const char *metric, *title, *unit;
      Design design;
    } metrics[] = {
        {"success_rate", "records rebuilt (PSNR of 20 dB or more)", "", Design::independent_binary},
        {"psnr_db", "peak signal-to-noise ratio", "dB", Design::independent},
        {"ssim", "structural similarity", "", Design::independent}};
    for (const auto& m : metrics) {
      auto row =
          attack_row(power.system, power.attack, power.adaptive, "operator", m.metric, m.title);
      row.unit = m.unit;
      row.probe = "early";
      row.design = m.design;
      row.n_seeds = 1;
      row.null_name = "mean of the public records";
      std::vector<UnitValue> nulls;
      for (const auto& unit : units) {
        row.units.push_back({1, unit["unit"], unit["values"][m.metric]});
        nulls.push_back({1, unit["unit"], unit["nulls"][row.null_name][m.metric]});
        row.diverged += unit["diverged"].get<bool>() ? 1 : 0;
      }
      row.estimate = estimate_of(row.units, row.design);
      row.null = estimate_of(nulls, row.design);
      run_.results.rows.push_back(std::move(row));
    }
    event(cell, {{"attack", {{"reconstructions", kVictims}}},
                 {"score", {{"units", units}, {"diverged", 0}}}});
  }

  void make_not_applicable() {
    for (const auto& section : run_.spec.systems) {
      auto row = attack_row(section.id, "dlg", false, "eavesdropper:0-1", "success_rate",
                            "records rebuilt (PSNR of 20 dB or more)");
      row.estimate.interval = row.null.interval = "none";
      row.resolution = "not_applicable";
      row.reason = "links are encrypted: a tapper sees sizes and times only";
      run_.results.rows.push_back(std::move(row));
    }
  }

  void make_faces() {
    const std::map<std::string, double> share = {
        {"plain", 0.8}, {"noise-weak", 0.7}, {"noise-strong", 0.25}, {"pruned", 0.75}};
    for (const auto& section : run_.spec.systems) {
      Stream stream(3);
      auto rate = attack_row(section.id, "mi-face", false, "outsider", "recognised",
                             "classes recognised by the evaluation classifier");
      auto sure = attack_row(section.id, "mi-face", false, "outsider", "evaluator_confidence",
                             "the evaluation classifier's probability of the class");
      rate.design = Design::clustered_binary;
      sure.design = Design::clustered;
      rate.null_name = sure.null_name = "mean of the public records";
      std::vector<UnitValue> null_rates, null_sure;
      for (std::int64_t seed = 1; seed <= kSeeds; ++seed) {
        Cell cell;
        cell.kind = Cell::Kind::attack;
        cell.purpose = Cell::Purpose::attack;
        cell.system = section.id;
        cell.attack = "mi-face";
        cell.role = "outsider";
        cell.seed = seed;
        json units = json::array();
        for (int k = 0; k < 10; ++k) {
          const double confidence =
              std::clamp(share.at(section.id) + 0.5 * (stream.uniform() - 0.5), 0.01, 0.99);
          const double hit = confidence > 0.5 ? 1.0 : 0.0;
          const auto name = fmt::format("class/{}", k);
          const json null = {{"recognised", k == 0 ? 1.0 : 0.0}, {"evaluator_confidence", 0.1}};
          units.push_back({{"unit", name},
                           {"values", {{"recognised", hit}, {"evaluator_confidence", confidence}}},
                           {"nulls", {{"mean of the public records", null}}},
                           {"diverged", false},
                           {"gradient_evaluations", 5000}});
          rate.units.push_back({seed, name, hit});
          sure.units.push_back({seed, name, confidence});
          null_rates.push_back({seed, name, k == 0 ? 1.0 : 0.0});
          null_sure.push_back({seed, name, 0.1});
        }
        event(cell, {{"attack", json::object()}, {"score", {{"units", units}, {"diverged", 0}}}});
      }
      for (auto* row : {&rate, &sure}) {
        row->n_seeds = kSeeds;
        row->estimate = estimate_of(row->units, row->design);
      }
      rate.null = estimate_of(null_rates, rate.design);
      sure.null = estimate_of(null_sure, sure.design);
      run_.results.rows.push_back(std::move(rate));
      run_.results.rows.push_back(std::move(sure));
    }
    Cell judge;
    judge.purpose = Cell::Purpose::evaluator;
    judge.seed = 1;
    event(judge, {{"accuracy", 0.94}, {"records", 150}});
  }

  void make_controls() {
    for (const auto& section : run_.spec.systems) {
      for (const auto& [id, metric, role] : {std::tuple("dlg", "success_rate", "operator"),
                                             std::tuple("mi-face", "recognised", "outsider")}) {
        const auto& base = run_.row(fmt::format("plain/{}/{}/{}", id, role, metric));
        run_.results.controls.push_back(
            {.id = fmt::format("quickstart/{}/{}/{}", section.id, id, metric),
             .system = section.id,
             .attack = id,
             .metric = metric,
             .role = role,
             .kind = section.control ? "undefended" : "matched",
             .estimate = base.estimate,
             .null_hi = base.null.hi.value_or(0.0),
             .at_least = 0.4,
             .met = true,
             .reason = ""});
      }
    }
  }

  SampleRun& run_;
};

}  // namespace

SampleRun::SampleRun() {
  Maker(*this).make();
}

ReportInput SampleRun::input() const {
  return {.spec = spec,
          .results = results,
          .gate = gate,
          .run = run,
          .events = events,
          .folder = folder(),
          .scenario_text = scenario_text,
          .gallery = gallery};
}

Row& SampleRun::row(const std::string& id_end) {
  for (auto* rows : {&results.rows, &results.utility, &results.costs}) {
    for (auto& candidate : *rows) {
      if (candidate.id.ends_with("/" + id_end)) return candidate;
    }
  }
  throw std::invalid_argument("expected the end of a row's id, got '" + id_end + "'");
}

}  // namespace assay::scenarios
