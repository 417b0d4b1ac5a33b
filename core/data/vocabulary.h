#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace assay {

/// The words of texts, each with its number: its token. A vocabulary is public, and must not be
/// made from private records: which words somebody wrote is a fact about them, that clipping and
/// noise do nothing about.
class Vocabulary {
 public:
  /// What fills a text up to the length that all texts have. It stands in front, so that a
  /// recurrent network ends on the last word.
  static constexpr std::int64_t kPadding = 0;

  /// Words get the numbers from 1 on.
  /// Errors: std::invalid_argument for an empty word and for one that is there twice.
  explicit Vocabulary(std::vector<std::string> words);

  /// How many numbers there are, that of padding included.
  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()) + 1; }

  /// The tokens of a text of `length` places, padding first.
  /// Errors: std::invalid_argument for a word that is not in the vocabulary and for more words
  /// than places.
  std::vector<std::int64_t> encode(std::span<const std::string> words, std::int64_t length) const;

  /// The text that tokens stand for, without padding, a space between words.
  /// Errors: std::invalid_argument for a number that is no token.
  std::string decode(std::span<const std::int64_t> tokens) const;

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::int64_t> tokens_;
};

}  // namespace assay
