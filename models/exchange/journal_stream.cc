#include "models/exchange/journal_stream.h"

#include <algorithm>
#include <utility>

#include "models/exchange/journal_readers.h"
#include "models/exchange/scanner.h"

namespace quorumlab::models {

JournalStream::JournalStream(std::istream& in, std::size_t piece) : in_(in), piece_(piece) {
  (void)journal_.pool.intern("");
}

bool JournalStream::next() {
  lines_ += static_cast<std::size_t>(
      std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(begin_), '\n'));
  text_.erase(0, begin_);
  begin_ = 0;
  journal_.events.clear();
  journal_.cells.clear();
  for (std::size_t wanted = piece_; begin_ == 0; wanted *= 2) {
    const std::size_t had = text_.size();
    if (had < wanted) {
      text_.resize(wanted);
      in_.read(text_.data() + had, static_cast<std::streamsize>(wanted - had));
      text_.resize(had + static_cast<std::size_t>(in_.gcount()));
    }
    if (in_.bad()) {
      error_ = problem_at(text_, text_.size(), "what follows cannot be read");
      error_->line += lines_;
      return false;
    }
    if (text_.empty()) return false;
    if (!std::exchange(has_begun_, true)) begin();
    if (!unsuited_.empty()) return false;
    begin_ = in_.good() ? cut() : text_.size();
  }
  try {
    read(std::string_view(text_).substr(0, begin_));
  } catch (const InputError& error) {
    error_ = problem_at(text_, error.offset(), error.what());
    error_->line += lines_;
    return false;
  }
  return true;
}

std::size_t JournalStream::line_of(const JournalEvent& event) const {
  return lines_ + problem_at(text_, event.offset, "").line;
}

// Behind the last line of which it is certain that the next one begins an event; 0: none is.
std::size_t JournalStream::cut() const {
  for (std::size_t end = text_.rfind('\n'); end != std::string::npos && end > 0;
       end = text_.rfind('\n', end - 1)) {
    if (end + 1 == text_.size()) continue;
    const char next = text_[end + 1];
    const bool is_event = next == '{' || next == 'I';
    if (is_event) return end + 1;
  }
  return 0;
}

void JournalStream::begin() {
  journal_.form = form_of(text_);
  const std::size_t first = text_.find_first_not_of(" \t\r\n");
  switch (journal_.form) {
    case JournalForm::kJepsenEdn:
    case JournalForm::kJepsenJson:
      if (first != std::string::npos && (text_[first] == '[' || text_[first] == '(')) {
        unsuited_ = "a history in one collection cannot be read in pieces";
      }
      break;
    case JournalForm::kEtcdLog:
      break;
    case JournalForm::kPlume:
    case JournalForm::kAwdit:
    case JournalForm::kPolyLin:
      unsuited_ = "this form of history cannot be read in pieces";
  }
}

void JournalStream::read(std::string_view text) {
  if (journal_.form == JournalForm::kEtcdLog) {
    read_etcd_log(text, journal_);
  } else {
    read_jepsen(text, journal_);
  }
}

}  // namespace quorumlab::models
