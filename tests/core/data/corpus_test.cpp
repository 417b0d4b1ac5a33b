#include "core/data/corpus.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include <set>

#include "core/data/file.h"
#include "core/data/gzip.h"
#include "core/data/pool.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
const fs::path kData = ASSAY_DATA;

Corpus load(const CorpusOptions& options, std::uint64_t seed = 1, const fs::path& from = kData) {
  return load_corpus(options, from, Stream(seed));
}

std::vector<SourceFile> open(const Paths& paths) {
  std::vector<SourceFile> out;
  for (const auto& path : paths)
    out.push_back({path, read_file(path)});
  return out;
}

std::vector<std::int64_t> counts(const at::Tensor& labels) {
  const auto bins = labels.bincount().contiguous();
  const auto* data = bins.const_data_ptr<std::int64_t>();
  return {data, data + bins.numel()};
}

std::vector<std::int64_t> first(const at::Tensor& labels, std::int64_t count) {
  const auto* data = labels.const_data_ptr<std::int64_t>();
  return {data, data + count};
}

/// How many rows of `a` occur in `b`, compared whole.
std::int64_t shared_rows(const at::Tensor& a, const at::Tensor& b) {
  const auto rows = [](const at::Tensor& t) {
    const auto flat = t.flatten(1).contiguous();
    std::set<std::string> out;
    for (std::int64_t i = 0; i < flat.size(0); ++i) {
      const auto* row = flat.const_data_ptr<float>() + i * flat.size(1);
      out.emplace(reinterpret_cast<const char*>(row), static_cast<std::size_t>(flat.size(1)) * 4);
    }
    return out;
  };
  std::int64_t count = 0;
  const auto others = rows(b);
  for (const auto& row : rows(a))
    count += static_cast<std::int64_t>(others.count(row));
  return count;
}

// Sums, counts and first values of the shipped files: computed with numpy from the same bytes.

