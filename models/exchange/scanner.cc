#include "models/exchange/scanner.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace quorumlab::models {
namespace {

constexpr int kMostDepth = 64;  // deeper nesting is damage, not data

// What ends a keyword, symbol or number.
constexpr std::array<bool, 256> make_ends() {
  std::array<bool, 256> ends{};
  for (const char c : {' ', '\t', '\n', '\r', ',', '(', ')', '[', ']', '{', '}', '"', ';', '\0'}) {
    ends[static_cast<unsigned char>(c)] = true;
  }
  return ends;
}
constexpr std::array<bool, 256> kEnds = make_ends();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<std::int64_t> integer_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits = error == std::errc() && rest == text.data() + text.size() &&
                    value <= kMostInteger && value >= -kMostInteger;
  return fits ? std::optional(value) : std::nullopt;
}

bool Scanner::skip_space() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f') continue;
    if (!edn_) return true;
    if (c == ',') continue;
    if (c == ';') {
      const std::size_t end = text_.find('\n', at_);
      if (end == std::string_view::npos) {
        at_ = text_.size();
        return false;
      }
      at_ = end;
    } else if (c == '#' && at_ + 1 < text_.size() && text_[at_ + 1] == '_') {
      discard();
      --at_;
    } else {
      return true;
    }
  }
  return false;
}

void Scanner::discard() {
  at_ += 2;
  if (!skip_space()) fail("#_ discards nothing");
  skip_value();
}

void Scanner::skip_tags() {
  while (edn_ && peek() == '#' && at_ + 1 < text_.size() && text_[at_ + 1] != '{' &&
         text_[at_ + 1] != '_') {
    ++at_;
    if (token().empty()) fail("a # with nothing behind it");
    if (!skip_space()) fail("a tag with no value behind it");
  }
}

void Scanner::read(std::vector<Cell>& cells) {
  read_at(cells, 0);
}

void Scanner::skip_value() {
  std::vector<Cell> mine;
  mine.swap(skipped_);
  mine.clear();
  read_at(mine, 0);
  mine.swap(skipped_);
}

void Scanner::read_at(std::vector<Cell>& cells, int depth) {
  if (depth > kMostDepth) fail("nested too deeply");
  skip_tags();
  const char c = peek();
  if (c == '[') return read_many(cells, Tag::kList, ']', depth);
  if (c == '{') return read_many(cells, Tag::kMap, '}', depth);
  if (c == '"') {
    cells.push_back(make_cell(Tag::kText, pool_.intern(read_string())));
    return;
  }
  const bool sign = (c == '-' || c == '+') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
  if (is_digit(c) || sign) {
    cells.push_back(read_number());
    return;
  }
  if (!edn_) {
    cells.push_back(read_symbol());
    return;
  }
  if (c == '(') return read_many(cells, Tag::kList, ')', depth);
  if (c == '#') {
    ++at_;  // skip_tags has left only sets here
    return read_many(cells, Tag::kList, '}', depth);
  }
  if (c == ':') {
    ++at_;
    const std::string_view name = token();
    if (name.empty()) fail("a colon with no name behind it");
    cells.push_back(pool_.keyword(name));
    return;
  }
  cells.push_back(c == '\\' ? read_character() : read_symbol());
}

void Scanner::read_many(std::vector<Cell>& cells, Tag tag, char close, int depth) {
  const std::size_t open_at = at_;
  const char open = peek();
  const std::size_t head = cells.size();
  cells.push_back(0);
  ++at_;
  for (std::size_t count = 0;; ++count) {
    if (!skip_space()) throw InputError(open_at, fmt::format("this {} is never closed", open));
    if (peek() == close) {
      if (tag == Tag::kMap && count % 2 != 0) fail("a map with a key that has no value");
      ++at_;
      break;
    }
    if (!edn_ && count != 0) {
      const char want = tag == Tag::kMap && count % 2 != 0 ? ':' : ',';
      if (peek() != want) fail(fmt::format("expected {} or {}", want, close));
      ++at_;
      if (!skip_space()) throw InputError(open_at, fmt::format("this {} is never closed", open));
    }
    read_at(cells, depth + 1);
  }
  cells[head] = make_cell(tag, cells.size() - head - 1);
}

