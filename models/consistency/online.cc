#include "models/consistency/online.h"

#include <algorithm>
#include <utility>

#include "models/history_again.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kFirstLook = 64;  // completions

}  // namespace

OnlineJudge::OnlineJudge(const History& history, OnlineQuestion question)
    : history_(history), question_(std::move(question)) {
  for (const std::string& model : question_.models) {
    asked_.push_back({.model = model, .watch = watch_for(model), .next_look = kFirstLook});
  }
}

// Its own, or one that judges a stronger model and serves several.
std::optional<std::size_t> OnlineJudge::watch_for(const std::string& model) {
  if (!question_.watch) return std::nullopt;
  std::vector<std::string> names{model};
  if (question_.stronger) names.push_back(question_.stronger(model));
  for (const std::string& name : names) {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      if (watches_[i].model == name) return i;
    }
    if (auto watch = question_.watch(name)) {
      watches_.push_back({name, std::move(watch)});
      return watches_.size() - 1;
    }
  }
  return std::nullopt;
}

void OnlineJudge::invoked(OpId id) {
  if (violation_) return;
  for (Watching& watching : watches_) {
    if (watching.says != Watch::Says::kFine) continue;
    watching.says = watching.watch->invoked(history_.operation(id));
  }
}

void OnlineJudge::completed(OpId id) {
  if (violation_) return;
  ++completions_;
  for (Watching& watching : watches_) {
    if (watching.says != Watch::Says::kFine) continue;
    watching.says = watching.watch->completed(history_.operation(id));
  }
  look_where_needed(false);
}

void OnlineJudge::finish() {
  if (violation_ || history_.size() == 0) return;
  for (Watching& watching : watches_) {
    if (watching.says == Watch::Says::kFine) watching.says = watching.watch->finish();
  }
  look_where_needed(true);
}

void OnlineJudge::look_where_needed(bool at_the_end) {
  const std::uint64_t position = history_.last_position();
  for (Asked& asked : asked_) {
    if (asked.watch) {
      if (watches_[*asked.watch].says == Watch::Says::kFine) continue;
      asked.watch.reset();
      asked.next_look = completions_;
    }
    if (completions_ < asked.next_look && !at_the_end) continue;
    asked.next_look = completions_ + std::max(kFirstLook, completions_ / 8);
    if (violates(asked.model, position)) return settle(position);
    asked.clean_until = position;
  }
}

// Something is violated here: by which completion, and was something else before?
void OnlineJudge::settle(std::uint64_t position) {
  std::uint64_t end = position;
  for (const Asked& asked : asked_) {
    if (!violates(asked.model, end)) continue;
    const std::uint64_t first = first_violated(asked, end);
    if (violation_ && violation_->position <= first) continue;
    violation_ = {asked.model, {}, first};
    end = first;
  }
  for (const Operation& op : history_.operations()) {
    if (op.completed == violation_->position) violation_->at = op.id;
  }
}

bool OnlineJudge::violates(const std::string& model, std::uint64_t until) {
  ++looks_;
  const bool is_all = until >= history_.last_position();
  return question_.whole(is_all ? history_ : beginning_of(history_, until), model) ==
         Verdict::kViolated;
}

// Back by more and more, since it is mostly the last completion; then between the last two.
std::uint64_t OnlineJudge::first_violated(const Asked& asked, std::uint64_t bad) {
  std::uint64_t good = std::min(asked.clean_until, bad - 1);
  for (std::uint64_t back = 1; bad - good > 1; back *= 2) {
    const std::uint64_t at = bad - std::min(back, bad - good - 1);
    if (!violates(asked.model, at)) {
      good = at;
      break;
    }
    bad = at;
  }
  while (bad - good > 1) {
    const std::uint64_t middle = good + (bad - good) / 2;
    (violates(asked.model, middle) ? bad : good) = middle;
  }
  return bad;
}

History beginning_of(const History& history, std::uint64_t position) {
  return beginning_of(history, position, [](Operation&) { return true; });
}

History beginning_of(const History& history, std::uint64_t position,
                     const std::function<bool(Operation&)>& edit) {
  struct Moment {
    std::uint64_t position;
    const Operation* op;
    bool is_end;
  };
  std::vector<Moment> moments;
  for (const Operation& op : history.operations()) {
    if (op.invoked <= position) moments.push_back({op.invoked, &op, false});
    const bool ends = op.completed != kNever && op.completed <= position;
    if (ends) moments.push_back({op.completed, &op, true});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.position < b.position; });
  History result;
  std::vector<OpId> ids(history.size() + 1);
  for (const Moment& moment : moments) {
    Operation op = *moment.op;
    const OpId id = op.id;
    if (!edit(op)) continue;
    if (moment.is_end) {
      result.complete(ids[id.value], completion_of(op));
    } else {
      ids[id.value] = result.invoke(invocation_of(op));
    }
  }
  return result;
}

}  // namespace quorumlab::models
