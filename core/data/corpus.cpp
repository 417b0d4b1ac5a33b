#include "core/data/corpus.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <unordered_set>

#include "core/data/census.h"
#include "core/data/file.h"
#include "core/data/messages.h"
#include "core/data/pool.h"
#include "core/data/prepared.h"
#include "core/data/sensor_field.h"
#include "core/data/sha256.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

Split split_classes(const Pool& pool, const SplitSizes& sizes, Stream& stream) {
  const auto* labels = pool.labels.const_data_ptr<std::int64_t>();
  return split_by_class({labels, static_cast<std::size_t>(pool.labels.size(0))}, sizes, stream);
}

/// Data that is generated has no files.
Paths no_files(const fs::path&) {
  return {};
}
Pool read_sensor_field(std::span<const SourceFile>) {
  return make_sensor_field();
}

Pool read_messages(std::span<const SourceFile>) {
  return make_messages();
}

/// Of data that is its file's.
Pool read_nothing(std::span<const SourceFile>) {
  throw std::logic_error("expected a file of records");
}

Split split_rows(const Pool& pool, const SplitSizes& sizes, Stream& stream) {
  return split_at_random(pool.labels.size(0), sizes, stream);
}

constexpr std::int64_t kPrivatePeople = 30;

Split split_faces(const Pool& pool, const SplitSizes&, Stream&) {
  Split out;
  for (std::int64_t i = 0; i < pool.labels.size(0); ++i) {
    const auto person = i / 10, picture = i % 10;
    auto& part = person >= kPrivatePeople ? out.auxiliary : picture < 5 ? out.train : out.test;
    part.push_back(i);
  }
  return out;
}

struct Entry {
  CorpusFacts facts;
  Paths (*files)(const fs::path& data_dir);
  Pool (*read)(std::span<const SourceFile> files);
  Split (*split)(const Pool& pool, const SplitSizes& sizes, Stream& stream);
};

/// The one table of data sets.
const std::vector<Entry>& entries() {
  static const std::string kFaces =
      "AT&T (ORL) Database of Faces, Olivetti Research Laboratory, Cambridge; F. Samaria and A. "
      "Harter, 1994";
  static const std::vector<Entry> table = {
      {{.name = "mnist",
        .input_shape = {1, 28, 28},
        .classes = 10,
        .origin = "MNIST, Y. LeCun, C. Cortes, C. Burges",
        .default_sizes = {6000, 2000, 2000}},
       &mnist_files,
       &read_mnist,
       &split_classes},
      {{.name = "cifar10",
        .input_shape = {3, 32, 32},
        .classes = 10,
        .origin = "CIFAR-10, A. Krizhevsky, 2009",
        .default_sizes = {1000, 500, 500}},
       &cifar10_files,
       &read_cifar10,
       &split_classes},
      {{.name = "att-faces",
        .input_shape = {1, 112, 92},
        .classes = kPrivatePeople,
        .origin = kFaces,
        .default_sizes = {150, 150, 100},
        .fixed_sizes = true,
        .people = true},
       &att_faces_files,
       &read_att_faces,
       &split_faces},
      {{.name = "att-faces-half",
        .input_shape = {1, 56, 46},
        .classes = kPrivatePeople,
        .origin = kFaces,
        .default_sizes = {150, 150, 100},
        .fixed_sizes = true,
        .people = true},
       &att_faces_files,
       &read_att_faces_half,
       &split_faces},
      {{.name = "census",
        .input_shape = {21},
        .classes = 2,
        .origin = "Census 2000 5% Public Use Microdata Sample, Fulton County, Georgia; U.S. Census "
                  "Bureau",
        .default_sizes = {15000, 5000, 5000},
        .people = true},
       &census_files,
       &read_census,
       &split_rows},
      {{.name = "sensor-field",
        .input_shape = {sensor_graph().graph.nodes, 2},
        .classes = 1,
        .targets = static_cast<std::int64_t>(sensor_graph().asked.size()),
        .graph = &sensor_graph(),
        .origin = "generated: air pollution over a town, by the hour",
        .default_sizes = {600, 200, 200}},
       &no_files,
       &read_sensor_field,
       &split_rows},
      {{.name = "messages",
        .input_shape = {kMessageWords},
        .classes = 4,
        .tokens = message_vocabulary().size(),
        .origin = "generated: messages of patients to the desks of a surgery",
        .default_sizes = {6000, 3000, 3000}},
       &no_files,
       &read_messages,
       &split_rows},
      {{.name = "records",
        .origin = "your own: what assay prepare wrote",
        .people = true,
        .own = true},
       &no_files,
       &read_nothing,
       &split_rows},
  };
  return table;
}

