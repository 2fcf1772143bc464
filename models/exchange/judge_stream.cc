#include "models/exchange/judge_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "models/consistency/isolation_models.h"
#include "models/consistency/object_stream.h"
#include "models/consistency/register_models.h"
#include "models/consistency/search_stream.h"
#include "models/consistency/txn_stream.h"
#include "models/exchange/flat_map.h"
#include "models/exchange/journal_stream.h"
#include "models/exchange/judge_words.h"
#include "models/exchange/keyed_events.h"
#include "models/exchange/queue_journal.h"
#include "models/exchange/subject.h"

namespace quorumlab::models {
namespace {

// What the history is about: an object, or (none) transactions.
using Kind = std::optional<ObjectKind>;

bool has_method(ObjectKind kind, Method method) {
  switch (kind) {
    case ObjectKind::kRegister:
      return method == Method::kRead || method == Method::kWrite || method == Method::kCas;
    case ObjectKind::kCounter:
      return method == Method::kRead || method == Method::kAdd;
    case ObjectKind::kSet:
      return method == Method::kRead || method == Method::kAdd || method == Method::kRemove ||
             method == Method::kContains;
    case ObjectKind::kQueue:
    case ObjectKind::kStack:
      return method == Method::kPush || method == Method::kPop;
    case ObjectKind::kLock:
      return method == Method::kAcquire || method == Method::kRelease;
    case ObjectKind::kIds:
      return method == Method::kGenerate;
    case ObjectKind::kLog:
      return method == Method::kRead || method == Method::kAppend;
    default:
      return false;
  }
}

std::optional<Method> method_of(Kind kind, std::string_view f) {
  const auto method = f.empty() ? Method::kTxn : method_named(f);
  const bool fits = method && (kind ? has_method(*kind, *method) : method == Method::kTxn);
  return fits ? method : std::nullopt;
}

class StreamJudge {
 public:
  // Requires: the first piece has been read, if there is any.
  StreamJudge(JournalStream& stream, Kind kind, const Reading& reading,
              const StreamOptions& options)
      : stream_(stream), kind_(kind), is_keyed_(kind && reading.is_keyed), options_(options) {
    const std::vector<JournalEvent>& first = stream.journal().events;
    has_cas_ = std::any_of(first.begin(), first.end(), [&](const JournalEvent& event) {
      return event.client && stream.journal().f(event) == "cas";
    });
    Finding& finding = out_.finding;
    finding.subject = kind ? std::string(name_of(*kind)) : subject_name(reading);
    finding.verdict = Verdict::kHolds;
    model_ = kind ? joined_by('_', options.model) : "";
    needs_time_ = options.staleness_time && model_ == "bounded_staleness";
    auto sample = make();
    if (sample == nullptr) {
      model_.clear();
      sample = make();
    }
    finding.model = sample == nullptr ? "linearizable" : sample->model();
    is_joint_ = !kind || (sample != nullptr && sample->is_joint());
    if (sample == nullptr) {
      unknown(fmt::format("a {} cannot be judged in pieces", finding.subject));
    } else if (!options.model.empty() && options.model != finding.model) {
      choose_model();
    }
  }

  StreamFinding run(bool any) {
    for (bool more = any; !is_over_ && more; more = stream_.next()) {
      for (const JournalEvent& event : stream_.journal().events) {
        if (is_over_) break;
        take(event);
        ++events_;
      }
      note_kept();
    }
    out_.error = stream_.error();
    if (out_.error && !is_over_) {
      unknown(fmt::format("line {}: {}", out_.error->line, out_.error->message));
    }
    if (out_.finding.operations == 0 && !is_over_) is_empty();
    for (std::size_t i = 0; i < objects_.size() && !is_over_; ++i) {
      const bool fine = objects_[i]->finish();
      if (!objects_[i]->problem().empty()) {
        unknown(objects_[i]->problem());
      } else if (!fine) {
        refuse(*objects_[i], "when all had been read");
      }
    }
    return std::move(out_);
  }

 private:
  struct Open {
    bool is_open = false;
    std::uint32_t object = 0;
    ObjectStream::Ticket ticket;
  };

  [[nodiscard]] std::unique_ptr<ObjectStream> make() const {
    const StreamSetting setting{.initial = options_.initial,
                                .pool = &stream_.journal().pool,
                                .staleness_versions = options_.staleness_versions,
                                .staleness_time = options_.staleness_time};
    if (!kind_) return make_txn_stream(setting);
    const bool is_linearizable = model_.empty() || model_ == "linearizable";
    const bool is_searched =
        is_linearizable && (kind_ == ObjectKind::kLock ? !model_.empty() : has_cas_);
    if (is_searched) return make_search_stream(*kind_, setting);
    return make_model_stream(*kind_, model_, setting);
  }

  // What is strict serializable, or linearizable, is everything weaker, too.
  void choose_model() {
    Finding& finding = out_.finding;
    const bool is_other = joined_by('_', options_.model) != joined_by('_', finding.model);
    is_weaker_ =
        is_other && (kind_ || canonical_model(options_.model) != canonical_model(finding.model));
    if (is_weaker_ && !is_implied()) {
      unknown(fmt::format("a {} is judged by {} alone in pieces", finding.subject, finding.model));
    }
    finding.model = options_.model;
  }

