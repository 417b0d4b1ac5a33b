#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/pictures.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

/// The attacker without the view whose picture the scorers keep.
constexpr const char* kNullShown = "mean of the public records";

/// One form of an attack on one system from one role, with the units whose pictures were kept.
struct Strip {
  const Row* row;
  const SystemSection* system;
  std::vector<ScoredUnit> units;

  const ScoredUnit* of(const ScoredUnit& other) const {
    for (const auto& unit : units) {
      if (unit.seed == other.seed && unit.name() == other.name()) return &unit;
    }
    return nullptr;
  }
};

std::vector<Strip> strips_of(const Reading& reading, const AttackSection& attack,
                             const std::string& metric) {
  std::vector<Strip> out;
  for (const auto* system : reading.systems) {
    for (const auto& row : reading.in.results.rows) {
      if (row.system != system->id || attack_id(row) != attack.id || row.metric != metric) continue;
      Strip strip{&row, system, reading.events.units_of(row)};
      std::erase_if(strip.units, [&](const auto& unit) {
        return unit.picture("original").empty() || !unit.value(metric);
      });
      if (!strip.units.empty()) out.push_back(std::move(strip));
    }
  }
  return out;
}

/// A column of the gallery: one unit, and where it stands among those of the first strip.
struct Chosen {
  ScoredUnit unit;
  std::string rank;
};

/// Units of the first seed from the best rebuilt to the worst, at evenly spaced ranks.
std::vector<Chosen> chosen_units(const Strip& first) {
  auto units = first.units;
  std::erase_if(units, [&](const auto& unit) { return unit.seed != first.units.front().seed; });
  std::stable_sort(units.begin(), units.end(), [&](const auto& a, const auto& b) {
    return *a.value(first.row->metric) > *b.value(first.row->metric);
  });
  constexpr std::size_t kColumns = 5;
  const auto count = std::min(kColumns, units.size());
  std::vector<Chosen> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = count == 1 ? 0 : i * (units.size() - 1) / (count - 1);
    std::string rank;
    if (count > 1 && i == 0) rank = "best";
    if (count > 1 && i + 1 == count) rank = "worst";
    if (count > 2 && 2 * i + 1 == count) rank = "median";
    out.push_back({units[at], std::move(rank)});
  }
  return out;
}

Data picture_cell(std::string source, const std::string& alt, const std::string& text,
                  const std::string& label) {
  const bool there = !source.empty();
  return Object{{"source", std::move(source)},
                {"there", there},
                {"alt", alt},
                {"text", text},
                {"label", label}};
}

/// One row of the gallery.
Data row_data(const std::string& name, const std::string& note, List cells) {
  return Object{
      {"name", name}, {"note", note}, {"has_note", !note.empty()}, {"cells", std::move(cells)}};
}

class Gallery {
 public:
  Gallery(const Reading& reading, const AttackSection& attack, const std::string& metric,
          Pictures& pictures)
      : reading_(reading),
        attack_(attack),
        metric_(metric),
        pictures_(pictures),
        strips_(strips_of(reading, attack, metric)) {
    if (!strips_.empty()) columns_ = chosen_units(strips_.front());
  }

  bool empty() const { return strips_.empty(); }

  Data data() {
    const auto& first = strips_.front();
    List heads, rows;
    for (const auto& column : columns_) {
      heads.push_back(Object{{"rank", column.rank}, {"unit", column.unit.name()}});
    }
    rows.push_back(row_data("Record", "", originals()));
    if (!columns_.front().unit.picture("null").empty()) {
      rows.push_back(row_data("Without the view", kNullShown, nulls()));
    }
    for (const auto& strip : strips_) {
      rows.push_back(row_data(name_of(*strip.system), note_of(strip), rebuilt(strip)));
    }
    const auto kept = std::count_if(first.units.begin(), first.units.end(), [&](const auto& unit) {
      return unit.seed == first.units.front().seed;
    });
    const auto words = success_words(*first.row);
    return Object{{"attack_name", name_of(attack_)},
                  {"units", words.units},
                  {"shown", grouped(std::ssize(columns_))},
                  {"kept", counted(kept, words.unit, words.units)},
                  {"seed", std::to_string(first.units.front().seed)},
                  {"first_system", name_of(*first.system)},
                  {"quality", metric_title(*first.row)},
                  {"heads", heads},
                  {"rows", rows}};
  }

 private:
  std::string score(const ScoredUnit& unit) const {
    const auto value = unit.value(metric_);
    return value ? format_value(*value, scale_of(metric_)) : "";
  }

  std::string note_of(const Strip& strip) const {
    auto note = form_note(reading_.in, *strip.row);
    if (strip.system->control) note += note.empty() ? "undefended" : ", undefended";
    return note;
  }

  List originals() {
    List out;
    for (const auto& [unit, rank] : columns_) {
      out.push_back(picture_cell(pictures_.data_uri(unit.cell, unit.picture("original")),
                                 "The record of " + unit.name(), "", unit.name()));
    }
    return out;
  }

  List nulls() {
    List out;
    for (const auto& [unit, rank] : columns_) {
      const auto value = unit.null(kNullShown, metric_);
      const auto text = value ? format_value(*value, scale_of(metric_)) : "";
      out.push_back(picture_cell(pictures_.data_uri(unit.cell, unit.picture("null")),
                                 "What an attacker without the view has: " + text, text,
                                 unit.name()));
    }
    return out;
  }

  List rebuilt(const Strip& strip) {
    List out;
    for (const auto& [column, rank] : columns_) {
      const auto* unit = strip.of(column);
      const auto source =
          unit == nullptr ? "" : pictures_.data_uri(unit->cell, unit->picture("rebuilt"));
      const auto text = unit == nullptr ? "not kept" : unit->diverged() ? "diverged" : score(*unit);
      out.push_back(
          picture_cell(source,
                       fmt::format("What {} rebuilt on {}: {}", form_name(reading_.in, *strip.row),
                                   name_of(*strip.system), text),
                       text, column.name()));
    }
    return out;
  }

  const Reading& reading_;
  const AttackSection& attack_;
  std::string metric_;
  Pictures& pictures_;
  std::vector<Strip> strips_;
  std::vector<Chosen> columns_;
};

}  // namespace

Data gallery_section(const Reading& reading) {
  const auto& in = reading.in;
  Pictures pictures(in.folder);
  List attacks;
  for (const auto& attack : in.spec.attacks) {
    if (!in.gallery) break;
    Gallery gallery(reading, attack, reading.quality_metric(attack), pictures);
    if (!gallery.empty()) attacks.push_back(gallery.data());
  }
  std::string absent;
  if (!in.gallery) {
    absent =
        "Pictures of records are left out of this report: the data are private, or it was asked "
        "for.";
  } else if (attacks.empty()) {
    absent = "This run kept no pictures.";
  }
  return Object{
      {"none", attacks.empty()},
      {"absent", absent},
      {"has_left_out", pictures.left_out() > 0},
      {"left_out", pictures.left_out() > 0 ? counted(pictures.left_out(), "picture") +
                                                 " left out: a report holds at most 24 MiB of them."
                                           : ""},
      {"attacks", attacks}};
}

}  // namespace assay::scenarios