const Entry& find(std::string_view name) {
  std::string names;
  for (const auto& entry : entries()) {
    if (entry.facts.name == name) return entry;
    names += (names.empty() ? "" : ", ") + entry.facts.name;
  }
  throw std::invalid_argument(fmt::format("expected a data set out of {}, got '{}'", names, name));
}

/// Generated data is known by its values.
void add_generated(Sha256& digest, const Pool& pool) {
  const auto& truth = pool.targets.defined() ? pool.targets : pool.labels;
  for (const auto& tensor : {pool.inputs.contiguous(), truth.contiguous()}) {
    digest.add({static_cast<const std::byte*>(tensor.const_data_ptr()),
                static_cast<std::size_t>(tensor.numel() * tensor.itemsize())});
  }
}

/// The records of a corpus before they are split.
PreparedPool read_corpus(const CorpusOptions& options, const Entry& entry, const fs::path& data_dir,
                         Sha256& digest) {
  if (!options.file.empty()) {
    const SourceFile file{options.file, read_file(options.file, kPreparedLimitBytes)};
    digest.add(file.bytes);
    auto prepared = entry.facts.own
                        ? read_prepared(file)
                        : read_prepared(file, census_feature_names(), census_class_names());
    if (!prepared.private_statistics.empty() && !options.accept_private_statistics) {
      throw std::invalid_argument(fmt::format(
          "{}: expected records that were prepared with public statistics, got some with their own "
          "({}, ...), which a claim would not cover; private_statistics: exclude accepts that",
          options.file, prepared.private_statistics.front()));
    }
    return prepared;
  }
  std::vector<SourceFile> files;
  for (auto& path : entry.files(data_dir)) {
    files.push_back({path, read_file(path)});
    digest.add(files.back().bytes);
  }
  PreparedPool out{entry.read(files), {}};
  if (files.empty()) add_generated(digest, out.pool);
  return out;
}

/// How many records of the train part occur, value for value, in another part too. Where that is
/// so, an attack that asks "was this record in the training?" has no right answer.
std::int64_t repeated(const Corpus& corpus) {
  const auto row = [](const at::Tensor& inputs, std::int64_t i) {
    const auto size = inputs.numel() / inputs.size(0) * inputs.itemsize();
    return std::string_view(static_cast<const char*>(inputs.const_data_ptr()) + i * size,
                            static_cast<std::size_t>(size));
  };
  std::unordered_set<std::string_view> others;
  for (const auto* part : {&corpus.test, &corpus.auxiliary}) {
    for (std::int64_t i = 0; i < part->size(); ++i)
      others.insert(row(part->inputs, i));
  }
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < corpus.train.size(); ++i) {
    count += static_cast<std::int64_t>(others.count(row(corpus.train.inputs, i)));
  }
  return count;
}

}  // namespace

std::vector<CorpusFacts> list_corpora() {
  std::vector<CorpusFacts> out;
  for (const auto& entry : entries())
    out.push_back(entry.facts);
  return out;
}

const CorpusFacts& corpus_facts(const std::string& name) {
  return find(name).facts;
}

CorpusFacts facts_of_records(std::int64_t features, std::int64_t classes, std::int64_t records) {
  auto facts = corpus_facts("records");
  facts.input_shape = {features};
  facts.classes = classes;
  const auto train = records * 3 / 5, test = records / 5;
  facts.default_sizes = {train, test, records - train - test};
  return facts;
}

CorpusFacts corpus_facts(const CorpusOptions& options) {
  options.validate();
  const auto& facts = corpus_facts(options.name);
  if (!facts.own) {
    if (!options.file.empty())
      read_prepared_form(options.file, census_feature_names(), census_class_names());
    return facts;
  }
  const auto form = read_prepared_form(options.file);
  return facts_of_records(std::ssize(form.feature_names), std::ssize(form.class_names),
                          form.records);
}

