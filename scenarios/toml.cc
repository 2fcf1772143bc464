#include "scenarios/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/config/suggest.h"
#include "sim/config/utf8.h"

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace quorumlab::scenarios {
namespace {

using config::Diagnostics;
using config::Member;
using config::SourceId;
using config::Span;
using config::Value;

// The parser recurses over what dots nest and destroys what it built in the same way: a line of
// 100,000 of them would overflow the stack. (Brackets it limits by itself.)
constexpr std::size_t kDotsMax = 256;

// The first place where a key nests deeper than that.
std::optional<Span> too_many_dots(SourceId source, std::string_view text) {
  Span here{source, 1, 1, 1};
  std::size_t dots = 0;
  for (const char c : text) {
    if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) dots = 0;
    if (c == '.' && ++dots > kDotsMax) return here;
    const bool continues_character = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continues_character) ++here.column;
    if (c == '\n') here = {source, here.line + 1, 1, 1};
  }
  return std::nullopt;
}

// Makes our tree of toml++'s.
class Converter {
 public:
  Converter(SourceId source, const Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  [[nodiscard]] Value convert(const toml::node& node) const {
    Value value = convert_data(node);
    value.set_span(span_of(node.source()));
    return value;
  }

 private:
  [[nodiscard]] Value convert_data(const toml::node& node) const {
    if (const toml::table* const table = node.as_table()) return convert_table(*table);
    if (const toml::array* const array = node.as_array()) {
      Value::Array elements;
      for (const toml::node& element : *array) elements.push_back(convert(element));
      return Value::array(std::move(elements));
    }
    if (const auto* const text = node.as_string()) return Value::text(text->get());
    if (const auto* const integer = node.as_integer()) return Value::integer(integer->get());
    if (const auto* const real = node.as_floating_point()) return Value::real(real->get());
    if (const auto* const boolean = node.as_boolean()) return Value::boolean(boolean->get());
    return Value::date(written(span_of(node.source())));
  }

  // toml++ keeps tables sorted by key; positions give the order of the file back.
  [[nodiscard]] Value convert_table(const toml::table& table) const {
    Value::Table members;
    for (const auto& [key, node] : table) {
      members.push_back({std::string(key.str()), convert(node), span_of(key.source())});
    }
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
      return std::tuple(a.key_span.line, a.key_span.column, a.key) <
             std::tuple(b.key_span.line, b.key_span.column, b.key);
    });
    Value value = Value::table(std::move(members));
    value.set_inline(table.is_inline());
    return value;
  }

  [[nodiscard]] Span span_of(const toml::source_region& region) const {
    Span span{source_, region.begin.line, region.begin.column, 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
      span.length = region.end.column - region.begin.column;
    } else if (region.end.line > region.begin.line) {
      const std::size_t line_length = config::code_points(diagnostics_.line(source_, span.line));
      const std::size_t rest = line_length + 1 - std::min<std::size_t>(span.column, line_length);
      span.length = static_cast<std::uint32_t>(rest);
    }
    return span;
  }

  [[nodiscard]] std::string written(const Span& span) const {
    const std::string_view line = diagnostics_.line(source_, span.line);
    std::string out;
    std::uint32_t column = 1;
    for (std::size_t at = 0; at < line.size(); ++column) {
      const std::size_t begin = at;
      static_cast<void>(config::decode(line, &at));
      if (column >= span.column && column < span.column + span.length) {
        out += line.substr(begin, at - begin);
      }
    }
    return out;
  }

  SourceId source_;
  const Diagnostics& diagnostics_;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::uint32_t columns(std::string_view text) {
  return static_cast<std::uint32_t>(config::code_points(text));
}

// "Error while parsing key-value pair: expected ..." is told as "expected ...".
std::string plain_message(std::string_view description) {
  constexpr std::string_view kPreamble = "Error while parsing ";
  const std::size_t colon = description.find(": ");
  if (description.starts_with(kPreamble) && colon != std::string_view::npos) {
    description.remove_prefix(colon + 2);
  }
  std::string message(description);
  const auto replace = [&](std::string_view from, std::string_view to) {
    const std::size_t at = message.find(from);
    if (at != std::string::npos) message.replace(at, from.size(), to);
  };
  replace("encountered end-of-file", "the text ends too early");
  replace("exceeded maximum nested value depth of 256 (TOML_MAX_NESTED_VALUES)",
          "nested deeper than 256 levels");
  if (!message.empty() && message[0] == 'E') message[0] = 'e';
  return message;
}

// A syntax error as toml++ tells it, and what can be made of it: it names what the parser was
// doing, people want to know what to write.
class SyntaxReport {
 public:
  SyntaxReport(const toml::parse_error& error, SourceId source, const Diagnostics& diagnostics)
      : description_(error.description()),
        span_{source, error.source().begin.line, error.source().begin.column, 1},
        line_(diagnostics.line(source, span_.line)),
        message_(plain_message(description_)) {
    if (!explain_redefinition() && !explain_open_text()) explain_bare_word();
  }

  void add_to(Diagnostics& diagnostics) const {
    diagnostics.error(span_, "syntax: " + message_, hint_);
  }

 private:
  // toml++ points at the second value; the mistake is its key.
  bool explain_redefinition() {
    if (description_.find("cannot redefine") == std::string_view::npos) return false;
    if (line_.find('{') != std::string_view::npos) return true;
    const std::size_t first = std::min(line_.find_first_not_of(" \t["), line_.size());
    const std::size_t last = std::min(line_.find_first_of("=]", first), line_.size());
    const std::string_view key = trimmed(line_.substr(first, last - first));
    mark(first, key);
    message_ = fmt::format("`{}` was given before", key);
    return true;
  }

