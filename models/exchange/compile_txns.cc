#include <fmt/format.h>

#include "models/exchange/flat_map.h"
#include "models/exchange/scanner.h"
#include "models/exchange/subject.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

// Stands for the place of a list that is kept once, until the lists have places.
constexpr std::uint32_t kShared = kInitialVersion - 1;

class TxnCompiler {
 public:
  explicit TxnCompiler(Journal& journal) : journal_(journal) {
    out_.pool = &journal.pool;
    out_.has_time = journal.form != JournalForm::kPlume && journal.form != JournalForm::kAwdit;
    const bool lists = read_subject(journal).subject == Subject::kListAppend;
    out_.kind = lists ? TxnKind::kListAppend : TxnKind::kRegister;
    // Plume says nothing of a first state; its histories start from zeros.
    if (journal.form == JournalForm::kPlume) zero_ = integer_cell(0);
  }

  TxnHistory compile() {
    const std::vector<Pair> pairs = pair_events(journal_);
    out_.txns.reserve(pairs.size());
    for (std::uint32_t i = 0; i < pairs.size(); ++i) add(pairs[i], i);
    place_lists();
    out_.sessions = static_cast<std::uint32_t>(sessions_.size());
    return std::move(out_);
  }

 private:
  void add(const Pair& pair, std::uint32_t number) {
    const JournalEvent& begun = journal_.events[pair.invoked];
    const JournalEvent* const ended =
        pair.completed == UINT32_MAX ? nullptr : &journal_.events[pair.completed];
    Txn txn{.first = static_cast<std::uint32_t>(out_.micros.size()),
            .id = number,
            .invoked = 2 * pair.invoked};
    txn.outcome = ended == nullptr || ended->type == EventType::kInfo ? TxnOutcome::kInfo
                  : ended->type == EventType::kFail                   ? TxnOutcome::kFail
                                                                      : TxnOutcome::kOk;
    if (txn.outcome == TxnOutcome::kOk) txn.completed = 2 * pair.completed + 1;
    std::uint32_t& session = session_ids_[static_cast<std::uint64_t>(begun.process)];
    if (session == 0) {
      sessions_.push_back(begun.process);
      session = static_cast<std::uint32_t>(sessions_.size());
    }
    txn.session = session - 1;
    // Whoever does not know how something ended is another session from there on.
    if (txn.outcome == TxnOutcome::kInfo) session = 0;
    const bool ok = txn.outcome == TxnOutcome::kOk;
    const JournalEvent& told = ok && ended->value != kNoValue ? *ended : begun;
    if (journal_.value(told).front() != kNilCell && !is_sequence(journal_.value(told).front())) {
      throw InputError(told.offset, "the value of a transaction is a list of micro-operations");
    }
    for (const auto micro : Items(journal_.value(told))) {
      add_micro(micro, ok, static_cast<std::uint32_t>(out_.txns.size()), told.offset);
    }
    txn.count = static_cast<std::uint32_t>(out_.micros.size()) - txn.first;
    out_.txns.push_back(txn);
  }

  void add_micro(std::span<const Cell> micro, bool ok, std::uint32_t txn, std::uint64_t offset) {
    const std::size_t inside = is_sequence(micro.front()) ? payload_of(micro.front()) : 0;
    if (inside < 3 || width_of(micro[1]) != 1) {
      throw InputError(offset,
                       fmt::format("{} is not [f key value]", journal_.pool.to_text(micro)));
    }
    const Cell function = micro[1];
    const std::span<const Cell> key = micro.subspan(2);
    if (1 + width_of(key.front()) >= inside) {
      throw InputError(offset, "a micro-operation without a value");
    }
    const std::span<const Cell> value = key.subspan(width_of(key.front()));
    Micro out{.key = key_number(key)};
    const std::string_view word = journal_.pool.word_of(function);
    out.is_predicate = word == "rp";
    if (word == "append" || word == "w") {
      out.kind = Micro::Kind::kWrite;
      out.value = version(out.key, scalar(value));
      TxnVersion& mine = out_.versions[out.value];
      if (mine.writer != kNoTxn && out_.duplicate.empty()) {
        out_.duplicate = fmt::format("{} is written to key {} twice", journal_.pool.to_text(value),
                                     out_.key_text(out.key));
      }
      mine.writer = txn;
      mine.micro = static_cast<std::uint32_t>(out_.micros.size());
      mine.is_last = true;
      if (last_writes_.size() < out_.keys.size()) last_writes_.resize(out_.keys.size());
      std::uint32_t& last = last_writes_[out.key];
      if (last != 0 && last != out.value + 1 && out_.versions[last - 1].writer == txn) {
        out_.versions[last - 1].is_last = false;
      }
      last = out.value + 1;
    } else if (ok) {
      read(out, value, offset);
    }
    out_.micros.push_back(out);
  }

