#include "models/consistency/object_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "models/consistency/cell_ranges.h"
#include "models/consistency/list_stream.h"
#include "models/consistency/register_stream.h"
#include "models/consistency/set_stream.h"
#include "models/consistency/stack_stream.h"

namespace quorumlab::models {
namespace {

using Told = std::span<const Cell>;

// Names what contradicts what, and says where something stands that cannot be judged.
class RegisterObject : public ObjectStream {
 public:
  explicit RegisterObject(const StreamSetting& setting)
      : register_(setting.initial), pool_(setting.pool) {}

  Ticket begin(Ticket ticket) override {
    if (ticket.method == Method::kRead) {
      (void)register_.begin_read(ticket.begun);
    } else if (ticket.method == Method::kWrite) {
      (void)register_.begin_write(ticket.value, ticket.begun);
    } else {
      give_up("something else than reads and writes");
    }
    if (register_.ambiguous()) {
      give_up(fmt::format("the value {}, written again while it could still be read,",
                          name_in(pool_, *register_.ambiguous())));
    }
    return ticket;
  }

  bool end(const Ticket& ticket, Told told, Position at) override {
    if (ticket.method == Method::kWrite) return register_.end_write(of(ticket), at) || contradict();
    if (told.size() != 1) return give_up("a value of another shape");
    if (told.front() == kNoCell) {
      register_.lose(of(ticket));
      return true;
    }
    return register_.end_read(of(ticket), told.front(), at) || contradict();
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    return register_.fail(of(ticket)) || contradict();
  }
  void lose(const Ticket& ticket) override { register_.lose(of(ticket)); }
  [[nodiscard]] std::size_t kept() const override { return register_.kept(); }

 private:
  static RegisterStream::Ticket of(const Ticket& ticket) {
    return {
        .begun = ticket.begun, .writes = ticket.method == Method::kWrite, .value = ticket.value};
  }

  bool contradict() {
    const auto& why = register_.contradiction();
    const std::string value = name_in(pool_, why.value);
    if (!why.is_known) {
      return refuse(fmt::format(
          "{} was not written by then, or had been replaced for good, or its write failed", value));
    }
    return refuse(fmt::format(
        "so {} was there before and after {}, which was written or read by somebody who had ended "
        "at event {}, and by one who began at event {}",
        value, name_in(pool_, why.other), why.other_first_done - 1, why.other_last_begun - 1));
  }

  RegisterStream register_;
  const Pool* pool_;
};

// Additions are all alike, so that it need not be known which of those under way a read saw: only
// how many, and when the latest.
class CounterStream : public ObjectStream {
 public:
  Ticket begin(Ticket ticket) override {
    ticket.note = total_;
    if (ticket.method == Method::kRead) return ticket;
    const bool adds = ticket.method == Method::kAdd && tag_of(ticket.value) == Tag::kInteger;
    const std::int64_t step = adds ? integer_of(ticket.value) : 0;
    if (step == 0 || (step_ != 0 && step != step_)) give_up("an addition unlike the others");
    step_ = step;
    open_.insert(ticket.begun);
    return ticket;
  }

  bool end(const Ticket& ticket, Told told, Position at) override {
    if (ticket.method == Method::kRead) return end_read(ticket, told.front(), at);
    open_.erase(open_.find(ticket.begun));
    const auto seen = seen_.upper_bound(ticket.begun);
    if (seen == seen_.end()) {
      ++total_;
    } else {
      seen_.erase(seen);
    }
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kRead) return true;
    open_.erase(open_.find(ticket.begun));
    // Is there still an addition for each that was seen, begun before?
    auto open = open_.begin();
    for (const Position seen : seen_) {
      if (open == open_.end() || *open > seen) return refuse("an addition was seen that failed");
      ++open;
    }
    return true;
  }

  void lose(const Ticket& /*ticket*/) override {}
  [[nodiscard]] std::size_t kept() const override { return open_.size() + seen_.size(); }

