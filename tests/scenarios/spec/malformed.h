#pragma once

#include <string>
#include <vector>

namespace assay::scenarios {

/// A scenario that is well formed; the malformed ones below change one thing each.
inline const std::string kGoodScenario = R"(schema: 1
id: good
info: {name: "A question?", tags: [a]}
threats:
  - {id: server, adversary: [operator], sees: [client_update, global_model], knows: [architecture]}
  - {id: holder, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: mnist, clients: 4, partition: {kind: dirichlet, alpha: 0.5}}
model: {name: lenet-sigmoid}
train: {rounds: 20, batch: 8, lr: 0.1}
probes:
  - {id: early, steps: [0], victims: 24, fresh_model: true}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: noisy, kind: federated, method: synchronous, defenses: [{kind: gaussian_noise, stddev: 0.1}]}
attacks:
  - {id: dlg, kind: gradient_inversion, method: dlg, threat: server, probe: early, adaptive: [false, true]}
repeats: {seeds: [1, 2, 3, 4, 5], max: 10}
metrics:
  - {id: success_rate, from: dlg, worse: higher, tolerance: 0.15}
  - {id: test_accuracy, worse: lower, tolerance: 0.02}
  - {id: bytes, worse: higher, kind: exact}
controls:
  - {attack: dlg, metric: success_rate, at_least: 0.4}
gate: {alpha: 0.05}
)";

/// One change to the good scenario, where the error must be found, and words that it must contain.
struct Malformed {
  std::string what, from, to;
  int line;  ///< 0: anywhere
  std::string expect;
};