  [[nodiscard]] bool is_implied() const {
    if (!kind_) {
      return implies(canonical_model(out_.finding.model), canonical_model(options_.model));
    }
    const std::string asked = joined_by('_', options_.model);
    if (out_.finding.model != "linearizable") return false;
    if (kind_ == ObjectKind::kRegister) return is_register_model(asked);
    const std::vector<std::string> known = models_of(*kind_);
    const bool is_known = std::find(known.begin(), known.end(), asked) != known.end();
    return is_known && (asked == "sequential" || asked == "consistent_prefix");
  }

  // Nothing was done, so nothing is wrong; but events without a process are nobody's operations.
  void is_empty() {
    out_.finding.subject = "nothing";
    if (has_nobodys_) return unknown("no operation has a :process that is an integer");
    out_.finding.reason = "there is no operation of a client";
  }

  void take(const JournalEvent& event) {
    if (!event.client) {
      has_nobodys_ = has_nobodys_ || event.type != EventType::kInfo;
      return;
    }
    if (needs_time_ && event.time < 0) return give_up(event, "an event without a time");
    Open& open = open_[static_cast<std::uint64_t>(event.process)];
    if (event.type == EventType::kInvoke) return begin(event, open);
    if (!open.is_open) {
      if (event.type != EventType::kInfo) give_up(event, "a completion without an invocation");
      return;
    }
    open.is_open = false;
    ObjectStream& object = *objects_[open.object];
    object.set_time(std::max<std::int64_t>(0, event.time));
    bool fine = true;
    const bool is_cas = open.ticket.method == Method::kCas;
    if (is_cas && (event.type == EventType::kOk || has_seen_other(event))) {
      const Cell swapped = make_cell(Tag::kBoolean, event.type == EventType::kOk ? 1 : 0);
      fine = object.end(open.ticket, {&swapped, 1}, now());
    } else if (event.type == EventType::kFail) {
      fine = object.fail(open.ticket, now());
    } else if (event.type == EventType::kInfo) {
      object.lose(open.ticket);
    } else if (says_nothing(event, open)) {
      fine = object.end(open.ticket, {&kNoCell, 1}, now());
    } else {
      const auto told = span_of(stream_.journal(), event, is_keyed_);
      if (!told) return give_up(event, "a value of another shape");
      // Values that are written one by one and read as lists are a set.
      if (kind_ == ObjectKind::kRegister && is_sequence(told->front())) {
        return give_up(event, "a list that was read");
      }
      fine = object.end(open.ticket, *told, now());
    }
    if (!object.problem().empty()) return give_up(event, object.problem());
    if (!fine) refuse(object, event);
  }

  // In etcd logs a compare-and-set that failed ran, and found something else.
  [[nodiscard]] bool has_seen_other(const JournalEvent& event) const {
    const Journal& journal = stream_.journal();
    return event.type == EventType::kFail && journal.form == JournalForm::kEtcdLog &&
           is_sequence(journal.value(event).front());
  }

  // A completed read of nil in a Jepsen history did not say what it read.
  [[nodiscard]] bool says_nothing(const JournalEvent& event, const Open& open) const {
    const bool may = kind_ == ObjectKind::kRegister && open.ticket.method == Method::kRead &&
                     !event.unwritten && stream_.journal().form != JournalForm::kEtcdLog;
    return may && value_of(stream_.journal(), event, is_keyed_) == kNilCell;
  }

  void begin(const JournalEvent& event, Open& open) {
    if (open.is_open) return give_up(event, "a process does two things at once");
    const Journal& journal = stream_.journal();
    const std::string_view f = journal.f(event);
    const auto method = is_drain(f) ? std::nullopt : method_of(kind_, f);
    if (!method) return give_up(event, fmt::format("`{}`", f));
    const auto asked = span_of(journal, event, is_keyed_);
    const auto key = asked && kind_ ? key_of(journal, event, is_keyed_) : std::optional(kNilCell);
    if (!asked || !key) return give_up(event, "a value of another shape");
    std::uint32_t& number = keys_[is_joint_ ? kNilCell : *key];
    if (number == 0) {
      objects_.push_back(make());
      number = static_cast<std::uint32_t>(objects_.size());
    }
    ObjectStream& object = *objects_[number - 1];
    object.set_time(std::max<std::int64_t>(0, event.time));
    const ObjectStream::Ticket ticket{
        .method = *method, .key = *key, .begun = now(), .process = event.process};
    if (f == "broadcast" && asked->front() == kNilCell)
      return give_up(event, "a broadcast of nothing");
    const bool adds = kind_ == ObjectKind::kCounter && *method == Method::kAdd;
    const auto addend = adds ? addend_of(f, asked->front()) : std::nullopt;
    if (adds && !addend) return give_up(event, "something else than an integer to add");
    open = {true, number - 1, object.begin_with(ticket, adds ? std::span(&*addend, 1) : *asked)};
    ++out_.finding.operations;
    ++out_.finding.steps;
    if (object.kept() > out_.most_kept) note_kept();
    if (!object.problem().empty()) give_up(event, object.problem());
  }

