#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/prices.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// The metrics of some rows, each once, in their order.
std::vector<const Row*> metrics_of(const std::vector<Row>& rows) {
  std::vector<const Row*> out;
  for (const auto& row : rows) {
    const bool known = std::any_of(out.begin(), out.end(),
                                   [&](const auto* other) { return other->metric == row.metric; });
    if (!known) out.push_back(&row);
  }
  return out;
}

/// The details of the systems' costs, in the order of the systems.
std::vector<const json*> details_in_order(const Reading& reading) {
  std::vector<const json*> out;
  for (const auto* system : reading.systems) {
    for (const auto& details : reading.in.results.cost_details) {
      if (text_at(details, "system") == system->id) out.push_back(&details);
    }
  }
  return out;
}

TableCell cell_of(const Reading& reading, const SystemSection& system, const Row& of_metric,
                  double most) {
  const auto* row = system_row(reading.in.results, system.id, of_metric.metric);
  if (row == nullptr || !row->estimate.value) {
    return {"not computed", "", row == nullptr ? "" : row->reason};
  }
  const double value = *row->estimate.value;
  const auto scale = scale_of(row->metric, row->unit);
  TableCell cell(format_value(value, scale));
  if (row->estimate.interval != "exact") {
    const auto interval = format_interval(row->estimate, scale);
    cell.note = interval.empty() ? row->resolution : interval;
    return cell;
  }
  const auto base = reading.control == nullptr || system.control
                        ? std::nullopt
                        : system_value(reading.in.results, reading.control->id, row->metric);
  if (base && *base != 0 && *base != value) cell.note = format_multiple(value / *base);
  if (most > 0 && scale != Scale::count) cell.bar = value / most;
  return cell;
}

Table totals(const Reading& reading) {
  const auto& results = reading.in.results;
  Table table{.caption = "What each system costs, and what its model is worth",
              .columns = {"System"}};
  auto metrics = metrics_of(results.utility);
  for (const auto* metric : metrics_of(results.costs))
    metrics.push_back(metric);
  std::vector<double> most;
  for (const auto* metric : metrics) {
    table.columns.push_back("#" + capitalised(metric_title(*metric)));
    most.push_back(0);
    for (const auto* system : reading.systems) {
      most.back() = std::max(
          most.back(), system_value(reading.in.results, system->id, metric->metric).value_or(0));
    }
  }
  for (const auto* system : reading.systems) {
    std::vector<TableCell> cells = {
        {name_of(*system), "", system->control ? "undefended control" : ""}};
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      cells.push_back(cell_of(reading, *system, *metrics[i], most[i]));
    }
    table.add(std::move(cells));
  }
  return table;
}

std::string text_or_dash(const std::optional<double>& value, Scale scale) {
  return value ? format_value(*value, scale) : "–";
}

Table by_phase(const Reading& reading) {
  Table table{
      .caption = "Traffic by phase, in the run of the first seed",
      .columns = {"System", "Phase", "#Messages", "#Bytes", "#Bytes on the wire", "#Rounds"}};
  for (const auto* details : details_in_order(reading)) {
    const auto phases = details->value("by_phase", json::object());
    for (const auto& [phase, traffic] : phases.items()) {
      table.add({system_name(reading.in, text_at(*details, "system")),
                 {phase, "", phase == "probe" ? "of the experiment, not in the totals" : ""},
                 text_or_dash(number_at(traffic, {"messages"}), Scale::count),
                 text_or_dash(number_at(traffic, {"bytes"}), Scale::bytes),
                 text_or_dash(number_at(traffic, {"wire_bytes"}), Scale::bytes),
                 text_or_dash(number_at(traffic, {"rounds"}), Scale::count)});
    }
  }
  return table;
}

/// The rounds of a training, which an epoch's figures are given for.
double rounds_of(const Reading& reading) {
  return static_cast<double>(reading.in.spec.train.rounds);
}

/// The event of the training whose costs the details are.
const json* training_of(const Reading& reading, const json& details) {
  for (const auto& cell : reading.in.results.cells) {
    if (cell.kind != "train" || cell.system != text_at(details, "system")) continue;
    const auto* event = reading.events.cell(cell.key);
    if (event != nullptr && event->contains("result") && event->at("result").contains("resources"))
      return event;
  }
  return nullptr;
}

Table by_rank(const Reading& reading) {
  Table table{.caption = "What the training took of each rank, in the run of the first seed",
              .columns = {"System", "Rank", "#Wall time", "#Wall time per step", "#CPU share",
                          "#Bytes sent", "#Per step", "#Packets", "#Bytes per second",
                          "#Model held in", "#Records held in", "#Dealt ahead"}};
  for (const auto* details : details_in_order(reading)) {
    const auto* event = training_of(reading, *details);
    if (event == nullptr || !details->contains("by_rank")) continue;
    const auto wall = number_at(*event, {"result", "resources", "train_wall_s"}).value_or(0.0);
    const auto& uses = event->at("result").at("resources").at("ranks");
    const auto& ranks = details->at("by_rank");
    for (std::size_t rank = 0; rank < ranks.size() && rank < uses.size(); ++rank) {
      const auto sent = number_at(ranks[rank], {"wire_bytes"}).value_or(0.0);
      const auto cpu = number_at(uses[rank], {"cpu_s"}).value_or(0.0);
      table.add({system_name(reading.in, text_at(*details, "system")), std::to_string(rank),
                 format_value(wall, Scale::seconds),
                 format_value(wall / rounds_of(reading), Scale::seconds),
                 wall > 0 ? format_value(cpu / wall, Scale::share) : "–",
                 format_value(sent, Scale::bytes),
                 format_value(sent / rounds_of(reading), Scale::bytes),
                 text_or_dash(number_at(ranks[rank], {"packets"}), Scale::count),
                 wall > 0 ? format_value(sent / wall, Scale::bytes) : "–",
                 text_or_dash(number_at(ranks[rank], {"model_bytes"}), Scale::bytes),
                 text_or_dash(number_at(ranks[rank], {"data_bytes"}), Scale::bytes),
                 text_or_dash(number_at(ranks[rank], {"dealt_bytes"}), Scale::bytes)});
    }
  }
  return table;
}

