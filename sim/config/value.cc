#include "sim/config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/check.h"

namespace quorumlab::config {

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kAbsent:
      return "missing";
    case Kind::kText:
      return "text";
    case Kind::kInteger:
      return "an integer";
    case Kind::kReal:
      return "a real number";
    case Kind::kBoolean:
      return "a boolean";
    case Kind::kArray:
      return "a list";
    case Kind::kTable:
      return "a table";
    case Kind::kDate:
      return "a date";
  }
  QL_UNREACHABLE("kind {}", static_cast<int>(kind));
}

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value Value::text(std::string text) {
  Value value;
  value.data_ = std::move(text);
  return value;
}

Value Value::integer(std::int64_t integer) {
  Value value;
  value.data_ = integer;
  return value;
}

Value Value::real(double real) {
  Value value;
  value.data_ = real;
  return value;
}

Value Value::boolean(bool boolean) {
  Value value;
  value.data_ = boolean;
  return value;
}

Value Value::array(Array elements) {
  Value value;
  value.data_ = std::move(elements);
  return value;
}

Value Value::table(Table members) {
  Value value;
  value.data_ = std::move(members);
  return value;
}

Value Value::date(std::string as_written) {
  Value value;
  value.data_ = Date{std::move(as_written)};
  return value;
}

const std::string& Value::text() const {
  if (const Date* const date = std::get_if<Date>(&data_)) return date->as_written;
  QL_CHECK(is(Kind::kText), "text of {}", to_text(kind()));
  return std::get<std::string>(data_);
}

std::int64_t Value::integer() const {
  QL_CHECK(is(Kind::kInteger), "integer of {}", to_text(kind()));
  return std::get<std::int64_t>(data_);
}

double Value::real() const {
  QL_CHECK(is(Kind::kReal), "real number of {}", to_text(kind()));
  return std::get<double>(data_);
}

bool Value::boolean() const {
  QL_CHECK(is(Kind::kBoolean), "boolean of {}", to_text(kind()));
  return std::get<bool>(data_);
}

const Value::Array& Value::elements() const {
  QL_CHECK(is(Kind::kArray), "elements of {}", to_text(kind()));
  return std::get<Array>(data_);
}

Value::Array& Value::elements() {
  QL_CHECK(is(Kind::kArray), "elements of {}", to_text(kind()));
  return std::get<Array>(data_);
}

const Value::Table& Value::members() const {
  QL_CHECK(is(Kind::kTable), "members of {}", to_text(kind()));
  return std::get<Table>(data_);
}

Value::Table& Value::members() {
  QL_CHECK(is(Kind::kTable), "members of {}", to_text(kind()));
  return std::get<Table>(data_);
}

const Value* Value::get(std::string_view key) const {
  const Table& table = members();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == table.end() ? nullptr : &found->value;
}

Value* Value::get(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).get(key));
}

void Value::set(std::string_view key, Value value) {
  if (Value* const present = get(key)) {
    *present = std::move(value);
  } else {
    members().push_back({std::string(key), std::move(value), {}});
  }
}

bool operator==(const Value& a, const Value& b) {
  return a.data_ == b.data_;
}

bool operator==(const Member& a, const Member& b) {
  return a.key == b.key && a.value == b.value;
}

namespace {

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// nullopt: not a number, or more than any array holds.
std::optional<std::size_t> as_index(std::string_view digits) {
  constexpr std::size_t kDigitsMax = 9;
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  std::size_t index = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index;
}

// Reads the piece of a path that starts at `at`, after which `at` stands behind it.
std::variant<Step, PathError> read_key(std::string_view text, std::size_t* at) {
  Step step;
  step.position = *at;
  if (*at < text.size() && (text[*at] == '"' || text[*at] == '\'')) {
    const std::size_t end = text.find(text[*at], *at + 1);
    if (end == std::string_view::npos) return PathError{*at, "this quote is not closed"};
    step.key = text.substr(*at + 1, end - *at - 1);
    *at = end + 1;
  } else {
    while (*at < text.size() && is_bare(text[*at])) step.key += text[(*at)++];
    if (step.key.empty()) return PathError{*at, "expected a key"};
    step.index = as_index(step.key);
  }
  step.length = *at - step.position;
  return step;
}

std::variant<Step, PathError> read_index(std::string_view text, std::size_t* at) {
  const std::size_t end = text.find(']', *at);
  if (end == std::string_view::npos) return PathError{*at, "this bracket is not closed"};
  Step step;
  step.key = text.substr(*at + 1, end - *at - 1);
  step.index = as_index(step.key);
  step.bracketed = true;
  step.position = *at;
  step.length = end + 1 - *at;
  if (!step.index) return PathError{*at + 1, "expected an index, counted from 0"};
  *at = end + 1;
  return step;
}

const Value* child(const Value& value, const Step& step) {
  if (value.is(Kind::kTable) && !step.bracketed) return value.get(step.key);
  if (value.is(Kind::kArray) && step.index && *step.index < value.elements().size()) {
    return &value.elements()[*step.index];
  }
  return nullptr;
}

std::string to_literal(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::variant<Path, PathError> parse_path(std::string_view text) {
  Path path;
  std::size_t at = 0;
  bool key_next = true;
  while (key_next || at < text.size()) {
    const bool bracket = !key_next && text[at] == '[';
    if (!key_next && !bracket) return PathError{at, "expected `.` or `[`"};
    std::variant<Step, PathError> step = bracket ? read_index(text, &at) : read_key(text, &at);
    if (const PathError* const error = std::get_if<PathError>(&step)) return *error;
    path.push_back(std::get<Step>(std::move(step)));
    key_next = at < text.size() && text[at] == '.';
    if (key_next) ++at;
  }
  return path;
}

const Value* find(const Value& root, std::string_view path) {
  const std::variant<Path, PathError> steps = parse_path(path);
  if (!std::holds_alternative<Path>(steps)) return nullptr;
  const Value* value = &root;
  for (const Step& step : std::get<Path>(steps)) {
    value = child(*value, step);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Span locate(const Value& root, std::string_view path) {
  Span span = root.span();
  const std::variant<Path, PathError> steps = parse_path(path);
  if (!std::holds_alternative<Path>(steps)) return span;
  const Value* value = &root;
  for (const Step& step : std::get<Path>(steps)) {
    value = child(*value, step);
    if (value == nullptr) break;
    if (value->span().line > 0) span = value->span();
  }
  return span;
}

std::string to_literal(double real) {
  if (std::isnan(real)) return "nan";
  if (std::isinf(real)) return real < 0 ? "-inf" : "inf";
  std::string out = fmt::format("{}", real);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string to_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : to_literal(std::string(key));
}

std::string to_literal(const Value& value) {
  std::string out;
  switch (value.kind()) {
    case Kind::kAbsent:
      break;
    case Kind::kText:
      return to_literal(value.text());
    case Kind::kInteger:
      return fmt::format("{}", value.integer());
    case Kind::kReal:
      return to_literal(value.real());
    case Kind::kBoolean:
      return value.boolean() ? "true" : "false";
    case Kind::kDate:
      return value.text();
    case Kind::kArray:
      for (const Value& element : value.elements()) {
        out += (out.empty() ? "" : ", ") + to_literal(element);
      }
      return "[" + out + "]";
    case Kind::kTable:
      for (const Member& member : value.members()) {
        if (member.value.is(Kind::kAbsent)) continue;
        out += (out.empty() ? "" : ", ") + to_key(member.key) + " = " + to_literal(member.value);
      }
      return out.empty() ? "{}" : "{ " + out + " }";
  }
  return out;
}

}  // namespace quorumlab::config