std::int64_t outputs_of(const CorpusFacts& facts, Loss loss) {
  if (facts.targets > 0) return facts.targets;
  return loss == Loss::bce_with_logits ? 1 : facts.classes;
}

SplitSizes sizes_of(const CorpusOptions& options, const SplitSizes& defaults) {
  const auto pick = [](std::int64_t asked, std::int64_t otherwise) {
    return asked == 0 ? otherwise : asked;
  };
  return {pick(options.train, defaults.train), pick(options.test, defaults.test),
          pick(options.auxiliary, defaults.auxiliary)};
}

void CorpusOptions::validate() const {
  const auto& facts = find(name).facts;
  for (auto size : {train, test, auxiliary}) {
    if (size < 0) {
      throw std::invalid_argument(
          fmt::format("{}: expected sizes >= 0 (0: the default), got {}", name, size));
    }
  }
  if (!file.empty() && !facts.own && name != "census") {
    throw std::invalid_argument(fmt::format(
        "expected a file of prepared records with 'census' or 'records', got one with '{}'", name));
  }
  if (file.empty() && facts.own) {
    throw std::invalid_argument(fmt::format(
        "expected the field 'file' with '{}': records.safetensors of assay prepare", name));
  }
  const auto& fixed = facts.default_sizes;
  if (facts.fixed_sizes && !(sizes_of(*this, fixed) == fixed)) {
    throw std::invalid_argument(fmt::format(
        "{}: its split is fixed: expected train {}, test {}, auxiliary {}, or no sizes, got train "
        "{}, test {}, auxiliary {}",
        name, fixed.train, fixed.test, fixed.auxiliary, train, test, auxiliary));
  }
}

Corpus load_corpus(const CorpusOptions& options, const fs::path& data_dir, const Stream& stream) {
  options.validate();
  const auto& entry = find(options.name);
  Sha256 digest;
  const auto [pool, private_statistics] = read_corpus(options, entry, data_dir, digest);
  const auto facts =
      entry.facts.own
          ? facts_of_records(pool.inputs.size(1), std::ssize(pool.class_names), pool.labels.size(0))
          : entry.facts;

  const auto sizes = sizes_of(options, facts.default_sizes);
  auto draws = stream.child("split");
  const auto parts = entry.split(pool, sizes, draws);
  Corpus out{.name = facts.name,
             .train = pool.take(parts.train),
             .test = pool.take(parts.test),
             .auxiliary = pool.take(parts.auxiliary),
             .input_shape = facts.input_shape,
             .classes = facts.classes,
             .targets = facts.targets,
             .origin = facts.origin,
             .sha256 = digest.hex(),
             .people = facts.people,
             .notes = pool.notes,
             .private_statistics = private_statistics};
  if (!options.file.empty()) {
    out.origin = fmt::format("prepared records, {}", fs::path(options.file).filename().string());
  }
  for (const auto& name : private_statistics) {
    out.notes.push_back(fmt::format(
        "no privacy claim covers that the records themselves gave a statistic: {}", name));
  }
  // The faces of the auxiliary part have names of their own, after those of the classes.
  for (auto* part : {&out.train, &out.test}) {
    part->class_names.resize(static_cast<std::size_t>(facts.classes));
  }
  if (const auto count = repeated(out); count > 0) {
    out.notes.push_back(fmt::format(
        "{} of the {} train records occur, value for value, in the test or auxiliary part too",
        count, sizes.train));
  }
  return out;
}

std::string corpus_fingerprint(const CorpusOptions& options, const fs::path& data_dir) {
  Sha256 digest;
  if (!options.file.empty()) {
    digest.add(read_file(options.file, kPreparedLimitBytes));
    return digest.hex();
  }
  const auto& entry = find(options.name);
  const auto paths = entry.files(data_dir);
  for (const auto& path : paths)
    digest.add(read_file(path));
  if (paths.empty()) add_generated(digest, entry.read({}));
  return digest.hex();
}

}  // namespace assay
