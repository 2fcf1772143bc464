#include "models/consistency/kafka_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/consistency/kafka_models.h"

namespace quorumlab::models {
namespace {

using Kind = LogAnomalyKind;

constexpr std::size_t kMostNamed = 8;  // of messages, or of offsets

std::string listed(const std::vector<std::string>& names, std::uint64_t of) {
  const std::string more = of > names.size() ? fmt::format(" and {} more", of - names.size()) : "";
  return fmt::format("{}{}", fmt::join(names, ", "), more);
}

class LogTeller {
 public:
  LogTeller(const LogHistory& history, const LogOrder& order) : history_(history), order_(order) {}

  [[nodiscard]] LogAnomaly tell(const LogFault& fault) const {
    LogAnomaly anomaly;
    anomaly.type = name_of(fault.kind);
    anomaly.key = history_.key_text(fault.key);
    anomaly.message = value(fault.message);
    anomaly.offset = fault.high;
    anomaly.other_offset = fault.low;
    if (fault.before != kNoOp) anomaly.other_message = value(fault.before);
    for (const std::uint32_t op : {fault.op, fault.other}) {
      const bool is_new = op < kSeveralSent && (op != fault.op || anomaly.ops.empty());
      if (is_new) anomaly.ops.push_back(history_.ops[op].id);
    }
    switch (fault.kind) {
      case Kind::kInconsistentOffsets:
        tell_contradiction(fault, anomaly);
        break;
      case Kind::kDuplicate:
        tell_duplicate(fault, anomaly);
        break;
      case Kind::kLostWrite:
      case Kind::kUnseen:
        tell_loss(fault, anomaly);
        break;
      case Kind::kGarbage:
      case Kind::kFutureRead:
      case Kind::kG1a:
      case Kind::kPrecommittedRead:
        tell_source(fault, anomaly);
        break;
      default:
        tell_step(fault, anomaly);
    }
    return anomaly;
  }

  [[nodiscard]] LogAnomaly tell(const NamedCycle& cycle) const {
    LogAnomaly anomaly;
    anomaly.type = cycle.type;
    for (const DependencyEdge& edge : cycle.edges) {
      anomaly.ops.push_back(history_.ops[edge.from].id);
      anomaly.cycle.push_back({.from = history_.ops[edge.from].id,
                               .to = history_.ops[edge.to].id,
                               .kind = edge.kind,
                               .why = why(edge)});
      if (!anomaly.text.empty()) anomaly.text += "; ";
      anomaly.text += anomaly.cycle.back().why;
    }
    return anomaly;
  }

 private:
  [[nodiscard]] std::string value(std::uint32_t message) const {
    return message == kNoOp ? "" : history_.value_text(message);
  }
  [[nodiscard]] std::string name(std::uint32_t op) const {
    return fmt::format("T{}", history_.ops[op].id);
  }

  // Who was told that the message is there: a sender that counts, or whoever polled it.
  [[nodiscard]] std::uint32_t witness(std::uint32_t message, std::int64_t offset) const {
    const LogPlace& place = order_.place(message);
    for (const std::uint32_t op : {place.sender, place.reader}) {
      if (op < kSeveralSent && says(op, message, offset)) return op;
    }
    for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
      if (says(op, message, offset)) return op;
    }
    return kNoOp;
  }

  [[nodiscard]] bool says(std::uint32_t op, std::uint32_t message, std::int64_t offset) const {
    const auto actions = history_.actions_of(history_.ops[op]);
    return std::any_of(actions.begin(), actions.end(), [&](const LogAction& action) {
      return action.message == message && action.offset == offset &&
             (!action.is_send || order_.committed(op));
    });
  }

  [[nodiscard]] std::string saw(std::uint32_t op, std::uint32_t message,
                                std::int64_t offset) const {
    for (const LogAction& action : history_.actions_of(history_.ops[op])) {
      if (action.message != message || action.offset != offset) continue;
      return action.is_send
                 ? fmt::format("{} sent {} there", name(op), history_.value_text(message))
                 : fmt::format("{} polled {} there", name(op), history_.value_text(message));
    }
    return {};
  }

  [[nodiscard]] bool sends_it(std::uint32_t op, std::uint32_t message) const {
    return order_.place(message).sender == op;
  }

  void note(LogAnomaly& anomaly, std::uint32_t op) const {
    const std::uint32_t id = history_.ops[op].id;
    if (std::find(anomaly.ops.begin(), anomaly.ops.end(), id) == anomaly.ops.end()) {
      anomaly.ops.push_back(id);
    }
  }

