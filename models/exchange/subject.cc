#include "models/exchange/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "models/exchange/flat_map.h"
#include "models/exchange/kafka_journal.h"
#include "models/exchange/keyed_events.h"
#include "models/exchange/scanner.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

using Words = std::set<std::string_view>;

constexpr std::size_t kMostFunctions = 16;  // no subject has more

// The object that has exactly these functions, if any.
std::optional<ObjectKind> object_of(const Words& used) {
  const auto only = [&](const Words& known) {
    return std::includes(known.begin(), known.end(), used.begin(), used.end());
  };
  const auto any = [&](const Words& some) {
    return std::any_of(some.begin(), some.end(), [&](auto word) { return used.contains(word); });
  };
  if (only({"generate"})) return ObjectKind::kIds;
  if (only({"read", "write", "cas"})) return ObjectKind::kRegister;
  if (only({"acquire", "release", "lock", "unlock"})) return ObjectKind::kLock;
  if (only({"push", "pop", "peek"}) && any({"push", "pop"})) return ObjectKind::kStack;
  if (only({"enqueue", "dequeue", "enq", "deq", "peek"})) return ObjectKind::kQueue;
  if (only({"send", "poll"})) return ObjectKind::kLog;
  if (only({"get", "put", "set", "append", "delete", "cas", "read", "write"})) {
    return ObjectKind::kMap;
  }
  if (only({"inc", "increment", "dec", "decrement", "add", "read"}) &&
      any({"inc", "increment", "dec", "decrement"})) {
    return ObjectKind::kCounter;
  }
  if (only({"add", "insert", "remove", "contains", "contains?", "read"})) return ObjectKind::kSet;
  return std::nullopt;
}

Reading read_txns(const Journal& journal) {
  std::vector<Cell> seen;  // few, so that looking through them is quickest
  for (const JournalEvent& event : journal.events) {
    if (!event.client || event.value == kNoValue) continue;
    for (const std::span<const Cell> micro : Items(journal.value(event))) {
      if (!is_sequence(micro.front()) || payload_of(micro.front()) == 0) continue;
      const bool is_new = std::find(seen.begin(), seen.end(), micro[1]) == seen.end();
      if (is_new && seen.size() < kMostFunctions) seen.push_back(micro[1]);
    }
  }
  Words functions;
  for (const Cell cell : seen) functions.insert(journal.pool.word_of(cell));
  const auto only = [&](const Words& known) {
    return std::includes(known.begin(), known.end(), functions.begin(), functions.end());
  };
  if (only({"r", "rp", "append"})) return {.subject = Subject::kListAppend};
  if (only({"r", "rp", "w"})) return {.subject = Subject::kRwRegister};
  if (only({"read", "write"})) {
    return {.subject = Subject::kObject, .object = ObjectKind::kMultiRegister};
  }
  return {.subject = Subject::kOther, .problem = "these micro-operations are not known"};
}

// Whether every value, where there is one, is [key value]: so Jepsen's independent tests have it.
bool values_have_keys(const Journal& journal) {
  bool seen = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client) continue;
    const std::span<const Cell> value = journal.value(event);
    if (value.front() == kNilCell && event.type != EventType::kInvoke) continue;
    const auto items = items_of(value);
    if (!is_sequence(value.front()) || items.size() != 2) return false;
    const bool is_cas = journal.f(event) == "cas";
    if (is_cas && (!is_sequence(items[1].front()) || items_of(items[1]).size() != 2)) return false;
    seen = true;
  }
  return seen;
}

class ObjectCompiler {
 public:
  ObjectCompiler(Journal& journal, const Reading& reading) : journal_(journal), reading_(reading) {}

  std::vector<ObjectPart> compile() {
    const std::vector<Pair> pairs = pair_events(journal_);
    for (std::uint32_t i = 0; i < pairs.size(); ++i) add(pairs[i], i);
    return std::move(parts_);
  }

