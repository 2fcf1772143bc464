// A configuration as a plain tree whose every value and key remembers where it was written.
//
//   Value root = *scenarios::parse_toml(file, problems);   // or put together by hand
//   find(root, "fault[2].split[0][1]")->text();            // "west"
//   problems.error(locate(root, "fault[2].split[0][1]"), "no zone is called `west`");
//
// The tree outlives reading: whoever checks meaning later (a name that matches no node) looks the
// place up by path instead of carrying positions through every options struct.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/config/diagnostics.h"

namespace quorumlab::config {

enum class Kind : std::uint8_t {
  kAbsent,  // nothing there: what an unset optional is written as
  kText,
  kInteger,
  kReal,
  kBoolean,
  kArray,
  kTable,
  kDate,  // TOML's dates and times, which no option wants; kept as text for the message
};

// With its article, for messages: "an integer".
[[nodiscard]] std::string_view to_text(Kind kind);

struct Member;

class Value {
 public:
  using Array = std::vector<Value>;
  using Table = std::vector<Member>;  // in file order; keys are unique

  // All of them in value.cc: what copies and moves a variant takes long to compile, everywhere.
  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();
  static Value text(std::string text);
  static Value integer(std::int64_t integer);
  static Value real(double real);
  static Value boolean(bool boolean);
  static Value array(Array elements);
  static Value table(Table members);
  static Value date(std::string as_written);

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(data_.index()); }
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }

  // Requires: of that kind. `text` serves dates too.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] double real() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] const Array& elements() const;
  [[nodiscard]] Array& elements();
  [[nodiscard]] const Table& members() const;
  [[nodiscard]] Table& members();

  // Requires: a table. nullptr: no such key.
  [[nodiscard]] const Value* get(std::string_view key) const;
  [[nodiscard]] Value* get(std::string_view key);
  // Requires: a table. Replaces the value in its place or appends.
  void set(std::string_view key, Value value);

  // The token as written; for a table its [header].
  [[nodiscard]] const Span& span() const { return span_; }
  void set_span(const Span& span) { span_ = span; }
  // Written as { ... } inside a line. A matter of looks, like the span: equality ignores both.
  [[nodiscard]] bool is_inline() const { return inline_; }
  void set_inline(bool is_inline) { inline_ = is_inline; }

  // Same tree, members in the same order (the order of zones, for one, has meaning).
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Date {
    std::string as_written;
    bool operator==(const Date&) const = default;
  };
  // In the order of Kind.
  using Data =
      std::variant<std::monostate, std::string, std::int64_t, double, bool, Array, Table, Date>;

  Data data_;
  Span span_;
  bool inline_ = false;
};

struct Member {
  std::string key;
  Value value;
  Span key_span;

  // Ignores where the key stands.
  friend bool operator==(const Member& a, const Member& b);
};

// One step down the tree: a key, or an index into an array.
struct Step {
  std::string key;                   // as written, for an index too
  std::optional<std::size_t> index;  // set for "[2]", and for a bare number
  bool bracketed = false;
  std::size_t position = 0;  // in the text of the path, in bytes
  std::size_t length = 0;
};
using Path = std::vector<Step>;

struct PathError {
  std::size_t position = 0;
  std::string message;
};

// "fault[0].at", "fault.0.at", `"a quoted key".x`.
[[nodiscard]] std::variant<Path, PathError> parse_path(std::string_view text);

// nullptr: malformed path, or nothing there.
[[nodiscard]] const Value* find(const Value& root, std::string_view path);
// Where the value is written; if it is not (a default), its nearest table that is.
[[nodiscard]] Span locate(const Value& root, std::string_view path);

// The value as TOML on one line: `"30s"`, `[1, 2]`, `{ east = 2 }`; an absent one is empty.
[[nodiscard]] std::string to_literal(const Value& value);
// A key as TOML: bare where it may be.
[[nodiscard]] std::string to_key(std::string_view key);
// The shortest decimal that reads back to the same number, never mistaken for an integer: "0.5",
// "2.0".
[[nodiscard]] std::string to_literal(double real);

}  // namespace quorumlab::config
