#include "mpc/kernels/ring_conv.h"

#include <random>
#include <vector>

#include "tests/catch.h"

namespace assay::mpc {
namespace {

using Words = std::vector<std::uint64_t>;

Words random_words(std::mt19937_64& random, std::int64_t n) {
  Words words(static_cast<std::size_t>(n));
  for (auto& word : words)
    word = random();
  return words;
}

std::uint64_t inner_product(const Words& x, const Words& y) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += x[i] * y[i];
  return sum;
}

// The definition, in seven loops.
Words naive(const ConvShape& s, const Words& input, const Words& weight) {
  Words output;
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t o = 0; o < s.out_channels; ++o) {
      for (std::int64_t y = 0; y < s.out_h(); ++y) {
        for (std::int64_t x = 0; x < s.out_w(); ++x) {
          std::uint64_t sum = 0;
          for (std::int64_t c = 0; c < in_group; ++c) {
            for (std::int64_t i = 0; i < s.kernel_h; ++i) {
              for (std::int64_t j = 0; j < s.kernel_w; ++j) {
                const std::int64_t line = y * s.stride_h - s.pad_h + i * s.dilation_h;
                const std::int64_t at = x * s.stride_w - s.pad_w + j * s.dilation_w;
                if (line < 0 || line >= s.height || at < 0 || at >= s.width) continue;
                const std::int64_t channel = n * s.in_channels + o / out_group * in_group + c;
                sum += input[static_cast<std::size_t>((channel * s.height + line) * s.width + at)] *
                       weight[static_cast<std::size_t>(
                           ((o * in_group + c) * s.kernel_h + i) * s.kernel_w + j)];
              }
            }
          }
          output.push_back(sum);
        }
      }
    }
  }
  return output;
}

// <conv(x, w), g> = <x, input gradient> = <w, weight gradient>, for random x, w and g. The input
// gradient does not depend on x: an error e in it goes unseen only if <x, e> = 0, a chance of 2^-64
// where a word of e is odd. The same holds for the weight.
void check(const ConvShape& s, std::mt19937_64& random) {
  const Words x = random_words(random, s.input_words());
  const Words w = random_words(random, s.weight_words());
  const Words g = random_words(random, s.output_words());
  Words output = random_words(random, s.output_words());
  Words grad_input = random_words(random, s.input_words());
  Words grad_weight = random_words(random, s.weight_words());
  ring_conv2d(s, x, w, output);
  ring_conv2d_input_gradient(s, g, w, grad_input);
  ring_conv2d_weight_gradient(s, x, g, grad_weight);
  INFO("batch " << s.batch << ", channels " << s.in_channels << " to " << s.out_channels << " in "
                << s.groups << " groups, image " << s.height << " x " << s.width << ", kernel "
                << s.kernel_h << " x " << s.kernel_w << ", stride " << s.stride_h << " x "
                << s.stride_w << ", padding " << s.pad_h << " x " << s.pad_w << ", dilation "
                << s.dilation_h << " x " << s.dilation_w);
  REQUIRE((output == naive(s, x, w)));
  const std::uint64_t product = inner_product(output, g);
  REQUIRE(product == inner_product(x, grad_input));
  REQUIRE(product == inner_product(w, grad_weight));
}

TEST_CASE("ring convolutions and their gradients, over random shapes") {
  std::mt19937_64 random(1);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  int checked = 0;
  while (checked < 400) {
    ConvShape s;
    s.groups = draw(1, 3);
    s.batch = draw(0, 3);
    s.in_channels = s.groups * draw(1, 5);
    s.out_channels = s.groups * draw(1, 6);
    s.height = draw(1, 13);
    s.width = draw(1, 13);
    s.kernel_h = draw(1, 4);
    s.kernel_w = draw(1, 4);
    s.stride_h = draw(1, 3);
    s.stride_w = draw(1, 3);
    s.pad_h = draw(0, 4);  // more than the kernel, too: outputs of zeros alone
    s.pad_w = draw(0, 4);
    s.dilation_h = draw(1, 3);
    s.dilation_w = draw(1, 3);
    try {
      s.validate();
    } catch (const std::invalid_argument&) {
      continue;  // the kernel does not fit
    }
    check(s, random);
    ++checked;
  }
}