  bool explain_open_text() {
    const bool at_end = span_.column > config::code_points(line_);
    if (!at_end || description_.find("string: ") == std::string_view::npos) return false;
    message_ = "the text in quotes does not end";
    hint_ = "expected the closing quote";
    return true;
  }

  // By far the most frequent: a duration or a name without quotes.
  void explain_bare_word() {
    const bool reading_value = description_.find("key-value pair") == std::string_view::npos &&
                               description_.find("string") == std::string_view::npos;
    const std::size_t begin = word_begin();
    const std::string_view rest = line_.substr(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(kWordEnds));
    const bool is_value = line_.substr(0, begin).find('=') != std::string_view::npos;
    const bool numeric = word.find_first_not_of("+-0123456789.:TZ_") == std::string_view::npos;
    if (!reading_value || !is_value || word.empty() || !config::is_utf8(word)) return;
    mark(begin, word);
    if (numeric) return;
    message_ = fmt::format("{} is no TOML value", word);
    const std::vector<std::string> near = config::nearest(word, {"true", "false"});
    hint_ = near.size() == 1 ? fmt::format("did you mean `{}`?", near.front())
                             : fmt::format("text needs quotes: \"{}\"", word);
  }

  // Of the word that the error is in, in bytes of the line.
  [[nodiscard]] std::size_t word_begin() const {
    std::size_t at = 0;
    for (std::uint32_t i = 1; i < span_.column && at < line_.size(); ++i) {
      static_cast<void>(config::decode(line_, &at));
    }
    while (at > 0 && kWordEnds.find(line_[at - 1]) == std::string_view::npos) --at;
    return at;
  }

  void mark(std::size_t begin, std::string_view token) {
    span_.column = columns(line_.substr(0, begin)) + 1;
    span_.length = columns(token);
  }

  static constexpr std::string_view kWordEnds = " \t,=[]{}\"'#";

  std::string_view description_;
  Span span_;
  std::string_view line_;
  std::string message_;
  std::string hint_;
};

// The table, or what is wrong with the text.
std::variant<toml::table, toml::parse_error> parse_text(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return error;
  }
}

// The value of a `--set`, whose text is `key`, `=`, `written`.
std::optional<Value> parse_right_side(SourceId source, std::string_view key,
                                      std::string_view written, Diagnostics& diagnostics) {
  // A stand-in of the same width for the key, which may have indices, keeps all columns right.
  const std::string text = "x" + std::string(columns(key) - 1, ' ') + "=" + std::string(written);
  const std::string_view plain = trimmed(written);
  if (!too_many_dots(source, text)) {
    const auto parsed = parse_text(text);
    if (const toml::table* const table = std::get_if<toml::table>(&parsed)) {
      if (table->size() == 1) return Converter(source, diagnostics).convert(*table->get("x"));
    } else if (plain.find_first_of("[{\"'") == 0) {
      SyntaxReport(std::get<toml::parse_error>(parsed), source, diagnostics).add_to(diagnostics);
      return std::nullopt;
    }
  }
  Value value = Value::text(std::string(plain));
  const std::string_view before = written.substr(0, std::min(written.find(plain), written.size()));
  value.set_span({source, 1, columns(key) + 2 + columns(before), std::max(1u, columns(plain))});
  return value;
}

}  // namespace

std::optional<Value> parse_toml(SourceId source, Diagnostics& diagnostics) {
  const std::string& text = diagnostics.text(source);
  if (const std::optional<Span> deep = too_many_dots(source, text)) {
    diagnostics.error(*deep, fmt::format("a key nests deeper than {} levels", kDotsMax));
    return std::nullopt;
  }
  const auto parsed = parse_text(text);
  if (const auto* const error = std::get_if<toml::parse_error>(&parsed)) {
    SyntaxReport(*error, source, diagnostics).add_to(diagnostics);
    return std::nullopt;
  }
  Value root = Converter(source, diagnostics).convert(std::get<toml::table>(parsed));
  root.set_span({source, 0, 0, 0});
  return root;
}

std::optional<Assignment> parse_set(std::string_view text, Diagnostics& diagnostics) {
  const SourceId source = diagnostics.add_source("--set", std::string(text));
  const Span whole{source, 1, 1, std::max(1u, columns(text))};
  if (!config::is_utf8(text)) {
    diagnostics.error(whole, "this is not UTF-8");
    return std::nullopt;
  }
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || trimmed(text.substr(0, equals)).empty()) {
    diagnostics.error(whole, "a setting needs a key and a value",
                      "expected key=value, such as replication.timeout=2s");
    return std::nullopt;
  }
  const std::string_view key = text.substr(0, equals);
  const std::string_view path_text = trimmed(key);
  const std::size_t skipped = key.find(path_text);
  auto path = config::parse_path(path_text);
  if (const auto* const error = std::get_if<config::PathError>(&path)) {
    const std::uint32_t column = columns(text.substr(0, skipped + error->position)) + 1;
    diagnostics.error({source, 1, column, 1}, error->message);
    return std::nullopt;
  }
  for (config::Step& step : std::get<config::Path>(path)) step.position += skipped;
  auto value = parse_right_side(source, key, text.substr(equals + 1), diagnostics);
  if (!value) return std::nullopt;
  return Assignment{std::get<config::Path>(std::move(path)), std::move(*value), whole};
}

}  // namespace quorumlab::scenarios
