// A tree as TOML that looks written by hand: the half of scenarios/toml.h that goes the other way.

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/toml.h"
#include "sim/config/utf8.h"

namespace quorumlab::scenarios {
namespace {

using config::Kind;
using config::Member;
using config::Value;

constexpr std::size_t kLineMax = 100;
// One long key shall not push the values of all others to the right.
constexpr std::size_t kAlignMax = 24;

bool is_header_table(const Value& value) {
  return value.is(Kind::kTable) && !value.is_inline();
}

bool is_table_list(const Value& value) {
  return value.is(Kind::kArray) && !value.elements().empty() &&
         std::all_of(value.elements().begin(), value.elements().end(), is_header_table);
}

bool is_line(const Value& value) {
  return !value.is(Kind::kAbsent) && !is_header_table(value) && !is_table_list(value);
}

// As """ ... """ over several lines: what a person would write for a summary.
std::string paragraph(const std::string& text) {
  std::string out = "\"\"\"\n";
  std::string line;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string literal = to_literal(Value::text(text.substr(begin, end - begin)));
    out += literal.substr(1, literal.size() - 2);
    if (end < text.size()) out += '\n';
    begin = end + 1;
  }
  return out + "\"\"\"";
}

std::string value_text(const Value& value, std::size_t column) {
  if (value.is(Kind::kText) && value.text().find('\n') != std::string::npos) {
    return paragraph(value.text());
  }
  std::string literal = to_literal(value);
  const bool fits = column + config::code_points(literal) <= kLineMax;
  if (fits || !value.is(Kind::kArray) || value.elements().size() < 2) return literal;
  std::string out = "[\n";
  for (const Value& element : value.elements()) out += "  " + to_literal(element) + ",\n";
  return out + "]";
}

class Writer {
 public:
  void write(const Value& table, const std::string& path) {
    write_lines(table);
    for (const Member& member : table.members()) {
      const std::string inner = (path.empty() ? "" : path + ".") + config::to_key(member.key);
      if (is_header_table(member.value)) {
        if (needs_header(member.value)) open(fmt::format("[{}]", inner));
        write(member.value, inner);
      } else if (is_table_list(member.value)) {
        for (const Value& element : member.value.elements()) {
          open(fmt::format("[[{}]]", inner));
          write(element, inner);
        }
      }
    }
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  // A table of nothing but tables exists by them.
  static bool needs_header(const Value& table) {
    const bool lines = std::any_of(table.members().begin(), table.members().end(),
                                   [](const Member& m) { return is_line(m.value); });
    const bool tables = std::any_of(
        table.members().begin(), table.members().end(),
        [](const Member& m) { return !is_line(m.value) && !m.value.is(Kind::kAbsent); });
    return lines || !tables;
  }

  void open(const std::string& header) {
    if (!out_.empty()) out_ += '\n';
    out_ += header + '\n';
  }

  void write_lines(const Value& table) {
    std::size_t width = 0;
    for (const Member& member : table.members()) {
      const std::size_t size = config::code_points(config::to_key(member.key));
      if (is_line(member.value) && size <= kAlignMax) width = std::max(width, size);
    }
    for (const Member& member : table.members()) {
      if (!is_line(member.value)) continue;
      const std::string key = config::to_key(member.key);
      const std::size_t size = config::code_points(key);
      const std::size_t padding = size < width ? width - size : 0;
      const std::size_t column = size + padding + 3;
      out_ += fmt::format("{}{} = {}\n", key, std::string(padding, ' '),
                          value_text(member.value, column));
    }
  }

  std::string out_;
};

}  // namespace

std::string to_toml(const Value& root) {
  Writer writer;
  writer.write(root, "");
  return writer.take();
}

}  // namespace quorumlab::scenarios
