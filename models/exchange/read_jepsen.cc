// Jepsen's operation maps, in EDN or JSON, one a line or all in one collection; also the maps of
// Porcupine's key-value logs, which have a :key of their own.
#include <fmt/format.h>

#include <string>

#include "models/exchange/journal_readers.h"
#include "models/exchange/scanner.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostCells = UINT32_MAX - 1;

enum class Field : std::uint8_t {
  kOther,
  kType,
  kProcess,
  kF,
  kValue,
  kTime,
  kKey,
  kUnwritten,
  kSeeks,
  kRebalances
};

Field field_of(std::string_view key) {
  return key == "type"                 ? Field::kType
         : key == "process"            ? Field::kProcess
         : key == "f"                  ? Field::kF
         : key == "value"              ? Field::kValue
         : key == "time"               ? Field::kTime
         : key == "key"                ? Field::kKey
         : key == "unwritten"          ? Field::kUnwritten
         : key == "seek-to-beginning?" ? Field::kSeeks
         : key == "rebalance-log"      ? Field::kRebalances
                                       : Field::kOther;
}

class JepsenReader {
 public:
  JepsenReader(std::string_view text, Journal& journal)
      : journal_(journal),
        scan_(text, journal.form == JournalForm::kJepsenJson ? Notation::kJson : Notation::kEdn,
              journal.pool) {
    journal_.events.reserve(text.size() / 80);
    journal_.cells.reserve(text.size() / 12);
  }

  void read() {
    while (scan_.skip_space()) {
      scan_.skip_tags();
      const char c = scan_.peek();
      if (c == '[' || (c == '(' && scan_.is_edn())) {
        read_collection(c == '[' ? ']' : ')');
      } else if (c == '{') {
        read_operation();
      } else {
        scan_.fail("expected an operation, which is a map such as {:type :invoke, ...}");
      }
    }
  }

 private:
  void read_collection(char close) {
    const std::size_t begin = scan_.offset();
    scan_.advance();
    for (std::size_t count = 0;; ++count) {
      if (!scan_.skip_space()) throw InputError(begin, "the history is never closed");
      if (scan_.peek() == close) break;
      if (!scan_.is_edn() && count != 0) {
        if (scan_.peek() != ',') scan_.fail("expected , or ] between operations");
        scan_.advance();
        if (!scan_.skip_space()) throw InputError(begin, "the history is never closed");
      }
      scan_.skip_tags();
      if (scan_.peek() != '{') scan_.fail("expected an operation, which is a map");
      read_operation();
    }
    scan_.advance();
  }

  void read_operation() {
    event_ = {};
    event_.offset = scan_.offset();
    has_type_ = false;
    scan_.advance();
    for (std::size_t count = 0;; ++count) {
      if (!scan_.skip_space()) throw InputError(event_.offset, "this operation is never closed");
      if (scan_.peek() == '}') break;
      if (!scan_.is_edn() && count != 0) {
        if (scan_.peek() != ',') scan_.fail("expected , or }");
        scan_.advance();
        scan_.skip_space();
      }
      read_field();
    }
    scan_.advance();
    if (!has_type_) throw InputError(event_.offset, "an operation without a :type");
    journal_.events.push_back(event_);
  }

  void read_field() {
    const std::string_view key = scan_.read_key();
    const Field field = field_of(key);
    scan_.read_colon();
    if (!scan_.skip_space()) throw InputError(event_.offset, "this operation is never closed");
    if (scan_.peek() == '}') scan_.fail("a key that has no value");
    if (field == Field::kOther) return scan_.skip_value();
    const std::size_t begin = journal_.cells.size();
    const std::size_t at = scan_.offset();
    if (begin >= kMostCells) scan_.fail("the history is too long: over 4 billion values");
    scan_.read(journal_.cells);
    const Cell cell = journal_.cells[begin];
    if (field == Field::kValue || (field == Field::kRebalances && cell != kNilCell)) {
      (field == Field::kValue ? event_.value : event_.rebalances) =
          static_cast<std::uint32_t>(begin);
      return;
    }
    if (field == Field::kKey && width_of(cell) > 1) {
      const auto text = journal_.pool.to_text(std::span(journal_.cells).subspan(begin));
      event_.key = make_cell(Tag::kOther, journal_.pool.intern(text));
    } else if (field == Field::kKey) {
      event_.key = cell;
    } else if (field == Field::kUnwritten) {
      event_.unwritten = cell == make_cell(Tag::kBoolean, 1);
    } else if (field == Field::kSeeks) {
      event_.seeks = cell == make_cell(Tag::kBoolean, 1);
    } else if (field != Field::kRebalances) {
      note(field == Field::kType, field == Field::kProcess, field == Field::kTime, cell, at);
    }
    journal_.cells.resize(begin);
  }

  void note(bool is_type, bool is_process, bool is_time, Cell cell, std::size_t at) {
    if (is_type) {
      read_type(cell, at);
    } else if (is_process) {
      event_.client = tag_of(cell) == Tag::kInteger;
      event_.process = event_.client ? integer_of(cell) : -1;
    } else if (is_time) {
      if (tag_of(cell) == Tag::kInteger) event_.time = integer_of(cell);
    } else {
      event_.f = cell == kNilCell ? 0 : journal_.pool.intern(journal_.pool.word_of(cell));
    }
  }

  void read_type(Cell cell, std::size_t at) {
    const std::string_view type = journal_.pool.word_of(cell);
    has_type_ = true;
    if (type == "invoke") {
      event_.type = EventType::kInvoke;
    } else if (type == "ok") {
      event_.type = EventType::kOk;
    } else if (type == "fail") {
      event_.type = EventType::kFail;
    } else if (type == "info") {
      event_.type = EventType::kInfo;
    } else {
      throw InputError(
          at, fmt::format(":type is {}, not :invoke, :ok, :fail or :info",
                          width_of(cell) == 1 ? journal_.pool.to_text(cell) : "a collection"));
    }
  }

  Journal& journal_;
  Scanner scan_;
  JournalEvent event_;
  bool has_type_ = false;
};

}  // namespace

void read_jepsen(std::string_view text, Journal& journal) {
  JepsenReader(text, journal).read();
}

}  // namespace quorumlab::models
