#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include "mpc/additive/additive.h"

#include "mpc/kernels/bit_slices.h"
#include "mpc/kernels/less_than.h"
#include "mpc/words.h"

namespace assay::mpc::additive {
namespace {

std::int64_t blocks_of(const at::Tensor& elements) {
  return slice_blocks(elements.numel());
}

/// The lowest 4 `nibbles` bits of some numbers, sliced: [4 nibbles, blocks].
at::Tensor bit_rows(const at::Tensor& numbers, std::int64_t nibbles) {
  const auto flat = numbers.contiguous();
  auto rows = at::empty({64, blocks_of(numbers)}, at::kLong);
  to_slices(words(flat), mutable_words(rows));
  return rows.narrow(0, 0, 4 * nibbles);
}

/// The rows of a level's results that enter its products: each group's eqs, then its lts but the
/// first.
std::vector<at::Tensor> variables_of(const std::vector<Join>& groups, const at::Tensor& lt,
                                     const at::Tensor& eq, bool less) {
  std::vector<at::Tensor> rows;
  std::int64_t first = 0;
  for (const auto& group : groups) {
    rows.push_back(eq.narrow(0, first, group.equals()));
    if (less) rows.push_back(lt.narrow(0, first + 1, group.members() - 1));
    first += group.members();
  }
  return rows;
}

}  // namespace

at::Tensor Additive::compare(const Difference& x, std::int64_t nibbles, Predicate predicate) {
  const bool less = predicate == Predicate::less;
  const auto blocks = blocks_of(x.c);
  auto& provider = session_.provider();

  // The nibbles: no message, since the products of r's bits are dealt.
  const auto products =
      provider.deal(Group::exclusive_or, {nibbles * kNibbleProducts, blocks}, [&] {
        const auto bits = bit_rows(x.r, nibbles).contiguous();
        auto all = at::empty({nibbles * kNibbleProducts, blocks}, at::kLong);
        nibble_products(nibbles, blocks, words(bits), mutable_words(all));
        return all;
      });
  auto lt = at::empty({nibbles, blocks}, at::kLong), eq = at::empty({nibbles, blocks}, at::kLong);
  compare_nibbles(nibbles, blocks, words(bit_rows(x.c, nibbles)), words(products),
                  session_.adds_public(), mutable_words(lt), mutable_words(eq));

  while (lt.size(0) > 1) {
    const auto k = lt.size(0);
    const auto groups = join_groups(k, less);
    const auto shares = at::cat(variables_of(groups, lt, eq, less));
    const auto mask = provider.draw(Group::exclusive_or, shares.sizes());
    const auto open = session_.open(Group::exclusive_or, "compare", shares.bitwise_xor(mask.share));

    std::vector<at::Tensor> next_lt, next_eq;
    std::int64_t row = 0, first = 0;
    for (const auto& group : groups) {
      const auto rows = static_cast<std::int64_t>(group.dealt().size());
      const auto own = mask.share.narrow(0, row, group.variables());
      const auto dealt = provider.deal(Group::exclusive_or, {rows, blocks}, [&] {
        auto all = at::empty({rows, blocks}, at::kLong);
        group.products(blocks, words(mask.value.narrow(0, row, group.variables())),
                       mutable_words(all));
        return all;
      });
      auto joined_lt = at::empty({1, blocks}, at::kLong),
           joined_eq = at::empty({1, blocks}, at::kLong);
      group.evaluate(blocks, words(open.narrow(0, row, group.variables())), words(own),
                     words(dealt), session_.adds_public(), mutable_words(joined_lt),
                     mutable_words(joined_eq));
      if (less) joined_lt.bitwise_xor_(lt.narrow(0, first, 1));
      next_lt.push_back(joined_lt);
      next_eq.push_back(joined_eq);
      row += group.variables();
      first += group.members();
    }
    if (first < k) {  // one result is left over
      next_lt.push_back(lt.narrow(0, first, 1));
      next_eq.push_back(eq.narrow(0, first, 1));
    }
    lt = at::cat(next_lt);
    eq = at::cat(next_eq);
  }
  return (less ? lt : eq).flatten();
}

/// x = c + m = c - r:  x_63 = c_63 xor r_63 xor [c mod 2^63 < r mod 2^63].
Bits Additive::is_negative(const Secret& x_in) {
  const auto x = masked(x_in);
  constexpr std::int64_t kLow63 = 0x7fffffffffffffff;
  Difference low{x.parts[0].bitwise_and(kLow63), {}};
  if (x.parts[2].defined()) low.r = x.parts[2].neg().bitwise_and(kLow63);
  const auto top = [](const at::Tensor& v) { return bit_rows(v, 16)[63]; };
  auto share = compare(low, 16, Predicate::less);
  share = share.bitwise_xor(session_.provider().deal(Group::exclusive_or, share.sizes(),
                                                     [&] { return top(x.parts[2].neg()); }));
  if (session_.adds_public()) share = share.bitwise_xor(top(x.parts[0]));
  return seal(share, x.sizes());
}

Bits Additive::is_zero(const Secret& x_in) {
  const auto x = masked(x_in);
  Difference all{x.parts[0], {}};
  if (x.parts[2].defined()) all.r = x.parts[2].neg();
  return seal(compare(all, 16, Predicate::equal), x.sizes());
}

}  // namespace assay::mpc::additive
