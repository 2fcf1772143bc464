#include "models/exchange/object_streams.h"

#include <fmt/format.h>

#include <memory>

#include "models/consistency/object_stream.h"
#include "models/exchange/flat_map.h"
#include "models/exchange/keyed_events.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

std::optional<Method> method_of(ObjectKind kind, std::string_view f) {
  switch (kind) {
    case ObjectKind::kCounter:
      if (f == "read") return Method::kRead;
      if (f == "add" || f.starts_with("inc") || f.starts_with("dec")) return Method::kAdd;
      break;
    case ObjectKind::kQueue:
      if (f == "enqueue") return Method::kPush;
      if (f == "dequeue") return Method::kPop;
      break;
    case ObjectKind::kLock:
      if (f == "acquire") return Method::kAcquire;
      if (f == "release") return Method::kRelease;
      break;
    case ObjectKind::kIds:
      if (f == "generate") return Method::kGenerate;
      break;
    default:
      break;
  }
  return std::nullopt;
}

class ObjectStreamJudge {
 public:
  ObjectStreamJudge(JournalStream& stream, ObjectKind kind, const StreamOptions& options)
      : stream_(stream), kind_(kind), options_(options) {
    const auto sample = make_object_stream(kind);
    out_.finding.subject = name_of(kind);
    out_.finding.model = sample == nullptr ? "linearizable" : sample->model();
    out_.finding.verdict = Verdict::kHolds;
    if (sample == nullptr) {
      unknown(fmt::format("a {} cannot be judged in pieces", name_of(kind)));
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
    for (std::size_t i = 0; i < objects_.size() && !is_over_; ++i) {
      if (!objects_[i]->finish()) refuse(*objects_[i], "at the end");
      if (!is_over_ && !objects_[i]->problem().empty()) unknown(objects_[i]->problem());
    }
    return std::move(out_);
  }

 private:
  struct Open {
    bool is_open = false;
    std::uint32_t object = 0;
    ObjectStream::Ticket ticket;
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
    ObjectStream& object = *objects_[open.object];
    bool fine = true;
    if (event.type == EventType::kFail) {
      fine = object.fail(open.ticket, now());
    } else if (event.type == EventType::kInfo) {
      object.lose(open.ticket);
    } else {
      const auto result = value_of(stream_.journal(), event, is_keyed_);
      if (!result) return give_up(event, "a value of another shape");
      fine = object.end(open.ticket, *result, now());
    }
    if (!fine) return refuse(object, told(event));
    if (!object.problem().empty()) give_up(event, object.problem());
  }

  void begin(const JournalEvent& event, Open& open) {
    if (open.is_open) return give_up(event, "a process does two things at once");
    const std::string_view f = stream_.journal().f(event);
    const auto method = method_of(kind_, f);
    if (!method) return give_up(event, fmt::format("`{}`", f));
    if (is_first_) is_keyed_ = is_pair(stream_.journal(), event);
    is_first_ = false;
    auto value = value_of(stream_.journal(), event, is_keyed_);
    const auto key = key_of(stream_.journal(), event, is_keyed_);
    if (!value || !key) return give_up(event, "a value of another shape");
    if (*method == Method::kAdd) value = delta(f, *value);
    std::uint32_t& number = keys_[*key];
    if (number == 0) {
      objects_.push_back(make_object_stream(kind_));
      number = static_cast<std::uint32_t>(objects_.size());
    }
    ObjectStream& object = *objects_[number - 1];
    const ObjectStream::Ticket ticket{
        .method = *method, .value = *value, .begun = now(), .process = event.process};
    open = {true, number - 1, object.begin(ticket)};
    ++out_.finding.operations;
    ++out_.finding.steps;
    if (object.kept() > out_.most_kept) note_kept();
    if (!object.problem().empty()) give_up(event, object.problem());
  }

  static Cell delta(std::string_view f, Cell value) {
    const bool minus = f.starts_with("dec");
    if (value == kNilCell) return integer_cell(minus ? -1 : 1);
    if (tag_of(value) != Tag::kInteger) return value;
    return minus ? integer_cell(-integer_of(value)) : value;
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

  [[nodiscard]] std::string told(const JournalEvent& event) const {
    return fmt::format("line {}: process {} ended `{}` {} (event {})", stream_.line_of(event),
                       event.process, stream_.journal().f(event),
                       stream_.journal().pool.to_text(stream_.journal().value(event)), events_);
  }

  void unknown(std::string reason) {
    is_over_ = true;
    out_.finding.verdict = Verdict::kUnknown;
    out_.finding.reason = std::move(reason);
  }

  void give_up(const JournalEvent& event, const std::string& what) {
    unknown(fmt::format("line {}: {} is nothing that can be judged in pieces",
                        stream_.line_of(event), what));
  }

  void refuse(const ObjectStream& object, std::string where) {
    is_over_ = true;
    out_.finding.verdict = Verdict::kViolated;
    out_.finding.claim = fmt::format("Not {}", out_.finding.model);
    out_.finding.lines = {std::move(where), object.why()};
  }

  JournalStream& stream_;
  const ObjectKind kind_;
  const StreamOptions options_;
  StreamFinding out_;
  FlatMap<Open> open_;           // by process
  FlatMap<std::uint32_t> keys_;  // + 1
  std::vector<std::unique_ptr<ObjectStream>> objects_;
  std::uint64_t events_ = 0;
  bool is_first_ = true;
  bool is_keyed_ = false;
  bool is_over_ = false;
};

}  // namespace

StreamFinding judge_object_stream(JournalStream& stream, bool any, ObjectKind kind,
                                  const StreamOptions& options) {
  return ObjectStreamJudge(stream, kind, options).run(any);
}

}  // namespace quorumlab::models
