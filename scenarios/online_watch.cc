#include "scenarios/online_watch.h"

#include <utility>

namespace quorumlab::scenarios {

void OnlineWatch::begin(models::OnlineQuestion question) {
  judge_.emplace(history_, std::move(question));
  history_.set_listener([this](models::OpId op, bool is_completion) {
    if (is_completion) {
      judge_->completed(op);
    } else {
      judge_->invoked(op);
    }
    if (!judge_->violation() || stopped_at_) return;
    stopped_at_ = history_.last_position();
    world_.stop();
  });
}

void OnlineWatch::end_at(const models::OnlineViolation& violation) {
  known_ = violation;
  history_.set_listener([this](models::OpId, bool) {
    if (history_.last_position() < known_->position || stopped_at_) return;
    stopped_at_ = known_->position;
    world_.stop();
  });
}

std::optional<models::OnlineViolation> OnlineWatch::finish() {
  history_.set_listener(nullptr);
  if (!judge_) return known_;
  judge_->finish();
  return judge_->violation();
}

bool OnlineWatch::is_exact() const {
  return judge_ ? judge_->violation() && stopped_at_ == judge_->violation()->position
                : stopped_at_.has_value();
}

}  // namespace quorumlab::scenarios
