#include "core/view/archive.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/io/safetensors.h"

namespace assay {
namespace {

using nlohmann::json;

constexpr int kFormat = 2;

json to_json(const TrainSpec& t) {
  const auto& o = t.optimizer;
  return {{"rounds", t.rounds},
          {"local_steps", t.local_steps},
          {"batch", t.batch},
          {"loss", static_cast<int>(t.loss)},
          {"optimizer",
           {{"kind", static_cast<int>(o.kind)},
            {"lr", o.lr},
            {"momentum", o.momentum},
            {"nesterov", o.nesterov},
            {"weight_decay", o.weight_decay},
            {"beta1", o.beta1},
            {"beta2", o.beta2},
            {"epsilon", o.epsilon}}}};
}

TrainSpec train_spec_from(const json& j) {
  TrainSpec t;
  t.rounds = j.at("rounds");
  t.local_steps = j.at("local_steps");
  t.batch = j.at("batch");
  t.loss = static_cast<Loss>(j.at("loss").get<int>());
  const auto& o = j.at("optimizer");
  t.optimizer = {static_cast<OptimizerKind>(o.at("kind").get<int>()),
                 o.at("lr"),
                 o.at("momentum"),
                 o.at("nesterov"),
                 o.at("weight_decay"),
                 o.at("beta1"),
                 o.at("beta2"),
                 o.at("epsilon")};
  t.validate();
  return t;
}

json to_json(const PublicContext& c) {
  json j = {{"input_shape", c.input_shape},
            {"classes", c.classes},
            {"input_low", c.input_low},
            {"input_high", c.input_high},
            {"update_kind", c.update_kind == UpdateKind::gradient ? "gradient" : "weight_delta"},
            {"defense", assay::to_json(c.defense)}};
  if (c.model) j["model"] = assay::to_json(*c.model);
  if (c.train) j["train"] = to_json(*c.train);
  return j;
}

PublicContext context_from(const json& j) {
  PublicContext c;
  c.input_shape = j.at("input_shape").get<std::vector<std::int64_t>>();
  c.classes = j.at("classes");
  c.input_low = j.at("input_low");
  c.input_high = j.at("input_high");
  c.update_kind =
      j.at("update_kind") == "gradient" ? UpdateKind::gradient : UpdateKind::weight_delta;
  c.defense = public_description_from_json(j.at("defense"));
  if (j.contains("model")) c.model = model_spec_from_json(j.at("model"));
  if (j.contains("train")) c.train = train_spec_from(j.at("train"));
  return c;
}

std::string tensor_name(std::int64_t observation, const char* part, std::size_t index) {
  return fmt::format("{}.{}.{}", observation, part, index);
}

}  // namespace

void ViewArchive::save(const View& view, const std::filesystem::path& file) {
  TensorFile out;
  json observations = json::array();
  for (const auto& o : view.observations) {
    const auto& at = o.occasion();
    observations.push_back({{"id", o.id()},
                            {"kind", to_string(o.kind())},
                            {"replica", at.replica},
                            {"step", at.step},
                            {"probe", at.probe},
                            {"phase", static_cast<int>(at.phase)},
                            {"sequence", at.sequence},
                            {"from", o.from()},
                            {"to", o.to()},
                            {"examples", o.update().examples},
                            {"values", o.update().values.size()},
                            {"sent", o.update().sent.size()},
                            {"victims", o.victims()},
                            {"participants", o.participants()},
                            {"wire_bytes", o.wire_bytes()},
                            {"sent_at_s", o.sent_at_s()},
                            {"what", o.what()},
                            {"summands", o.share().summands},
                            {"covers", o.share().covers},
                            {"fraction_bits", o.share().fraction_bits}});
    for (std::size_t i = 0; i < o.update().values.size(); ++i) {
      out.tensors[tensor_name(o.id(), "value", i)] = o.update().values[i];
    }
    for (std::size_t i = 0; i < o.update().sent.size(); ++i) {
      out.tensors[tensor_name(o.id(), "sent", i)] = o.update().sent[i];
    }
  }
  out.note = {{"format", kFormat},
              {"role", view.role},
              {"context", to_json(view.context)},
              {"observations", std::move(observations)}};
  save_safetensors(out, file);
}

View ViewArchive::load(const std::filesystem::path& file) {
  const auto in = load_safetensors(file);
  try {
    if (in.note.at("format") != kFormat) {
      throw std::invalid_argument(fmt::format("expected a view of format {}", kFormat));
    }
    View view{.role = in.note.at("role"), .context = context_from(in.note.at("context"))};
    for (const auto& j : in.note.at("observations")) {
      const std::int64_t id = j.at("id");
      Observation::Content content{
          .kind = observation_kind_from_name(j.at("kind")),
          .occasion = {j.at("replica"), j.at("step"), j.at("probe"),
                       static_cast<Phase>(j.at("phase").get<int>()), j.at("sequence")},
          .from = j.at("from"),
          .to = j.at("to"),
          .update = {},
          .victims = j.at("victims").get<std::vector<VictimId>>(),
          .participants = j.at("participants"),
          .wire_bytes = j.at("wire_bytes"),
          .sent_at_s = j.at("sent_at_s"),
          .what = j.at("what"),
          .share = {j.at("summands"), j.at("covers"), j.at("fraction_bits")}};
      content.update.examples = j.at("examples");
      for (std::size_t i = 0; i < j.at("values").get<std::size_t>(); ++i) {
        content.update.values.push_back(in.at(tensor_name(id, "value", i)));
      }
      for (std::size_t i = 0; i < j.at("sent").get<std::size_t>(); ++i) {
        content.update.sent.push_back(in.at(tensor_name(id, "sent", i)));
      }
      view.observations.emplace_back(Observation::Permit(), id, std::move(content));
    }
    return view;
  } catch (const json::exception& error) {
    throw std::invalid_argument(fmt::format("{}: malformed view: {}", file.string(), error.what()));
  } catch (const std::out_of_range& error) {
    throw std::invalid_argument(fmt::format("{}: malformed view: {}", file.string(), error.what()));
  }
}

}  // namespace assay