  void tell_contradiction(const LogFault& fault, LogAnomaly& anomaly) const {
    const auto entries = order_.entries_of(fault.key);
    std::string who;
    std::size_t messages = 0;
    for (std::size_t i = order_.find(fault.key, fault.high);
         i < entries.size() && entries[i].offset == fault.high; ++i) {
      if (++messages > kMostNamed) continue;
      const std::uint32_t op = witness(entries[i].message, fault.high);
      note(anomaly, op);
      if (!who.empty()) who += ", ";
      who += saw(op, entries[i].message, fault.high);
    }
    anomaly.text = fmt::format("offset {} of key {} holds {} messages: {}", fault.high, anomaly.key,
                               messages, who);
  }

  void tell_duplicate(const LogFault& fault, LogAnomaly& anomaly) const {
    std::vector<std::string> offsets;
    std::uint64_t count = 0;
    for (const LogEntry& entry : order_.entries_of(fault.key)) {
      if (entry.message != fault.message || ++count > kMostNamed) continue;
      offsets.push_back(fmt::to_string(entry.offset));
    }
    const std::uint32_t one = witness(fault.message, fault.low);
    const std::uint32_t other = witness(fault.message, fault.high);
    note(anomaly, one);
    note(anomaly, other);
    anomaly.text = fmt::format("message {} is at offsets {} of key {}: at {} {}; at {} {}",
                               anomaly.message, listed(offsets, count), anomaly.key, fault.low,
                               saw(one, fault.message, fault.low), fault.high,
                               saw(other, fault.message, fault.high));
  }

  [[nodiscard]] std::string sending(const LogFault& fault, const LogAnomaly& anomaly) const {
    const LogOp& sender = history_.ops[fault.op];
    const std::string at = fault.low == kNoOffset ? "" : fmt::format(" (offset {})", fault.low);
    const std::string end = sender.outcome == TxnOutcome::kOk
                                ? "was acknowledged"
                                : "certainly took place, for something else it sent was polled";
    return fmt::format("{} sent {} to key {}{} and {}", name(fault.op), anomaly.message,
                       anomaly.key, at, end);
  }

  void tell_loss(const LogFault& fault, LogAnomaly& anomaly) const {
    anomaly.offset = fault.low;
    anomaly.other_offset = fault.high;
    if (fault.kind == Kind::kUnseen) {
      anomaly.other_message.clear();
      anomaly.other_offset = kNoOffset;
      anomaly.text = sending(fault, anomaly) +
                     "; later somebody read the log from its beginning until nothing more came, "
                     "but nobody ever polled it";
      return;
    }
    anomaly.text = fmt::format("{}; {} polled offset {} of it, {}, but nobody ever polled {}",
                               sending(fault, anomaly), name(fault.other), fault.high,
                               anomaly.other_message, anomaly.message);
  }

  void tell_source(const LogFault& fault, LogAnomaly& anomaly) const {
    const std::string at = fault.high == kNoOffset ? "" : fmt::format(" (offset {})", fault.high);
    const std::string who =
        fmt::format("{} polled {} from key {}{}", name(fault.op), anomaly.message, anomaly.key, at);
    switch (fault.kind) {
      case Kind::kGarbage:
        anomaly.text = who + ", which nobody sent";
        break;
      case Kind::kFutureRead:
        anomaly.text =
            fmt::format("{} and had ended when {}, which sent it, began", who, name(fault.other));
        break;
      case Kind::kG1a:
        anomaly.text = fmt::format("{}, which {} sent, but failed", who, name(fault.other));
        break;
      default:
        anomaly.text = who + ", which it sent itself: nobody polls what has not been committed";
    }
  }

