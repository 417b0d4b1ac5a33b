#include "scenarios/report/names.h"

#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

TEST_CASE("a threat model is told with its assumptions") {
  Threat threat;
  threat.adversary = {"operator", "client:1"};
  threat.sees = {"client_update", "aggregate", "something_new"};
  threat.knows = {"architecture", "labels"};
  CHECK(threat_sentence(threat) ==
        "The adversary is the operator (whoever runs the aggregation) or client:1. It sees each "
        "client's update, "
        "the sum of the updates and something new, and knows the architecture and the labels.");
  threat.adversary = {"client:1+client:2"};
  threat.sees.clear();
  threat.knows.clear();
  CHECK(threat_sentence(threat) ==
        "The adversary is the coalition client:1+client:2. It sees nothing.");
}

TEST_CASE("a form of an attack has a name only where there are two, and a role likewise") {
  SampleRun run;
  const auto name = [&](const std::string& id) { return form_name(run.input(), run.row(id)); };
  CHECK(name("plain/dlg/operator/success_rate") == "Deep leakage from operator");
  CHECK(name("pruned/dlg/operator/success_rate") == "Deep leakage (naive) from operator");
  CHECK(name("pruned/dlg+adaptive/operator/success_rate") ==
        "Deep leakage (adaptive) from operator");
  CHECK(name("pruned/mi-face/outsider/recognised") == "MI-Face");
  std::erase_if(run.results.rows,
                [](const Row& row) { return row.role.starts_with("eavesdropper"); });
  CHECK(name("plain/dlg/operator/success_rate") == "Deep leakage");
}

TEST_CASE("what has no title goes by its id") {
  SampleRun run;
  run.spec.systems[0].title.clear();
  CHECK(system_name(run.input(), run.spec.systems[0].id) == run.spec.systems[0].id);
  CHECK(system_name(run.input(), "gone") == "gone");
  CHECK(attack_name(run.input(), "gone") == "gone");
  CHECK(metric_of_id("a/b/c/psnr_db") == "psnr_db");
  CHECK(metric_of_id("bare") == "bare");
}

TEST_CASE("units are called what they are") {
  SampleRun run;
  CHECK(sample_words(run.row("plain/dlg/operator/success_rate")) == "24 victims");
  CHECK(sample_words(run.row("plain/dlg/operator/psnr_db")) == "24 victims");
  CHECK(sample_words(run.row("plain/mi-face/outsider/recognised")) == "50 classes, 5 seeds");
  run.row("plain/dlg/operator/success_rate").design = Design::independent;
  CHECK(sample_words(run.row("plain/dlg/operator/success_rate")) == "24 victim batches");
}

TEST_CASE("words for lists, names and beginnings") {
  CHECK(joined({}, "and").empty());
  CHECK(joined({"a"}, "and") == "a");
  CHECK(joined({"a", "b", "c"}, "or") == "a, b or c");
  CHECK(spaced("own_update") == "own update");
  CHECK(capitalised("records") == "Records");
  CHECK(capitalised("\xC3\xA9t\xC3\xA9") == "\xC3\xA9t\xC3\xA9");
  CHECK(capitalised("").empty());
}

}  // namespace
}  // namespace assay::scenarios
