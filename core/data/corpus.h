#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/models/graph.h"
#include "core/random/stream.h"
#include "core/training/loss.h"

namespace assay {

/// Which data set, and how much of it.
struct CorpusOptions {
  std::string name;                                 // one of list_corpora()
  std::int64_t train = 0, test = 0, auxiliary = 0;  // records; 0: the data set's default
  // Records that `assay prepare` wrote: of census instead of data_dir's; "records" are those.
  std::string file = {};
  // Of a file: accept records whose preparing used statistics of the records themselves.
  bool accept_private_statistics = false;

  /// Errors: std::invalid_argument for an unknown name, a negative size, another size of a data
  /// set whose split is fixed, a file of another data set than census or "records", and "records"
  /// without one.
  void validate() const;
};

/// A data set, split into three parts that share no record.
struct Corpus {
  std::string name;
  Dataset train;                          // the private records
  Dataset test;                           // held out: utility, non-members, evaluation classifiers
  Dataset auxiliary;                      // what an attacker may hold
  std::vector<std::int64_t> input_shape;  // of one record: [C, H, W], [F], or [T] of a text
  std::int64_t classes = 0;               // of train and test
  std::int64_t targets = 0;               // numbers to predict for each record, instead of a class
  std::string origin;
  std::string sha256;   // see corpus_fingerprint
  bool people = false;  // records of people, or pictures of them
  std::vector<std::string> notes;
  /// Statistics of the records that their preparing used: a privacy claim does not cover them.
  std::vector<std::string> private_statistics = {};
};

/// What is known about a data set without reading it.
struct CorpusFacts {
  std::string name;
  std::vector<std::int64_t> input_shape;
  std::int64_t classes = 0;
  std::int64_t targets = 0;          // numbers to predict for each record, instead of a class
  const GraphTask* graph = nullptr;  // records are values at the nodes of a graph
  /// Records are texts, whose inputs are whole numbers below this (vocabulary.h); 0: numbers.
  std::int64_t tokens = 0;
  std::string origin;
  SplitSizes default_sizes;
  bool fixed_sizes = false;  // the split is part of the data set: no other sizes
  bool people = false;
  bool own = false;  // a user's own: what stands here is empty without its file
};

std::vector<CorpusFacts> list_corpora();
/// How many outputs a model of this data has: one for each number to predict, or for each class,
/// but one for bce_with_logits.
std::int64_t outputs_of(const CorpusFacts& facts, Loss loss);
/// Errors: std::invalid_argument for an unknown name.
const CorpusFacts& corpus_facts(const std::string& name);
/// Of "records" with so many features, classes and records: 3 in 5 records are for training, 1 in 5
/// for testing, the rest are auxiliary.
CorpusFacts facts_of_records(std::int64_t features, std::int64_t classes, std::int64_t records);
/// Those of the file where there is one, of which no more than the header is read.
/// Errors: as validate() and read_prepared_form().
CorpusFacts corpus_facts(const CorpusOptions& options);

/// The sizes that are asked for; the defaults where none are.
SplitSizes sizes_of(const CorpusOptions& options, const SplitSizes& defaults);

/// Reads and splits a data set.
///
/// `data_dir` is laid out like the repository's data/ folder, whose README.md says which files each
/// data set is made of. Where a publisher's training and test files are both there, they form one
/// pool. The split is drawn from `stream.child("split")`, so the same stream gives the same parts:
/// mnist and cifar10 with the same mix of classes in each part, att-faces by its fixed rule (people
/// 1 to 30: pictures 1-5 train, 6-10 test; people 31 to 40: auxiliary, with labels 30 to 39 of
/// their own), all others uniformly at random.
///
/// Errors: std::invalid_argument as CorpusOptions::validate, for more records than there are, and
/// for a prepared file that read_prepared refuses or that used statistics of private records
/// without accept_private_statistics; DataError for a malformed file; std::runtime_error for a
/// missing or unreadable one.
Corpus load_corpus(const CorpusOptions& options, const std::filesystem::path& data_dir,
                   const Stream& stream);

/// The SHA-256, in hexadecimal, of the bytes of the data set's files as they lie on disk, one after
/// the other (`cat FILES | sha256sum`); of generated data, of its values. The options' sizes do not
/// enter.
///
/// Errors: std::invalid_argument for an unknown name; std::runtime_error for a missing or
/// unreadable file.
std::string corpus_fingerprint(const CorpusOptions& options, const std::filesystem::path& data_dir);

}  // namespace assay
