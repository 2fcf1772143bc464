#include <fmt/format.h>

#include <memory>

#include "models/exchange/flat_map.h"
#include "models/exchange/subject.h"

namespace quorumlab::models {
namespace {

// Integers keep their value; all else is numbered far beyond any that a history is likely to have.
constexpr std::int64_t kStrange = std::int64_t{1} << 61;

// Numbers cells and gives them back.
struct Cells {
  std::vector<Cell> cells;
  FlatMap<std::uint32_t> numbers;  // + 1

  std::uint32_t number(Cell cell) {
    std::uint32_t& found = numbers[cell];
    if (found == 0) {
      cells.push_back(cell);
      found = static_cast<std::uint32_t>(cells.size());
    }
    return found - 1;
  }
};

class RegisterCompiler {
 public:
  RegisterCompiler(const Journal& journal, Cell initial) : journal_(journal), initial_(initial) {}

  RegisterImport compile(const std::vector<ObjectPart>& parts) {
    struct Moment {
      const ObjectPart* part = nullptr;
      std::uint32_t call = 0;
    };
    std::vector<Moment> moments(2 * journal_.events.size());
    for (const ObjectPart& part : parts) {
      for (std::uint32_t i = 0; i < part.calls.size(); ++i) {
        moments[part.calls[i].invoked] = {&part, i};
        if (part.calls[i].completed != kNever) moments[part.calls[i].completed] = {&part, i};
      }
    }
    RegisterImport result;
    result.initial = value(initial_);
    std::vector<OpId> ids(2 * journal_.events.size());
    for (std::uint64_t at = 0; at < moments.size(); ++at) {
      if (moments[at].part == nullptr) continue;
      const auto& timed = moments[at].part->calls[moments[at].call];
      const sim::Time time(std::max<std::int64_t>(0, journal_.events[at / 2].time));
      if (timed.invoked == at) {
        result.pairs.push_back(moments[at].part->pairs[moments[at].call]);
        ids[at] = invoke(result.history, timed.call, moments[at].part->key, time);
      } else {
        const bool refused = timed.call.result == make_cell(Tag::kBoolean, 0);
        result.history.complete(
            ids[timed.invoked],
            {.outcome = refused ? Outcome::kFail : Outcome::kOk,
             .value = timed.call.method == Method::kRead ? value(timed.call.result) : Value{},
             .saw_other = refused,
             .at = time});
      }
    }
    name(result);
    return result;
  }

 private:
  OpId invoke(History& history, const ObjectCall& call, Cell key, sim::Time time) {
    History::Invoke invoke{.process = static_cast<ProcessId>(call.process),
                           .key = Key(keys_->number(key)),
                           .at = time};
    switch (call.method) {
      case Method::kRead:
        invoke.f = Function::kRead;
        break;
      case Method::kCas:
        invoke.f = Function::kCas;
        invoke.expected = value(call.a);
        invoke.value = value(call.b);
        break;
      case Method::kDelete:
        invoke.f = Function::kWrite;
        invoke.value = value(kNilCell);
        break;
      default:
        invoke.f = Function::kWrite;
        invoke.value = value(call.a);
    }
    return history.invoke(invoke);
  }

  Value value(Cell cell) {
    if (cell == kNilCell || cell == kNoCell) return std::nullopt;
    if (tag_of(cell) == Tag::kInteger) return integer_of(cell);
    return kStrange + values_->number(cell);
  }

  void name(RegisterImport& result) {
    const Pool* const pool = &journal_.pool;
    result.key_name = [keys = keys_, pool](Key key) {
      const Cell cell = keys->cells.at(key.value);
      if (cell == kNilCell) return std::string("the register");
      return tag_of(cell) == Tag::kText ? std::string(pool->word_of(cell)) : pool->to_text(cell);
    };
    result.value_name = [values = values_, pool](std::int64_t value) {
      if (value < kStrange) return fmt::to_string(value);
      return pool->to_text(values->cells.at(static_cast<std::size_t>(value - kStrange)));
    };
  }

  const Journal& journal_;
  const Cell initial_;
  std::shared_ptr<Cells> keys_ = std::make_shared<Cells>();
  std::shared_ptr<Cells> values_ = std::make_shared<Cells>();
};

}  // namespace

RegisterImport compile_registers(Journal& journal, const Reading& reading, Cell initial) {
  return RegisterCompiler(journal, initial).compile(compile_objects(journal, reading));
}

}  // namespace quorumlab::models