 private:
  void add(const Pair& pair, std::uint32_t number) {
    const JournalEvent& begun = journal_.events[pair.invoked];
    const JournalEvent* const ended =
        pair.completed == UINT32_MAX ? nullptr : &journal_.events[pair.completed];
    const bool ok = ended != nullptr && ended->type == EventType::kOk;
    const bool ran = ended != nullptr && ended->type == EventType::kFail &&
                     journal_.form == JournalForm::kEtcdLog && journal_.f(begun) == "cas" &&
                     is_sequence(journal_.value(*ended).front());
    if (ended != nullptr && ended->type == EventType::kFail && !ran) return;
    TimedCall<ObjectCall> timed{.invoked = 2 * std::uint64_t{pair.invoked}};
    if (ok || ran) timed.completed = 2 * std::uint64_t{pair.completed} + 1;
    Cell key = begun.key == kNoCell ? kNilCell : begun.key;
    std::span<const Cell> in = journal_.value(begun);
    std::span<const Cell> out = ok ? journal_.value(*ended) : in;
    if (reading_.is_keyed) {
      const auto two = items_of(in);
      if (two.size() != 2) throw InputError(begun.offset, "expected [key value]");
      key = scalar(two[0]);
      in = two[1];
      if (items_of(out).size() == 2) out = items_of(out)[1];
    }
    if (!fill(timed.call, begun, in, out, ok, ok && ended->unwritten)) return;
    if (ran) timed.call.result = make_cell(Tag::kBoolean, 0);
    ObjectPart& part = part_of(key);
    part.calls.push_back(std::move(timed));
    part.pairs.push_back(number);
  }

  // Values that are lists or maps themselves are compared by their text.
  Cell scalar(std::span<const Cell> value) {
    if (width_of(value.front()) == 1) return value.front();
    return make_cell(Tag::kOther, journal_.pool.intern(journal_.pool.to_text(value)));
  }

  ObjectPart& part_of(Cell key) {
    std::uint32_t& index = by_key_[key];
    if (index == 0) {
      parts_.push_back({.key = key});
      index = static_cast<std::uint32_t>(parts_.size());
    }
    return parts_[index - 1];
  }

  // False: the operation says nothing.
  bool fill(ObjectCall& call, const JournalEvent& begun, std::span<const Cell> in,
            std::span<const Cell> out, bool ok, bool unwritten) {
    const auto method = method_named(journal_.f(begun));
    if (!method) {
      throw InputError(begun.offset,
                       fmt::format("the function {} is not known", journal_.f(begun)));
    }
    call.method = *method;
    const bool is_log = reading_.object == ObjectKind::kLog;
    if (is_log && call.method == Method::kAppend) call.method = Method::kPush;
    call.process = begun.process;
    call.a = scalar(in);
    switch (call.method) {
      case Method::kCas: {
        const auto two = items_of(in);
        if (two.size() != 2) throw InputError(begun.offset, "cas needs [expected new]");
        call.a = scalar(two[0]);
        call.b = scalar(two[1]);
        if (ok) call.result = make_cell(Tag::kBoolean, 1);
        return true;
      }
      case Method::kAdd:
        if (reading_.object == ObjectKind::kCounter) {
          const auto addend = addend_of(journal_.f(begun), in.front());
          if (!addend) throw InputError(begun.offset, "a counter adds integers");
          call.a = *addend;
        } else if (ok && tag_of(out.front()) == Tag::kBoolean) {
          call.result = out.front();
        }
        return true;
      case Method::kRead:
        return ok && fill_read(call, out, unwritten);
      case Method::kPop:
      case Method::kGenerate:
      case Method::kAcquire:
        call.a = kNilCell;
        if (ok) call.result = scalar(out);
        return true;
      case Method::kPush:
        if (ok && is_log && journal_.f(begun) != "append") call.result = offset_in(out);
        return true;
      case Method::kPoll:
      case Method::kContains:
        return ok && fill_lookup(call, out);
      case Method::kRemove:
        if (ok && tag_of(out.front()) == Tag::kBoolean) call.result = out.front();
        return true;
      case Method::kTxn:
        return fill_txn(call, begun, ok ? out : in, ok);
      default:
        return true;
    }
  }

