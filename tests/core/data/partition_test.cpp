#include "core/data/partition.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <set>

#include "tests/catch.h"

namespace assay {
namespace {

using Clients = std::vector<std::vector<std::int64_t>>;

at::Tensor random_labels(std::int64_t records, std::int64_t classes, Stream& stream) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < records; ++i)
    out.push_back(stream.below(classes) * 11 - 4);
  return at::tensor(out, at::kLong);
}

std::set<std::int64_t> classes_in(const at::Tensor& labels) {
  const auto* label = labels.const_data_ptr<std::int64_t>();
  return {label, label + labels.numel()};
}

void check_partition(const Clients& parts, const at::Tensor& labels, std::int64_t clients) {
  REQUIRE(static_cast<std::int64_t>(parts.size()) == clients);
  std::vector<int> owners(static_cast<std::size_t>(labels.size(0)));
  for (const auto& own : parts) {
    CHECK_FALSE(own.empty());
    CHECK(std::is_sorted(own.begin(), own.end()));
    for (auto i : own)
      ++owners.at(static_cast<std::size_t>(i));
  }
  CHECK(std::all_of(owners.begin(), owners.end(), [](int count) { return count == 1; }));
}

TEST_CASE("partition: each record has one client, and each client a record", "[data]") {
  Stream stream(1);
  for (int trial = 0; trial < 150; ++trial) {
    const auto clients = 1 + stream.below(12);
    const auto records = clients + stream.below(200);
    const auto labels = random_labels(records, 1 + stream.below(10), stream);
    const auto classes = static_cast<std::int64_t>(classes_in(labels).size());

    const auto even = partition(labels, clients, {.kind = PartitionKind::iid}, stream);
    check_partition(even, labels, clients);
    for (const auto& own : even) {
      const auto size = static_cast<std::int64_t>(own.size());
      CHECK((size == records / clients || size == records / clients + 1));
    }

    const PartitionOptions few{
        .kind = PartitionKind::by_class,
        .classes_per_client = (classes + clients - 1) / clients + stream.below(3)};
    const auto shards = partition(labels, clients, few, stream);
    check_partition(shards, labels, clients);
    for (const auto& own : shards) {
      const auto held = classes_in(labels.index_select(0, at::tensor(own, at::kLong)));
      CHECK(static_cast<std::int64_t>(held.size()) <= few.classes_per_client);
    }

    if (records < 20 * clients) continue;  // with few records a client is likely to get none
    const PartitionOptions uneven{.kind = PartitionKind::dirichlet, .alpha = 0.5};
    check_partition(partition(labels, clients, uneven, stream), labels, clients);
  }
}

TEST_CASE("partition: as many clients as records leaves one each", "[data]") {
  Stream stream(2);
  const auto labels = random_labels(9, 3, stream);
  for (auto kind : {PartitionKind::iid, PartitionKind::by_class}) {
    for (const auto& own : partition(labels, 9, {.kind = kind}, stream))
      CHECK(own.size() == 1);
  }
  const PartitionOptions uneven{.kind = PartitionKind::dirichlet, .alpha = 1000.0};
  check_partition(partition(labels, 1, uneven, stream), labels, 1);
}

TEST_CASE("partition: by_class with one class each is the classes themselves", "[data]") {
  Stream stream(3);
  std::vector<std::int64_t> label(400);
  for (std::size_t i = 0; i < 400; ++i)
    label[i] = static_cast<std::int64_t>(i % 4);
  const auto labels = at::tensor(label, at::kLong);
  const PartitionOptions one{.kind = PartitionKind::by_class, .classes_per_client = 1};
  for (const auto& own : partition(labels, 4, one, stream))
    CHECK(own.size() == 100);
  // Eight clients: two shards of 50 from each class.
  for (const auto& own : partition(labels, 8, one, stream))
    CHECK(own.size() == 50);
  // McMahan's setting: 100 clients, 2 shards of equal size each, 10 classes.
  for (std::size_t i = 0; i < 400; ++i)
    label[i] = static_cast<std::int64_t>(i % 10);
  const PartitionOptions two{.kind = PartitionKind::by_class, .classes_per_client = 2};
  for (const auto& own : partition(at::tensor(label, at::kLong), 100, two, stream)) {
    CHECK(own.size() == 4);
  }
}

