#include "models/exchange/pool.h"

#include <fmt/format.h>

#include <cstring>

#include "sim/fnv.h"

namespace quorumlab::models {
namespace {

// Eight bytes at a time: texts that are appended to grow long. The table's layout cannot show.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;
  std::uint64_t hash = text.size() * kPrime;
  const auto add = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32U;
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    add(word);
  }
  std::uint64_t rest = 0;
  for (; at < text.size(); ++at) rest = rest << 8U | static_cast<unsigned char>(text[at]);
  add(rest);
  return hash;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// One walk for both notations, which differ in brackets, commas and keywords only.
class Writer {
 public:
  Writer(const Pool& pool, bool json) : pool_(pool), json_(json) {}

  std::string write(std::span<const Cell> value) {
    one(value);
    return std::move(out_);
  }

 private:
  void one(std::span<const Cell> value) {
    const Cell cell = value.front();
    switch (tag_of(cell)) {
      case Tag::kNil:
        out_ += json_ ? "null" : "nil";
        return;
      case Tag::kInteger:
        out_ += fmt::to_string(integer_of(cell));
        return;
      case Tag::kBoolean:
        out_ += payload_of(cell) != 0 ? "true" : "false";
        return;
      case Tag::kKeyword:
        if (json_) {
          append_quoted(out_, pool_.word_of(cell));
        } else {
          out_ += ':';
          out_ += pool_.word_of(cell);
        }
        return;
      case Tag::kText:
        append_quoted(out_, pool_.word_of(cell));
        return;
      case Tag::kOther:
        other(pool_.word_of(cell));
        return;
      case Tag::kList:
        many(value, false);
        return;
      case Tag::kMap:
        many(value, true);
        return;
    }
  }

  // A number may stand in JSON as it is; anything else must be quoted there.
  void other(std::string_view text) {
    const bool plain =
        !json_ || text.find_first_not_of("0123456789.+-eE") == std::string_view::npos;
    if (plain) {
      out_ += text;
    } else {
      append_quoted(out_, text);
    }
  }

  void many(std::span<const Cell> value, bool map) {
    out_ += map ? '{' : '[';
    std::span<const Cell> rest = value.subspan(1, payload_of(value.front()));
    for (std::size_t i = 0; !rest.empty(); ++i) {
      if (i != 0) out_ += separator(map, i);
      if (map && json_ && i % 2 == 0 && tag_of(rest.front()) == Tag::kInteger) {
        out_ += fmt::format("\"{}\"", integer_of(rest.front()));
      } else {
        one(rest);
      }
      rest = rest.subspan(width_of(rest.front()));
    }
    out_ += map ? '}' : ']';
  }

  [[nodiscard]] std::string_view separator(bool map, std::size_t i) const {
    if (!json_) return map && i % 2 == 0 ? ", " : " ";
    return map && i % 2 != 0 ? ":" : ",";
  }

  const Pool& pool_;
  const bool json_;
  std::string out_;
};

}  // namespace

std::size_t Pool::slot_of(std::string_view text, std::uint64_t hash) const {
  const std::size_t mask = table_.size() - 1;
  const auto is_other = [&](std::uint32_t number) {
    return hashes_[number] != hash || texts_[number] != text;
  };
  std::size_t i = hash & mask;
  while (table_[i] != 0 && is_other(table_[i] - 1)) i = (i + 1) & mask;
  return i;
}

void Pool::grow() {
  table_.assign(table_.empty() ? 64 : 2 * table_.size(), 0);
  const std::size_t mask = table_.size() - 1;
  for (std::uint32_t i = 0; i < texts_.size(); ++i) {
    std::size_t slot = hashes_[i] & mask;
    while (table_[slot] != 0) slot = (slot + 1) & mask;
    table_[slot] = i + 1;
  }
}

std::uint32_t Pool::intern(std::string_view text) {
  if (2 * (texts_.size() + 1) > table_.size()) grow();
  const std::uint64_t hash = hash_of(text);
  const std::size_t slot = slot_of(text, hash);
  if (table_[slot] == 0) {
    texts_.emplace_back(text);
    hashes_.push_back(hash);
    table_[slot] = static_cast<std::uint32_t>(texts_.size());
  }
  return table_[slot] - 1;
}

std::string_view Pool::word_of(Cell cell) const {
  const Tag tag = tag_of(cell);
  if (tag != Tag::kKeyword && tag != Tag::kText && tag != Tag::kOther) return {};
  return text(static_cast<std::uint32_t>(payload_of(cell)));
}

std::string Pool::to_text(std::span<const Cell> value) const {
  return Writer(*this, false).write(value);
}

std::string Pool::to_json(std::span<const Cell> value) const {
  return Writer(*this, true).write(value);
}

}  // namespace quorumlab::models
