#include "models/consistency/kafka_faults.h"

#include <algorithm>
#include <optional>

namespace quorumlab::models {
namespace {

using Kind = LogAnomalyKind;

constexpr std::size_t kMostKept = 8;  // of each kind

// From one message to the next that was sent to a log, or polled from it.
struct Step {
  std::uint32_t from_op = 0;
  const LogAction& from;
  std::uint32_t op = 0;
  const LogAction& to;
};

// What it is called to stay or go back, and to pass over messages, which not everybody must not.
struct StepKinds {
  Kind back;
  std::optional<Kind> skip;
};
constexpr StepKinds kSendsWithin{Kind::kIntNonmonotonicSend, Kind::kIntSendSkip};
constexpr StepKinds kPollsWithin{Kind::kIntNonmonotonicPoll, Kind::kIntPollSkip};
constexpr StepKinds kSends{Kind::kNonmonotonicSend, std::nullopt};
constexpr StepKinds kPolls{Kind::kNonmonotonicPoll, Kind::kPollSkip};
constexpr StepKinds kRejoined{Kind::kRejoinNonmonotonicPoll, Kind::kRejoinPollSkip};

// The earliest few of each kind, however many there are.
class Faults {
 public:
  void add_if_wrong(const Step& step, const LogOrder& order, const StepKinds& kinds) {
    const std::int64_t low = order.offset_of(step.from_op, step.from);
    const std::int64_t high = order.offset_of(step.op, step.to);
    if (low == kNoOffset || high == kNoOffset) return;
    const bool skips = kinds.skip && order.between(step.from, low, step.to, high) > 0;
    if (high > low && !skips) return;
    add({.kind = skips ? *kinds.skip : kinds.back,
         .op = step.op,
         .other = step.from_op == step.op ? kNoOp : step.from_op,
         .message = step.to.message,
         .before = step.from.message,
         .low = low,
         .high = high,
         .key = step.to.key});
  }

  void add(const LogFault& fault) {
    const auto kind = static_cast<std::size_t>(fault.kind);
    ++counts_[kind];
    std::vector<LogFault>& mine = kept_[kind];
    const auto later = [](const LogFault& a, const LogFault& b) { return a.op < b.op; };
    if (mine.size() == kMostKept && !later(fault, mine.back())) return;
    mine.insert(std::upper_bound(mine.begin(), mine.end(), fault, later), fault);
    if (mine.size() > kMostKept) mine.pop_back();
  }

  void give(LogFaults& out) {
    out.counts = counts_;
    for (auto& kept : kept_) out.found.insert(out.found.end(), kept.begin(), kept.end());
  }

 private:
  std::array<std::vector<LogFault>, kLogAnomalyKinds> kept_;
  std::array<std::uint64_t, kLogAnomalyKinds> counts_{};
};

class LogSearch {
 public:
  LogSearch(const LogHistory& history, const LogOrder& order, Faults& faults)
      : history_(history), order_(order), faults_(faults) {}

  void offsets() {
    for (std::uint32_t key = 0; key < history_.keys.size(); ++key) {
      const auto entries = order_.entries_of(key);
      for (std::size_t i = 1; i < entries.size(); ++i) {
        const bool is_second = entries[i].offset == entries[i - 1].offset &&
                               (i < 2 || entries[i - 2].offset != entries[i].offset);
        if (!is_second) continue;
        faults_.add({.kind = Kind::kInconsistentOffsets,
                     .message = entries[i].message,
                     .before = entries[i - 1].message,
                     .low = entries[i].offset,
                     .high = entries[i].offset,
                     .key = key});
      }
    }
    for (std::uint32_t m = 0; m < history_.messages.size(); ++m) {
      const LogPlace& place = order_.place(m);
      if (place.first == place.last || place.sender == kSeveralSent) continue;
      faults_.add({.kind = Kind::kDuplicate,
                   .op = place.sender,
                   .message = m,
                   .low = place.first,
                   .high = place.last,
                   .key = history_.messages[m].key});
    }
  }