  // Positions from 1 on: 0 is the start.
  [[nodiscard]] ObjectStream::Position now() const { return events_ + 1; }

  void note_kept() {
    std::size_t kept = 0;
    for (const auto& object : objects_) kept += object->kept();
    out_.most_kept = std::max(out_.most_kept, kept);
    if (kept <= options_.max_kept || is_over_) return;
    unknown(fmt::format("over {} values and operations to keep", options_.max_kept));
  }

  // "since line 41, at 1.2s".
  [[nodiscard]] std::string since(const JournalEvent& event) const {
    const std::string line = fmt::format("since line {}", stream_.line_of(event));
    return event.time < 0 ? line : line + ", at " + sim::to_text(sim::Time(event.time), 4);
  }

  [[nodiscard]] std::string told(const JournalEvent& event) const {
    return fmt::format("process {} ended `{}` {} (event {})", event.process,
                       stream_.journal().f(event),
                       stream_.journal().pool.to_text(stream_.journal().value(event)), events_);
  }

  void unknown(std::string reason) {
    is_over_ = true;
    out_.finding.verdict = Verdict::kUnknown;
    out_.finding.reason = std::move(reason);
  }

  void give_up(const JournalEvent& event, const std::string& what) {
    unknown(fmt::format("line {}: {} cannot be judged in pieces", stream_.line_of(event), what));
  }

  void refuse(const ObjectStream& object, const JournalEvent& event) {
    refuse(object, since(event));
    if (out_.finding.verdict != Verdict::kViolated) return;
    out_.finding.lines = {told(event), object.why(),
                          fmt::format("{} operations had begun by then; what comes later was not "
                                      "looked at",
                                      out_.finding.operations)};
  }

  void refuse(const ObjectStream& object, const std::string& since) {
    if (is_weaker_) {
      return unknown(
          fmt::format("it is not {} {}, and what that means for {} cannot be judged in pieces ({})",
                      object.model(), since, out_.finding.model, object.why()));
    }
    is_over_ = true;
    out_.finding.verdict = Verdict::kViolated;
    out_.finding.claim = fmt::format("Not {} {}", out_.finding.model, since);
    out_.finding.lines = {object.why()};
  }

  JournalStream& stream_;
  const Kind kind_;
  const bool is_keyed_;
  const StreamOptions options_;
  StreamFinding out_;
  FlatMap<Open> open_;           // by process
  FlatMap<std::uint32_t> keys_;  // + 1
  std::vector<std::unique_ptr<ObjectStream>> objects_;
  std::uint64_t events_ = 0;
  std::string model_;      // of objects; empty: the usual one
  bool is_joint_ = false;  // one object judges all keys
  bool needs_time_ = false;
  bool has_cas_ = false;      // registers, with compare-and-set
  bool has_nobodys_ = false;  // events that no nemesis makes, and of no process
  bool is_weaker_ = false;    // a weaker model is asked for than the one that is judged
  bool is_over_ = false;
};

// A map without appends is a register for each key.
ObjectKind object_in(const Journal& journal, const Reading& reading) {
  if (reading.object != ObjectKind::kMap) return reading.object;
  const bool appends = std::any_of(
      journal.events.begin(), journal.events.end(),
      [&](const JournalEvent& event) { return event.client && journal.f(event) == "append"; });
  return appends ? ObjectKind::kMap : ObjectKind::kRegister;
}

StreamFinding refused(const StreamOptions& options, std::string subject, std::string reason) {
  return {.finding = {.model = options.model.empty() ? "the usual model" : options.model,
                      .subject = std::move(subject),
                      .reason = std::move(reason)}};
}

std::string why_refused(const Reading& reading) {
  if (reading.subject == Subject::kOther) return reading.problem;
  if (reading.subject == Subject::kLogs) {
    return "a log that is sent to and polled cannot be judged in pieces";
  }
  return fmt::format("a {} cannot be judged in pieces", subject_name(reading));
}

}  // namespace

StreamFinding judge_stream(std::istream& in, const StreamOptions& options) {
  JournalStream stream(in, options.piece);
  const bool any = stream.next();
  if (!stream.unsuited().empty()) return refused(options, "", stream.unsuited());
  const Reading reading = any ? read_subject(stream.journal()) : Reading{};
  const auto judge = [&](Kind kind) {
    return StreamJudge(stream, kind, reading, options).run(any);
  };
  if (options.object) return judge(options.object);
  switch (reading.subject) {
    case Subject::kNothing:
    case Subject::kObject:
      return judge(object_in(stream.journal(), reading));
    case Subject::kListAppend:
    case Subject::kRwRegister:
      return judge(std::nullopt);
    case Subject::kBank:
    case Subject::kLogs:
    case Subject::kOther:
      break;
  }
  return refused(options, subject_name(reading), why_refused(reading));
}

}  // namespace quorumlab::models
