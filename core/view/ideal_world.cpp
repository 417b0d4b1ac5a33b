#include "core/view/ideal_world.h"

#include <ATen/core/Tensor.h>

namespace assay {
View IdealWorld::simulate(const View& view, Stream& stream) {
  View out = view;
  out.observations.clear();
  for (const auto& o : view.observations) {
    Observation::Content content{o.kind(),      o.occasion(), o.from(),         o.to(),
                                 o.update(),    o.victims(),  o.participants(), o.wire_bytes(),
                                 o.sent_at_s(), o.what(),     o.share()};
    if (o.kind() == ObservationKind::share) {
      for (auto& words : content.update.values)
        words = stream.words(words.sizes());
    }
    out.observations.emplace_back(Observation::Permit(), o.id(), std::move(content));
  }
  return out;
}

}  // namespace assay
