#include "sim/config/containers.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/suggest.h"

namespace quorumlab::config {
namespace {

std::string sizes_text(const ListRules& rules) {
  const auto elements = [](std::size_t n) { return n == 1 ? "element" : "elements"; };
  const std::size_t least = rules.size_min;
  const std::size_t most = rules.size_max;
  if (least == most) return fmt::format("{} {}", least, elements(least));
  if (least > 0 && most < SIZE_MAX) return fmt::format("{} to {} {}", least, most, elements(most));
  if (least > 0) return fmt::format("at least {} {}", least, elements(least));
  return most < SIZE_MAX ? fmt::format("at most {} {}", most, elements(most)) : "";
}

// "durations", "lists of text".
std::string plural(const std::string& noun) {
  const std::size_t end = std::min(noun.find(' '), noun.size());
  if (noun == "text" || noun.substr(0, end).ends_with("s")) return noun;
  return noun.substr(0, end) + "s" + noun.substr(end);
}

bool is_scalar(const Value& value) {
  return !value.is(Kind::kArray) && !value.is(Kind::kTable) && !value.is(Kind::kDate);
}

}  // namespace

bool ListRules::check(const Value& value, const TypeInfo& type, const Reporter& report) const {
  if (!value.is(Kind::kArray)) {
    const TypeInfo& element = type.element.front();
    std::string hint = "expected " + type.expected;
    if (element.shape == TypeInfo::Shape::kTable) {
      hint = fmt::format("write [[{}]], once for each", report.table_path());
    } else if (is_scalar(value)) {
      hint = fmt::format("expected a list, in brackets: [{}]", to_literal(value));
    }
    return report.error(value.span(),
                        fmt::format("`{}` is {}", report.name(), to_text(value.kind())),
                        std::move(hint));
  }
  const std::size_t size = value.elements().size();
  if (size >= size_min && size <= size_max) return true;
  return report.must(value, "have " + sizes_text(*this));
}

bool ListRules::check_distinct(const Value& value, const Reporter& report) const {
  if (!distinct) return true;
  bool good = true;
  const Value::Array& all = value.elements();
  for (auto element = all.begin(); element != all.end(); ++element) {
    if (std::find(all.begin(), element, *element) == element) continue;
    good = report.error(element->span(),
                        fmt::format("`{}` has {} twice", report.name(), to_literal(*element)), "");
  }
  return good;
}

TypeInfo ListRules::type(TypeInfo element) const {
  TypeInfo info{.shape = TypeInfo::Shape::kList};
  info.noun =
      element.shape == TypeInfo::Shape::kTable ? "tables" : "list of " + plural(element.noun);
  info.expected = "a list in brackets";
  info.range = sizes_text(*this);
  info.size_min = size_min;
  info.size_max = size_max;
  info.distinct = distinct;
  info.element.push_back(std::move(element));
  return info;
}

bool MapRules::check(const Value& value, const TypeInfo& type, const Reporter& report) const {
  return value.is(Kind::kTable) || report.unexpected(value, type);
}

bool MapRules::check_key(const Member& member, const Reporter& report) const {
  if (known.empty()) return true;
  std::vector<std::string> names;
  for (const Word& word : known) names.push_back(word.word);
  if (std::find(names.begin(), names.end(), member.key) != names.end()) return true;
  return report.error(member.key_span,
                      fmt::format("`{}` has no {} `{}`", report.name(), key_noun, member.key),
                      suggestion(member.key, names));
}

TypeInfo MapRules::type(TypeInfo element) const {
  TypeInfo info{.shape = TypeInfo::Shape::kMap};
  info.noun = fmt::format("one {} for each {}", element.noun, key_noun);
  info.expected = fmt::format("a table of {}s, such as {{ {} = ... }}", key_noun,
                              known.empty() ? key_noun : known.front().word);
  info.words = known;
  info.element.push_back(std::move(element));
  return info;
}

}  // namespace quorumlab::config