/// Of servers whose workers push whenever they are ready.
Table pushes(const Reading& reading) {
  Table table{.caption = "Pushes of asynchronous workers, in the run of the first seed",
              .columns = {"System", "#Applied", "#Rejected", "#Charged in vain"}};
  for (const auto* details : details_in_order(reading)) {
    for (const auto& rank : details->value("by_rank", json::array())) {
      const auto applied = number_at(rank, {"applied_pushes"});
      const auto rejected = number_at(rank, {"rejected_pushes"});
      if (!applied || !rejected) continue;
      table.add({system_name(reading.in, text_at(*details, "system")),
                 format_value(*applied, Scale::count), format_value(*rejected, Scale::count),
                 format_value(*rejected / (*applied + *rejected), Scale::share)});
    }
  }
  return table;
}

/// The links that the training was replayed on, the quickest first by the first system.
std::vector<std::string> links_by_time(const Reading& reading) {
  std::vector<std::pair<double, std::string>> timed;
  for (const auto* details : details_in_order(reading)) {
    const auto elsewhere = details->value("simulated_seconds_on", json::object());
    for (const auto& [link, seconds] : elsewhere.items()) {
      const bool known = std::any_of(timed.begin(), timed.end(), [&name = link](const auto& other) {
        return other.second == name;
      });
      if (!known && seconds.is_number()) timed.emplace_back(seconds.get<double>(), link);
    }
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [seconds, link] : timed)
    out.push_back(link);
  return out;
}

Table on_links(const Reading& reading) {
  Table table{.caption = "Estimated time of the same training on other links",
              .columns = {"System"}};
  const auto links = links_by_time(reading);
  for (const auto& link : links)
    table.columns.push_back("#" + link);
  for (const auto* details : details_in_order(reading)) {
    std::vector<TableCell> cells = {system_name(reading.in, text_at(*details, "system"))};
    for (const auto& link : links) {
      cells.push_back(text_or_dash(number_at(*details, {"simulated_seconds_on", link.c_str()}),
                                   Scale::seconds));
    }
    table.add(std::move(cells));
  }
  return table;
}

Table cells_table(const Reading& reading) {
  Table table{.caption = "What each cell took on this machine",
              .columns = {"Cell", "Status", "#Wall time", "#CPU time", "#Peak memory"}};
  for (const auto& cell : reading.in.results.cells) {
    const auto* event = reading.events.cell(cell.key);
    const auto get = [&](const char* key, Scale scale) {
      return text_or_dash(event == nullptr ? std::nullopt : number_at(*event, {key}), scale);
    };
    table.add({cell.title,
               {cell.status, cell.status == "ok" ? "" : "bad"},
               get("wall_s", Scale::seconds),
               get("cpu_s", Scale::seconds),
               get("peak_rss_bytes", Scale::bytes)});
  }
  return table;
}

/// How far the classifier can be trusted that judges model inversions.
std::string judge_sentence(const Reading& reading) {
  double least = 1.0;
  std::int64_t judges = 0;
  for (const auto& cell : reading.in.results.cells) {
    if (cell.kind != "train" || !cell.system.empty()) continue;
    const auto* event = reading.events.cell(cell.key);
    const auto accuracy =
        event == nullptr ? std::nullopt : number_at(*event, {"result", "accuracy"});
    if (!accuracy) continue;
    least = std::min(least, *accuracy);
    ++judges;
  }
  if (judges == 0) return "";
  return fmt::format(
      "The classifier that judges model inversions is right on {}{} of the private records.",
      judges > 1 ? "at least " : "", format_value(least, Scale::share));
}

}  // namespace

Data costs_section(const Reading& reading) {
  const auto sum = [&](const char* key) {
    double total = 0;
    for (const auto& cell : reading.in.results.cells) {
      const auto* event = reading.events.cell(cell.key);
      if (event != nullptr) total += number_at(*event, {key}).value_or(0);
    }
    return format_value(total, Scale::seconds);
  };
  const auto judge = judge_sentence(reading);
  const auto total_table = totals(reading), phases = by_phase(reading), links = on_links(reading),
             ranks = by_rank(reading), pushed = pushes(reading);
  return Object{{"totals", to_data(total_table)},
                {"has_phases", !phases.rows.empty()},
                {"phases", to_data(phases)},
                {"has_ranks", !ranks.rows.empty()},
                {"ranks", to_data(ranks)},
                {"has_pushes", !pushed.rows.empty()},
                {"pushes", to_data(pushed)},
                {"has_links", links.columns.size() > 1 && !links.rows.empty()},
                {"links", to_data(links)},
                {"links_profile", reading.in.spec.links.profile},
                {"has_judge", !judge.empty()},
                {"judge", judge},
                {"wall", sum("wall_s")},
                {"cpu", sum("cpu_s")},
                {"cells_table", to_data(cells_table(reading))}};
}

}  // namespace assay::scenarios