TEST_CASE("partition: dirichlet shares have the moments of their law", "[data]") {
  // Two clients: a client's share of a class is Beta(alpha, alpha), with mean 1/2 and variance
  // 1 / (4 (2 alpha + 1)), here 0.05. 4,000 draws, fixed seed, bounds at 5 standard errors: 0.0177
  // for the mean, 0.0042 for the variance (kurtosis 15/7), 0.079 for the correlation of two
  // classes; a correct sampler fails one of the three once in 580,000 seeds. Rounding to 1/1000
  // moves the mean by 0.0005.
  std::vector<std::int64_t> label(2000);
  for (std::size_t i = 1000; i < 2000; ++i)
    label[i] = 1;
  const auto labels = at::tensor(label, at::kLong);
  Stream stream(4);
  const PartitionOptions options{.kind = PartitionKind::dirichlet, .alpha = 2.0};
  constexpr int kDraws = 4000;
  double mean = 0, square = 0, cross = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto first = partition(labels, 2, options, stream)[0];
    const auto split = std::lower_bound(first.begin(), first.end(), 1000) - first.begin();
    const double a = static_cast<double>(split) / 1000.0 - 0.5;
    const double b =
        (static_cast<double>(first.size()) - static_cast<double>(split)) / 1000.0 - 0.5;
    mean += a / kDraws;
    square += a * a / kDraws;
    cross += a * b / kDraws;
  }
  CHECK(std::abs(mean) < 0.0177 + 0.0005);
  CHECK(std::abs(square - 0.05) < 0.0042);
  CHECK(std::abs(cross / 0.05) < 0.079);
}

TEST_CASE("partition: alpha goes from one client per class to even shares", "[data]") {
  std::vector<std::int64_t> label(1000);
  for (std::size_t i = 0; i < 1000; ++i)
    label[i] = static_cast<std::int64_t>(i % 10);
  const auto labels = at::tensor(label, at::kLong);
  Stream stream(5);
  for (double alpha : {1e-300, 1e-6}) {
    const PartitionOptions tiny{.kind = PartitionKind::dirichlet, .alpha = alpha};
    for (const auto& own : partition(labels, 3, tiny, stream))
      CHECK(own.size() % 100 == 0);
  }
  for (double alpha : {1e7, 1e308}) {
    const PartitionOptions huge{.kind = PartitionKind::dirichlet, .alpha = alpha};
    for (const auto& own : partition(labels, 4, huge, stream)) {
      CHECK(std::abs(static_cast<double>(own.size()) - 250.0) <= 10.0);
    }
  }
}

TEST_CASE("partition: the stream decides", "[data]") {
  Stream source(6);
  const auto labels = random_labels(300, 5, source);
  for (auto kind : {PartitionKind::iid, PartitionKind::dirichlet, PartitionKind::by_class}) {
    const auto with = [&](std::uint64_t seed) {
      Stream stream(seed);
      return partition(labels, 4, {.kind = kind}, stream);
    };
    CHECK(with(1) == with(1));
    CHECK(with(1) != with(2));
  }
}

TEST_CASE("partition: what cannot be is refused, and says why", "[data]") {
  Stream stream(7);
  const auto labels = at::arange(10, at::kLong);
  const auto refused = [&](std::int64_t clients, const PartitionOptions& options) {
    try {
      partition(labels, clients, options, stream);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("(accepted)");
  };
  CHECK(refused(0, {}) == "expected clients >= 1, got 0");
  CHECK(refused(11, {}) == "expected a record for each of the 11 clients, got 10 records");
  CHECK(refused(4, {.kind = PartitionKind::by_class, .classes_per_client = 2}) ==
        "expected clients * classes_per_client to reach the 10 classes, so that every record has a "
        "client, got 4 * 2");
  CHECK(refused(2, {.alpha = 0.0}) == "expected alpha > 0, got 0");
  CHECK(refused(2, {.alpha = std::nan("")}) == "expected alpha > 0, got nan");
  CHECK(refused(2, {.classes_per_client = 0}) == "expected classes_per_client >= 1, got 0");
  // One class whole to one client: two of three stay empty for ever.
  const auto message = [&] {
    try {
      partition(at::zeros({30}, at::kLong), 3, {.kind = PartitionKind::dirichlet, .alpha = 1e-9},
                stream);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("(accepted)");
  }();
  CHECK(
      message.find("all 3 clients get some of the 30 records, got 1e-09, which left a client empty "
                   "in 1000 draws") != std::string::npos);
  CHECK_THROWS_AS(partition(at::zeros({4}), 2, {}, stream), std::invalid_argument);
  CHECK_THROWS_AS(partition(at::zeros({4, 1}, at::kLong), 2, {}, stream), std::invalid_argument);
  CHECK_THROWS_AS(partition(at::Tensor(), 2, {}, stream), std::invalid_argument);
}

}  // namespace
}  // namespace assay
