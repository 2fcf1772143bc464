#include "models/consistency/stack_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "models/consistency/open_window.h"
#include "models/consistency/stack_order.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kNamed = 8;       // values in a witness
constexpr std::size_t kFirstLook = 32;  // at a part that is not over

// When nothing was inside for sure, for those who found nothing.
class Emptiness {
 public:
  void ask(std::uint64_t begun, std::uint64_t ended) { asked_.push_back({begun, ended}); }

  // From here on something is inside for sure, or nothing is any more. Requires: ascending, and
  // that no question that ended before this is still to be asked.
  void change(std::uint64_t at, bool is_empty) {
    if (is_empty) {
      periods_.push_back({at, UINT64_MAX});
    } else {
      periods_.back().ended = at;
    }
  }

  // False: somebody who had ended by then found nothing, although something was there all the time.
  bool answer(std::uint64_t until) {
    while (!asked_.empty() && asked_.front().ended < until) {
      const Period asked = asked_.front();
      asked_.pop_front();
      const bool was_empty =
          std::any_of(periods_.begin(), periods_.end(), [&](const Period& period) {
            return period.begun < asked.ended && period.ended > asked.begun;
          });
      if (!was_empty) return false;
    }
    // Whoever is still to ask began after `until`.
    std::uint64_t first = until;
    for (const Period& question : asked_) first = std::min(first, question.begun);
    while (periods_.size() > 1 && periods_.front().ended < first) periods_.pop_front();
    return true;
  }
  [[nodiscard]] std::size_t kept() const { return asked_.size() + periods_.size(); }

 private:
  struct Period {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
  };
  std::deque<Period> asked_;                     // by when they ended
  std::deque<Period> periods_{{0, UINT64_MAX}};  // without anything
};

class StackStream : public ObjectStream {
 public:
  explicit StackStream(const StreamSetting& setting) : pool_(setting.pool) {}

  Ticket begin(Ticket ticket) override {
    open_.begin(ticket.begun);
    if (ticket.method == Method::kPush) {
      const auto [place, is_new] = inside_.try_emplace(ticket.value, 0);
      if (!is_new) {
        give_up("a value that was pushed again while it was there");
        return ticket;
      }
      place->second = new_stay(ticket);
    } else if (ticket.method == Method::kPop) {
      ++takers_;
    } else {
      give_up("a look at the stack");
    }
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position at) override {
    open_.end(ticket.begun);
    if (ticket.method == Method::kPop) {
      --takers_;
      return end_pop(ticket, told, at) && advance();
    }
    const auto place = inside_.find(ticket.value);
    const bool is_there =
        place != inside_.end() && stays_[place->second].passage.in_begun == ticket.begun;
    if (is_there) {
      stays_[place->second].passage.in_done = at;
      moments_.emplace(at, Moment{place->second, false});
    }
    return advance();
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    open_.end(ticket.begun);
    if (ticket.method == Method::kPop) {
      --takers_;
      return advance();
    }
    const auto place = inside_.find(ticket.value);
    const bool is_there =
        place != inside_.end() && stays_[place->second].passage.in_begun == ticket.begun;
    if (!is_there) {
      return refuse(
          fmt::format("{} came out although its push failed", name_in(pool_, ticket.value)));
    }
    free_.push_back(place->second);
    inside_.erase(place);
    return advance();
  }

  void lose(const Ticket& ticket) override {
    open_.end(ticket.begun);
    if (ticket.method == Method::kPop) give_up("a pop of unknown outcome");
  }

  bool finish() override {
    if (takers_ > 0) return give_up("a pop of unknown outcome");
    open_ = {};
    if (!advance()) return false;
    std::vector<std::uint32_t> rest;
    for (const Part& part : parts_) rest.insert(rest.end(), part.stays.begin(), part.stays.end());
    return judge(rest);
  }

  [[nodiscard]] std::size_t kept() const override {
    return stays_.size() - free_.size() + moments_.size() + open_.size() + empty_.kept();
  }

 private:
  // A value from its push on.
  struct Stay {
    Passage passage;  // `in` is its own number here
    Cell value = kNilCell;
  };
  // From when it is inside for sure, or until when.
  struct Moment {
    std::uint32_t stay = 0;
    bool leaves = false;
  };
  // Moments that belong together, because a value came at the first and left at the last of them,
  // or such values overlap.
  struct Part {
    Position begun = 0;
    std::size_t inside = 0;  // values that have not left
    std::size_t look_at = kFirstLook;
    std::vector<std::uint32_t> stays;
  };

