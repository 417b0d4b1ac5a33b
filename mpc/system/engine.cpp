#include "mpc/system/engine.h"

#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"

namespace assay::mpc {

Engine::Engine(Party& party, const MpcOptions& options, const Csprng& dealing) : options_(options) {
  const auto bits = static_cast<int>(options.fraction_bits);
  if (options.protocol == MpcOptions::Kind::plain) {
    in_clear_ = std::make_unique<plain::InClear>(party.wire, Phase::setup);
    protocol_ = std::make_unique<plain::Plain>(
        plain::PlainOptions{.fraction_bits = bits, .checked = false}, in_clear_.get());
    return;
  }
  provider_ = options.provider == MpcOptions::Dealer::trusted_third_party
                  ? additive::third_party(party, dealing)
                  : additive::trusted_first_party(party, dealing);
  session_ = std::make_unique<additive::Session>(party.wire, static_cast<Rank>(options.parties),
                                                 *provider_, Phase::setup);
  auto additive = std::make_unique<additive::Additive>(
      *session_,
      additive::AdditiveOptions{.fraction_bits = bits, .truncation = options.truncation});
  additive_ = additive.get();
  protocol_ = std::move(additive);
}

void Engine::enter(Phase phase) {
  if (session_) session_->enter(phase);
  if (in_clear_) in_clear_->enter(phase);
}

void Engine::truncate_exactly(bool exactly) {
  if (additive_ != nullptr)
    additive_->truncate_by(exactly ? additive::Truncation::exact : options_.truncation);
}

}  // namespace assay::mpc
