#include "scenarios/report/html.h"

#include <regex>
#include <set>

#include "scenarios/report/format.h"
#include "scenarios/report/scored_units.h"
#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size()))
    ++n;
  return n;
}

/// Not a matcher: a failed one would print the whole page.
bool has(const std::string& page, const std::string& what) {
  UNSCOPED_INFO("looking for " << what);
  return page.find(what) != page.npos;
}

/// The page without what stands inside <script> and <style>.
std::string markup(const std::string& page) {
  std::string out = page;
  for (const std::string name : {"script", "style"}) {
    for (auto at = out.find("<" + name); at != out.npos; at = out.find("<" + name, at + 1)) {
      const auto begin = out.find('>', at) + 1;
      out.erase(begin, out.find("</" + name + ">", begin) - begin);
    }
  }
  return out;
}

std::string element(const std::string& page, const std::string& begin, const std::string& end) {
  const auto at = page.find(begin);
  REQUIRE(at != page.npos);
  return page.substr(at + begin.size(), page.find(end, at) - at - begin.size());
}

json charts_of(const std::string& page) {
  return json::parse(
      element(page, "<script type=\"application/json\" id=\"charts\">", "</script>"));
}

/// Every element is closed, by the end tag that belongs to it.
void check_nesting(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "link", "img", "input", "br"};
  static const std::regex kTag("<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\"[^\"]*\"|[^>\"])*)>");
  const auto text = markup(page);
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kTag); it != std::sregex_iterator();
       ++it) {
    const auto name = (*it)[2].str();
    if (kVoid.contains(name)) continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
      continue;
    }
    REQUIRE(!open.empty());
    REQUIRE(open.back() == name);
    open.pop_back();
  }
  CHECK(open.empty());
}

void check_loads_nothing(const std::string& page) {
  const auto text = markup(page);
  static const std::regex kSource(
      "\\s(src|href|srcset|poster|data|action|background|formaction)\\s*=\\s*\"([^\"]*)\"");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kSource);
       it != std::sregex_iterator(); ++it) {
    const auto target = (*it)[2].str();
    CHECK((target.starts_with("#") || target.starts_with("data:")));
  }
  const auto css = element(page, "<style>", "</style>");
  CHECK(css.find("url(") == css.npos);
  CHECK(css.find("@import") == css.npos);
  CHECK(has(page, "default-src 'none'"));
}

TEST_CASE("a report has every section, in order") {
  const SampleRun run;
  const auto page = render_html(run.input());
  std::size_t last = 0;
  for (const std::string id : {"verdict", "leakage", "tradeoff", "profiles", "gallery", "claims",
                               "costs", "regressions", "controls", "reproduce"}) {
    const auto at = page.find(" id=\"" + id + "\"");
    REQUIRE(at != page.npos);
    CHECK(at > last);
    CHECK(has(page, "href=\"#" + id + "\""));
    last = at;
  }
  CHECK(has(page, "Complete: every control was met."));
  CHECK(has(page, "Can a server rebuild its clients&apos; pictures"));
  CHECK(has(page, "assay run scenarios/library/quickstart.yaml --out out/quickstart"));
  CHECK(has(page, "No system of this scenario claims a bound"));
  CHECK(has(page, "assay baseline save"));
  CHECK(has(page, "# what is compared"));
}

TEST_CASE("every variant is whole, nests, and loads nothing") {
  std::vector<std::string> pages;
  SampleRun run;
  pages.push_back(render_html(run.input()));
  run.add_gate();
  run.add_claims();
  pages.push_back(render_html(run.input()));
  run.break_control(2);
  pages.push_back(render_html(run.input()));
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  pages.push_back(render_html(run.input()));
  run.gallery = false;
  pages.push_back(render_html(make_hostile(run).input()));
  run.results = Results{.scenario = "x", .verdict = "incomplete"};
  run.events = {json(), json::array(), {{"event", "cell"}}, {{"event", "cell"}, {"key", 3}}};
  run.run = json();
  pages.push_back(render_html(run.input()));
  for (const auto& page : pages) {
    check_nesting(page);
    check_loads_nothing(page);
    CHECK(count(page, "<h1>") == 1);
    CHECK(page.ends_with("</html>\n"));
  }
}

TEST_CASE("every figure has its data table beneath it, and a description") {
  const SampleRun run;
  const auto page = render_html(run.input());
  const auto charts = charts_of(page);
  REQUIRE(charts.size() == 4);  // two threat models, two attacks
  for (const auto& chart : charts) {
    const auto id = chart.at("element").get<std::string>();
    const auto figure = element(page, "id=\"" + id + "\"", "</figure>");
    CHECK(has(figure, "<summary>Data table</summary>"));
    CHECK(has(figure, "class=\"legend\""));
    REQUIRE(!chart.at("choices").empty());
    std::size_t attacked = 0;  // points, without those of the attacker without the view
    for (const auto& value : chart["choices"][0].at("data").at("values")) {
      attacked += value.value("kind", "") != "without the view" ? 1 : 0;
    }
    CHECK(attacked > 0);
    const auto points = figure.substr(figure.rfind("<table"));
    CHECK(count(points, "<tr") == 1 + attacked);
  }
  CHECK(count(page, "class=\"chart\"") == charts.size());
  CHECK(count(page, "<div role=\"img\" aria-label=\"") == charts.size());
  // Each table has a caption; each picture a text.
  const auto body = markup(page);
  CHECK(count(body, "<table") == count(body, "<caption>"));
  CHECK(count(body, "<img ") == count(body, "alt=\""));
}