  // [offset value], or the offset alone.
  static Cell offset_in(std::span<const Cell> out) {
    const auto two = items_of(out);
    if (two.size() == 2) return two[0].front();
    return tag_of(out.front()) == Tag::kInteger ? out.front() : kNoCell;
  }

  bool fill_read(ObjectCall& call, std::span<const Cell> out, bool unwritten) {
    const bool is_whole =
        reading_.object == ObjectKind::kSet || reading_.object == ObjectKind::kLog;
    if (is_whole) {
      if (out.front() == kNilCell) return false;
      for (const auto item : Items(out)) call.many.push_back(scalar(item));
      if (reading_.object == ObjectKind::kSet) std::sort(call.many.begin(), call.many.end());
    }
    call.result = reading_.object == ObjectKind::kSet ? out.front() : scalar(out);
    call.a = kNilCell;
    // A completed read of nil in a Jepsen history did not say what it read, except where a queue
    // or a map has nothing to give.
    const bool always_has_some =
        reading_.object == ObjectKind::kRegister || reading_.object == ObjectKind::kCounter;
    const bool says_nothing = call.result == kNilCell && always_has_some &&
                              journal_.form != JournalForm::kEtcdLog && !unwritten;
    return !says_nothing;
  }

  // [argument result] of a poll or a question.
  bool fill_lookup(ObjectCall& call, std::span<const Cell> out) {
    const auto two = items_of(out);
    if (two.size() != 2) return false;
    call.a = scalar(two[0]);
    call.result = scalar(two[1]);
    return true;
  }

  bool fill_txn(ObjectCall& call, const JournalEvent& begun, std::span<const Cell> micros,
                bool ok) {
    call.a = kNilCell;
    for (const auto micro : Items(micros)) {
      const auto three = items_of(micro);
      if (three.size() != 3) {
        throw InputError(begun.offset, "a micro-operation is [:read k v] or [:write k v]");
      }
      const bool write = journal_.pool.word_of(three[0].front()) == "write";
      if (!write && (!ok || three[2].front() == kNilCell)) continue;
      call.many.push_back(write ? kWriteCell : kReadCell);
      call.many.push_back(scalar(three[1]));
      call.many.push_back(scalar(three[2]));
    }
    return !call.many.empty();
  }

  Journal& journal_;
  const Reading& reading_;
  std::vector<ObjectPart> parts_;
  FlatMap<std::uint32_t> by_key_;
};

}  // namespace

