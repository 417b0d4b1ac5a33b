#include "attacks/model_inversion/mi_face.h"

#include <ATen/TensorOperators.h>

#include "core/data/corpus.h"
#include "core/models/zoo.h"
#include "core/training/evaluate.h"
#include "core/training/local_step.h"
#include "core/training/loss.h"
#include "core/view/recorder.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

/// What an outsider holds: a released softmax regression on half-size faces, trained here to
/// convergence.
struct FaceModel {
  Corpus corpus = load_corpus({.name = "att-faces-half"}, ASSAY_DATA, Stream(1));
  Model model;

  FaceModel() {
    model.spec = build_model({.name = "logistic-regression"}, corpus.input_shape, corpus.classes);
    Stream stream(1);
    model.parameters = initial_parameters(model.spec, stream);
    for (int i = 0; i < 150; ++i) {
      const auto g = loss_and_gradient(model.spec, model.parameters, Loss::cross_entropy,
                                       corpus.train.inputs, corpus.train.labels)
                         .gradient;
      for (std::size_t k = 0; k < g.size(); ++k)
        model.parameters[k] = model.parameters[k] - 0.02 * g[k];
    }
  }
  View view() const {
    PublicContext context;
    context.model = model.spec;
    context.input_shape = corpus.input_shape;
    context.classes = corpus.classes;
    Recorder recorder({{"outsider", {}}}, context, LinkMode::tls);
    recorder.released(model, 0);
    return recorder.views().at("outsider");
  }
};

const Attack::Progress kGoOn = [](double) { return true; };

TEST_CASE("MI-Face makes pictures that the target takes for its people, within the budget") {
  const FaceModel face;
  REQUIRE(accuracy(face.model, face.corpus.train) == 1.0);
  Stream stream(1);
  const auto evidence =
      make_mi_face({.classes = 6})->run(face.view(), {face.corpus.auxiliary}, {300}, stream, kGoOn);
  REQUIRE(evidence.reconstructions.size() == 6);
  for (std::size_t k = 0; k < 6; ++k) {
    const auto& r = evidence.reconstructions[k];
    CHECK(r.target_class == static_cast<std::int64_t>(k));
    CHECK(!r.diverged);
    CHECK(r.gradient_evaluations <= 300);
    CHECK(r.inputs.min().item<double>() >= 0.0);
    CHECK(r.inputs.max().item<double>() <= 1.0);
    CHECK(predictions(logits_of(face.model, r.inputs)).item<std::int64_t>() ==
          static_cast<std::int64_t>(k));
    CHECK(r.loss < 0.2);
    // It is nearer to its own people's mean than the start was.
    const auto rows =
        face.corpus.train.labels.eq(static_cast<std::int64_t>(k)).nonzero().squeeze(1);
    const auto person = face.corpus.train.inputs.index_select(0, rows).mean(0);
    const auto start = face.corpus.auxiliary.inputs.mean(0);
    const auto moved = (r.inputs[0] - start).flatten(), wanted = (person - start).flatten();
    CHECK((moved.dot(wanted) / (moved.norm() * wanted.norm())).item<double>() > 0.15);
  }
}

TEST_CASE("MI-Face says what it lacks") {
  using Catch::Matchers::Contains;
  const FaceModel face;
  Stream stream(1);
  const auto attack = make_mi_face({});
  CHECK_THROWS_WITH(attack->run(face.view(), {}, {300}, stream, kGoOn),
                    Contains("public pictures"));
  CHECK_THROWS_WITH(attack->run(restrict_view(face.view(), {}, {Knowledge::architecture}),
                                {face.corpus.auxiliary}, {300}, stream, kGoOn),
                    Contains("released model"));
  CHECK_THROWS_WITH(attack->run(restrict_view(face.view(), {ObservationKind::released_model}, {}),
                                {face.corpus.auxiliary}, {300}, stream, kGoOn),
                    Contains("architecture"));
  CHECK_THROWS_AS(make_mi_face({.step_rms = 0}), std::invalid_argument);
  CHECK_THROWS_AS(make_mi_face({.confidence = 1.5}), std::invalid_argument);
}

}  // namespace
}  // namespace assay::attacks
