#pragma once

#include "core/net/transport.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// One party's side of a computation: its peers, its provider, and the count of its messages.
class Session {
 public:
  Session(Transport& wire, Rank parties, Provider& provider, Phase phase)
      : wire_(wire), parties_(parties), provider_(provider), phase_(phase) {}

  Rank rank() const { return wire_.rank(); }
  Rank parties() const { return parties_; }
  Provider& provider() { return provider_; }
  /// Later messages belong to another phase.
  void enter(Phase phase) { phase_ = phase; }
  /// Whether this rank takes part: a dealer of its own runs the program on masks alone, neither
  /// sends nor receives an opening, and sees zeros in its place.
  bool computes() const { return rank() < parties_; }
  /// One party adds what is public.
  bool adds_public() const { return rank() == 0; }

  /// What the parties' shares add up to, told to everyone. 1 round; each party sends its share to
  /// each other. Errors: TransportError if a peer's share has another size.
  at::Tensor open(Group group, const std::string& label, const at::Tensor& share);
  /// Every party's words at `to`, by rank; empty elsewhere. 1 round.
  std::vector<at::Tensor> gather(Rank to, const std::string& label, const at::Tensor& words);
  /// The owner's words, told to everyone.
  at::Tensor broadcast(Rank owner, const std::string& label, const at::Tensor& words);

 private:
  Tag next(const std::string& label) { return {phase_, label, sequence_++}; }
  std::vector<Receipt> from_others(const Tag& tag, at::IntArrayRef sizes);

  Transport& wire_;
  Rank parties_;
  Provider& provider_;
  Phase phase_;
  std::uint64_t sequence_ = 0;
};

}  // namespace assay::mpc::additive
