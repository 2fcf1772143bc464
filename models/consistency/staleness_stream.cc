#include "models/consistency/staleness_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/cell_ranges.h"
#include "models/consistency/open_window.h"

namespace quorumlab::models {
namespace {

class StalenessStream : public ObjectStream {
 public:
  StalenessStream(const StalenessOptions& bound, const StreamSetting& setting)
      : versions_(bound.versions),
        time_bound_(bound.time),
        is_safe_(bound.only_undisturbed),
        called_(bound.called),
        initial_(setting.initial),
        pool_(setting.pool),
        remembers_(setting.remembers) {}

  Ticket begin(Ticket ticket) override {
    if (time_bound_ && time() < latest_time_) give_up("a clock that goes back");
    latest_time_ = time();
    ticket.note = time();
    if (ticket.method == Method::kRead) {
      reads_.begin(ticket.begun);
      if (time_bound_) begun_at_.emplace(ticket.begun, time());
    } else if (ticket.method == Method::kWrite) {
      begin_write(ticket);
    } else {
      give_up("something else than reads and writes");
    }
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position at) override {
    if (ticket.method == Method::kRead) return end_read(ticket, told);
    done_.push_back({at, ticket.begun, time()});
    if (done_count_++ == 0) first_time_ = time();
    if (is_safe_) excuse(ticket.begun);
    const auto write = values_.find(ticket.value);
    if (write != values_.end() && write->second.begun == ticket.begun) write->second.done = at;
    if (values_.size() + done_.size() >= sweep_at_) sweep();
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kRead) {
      end_of_read(ticket);
      return true;
    }
    const auto write = values_.find(ticket.value);
    if (write->second.was_read) {
      return refuse(fmt::format("{} was read, and its write failed", name_in(pool_, ticket.value)));
    }
    values_.erase(write);
    return !is_safe_ || accuse(ticket.begun);
  }

  void lose(const Ticket& ticket) override {
    if (ticket.method == Method::kRead) return end_of_read(ticket);
    has_lost_ = true;
    if (is_safe_) excuse(ticket.begun);
  }

  [[nodiscard]] std::size_t kept() const override {
    return values_.size() + done_.size() + reads_.size() + excused_.size() + too_old_.kept();
  }
  [[nodiscard]] std::string_view model() const override { return called_; }

 private:
  static constexpr Position kNotYet = UINT64_MAX;
  static constexpr std::size_t kFirstSweep = 32;

  // Stays as long as somebody may read it.
  struct Write {
    Position begun = 0;
    Position done = kNotYet;
    bool was_read = false;
  };
  struct Done {
    Position at = 0;
    Position begun = 0;
    std::int64_t time = 0;
  };
  // A read that is wrong unless one of these writes takes place.
  struct Excused {
    std::set<Position> writes;
    std::string why;
  };

  void begin_write(const Ticket& ticket) {
    const bool is_integer = tag_of(ticket.value) == Tag::kInteger;
    const bool may_repeat =
        forgets_hopeful_ && (!is_integer || integer_of(ticket.value) <= greatest_);
    bool is_new = ticket.value != initial_ && !may_repeat;
    if (is_new && values_.contains(ticket.value)) sweep();
    is_new = is_new && values_.try_emplace(ticket.value, Write{ticket.begun}).second;
    if (!is_new) {
      give_up(fmt::format("{}, which may have been there before, written again,",
                          name_in(pool_, ticket.value)));
      return;
    }
    if (is_integer) greatest_ = std::max(greatest_, integer_of(ticket.value));
    if (is_safe_) open_writes_.insert(ticket.begun);
  }

  void end_of_read(const Ticket& ticket) {
    reads_.end(ticket.begun);
    begun_at_.erase(ticket.begun);
  }

  bool end_read(const Ticket& ticket, std::span<const Cell> told) {
    end_of_read(ticket);
    if (told.size() != 1) return give_up("a value of another shape");
    const Cell value = told.front();
    if (value == kNoCell) return true;
    const auto write = values_.find(value);
    const bool is_known = write != values_.end();
    if (value != initial_ && !is_known) {
      if (forgets_hopeful_) {
        return give_up(fmt::format("{}, read when it was old,", name_in(pool_, value)));
      }
      if (!too_old_.contains(value)) {
        return refuse(fmt::format("nobody had written {}{}", name_in(pool_, value),
                                  forgets_ ? ", or too much that is newer was there" : ""));
      }
    }
    if (is_known) write->second.was_read = true;
    const bool is_disturbed = is_safe_ && (has_lost_ || is_overlapped(ticket));
    if (is_disturbed) return true;
    const bool is_stale = is_known            ? is_late(ticket, write->second.done)
                          : value == initial_ ? is_late_for_initial(ticket)
                                              : true;
    if (!is_stale) return true;
    std::string why = fmt::format(
        "{} newer writes than that of {} had been acknowledged before it began",
        versions_ == 0U ? "one or more" : "too many, or too old,", name_in(pool_, value));
    if (open_writes_.empty()) return refuse(std::move(why));
    excused_.push_back({open_writes_, std::move(why)});
    return true;
  }

  // By a write that has ended well since?
  [[nodiscard]] bool is_overlapped(const Ticket& read) const {
    return !done_.empty() && done_.back().at > read.begun;
  }

  [[nodiscard]] bool is_too_old(const Ticket& read, std::int64_t since) const {
    return time_bound_ && read.note - since > time_bound_->count();
  }

