#include "mpc/kernels/less_than.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace assay::mpc {
namespace {

/// Several words at once, whatever vector registers there are.
constexpr std::int64_t kLanes = 8;
using Words = std::uint64_t __attribute__((vector_size(kLanes * 8)));

Words load(const std::uint64_t* from, std::int64_t count) {
  Words out{};
  __builtin_memcpy(&out, from, static_cast<std::size_t>(std::min(count, kLanes)) * 8);
  return out;
}
void store(const Words& words, std::uint64_t* to, std::int64_t count) {
  __builtin_memcpy(to, &words, static_cast<std::size_t>(std::min(count, kLanes)) * 8);
}

/// A polynomial over GF(2) in `bits` variables: the coefficient of each product of them.
template <int bits>
using Polynomial = std::array<Words, std::size_t{1} << bits>;

template <int bits>
struct Predicates {
  Polynomial<bits> lt, eq;
};

/// The predicates of two neighbouring groups, joined; r's variables of `low` come first.
template <int bits>
Predicates<2 * bits> join(const Predicates<bits>& high, const Predicates<bits>& low) {
  constexpr std::size_t size = std::size_t{1} << bits;
  Predicates<2 * bits> out;
  for (std::size_t h = 0; h < size; ++h) {
    for (std::size_t l = 0; l < size; ++l) {
      out.eq[h * size + l] = high.eq[h] & low.eq[l];
      out.lt[h * size + l] = high.eq[h] & low.lt[l];
    }
    out.lt[h * size] ^= high.lt[h];
  }
  return out;
}

/// c < r is (not c) r; c = r is 1 + c + r.
Predicates<1> one_bit(const Words& c) {
  return {.lt = {Words{}, ~c}, .eq = {~c, ~Words{}}};
}

}  // namespace

void nibble_products(std::int64_t nibbles, std::int64_t blocks, std::span<const std::uint64_t> bits,
                     std::span<std::uint64_t> products) {
  for (std::int64_t k = 0; k < nibbles; ++k) {
    const auto* r = bits.data() + 4 * (nibbles - 1 - k) * blocks;
    auto* out = products.data() + k * kNibbleProducts * blocks;
    for (std::int64_t b = 0; b < blocks; b += kLanes) {
      std::array<Words, 16> product;
      product[0] = ~Words{};
      for (std::size_t s = 1; s < 16; ++s) {
        const auto lowest = static_cast<std::int64_t>(std::countr_zero(s));
        product[s] = product[s & (s - 1)] & load(r + lowest * blocks + b, blocks - b);
        store(product[s], out + (static_cast<std::int64_t>(s) - 1) * blocks + b, blocks - b);
      }
    }
  }
}

void compare_nibbles(std::int64_t nibbles, std::int64_t blocks, std::span<const std::uint64_t> c,
                     std::span<const std::uint64_t> products, bool adds_public,
                     std::span<std::uint64_t> lt, std::span<std::uint64_t> eq) {
  for (std::int64_t k = 0; k < nibbles; ++k) {
    const auto* bits = c.data() + 4 * (nibbles - 1 - k) * blocks;
    const auto* share = products.data() + k * kNibbleProducts * blocks;
    for (std::int64_t b = 0; b < blocks; b += kLanes) {
      const auto bit = [&](std::int64_t j) {
        return one_bit(load(bits + j * blocks + b, blocks - b));
      };
      const auto coefficient = join(join(bit(3), bit(2)), join(bit(1), bit(0)));
      Words less = adds_public ? coefficient.lt[0] : Words{};
      Words equal = adds_public ? coefficient.eq[0] : Words{};
      for (std::size_t s = 1; s < 16; ++s) {
        const auto r = load(share + (static_cast<std::int64_t>(s) - 1) * blocks + b, blocks - b);
        less ^= coefficient.lt[s] & r;
        equal ^= coefficient.eq[s] & r;
      }
      store(less, lt.data() + k * blocks + b, blocks - b);
      store(equal, eq.data() + k * blocks + b, blocks - b);
    }
  }
}

Join::Join(int members, bool want_lt, bool want_eq)
    : members_(members),
      equals_(want_eq ? members : members - 1),
      variables_(equals_ + (want_lt ? members - 1 : 0)),
      want_lt_(want_lt),
      want_eq_(want_eq) {
  if (members < 2 || members > 4) throw std::invalid_argument("expected 2 to 4 members of a group");
  const auto eq_below = [](int j) { return (std::uint32_t{1} << j) - 1; };  // eq_0 ... eq_{j-1}
  for (int j = 1; want_lt && j < members; ++j)
    terms_.push_back({eq_below(j) | (std::uint32_t{1} << (equals_ + j - 1)), false});
  if (want_eq) terms_.push_back({eq_below(members), true});
  row_.assign(std::size_t{1} << variables_, -1);
  for (const auto& term : terms_) {
    for (std::uint32_t s = term.variables; s != 0; s = (s - 1) & term.variables) {
      if (std::popcount(s) < 2 || row_[s] >= 0) continue;
      row_[s] = static_cast<int>(dealt_.size());
      dealt_.push_back(s);
    }
  }
}

void Join::products(std::int64_t blocks, std::span<const std::uint64_t> masks,
                    std::span<std::uint64_t> out) const {
  for (std::size_t i = 0; i < dealt_.size(); ++i) {
    auto* row = out.data() + static_cast<std::int64_t>(i) * blocks;
    std::fill(row, row + blocks, ~std::uint64_t{0});
    for (int v = 0; v < variables_; ++v) {
      if ((dealt_[i] >> v & 1) == 0) continue;
      const auto* mask = masks.data() + v * blocks;
      for (std::int64_t b = 0; b < blocks; ++b)
        row[b] &= mask[b];
    }
  }
}

void Join::evaluate(std::int64_t blocks, std::span<const std::uint64_t> open,
                    std::span<const std::uint64_t> masks, std::span<const std::uint64_t> dealt,
                    bool adds_public, std::span<std::uint64_t> lt,
                    std::span<std::uint64_t> eq) const {
  for (std::int64_t b = 0; b < blocks; b += kLanes) {
    Words less{}, equal{};
    for (const auto& term : terms_) {
      // product over the term of (open + mask) = sum over its subsets of masks times the rest, open
      auto& sum = term.of_eq ? equal : less;
      for (std::uint32_t s = term.variables;; s = (s - 1) & term.variables) {
        Words factor = ~Words{};
        for (int v = 0; v < variables_; ++v) {
          if (((term.variables & ~s) >> v & 1) != 0)
            factor &= load(open.data() + v * blocks + b, blocks - b);
        }
        if (s == 0) {
          if (adds_public) sum ^= factor;
          break;
        }
        const auto* share = std::popcount(s) == 1 ? masks.data() + std::countr_zero(s) * blocks
                                                  : dealt.data() + row_[s] * blocks;
        sum ^= factor & load(share + b, blocks - b);
      }
    }
    if (want_lt_) store(less, lt.data() + b, blocks - b);
    if (want_eq_) store(equal, eq.data() + b, blocks - b);
  }
}

std::vector<Join> join_groups(std::int64_t k, bool less) {
  std::vector<Join> groups;
  for (; k > 1; k -= std::min<std::int64_t>(k, 4)) {
    const bool last = k <= 4;
    groups.emplace_back(static_cast<int>(std::min<std::int64_t>(k, 4)), less, !less || !last);
  }
  return groups;
}

}  // namespace assay::mpc
