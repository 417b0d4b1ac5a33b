#include "defenses/chain.h"

namespace assay::defenses {
namespace {

class Chain final : public Defense {
 public:
  explicit Chain(std::vector<std::unique_ptr<Defense>> links) : links_(std::move(links)) {
    description_.parameters = nlohmann::json::array();
    std::string kinds;
    for (const auto& link : links_) {
      const auto& d = link->describe();
      kinds += (kinds.empty() ? "" : "+") + d.kind;
      description_.parameters.push_back({{"kind", d.kind}, {"parameters", d.parameters}});
      description_.noise.insert(description_.noise.end(), d.noise.begin(), d.noise.end());
      // A later link that sends every coordinate fills the gaps of the earlier ones.
      description_.omits_coordinates = d.omits_coordinates;
      description_.omits_smallest = d.omits_smallest;
    }
    description_.kind = kinds;
  }

  Message apply(const Update& update, const LocalStep& own) override {
    Update current = update;
    Message message;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      message = links_[i]->apply(current, own);
      if (i + 1 < links_.size()) current = links_[i]->decode(message);
    }
    return message;
  }
  Update decode(const Message& message) const override { return links_.back()->decode(message); }
  const PublicDescription& describe() const override { return description_; }
  std::int64_t max_message_bytes() const override { return links_.back()->max_message_bytes(); }
  std::unique_ptr<Defense> clone() const override {
    std::vector<std::unique_ptr<Defense>> copies;
    for (const auto& link : links_)
      copies.push_back(link->clone());
    return std::make_unique<Chain>(std::move(copies));
  }

 private:
  std::vector<std::unique_ptr<Defense>> links_;
  PublicDescription description_;
};

}  // namespace

std::unique_ptr<Defense> chain(const ModelSpec& spec, std::vector<std::unique_ptr<Defense>> links) {
  if (links.empty()) return no_defense(spec);
  if (links.size() == 1) return std::move(links.front());
  return std::make_unique<Chain>(std::move(links));
}

}  // namespace assay::defenses
