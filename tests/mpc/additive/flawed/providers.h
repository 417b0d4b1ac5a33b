#pragma once

#include <functional>
#include <map>
#include <memory>

#include "mpc/additive/provider.h"

// Dealers with a flaw, the same at every party. The tests of security must tell each of them from
// the right one: a test that no flaw fails says nothing.

namespace assay::mpc::additive::flawed {

using Given = std::unique_ptr<Provider>;
/// Makes another provider of the right one, at every rank.
using Wrap = std::function<Given(Given right, int rank)>;

/// A provider that does as another one does.
class Passing : public Provider {
 public:
  explicit Passing(Given right) : right_(std::move(right)) {}
  Dealt draw(Group group, at::IntArrayRef sizes) override { return right_->draw(group, sizes); }
  Dealt draw_for(int owner, at::IntArrayRef sizes) override {
    return right_->draw_for(owner, sizes);
  }
  at::Tensor deal(Group group, at::IntArrayRef sizes,
                  const std::function<at::Tensor()>& value) override {
    return right_->deal(group, sizes, value);
  }
  bool deals() const override { return right_->deals(); }
  bool follows_openings() const override { return right_->follows_openings(); }

 private:
  Given right_;
};

/// A triple used twice: the second of two draws of one shape gives the first one's mask again, so
/// that two openings differ by what the secrets differ by.
class TripleUsedTwice final : public Passing {
 public:
  using Passing::Passing;
  Dealt draw(Group group, at::IntArrayRef sizes) override;

 private:
  std::map<std::pair<Group, std::vector<std::int64_t>>, Dealt> last_;
};

/// Every party's share of a mask is two bits short, so that large values shine through. For 2
/// parties: of more, the dealer does not know each one's share.
class BiasedMask final : public Passing {
 public:
  using Passing::Passing;
  Dealt draw(Group group, at::IntArrayRef sizes) override;
};

/// An owner expands each input's mask from a seed of 32 bits.
class ShortSeeds final : public Passing {
 public:
  using Passing::Passing;
  Dealt draw_for(int owner, at::IntArrayRef sizes) override;
};
/// The first word that such a seed expands to.
std::uint64_t first_word_of_short_seed(std::uint32_t seed);

/// Party 0, who deals as trusted first party, keeps no share of the masks: the others together know
/// them.
class MissingShare final : public Passing {
 public:
  using Passing::Passing;
  Dealt draw(Group group, at::IntArrayRef sizes) override;
  Dealt draw_for(int owner, at::IntArrayRef sizes) override;
};

template <class T>
Wrap flaw() {
  return [](Given right, int) { return std::make_unique<T>(std::move(right)); };
}

}  // namespace assay::mpc::additive::flawed
