// Reads a history piece by piece, for files that need not fit into memory: one operation map a
// line, as Jepsen stores them, or one line for each event.
//
//   JournalStream stream(file);
//   while (stream.next()) for (const JournalEvent& e : stream.journal().events) ...
//   stream.error();      // where the text is damaged, if it is
//   stream.unsuited();   // or why such a history cannot be read so
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

#include "models/exchange/journal.h"

namespace quorumlab::models {

class JournalStream {
 public:
  // Keeps a reference. `piece` bytes are read at a time.
  explicit JournalStream(std::istream& in, std::size_t piece = std::size_t{1} << 20);

  // Reads the next piece; false: at the end, at an error, or if it is unsuited.
  [[nodiscard]] bool next();
  // The events of this piece alone; the pool has the texts of all.
  [[nodiscard]] const Journal& journal() const { return journal_; }
  [[nodiscard]] const std::optional<InputProblem>& error() const { return error_; }
  // Empty: nothing is known that forbids it. Whoever has the whole text can still read it.
  [[nodiscard]] const std::string& unsuited() const { return unsuited_; }
  // The line of an event of this piece.
  [[nodiscard]] std::size_t line_of(const JournalEvent& event) const;

 private:
  [[nodiscard]] std::size_t cut() const;
  void begin();
  void read(std::string_view text);

  std::istream& in_;
  const std::size_t piece_;
  std::string text_;       // of this piece and what has been read beyond it
  std::size_t begin_ = 0;  // of what has been read beyond it
  std::size_t lines_ = 0;  // before this piece
  bool has_begun_ = false;
  Journal journal_;
  std::optional<InputProblem> error_;
  std::string unsuited_;
};

}  // namespace quorumlab::models
