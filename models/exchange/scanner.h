// Reads EDN and JSON values into cells, one pass, no tree in between.
//
//   Scanner scanner("[:append 3 7]", Notation::kEdn, pool);
//   scanner.read(cells);   // list of 3, :append, 3, 7
//
// Damaged text throws InputError with the place and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/exchange/pool.h"

namespace quorumlab::models {

// Thrown for text that cannot be read. `offset` is a byte from its start.
class InputError : public std::runtime_error {
 public:
  InputError(std::size_t offset, const std::string& what)
      : std::runtime_error(printable(what)), offset_(offset) {}
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  // What is quoted from a damaged file may hold anything.
  static std::string printable(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
  }

  std::size_t offset_;
};

// A text that is an integer which fits into a cell, and nothing else.
[[nodiscard]] std::optional<std::int64_t> integer_in(std::string_view text);

enum class Notation : std::uint8_t { kEdn, kJson };

class Scanner {
 public:
  // Keeps references to text and pool.
  Scanner(std::string_view text, Notation notation, Pool& pool)
      : text_(text), pool_(pool), edn_(notation == Notation::kEdn) {}

  // Past white space, and in EDN past commas, comments and what `#_` discards. False: at the end.
  bool skip_space();
  // The next character after skip_space(); '\0' at the end.
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] std::size_t offset() const { return at_; }
  void advance() { ++at_; }
  [[nodiscard]] bool is_edn() const { return edn_; }

  // Appends the value here to `cells`. Requires: skip_space() said true.
  void read(std::vector<Cell>& cells);
  // Past the value here.
  void skip_value();
  // A tag such as #jepsen.history.Op says nothing that is used here.
  void skip_tags();
  // The key of a map, without colon or quotes; valid until the next call. Keys that are neither
  // keyword nor string come out empty.
  std::string_view read_key();
  // In JSON: the colon between key and value.
  void read_colon();

  [[noreturn]] void fail(const std::string& what) const { throw InputError(at_, what); }

 private:
  void read_at(std::vector<Cell>& cells, int depth);
  void read_many(std::vector<Cell>& cells, Tag tag, char close, int depth);
  std::string_view read_string();
  std::string_view read_escapes(std::size_t begin);
  void read_unicode();
  Cell read_number();
  Cell read_symbol();
  Cell read_character();
  std::string_view token();
  void discard();

  std::string_view text_;
  std::size_t at_ = 0;
  Pool& pool_;
  bool edn_;
  std::string scratch_;
  std::vector<Cell> skipped_;
};

}  // namespace quorumlab::models
