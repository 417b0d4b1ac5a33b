#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/random/csprng.h"
#include "core/update/update.h"

namespace assay {

/// The law of noise that a defense adds to every coordinate it sends.
struct NoiseLaw {
  enum class Law { gaussian, laplace };
  Law law = Law::gaussian;
  double stddev = 0.0;  ///< absolute, or in units of the update's root mean square
  bool relative_to_rms = false;
};

/// What everybody knows of a defense (Kerckhoffs): all but its random draws.
///
/// Adaptive attackers read the properties and never ask for the kind, so that a new defense meets
/// every attacker. The kind and its parameters are for people.
struct PublicDescription {
  std::string kind = "none";
  nlohmann::json parameters = nlohmann::json::object();
  /// Coordinates may be left out; Update::sent tells which of a message were.
  bool omits_coordinates = false;
  /// What is left out is no larger in magnitude than the smallest that was sent.
  bool omits_smallest = false;
  std::vector<NoiseLaw> noise;
  /// Each record's gradient was scaled down to this L2 norm if it was above it.
  std::optional<double> clip_norm;
};
nlohmann::json to_json(const PublicDescription& description);
PublicDescription public_description_from_json(const nlohmann::json& json);

/// What a defense may use beside the update: all of it belongs to the client itself.
struct LocalStep {
  const ModelSpec& spec;
  const Parameters& weights;
  const at::Tensor& inputs;
  const at::Tensor& labels;
  Csprng& random;  ///< for this message alone
};

/// Transforms an update before it leaves its owner, and gives it its wire format. Stateful: one
/// instance per client.
class Defense {
 public:
  virtual ~Defense() = default;
  /// Errors: std::invalid_argument if the update does not fit the model.
  virtual Message apply(const Update& update, const LocalStep& own) = 0;
  /// What the receiver, or anyone who sees the message, reads in it.
  /// Errors: std::invalid_argument for a message that apply() cannot have made.
  virtual Update decode(const Message& message) const = 0;
  virtual const PublicDescription& describe() const = 0;
  /// The most bytes that a message can take.
  virtual std::int64_t max_message_bytes() const = 0;
  /// A copy with its state, so that a probe does not disturb the training.
  virtual std::unique_ptr<Defense> clone() const = 0;
};

/// Sends updates as they are.
std::unique_ptr<Defense> no_defense(const ModelSpec& spec);

/// Makes the instance of one client.
using DefenseFactory = std::function<std::unique_ptr<Defense>(const ModelSpec& spec)>;

}  // namespace assay
