#include "scenarios/report/html.h"

#include <fmt/format.h>

#include <span>

#include "core/data/sha256.h"
#include "embedded/report_css.h"
#include "embedded/report_figure.h"
#include "embedded/report_gallery.h"
#include "embedded/report_js.h"
#include "embedded/report_libraries.h"
#include "embedded/report_notices.h"
#include "embedded/report_page.h"
#include "embedded/report_table.h"
#include "scenarios/report/sections.h"
#include "scenarios/report/text.h"

namespace assay::scenarios {
namespace {

/// 'sha256-...' of a script, as Content-Security-Policy names it.
std::string script_hash(std::string_view script) {
  Sha256 digest;
  digest.add(std::as_bytes(std::span(script)));
  const auto hex = digest.hex();
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return "'sha256-" + base64(bytes) + "'";
}

/// A template that the page's template includes by name.
kainjow::mustache::partial partial(std::string_view text) {
  return [text] { return std::string(text); };
}

}  // namespace

std::string render_html(const ReportInput& input) {
  const Reading reading(input);
  const std::string libraries(embedded::report_libraries()), script(embedded::report_js());
  Charts charts = Charts::array();
  Data page = Object{{"css", std::string(embedded::report_css())},
                     {"libraries", libraries},
                     {"script", script},
                     {"notices", std::string(embedded::report_notices())},
                     {"script_hashes", script_hash(libraries) + " " + script_hash(script)},
                     {"data_table", partial(embedded::report_table())},
                     {"chart_figure", partial(embedded::report_figure())},
                     {"gallery_table", partial(embedded::report_gallery())}};
  page.set("opening", opening_section(reading));
  page.set("leakage", leakage_section(reading));
  page.set("tradeoff", tradeoff_section(reading, charts));
  page.set("profiles", profiles_section(reading, charts));
  page.set("gallery", gallery_section(reading));
  page.set("claims", claims_section(reading));
  page.set("costs", costs_section(reading));
  page.set("regressions", regressions_section(reading));
  page.set("controls", controls_section(reading));
  page.set("reproduce", reproduce_section(reading));
  page.set("charts", json_for_html(charts));
  kainjow::mustache::mustache tmpl(std::string(embedded::report_page()));
  if (!tmpl.is_valid()) throw std::logic_error("report.html.mustache: " + tmpl.error_message());
  return valid_utf8(tmpl.render(page));
}

}  // namespace assay::scenarios
