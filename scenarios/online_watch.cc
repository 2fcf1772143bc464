#include "scenarios/online_watch.h"

#include <utility>

namespace quorumlab::scenarios {

void OnlineWatch::begin(std::vector<std::string> models) {
  std::erase_if(models, [](const std::string& m) { return !models::is_register_model(m); });
  judge_.emplace(history_, std::move(models), options_);
  history_.set_listener([this](models::OpId op, bool is_completion) {
    if (is_completion) {
      judge_->completed(op);
    } else {
      judge_->invoked(op);
    }
    if (judge_->violation()) world_.stop();
  });
}

void OnlineWatch::end_at(const models::OnlineViolation& violation) {
  known_ = violation;
  history_.set_listener([this](models::OpId, bool) {
    if (history_.last_position() >= known_->position) world_.stop();
  });
}

std::optional<models::OnlineViolation> OnlineWatch::finish() {
  history_.set_listener(nullptr);
  if (!judge_) return known_;
  judge_->finish();
  return judge_->violation();
}

}  // namespace quorumlab::scenarios