std::optional<Method> method_named(std::string_view f) {
  static const std::map<std::string_view, Method> kMethods = {{"read", Method::kRead},
                                                              {"get", Method::kRead},
                                                              {"write", Method::kWrite},
                                                              {"put", Method::kWrite},
                                                              {"set", Method::kWrite},
                                                              {"cas", Method::kCas},
                                                              {"append", Method::kAppend},
                                                              {"delete", Method::kDelete},
                                                              {"add", Method::kAdd},
                                                              {"inc", Method::kAdd},
                                                              {"increment", Method::kAdd},
                                                              {"dec", Method::kAdd},
                                                              {"decrement", Method::kAdd},
                                                              {"insert", Method::kAdd},
                                                              {"remove", Method::kRemove},
                                                              {"contains", Method::kContains},
                                                              {"contains?", Method::kContains},
                                                              {"enqueue", Method::kPush},
                                                              {"enq", Method::kPush},
                                                              {"push", Method::kPush},
                                                              {"send", Method::kPush},
                                                              {"dequeue", Method::kPop},
                                                              {"deq", Method::kPop},
                                                              {"pop", Method::kPop},
                                                              {"poll", Method::kPoll},
                                                              {"peek", Method::kRead},
                                                              {"acquire", Method::kAcquire},
                                                              {"lock", Method::kAcquire},
                                                              {"release", Method::kRelease},
                                                              {"unlock", Method::kRelease},
                                                              {"generate", Method::kGenerate},
                                                              {"txn", Method::kTxn}};
  const auto found = kMethods.find(f);
  return found == kMethods.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Cell> addend_of(std::string_view f, Cell value) {
  const bool minus = f.starts_with("dec");
  if (value == kNilCell) return integer_cell(minus ? -1 : 1);
  if (tag_of(value) != Tag::kInteger) return std::nullopt;
  return minus ? integer_cell(-integer_of(value)) : value;
}

Reading read_subject(const Journal& journal) {
  Words used;
  for (const JournalEvent& event : journal.events) {
    if (event.client) used.insert(journal.f(event));
  }
  if (used.empty()) return {};
  if (!journal.object.empty()) {
    const auto kind = object_kind(journal.object);
    if (kind) return {.subject = Subject::kObject, .object = *kind};
  }
  if (is_log_journal(journal)) return {.subject = Subject::kLogs};
  if (used == Words{"txn"} || used == Words{""}) return read_txns(journal);
  if (used.contains("transfer")) return {.subject = Subject::kBank};
  const auto object = object_of(used);
  if (object) {
    Reading reading{.subject = Subject::kObject, .object = *object};
    reading.is_keyed = values_have_keys(journal);
    if (used == Words{"add", "read"} && reads_totals(journal, reading.is_keyed)) {
      reading.object = ObjectKind::kCounter;
    }
    if (used == Words{"append", "read"} && reads_lists(journal, reading.is_keyed)) {
      reading.object = ObjectKind::kLog;
    }
    return reading;
  }
  std::string names;
  for (const std::string_view word : used) names += fmt::format(" {}", word);
  return {.subject = Subject::kOther, .problem = "no object has these functions:" + names};
}

bool reads_totals(const Journal& journal, bool is_keyed) {
  return std::any_of(journal.events.begin(), journal.events.end(), [&](const JournalEvent& event) {
    if (!event.client || event.type != EventType::kOk || journal.f(event) != "read") return false;
    const auto value = value_of(journal, event, is_keyed);
    return value && tag_of(*value) == Tag::kInteger;
  });
}

bool reads_lists(const Journal& journal, bool is_keyed) {
  bool seen = false;
  for (const JournalEvent& event : journal.events) {
    if (!event.client || event.type != EventType::kOk || journal.f(event) != "read") continue;
    std::span<const Cell> value = journal.value(event);
    if (is_keyed) {
      const auto two = items_of(value);
      if (two.size() != 2) return false;
      value = two[1];
    }
    if (value.front() == kNilCell) continue;
    if (!is_sequence(value.front())) return false;
    seen = true;
  }
  return seen;
}

std::vector<ObjectPart> compile_objects(Journal& journal, const Reading& reading) {
  return ObjectCompiler(journal, reading).compile();
}

std::string describe(const Journal& journal, const Pair& pair) {
  const JournalEvent& begun = journal.events[pair.invoked];
  const JournalEvent* const ended =
      pair.completed == UINT32_MAX ? nullptr : &journal.events[pair.completed];
  const std::string asked = journal.pool.to_text(journal.value(begun));
  std::string text = fmt::format("process {} {}", begun.process, journal.f(begun));
  if (asked != "nil") text += " " + asked;
  if (ended == nullptr || ended->type == EventType::kInfo) {
    text += ", outcome unknown";
  } else if (ended->type == EventType::kFail) {
    text += ", failed";
  } else if (ended->value != kNoValue) {
    const std::string result = journal.pool.to_text(journal.value(*ended));
    if (result != asked) text += " -> " + result;
  }
  return text + fmt::format(" (event {})", pair.invoked);
}

}  // namespace quorumlab::models
