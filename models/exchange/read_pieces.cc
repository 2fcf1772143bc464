#include "models/exchange/read_pieces.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/exchange/journal_readers.h"
#include "models/exchange/scanner.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;  // bytes, and the rest of a line

struct Piece {
  std::string_view text;
  std::size_t offset = 0;
  Journal journal;
  bool is_whole = false;
};

// Behind a line, where the next one looks like an operation.
std::size_t cut_after(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '#')) return at + 1;
  }
  return text.size();
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = cut_after(text, std::min(text.size(), begin + kPiece));
    Piece& piece = pieces.emplace_back();
    piece.text = text.substr(begin, end - begin);
    piece.offset = begin;
    begin = end;
  }
  return pieces;
}

void read(Piece& piece, JournalForm form) {
  piece.journal.form = form;
  (void)piece.journal.pool.intern("");
  try {
    read_jepsen(piece.text, piece.journal);
    piece.is_whole = true;
  } catch (const InputError&) {
    piece.is_whole = false;  // who reads all of it says what is wrong, if anything is
  }
}

// The cells of one pool in terms of another.
class Translation {
 public:
  Translation(const Pool& from, Pool& to) {
    numbers_.reserve(from.size());
    for (std::uint32_t i = 0; i < from.size(); ++i) {
      numbers_.push_back(to.intern(from.text(i)));
      is_same_ = is_same_ && numbers_[i] == i;
    }
  }
  [[nodiscard]] bool is_same() const { return is_same_; }
  [[nodiscard]] std::uint32_t number(std::uint32_t text) const { return numbers_[text]; }
  [[nodiscard]] Cell cell(Cell cell) const {
    const Tag tag = tag_of(cell);
    const bool has_text = tag == Tag::kKeyword || tag == Tag::kText || tag == Tag::kOther;
    return has_text ? make_cell(tag, numbers_[payload_of(cell)]) : cell;
  }

 private:
  std::vector<std::uint32_t> numbers_;
  bool is_same_ = true;
};

void append(Piece& piece, Journal& journal) {
  const Translation translation(piece.journal.pool, journal.pool);
  const auto base = static_cast<std::uint32_t>(journal.cells.size());
  for (JournalEvent event : piece.journal.events) {
    for (std::uint32_t* const begin : {&event.value, &event.rebalances}) {
      if (*begin != kNoValue) *begin += base;
    }
    event.f = translation.number(event.f);
    event.key = translation.cell(event.key);
    event.offset += piece.offset;
    journal.events.push_back(event);
  }
  if (!translation.is_same()) {
    for (Cell& cell : piece.journal.cells) cell = translation.cell(cell);
  }
  journal.cells.insert(journal.cells.end(), piece.journal.cells.begin(), piece.journal.cells.end());
  piece.journal = {};
}

}  // namespace

bool read_pieces(std::string_view text, Executor& executor, Journal& journal) {
  // All operations in one collection are one piece.
  const bool is_one = !text.starts_with('{') && !text.starts_with('#');
  if (is_one || text.size() < 2 * kPiece) return false;
  std::vector<Piece> pieces = pieces_of(text);
  executor.run(pieces.size(), [&](std::size_t i) { read(pieces[i], journal.form); });
  std::size_t events = 0;
  std::size_t cells = 0;
  for (const Piece& piece : pieces) {
    if (!piece.is_whole) return false;
    events += piece.journal.events.size();
    cells += piece.journal.cells.size();
  }
  if (cells >= kNoValue) return false;
  journal.events.reserve(events);
  journal.cells.reserve(cells);
  for (Piece& piece : pieces) append(piece, journal);
  return true;
}

}  // namespace quorumlab::models
