#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/pictures.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

/// One form of an attack on one system from one role, with the victims whose pictures were kept.
struct Strip {
  const Row* row;
  std::vector<ScoredUnit> shown;  ///< best first
};

std::string quality_of(const ReportInput& in, const AttackSection& attack) {
  for (const char* metric : {"psnr_db", "evaluator_confidence"}) {
    for (const auto& row : in.results.rows) {
      if (attack_id(row) == attack.id && row.metric == metric) return metric;
    }
  }
  return "";
}

Strip strip_of(const Reading& reading, const Row& row) {
  Strip strip{&row, reading.events.units_of(row)};
  std::erase_if(strip.shown, [&](const auto& unit) {
    return unit.picture("original").empty() || !unit.value(row.metric);
  });
  std::stable_sort(strip.shown.begin(), strip.shown.end(), [&](const auto& a, const auto& b) {
    return *a.value(row.metric) > *b.value(row.metric);
  });
  return strip;
}

Data victim(const ScoredUnit& unit, const Row& row, const char* rank, Pictures& pictures) {
  const auto value = format_value(*unit.value(row.metric), scale_of(row.metric, row.unit));
  const auto original = pictures.data_uri(unit.cell, unit.picture("original"));
  const auto start = unit.picture("start").empty()
                         ? ""
                         : pictures.data_uri(unit.cell, unit.picture("start"));
  const auto rebuilt = unit.picture("rebuilt").empty()
                           ? ""
                           : pictures.data_uri(unit.cell, unit.picture("rebuilt"));
  return Object{{"rank", rank},
                {"value", unit.diverged() ? "diverged" : value},
                {"unit", fmt::format("{}, seed {}", unit.name(), unit.seed)},
                {"original", original},
                {"has_original", !original.empty()},
                {"start", start},
                {"has_start", !start.empty()},
                {"rebuilt", rebuilt},
                {"has_rebuilt", !rebuilt.empty()}};
}

Data strip_data(const Strip& strip, const std::string& system, bool control, Pictures& pictures) {
  List victims;
  const auto n = strip.shown.size();
  const auto add = [&](std::size_t i, const char* rank) {
    victims.push_back(victim(strip.shown[i], *strip.row, rank, pictures));
  };
  add(0, n == 1 ? "the only one" : "best");
  if (n > 2) add(n / 2, "median");
  if (n > 1) add(n - 1, "worst");
  return Object{{"system", system},
                {"control", control},
                {"form", strip.row->attack + " from " + strip.row->role},
                {"shown", counted(std::ssize(strip.shown), "victim")},
                {"victims", victims}};
}

}  // namespace

Data gallery_section(const Reading& reading) {
  const auto& in = reading.in;
  Pictures pictures(in.folder);
  List attacks;
  for (const auto& attack : in.spec.attacks) {
    if (!in.gallery) break;
    const auto metric = quality_of(in, attack);
    List strongest, others;
    for (const auto* system : reading.systems) {
      std::vector<Strip> strips;
      for (const auto& row : in.results.rows) {
        if (row.system != system->id || attack_id(row) != attack.id || row.metric != metric) continue;
        auto strip = strip_of(reading, row);
        if (!strip.shown.empty()) strips.push_back(std::move(strip));
      }
      std::stable_sort(strips.begin(), strips.end(), [](const auto& a, const auto& b) {
        return a.row->estimate.value.value_or(-1) > b.row->estimate.value.value_or(-1);
      });
      for (std::size_t i = 0; i < strips.size(); ++i) {
        (i == 0 ? strongest : others)
            .push_back(strip_data(strips[i], name_of(*system), system->control, pictures));
      }
    }
    if (strongest.empty()) continue;
    attacks.push_back(Object{{"attack_name", name_of(attack)},
                             {"quality", metric == "psnr_db" ? "PSNR" : "confidence of the judge"},
                             {"strips", strongest},
                             {"has_others", !others.empty()},
                             {"others", others}});
  }
  std::string absent;
  if (!in.gallery) {
    absent = "Pictures of records are left out of this report: the data are private, or it was asked for.";
  } else if (attacks.empty()) {
    absent = "This run kept no pictures.";
  }
  return Object{{"none", attacks.empty()},
                {"absent", absent},
                {"has_left_out", pictures.left_out() > 0},
                {"left_out", pictures.left_out() > 0
                                 ? counted(pictures.left_out(), "picture") +
                                       " left out: a report holds at most 24 MiB of them."
                                 : ""},
                {"attacks", attacks}};
}

}  // namespace assay::scenarios
