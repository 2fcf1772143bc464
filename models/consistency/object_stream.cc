#include "models/consistency/object_stream.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

namespace quorumlab::models {
namespace {

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

  bool end(const Ticket& ticket, Cell result, Position at) override {
    if (ticket.method == Method::kRead) return end_read(ticket, result, at);
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
    if (tag_of(result) != Tag::kInteger) {
      give_up("a read of something else than a total");
      return true;
    }
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

class QueueStream : public ObjectStream {
 public:
  Ticket begin(Ticket ticket) override {
    if (ticket.method == Method::kPop) {
      ++takers_;
    } else if (ticket.method != Method::kPush) {
      give_up("a look at the queue");
    } else if (!inside_.try_emplace(ticket.value, Inside{ticket.begun}).second) {
      give_up("a value that was enqueued again while it was there");
    }
    return ticket;
  }

  bool end(const Ticket& ticket, Cell result, Position at) override {
    if (ticket.method == Method::kPop) return end_pop(ticket, result, at);
    const auto value = inside_.find(ticket.value);
    const bool is_there = value != inside_.end() && value->second.begun == ticket.begun;
    if (is_there) done_.push_back({at, ticket.begun, ticket.value});
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kPop) {
      --takers_;
      return true;
    }
    const auto value = inside_.find(ticket.value);
    const bool is_there = value != inside_.end() && value->second.begun == ticket.begun;
    if (!is_there) return refuse("a value came out whose enqueueing failed");
    inside_.erase(value);
    return true;
  }

  void lose(const Ticket& /*ticket*/) override {}

  bool finish() override {
    const bool overtaken = std::any_of(inside_.begin(), inside_.end(), [](const auto& value) {
      return value.second.must_leave != kNever;
    });
    if (!overtaken) return true;
    if (takers_ == 0) return refuse("a value that was enqueued earlier never came out");
    give_up("a dequeue of unknown outcome");
    return true;
  }

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

  bool end_pop(const Ticket& ticket, Cell result, Position at) {
    --takers_;
    if (result == kNilCell || result == kNoCell) {
      give_up("a dequeue that found nothing");
      return true;
    }
    const auto found = inside_.find(result);
    if (found == inside_.end()) {
      return refuse("nobody had enqueued the value, or it had come out before");
    }
    const Inside value = found->second;
    inside_.erase(found);
    if (ticket.begun > value.must_leave) {
      return refuse("a value that was enqueued later had come out before this dequeue began");
    }
    // Whatever was there before this value began to be enqueued must be on its way out.
    for (; !done_.empty() && done_.front().at < value.begun; done_.pop_front()) {
      const auto other = inside_.find(done_.front().value);
      const bool is_there = other != inside_.end() && other->second.begun == done_.front().begun;
      if (is_there) other->second.must_leave = at;
    }
    return true;
  }

  std::map<Cell, Inside> inside_;
  std::deque<Done> done_;   // enqueued and not overtaken yet, by when that was done
  std::size_t takers_ = 0;  // dequeues that have not ended, or of which nobody will hear
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

  bool end(const Ticket& ticket, Cell result, Position /*at*/) override {
    if (ticket.method != Method::kAcquire) return true;
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

  bool end(const Ticket& /*ticket*/, Cell result, Position /*at*/) override {
    if (result == kNoCell || result == kNilCell) return true;
    if (tag_of(result) != Tag::kInteger) {
      return others_.insert(result).second || refuse("the id had been given before");
    }
    const std::int64_t id = integer_of(result);
    auto after = ranges_.upper_bound(id);
    const bool has_before = after != ranges_.begin();
    const auto before = has_before ? std::prev(after) : ranges_.end();
    if (has_before && id <= before->second) return refuse("the id had been given before");
    std::int64_t last = id;
    if (after != ranges_.end() && after->first == id + 1) {
      last = after->second;
      ranges_.erase(after);
    }
    if (has_before && before->second == id - 1) {
      before->second = last;
    } else {
      ranges_.emplace(id, last);
    }
    return true;
  }

  bool fail(const Ticket& /*ticket*/, Position /*at*/) override { return true; }
  void lose(const Ticket& /*ticket*/) override {}
  [[nodiscard]] std::size_t kept() const override { return ranges_.size() + others_.size(); }
  [[nodiscard]] std::string_view model() const override { return "unique"; }

 private:
  std::map<std::int64_t, std::int64_t> ranges_;  // of given ids: the first and the last
  std::set<Cell> others_;
};

}  // namespace

std::unique_ptr<ObjectStream> make_object_stream(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCounter:
      return std::make_unique<CounterStream>();
    case ObjectKind::kQueue:
      return std::make_unique<QueueStream>();
    case ObjectKind::kLock:
      return std::make_unique<LockStream>();
    case ObjectKind::kIds:
      return std::make_unique<IdStream>();
    default:
      return nullptr;
  }
}

}  // namespace quorumlab::models
