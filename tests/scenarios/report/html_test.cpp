#include "scenarios/report/html.h"

#include <regex>
#include <set>

#include "scenarios/report/format.h"
#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
  return n;
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
  return json::parse(element(page, "<script type=\"application/json\" id=\"charts\">", "</script>"));
}

/// Every element is closed, by the end tag that belongs to it.
void check_nesting(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "link", "img", "input", "br"};
  static const std::regex kTag("<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\"[^\"]*\"|[^>\"])*)>");
  const auto text = markup(page);
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kTag); it != std::sregex_iterator(); ++it) {
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
  static const std::regex kSource("\\s(src|href|srcset|poster|data|action|background|formaction)\\s*=\\s*\"([^\"]*)\"");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kSource); it != std::sregex_iterator(); ++it) {
    const auto target = (*it)[2].str();
    CHECK((target.starts_with("#") || target.starts_with("data:")));
  }
  const auto css = element(page, "<style>", "</style>");
  CHECK(css.find("url(") == css.npos);
  CHECK(css.find("@import") == css.npos);
  CHECK_THAT(page, Contains("default-src 'none'"));
}

TEST_CASE("a report has every section, in order") {
  const SampleRun run;
  const auto page = render_html(run.input());
  std::size_t last = 0;
  for (const std::string id : {"verdict", "leakage", "tradeoff", "profiles", "gallery", "claims", "costs", "regressions",
                               "controls", "reproduce"}) {
    const auto at = page.find(" id=\"" + id + "\"");
    REQUIRE(at != page.npos);
    CHECK(at > last);
    CHECK_THAT(page, Contains("href=\"#" + id + "\""));
    last = at;
  }
  CHECK_THAT(page, Contains("Complete: every control was met."));
  CHECK_THAT(page, Contains("Can a server rebuild its clients&apos; pictures"));
  CHECK_THAT(page, Contains("assay run scenarios/library/quickstart.yaml --out out/quickstart"));
  CHECK_THAT(page, Contains("No system of this scenario claims a bound"));
  CHECK_THAT(page, Contains("assay baseline save"));
  CHECK_THAT(page, Contains("# what is compared"));
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
    CHECK_THAT(figure, Contains("<details><summary>Data table</summary>"));
    CHECK_THAT(figure, Contains("<caption>"));
    CHECK(count(figure, "<tr") >= 5);  // a head and four systems
    CHECK_THAT(figure, Contains("role=\"img\" aria-label=\""));
    REQUIRE(!chart.at("choices").empty());
    for (const auto& spec : chart.at("choices")) CHECK(!spec.at("data").at("values").empty());
  }
  CHECK(count(page, "class=\"chart\"") == charts.size());
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
    CHECK_THAT(figure, Contains(value.at("leak_text").get<std::string>()));
    CHECK_THAT(figure, Contains(value.at("cost_text").get<std::string>()));
  }
  // 98,000,000 bytes are 93.46 MiB.
  const auto plain = std::find_if(by_bytes.begin(), by_bytes.end(),
                                  [](const auto& v) { return v.at("system") == "Plain FedSGD"; });
  CHECK(plain->at("cost").get<double>() == Approx(93.4601).epsilon(1e-5));
  CHECK(plain->at("cost_text") == "93.5 MiB");
}

TEST_CASE("the front holds what nothing else beats in both") {
  SampleRun run;
  const auto set = [&](const std::string& system, const std::string& attack, double leak, double bytes) {
    auto& row = run.row(system + "/" + attack + "/operator/success_rate");
    row.estimate.value = leak;
    run.row(system + "/-/-/bytes").estimate.value = bytes;
  };
  for (const char* system : {"noise-weak", "noise-strong", "pruned"}) {
    run.row(std::string(system) + "/dlg/operator/success_rate").estimate.value = 0.0;
  }
  set("plain", "dlg", 0.9, 100);          // dearest alike, leaks most: beaten
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
  for (const auto& value : values) ++kinds[value.at("kind").get<std::string>()];
  // 7 lanes of 24 victims.
  CHECK(kinds["attack"] + kinds["diverged"] == 7 * 24);
  CHECK(kinds["without the view"] == 7 * 24);
}

TEST_CASE("the table says what is not a number") {
  SampleRun run;
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  auto& row = run.row("pruned/mi-face/outsider/recognised");
  row.estimate.lo = row.estimate.hi = std::nullopt;
  row.resolution = "one seed";
  const auto page = markup(render_html(run.input()));
  const auto matrix = element(page, "id=\"leakage\"", "</section>");
  CHECK_THAT(matrix, Contains(">not applicable<"));
  CHECK_THAT(matrix, Contains(">incomplete<"));
  CHECK_THAT(matrix, Contains(">one seed<"));
  CHECK_THAT(matrix, Contains("links are encrypted"));
  CHECK_THAT(page, Contains("killed"));
  // One system's headline for each of the two threat models.
  CHECK(count(matrix, "class=\"headline\"") == 2 * 4);
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
  CHECK_THAT(page, Contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK_THAT(page, Contains("{{scenario}}"));  // not a template
  CHECK_NOTHROW(charts_of(page));
  CHECK_NOTHROW(json(page).dump());  // valid UTF-8
}

TEST_CASE("pictures are inside the page, or a sentence says why not") {
  SampleRun run;
  const auto shown = render_html(run.input());
  CHECK(count(shown, "src=\"data:image/png;base64,") > 20);
  for (const char* rank : {"<b>best</b>", "<b>median</b>", "<b>worst</b>"}) CHECK_THAT(shown, Contains(rank));
  const auto gallery = element(shown, "id=\"gallery\"", "</section>");
  CHECK(gallery.find("Plain FedSGD") < gallery.find("Noise of 0.01"));  // the undefended first
  run.gallery = false;
  const auto hidden = render_html(run.input());
  CHECK(count(hidden, "data:image/png") == 0);
  CHECK_THAT(hidden, Contains("Pictures of records are left out"));
  run.gallery = true;
  std::filesystem::remove_all(run.folder() / "cells");
  CHECK_NOTHROW(render_html(run.input()));
}

TEST_CASE("an audit above its claim is called out") {
  SampleRun run;
  run.add_claims();
  const auto claims = element(render_html(run.input()), "id=\"claims\"", "</section>");
  CHECK_THAT(claims, Contains("the claim is wrong"));
  CHECK(count(claims, "class=\"bad-row\"") == 1);
  CHECK_THAT(claims, Contains("add remove"));
}

TEST_CASE("the comparison shows both values, the bound, and the outcome in words") {
  SampleRun run;
  run.add_gate();
  const auto part = element(render_html(run.input()), "id=\"regressions\"", "</section>");
  CHECK_THAT(part, Contains("baselines/quickstart.json"));
  CHECK_THAT(part, Contains("✕ regressed"));
  CHECK_THAT(part, Contains("? inconclusive"));
  CHECK_THAT(part, Contains("+15 points"));
  CHECK_THAT(part, Contains("&lt; 0.001"));
  CHECK_THAT(part, Contains("check the attack"));
  CHECK_THAT(part, Contains("93.5 MiB"));
}

TEST_CASE("the same input gives the same page") {
  const SampleRun run;
  CHECK(render_html(run.input()) == render_html(run.input()));
}

}  // namespace
}  // namespace assay::scenarios
