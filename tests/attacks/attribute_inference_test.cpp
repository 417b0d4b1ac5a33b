#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/stack.h>

#include "attacks/attribute_inference/attribute.h"
#include "attacks/attribute_inference/fredrikson.h"
#include "core/models/zoo.h"
#include "core/training/evaluate.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "core/view/recorder.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

using Catch::Matchers::Contains;

constexpr std::int64_t kRecords = 400, kFeatures = 10, kHidden = 3;
const Attack::Progress kGoOn = [](double) { return true; };

/// Coins, one of which is asked for, and random labels: all that a model knows of them it has
/// learnt by heart.
Dataset coins(Stream stream) {
  const auto x = stream.uniform({kRecords, kFeatures}, 0, 1).gt(0.5).to(at::kFloat);
  return {x, stream.uniform({kRecords}, 0, 1).gt(0.5).to(at::kLong), {}};
}

View view_of(const Model& model) {
  PublicContext context;
  context.model = model.spec;
  context.input_shape = {kFeatures};
  context.classes = 2;
  Recorder recorder({{"outsider", {}}}, context, LinkMode::tls);
  recorder.released(model, 0);
  return recorder.views().at("outsider");
}

/// Trained on the first half of the records.
Model trained(const Dataset& records) {
  const auto spec = build_model({.name = "mlp", .hidden = {64}}, {kFeatures}, 2);
  auto stream = Stream(1).child("weights");
  Model model{spec, initial_parameters(spec, stream)};
  const auto adam = make_optimizer({.kind = OptimizerKind::adam, .lr = 0.02});
  const auto half = kRecords / 2;
  for (int step = 0; step < 400; ++step) {
    adam->step(model.parameters, loss_and_gradient(spec, model.parameters, Loss::cross_entropy,
                                                   records.inputs.narrow(0, 0, half),
                                                   records.labels.narrow(0, 0, half))
                                     .gradient);
  }
  return model;
}

Evidence attacked(const Model& model, Dataset records) {
  records.inputs = records.inputs.clone();
  records.inputs.select(1, kHidden).zero_();
  const Auxiliary auxiliary{.public_data = coins(Stream(2)), .candidates = records};
  Stream stream(9);
  return make_fredrikson({.feature = kHidden})->run(view_of(model), auxiliary, {}, stream, kGoOn);
}

double right(const Evidence& evidence, const Dataset& records, std::int64_t from) {
  const auto half = kRecords / 2;
  const auto& found = evidence.reconstructions.at(0).inputs;
  return found.select(1, kHidden)
      .narrow(0, from, half)
      .eq(records.inputs.select(1, kHidden).narrow(0, from, half))
      .to(at::kDouble)
      .mean()
      .item<double>();
}

TEST_CASE("fredrikson finds an attribute of what a model has learnt by heart, and of no other") {
  const auto records = coins(Stream(1).child("records"));
  const auto model = trained(records);
  const auto evidence = attacked(model, records);
  // Guesses of 200 coins have a standard deviation of 0.035.
  CHECK(right(evidence, records, 0) > 0.67);
  CHECK(right(evidence, records, kRecords / 2) == Approx(0.5).margin(0.14));
  CHECK(evidence.model_queries == 2 * kRecords);
  // All else of the records is as it was.
  auto found = evidence.reconstructions[0].inputs.clone();
  found.select(1, kHidden).copy_(records.inputs.select(1, kHidden));
  CHECK(at::equal(found, records.inputs));
}

TEST_CASE("what is the same for every value is decided by the shares among public records") {
  auto records = coins(Stream(1).child("records"));
  const auto spec = build_model({.name = "mlp", .hidden = {4}}, {kFeatures}, 2);
  auto stream = Stream(1);
  Model model{spec, initial_parameters(spec, stream)};
  model.parameters[0].zero_();  // blind to its input
  auto known = records;
  known.inputs = records.inputs.clone();
  known.inputs.select(1, kHidden).copy_(at::arange(kRecords).remainder(4).eq(0).to(at::kFloat));
  const Auxiliary auxiliary{.public_data = known, .candidates = records};
  Stream draws(9);
  const auto evidence =
      make_fredrikson({.feature = kHidden})->run(view_of(model), auxiliary, {}, draws, kGoOn);
  CHECK(evidence.reconstructions[0].inputs.select(1, kHidden).sum().item<double>() == 0.0);
}

TEST_CASE("imputation knows an attribute from the others where they have to do with one another") {
  auto records = coins(Stream(5));
  auto& x = records.inputs;
  x = x.clone();
  x.select(1, kHidden).copy_(x.select(1, 0));  // a twin
  const Attribute attribute(records, kHidden);
  const auto imputed = attribute.values().index_select(0, attribute.imputed(records, records));
  CHECK(at::equal(imputed, x.select(1, kHidden)));

  const auto strangers = coins(Stream(6));  // without a twin: a coin
  const Attribute coin(strangers, kHidden);
  const auto others = coins(Stream(7));
  const auto guesses = coin.values().index_select(0, coin.imputed(strangers, others));
  CHECK(guesses.eq(others.inputs.select(1, kHidden)).to(at::kDouble).mean().item<double>() ==
        Approx(0.5).margin(0.13));
}

TEST_CASE("attributes with one value, or with many, are refused") {
  auto records = coins(Stream(1));
  CHECK_THROWS_WITH(Attribute(records, 10), Contains("expected feature 10 of a table"));
  records.inputs = records.inputs.clone();
  records.inputs.select(1, kHidden).fill_(1.0);
  CHECK_THROWS_WITH(Attribute(records, kHidden), Contains("2 to 16 values"));
  records.inputs.select(1, kHidden).copy_(at::arange(kRecords));
  CHECK_THROWS_WITH(Attribute(records, kHidden), Contains("got 400"));
  CHECK_THROWS_AS(make_fredrikson({.feature = -1}), std::invalid_argument);
  Stream draws(9);
  CHECK_THROWS_WITH(make_fredrikson({.feature = kHidden})
                        ->run(view_of(trained(records)), {.candidates = records}, {}, draws, kGoOn),
                    Contains("public records"));
}

}  // namespace
}  // namespace assay::attacks