  // From one message to the next, in one operation or from one to another of the same process.
  void tell_step(const LogFault& fault, LogAnomaly& anomaly) const {
    const bool sends = fault.kind == Kind::kNonmonotonicSend ||
                       fault.kind == Kind::kIntNonmonotonicSend || fault.kind == Kind::kIntSendSkip;
    const std::string did = sends ? "sent" : "polled";
    const std::string first = fmt::format("{} (offset {})", anomaly.other_message, fault.low);
    const std::string second = fmt::format("{} (offset {})", anomaly.message, fault.high);
    const std::string to = sends ? "to" : "from";
    if (fault.other == kNoOp) {
      anomaly.text = fmt::format("{} {} {} and then {} {} key {}", name(fault.op), did, first,
                                 second, to, anomaly.key);
    } else {
      anomaly.text =
          fmt::format("process {} {} {} {} key {} in {}, and next {} in {}", process_name(fault.op),
                      did, first, to, anomaly.key, name(fault.other), second, name(fault.op));
    }
    if (fault.high <= fault.low) {
      anomaly.text += fault.high == fault.low ? ", the same again" : ", which lies before it";
      return;
    }
    const std::uint32_t between = order_.between(fault.key, fault.low, fault.high);
    const auto entries = order_.entries_of(fault.key);
    for (std::size_t i = order_.find(fault.key, fault.low);
         i < entries.size() && entries[i].offset < fault.high; ++i) {
      const bool new_one =
          entries[i].offset > fault.low && (i == 0 || entries[i - 1].offset != entries[i].offset);
      if (!new_one || anomaly.skipped.size() == kMostNamed) continue;
      const std::uint32_t op = witness(entries[i].message, entries[i].offset);
      if (anomaly.skipped.empty()) note(anomaly, op);
      anomaly.skipped.push_back(
          fmt::format("{} (offset {}, {} by {})", value(entries[i].message), entries[i].offset,
                      sends_it(op, entries[i].message) ? "sent" : "polled", name(op)));
    }
    anomaly.text += fmt::format("; {} message{} between them: {}", between,
                                between == 1 ? " lies" : "s lie", listed(anomaly.skipped, between));
  }

  [[nodiscard]] std::string process_name(std::uint32_t op) const {
    return fmt::to_string(history_.process_names[history_.ops[op].process]);
  }

  [[nodiscard]] std::string why(const DependencyEdge& edge) const {
    switch (edge.kind) {
      case EdgeKind::kWr:
        return why_wr(edge);
      case EdgeKind::kWw:
        return why_ww(edge);
      case EdgeKind::kRw:
        return why_rw(edge);
      case EdgeKind::kProcess:
        return fmt::format("one process ran {} and then {}", name(edge.from), name(edge.to));
      case EdgeKind::kRealtime:
        return fmt::format("{} had ended before {} began", name(edge.from), name(edge.to));
    }
    return {};
  }

  [[nodiscard]] std::string why_wr(const DependencyEdge& edge) const {
    for (const LogAction& action : history_.actions_of(history_.ops[edge.to])) {
      if (action.is_send || order_.place(action.message).sender != edge.from) continue;
      return fmt::format("{} polled {} from key {}, which {} sent", name(edge.to),
                         value(action.message), key_of(action), name(edge.from));
    }
    return {};
  }

  [[nodiscard]] std::string key_of(const LogAction& action) const {
    return history_.key_text(action.key);
  }

  // The nearest of each.
  [[nodiscard]] std::string why_ww(const DependencyEdge& edge) const {
    std::string best;
    std::int64_t gap = INT64_MAX;
    for (const LogAction& a : history_.actions_of(history_.ops[edge.from])) {
      for (const LogAction& b : history_.actions_of(history_.ops[edge.to])) {
        const bool same = a.is_send && b.is_send && a.key == b.key;
        const std::int64_t low = order_.place(a.message).first;
        const std::int64_t high = order_.place(b.message).first;
        if (!same || low == kNoOffset || high <= low || high - low >= gap) continue;
        gap = high - low;
        best = fmt::format("{} sent {} to offset {} of key {}, and {} sent {} to offset {}",
                           name(edge.from), value(a.message), low, key_of(a), name(edge.to),
                           value(b.message), high);
      }
    }
    return best;
  }

  [[nodiscard]] std::string why_rw(const DependencyEdge& edge) const {
    for (const LogAction& sent : history_.actions_of(history_.ops[edge.to])) {
      if (!sent.is_send) continue;
      const std::int64_t high = order_.place(sent.message).first;
      std::int64_t low = kNoOffset;
      for (const LogAction& polled : history_.actions_of(history_.ops[edge.from])) {
        const bool same = polled.key == sent.key;
        if (same && !polled.is_send) {
          low = std::max(low, order_.offset_of(edge.from, polled));
        }
      }
      if (low == kNoOffset || high == kNoOffset || high <= low) continue;
      return fmt::format("{} polled key {} only up to offset {}, and {} sent {} to offset {}",
                         name(edge.from), key_of(sent), low, name(edge.to), value(sent.message),
                         high);
    }
    return {};
  }

  const LogHistory& history_;
  const LogOrder& order_;
};

}  // namespace

LogAnomaly tell_fault(const LogHistory& history, const LogOrder& order, const LogFault& fault) {
  return LogTeller(history, order).tell(fault);
}

LogAnomaly tell_cycle(const LogHistory& history, const LogOrder& order, const NamedCycle& cycle) {
  return LogTeller(history, order).tell(cycle);
}

}  // namespace quorumlab::models
