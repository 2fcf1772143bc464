#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "models/exchange/flat_map.h"
#include "models/exchange/kafka_journal.h"
#include "models/exchange/scanner.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> kWork = {"send", "poll", "txn"};
constexpr std::array<std::string_view, 2> kAssigns = {"assign", "subscribe"};
constexpr std::array<std::string_view, 10> kSilent = {
    "crash",          "debug-topic-partitions", "commit",
    "commit_offsets", "commit-offsets",         "list_committed",
    "list-committed", "list_committed_offsets", "list-committed-offsets",
    "unsubscribe"};

bool is_one_of(Words words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The first thing inside a list; nil if there is none.
Cell first_in(std::span<const Cell> list) {
  return is_sequence(list.front()) && payload_of(list.front()) > 0 ? list[1] : kNilCell;
}

// Is it a list of micro-operations?
bool has_micros(const Pool& pool, std::span<const Cell> value) {
  if (!is_sequence(first_in(value))) return false;
  const std::string_view word = pool.word_of(first_in(value.subspan(1)));
  return word == "send" || word == "poll";
}

class LogCompiler {
 public:
  explicit LogCompiler(Journal& journal)
      : journal_(journal),
        send_(journal.pool.intern("send")),
        poll_(journal.pool.intern("poll")),
        keys_(journal.pool.intern("keys")),
        is_json_(journal.form == JournalForm::kJepsenJson) {}

  LogHistory compile() {
    const std::vector<Pair> pairs = pair_events(journal_);
    out_.ops.reserve(pairs.size());
    out_.actions.reserve(2 * pairs.size());
    for (std::uint32_t i = 0; i < pairs.size(); ++i) add(pairs[i], i);
    out_.pool = &journal_.pool;
    return std::move(out_);
  }

 private:
  void add(const Pair& pair, std::uint32_t number) {
    const JournalEvent& begun = journal_.events[pair.invoked];
    const JournalEvent& ended =
        pair.completed == UINT32_MAX ? begun : journal_.events[pair.completed];
    const std::string_view f = journal_.f(begun);
    if (is_one_of(kSilent, f)) return;
    offset_ = ended.offset;
    LogOp op{.id = number, .invoked = 2 * pair.invoked};
    op.outcome = ended.type == EventType::kOk     ? TxnOutcome::kOk
                 : ended.type == EventType::kFail ? TxnOutcome::kFail
                                                  : TxnOutcome::kInfo;
    if (op.outcome == TxnOutcome::kOk) op.completed = 2 * pair.completed + 1;
    op.process = process_of(begun.process);
    op.rebalanced = static_cast<std::uint32_t>(out_.named.size());
    read_rebalances(journal_.rebalances(ended));
    op.rebalances = static_cast<std::uint32_t>(out_.named.size()) - op.rebalanced;
    // A completion that says nothing repeats what was asked for.
    const bool repeats = journal_.value(ended).front() == kNilCell;
    const std::span<const Cell> value = journal_.value(repeats ? begun : ended);
    if (is_one_of(kAssigns, f)) {
      op.deed = f == "assign" ? LogDeed::kAssign : LogDeed::kSubscribe;
      op.seeks = begun.seeks || ended.seeks;
      op.first = static_cast<std::uint32_t>(out_.named.size());
      for (const auto key : Items(value)) out_.named.push_back(key_of(key));
      op.count = static_cast<std::uint32_t>(out_.named.size()) - op.first;
    } else {
      op.first = static_cast<std::uint32_t>(out_.actions.size());
      read_work(f, value, op);
      op.count = static_cast<std::uint32_t>(out_.actions.size()) - op.first;
    }
    out_.ops.push_back(op);
  }

  void read_work(std::string_view f, std::span<const Cell> value, LogOp& op) {
    const bool is_empty =
        value.front() == kNilCell || (is_sequence(value.front()) && payload_of(value.front()) == 0);
    if (has_micros(journal_.pool, value)) {
      for (const auto micro : Items(value)) read_micro(micro, op);
    } else if (f == "poll") {
      op.polls = true;
      if (tag_of(value.front()) == Tag::kMap) {
        read_polled(value);
      } else if (op.outcome == TxnOutcome::kOk && !is_empty) {
        throw InputError(offset_, "a poll gives a map from key to [[offset message] ...]");
      }
    } else if (f == "send" && !is_empty) {
      read_send(value, 1);
    } else if (!is_empty) {
      throw InputError(offset_, "expected [:send k v] and [:poll]");
    }
  }

  void read_micro(std::span<const Cell> micro, LogOp& op) {
    const Cell word = first_in(micro);
    const bool named = tag_of(word) == Tag::kKeyword || tag_of(word) == Tag::kText;
    if (named && payload_of(word) == send_) {
      read_send(micro, 2);
    } else if (named && payload_of(word) == poll_) {
      op.polls = true;
      if (micro.size() == 2 || micro[2] == kNilCell) return;
      if (tag_of(micro[2]) != Tag::kMap) {
        throw InputError(offset_, "a poll gives a map from key to [[offset message] ...]");
      }
      read_polled(micro.subspan(2));
    } else {
      throw InputError(offset_, "a micro-operation is [:send k v] or [:poll]");
    }
  }

  // Key and message, or [offset message], which begin at `at` of the list.
  void read_send(std::span<const Cell> list, std::size_t at) {
    const std::size_t end = is_sequence(list.front()) ? width_of(list.front()) : 0;
    const std::size_t message = at < end ? at + width_of(list[at]) : end;
    if (message >= end || message + width_of(list[message]) != end) {
      throw InputError(offset_, "a send has a key and a message");
    }
    put(key_of(list.subspan(at)), list.subspan(message), true);
  }

  void read_polled(std::span<const Cell> map) {
    const std::size_t end = width_of(map.front());
    for (std::size_t at = 1; at < end;) {
      const std::uint32_t key = key_of(map.subspan(at));
      at += width_of(map[at]);
      const std::span<const Cell> messages = map.subspan(at);
      at += width_of(map[at]);
      if (messages.front() == kNilCell) continue;
      if (!is_sequence(messages.front())) {
        throw InputError(offset_, "a poll gives a list of [offset message] for each key");
      }
      for (const auto message : Items(messages)) put(key, message, false);
    }
  }

  // A message alone, or [offset message].
  void put(std::uint32_t key, std::span<const Cell> told, bool is_send) {
    LogAction action{.key = key & INT32_MAX, .is_send = is_send ? 1U : 0U};
    std::span<const Cell> message = told;
    if (is_sequence(told.front())) {
      const std::size_t end = width_of(told.front());
      const bool is_pair = end >= 3 && width_of(told[1]) == 1 && 2 + width_of(told[2]) == end;
      const bool has_offset = is_pair && tag_of(told[1]) == Tag::kInteger;
      if (!has_offset && !(is_pair && told[1] == kNilCell)) {
        throw InputError(offset_, "expected [offset message], the offset an integer or nil");
      }
      if (has_offset) action.offset = integer_of(told[1]);
      message = told.subspan(2);
    }
    action.message = message_of(key, scalar(message), action.offset);
    out_.actions.push_back(action);
  }

  void read_rebalances(std::span<const Cell> log) {
    for (const auto event : Items(log)) {
      if (tag_of(event.front()) != Tag::kMap) continue;
      for (std::size_t at = 1; at < event.size();) {
        const Cell name = event[at];
        at += width_of(name);
        const bool is_keys = tag_of(name) == Tag::kKeyword || tag_of(name) == Tag::kText;
        if (is_keys && payload_of(name) == keys_) {
          for (const auto key : Items(event.subspan(at))) out_.named.push_back(key_of(key));
        }
        at += width_of(event[at]);
      }
    }
  }

  // What is a list or map itself is compared by its text.
  Cell scalar(std::span<const Cell> value) {
    if (width_of(value.front()) == 1) return value.front();
    const auto whole = value.first(width_of(value.front()));
    return make_cell(Tag::kOther, journal_.pool.intern(journal_.pool.to_text(whole)));
  }

  std::uint32_t key_of(std::span<const Cell> value) {
    Cell key = scalar(value);
    if (is_json_ && tag_of(key) == Tag::kText) key = as_number(key);
    std::uint32_t& number = by_key_[key];
    if (number == 0) {
      out_.keys.push_back(key);
      messages_.emplace_back();
      number = static_cast<std::uint32_t>(out_.keys.size());
    }
    return number - 1;
  }

  // The key as a number would be read that is written so.
  [[nodiscard]] Cell as_number(Cell key) const {
    const std::string_view text = journal_.pool.word_of(key);
    const std::optional<std::int64_t> value = integer_in(text);
    if (value && std::to_string(*value) == text) return integer_cell(*value);
    const bool begins_so = text.find_first_of("-0123456789") == 0;
    return begins_so ? make_cell(Tag::kOther, payload_of(key)) : key;
  }

  // Polls go along a log, so that what lies at an offset is looked up there first.
  std::uint32_t message_of(std::uint32_t key, Cell value, std::int64_t offset) {
    Messages& mine = messages_[key];
    const bool is_near =
        offset >= 0 && offset < std::int64_t{kMostGaps} * static_cast<std::int64_t>(mine.size + 64);
    const auto at = static_cast<std::size_t>(is_near ? offset : 0);
    if (is_near && at < mine.by_offset.size()) {
      const std::uint32_t known = mine.by_offset[at];
      if (known != 0 && out_.messages[known - 1].value == value) return known - 1;
    }
    std::uint32_t& number = mine.by_value[value];
    if (number == 0) {
      ++mine.size;
      out_.messages.push_back({key, value});
      number = static_cast<std::uint32_t>(out_.messages.size());
    }
    if (is_near && at >= mine.by_offset.size()) mine.by_offset.resize(at + 1);
    if (is_near) mine.by_offset[at] = number;
    return number - 1;
  }

  std::uint32_t process_of(std::int64_t process) {
    std::uint32_t& number = by_process_[static_cast<std::uint64_t>(process)];
    if (number == 0) {
      out_.process_names.push_back(process);
      number = static_cast<std::uint32_t>(out_.process_names.size());
    }
    return number - 1;
  }

  static constexpr int kMostGaps = 4;  // offsets for each message, for a table by offset

  struct Messages {
    FlatMap<std::uint32_t> by_value;
    std::vector<std::uint32_t> by_offset;
    std::size_t size = 0;
  };

  Journal& journal_;
  const std::uint32_t send_;
  const std::uint32_t poll_;
  const std::uint32_t keys_;
  const bool is_json_;
  LogHistory out_;
  std::uint64_t offset_ = 0;  // of the event that is read
  FlatMap<std::uint32_t> by_key_;
  FlatMap<std::uint32_t> by_process_;
  std::vector<Messages> messages_;  // by key
};

}  // namespace

