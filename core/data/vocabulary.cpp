#include "core/data/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace assay {

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
  for (const auto& word : words_) {
    if (word.empty()) throw std::invalid_argument("expected words of a letter or more, got ''");
    if (!tokens_.emplace(word, std::ssize(tokens_) + 1).second)
      throw std::invalid_argument(fmt::format("expected each word once, got '{}' twice", word));
  }
}

std::vector<std::int64_t> Vocabulary::encode(std::span<const std::string> words,
                                             std::int64_t length) const {
  if (std::ssize(words) > length) {
    throw std::invalid_argument(
        fmt::format("expected a text of at most {} words, got {}", length, words.size()));
  }
  std::vector<std::int64_t> out(static_cast<std::size_t>(length), kPadding);
  auto place = out.end() - std::ssize(words);
  for (const auto& word : words) {
    const auto found = tokens_.find(word);
    if (found == tokens_.end())
      throw std::invalid_argument(fmt::format("expected a word of the vocabulary, got '{}'", word));
    *place++ = found->second;
  }
  return out;
}

std::string Vocabulary::decode(std::span<const std::int64_t> tokens) const {
  std::string out;
  for (const auto token : tokens) {
    if (token < 0 || token >= size()) {
      throw std::invalid_argument(
          fmt::format("expected a token from 0 to {}, got {}", size() - 1, token));
    }
    if (token == kPadding) continue;
    out += (out.empty() ? "" : " ") + words_[static_cast<std::size_t>(token) - 1];
  }
  return out;
}

}  // namespace assay
