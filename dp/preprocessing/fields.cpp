#include "dp/preprocessing/fields.h"

namespace assay::dp {
namespace {

/// A quoted field whose opening quote is at the front; what is behind it stays in `rest`.
bool take_quoted(std::string_view& rest, Field& field) {
  field.quoted = true;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      if (i + 1 == rest.size() || rest[i + 1] == ',') {
        rest.remove_prefix(i + 1);
        return true;
      }
      if (rest[++i] != '"') return false;
    }
    field.text += rest[i];
  }
  return false;
}

}  // namespace

bool split_fields(std::string_view line, std::vector<Field>& fields) {
  fields.clear();
  for (auto rest = line;; rest.remove_prefix(1)) {
    auto& field = fields.emplace_back();
    if (!rest.empty() && rest.front() == '"') {
      if (!take_quoted(rest, field)) return false;
    } else {
      const auto text = rest.substr(0, rest.find(','));
      if (text.find('"') != std::string_view::npos) return false;
      field.text = text;
      rest.remove_prefix(text.size());
    }
    if (rest.empty()) return true;
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace assay::dp