 private:
  bool end_read(const Ticket& ticket, Cell result, Position at) {
    if (result == kNoCell || result == kNilCell) return true;
    if (tag_of(result) != Tag::kInteger) return give_up("a read of something else than a total");
    const std::int64_t found = integer_of(result);
    if (found != 0 && (step_ == 0 || found % step_ != 0 || found / step_ < 0)) {
      return refuse("no number of additions makes what was read");
    }
    const std::int64_t wanted = found == 0 ? 0 : found / step_;
    if (wanted < ticket.note) return refuse("more had been added, or read, before the read began");
    while (total_ < wanted) {
      if (seen_.size() == open_.size()) return refuse("less had been added when the read ended");
      seen_.insert(at);
      ++total_;
    }
    return true;
  }

  std::int64_t step_ = 0;
  std::int64_t total_ = 0;        // additions that must have taken effect
  std::multiset<Position> open_;  // additions that may, or may yet, by when they began
  std::multiset<Position> seen_;  // so many of them did, each by then
};

// Values come out in the order in which they went in. So when a value comes out, whatever went in
// surely before it must have come out, or be on its way out: with somebody who is under way, began
// before, and takes nothing else.
class QueueStream : public ObjectStream {
 public:
  Ticket begin(Ticket ticket) override {
    if (ticket.method == Method::kPop) {
      takers_.insert(ticket.begun);
    } else if (ticket.method != Method::kPush) {
      give_up("a look at the queue");
    } else if (!inside_.try_emplace(ticket.value, Inside{ticket.begun}).second) {
      give_up("a value that was enqueued again while it was there");
    }
    return ticket;
  }

  bool end(const Ticket& ticket, Told told, Position at) override {
    if (ticket.method == Method::kPop) return end_pop(ticket, told, at) && are_takers_enough();
    const auto value = inside_.find(ticket.value);
    const bool is_there = value != inside_.end() && value->second.begun == ticket.begun;
    if (is_there) done_.push_back({at, ticket.begun, ticket.value});
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kPop) {
      takers_.erase(takers_.find(ticket.begun));
      return are_takers_enough();
    }
    const auto value = inside_.find(ticket.value);
    const bool is_there = value != inside_.end() && value->second.begun == ticket.begun;
    if (!is_there) return refuse("a value came out whose enqueueing failed");
    inside_.erase(value);
    return true;
  }

  void lose(const Ticket& /*ticket*/) override {}

  [[nodiscard]] std::size_t kept() const override { return inside_.size() + done_.size(); }

 private:
  struct Inside {
    Position begun = 0;
    Position must_leave = kNever;  // whoever takes it out must have begun before
  };
  struct Done {
    Position at = 0;
    Position begun = 0;
    Cell value = kNilCell;
  };

  bool end_pop(const Ticket& ticket, Told told, Position at) {
    takers_.erase(takers_.find(ticket.begun));
    const Cell result = told.front();
    if (told.size() != 1) return give_up("a value of another shape");
    if (result == kNilCell || result == kNoCell) return give_up("a dequeue that found nothing");
    const auto found = inside_.find(result);
    if (found == inside_.end()) {
      return refuse("nobody had enqueued the value, or it had come out before");
    }
    const Inside value = found->second;
    inside_.erase(found);
    if (value.must_leave != kNever) overtaken_.erase(overtaken_.find(value.must_leave));
    if (ticket.begun > value.must_leave) {
      return refuse("a value that was enqueued later had come out before this dequeue began");
    }
    // Whatever was there before this value began to be enqueued must be on its way out.
    for (; !done_.empty() && done_.front().at < value.begun; done_.pop_front()) {
      const auto other = inside_.find(done_.front().value);
      const bool is_there = other != inside_.end() && other->second.begun == done_.front().begun;
      if (!is_there) continue;
      other->second.must_leave = at;
      overtaken_.insert(at);
    }
    return true;
  }

  // The first to leave goes with the first who came.
  bool are_takers_enough() {
    auto taker = takers_.begin();
    for (const Position must_leave : overtaken_) {
      if (taker == takers_.end() || *taker > must_leave) {
        return refuse(
            "a value that was enqueued earlier has not come out, and nobody who is under "
            "way can take it");
      }
      ++taker;
    }
    return true;
  }

