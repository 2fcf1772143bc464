#include "models/consistency/online.h"

#include <algorithm>
#include <utility>

#include "models/history_again.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

constexpr std::string_view kLinearizable = "linearizable";

// Position 0 is that of the initial value's write.
std::uint64_t after_start(std::uint64_t position) {
  return position == kNever ? kNever : position + 1;
}

}  // namespace

OnlineZones::OnlineZones(Value initial)
    : initial_(initial), clusters_{{.first_completed = 0}}, by_completion_{0} {}

bool OnlineZones::invoked(const Operation& op) {
  if (op.f == Function::kRead) return true;
  if (op.f == Function::kCas || op.value == initial_ || !op.value) return false;
  if (!by_value_.try_emplace(*op.value, clusters_.size()).second) return false;
  clusters_.push_back({.last_invoked = after_start(op.invoked)});
  return true;
}

bool OnlineZones::completed(const Operation& op) {
  if (op.outcome == Outcome::kUnknown) return true;
  if (op.f == Function::kWrite && op.outcome == Outcome::kFail) {
    Cluster& mine = clusters_[by_value_.at(*op.value)];
    mine.failed = true;
    return mine.first_completed == kNever;  // else somebody has read what was never written
  }
  if (op.outcome != Outcome::kOk || (op.f == Function::kRead && !op.value_known)) return true;
  std::size_t cluster = 0;
  if (op.value != initial_) {
    const auto found = op.value ? by_value_.find(*op.value) : by_value_.end();
    if (found == by_value_.end() || clusters_[found->second].failed) return false;
    cluster = found->second;
  }
  return touch(cluster, after_start(op.invoked), after_start(op.completed));
}

bool OnlineZones::touch(std::size_t cluster, std::uint64_t invoked, std::uint64_t completed) {
  Cluster& mine = clusters_[cluster];
  const Cluster before = mine;
  if (mine.first_completed == kNever) {
    mine.first_completed = completed;
    by_completion_.push_back(cluster);
  }
  mine.last_invoked = std::max(mine.last_invoked, invoked);
  if (!mine.is_forward()) return !is_inside_another(cluster);
  const bool is_new = !before.is_forward();
  return extend(cluster, is_new ? mine.first_completed : before.last_invoked, is_new);
}

// While a value is there, no other one can be: neither all the time of another's zone, nor at the
// one instant somewhere in it.
bool OnlineZones::extend(std::size_t cluster, std::uint64_t checked_until, bool is_new) {
  const Cluster& mine = clusters_[cluster];
  const auto next = forward_.upper_bound(mine.first_completed);
  if (next != forward_.end() && next->first < mine.last_invoked) return false;
  if (is_new) {
    if (next != forward_.begin() &&
        clusters_[std::prev(next)->second].last_invoked > mine.first_completed) {
      return false;
    }
    forward_.emplace(mine.first_completed, cluster);
  }
  auto at = std::partition_point(
      by_completion_.begin(), by_completion_.end(),
      [&](std::size_t other) { return clusters_[other].first_completed <= checked_until; });
  for (; at != by_completion_.end(); ++at) {
    const Cluster& other = clusters_[*at];
    if (other.first_completed >= mine.last_invoked) break;
    if (!other.is_forward() && other.last_invoked > mine.first_completed) return false;
  }
  return true;
}

bool OnlineZones::is_inside_another(std::size_t cluster) const {
  const Cluster& mine = clusters_[cluster];
  const auto after = forward_.lower_bound(mine.last_invoked);
  if (after == forward_.begin()) return false;
  return clusters_[std::prev(after)->second].last_invoked > mine.first_completed;
}

OnlineJudge::OnlineJudge(const History& history, std::vector<std::string> models,
                         RegisterCheckOptions options)
    : history_(history), options_(std::move(options)) {
  for (std::string& model : models) {
    QL_CHECK(is_register_model(model), "no register model is called {}", model);
    if (model == kLinearizable) {
      is_linearizable_wanted_ = true;
    } else {
      others_.push_back(std::move(model));
    }
  }
}

void OnlineJudge::invoked(OpId id) {
  if (!is_linearizable_wanted_ || violation_) return;
  const Operation& op = history_.operation(id);
  auto& zones = keys_.try_emplace(op.key.value, options_.initial).first->second;
  if (zones.invoked(op)) return;
  is_linearizable_wanted_ = false;
  others_.emplace_back(kLinearizable);
}

void OnlineJudge::completed(OpId id) {
  if (violation_) return;
  const Operation& op = history_.operation(id);
  ++completions_;
  if (is_linearizable_wanted_ && !keys_.at(op.key.value).completed(op)) {
    violation_ = {std::string(kLinearizable), id, history_.last_position()};
    // Something else may have been wrong before.
    if (!others_.empty()) look_again(history_.last_position());
    return;
  }
  if (others_.empty() || completions_ < next_look_) return;
  next_look_ = completions_ + std::max<std::uint64_t>(64, completions_ / 8);
  look_again(history_.last_position());
}

void OnlineJudge::finish() {
  if (!violation_ && !others_.empty() && history_.size() != 0) look_again(history_.last_position());
}

bool OnlineJudge::violates(const std::string& model, std::uint64_t until) const {
  return check_register(beginning_of(history_, until), model, options_).verdict ==
         Verdict::kViolated;
}

void OnlineJudge::look_again(std::uint64_t position) {
  for (const std::string& model : others_) {
    const std::uint64_t end = violation_ ? violation_->position : position;
    if (!violates(model, end)) continue;
    std::uint64_t good = clean_until_;
    std::uint64_t bad = end;
    while (bad - good > 1) {
      const std::uint64_t middle = good + (bad - good) / 2;
      (violates(model, middle) ? bad : good) = middle;
    }
    if (violation_ && violation_->position <= bad) continue;
    violation_ = {model, {}, bad};
  }
  if (!violation_) {
    clean_until_ = position;
    return;
  }
  for (const Operation& op : history_.operations()) {
    if (op.completed == violation_->position) violation_->at = op.id;
  }
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
