#include "tests/models/watch_support.h"

#include <gtest/gtest.h>

#include <vector>

#include "models/consistency/narrator.h"
#include "models/exchange/judge_history.h"
#include "models/history_again.h"

namespace quorumlab::models::testing {

Verdict whole(const History& history, const std::string& model, const WatchSetting& setting) {
  if (setting.kind == ObjectKind::kRegister) {
    return check_register(history, model, setting.registers).verdict;
  }
  return check_objects(history, model, {}, setting.kind).verdict;
}

void play(const History& all, History& history, const std::function<bool(OpId, bool)>& step) {
  struct Moment {
    const Operation* op = nullptr;
    bool is_end = false;
  };
  std::vector<Moment> moments(2 * all.size());
  for (const Operation& op : all.operations()) {
    moments[op.invoked] = {&op, false};
    if (op.completed != kNever) moments[op.completed] = {&op, true};
  }
  for (const auto& [op, is_end] : moments) {
    if (op == nullptr) continue;
    if (is_end) {
      history.complete(op->id, completion_of(*op));
    } else {
      history.invoke(invocation_of(*op));
    }
    if (!step(op->id, is_end)) return;
    if (is_end || op->completed != kNever || op->id.value % 2 == 0) continue;
    history.complete(op->id, {.outcome = Outcome::kUnknown, .at = op->invoked_at});
    if (!step(op->id, true)) return;
  }
}

std::pair<Watch::Says, OpId> watched(const History& all, const std::string& model,
                                     const WatchSetting& setting) {
  History history;
  std::pair<Watch::Says, OpId> result{Watch::Says::kFine, OpId()};
  const auto watch = make_watch(model, setting);
  play(all, history, [&](OpId id, bool is_completion) {
    const Operation& op = history.operation(id);
    result = {is_completion ? watch->completed(op) : watch->invoked(op), id};
    return result.first == Watch::Says::kFine;
  });
  if (result.first == Watch::Says::kFine) result = {watch->finish(), OpId()};
  return result;
}

std::optional<OpId> first_violation(const History& history, const std::string& model,
                                    const WatchSetting& setting) {
  for (std::uint64_t end = 0; end < 2 * history.size(); ++end) {
    const History cut = beginning_of(history, end);
    if (whole(cut, model, setting) != Verdict::kViolated) continue;
    for (const Operation& op : history.operations()) {
      if (op.completed == end) return op.id;
    }
  }
  return std::nullopt;
}

void Agreement::add(const History& history, const std::string& model, const WatchSetting& setting) {
  const auto [says, at] = watched(history, model, setting);
  if (says == Watch::Says::kNothing) {
    ++nothing;
    return;
  }
  const auto expected = first_violation(history, model, setting);
  const auto told = [&] {
    const Names names;
    const Narrator say(history, names);
    std::string text = model + " of a " + std::string(name_of(setting.kind));
    for (const Operation& op : history.operations()) text += "\n  " + say.observation(op);
    return text;
  };
  ASSERT_EQ(says == Watch::Says::kWrong, expected.has_value()) << told();
  (expected ? violated : holds) += 1;
  if (expected) {
    ASSERT_EQ(at, *expected) << told();
  }
}

}  // namespace quorumlab::models::testing
