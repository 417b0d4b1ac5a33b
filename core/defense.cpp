#include "core/defense.h"

namespace assay {

NLOHMANN_JSON_SERIALIZE_ENUM(NoiseLaw::Law, {{NoiseLaw::Law::gaussian, "gaussian"},
                                             {NoiseLaw::Law::laplace, "laplace"}})

namespace {

class NoDefense final : public Defense {
 public:
  explicit NoDefense(const ModelSpec& spec) : shapes_(parameters_of(spec)) {}
  Message apply(const Update& update, const LocalStep&) override { return encode_dense(update); }
  Update decode(const Message& message) const override { return decode_dense(shapes_, message); }
  const PublicDescription& describe() const override { return description_; }
  std::int64_t max_message_bytes() const override { return dense_bytes(shapes_); }
  std::unique_ptr<Defense> clone() const override { return std::make_unique<NoDefense>(*this); }

 private:
  std::vector<ParameterSpec> shapes_;
  PublicDescription description_;
};

}  // namespace

std::unique_ptr<Defense> no_defense(const ModelSpec& spec) {
  return std::make_unique<NoDefense>(spec);
}

nlohmann::json to_json(const PublicDescription& d) {
  nlohmann::json noise = nlohmann::json::array();
  for (const auto& law : d.noise) {
    noise.push_back(
        {{"law", law.law}, {"stddev", law.stddev}, {"relative_to_rms", law.relative_to_rms}});
  }
  return {{"kind", d.kind},
          {"parameters", d.parameters},
          {"omits_coordinates", d.omits_coordinates},
          {"omits_smallest", d.omits_smallest},
          {"noise", noise},
          {"clip_norm", d.clip_norm ? nlohmann::json(*d.clip_norm) : nlohmann::json()}};
}

PublicDescription public_description_from_json(const nlohmann::json& j) {
  PublicDescription d;
  d.kind = j.at("kind");
  d.parameters = j.at("parameters");
  d.omits_coordinates = j.at("omits_coordinates");
  d.omits_smallest = j.at("omits_smallest");
  for (const auto& law : j.at("noise")) {
    d.noise.push_back(
        {law.at("law").get<NoiseLaw::Law>(), law.at("stddev"), law.at("relative_to_rms")});
  }
  if (!j.at("clip_norm").is_null()) d.clip_norm = j.at("clip_norm").get<double>();
  return d;
}

}  // namespace assay
