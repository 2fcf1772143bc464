#include "models/exchange/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "models/exchange/flat_map.h"
#include "models/exchange/queue_journal.h"
#include "models/exchange/scanner.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

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
    if (ok && is_drain(journal_, pair)) out = taken_by(journal_, pair);
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
    const bool is_set = reading_.object == ObjectKind::kSet;
    if (is_set && call.method == Method::kWrite) call.method = Method::kAdd;
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
        } else if (call.a == kNilCell && journal_.f(begun) == "broadcast") {
          throw InputError(begun.offset, "a broadcast of nothing");
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
                                                              {"read-init", Method::kRead},
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
                                                              {"broadcast", Method::kAdd},
                                                              {"remove", Method::kRemove},
                                                              {"contains", Method::kContains},
                                                              {"contains?", Method::kContains},
                                                              {"enqueue", Method::kPush},
                                                              {"enq", Method::kPush},
                                                              {"push", Method::kPush},
                                                              {"send", Method::kPush},
                                                              {"dequeue", Method::kPop},
                                                              {"deq", Method::kPop},
                                                              {"drain", Method::kPop},
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
  } else if (is_drain(journal, pair)) {
    text += " -> " + taken_in_words(journal, pair);
  } else if (ended->value != kNoValue) {
    const std::string result = journal.pool.to_text(journal.value(*ended));
    if (result != asked) text += " -> " + result;
  }
  return text + fmt::format(" (event {})", pair.invoked);
}

}  // namespace quorumlab::models