  std::uint32_t new_stay(const Ticket& ticket) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(stays_.size()));
      stays_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    stays_[number] = {{.in = number, .in_begun = ticket.begun}, ticket.value};
    return number;
  }

  bool end_pop(const Ticket& ticket, std::span<const Cell> told, Position at) {
    const Cell value = told.front();
    if (told.size() != 1 || value == kNoCell) return give_up("a value of another shape");
    if (value == kNilCell) {
      empty_.ask(ticket.begun, at);
      return true;
    }
    const auto place = inside_.find(value);
    if (place == inside_.end()) {
      return refuse(
          fmt::format("nobody had pushed {}, or it had come out before", name_in(pool_, value)));
    }
    const std::uint32_t number = place->second;
    inside_.erase(place);
    Passage& passage = stays_[number].passage;
    passage.out_begun = ticket.begun;
    passage.out_done = at;
    // It can come and go at one instant, whatever the others do.
    if (passage.in_done > passage.out_begun) {
      if (passage.in_done != kNever) moments_.erase(passage.in_done);
      free_.push_back(number);
      return true;
    }
    moments_.emplace(passage.out_begun, Moment{number, true});
    return true;
  }

  // Deals with all moments of which it is certain that no other one comes before them.
  bool advance() {
    const Position until = open_.oldest();
    while (!moments_.empty() && moments_.begin()->first < until) {
      const auto [at, moment] = *moments_.begin();
      moments_.erase(moments_.begin());
      const bool was_empty = inside_for_sure_ == 0;
      inside_for_sure_ = moment.leaves ? inside_for_sure_ - 1 : inside_for_sure_ + 1;
      if (was_empty || inside_for_sure_ == 0) empty_.change(at, inside_for_sure_ == 0);
      if (!moment.leaves) {
        parts_.push_back({.begun = at, .inside = 1, .stays = {moment.stay}});
      } else if (!leave(moment.stay)) {
        return false;
      }
    }
    return empty_.answer(until) ||
           refuse("nothing was found, although all the time there was something");
  }

  // Everything since the value came belongs together.
  bool leave(std::uint32_t number) {
    const Position came = stays_[number].passage.in_done;
    auto part = std::prev(
        std::upper_bound(parts_.begin(), parts_.end(), came,
                         [](Position at, const Part& other) { return at < other.begun; }));
    for (auto other = std::next(part); other != parts_.end(); ++other) {
      part->inside += other->inside;
      part->look_at = std::max(part->look_at, other->look_at);
      if (part->stays.size() < other->stays.size()) part->stays.swap(other->stays);
      part->stays.insert(part->stays.end(), other->stays.begin(), other->stays.end());
    }
    parts_.erase(std::next(part), parts_.end());
    --part->inside;
    if (part->inside > 0 && part->stays.size() < part->look_at) return true;
    part->look_at = 2 * part->stays.size();
    if (!judge(part->stays)) return false;
    if (part->inside > 0) return true;
    free_.insert(free_.end(), part->stays.begin(), part->stays.end());
    parts_.pop_back();
    return true;
  }

  // What is still inside may be on its way out with whoever is under way, or stay for ever.
  bool judge(const std::vector<std::uint32_t>& stays) {
    if (stays.size() < 2) return true;
    Passages passages;
    for (const std::uint32_t stay : stays) {
      passages.values.push_back(stays_[stay].passage);
      Passage& passage = passages.values.back();
      passage.out_begun = std::min(passage.out_begun, open_.oldest());
    }
    const ContainerResult result = check_plain_stack(passages, {});
    if (result.verdict != Verdict::kViolated) return true;
    std::vector<std::string> names;
    for (const std::uint32_t stay : result.calls) {
      if (names.size() < kNamed) names.push_back(name_in(pool_, stays_[stay].value));
    }
    return refuse(
        fmt::format("whichever of {}{} lay below all the others, it came too late or "
                    "went too early",
                    fmt::join(names, ", "), result.calls.size() > kNamed ? " and more" : ""));
  }

  const Pool* pool_;
  OpenWindow open_;
  Emptiness empty_;
  std::map<Cell, std::uint32_t> inside_;  // or on the way in: the number of the stay
  std::vector<Stay> stays_;
  std::vector<std::uint32_t> free_;     // numbers that can be used again
  std::map<Position, Moment> moments_;  // that have not been dealt with
  std::vector<Part> parts_;             // by when they began
  std::size_t inside_for_sure_ = 0;
  std::size_t takers_ = 0;  // pops that have not ended
};

}  // namespace

std::unique_ptr<ObjectStream> make_stack_stream(const StreamSetting& setting) {
  return std::make_unique<StackStream>(setting);
}

}  // namespace quorumlab::models
