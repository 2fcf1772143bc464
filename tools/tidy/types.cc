#include "tools/tidy/types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

namespace quorumlab::tidy {
namespace {

// "class World final : Base {": "World". A declaration alone defines nothing.
std::optional<std::string> defined_by(std::string_view code) {
  constexpr std::array<std::string_view, 4> kKinds = {"struct ", "class ", "union ", "enum class "};
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](std::string_view word) { return code.starts_with(word); });
  if (kind == kKinds.end()) return std::nullopt;
  const bool has_body = code.find('{') != std::string_view::npos;
  if (!has_body && code.find(';') != std::string_view::npos) return std::nullopt;
  code.remove_prefix(kind->size());
  std::size_t end = 0;
  for (int depth = 0; end < code.size(); ++end) {
    const char c = code[end];
    if (c == '<') ++depth;
    if (c == '>') --depth;
    const bool in_name = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '>' ||
                         (c == ':' && code.substr(end, 2) == "::") ||
                         (c == ':' && end > 0 && code.substr(end - 1, 2) == "::");
    if (depth == 0 && !in_name) break;
  }
  return end == 0 ? std::nullopt : std::optional(std::string(code.substr(0, end)));
}

}  // namespace

std::vector<NamedType> types_of(const Source& source) {
  std::vector<NamedType> types;
  std::vector<std::string> scopes;  // an empty one has no name
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string_view code = source.lines[i].code;
    constexpr std::string_view kOpens = "namespace ";
    if (code.starts_with(kOpens) && code.find('{') != std::string_view::npos) {
      const std::size_t brace = code.find('{');
      const std::string_view name = code.substr(kOpens.size(), brace - kOpens.size());
      scopes.emplace_back(name.substr(0, name.find(' ')));
    } else if (source.lines[i].text.starts_with("}  // namespace") && !scopes.empty()) {
      scopes.pop_back();
    }
    const auto type = defined_by(code);
    if (!type || std::count(scopes.begin(), scopes.end(), std::string()) > 0) continue;
    std::string name;
    for (const std::string& scope : scopes) name += scope + "::";
    types.push_back({name + *type, i + 1});
  }
  return types;
}

}  // namespace quorumlab::tidy