  void read(Micro& out, std::span<const Cell> value, std::uint64_t offset) {
    const Cell cell = value.front();
    if (out_.kind == TxnKind::kRegister) {
      out.value =
          cell == kNilCell || cell == zero_ ? kInitialVersion : version(out.key, scalar(value));
      return;
    }
    if (cell != kNilCell && !is_sequence(cell)) {
      throw InputError(offset, fmt::format("a list was expected, and {} was read",
                                           journal_.pool.to_text(value)));
    }
    read_list(out, value);
  }

  // Lists of a key that start alike are kept once: nearly all reads are such a beginning.
  struct KeyLists {
    std::vector<Cell> cells;              // of the longest list so far that the others start like
    std::vector<std::uint32_t> versions;  // the same
  };

  void read_list(Micro& out, std::span<const Cell> value) {
    if (lists_.size() < out_.keys.size()) lists_.resize(out_.keys.size());
    std::span<const Cell> rest =
        value.subspan(1, is_sequence(value.front()) ? value.size() - 1 : 0);
    std::vector<Cell>& known = lists_[out.key].cells;
    out.value = kShared;
    std::uint32_t same = 0;
    for (; !rest.empty() && same < known.size(); ++same) {
      if (known[same] != scalar(rest)) return read_odd_list(out, value);
      rest = rest.subspan(width_of(rest.front()));
    }
    out.count = same;
    for (; !rest.empty(); rest = rest.subspan(width_of(rest.front()))) {
      const Cell cell = scalar(rest);
      const std::uint32_t number = version(out.key, cell);
      lists_[out.key].cells.push_back(cell);
      lists_[out.key].versions.push_back(number);
      ++out.count;
    }
  }

  void read_odd_list(Micro& out, std::span<const Cell> value) {
    out.value = static_cast<std::uint32_t>(out_.elements.size());
    for (const auto item : Items(value)) {
      out_.elements.push_back(version(out.key, scalar(item)));
      ++out.count;
    }
  }

  void place_lists() {
    std::vector<std::uint32_t> begin;
    begin.reserve(lists_.size());
    for (const KeyLists& list : lists_) {
      begin.push_back(static_cast<std::uint32_t>(out_.elements.size()));
      out_.elements.insert(out_.elements.end(), list.versions.begin(), list.versions.end());
    }
    for (Micro& micro : out_.micros) {
      const bool is_shared = micro.kind == Micro::Kind::kRead && micro.value == kShared;
      if (is_shared && out_.kind == TxnKind::kListAppend) micro.value = begin[micro.key];
    }
  }

  // Values that are lists or maps themselves are compared by their text.
  Cell scalar(std::span<const Cell> value) {
    if (width_of(value.front()) == 1) return value.front();
    return make_cell(Tag::kOther, journal_.pool.intern(journal_.pool.to_text(value)));
  }

  std::uint32_t key_number(std::span<const Cell> key) {
    const Cell cell = scalar(key);
    std::uint32_t& number = keys_[cell];
    if (number == 0) {
      out_.keys.push_back(cell);
      number = static_cast<std::uint32_t>(out_.keys.size());
    }
    return number - 1;
  }

  std::uint32_t version(std::uint32_t key, Cell value) {
    std::uint32_t& value_number = values_[value];
    if (value_number == 0) value_number = static_cast<std::uint32_t>(values_.size());
    std::uint32_t& number = versions_[std::uint64_t{key} << 32U | value_number];
    if (number == 0) {
      out_.versions.push_back({.key = key});
      out_.version_values.push_back(value);
      number = static_cast<std::uint32_t>(out_.versions.size());
    }
    return number - 1;
  }

  Journal& journal_;
  TxnHistory out_;
  Cell zero_ = kNilCell;
  std::vector<std::int64_t> sessions_;
  FlatMap<std::uint32_t> session_ids_;
  FlatMap<std::uint32_t> keys_;
  FlatMap<std::uint32_t> values_;
  FlatMap<std::uint32_t> versions_;
  std::vector<std::uint32_t> last_writes_;  // by key: version + 1
  std::vector<KeyLists> lists_;             // by key
};

}  // namespace

TxnHistory compile_txns(Journal& journal) {
  return TxnCompiler(journal).compile();
}

}  // namespace quorumlab::models