TEST_CASE("a chart and its table hold the same numbers") {
  const SampleRun run;
  const auto page = render_html(run.input());
  const auto& charts = charts_of(page);
  const auto figure = element(page, "id=\"chart-tradeoff-0\"", "</figure>");
  const auto& by_bytes = charts[0].at("choices")[0].at("data").at("values");
  REQUIRE(by_bytes.size() == 4);
  for (const auto& value : by_bytes) {
    CHECK(has(figure, value.at("leak_text").get<std::string>()));
    CHECK(has(figure, value.at("cost_text").get<std::string>()));
  }
  // 98,000,000 bytes are 93.46 MiB.
  const auto plain = std::find_if(by_bytes.begin(), by_bytes.end(),
                                  [](const auto& v) { return v.at("system") == "Plain FedSGD"; });
  CHECK(plain->at("cost").get<double>() == Approx(93.4601).epsilon(1e-5));
  CHECK(plain->at("cost_text") == "93.5 MiB");
}

TEST_CASE("the front holds what nothing else beats in both") {
  SampleRun run;
  const auto set = [&](const std::string& system, const std::string& attack, double leak,
                       double bytes) {
    auto& row = run.row(system + "/" + attack + "/operator/success_rate");
    row.estimate.value = leak;
    run.row(system + "/-/-/bytes").estimate.value = bytes;
  };
  for (const char* system : {"noise-weak", "noise-strong", "pruned"}) {
    run.row(std::string(system) + "/dlg/operator/success_rate").estimate.value = 0.0;
  }
  set("plain", "dlg", 0.9, 100);                // dearest alike, leaks most: beaten
  set("noise-weak", "dlg+adaptive", 0.5, 100);  // beaten by noise-strong
  set("noise-strong", "dlg+adaptive", 0.2, 100);
  set("pruned", "dlg+adaptive", 0.6, 20);  // cheaper than all
  const auto charts = charts_of(render_html(run.input()));
  std::set<std::string> front;
  for (const auto& value : charts[0].at("choices")[0].at("data").at("values")) {
    if (value.at("front").get<bool>()) front.insert(value.at("system"));
  }
  CHECK(front == std::set<std::string>{"Noise of 0.1", "Smallest 90 % pruned"});
}

TEST_CASE("the profile shows each victim and its null once") {
  const SampleRun run;
  const auto charts = charts_of(render_html(run.input()));
  const auto& values = charts[2].at("choices")[0].at("data").at("values");
  std::map<std::string, int> kinds;
  for (const auto& value : values)
    ++kinds[value.at("kind").get<std::string>()];
  // 7 lanes of 24 victims.
  CHECK(kinds["attack"] + kinds["diverged"] == 7 * 24);
  CHECK(kinds["without the view"] == 7 * 24);
}

TEST_CASE("the table says what is not a number") {
  SampleRun run;
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  auto& row = run.row("pruned/mi-face/outsider/recognised");
  row.estimate.lo = row.estimate.hi = std::nullopt;
  row.resolution = "no interval";
  const auto page = markup(render_html(run.input()));
  const auto matrix = element(page, "id=\"leakage\"", "</section>");
  CHECK(has(matrix, ">not applicable<"));
  CHECK(has(matrix, ">incomplete<"));
  CHECK(has(matrix, ">no interval<"));
  CHECK(has(matrix, "links are encrypted"));
  CHECK(has(page, "killed"));
  // One system's headline for each of the two threat models.
  CHECK(count(matrix, "class=\"headline\"") == 2 * 4);
  CHECK(has(matrix, "nothing to adapt to"));
}

