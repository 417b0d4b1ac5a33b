#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include "core/models/zoo.h"

#include "core/random/derive.h"
#include "defenses/chain.h"
#include "defenses/gaussian_noise.h"
#include "defenses/prune.h"
#include "tests/catch.h"

namespace assay::defenses {
namespace {

const ModelSpec& model() {
  static const auto spec = build_model({.name = "mlp", .hidden = {40}}, {30}, 5);
  return spec;
}

struct Applied {
  Update original, received;
  Message message;
};
Applied apply(Defense& defense, std::uint64_t seed = 1) {
  Stream stream(seed);
  Update update{{}, {}, 7};
  for (const auto& shape : parameters_of(model()))
    update.values.push_back(stream.normal(shape.shape));
  const auto inputs = at::zeros({1, 30}), labels = at::zeros({1}, at::kLong);
  const Parameters weights;
  Csprng random(derive_key("test", {std::to_string(seed)}), "noise");
  auto message = defense.apply(update, {model(), weights, inputs, labels, random});
  auto received = defense.decode(message);
  return {update, std::move(received), std::move(message)};
}

TEST_CASE("pruning keeps the largest coordinates exactly, and says which") {
  for (double keep : {0.0005, 0.01, 0.03, 0.1, 0.5, 0.8, 1.0}) {
    const auto defense = prune(model(), {keep});
    const auto [original, received, message] = apply(*defense);
    const auto before = flatten(original.values), after = flatten(received.values);
    const auto sent = flatten(received.sent);
    const auto n = before.numel();
    const auto kept = std::max<std::int64_t>(1, std::llround(keep * static_cast<double>(n)));
    CHECK(sent.sum().item<std::int64_t>() == kept);
    CHECK(at::equal(after, before * sent));
    if (kept < n) {
      CHECK(before.masked_select(sent).abs().min().item<float>() >=
            before.masked_select(~sent).abs().max().item<float>());
    }
    CHECK(received.examples == 7);
    // Declared = counted: 16 bytes, positions as bitmap or indices, 4 bytes a value.
    CHECK(static_cast<std::int64_t>(message.size()) ==
          16 + std::min((n + 7) / 8, 4 * kept) + 4 * kept);
    CHECK(static_cast<std::int64_t>(message.size()) <= defense->max_message_bytes());
    CHECK(defense->describe().omits_coordinates == (kept < n));
  }
}

TEST_CASE("pruning by tensor keeps the same share of each") {
  for (double keep : {0.001, 0.1, 0.8}) {
    const auto defense = prune(model(), {keep, PruneOptions::Scope::tensor});
    const auto [original, received, message] = apply(*defense);
    REQUIRE(received.sent.size() > 1);
    for (std::size_t i = 0; i < received.sent.size(); ++i) {
      const auto before = original.values[i].flatten(), sent = received.sent[i].flatten();
      const auto n = before.numel();
      const auto kept = std::max<std::int64_t>(1, std::llround(keep * static_cast<double>(n)));
      CHECK(sent.sum().item<std::int64_t>() == kept);
      CHECK(at::equal(received.values[i].flatten(), before * sent));
      if (kept < n) {
        CHECK(before.masked_select(sent).abs().min().item<float>() >=
              before.masked_select(~sent).abs().max().item<float>());
      }
    }
    CHECK(static_cast<std::int64_t>(message.size()) <= defense->max_message_bytes());
  }
}

TEST_CASE("a pruned update whose positions are not those of its tensors is refused") {
  const auto by_tensor = prune(model(), {0.5, PruneOptions::Scope::tensor});
  const auto over_all = prune(model(), {0.5});
  const auto sent = apply(*over_all);
  const auto kept = apply(*by_tensor).received.sent;
  // As many values, but not as many of each tensor.
  REQUIRE(flatten(sent.received.sent).sum().equal(flatten(kept).sum()));
  REQUIRE(!sent.received.sent[0].sum().equal(kept[0].sum()));
  CHECK_THROWS_WITH(by_tensor->decode(sent.message), Catch::Matchers::Contains("of each tensor"));
}

TEST_CASE("noise has its law, absolute and relative to the update") {
  for (bool relative : {false, true}) {
    const auto defense = gaussian_noise(model(), {0.3, relative});
    std::vector<at::Tensor> rows;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const auto a = apply(*defense, seed);
      const auto rms = flatten(a.original.values).square().mean().sqrt();
      auto noise = flatten(a.received.values) - flatten(a.original.values);
      rows.push_back(relative ? noise / rms : noise);
    }
    const auto noise = at::cat(rows).to(at::kDouble) / 0.3;
    // 86,700 draws: standard errors 0.0034, 0.0048 and 0.033; 5 of them fail once in 1.7 million.
    CHECK(std::abs(noise.mean().item<double>()) < 0.017);
    CHECK(std::abs(noise.square().mean().item<double>() - 1) < 0.024);
    CHECK(std::abs(noise.pow(4).mean().item<double>() - 3) < 0.17);
    REQUIRE(defense->describe().noise.size() == 1);
    CHECK(defense->describe().noise[0].stddev == 0.3);
    CHECK(defense->describe().noise[0].relative_to_rms == relative);
  }
}

TEST_CASE("a chain applies its links in order and speaks the last one's format") {
  auto make = [](bool noise_first) {
    std::vector<std::unique_ptr<Defense>> links;
    if (noise_first) links.push_back(gaussian_noise(model(), {0.1, false}));
    links.push_back(prune(model(), {0.25}));
    if (!noise_first) links.push_back(gaussian_noise(model(), {0.1, false}));
    return chain(model(), std::move(links));
  };
  const auto noisy_then_pruned = make(true), pruned_then_noisy = make(false);
  const auto a = apply(*noisy_then_pruned);
  CHECK(!a.received.sent.empty());
  CHECK(noisy_then_pruned->describe().kind == "gaussian_noise+prune");
  CHECK(noisy_then_pruned->describe().omits_coordinates);
  CHECK(noisy_then_pruned->describe().noise.size() == 1);
  const auto b = apply(*pruned_then_noisy);
  CHECK(b.received.sent.empty());  // noise fills the gaps
  CHECK(!pruned_then_noisy->describe().omits_coordinates);
  CHECK((flatten(b.received.values) != 0).all().item<bool>());

  const auto none = chain(model(), {});
  CHECK(none->describe().kind == "none");
  const auto c = apply(*none);
  CHECK(at::equal(flatten(c.received.values), flatten(c.original.values)));
  const auto copy = noisy_then_pruned->clone();
  CHECK((apply(*copy).message == a.message));
}

TEST_CASE("public descriptions survive their JSON") {
  const auto defense = gaussian_noise(model(), {0.1, true});
  const auto back = public_description_from_json(to_json(defense->describe()));
  CHECK(to_json(back) == to_json(defense->describe()));
}

TEST_CASE("options out of range are refused") {
  for (double keep : {0.0, -1.0, 1.5, std::nan("")})
    CHECK_THROWS_AS(prune(model(), {keep}), std::invalid_argument);
  for (double sd : {-0.1, std::nan(""), double{INFINITY}}) {
    CHECK_THROWS_AS(gaussian_noise(model(), {sd, false}), std::invalid_argument);
  }
}

TEST_CASE("hostile messages are refused, whatever the format") {
  std::vector<std::unique_ptr<Defense>> defenses;
  defenses.push_back(no_defense(model()));
  defenses.push_back(prune(model(), {0.01}));  // indices
  defenses.push_back(prune(model(), {0.5}));   // bitmap
  defenses.push_back(prune(model(), {0.5, PruneOptions::Scope::tensor}));
  for (auto& defense : defenses) {
    const auto good = apply(*defense).message;
    for (std::size_t size = 0; size < good.size(); ++size) {
      CHECK_THROWS_AS(
          defense->decode(Message(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
          std::invalid_argument);
    }
    auto longer = good;
    longer.push_back(std::byte{0});
    CHECK_THROWS_AS(defense->decode(longer), std::invalid_argument);
    Stream stream(5);
    for (int i = 0; i < 2000; ++i) {
      auto bad = good;
      bad[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(bad.size())))] =
          static_cast<std::byte>(stream.below(256));
      try {
        defense->decode(bad);
      } catch (const std::invalid_argument&) {
      }
    }
  }
  // An index out of range, a repeated one, and bits behind the last coordinate.
  auto indices = apply(*defenses[1]).message;
  std::fill_n(indices.begin() + 16, 4, std::byte{0xff});
  CHECK_THROWS_AS(defenses[1]->decode(indices), std::invalid_argument);
  auto twice = apply(*defenses[1]).message;
  std::copy_n(twice.begin() + 16, 4, twice.begin() + 20);
  CHECK_THROWS_AS(defenses[1]->decode(twice), std::invalid_argument);
}

}  // namespace
}  // namespace assay::defenses
