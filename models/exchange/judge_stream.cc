#include "models/exchange/judge_stream.h"

#include <fmt/format.h>

#include <deque>

#include "models/consistency/register_stream.h"
#include "models/exchange/flat_map.h"
#include "models/exchange/journal_stream.h"
#include "models/exchange/keyed_events.h"
#include "models/exchange/object_streams.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

class StreamJudge {
 public:
  // `any`: the first piece has been read.
  StreamJudge(JournalStream& stream, bool any, const StreamOptions& options)
      : stream_(stream), any_(any), options_(options) {
    out_.finding.model = "linearizable";
    out_.finding.subject = "register";
    out_.finding.verdict = Verdict::kHolds;
  }

  StreamFinding run() {
    for (bool more = any_; !is_over_ && more; more = stream_.next()) {
      for (const JournalEvent& event : stream_.journal().events) {
        if (is_over_) break;
        take(event);
        ++events_;
      }
      if (registers_.size() + open_count_ > out_.most_kept) note_kept();
    }
    out_.error = stream_.error();
    note_kept();
    return std::move(out_);
  }

 private:
  struct Open {
    bool is_open = false;
    std::uint32_t reg = 0;
    RegisterStream::Ticket ticket;
  };

  void take(const JournalEvent& event) {
    if (!event.client) return;
    Open& open = open_[static_cast<std::uint64_t>(event.process)];
    if (event.type == EventType::kInvoke) return begin(event, open);
    if (!open.is_open) {
      if (event.type != EventType::kInfo) give_up(event, "a completion without an invocation");
      return;
    }
    open.is_open = false;
    --open_count_;
    RegisterStream& reg = registers_[open.reg];
    bool fine = true;
    switch (event.type) {
      case EventType::kFail:
        fine = reg.fail(open.ticket);
        break;
      case EventType::kInfo:
        reg.lose(open.ticket);
        break;
      default:
        fine = open.ticket.writes ? reg.end_write(open.ticket, now()) : end_read(event, open, reg);
    }
    if (!fine) refuse(event, reg);
  }

  bool end_read(const JournalEvent& event, const Open& open, RegisterStream& reg) {
    const auto value = value_of(stream_.journal(), event, is_keyed_);
    const bool says_nothing = !value || (*value == kNilCell && !event.unwritten &&
                                         stream_.journal().form != JournalForm::kEtcdLog);
    if (!says_nothing) return reg.end_read(open.ticket, *value, now());
    reg.lose(open.ticket);
    return true;
  }

  void begin(const JournalEvent& event, Open& open) {
    if (open.is_open) return give_up(event, "a process does two things at once");
    const std::string_view f = stream_.journal().f(event);
    const bool reads = f == "read" || f == "get";
    const bool writes = f == "write" || f == "put" || f == "set";
    if (!reads && !writes) return give_up(event, fmt::format("`{}`", f));
    if (is_first_) is_keyed_ = is_pair(stream_.journal(), event);
    is_first_ = false;
    const auto value = value_of(stream_.journal(), event, is_keyed_);
    const auto key = key_of(stream_.journal(), event, is_keyed_);
    if (!value || !key) return give_up(event, "a value of another shape");
    std::uint32_t& number = keys_[*key];
    if (number == 0) {
      registers_.emplace_back(options_.initial);
      number = static_cast<std::uint32_t>(registers_.size());
    }
    RegisterStream& reg = registers_[number - 1];
    open = {true, number - 1, reads ? reg.begin_read(now()) : reg.begin_write(*value, now())};
    ++open_count_;
    ++out_.finding.operations;
    out_.finding.steps += reg.kept();
    if (reg.kept() > out_.most_kept) note_kept();
    if (reg.ambiguous()) {
      give_up(event, fmt::format("the value {}, written again while it could still be read,",
                                 stream_.journal().pool.to_text(*value)));
    }
  }

  // Positions from 1 on: 0 is the start.
  [[nodiscard]] RegisterStream::Position now() const { return events_ + 1; }

  void note_kept() {
    std::size_t kept = 0;
    for (const RegisterStream& reg : registers_) kept += reg.kept();
    out_.most_kept = std::max(out_.most_kept, kept);
    if (kept <= options_.max_kept || is_over_) return;
    is_over_ = true;
    out_.finding.verdict = Verdict::kUnknown;
    out_.finding.reason = fmt::format("over {} values and operations to keep", options_.max_kept);
  }

  void give_up(const JournalEvent& event, const std::string& what) {
    is_over_ = true;
    out_.finding.verdict = Verdict::kUnknown;
    out_.finding.reason = fmt::format("line {}: {} is nothing that can be judged in pieces",
                                      stream_.line_of(event), what);
  }

  void refuse(const JournalEvent& event, const RegisterStream& reg) {
    is_over_ = true;
    Finding& finding = out_.finding;
    finding.verdict = Verdict::kViolated;
    const Pool& pool = stream_.journal().pool;
    const auto& why = reg.contradiction();
    finding.claim = "Not linearizable";
    finding.lines.push_back(fmt::format(
        "line {}: process {} ended `{}` {} (event {})", stream_.line_of(event), event.process,
        stream_.journal().f(event), pool.to_text(stream_.journal().value(event)), events_));
    if (!why.is_known) {
      finding.lines.push_back(
          fmt::format("{} was not written by then, or had been replaced for good, or its write "
                      "failed",
                      pool.to_text(why.value)));
      return;
    }
    finding.lines.push_back(fmt::format(
        "so {} was there before and after {}, which was written or read by somebody who had ended "
        "at event {}, and by one who began at event {}",
        pool.to_text(why.value), pool.to_text(why.other), why.other_first_done - 1,
        why.other_last_begun - 1));
  }

  JournalStream& stream_;
  const bool any_;
  const StreamOptions options_;
  StreamFinding out_;
  FlatMap<Open> open_;           // by process
  FlatMap<std::uint32_t> keys_;  // + 1
  std::deque<RegisterStream> registers_;
  std::size_t open_count_ = 0;
  std::uint64_t events_ = 0;
  bool is_first_ = true;
  bool is_keyed_ = false;
  bool is_over_ = false;
};

// By the first function that says it.
ObjectKind kind_of(const Journal& journal) {
  for (const JournalEvent& event : journal.events) {
    const std::string_view f = event.client ? journal.f(event) : "";
    if (f == "write" || f == "put" || f == "set") return ObjectKind::kRegister;
    if (f == "enqueue" || f == "dequeue") return ObjectKind::kQueue;
    if (f == "add" || f.starts_with("inc") || f.starts_with("dec")) return ObjectKind::kCounter;
    if (f == "acquire" || f == "release") return ObjectKind::kLock;
    if (f == "generate") return ObjectKind::kIds;
  }
  return ObjectKind::kRegister;
}

}  // namespace

StreamFinding judge_stream(std::istream& in, const StreamOptions& options) {
  JournalStream stream(in, options.piece);
  const bool any = stream.next();
  const ObjectKind kind =
      options.object.value_or(any ? kind_of(stream.journal()) : ObjectKind::kRegister);
  if (kind == ObjectKind::kRegister) return StreamJudge(stream, any, options).run();
  return judge_object_stream(stream, any, kind, options);
}

}  // namespace quorumlab::models