  std::map<Cell, Inside> inside_;
  std::deque<Done> done_;              // enqueued and not overtaken yet, by when that was done
  std::multiset<Position> overtaken_;  // must_leave of those inside
  std::multiset<Position> takers_;     // dequeues that have not ended, or of which nobody will hear
};

class LockStream : public ObjectStream {
 public:
  Ticket begin(Ticket ticket) override {
    ticket.note = ticket.method == Method::kRelease ? acquired_ : last_token_;
    if (ticket.method == Method::kRelease) {
      const bool held = holder_ == ticket.process;
      if (held) holder_.reset();
      ticket.value = make_cell(Tag::kBoolean, held ? 1 : 0);
    }
    return ticket;
  }

  bool end(const Ticket& ticket, Told told, Position /*at*/) override {
    if (ticket.method != Method::kAcquire) return true;
    const Cell result = told.front();
    if (holder_) return refuse("somebody else held the lock");
    holder_ = ticket.process;
    ++acquired_;
    if (result == kNoCell || tag_of(result) != Tag::kInteger) return true;
    const std::int64_t token = integer_of(result);
    if (has_token_ && ticket.note >= token && ticket.note != kNoToken) {
      return refuse("the fencing token had been given, or a greater one, before it began");
    }
    last_token_ = has_token_ ? std::max(last_token_, token) : token;
    has_token_ = true;
    return true;
  }

  // Who could not release it holds it still, and has all the time.
  bool fail(const Ticket& ticket, Position /*at*/) override {
    const bool releases = ticket.method == Method::kRelease && payload_of(ticket.value) != 0;
    if (!releases) return true;
    if (acquired_ != ticket.note) return refuse("the lock was acquired before it was released");
    holder_ = ticket.process;
    return true;
  }

  void lose(const Ticket& /*ticket*/) override {}
  [[nodiscard]] std::size_t kept() const override { return 1; }
  [[nodiscard]] std::string_view model() const override { return "mutual_exclusion"; }

 private:
  static constexpr std::int64_t kNoToken = INT64_MIN;

  std::optional<std::int64_t> holder_;  // for sure
  std::int64_t acquired_ = 0;
  std::int64_t last_token_ = kNoToken;  // the greatest that has been given
  bool has_token_ = false;
};

class IdStream : public ObjectStream {
 public:
  Ticket begin(Ticket ticket) override { return ticket; }

  bool end(const Ticket& /*ticket*/, Told told, Position /*at*/) override {
    if (told.size() != 1) return give_up("a value of another shape");
    if (told.front() == kNoCell || told.front() == kNilCell) return true;
    return given_.insert(told.front()) || refuse("the id had been given before");
  }

  bool fail(const Ticket& /*ticket*/, Position /*at*/) override { return true; }
  void lose(const Ticket& /*ticket*/) override {}
  [[nodiscard]] std::size_t kept() const override { return given_.kept(); }
  [[nodiscard]] std::string_view model() const override { return "unique"; }

 private:
  CellRanges given_;
};

}  // namespace

std::unique_ptr<ObjectStream> make_object_stream(ObjectKind kind, const StreamSetting& setting) {
  switch (kind) {
    case ObjectKind::kRegister:
      return std::make_unique<RegisterObject>(setting);
    case ObjectKind::kCounter:
      return std::make_unique<CounterStream>();
    case ObjectKind::kSet:
      return make_set_stream(setting);
    case ObjectKind::kQueue:
      return std::make_unique<QueueStream>();
    case ObjectKind::kStack:
      return make_stack_stream(setting);
    case ObjectKind::kLog:
      return make_list_stream(setting);
    case ObjectKind::kLock:
      return std::make_unique<LockStream>();
    case ObjectKind::kIds:
      return std::make_unique<IdStream>();
    default:
      return nullptr;
  }
}

std::string name_in(const Pool* pool, Cell value) {
  if (pool != nullptr) return pool->to_text(value);
  return tag_of(value) == Tag::kInteger ? fmt::to_string(integer_of(value)) : "a value";
}

}  // namespace quorumlab::models
