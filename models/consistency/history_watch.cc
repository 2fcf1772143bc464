#include "models/consistency/history_watch.h"

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "models/consistency/object_stream.h"
#include "models/consistency/search_stream.h"

namespace quorumlab::models {
namespace {

using Make = std::function<std::unique_ptr<ObjectStream>()>;

constexpr std::string_view kLinearizable = "linearizable";

Cell cell_of(const Value& value) {
  return value ? integer_cell(*value) : kNilCell;
}

Method method_of(Function f) {
  switch (f) {
    case Function::kRead:
      return Method::kRead;
    case Function::kWrite:
      return Method::kWrite;
    case Function::kCas:
      return Method::kCas;
    case Function::kAdd:
    case Function::kInsert:
      return Method::kAdd;
    case Function::kRemove:
      return Method::kRemove;
    case Function::kAppend:
      return Method::kAppend;
    case Function::kEnqueue:
      return Method::kPush;
    case Function::kDequeue:
      return Method::kPop;
    case Function::kAcquire:
      return Method::kAcquire;
    case Function::kRelease:
      return Method::kRelease;
  }
  return Method::kRead;
}

// One stream for each key, or one for all.
class StreamWatch : public Watch {
 public:
  StreamWatch(ObjectKind kind, bool is_joint, Make make)
      : kind_(kind), is_joint_(is_joint), make_(std::move(make)) {}

  Says invoked(const Operation& op) override {
    // Who does something else has been given no answer, and asks for none.
    const auto before = last_of_.find(op.process);
    if (before != last_of_.end() && !lose(before->second)) return Says::kNothing;
    last_of_[op.process] = op.id.value;
    auto& stream = streams_[is_joint_ ? 0 : op.key.value];
    if (!stream) stream = make_();
    stream->set_time(op.invoked_at.count());
    std::vector<Cell> asked{returns_value(op.f) ? kNilCell : cell_of(op.value)};
    if (op.f == Function::kCas) asked = {make_cell(Tag::kList, 2), cell_of(op.expected), asked[0]};
    const ObjectStream::Ticket ticket{.method = method_of(op.f),
                                      .key = integer_cell(op.key.value),
                                      .begun = after_start(op.invoked),
                                      .process = process_of(op)};
    open_[op.id.value] = {stream.get(), stream->begin_with(ticket, asked), op.process};
    return said(*stream, true);
  }

  Says completed(const Operation& op) override {
    const auto open = open_.find(op.id.value);
    if (open == open_.end()) return Says::kNothing;
    const auto [stream, ticket, process] = open->second;
    stream->set_time(op.completed_at.count());
    if (op.outcome == Outcome::kUnknown) return lose(op.id.value) ? Says::kFine : Says::kNothing;
    open_.erase(open);
    last_of_.erase(process);
    const ObjectStream::Position at = after_start(op.completed);
    if (op.outcome == Outcome::kFail && !has_looked(op)) {
      return said(*stream, stream->fail(ticket, at));
    }
    return said(*stream, stream->end(ticket, told_by(op), at));
  }

  Says finish() override {
    for (const auto& [key, stream] : streams_) {
      const Says says = said(*stream, stream->finish());
      if (says != Says::kFine) return says;
    }
    return Says::kFine;
  }

 private:
  struct Open {
    ObjectStream* stream = nullptr;
    ObjectStream::Ticket ticket;
    ProcessId process = 0;
  };

  // Nobody will hear of it. False: that cannot be judged.
  bool lose(std::uint32_t op) {
    const auto open = open_.find(op);
    const auto [stream, ticket, process] = open->second;
    stream->lose(ticket);
    ++lives_[process];
    open_.erase(open);
    last_of_.erase(process);
    return stream->problem().empty();
  }

  // 0 is that of the initial state.
  static ObjectStream::Position after_start(std::uint64_t position) { return position + 1; }

  static Says said(const ObjectStream& stream, bool is_fine) {
    if (!stream.problem().empty()) return Says::kNothing;
    return is_fine ? Says::kFine : Says::kWrong;
  }

  // Who got no answer goes on as somebody else.
  [[nodiscard]] std::int64_t process_of(const Operation& op) {
    return (lives_[op.process] << 32U) + std::int64_t{op.process};
  }

  // A compare-and-set that ran, and saw another value.
  static bool has_looked(const Operation& op) { return op.f == Function::kCas && op.saw_other; }

  [[nodiscard]] std::vector<Cell> told_by(const Operation& op) const {
    if (op.f == Function::kCas) return {make_cell(Tag::kBoolean, has_looked(op) ? 0 : 1)};
    if (!returns_value(op.f)) return {kNilCell};
    if (!op.value_known) return {kNoCell};
    const bool is_whole = kind_ == ObjectKind::kSet || kind_ == ObjectKind::kLog;
    if (op.f != Function::kRead || !is_whole) return {cell_of(op.value)};
    std::vector<Cell> told{make_cell(Tag::kList, op.elements.size())};
    for (const std::int64_t element : op.elements) told.push_back(integer_cell(element));
    return told;
  }

  const ObjectKind kind_;
  const bool is_joint_;
  const Make make_;
  std::map<std::uint32_t, std::unique_ptr<ObjectStream>> streams_;
  std::map<std::uint32_t, Open> open_;          // by operation
  std::map<ProcessId, std::uint32_t> last_of_;  // what it is doing
  std::map<ProcessId, std::int64_t> lives_;     // how often it has got no answer
};

}  // namespace

std::unique_ptr<Watch> make_watch(const std::string& model, const WatchSetting& setting) {
  const RegisterCheckOptions& registers = setting.registers;
  const StreamSetting stream{.initial = cell_of(registers.initial),
                             .remembers = setting.remembers,
                             .staleness_versions = registers.staleness_versions,
                             .staleness_time = registers.staleness_time};
  const bool has_no_rule =
      setting.kind == ObjectKind::kQueue || setting.kind == ObjectKind::kLock || setting.has_cas;
  const bool is_searched = setting.searches && has_no_rule && model == kLinearizable;
  const Make make = [kind = setting.kind, model, stream, is_searched] {
    return is_searched ? make_search_stream(kind, stream) : make_model_stream(kind, model, stream);
  };
  const auto sample = make();
  if (sample == nullptr) return nullptr;
  return std::make_unique<StreamWatch>(setting.kind, sample->is_joint(), make);
}

std::string strongest_model() {
  return std::string(kLinearizable);
}

}  // namespace quorumlab::models
