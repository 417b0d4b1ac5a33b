#include "mpc/system/engine.h"

#include <stdexcept>

#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"

namespace assay::mpc {

namespace {

std::unique_ptr<additive::Provider> provider_of(Party& party, const MpcOptions& options,
                                                const Csprng& dealing,
                                                const additive::FileProviderOptions* dealt) {
  switch (options.provider) {
    case MpcOptions::Dealer::trusted_first_party:
      return additive::trusted_first_party(party, dealing);
    case MpcOptions::Dealer::trusted_third_party:
      return additive::third_party(party, dealing);
    case MpcOptions::Dealer::files:
      if (dealt == nullptr) throw std::logic_error("mpc: nothing was dealt ahead");
      return additive::file_provider(party, *dealt);
  }
  throw std::logic_error("unreachable provider");
}

}  // namespace

Engine::Engine(Party& party, const MpcOptions& options, const Csprng& dealing,
               const additive::FileProviderOptions* dealt)
    : options_(options) {
  const auto bits = static_cast<int>(options.fraction_bits);
  if (options.protocol == MpcOptions::Kind::plain) {
    in_clear_ = std::make_unique<plain::InClear>(party.wire, Phase::setup);
    protocol_ = std::make_unique<plain::Plain>(
        plain::PlainOptions{.fraction_bits = bits, .checked = false}, in_clear_.get());
    return;
  }
  provider_ = provider_of(party, options, dealing, dealt);
  session_ = std::make_unique<additive::Session>(party.wire, static_cast<Rank>(options.parties),
                                                 *provider_, Phase::setup);
  auto additive = std::make_unique<additive::Additive>(
      *session_,
      additive::AdditiveOptions{.fraction_bits = bits, .truncation = options.truncation});
  additive_ = additive.get();
  protocol_ = std::move(additive);
}

Engine::Engine(additive::Additive& protocol, const MpcOptions& options)
    : options_(options), additive_(&protocol) {}

void Engine::enter(Phase phase) {
  if (session_) session_->enter(phase);
  if (in_clear_) in_clear_->enter(phase);
}

void Engine::truncate_exactly(bool exactly) {
  if (additive_ != nullptr)
    additive_->truncate_by(exactly ? additive::Truncation::exact : options_.truncation);
}

}  // namespace assay::mpc