bool is_log_journal(const Journal& journal) {
  enum class Use : std::uint8_t { kNew, kWork, kTxn, kPoll, kAssign, kSilent, kOther };
  const auto use_of = [](std::string_view f) {
    return f == "txn"               ? Use::kTxn
           : f == "poll"            ? Use::kPoll
           : is_one_of(kWork, f)    ? Use::kWork
           : is_one_of(kAssigns, f) ? Use::kAssign
           : is_one_of(kSilent, f)  ? Use::kSilent
                                    : Use::kOther;
  };
  std::vector<Use> uses(journal.pool.size(), Use::kNew);  // by text
  bool is_sure = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client) continue;
    Use& use = uses[event.f];
    if (use == Use::kNew) use = use_of(journal.f(event));
    if (use == Use::kOther) return false;
    if (is_sure || use == Use::kSilent) continue;
    const std::span<const Cell> value = journal.value(event);
    const bool is_micros = has_micros(journal.pool, value);
    if (use == Use::kTxn && !is_micros && is_sequence(first_in(value))) return false;
    const bool is_polled = use == Use::kPoll && tag_of(value.front()) == Tag::kMap;
    is_sure = use == Use::kAssign || is_polled || is_micros;
  }
  return is_sure;
}

LogHistory compile_logs(Journal& journal) {
  return LogCompiler(journal).compile();
}

}  // namespace quorumlab::models
