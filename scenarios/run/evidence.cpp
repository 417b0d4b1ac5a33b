#include "scenarios/run/evidence.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include "core/io/safetensors.h"

namespace assay::scenarios {

using nlohmann::json;

void save_evidence(const Evidence& evidence, const std::filesystem::path& file) {
  TensorFile out;
  json list = json::array();
  for (std::size_t i = 0; i < evidence.reconstructions.size(); ++i) {
    const auto& r = evidence.reconstructions[i];
    json entry = {{"observation", r.observation},
                  {"labels", r.labels},
                  {"gradient_evaluations", r.gradient_evaluations},
                  {"diverged", r.diverged},
                  // JSON has no NaN: a loss that is none is absent.
                  {"loss", std::isfinite(r.loss) ? json(r.loss) : json()}};
    if (r.target_class) entry["target_class"] = *r.target_class;
    list.push_back(std::move(entry));
    out.tensors[std::to_string(i)] = r.inputs;
  }
  out.note = {{"reconstructions", std::move(list)}, {"model_queries", evidence.model_queries}};
  auto candidates = at::empty({std::ssize(evidence.memberships)}, at::kLong);
  auto scores = at::empty({std::ssize(evidence.memberships)}, at::kDouble);
  for (std::size_t i = 0; i < evidence.memberships.size(); ++i) {
    candidates.mutable_data_ptr<std::int64_t>()[i] = evidence.memberships[i].candidate;
    scores.mutable_data_ptr<double>()[i] = evidence.memberships[i].score;
  }
  out.tensors["candidates"] = candidates;
  out.tensors["scores"] = scores;
  save_safetensors(out, file);
}

Evidence load_evidence(const std::filesystem::path& file) {
  const auto in = load_safetensors(file);
  Evidence evidence;
  try {
    for (const auto& entry : in.note.at("reconstructions")) {
      Reconstruction r;
      r.observation = entry.at("observation");
      r.labels = entry.at("labels").get<std::vector<std::int64_t>>();
      r.gradient_evaluations = entry.at("gradient_evaluations");
      r.diverged = entry.at("diverged");
      r.loss = entry.at("loss").is_null() ? std::numeric_limits<double>::quiet_NaN()
                                          : entry.at("loss").get<double>();
      if (entry.contains("target_class"))
        r.target_class = entry.at("target_class").get<std::int64_t>();
      r.inputs = in.at(std::to_string(evidence.reconstructions.size()));
      evidence.reconstructions.push_back(std::move(r));
    }
    evidence.model_queries = in.note.at("model_queries");
    const auto &candidates = in.at("candidates"), &scores = in.at("scores");
    if (candidates.sizes() != scores.sizes()) throw std::invalid_argument("scores of candidates");
    for (std::int64_t i = 0; i < candidates.numel(); ++i) {
      evidence.memberships.push_back(
          {candidates.const_data_ptr<std::int64_t>()[i], scores.const_data_ptr<double>()[i]});
    }
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("{}: malformed evidence: {}", file.string(), error.what()));
  }
  return evidence;
}

}  // namespace assay::scenarios