  // Of writes that lie between the end of the one that was read and the beginning of the read.
  [[nodiscard]] bool is_late(const Ticket& read, Position since) const {
    if (!versions_ && !time_bound_) return false;
    std::uint64_t missed = 0;
    for (auto write = done_.rbegin(); write != done_.rend(); ++write) {
      if (write->at >= read.begun) continue;
      if (write->at < since) break;
      if (write->begun < since) continue;
      ++missed;
      if ((versions_ && missed > *versions_) || is_too_old(read, write->time)) return true;
    }
    return false;
  }

  // All are newer.
  [[nodiscard]] bool is_late_for_initial(const Ticket& read) const {
    std::uint64_t later = 0;
    for (auto write = done_.rbegin(); write != done_.rend() && write->at >= read.begun; ++write) {
      ++later;
    }
    const std::uint64_t missed = done_count_ - later;
    if (missed == 0) return false;
    return (versions_ && missed > *versions_) || is_too_old(read, first_time_);
  }

  // The write has taken place, or may yet.
  void excuse(Position write) {
    open_writes_.erase(write);
    std::erase_if(excused_, [write](const Excused& read) { return read.writes.contains(write); });
  }

  // The write has not taken place.
  bool accuse(Position write) {
    open_writes_.erase(write);
    for (Excused& read : excused_) {
      if (read.writes.erase(write) != 0 && read.writes.empty()) {
        return refuse(read.why + ", and the write beside it failed");
      }
    }
    return true;
  }

  // Forgets what no read that is still to end may return, and whatever is too much.
  void sweep() {
    const Position oldest = reads_.oldest();
    const std::int64_t now = begun_at_.empty() ? latest_time_ : begun_at_.begin()->second;
    std::vector<Done> past;
    std::copy_if(done_.begin(), done_.end(), std::back_inserter(past),
                 [oldest](const Done& write) { return write.at < oldest; });
    std::sort(past.begin(), past.end(),
              [](const Done& a, const Done& b) { return a.begun < b.begun; });
    std::vector<std::int64_t> first_times(past.size());  // of each and those that began later
    for (std::size_t i = past.size(); i-- > 0;) {
      const bool is_last = i + 1 == past.size();
      first_times[i] = is_last ? past[i].time : std::min(past[i].time, first_times[i + 1]);
    }
    const auto is_hopeless = [&](const auto& value) {
      const auto newer = std::partition_point(
          past.begin(), past.end(), [&](const Done& w) { return w.begun < value.second.done; });
      const auto missed = static_cast<std::uint64_t>(past.end() - newer);
      if (missed == 0) return false;
      const std::int64_t since = first_times[static_cast<std::size_t>(newer - past.begin())];
      return (versions_ && missed > *versions_) ||
             (time_bound_ && now - since > time_bound_->count());
    };
    if (is_safe_) {
      for (const auto& value : values_) {
        if (is_hopeless(value)) too_old_.insert(value.first);
      }
    }
    forgets_ = std::erase_if(values_, is_hopeless) != 0 || forgets_;
    if (values_.size() > remembers_) forget_half();
    Position first = kNotYet;
    for (const auto& [value, write] : values_) first = std::min(first, write.done);
    while (!done_.empty() && done_.front().begun <= first && done_.front().at < oldest) {
      done_.pop_front();
    }
    sweep_at_ = std::max(kFirstSweep, 2 * (values_.size() + done_.size()));
  }

  void forget_half() {
    std::vector<Position> begun;
    for (const auto& [value, write] : values_) begun.push_back(write.begun);
    const auto middle = begun.begin() + static_cast<std::ptrdiff_t>(begun.size() / 2);
    std::nth_element(begun.begin(), middle, begun.end());
    const auto old = std::erase_if(values_, [until = *middle](const auto& value) {
      return value.second.done != kNotYet && value.second.begun < until;
    });
    forgets_hopeful_ = old != 0 || forgets_hopeful_;
    forgets_ = forgets_ || forgets_hopeful_;
  }

  const std::optional<std::uint64_t> versions_;
  const std::optional<sim::Duration> time_bound_;
  const bool is_safe_;
  const std::string called_;
  const Cell initial_;
  const Pool* const pool_;
  const std::size_t remembers_;

  std::map<Cell, Write> values_;  // that may still be read
  std::deque<Done> done_;         // writes that such a read may miss, by when they ended
  std::uint64_t done_count_ = 0;  // of all writes
  std::int64_t first_time_ = 0;   // when the first had ended
  OpenWindow reads_;              // under way
  std::map<Position, std::int64_t> begun_at_;  // of these, if time counts
  std::set<Position> open_writes_;             // the same of writes, for safe registers
  std::vector<Excused> excused_;
  CellRanges too_old_;     // of safe registers: who looks beside a write may find that
  bool has_lost_ = false;  // a write of unknown outcome overlaps whatever comes
  bool forgets_ = false;
  bool forgets_hopeful_ = false;  // something that was not too old, too
  std::int64_t greatest_ = INT64_MIN;
  std::int64_t latest_time_ = INT64_MIN;
  std::size_t sweep_at_ = kFirstSweep;
};

}  // namespace

std::unique_ptr<ObjectStream> make_staleness_stream(const StalenessOptions& bound,
                                                    const StreamSetting& setting) {
  return std::make_unique<StalenessStream>(bound, setting);
}

}  // namespace quorumlab::models