inline const std::vector<Malformed>& malformed_scenarios() {
  static const std::vector<Malformed> table = {
      {"duplicate key", "id: good\n", "id: good\nid: again\n", 3, "duplicate key 'id'"},
      {"duplicate key, nested", "{rounds: 20,", "{rounds: 20, rounds: 30,", 9,
       "duplicate key 'rounds'"},
      {"unknown key", "rounds: 20", "ronuds: 20", 9, "did you mean 'rounds'"},
      {"unknown key at the top", "gate:", "gates:", 24, "did you mean 'gate'"},
      {"unknown key in a list", "victims: 24", "victim: 24", 0, "did you mean 'victims'"},
      {"unknown option of a defense", "stddev: 0.1", "sttdev: 0.1", 14, "stddev"},
      {"missing field", "model: {name: lenet-sigmoid}\n", "", 0, "expected the field 'model'"},
      {"missing nested field", "name: mnist, ", "", 7, "expected the field 'name'"},
      {"missing field of a kind", ", stddev: 0.1", "", 14, "stddev"},
      {"empty value", "lr: 0.1", "lr:", 9, "'lr': expected a value"},
      {"text for a number", "rounds: 20", "rounds: many", 9, "expected a whole number, got 'many'"},
      {"quoted number", "rounds: 20", "rounds: \"20\"", 9, "expected a whole number"},
      {"fraction for a whole number", "rounds: 20", "rounds: 20.5", 9, "expected a whole number"},
      {"too large a number", "rounds: 20", "rounds: 99999999999999999999", 9,
       "expected a whole number"},
      {"number for a text", "name: mnist", "name: 5", 7, "expected a text"},
      {"list for a mapping", "train: {rounds: 20, batch: 8, lr: 0.1}", "train: [1, 2]", 9,
       "expected a mapping, got a list"},
      {"mapping for a list",
       "systems:\n  - {id: plain, kind: federated, method: synchronous, control: true}\n  - {id: "
       "noisy, kind: federated, method: synchronous, defenses: [{kind: gaussian_noise, stddev: "
       "0.1}]}\n",
       "systems: {id: plain}\n", 12, "expected a list, got a mapping"},
      {"scalar in a list of mappings",
       "  - {id: early, steps: [0], victims: 24, fresh_model: true}", "  - early", 11,
       "expected a mapping, got 'early'"},
      {"yes for true", "control: true", "control: yes", 13, "expected true or false"},
      {"empty list", "seeds: [1, 2, 3, 4, 5]", "seeds: []", 17, "at least 1 item"},
      {"NaN", "lr: 0.1", "lr: .nan", 9, "finite number"},
      {"nan, as C writes it", "lr: 0.1", "lr: nan", 9, "finite number"},
      {"infinity", "alpha: 0.5", "alpha: .inf", 7, "finite number"},
      {"overflow to infinity", "lr: 0.1", "lr: 1e999", 9, "finite number"},
      {"negative", "batch: 8", "batch: -8", 9, "'batch': expected a value from 1"},
      {"zero where above zero", "lr: 0.1", "lr: 0", 9, "above 0"},
      {"probability above 1", "alpha: 0.05", "alpha: 0.9", 24, "up to 0.5"},
      {"another schema", "schema: 1", "schema: 2", 1, "'schema'"},
      {"bad id", "id: good", "id: Not Good", 2, "form"},
      {"unknown data", "name: mnist", "name: mnits", 7, "did you mean 'mnist'"},
      {"unknown model", "name: lenet-sigmoid", "name: lenet-sigmiod", 8, "lenet-sigmoid"},
      {"unknown kind of system", "kind: federated, method: synchronous, control",
       "kind: federatd, method: synchronous, control", 13, "did you mean 'federated'"},
      {"unknown method of a system", "method: synchronous, control", "method: delayed, control", 13,
       "synchronous"},
      {"unknown kind of attack", "kind: gradient_inversion", "kind: gradient", 16,
       "gradient_inversion"},
      {"unknown method of an attack", "method: dlg", "method: dgl", 16, "did you mean 'dlg'"},
      {"unknown defense", "kind: gaussian_noise", "kind: gausian_noise", 14,
       "did you mean 'gaussian_noise'"},
      {"unknown role", "adversary: [operator]", "adversary: [boss]", 5, "expected a role"},
      {"role twice", "adversary: [operator]", "adversary: [operator, operator]", 5, "named twice"},
      {"role out of order", "adversary: [operator]", "adversary: [\"client:2+client:1\"]", 5,
       "client:1+client:2"},
      {"unknown observation", "sees: [released_model]", "sees: [everything]", 6,
       "kind of observation"},
      {"unknown knowledge", "knows: [architecture]}\n  - {id: holder",
       "knows: [everything]}\n  - {id: holder", 5, "kind of knowledge"},
      {"unknown threat", "threat: server", "threat: servr", 16, "did you mean 'server'"},
      {"unknown probe", "probe: early", "probe: late", 16, "unknown probe 'late'"},
      {"no probe for an attack on updates", ", probe: early", "", 16, "expected the field 'probe'"},
      {"a view that the threat does not see", "threat: server", "threat: holder", 16,
       "does not see"},
      {"knowledge that the threat lacks", "knows: [architecture]}\n  - {id: holder",
       "knows: []}\n  - {id: holder", 16, "needs to know the architecture"},
      {"ids twice", "id: noisy", "id: plain", 14, "used twice"},
      {"step beyond the rounds", "steps: [0]", "steps: [20]", 11, "below the 20 rounds"},
      {"step twice", "steps: [0]", "steps: [19, last]", 11, "named twice"},
      {"bad step", "steps: [0]", "steps: [first]", 11, "form"},
      {"no control system", ", control: true", "", 13, "control: true"},
      {"control with a defense", "stddev: 0.1}]}", "stddev: 0.1}], control: true}", 14,
       "without defenses"},
      {"attack without a control",
       "controls:\n  - {attack: dlg, metric: success_rate, at_least: 0.4}\n", "controls: []\n", 0,
       "at least 1 item"},
      {"control of an unknown attack", "controls:\n  - {attack: dlg", "controls:\n  - {attack: gld",
       0, "dlg"},
      {"control of an unknown metric", "{attack: dlg, metric: success_rate",
       "{attack: dlg, metric: sucess_rate", 23, "did you mean 'success_rate'"},
      {"control that a healthy attack would miss", "at_least: 0.4", "at_least: 0.89", 23,
       "healthy"},
      {"attack without a metric",
       "  - {id: success_rate, from: dlg, worse: higher, tolerance: 0.15}\n", "", 0,
       "expected a metric from the attack 'dlg'"},
      {"metric of an unknown attack", "from: dlg", "from: gld", 0, "dlg"},
      {"unknown metric of the system", "id: bytes", "id: byte", 21, "did you mean 'bytes'"},
      {"metric twice", "  - {id: bytes, worse: higher, kind: exact}\n",
       "  - {id: bytes, worse: higher, kind: exact}\n  - {id: bytes, worse: higher, kind: exact}\n",
       22, "named twice"},
      {"tolerance beyond a rate", "worse: higher, tolerance: 0.15", "worse: higher, tolerance: 15",
       19, "expected less than 1"},
      {"exact estimate", "worse: higher, tolerance: 0.15", "worse: higher, kind: exact", 19,
       "cannot be exact"},
      {"statistical count", "id: bytes, worse: higher, kind: exact",
       "id: bytes, worse: higher, tolerance: 5", 21, "counted, not estimated"},
      {"too few seeds for a test over seeds", "seeds: [1, 2, 3, 4, 5], max: 10", "seeds: [1, 2]",
       17, "at least 5 seeds"},
      {"seeds twice", "seeds: [1, 2, 3, 4, 5]", "seeds: [1, 2, 3, 4, 5, 5]", 17, "differ"},
      {"max below the seeds", "max: 10", "max: 3", 17, "at least the 5 seeds"},
      {"adaptive twice", "adaptive: [false, true]", "adaptive: [true, true]", 16, "at most once"},
      {"more clients than records", "clients: 4", "clients: 4, train: 3", 7,
       "one client per record"},
      {"loss that does not fit the data", "lr: 0.1}", "lr: 0.1, loss: bce_with_logits}", 9,
       "2 classes"},
      {"repeatable with a measured clock", "gate:", "links: {clock: measured}\ngate:", 24,
       "not repeatable"},
      {"unclosed bracket", "tags: [a]}", "tags: [a}", 0, ""},
      {"tab as indentation", "  - {id: bytes", "\t- {id: bytes", 21, ""},
      {"unknown anchor", "lr: 0.1", "lr: *nothing", 9, ""},
      {"a tag", "rounds: 20", "rounds: !!int 20", 9, "tag"},
      {"two documents", "gate: {alpha: 0.05}\n", "gate: {alpha: 0.05}\n---\nschema: 1\n", 26,
       "one document"},
      {"cyclic anchor", "info: {name: \"A question?\", tags: [a]}",
       "info: &x {name: \"A question?\", tags: [*x]}", 3, "inside its own anchor"},
      {"a list as key", "info: {name: \"A question?\", tags: [a]}", "info: {[1, 2]: 3}", 3,
       "as key"},
      {"a control character", "A question?", std::string("A \x01 question"), 3, "byte 0x01"},
      {"bytes that are no text", "A question?", "A \xff\xfe question", 3, "byte 0xff"},
  };
  return table;
}

}  // namespace assay::scenarios
