#include "core/data/text_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

namespace assay {

TextGrammar::TextGrammar(const std::vector<Rule>& rules) {
  std::set<std::string> known;
  for (const auto& rule : rules) {
    if (rule.choices.empty())
      throw std::invalid_argument(fmt::format("expected choices of <{}>, got none", rule.name));
    Choices choices;
    for (const auto& text : rule.choices) {
      Choice choice;
      std::istringstream in(text);
      for (std::string part; in >> part;) {
        const bool is_name = part.size() > 2 && part.front() == '<' && part.back() == '>';
        choice.push_back({is_name, is_name ? part.substr(1, part.size() - 2) : part});
        if (!is_name && known.insert(part).second) words_.push_back(part);
      }
      choices.push_back(std::move(choice));
    }
    if (!rules_.emplace(rule.name, std::move(choices)).second)
      throw std::invalid_argument(fmt::format("expected one rule of <{}>, got another", rule.name));
  }
  std::vector<std::string> within;
  for (const auto& rule : rules)
    measured(rule.name, within);
}

const TextGrammar::Choices& TextGrammar::choices_of(std::string_view name) const {
  const auto found = rules_.find(name);
  if (found == rules_.end())
    throw std::invalid_argument(fmt::format("expected a rule of <{}>, got none", name));
  return found->second;
}

/// `within`: the names that led here.
std::int64_t TextGrammar::measured(const std::string& name, std::vector<std::string>& within) {
  if (const auto done = most_words_.find(name); done != most_words_.end()) return done->second;
  if (std::find(within.begin(), within.end(), name) != within.end()) {
    throw std::invalid_argument(
        fmt::format("expected sentences that end, got <{}> within <{}>", name, name));
  }
  within.push_back(name);
  std::int64_t most = 0;
  for (const auto& choice : choices_of(name)) {
    std::int64_t words = 0;
    for (const auto& symbol : choice)
      words += symbol.is_name ? measured(symbol.text, within) : 1;
    most = std::max(most, words);
  }
  within.pop_back();
  return most_words_[name] = most;
}

std::int64_t TextGrammar::most_words(std::string_view name) const {
  choices_of(name);
  return most_words_.find(name)->second;
}

void TextGrammar::append(std::string_view name, Stream& stream,
                         std::vector<std::string>& out) const {
  const auto& choices = choices_of(name);
  const auto& choice = choices[static_cast<std::size_t>(stream.below(std::ssize(choices)))];
  for (const auto& symbol : choice) {
    if (symbol.is_name)
      append(symbol.text, stream, out);
    else
      out.push_back(symbol.text);
  }
}

std::vector<std::string> TextGrammar::write(std::string_view name, Stream& stream) const {
  std::vector<std::string> out;
  append(name, stream, out);
  return out;
}

}  // namespace assay