TEST_CASE("corpus: the shipped MNIST file", "[data]") {
  const auto pool = read_mnist(open(mnist_files(kData)));
  CHECK(pool.inputs.sizes() == at::IntArrayRef({10000, 1, 28, 28}));
  CHECK(pool.inputs.scalar_type() == at::kByte);
  CHECK(first(pool.labels, 5) == std::vector<std::int64_t>{7, 2, 1, 0, 4});
  CHECK(counts(pool.labels) ==
        std::vector<std::int64_t>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
  CHECK(pool.inputs.sum().item<std::int64_t>() == 264923200);
  CHECK(pool.inputs[0].sum().item<std::int64_t>() == 18454);
  CHECK(pool.inputs[0][0][7][6].item<int>() == 84);
  CHECK(pool.notes == std::vector<std::string>{"t10k-images-idx3-ubyte.gz: 10000 records"});
}

TEST_CASE("corpus: the shipped CIFAR-10 file", "[data]") {
  const auto pool = read_cifar10(open(cifar10_files(kData)));
  CHECK(pool.inputs.sizes() == at::IntArrayRef({2000, 3, 32, 32}));
  CHECK(first(pool.labels, 5) == std::vector<std::int64_t>{6, 7, 2, 3, 3});
  CHECK(counts(pool.labels) == std::vector<std::int64_t>(10, 200));
  CHECK(pool.inputs.sum().item<std::int64_t>() == 752091612);
  CHECK(pool.inputs[0][0][0][3].item<int>() == 59);  // red
  CHECK(pool.inputs[0][2][0][0].item<int>() == 99);  // blue
}

TEST_CASE("corpus: the shipped faces, whole and halved", "[data]") {
  const auto files = open(att_faces_files(kData));
  CHECK(files.size() == 400);
  const auto whole = read_att_faces(files);
  CHECK(whole.inputs.sizes() == at::IntArrayRef({400, 1, 112, 92}));
  CHECK(whole.inputs.mul(255).to(at::kDouble).sum().item<double>() ==
        Approx(456981333).epsilon(1e-6));
  CHECK(whole.inputs[0][0][1][2].item<float>() == Approx(132 / 255.0));
  CHECK(whole.inputs[199].mul(255).sum().item<double>() == Approx(972984).epsilon(1e-6));  // s20/10
  CHECK(counts(whole.labels) == std::vector<std::int64_t>(40, 10));
  const auto half = read_att_faces_half(files);
  CHECK(half.inputs.sizes() == at::IntArrayRef({400, 1, 56, 46}));
  CHECK(half.inputs[0][0][0][0].item<float>() == Approx(0.16176471));
  CHECK(half.inputs[0][0][0][2].item<float>() == Approx(0.49803922));
  CHECK(half.inputs[0][0][55][45].item<float>() == Approx(0.75882353));
  CHECK(half.inputs[0].mean().item<float>() == Approx(0.34934501));
}

TEST_CASE("corpus: every data set loads with its default sizes, as its facts say", "[data]") {
  REQUIRE(list_corpora().size() == 8);
  for (const auto& facts : list_corpora()) {
    if (facts.own) continue;
    INFO(facts.name);
    const auto corpus = load({.name = facts.name});
    CHECK(corpus.name == facts.name);
    CHECK(corpus.input_shape == facts.input_shape);
    CHECK(corpus.classes == facts.classes);
    CHECK(corpus.people == facts.people);
    CHECK(corpus.origin == facts.origin);
    CHECK(corpus.train.size() == facts.default_sizes.train);
    CHECK(corpus.test.size() == facts.default_sizes.test);
    CHECK(corpus.auxiliary.size() == facts.default_sizes.auxiliary);
    for (const auto* part : {&corpus.train, &corpus.test, &corpus.auxiliary}) {
      CHECK(part->inputs.scalar_type() == at::kFloat);
      CHECK(part->inputs.sizes().slice(1) == at::IntArrayRef(facts.input_shape));
      CHECK(part->inputs.min().item<float>() >= 0.0F);
      const auto highest = facts.tokens > 0 ? static_cast<float>(facts.tokens - 1) : 1.0F;
      CHECK(part->inputs.max().item<float>() <= highest);
      CHECK(part->inputs.max().item<float>() > 0.9F * highest);
      CHECK(part->labels.scalar_type() == at::kLong);
      CHECK(part->labels.min().item<std::int64_t>() >= 0);
      CHECK(part->labels.max().item<std::int64_t>() <
            static_cast<std::int64_t>(part->class_names.size()));
    }
    CHECK(static_cast<std::int64_t>(corpus.train.class_names.size()) == facts.classes);
    CHECK(corpus.train.labels.max().item<std::int64_t>() == facts.classes - 1);
    CHECK(corpus.sha256 == corpus_fingerprint({.name = facts.name}, kData));
  }
}

TEST_CASE("corpus: fingerprints are those of sha256sum", "[data]") {
  // cat data/mnist/t10k-images* data/mnist/t10k-labels* | sha256sum, and so on.
  const auto of = [](const std::string& name) { return corpus_fingerprint({.name = name}, kData); };
  CHECK(of("mnist") == "ffd28bd2f8a67306684b6e0e5eb06988a8304fa4f1b8dd7110f3ea20492602ee");
  CHECK(of("cifar10") == "7b9f095bf2d1f4d60e162e225012232eecd6f3e6a512821795d5a007599e5225");
  CHECK(of("census") == "0fe7af5cb71ff1713b0960c81e87fa1684a6234560353e4d82be8cf854dbce31");
  CHECK(of("att-faces") == "3ece859febb5dcb346af09c9a1cecc3b63793b7a3062d123f779eb443747e8e7");
}

TEST_CASE("corpus: classes are balanced in each part", "[data]") {
  const auto cifar = load({.name = "cifar10"});
  CHECK(counts(cifar.train.labels) == std::vector<std::int64_t>(10, 100));
  CHECK(counts(cifar.test.labels) == std::vector<std::int64_t>(10, 50));
  CHECK(counts(cifar.auxiliary.labels) == std::vector<std::int64_t>(10, 50));
  const auto mnist = load({.name = "mnist", .train = 500, .test = 100, .auxiliary = 20});
  CHECK(counts(mnist.train.labels) == std::vector<std::int64_t>(10, 50));
  CHECK(counts(mnist.auxiliary.labels) == std::vector<std::int64_t>(10, 2));
}

TEST_CASE("corpus: the faces' split is fixed", "[data]") {
  const auto a = load({.name = "att-faces"}, 1), b = load({.name = "att-faces"}, 2);
  CHECK(at::equal(a.train.inputs, b.train.inputs));
  CHECK(counts(a.train.labels) == std::vector<std::int64_t>(30, 5));
  CHECK(counts(a.test.labels) == std::vector<std::int64_t>(30, 5));
  CHECK(a.auxiliary.labels.min().item<std::int64_t>() == 30);
  CHECK(a.auxiliary.labels.max().item<std::int64_t>() == 39);
  CHECK(a.auxiliary.class_names[39] == "s40");
  CHECK(a.train.class_names[29] == "s30");
  const auto picture = read_att_faces(open({kData / "att_faces/s2/6.pgm"})).inputs[0];
  CHECK(at::equal(a.test.inputs[5], picture));  // the second person's sixth picture
  CHECK(load({.name = "att-faces", .train = 150}).train.size() == 150);
  CHECK_THROWS_WITH(
      load({.name = "att-faces-half", .train = 200}),
      "att-faces-half: its split is fixed: expected train 150, test 150, auxiliary 100, "
      "or no sizes, got train 200, test 0, auxiliary 0");
}

TEST_CASE("corpus: the parts share no record, and the stream decides them", "[data]") {
  for (const std::string name : {"mnist", "cifar10"}) {
    INFO(name);
    // No two pictures of these files are the same, so that equal rows would be shared records.
    const auto a = load({.name = name, .train = 900, .test = 500, .auxiliary = 600}, 1);
    CHECK(shared_rows(a.train.inputs, a.test.inputs) == 0);
    CHECK(shared_rows(a.train.inputs, a.auxiliary.inputs) == 0);
    CHECK(shared_rows(a.test.inputs, a.auxiliary.inputs) == 0);
    const auto again = load({.name = name, .train = 900, .test = 500, .auxiliary = 600}, 1);
    const auto other = load({.name = name, .train = 900, .test = 500, .auxiliary = 600}, 2);
    CHECK(at::equal(a.train.inputs, again.train.inputs));
    CHECK(at::equal(a.auxiliary.labels, again.auxiliary.labels));
    CHECK_FALSE(at::equal(a.train.inputs, other.train.inputs));
    CHECK(a.sha256 == other.sha256);
  }
  const auto a = load({.name = "census"}, 1), again = load({.name = "census"}, 1);
  CHECK(at::equal(a.train.inputs, again.train.inputs));
  CHECK_FALSE(at::equal(a.train.inputs, load({.name = "census"}, 2).train.inputs));
}

TEST_CASE("corpus: the census notes name repairs and repeated people", "[data]") {
  const auto census = load({.name = "census"});
  REQUIRE(census.notes.size() >= 3);
  CHECK(census.notes[0].find("25766 rows read, 25766 kept, 113 of these repaired, 0 refused") == 0);
  CHECK(census.notes[1].find("repaired (income: \"1e+05\" read as 100000): line 7, 209, ") == 0);
  // Two people of one area may give the same answers: this is said, because no attack can tell them
  // apart.
  CHECK(census.notes.back().find("occur, value for value, in the test or auxiliary part too") !=
        std::string::npos);
}

TEST_CASE("corpus: sizes and names that cannot be are refused", "[data]") {
  CHECK_THROWS_WITH(load({.name = "minst"}),
                    "expected a data set out of mnist, cifar10, att-faces, att-faces-half, census, "
                    "sensor-field, messages, records, got "
                    "'minst'");
  CHECK_THROWS_AS(corpus_fingerprint({.name = ""}, kData), std::invalid_argument);
  CHECK_THROWS_WITH(load({.name = "cifar10", .train = 1001}),
                    Catch::Contains("expected at most 2000 records") &&
                        Catch::Contains("got train 1001 + test 500 + auxiliary 500"));
  CHECK_THROWS_WITH(load({.name = "mnist", .test = -1}),
                    "mnist: expected sizes >= 0 (0: the default), got -1");
}

/// A data folder with a small MNIST: three training pictures and two test pictures.
struct SmallMnist {
  Folder folder;
  Bytes images(int count) const {
    return bytes_of({0, 0, 8, 3}) + big_endian(static_cast<std::uint32_t>(count)) + big_endian(28) +
           big_endian(28) + Bytes(static_cast<std::size_t>(count) * 784, std::byte{51});
  }
  Bytes labels(std::initializer_list<int> values) const {
    return bytes_of({0, 0, 8, 1}) + big_endian(static_cast<std::uint32_t>(values.size())) +
           bytes_of(values);
  }
  SmallMnist() {
    folder.write("mnist/t10k-images-idx3-ubyte", images(2));
    folder.write("mnist/t10k-labels-idx1-ubyte", labels({8, 9}));
  }
  Pool read() const { return read_mnist(open(mnist_files(folder.path()))); }
};

TEST_CASE("corpus: training files join the test files", "[data]") {
  const SmallMnist data;
  CHECK(data.read().labels.size(0) == 2);
  data.folder.write("mnist/train-images-idx3-ubyte", data.images(3));
  CHECK_THROWS_WITH(data.read(), Catch::Contains("expected train-labels-idx1-ubyte (or .gz) in"));
  data.folder.write("mnist/train-labels-idx1-ubyte", data.labels({1, 2, 3}));
  const auto pool = data.read();
  CHECK(first(pool.labels, 5) == std::vector<std::int64_t>{1, 2, 3, 8, 9});
  CHECK(pool.inputs.sizes() == at::IntArrayRef({5, 1, 28, 28}));
  const auto corpus =
      load({.name = "mnist", .train = 3, .test = 1, .auxiliary = 1}, 1, data.folder.path());
  CHECK(corpus.train.inputs[0][0][0][0].item<float>() == Approx(0.2));
  // All five pictures are alike here, and the note says so.
  CHECK(corpus.notes.back().find("3 of the 3 train records occur") == 0);

  const Folder cifar;
  const auto record = [](int label) {
    Bytes out(3073);
    out[0] = static_cast<std::byte>(label);
    return out;
  };
  CHECK_THROWS_WITH(cifar10_files(cifar.path()), Catch::Contains("test_batch.bin (or .gz)"));
  cifar.write("cifar10/test_batch.bin", record(9));
  cifar.write("cifar10/data_batch_4.bin", record(4));
  cifar.write("cifar10/data_batch_2.bin", record(2) + record(3));
  const auto batches = read_cifar10(open(cifar10_files(cifar.path())));
  CHECK(first(batches.labels, 4) == std::vector<std::int64_t>{2, 3, 4, 9});
}

TEST_CASE("corpus: packed and plain files hold the same records", "[data]") {
  const Folder plain;
  for (const std::string name : {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    const auto packed = read_file(kData / "mnist" / (name + ".gz"));
    plain.write("mnist/" + name, gunzip(packed, name, kFileLimitBytes));
  }
  const CorpusOptions options{.name = "mnist", .train = 100, .test = 50, .auxiliary = 50};
  const auto a = load(options), b = load(options, 1, plain.path());
  CHECK(at::equal(a.train.inputs, b.train.inputs));
  CHECK(at::equal(a.test.labels, b.test.labels));
  CHECK(a.sha256 != b.sha256);  // of the bytes on disk
}

TEST_CASE("corpus: the fingerprint changes with any byte", "[data]") {
  const Folder folder;
  auto bytes = read_file(kData / "pums/FultonPUMS5full.csv");
  folder.write("pums/FultonPUMS5full.csv", bytes);
  const CorpusOptions census{.name = "census"};
  CHECK(corpus_fingerprint(census, folder.path()) == corpus_fingerprint(census, kData));
  for (std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    bytes[at] ^= std::byte{1};
    folder.write("pums/FultonPUMS5full.csv", bytes);
    CHECK(corpus_fingerprint(census, folder.path()) != corpus_fingerprint(census, kData));
    bytes[at] ^= std::byte{1};
  }
}

TEST_CASE("corpus: files that do not fit together are refused by name", "[data]") {
  const SmallMnist data;
  const auto refused = [&] { return refusal([&] { data.read(); }); };
  data.folder.write("mnist/t10k-labels-idx1-ubyte", data.labels({8, 9, 1}));
  CHECK(refused().find("t10k-labels-idx1-ubyte:byte 4: expected an array of 2, got 3") !=
        std::string::npos);
  data.folder.write("mnist/t10k-labels-idx1-ubyte", data.labels({8, 10}));
  CHECK(refused().find("t10k-labels-idx1-ubyte:byte 9: expected a label from 0 to 9, got 10") !=
        std::string::npos);
  data.folder.write("mnist/t10k-labels-idx1-ubyte", data.labels({8, 9}));
  data.folder.write("mnist/t10k-images-idx3-ubyte", data.labels({8, 9}));
  CHECK(refused().find("t10k-images-idx3-ubyte:byte 4: expected an array of 2x28x28, got 2") !=
        std::string::npos);

  const Folder face;
  const auto path = face.write("1.pgm", bytes_of("P5 2 1 255\nAB"));
  CHECK(refusal([&] {
          read_att_faces(open({path}));
        }).find("1.pgm:byte 2: expected a picture of 92x112, got 2x1") != std::string::npos);
}

TEST_CASE("corpus: missing files are named", "[data]") {
  const Folder empty;
  const auto message = [&](const std::string& name) {
    try {
      load({.name = name}, 1, empty.path());
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("(loaded)");
  };
  CHECK(message("mnist").find("expected t10k-images-idx3-ubyte (or .gz) in") == 0);
  CHECK(message("cifar10").find("expected test_batch.bin (or .gz) in") == 0);
  CHECK(message("att-faces").find("att_faces/s1/1.pgm, found no such file") != std::string::npos);
  CHECK(message("census").find("pums/FultonPUMS5full.csv, found no such file") !=
        std::string::npos);
}

TEST_CASE("dataset: a subset keeps records, labels and names together", "[data]") {
  const Dataset data{
      at::arange(6, at::kFloat).view({3, 2}), at::tensor({5, 6, 7}, at::kLong), {"a", "b"}};
  CHECK(data.size() == 3);
  CHECK(Dataset{}.size() == 0);
  const std::vector<std::int64_t> order = {2, 0, 2};
  const auto subset = data.subset(order);
  CHECK(at::equal(subset.labels, at::tensor({7, 5, 7}, at::kLong)));
  CHECK(at::equal(subset.inputs, at::tensor({4, 5, 0, 1, 4, 5}, at::kFloat).view({3, 2})));
  CHECK(subset.class_names == data.class_names);
  CHECK(data.subset({}).size() == 0);
  const std::vector<std::int64_t> outside = {3};
  CHECK_THROWS(data.subset(outside));
}

}  // namespace
}  // namespace assay