  // `shown`: by key, since when somebody has looked at everything that is there; 0: never.
  void losses(const std::vector<std::uint32_t>& shown, LogFaults& out) {
    std::vector<std::uint32_t> highest(history_.keys.size(), kNoOp);  // message
    for (std::uint32_t m = 0; m < history_.messages.size(); ++m) {
      const LogPlace& place = order_.place(m);
      if (place.reader == kNoOp || place.first == kNoOffset) continue;
      std::uint32_t& best = highest[history_.messages[m].key];
      if (best == kNoOp || order_.place(best).first < place.first) best = m;
    }
    for (std::uint32_t m = 0; m < history_.messages.size(); ++m) {
      const LogPlace& place = order_.place(m);
      if (place.reader != kNoOp || place.sender >= kSeveralSent) continue;
      if (!order_.committed(place.sender)) continue;
      const std::uint32_t key = history_.messages[m].key;
      const std::uint32_t best = highest[key];
      const bool is_acknowledged = history_.ops[place.sender].outcome == TxnOutcome::kOk;
      if (is_acknowledged) ++out.unseen;
      const LogFault fault{.kind = Kind::kLostWrite,
                           .op = place.sender,
                           .other = best == kNoOp ? kNoOp : order_.place(best).reader,
                           .message = m,
                           .before = best,
                           .low = place.last,
                           .high = best == kNoOp ? kNoOffset : order_.place(best).first,
                           .key = key};
      if (best != kNoOp && place.last != kNoOffset && place.last <= fault.high) {
        faults_.add(fault);
      } else if (is_acknowledged && history_.ops[place.sender].completed < shown[key]) {
        LogFault unseen = fault;
        unseen.kind = Kind::kUnseen;
        unseen.other = kNoOp;
        faults_.add(unseen);
      }
    }
  }

 private:
  const LogHistory& history_;
  const LogOrder& order_;
  Faults& faults_;
};

// Each operation by itself.
class OpSearch {
 public:
  OpSearch(const LogHistory& history, const LogOrder& order, Faults& faults)
      : history_(history),
        order_(order),
        faults_(faults),
        polled_(history.keys.size()),
        sent_(history.keys.size()),
        moved_(history.keys.size(), kNoOp),
        is_told_(history.messages.size()) {}

  void run() {
    for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
      const LogOp& mine = history_.ops[op];
      for (const std::uint32_t key : history_.rebalanced(mine)) moved_[key] = op;
      for (std::uint32_t i = 0; i < history_.actions_of(mine).size(); ++i) {
        const LogAction& action = history_.actions_of(mine)[i];
        if (!action.is_send) look_at_sender(op, action);
        follow(op, mine.first + i);
      }
    }
  }

 private:
  struct Last {
    std::uint32_t op = kNoOp;
    std::uint32_t action = 0;
  };

  void look_at_sender(std::uint32_t op, const LogAction& action) {
    const LogPlace& place = order_.place(action.message);
    if (place.sender == kSeveralSent) return;
    const LogFault fault{.kind = Kind::kGarbage,
                         .op = op,
                         .other = place.sender,
                         .message = action.message,
                         .high = action.offset,
                         .key = action.key};
    const auto add = [&](Kind kind) {
      LogFault named = fault;
      named.kind = kind;
      faults_.add(named);
    };
    if (place.sender == kNobodySent) {
      if (!is_told_[action.message]) add(Kind::kGarbage);
      is_told_[action.message] = true;
      return;
    }
    const LogOp& sender = history_.ops[place.sender];
    const LogOp& mine = history_.ops[op];
    if (place.sender == op) add(Kind::kPrecommittedRead);
    if (mine.completed < sender.invoked) add(Kind::kFutureRead);
    const bool is_aborted = sender.outcome == TxnOutcome::kFail;
    if (is_aborted && mine.outcome == TxnOutcome::kOk) add(Kind::kG1a);
  }

  void follow(std::uint32_t op, std::uint32_t at) {
    const LogAction& action = history_.actions[at];
    const std::uint32_t key = action.key;
    Last& last = action.is_send ? sent_[key] : polled_[key];
    if (last.op == op && (action.is_send || moved_[key] != op)) {
      const Step step{op, history_.actions[last.action], op, action};
      faults_.add_if_wrong(step, order_, action.is_send ? kSendsWithin : kPollsWithin);
    }
    last = {op, at};
  }

  const LogHistory& history_;
  const LogOrder& order_;
  Faults& faults_;
  std::vector<Last> polled_;  // by key
  std::vector<Last> sent_;
  std::vector<std::uint32_t> moved_;  // by key: the operation in which it was rebalanced
  std::vector<bool> is_told_;
};

// What each process sends and polls from one operation to the next.
class ProcessSearch {
 public:
  ProcessSearch(const LogHistory& history, const LogOrder& order, Faults& faults)
      : history_(history),
        order_(order),
        faults_(faults),
        polled_(history.keys.size()),
        sent_(history.keys.size()),
        got_(history.keys.size(), kNoOp),
        shown_(history.keys.size(), 0) {
    rejoins_ = std::any_of(history.ops.begin(), history.ops.end(),
                           [](const LogOp& op) { return op.deed == LogDeed::kSubscribe; });
  }

  void run() {
    const std::vector<std::uint32_t> ops = by_process();
    std::uint32_t process = kNoOp;
    for (const std::uint32_t op : ops) {
      if (history_.ops[op].process != process) {
        leave();
        ++epoch_;
        process = history_.ops[op].process;
      }
      forget(op);
      if (history_.ops[op].deed == LogDeed::kWork) {
        work(op);
        forget(op);
      } else if (history_.ops[op].outcome != TxnOutcome::kFail) {
        assign(op);
      }
    }
    leave();
  }