std::string_view Scanner::read_string() {
  const std::size_t begin = ++at_;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') return text_.substr(begin, at_++ - begin);
    if (text_[at_] == '\\') return read_escapes(begin);
  }
  throw InputError(begin - 1, "this string is never closed");
}

std::string_view Scanner::read_escapes(std::size_t begin) {
  scratch_.assign(text_.substr(begin, at_ - begin));
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return scratch_;
    }
    if (c != '\\') {
      scratch_ += c;
      continue;
    }
    if (++at_ == text_.size()) break;
    constexpr std::string_view kFrom = "nrtbf\"\\/";
    constexpr std::string_view kTo = "\n\r\t\b\f\"\\/";
    const std::size_t which = kFrom.find(text_[at_]);
    if (which != std::string_view::npos) {
      scratch_ += kTo[which];
    } else if (text_[at_] == 'u') {
      read_unicode();
    } else {
      fail("an unknown escape in a string");
    }
  }
  throw InputError(begin - 1, "this string is never closed");
}

// Half of a surrogate pair stays as it is, in three bytes: it is only compared and written back.
void Scanner::read_unicode() {
  unsigned code = 0;
  const char* const begin = text_.data() + at_ + 1;
  const char* const end = text_.data() + std::min(text_.size(), at_ + 5);
  const auto [rest, error] = std::from_chars(begin, end, code, 16);
  if (error != std::errc() || rest != begin + 4) fail("\\u needs four hexadecimal digits");
  at_ += 4;
  const auto byte = [&](unsigned value) { scratch_ += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | code >> 6U);
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xE0U | code >> 12U);
    byte(0x80U | (code >> 6U & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

std::string_view Scanner::token() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && !kEnds[static_cast<unsigned char>(text_[at_])]) {
    if (!edn_ && text_[at_] == ':') break;
    ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

Cell Scanner::read_number() {
  const std::size_t begin = at_;
  const bool minus = text_[at_] == '-';
  if (minus || text_[at_] == '+') ++at_;
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; at_ < text_.size() && is_digit(text_[at_]) && digits < 18; ++at_, ++digits) {
    value = value * 10 + (text_[at_] - '0');
  }
  const bool ended = at_ == text_.size() || kEnds[static_cast<unsigned char>(text_[at_])] ||
                     (!edn_ && text_[at_] == ':');
  if (ended) return integer_cell(minus ? -value : value);
  at_ = begin;
  std::string_view text = token();
  if (edn_ && text.ends_with('N')) text.remove_suffix(1);
  if (text.find_first_not_of("0123456789+-.eE/M") != std::string_view::npos) {
    throw InputError(begin, fmt::format("{} is not a number", text));
  }
  if (text.front() == '+') text.remove_prefix(1);
  const std::optional<std::int64_t> whole = integer_in(text);
  return whole ? integer_cell(*whole) : make_cell(Tag::kOther, pool_.intern(text));
}

Cell Scanner::read_symbol() {
  const std::size_t begin = at_;
  const std::string_view text = token();
  if (text == (edn_ ? "nil" : "null")) return kNilCell;
  if (text == "true") return make_cell(Tag::kBoolean, 1);
  if (text == "false") return make_cell(Tag::kBoolean, 0);
  if (text.empty()) {
    throw InputError(begin, begin < text_.size()
                                ? fmt::format("unexpected {}", text_.substr(begin, 1))
                                : std::string("the text ends too early"));
  }
  if (!edn_) throw InputError(begin, fmt::format("unexpected {}", text));
  return make_cell(Tag::kOther, pool_.intern(text));
}

Cell Scanner::read_character() {
  const std::size_t begin = at_;
  at_ = std::min(at_ + 2, text_.size());
  (void)token();
  return make_cell(Tag::kOther, pool_.intern(text_.substr(begin, at_ - begin)));
}

std::string_view Scanner::read_key() {
  if (peek() == '"') return read_string();
  if (edn_ && peek() == ':') {
    ++at_;
    return token();
  }
  if (!edn_) fail("expected a string as a key");
  skip_value();
  return {};
}

void Scanner::read_colon() {
  if (edn_) return;
  if (!skip_space() || peek() != ':') fail("expected a colon");
  ++at_;
}

}  // namespace quorumlab::models
