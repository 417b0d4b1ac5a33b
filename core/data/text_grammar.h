#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/random/stream.h"

namespace assay {

/// A context-free grammar that writes sentences of known words: a recipe for texts.
class TextGrammar {
 public:
  /// What a name stands for: one of the choices, each as likely as any other. A choice is words
  /// and <names>, with spaces between them, or nothing.
  struct Rule {
    std::string name;
    std::vector<std::string> choices;
  };

  /// Names may be used before their rules.
  /// Errors: std::invalid_argument for a rule that is named twice or has no choices, a name
  /// without a rule, and names that lead back to themselves.
  explicit TextGrammar(const std::vector<Rule>& rules);

  /// Words that `name` stands for, drawn.
  /// Errors, here and below: std::invalid_argument for a name without a rule.
  std::vector<std::string> write(std::string_view name, Stream& stream) const;

  /// How many words `name` stands for at most.
  std::int64_t most_words(std::string_view name) const;

  /// Every word of the rules, in the order of their first appearance.
  const std::vector<std::string>& words() const { return words_; }

 private:
  struct Symbol {
    bool is_name;
    std::string text;
  };
  using Choice = std::vector<Symbol>;
  using Choices = std::vector<Choice>;

  const Choices& choices_of(std::string_view name) const;
  void append(std::string_view name, Stream& stream, std::vector<std::string>& out) const;
  std::int64_t measured(const std::string& name, std::vector<std::string>& within);

  std::map<std::string, Choices, std::less<>> rules_;
  std::map<std::string, std::int64_t, std::less<>> most_words_;
  std::vector<std::string> words_;
};

}  // namespace assay