TEST_CASE("hostile text stays text in the page") {
  SampleRun run;
  run.add_gate();
  run.add_claims();
  const auto page = render_html(make_hostile(run).input());
  CHECK(count(page, "<script") == 3);
  CHECK(count(page, "</script") == 3);
  CHECK(page.find("<img src=x") == page.npos);
  CHECK(page.find("<!--") == page.npos);
  CHECK(markup(page).find("alert(1)<") == std::string::npos);
  CHECK(has(page, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(has(page, "{{scenario}}"));  // not a template
  CHECK_NOTHROW(charts_of(page));
  CHECK_NOTHROW(json(page).dump());  // valid UTF-8
}

TEST_CASE("pictures are inside the page, or a sentence says why not") {
  SampleRun run;
  const auto shown = render_html(run.input());
  CHECK(count(shown, "src=\"data:image/png;base64,") > 20);
  const auto gallery = element(shown, "id=\"gallery\"", "</section>");
  for (const char* rank : {">best<", ">median<", ">worst<"})
    CHECK(has(gallery, rank));
  // The record, what there is without the view, and the undefended system come first.
  const auto record = gallery.find(">Record<"), null = gallery.find(">Without the view<");
  CHECK(record < null);
  CHECK(null < gallery.find(">Plain FedSGD<"));
  CHECK(gallery.find(">Plain FedSGD<") < gallery.find(">Noise of 0.01<"));
  run.gallery = false;
  const auto hidden = render_html(run.input());
  CHECK(count(hidden, "data:image/png") == 0);
  CHECK(has(hidden, "Pictures of records are left out"));
  run.gallery = true;
  std::filesystem::remove_all(run.folder() / "cells");
  CHECK_NOTHROW(render_html(run.input()));
}

TEST_CASE("each column of a gallery is one victim, from the best rebuilt to the worst") {
  SampleRun run;
  const auto page = render_html(run.input());
  const auto gallery = element(page, "class=\"gallery\"", "</table>");
  const auto row = [&](const std::string& head) {
    const auto text = element(gallery, "<th scope=\"row\">" + head, "</tr>");
    static const std::regex kScore("<small>([0-9.]+) dB</small>");
    std::vector<double> scores;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), kScore);
         it != std::sregex_iterator(); ++it) {
      scores.push_back(std::stod((*it)[1].str()));
    }
    return scores;
  };
  const auto plain = row("Plain FedSGD");
  REQUIRE(plain.size() == 5);
  CHECK(std::is_sorted(plain.rbegin(), plain.rend()));
  // The scores of another system are those of the same victims: of the five that the heads name.
  static const std::regex kHead("<th scope=\"col\">[a-z]*<small>([^<]+)</small>");
  std::vector<double> expected;
  const EventIndex events(run.events);
  const auto units = events.units_of(run.row("pruned/dlg/operator/psnr_db"));
  for (auto it = std::sregex_iterator(gallery.begin(), gallery.end(), kHead);
       it != std::sregex_iterator(); ++it) {
    for (const auto& unit : units) {
      if (unit.name() == (*it)[1].str()) expected.push_back(*unit.value("psnr_db"));
    }
  }
  const auto pruned = row("Smallest 90 % pruned<small>naive from operator</small>");
  REQUIRE(pruned.size() == 5);
  REQUIRE(expected.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(pruned[i] == Approx(expected[i]).epsilon(0.01));
}

TEST_CASE("the opening tells the price of each system against the control") {
  SampleRun run;
  const auto opening =
      element(render_html(run.input()), "aria-labelledby=\"shows-title\"", "</section>");
  const auto row = [&](const std::string& name) {
    return element(opening, "<th scope=\"row\" role=\"rowheader\">" + name, "</tr>");
  };
  CHECK(has(row("Plain FedSGD"), "<span>97.2 %</span>"));
  CHECK(has(row("Plain FedSGD"), "<span>93.5 MiB</span>"));
  CHECK(has(row("Smallest 90 % pruned"), "<span>-1.9 points</span>"));
  CHECK(has(row("Smallest 90 % pruned"), "<span>× 0.13</span>"));
  run.results.costs.clear();
  run.results.utility.clear();
  CHECK_FALSE(has(render_html(run.input()), ">Accuracy</th>"));
}

TEST_CASE("what was found comes first, unless the run cannot say it") {
  SampleRun run;
  const auto verdicts = [&] { return element(render_html(run.input()), "<h1>", "<dl"); };
  const auto sound = verdicts();
  CHECK(sound.find("3 of 4 systems leak") < sound.find("every control was met"));
  run.break_control(0);
  const auto invalid = verdicts();
  CHECK(invalid.find("Invalid") < invalid.find("systems leak"));
}

TEST_CASE("an audit above its claim is called out") {
  SampleRun run;
  run.add_claims();
  const auto claims = element(render_html(run.input()), "id=\"claims\"", "</section>");
  CHECK(has(claims, "the claim is wrong"));
  CHECK(count(claims, "class=\"bad-row\"") == 1);
  CHECK(has(claims, "add or remove one"));
}

TEST_CASE("the comparison shows both values, the bound, and the outcome in words") {
  SampleRun run;
  run.add_gate();
  const auto part = element(render_html(run.input()), "id=\"regressions\"", "</section>");
  CHECK(has(part, "baselines/quickstart.json"));
  CHECK(has(part, "✕ regressed"));
  CHECK(has(part, "? inconclusive"));
  CHECK(has(part, "+15 points"));
  CHECK(has(part, "&lt; 0.001"));
  CHECK(has(part, "check the attack"));
  CHECK(has(part, "93.5 MiB"));
}

TEST_CASE("the same input gives the same page") {
  const SampleRun run;
  CHECK(render_html(run.input()) == render_html(run.input()));
}

}  // namespace
}  // namespace assay::scenarios