  [[nodiscard]] const std::vector<std::uint32_t>& shown() const { return shown_; }

 private:
  // What a process polled or sent of a key last, if its epoch is the present one.
  struct Last {
    std::uint32_t epoch = 0;
    std::uint32_t op = 0;
    std::uint32_t action = 0;
    std::uint32_t seen = kNoOp;  // the operation that has been compared with it
  };

  // Nobody knows when meanwhile a key came or went: neither what was polled before it nor what came
  // after it says where the consumer stands.
  void forget(std::uint32_t op) {
    for (const std::uint32_t key : history_.rebalanced(history_.ops[op])) polled_[key] = {};
  }

  [[nodiscard]] std::vector<std::uint32_t> by_process() const {
    std::vector<std::uint32_t> begin(history_.process_names.size() + 1, 0);
    for (const LogOp& op : history_.ops) ++begin[op.process + 1];
    for (std::size_t p = 1; p < begin.size(); ++p) begin[p] += begin[p - 1];
    std::vector<std::uint32_t> ops(history_.ops.size());
    for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
      ops[begin[history_.ops[op].process]++] = op;
    }
    return ops;
  }

  // Whoever asks for other logs goes on with those that he keeps, and forgets the others.
  void assign(std::uint32_t op) {
    leave();
    const LogOp& mine = history_.ops[op];
    ++epoch_;
    for (const std::uint32_t key : history_.assigned(mine)) {
      if (sent_[key].epoch + 1 == epoch_) sent_[key].epoch = epoch_;
      if (!mine.seeks && polled_[key].epoch + 1 == epoch_) polled_[key].epoch = epoch_;
    }
    const bool sees_all = mine.deed == LogDeed::kAssign && mine.seeks;
    if (sees_all && mine.outcome == TxnOutcome::kOk) from_start_ = op;
  }

  // Who began at the start of a log and in the end found nothing more has seen all of it.
  void leave() {
    if (from_start_ != kNoOp && last_poll_ != kNoOp) {
      const LogOp& start = history_.ops[from_start_];
      for (const std::uint32_t key : history_.assigned(start)) {
        if (got_[key] != last_poll_) shown_[key] = std::max(shown_[key], start.invoked);
      }
    }
    from_start_ = last_poll_ = kNoOp;
  }

  // What a poll returned whose operation did not end well is taken back: whoever polls next should
  // begin where that did.
  void work(std::uint32_t op) {
    const LogOp& mine = history_.ops[op];
    const bool ok = mine.outcome == TxnOutcome::kOk;
    if (mine.polls && ok) last_poll_ = op;
    for (std::uint32_t i = mine.first; i < mine.first + mine.count; ++i) {
      const LogAction& action = history_.actions[i];
      const std::uint32_t key = action.key;
      if (!action.is_send && ok) got_[key] = op;
      if (action.is_send && mine.outcome == TxnOutcome::kFail) continue;
      Last& last = action.is_send ? sent_[key] : polled_[key];
      if (last.epoch == epoch_ && last.seen != op) {
        const Step step{last.op, history_.actions[last.action], op, action};
        faults_.add_if_wrong(step, order_, action.is_send ? kSends : rejoins_ ? kRejoined : kPolls);
      }
      last.seen = op;
      if (!action.is_send && !ok) continue;
      last.epoch = epoch_;
      last.op = op;
      last.action = i;
    }
  }

  const LogHistory& history_;
  const LogOrder& order_;
  Faults& faults_;
  std::vector<Last> polled_;  // by key
  std::vector<Last> sent_;
  std::vector<std::uint32_t> got_;    // by key: the last operation that polled it
  std::vector<std::uint32_t> shown_;  // by key
  std::uint32_t epoch_ = 0;
  std::uint32_t from_start_ = kNoOp;  // the present assignment, if it seeks the beginning
  std::uint32_t last_poll_ = kNoOp;   // that was acknowledged
  bool rejoins_ = false;
};

}  // namespace

LogFaults find_log_faults(const LogHistory& history, const LogOrder& order) {
  Faults faults;
  LogFaults out;
  OpSearch(history, order, faults).run();
  ProcessSearch processes(history, order, faults);
  processes.run();
  LogSearch logs(history, order, faults);
  logs.offsets();
  logs.losses(processes.shown(), out);
  faults.give(out);
  out.polled = std::any_of(history.ops.begin(), history.ops.end(), [&](const LogOp& op) {
    const auto actions = history.actions_of(op);
    return op.outcome == TxnOutcome::kOk && op.polls &&
           std::any_of(actions.begin(), actions.end(),
                       [](const LogAction& a) { return !a.is_send; });
  });
  return out;
}

}  // namespace quorumlab::models
