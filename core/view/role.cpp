#include "core/view/role.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace assay {
namespace {

struct Form {
  Role::Kind kind;
  const char* name;
  int numbers;  // how many ranks follow the name
};
constexpr Form kForms[] = {
    {Role::Kind::server, "server", 0},     {Role::Kind::client, "client", 1},
    {Role::Kind::peer, "peer", 1},         {Role::Kind::party, "party", 1},
    {Role::Kind::dealer, "dealer", 0},     {Role::Kind::eavesdropper, "eavesdropper", 2},
    {Role::Kind::outsider, "outsider", 0}, {Role::Kind::operator_class, "operator", 0},
};

std::optional<Rank> number(std::string_view text) {
  Rank value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Role> parse_role(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  for (const auto& form : kForms) {
    if (name != form.name) continue;
    if (form.numbers == 0) {
      return colon == text.npos ? std::optional(Role{form.kind}) : std::nullopt;
    }
    if (colon == text.npos) return std::nullopt;
    const auto rest = text.substr(colon + 1);
    if (form.numbers == 1) {
      const auto a = number(rest);
      return a ? std::optional(Role{form.kind, *a}) : std::nullopt;
    }
    const auto dash = rest.find('-');
    if (dash == rest.npos) return std::nullopt;
    const auto a = number(rest.substr(0, dash)), b = number(rest.substr(dash + 1));
    if (!a || !b || *a == *b) return std::nullopt;
    return Role{form.kind, std::min(*a, *b), std::max(*a, *b)};
  }
  return std::nullopt;
}

}  // namespace

Coalition parse_coalition(const std::string& text) {
  Coalition roles;
  std::string_view rest = text;
  while (true) {
    const auto plus = rest.find('+');
    const auto role = parse_role(rest.substr(0, plus));
    if (!role) {
      throw std::invalid_argument(fmt::format(
          "expected a role (server, client:1, peer:0, party:2, dealer, eavesdropper:0-1, outsider, "
          "operator) or several joined by '+', got '{}'",
          text));
    }
    roles.push_back(*role);
    if (plus == rest.npos) break;
    rest = rest.substr(plus + 1);
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return roles;
}

std::string to_string(const Role& role) {
  for (const auto& form : kForms) {
    if (form.kind != role.kind) continue;
    if (form.numbers == 1) return fmt::format("{}:{}", form.name, role.a);
    if (form.numbers == 2) return fmt::format("{}:{}-{}", form.name, role.a, role.b);
    return form.name;
  }
  throw std::logic_error("unreachable role");
}

std::string to_string(const Coalition& coalition) {
  std::string text;
  for (const auto& role : coalition)
    text += (text.empty() ? "" : "+") + to_string(role);
  return text;
}

void Vantage::join(const Vantage& other) {
  ranks.insert(other.ranks.begin(), other.ranks.end());
  links.insert(other.links.begin(), other.links.end());
}

}  // namespace assay