TEST_CASE("ring convolutions whose columns take several blocks") {
  std::mt19937_64 random(2);
  // 33 x 37 positions in blocks of at most 2^18 / (64 * 9)
  check({.in_channels = 64,
         .height = 33,
         .width = 37,
         .out_channels = 5,
         .kernel_h = 3,
         .kernel_w = 3,
         .pad_h = 1,
         .pad_w = 1},
        random);
  // in one dimension, blocks that begin within a line
  check({.batch = 2,
         .in_channels = 40,
         .width = 3001,
         .out_channels = 4,
         .kernel_w = 9,
         .stride_w = 2,
         .pad_w = 4},
        random);
  // kernels of one element: with the input for columns, and wherever that is not so
  const ConvShape pointwise{
      .batch = 2, .in_channels = 6, .height = 14, .width = 19, .out_channels = 9};
  check(pointwise, random);
  const auto changed = [&](auto change) {
    ConvShape shape = pointwise;
    change(shape);
    check(shape, random);
  };
  changed([](ConvShape& s) { s.in_channels = 36, s.out_channels = 33; });
  changed([](ConvShape& s) { s.groups = 3; });
  changed([](ConvShape& s) { s.batch = 5, s.height = 7, s.groups = 3; });  // images together
  changed([](ConvShape& s) { s.stride_h = 2; });
  changed([](ConvShape& s) { s.stride_w = 2; });
  changed([](ConvShape& s) { s.pad_h = 1; });
  changed([](ConvShape& s) { s.pad_w = 1; });
  changed([](ConvShape& s) { s.kernel_h = 2; });
  changed([](ConvShape& s) { s.kernel_w = 2; });
  // one channel for each group
  check({.in_channels = 32,
         .height = 14,
         .width = 14,
         .out_channels = 32,
         .kernel_h = 3,
         .kernel_w = 3,
         .pad_h = 1,
         .pad_w = 1,
         .groups = 32},
        random);
}

TEST_CASE("convolution shapes") {
  const ConvShape shape{.batch = 2,
                        .in_channels = 3,
                        .height = 32,
                        .width = 30,
                        .out_channels = 64,
                        .kernel_h = 7,
                        .kernel_w = 3,
                        .stride_h = 2,
                        .pad_h = 3,
                        .dilation_w = 2};
  shape.validate();
  CHECK(shape.out_h() == 16);
  CHECK(shape.out_w() == 26);
  CHECK(shape.input_words() == 2 * 3 * 32 * 30);
  CHECK(shape.weight_words() == 64 * 3 * 7 * 3);
  CHECK(shape.output_words() == 2 * 64 * 16 * 26);

  const auto rejects = [](const ConvShape& s) {
    CHECK_THROWS_AS(s.validate(), std::invalid_argument);
  };
  rejects({.batch = -1});
  rejects({.stride_w = 0});
  rejects({.pad_h = -1});
  rejects({.in_channels = 3, .out_channels = 2, .groups = 2});
  rejects({.in_channels = 2, .out_channels = 3, .groups = 2});
  rejects({.groups = 0});
  rejects({.height = 4, .kernel_h = 5});
  rejects({.height = 4, .kernel_h = 3, .dilation_h = 2});
  Words one(1), two(2);
  CHECK_THROWS_AS(ring_conv2d({}, two, one, one), std::invalid_argument);
  CHECK_THROWS_AS(ring_conv2d({}, one, two, one), std::invalid_argument);
  CHECK_THROWS_AS(ring_conv2d({}, one, one, two), std::invalid_argument);
  CHECK_THROWS_AS(ring_conv2d_input_gradient({}, one, one, two), std::invalid_argument);
  CHECK_THROWS_AS(ring_conv2d_weight_gradient({}, one, one, two), std::invalid_argument);
}

}  // namespace
}  // namespace assay::mpc
