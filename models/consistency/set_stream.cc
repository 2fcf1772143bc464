#include "models/consistency/set_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "models/consistency/cell_ranges.h"
#include "models/consistency/open_window.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostSlots = 64;
constexpr std::size_t kMostSituations = 4'096;
constexpr Cell kTrue = make_cell(Tag::kBoolean, 1);

// One value: just-in-time linearization (frontier.h) of what is done with it.
class Single {
 public:
  explicit Single(bool inside) : situations_{{.inside = inside}} {}

  // nullopt: too many at once.
  std::optional<std::size_t> begin(Method method) {
    const auto slot = static_cast<std::size_t>(std::countr_one(busy_));
    if (slot == kMostSlots) return std::nullopt;
    busy_ |= bit(slot);
    if (methods_.size() <= slot) methods_.resize(slot + 1);
    methods_[slot] = method;
    return slot;
  }

  // What is left explains that the call in this slot returned so; `told` may be kNoCell.
  void end(std::size_t slot, Cell told) {
    for (std::size_t i = 0; i < situations_.size(); ++i) {
      if ((situations_[i].done & bit(slot)) == 0) branch(situations_[i]);
    }
    const auto fits = [&](const Situation& s) {
      const bool done = (s.done & bit(slot)) != 0;
      return done && (told == kNoCell || (told == kTrue) == ((s.said & bit(slot)) != 0));
    };
    std::erase_if(situations_, [&](const Situation& s) { return !fits(s); });
    release(slot);
  }

  void fail(std::size_t slot) {
    std::erase_if(situations_, [&](const Situation& s) { return (s.done & bit(slot)) != 0; });
    release(slot);
  }

  [[nodiscard]] bool is_impossible() const { return situations_.empty(); }
  [[nodiscard]] bool is_too_much() const { return situations_.size() > kMostSituations; }
  // Is it in or out for sure, and nobody busy with it?
  [[nodiscard]] bool is_settled() const { return busy_ == 0 && situations_.size() == 1; }
  [[nodiscard]] bool inside() const { return situations_.front().inside; }

 private:
  struct Situation {
    bool inside = false;
    std::uint64_t done = 0;  // calls that have taken effect
    std::uint64_t said = 0;  // of these, what they will return
    auto operator<=>(const Situation&) const = default;
  };
  static std::uint64_t bit(std::size_t slot) { return std::uint64_t{1} << slot; }

  // Adds what one more call leads to.
  void branch(const Situation situation) {
    for (std::uint64_t rest = busy_ & ~situation.done; rest != 0; rest &= rest - 1) {
      const auto slot = static_cast<std::size_t>(std::countr_zero(rest));
      Situation next = situation;
      next.done |= bit(slot);
      const bool found = situation.inside;
      if (methods_[slot] == Method::kAdd) next.inside = true;
      if (methods_[slot] == Method::kRemove) next.inside = false;
      if (methods_[slot] == Method::kAdd ? !found : found) next.said |= bit(slot);
      const bool is_new =
          std::find(situations_.begin(), situations_.end(), next) == situations_.end();
      if (is_new && !is_too_much()) situations_.push_back(next);
    }
  }

  void release(std::size_t slot) {
    busy_ &= ~bit(slot);
    for (Situation& s : situations_) {
      s.done &= ~bit(slot);
      s.said &= ~bit(slot);
    }
    std::sort(situations_.begin(), situations_.end());
    situations_.erase(std::unique(situations_.begin(), situations_.end()), situations_.end());
  }

  std::vector<Situation> situations_;
  std::vector<Method> methods_;  // by slot
  std::uint64_t busy_ = 0;
};

class SetStream : public ObjectStream {
 public:
  explicit SetStream(const StreamSetting& setting) : pool_(setting.pool) {}

  Ticket begin(Ticket ticket) override {
    switch (ticket.method) {
      case Method::kAdd:
        if (mode_ != Mode::kSingles) begin_addition(ticket);
        break;
      case Method::kRead:
        if (mode_ == Mode::kSingles) give_up("a read of the whole beside other looks");
        if (mode_ == Mode::kNotKnown) forget_singles();
        open_.begin(ticket.begun);
        return ticket;
      case Method::kContains:
      case Method::kRemove:
        if (mode_ == Mode::kWhole) give_up("a single value beside reads of the whole");
        if (mode_ == Mode::kNotKnown) forget_whole();
        break;
      default:
        give_up("something else than additions, removals and looks");
    }
    if (mode_ != Mode::kWhole) begin_single(ticket);
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position at) override {
    if (ticket.method == Method::kRead) return end_read(ticket, told, at);
    Cell result = told.front();
    if (is_sequence(result) && told.size() == 3) {  // [value answer]
      if (told[1] != ticket.value) return give_up("an answer about another value");
      result = told[2];
    }
    if (tag_of(result) != Tag::kBoolean) result = kNoCell;
    if (mode_ != Mode::kSingles) {
      if (result != kNoCell) {
        if (mode_ == Mode::kWhole) return give_up("an addition that tells what it found");
        forget_whole();
      } else {
        end_addition(ticket, at);
      }
    }
    if (mode_ == Mode::kWhole) return true;
    const auto single = singles_.find(ticket.value);
    single->second.end(static_cast<std::size_t>(ticket.note), result);
    return look_at(single);
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (mode_ != Mode::kSingles) {
      if (ticket.method == Method::kRead || ticket.method == Method::kAdd) open_.end(ticket.begun);
      const auto value = loose_.find(ticket.value);
      const bool is_loose = value != loose_.end() && value->second.begun == ticket.begun;
      if (ticket.method == Method::kAdd && mode_ == Mode::kWhole &&
          (!is_loose || value->second.rank != kNobody)) {
        return refuse(
            fmt::format("{} was found although its addition failed", name_in(pool_, ticket.value)));
      }
      if (ticket.method == Method::kAdd && is_loose) loose_.erase(value);
    }
    if (mode_ == Mode::kWhole) return true;
    const auto single = singles_.find(ticket.value);
    single->second.fail(static_cast<std::size_t>(ticket.note));
    return look_at(single);
  }

  // What only looked is forgotten; what may have changed something stays, and may do so any time.
  void lose(const Ticket& ticket) override {
    const bool is_of_whole = ticket.method == Method::kRead || ticket.method == Method::kAdd;
    if (mode_ != Mode::kSingles && is_of_whole) open_.end(ticket.begun);
    if (mode_ == Mode::kWhole || ticket.method != Method::kContains) return;
    const auto single = singles_.find(ticket.value);
    single->second.fail(static_cast<std::size_t>(ticket.note));
    (void)look_at(single);
  }

  [[nodiscard]] std::size_t kept() const override {
    return open_.size() + loose_.size() + recent_.size() + settled_.kept() + singles_.size() +
           inside_.kept();
  }

 private:
  enum class Mode : std::uint8_t { kNotKnown, kWhole, kSingles };
  static constexpr std::size_t kNobody = SIZE_MAX;
  static constexpr Position kNotYet = UINT64_MAX;

  struct Loose {
    Position begun = 0;
    Position done = kNotYet;
    std::size_t rank = kNobody;  // the size of the smallest contents that have it
    Position found_by = 0;       // the read that was looked at last and has it
  };
  struct Contents {
    std::size_t size = 0;
    Position done = 0;  // of the first read that found them
  };

  void forget_singles() {
    mode_ = Mode::kWhole;
    singles_.clear();
    inside_ = {};
  }
  void forget_whole() {
    mode_ = Mode::kSingles;
    loose_.clear();
    settled_ = {};
    open_ = {};
  }

  void begin_single(Ticket& ticket) {
    const auto [single, is_new] =
        singles_.try_emplace(ticket.value, inside_.contains(ticket.value));
    const auto slot = single->second.begin(ticket.method);
    if (!slot) {
      give_up("over 64 calls at once for one value");
      return;
    }
    ticket.note = static_cast<std::int64_t>(*slot);
  }

  bool look_at(std::map<Cell, Single>::iterator single) {
    if (single->second.is_impossible()) {
      return refuse(fmt::format("whether {} is in it has no answer that fits all calls",
                                name_in(pool_, single->first)));
    }
    if (single->second.is_too_much()) return give_up("too many calls at once for one value");
    if (!single->second.is_settled() || mode_ == Mode::kWhole) return true;
    if (single->second.inside()) {
      inside_.insert(single->first);
    } else {
      inside_.erase(single->first);
    }
    singles_.erase(single);
    return true;
  }

  void begin_addition(const Ticket& ticket) {
    open_.begin(ticket.begun);
    const bool is_new = !settled_.contains(ticket.value) &&
                        loose_.try_emplace(ticket.value, Loose{ticket.begun}).second;
    if (!is_new && mode_ == Mode::kWhole) give_up("a value that had been added before");
    is_repeated_ = is_repeated_ || !is_new;
  }

  void end_addition(const Ticket& ticket, Position at) {
    open_.end(ticket.begun);
    const auto value = loose_.find(ticket.value);
    if (value != loose_.end() && value->second.begun == ticket.begun) value->second.done = at;
    if (loose_.size() >= settle_at_) settle();
  }

  bool end_read(const Ticket& ticket, std::span<const Cell> told, Position at) {
    open_.end(ticket.begun);
    if (told.front() == kNilCell || told.front() == kNoCell) return true;
    if (is_repeated_) return give_up("a value that had been added before");
    found_.assign(told.begin() + (is_sequence(told.front()) ? 1 : 0), told.end());
    const bool is_flat =
        std::all_of(found_.begin(), found_.end(), [](Cell cell) { return width_of(cell) == 1; });
    if (!is_sequence(told.front()) || !is_flat) return give_up("a read of something else");
    std::sort(found_.begin(), found_.end());
    if (std::adjacent_find(found_.begin(), found_.end()) != found_.end()) {
      return refuse("a value is in it twice");
    }
    Position after = ticket.begun;  // whatever had ended by then comes before the read
    if (!find_members(at, after) || !contains_all(at, after) || !is_in_chain(after)) return false;
    note_contents(at);
    return true;
  }

  bool find_members(Position at, Position& after) {
    std::size_t settled = 0;
    members_.clear();
    for (const Cell cell : found_) {
      if (settled_.contains(cell)) {
        ++settled;
        continue;
      }
      const auto value = loose_.find(cell);
      if (value == loose_.end()) {
        return refuse(fmt::format("nobody had added {}", name_in(pool_, cell)));
      }
      value->second.found_by = at;
      members_.push_back(&value->second);
      after = std::max(after, value->second.begun);
    }
    return settled == settled_.size() ||
           refuse(fmt::format("{} values are missing that had been there before it began",
                              settled_.size() - settled));
  }

  bool contains_all(Position at, Position after) {
    for (const auto& [cell, value] : loose_) {
      if (value.done >= after || value.found_by == at) continue;
      return refuse(
          fmt::format("{} is missing, which had been added before it, or before "
                      "something that it found",
                      name_in(pool_, cell)));
    }
    return true;
  }

  // Of two contents one has all of the other, and the later one more.
  bool is_in_chain(Position after) {
    const std::size_t size = found_.size();
    const auto above = std::upper_bound(
        recent_.begin(), recent_.end(), size,
        [](std::size_t wanted, const Contents& contents) { return wanted < contents.size; });
    bool fits = true;
    if (above != recent_.begin()) {
      const std::size_t below = std::prev(above)->size;
      const auto old = std::count_if(members_.begin(), members_.end(),
                                     [&](const Loose* value) { return value->rank <= below; });
      fits = settled_.size() + static_cast<std::size_t>(old) == below;
    }
    if (above != recent_.end()) {
      fits = fits && std::all_of(members_.begin(), members_.end(),
                                 [&](const Loose* value) { return value->rank <= above->size; });
    }
    if (!fits) return refuse("neither of two contents has all of the other");
    const bool is_late = std::any_of(
        above, recent_.end(), [&](const Contents& contents) { return contents.done < after; });
    return !is_late || refuse("more had been found before it began");
  }

  void note_contents(Position at) {
    const std::size_t size = found_.size();
    for (Loose* const value : members_) value->rank = std::min(value->rank, size);
    const auto here = std::lower_bound(
        recent_.begin(), recent_.end(), size,
        [](const Contents& contents, std::size_t wanted) { return contents.size < wanted; });
    if (here == recent_.end() || here->size != size) recent_.insert(here, {size, at});
    if (loose_.size() + recent_.size() >= settle_at_) settle();
  }

  // What all reads that are still to end must find need not be told apart any more. Smaller
  // contents that somebody found may lie between, so those go first.
  void settle() {
    const Position oldest = open_.oldest();
    std::size_t found = 0;
    for (; !recent_.empty() && recent_.front().done < oldest; recent_.pop_front()) {
      found = recent_.front().size;
    }
    const std::size_t least = recent_.empty() ? kNobody : recent_.front().size;
    for (auto value = loose_.begin(); value != loose_.end();) {
      const auto& [begun, done, rank, by] = value->second;
      const bool is_old = rank <= found || (done < oldest && rank <= least);
      if (is_old) settled_.insert(value->first);
      value = is_old ? loose_.erase(value) : std::next(value);
    }
    settle_at_ = std::max<std::size_t>(32, 2 * (loose_.size() + recent_.size()));
  }

  const Pool* pool_;
  Mode mode_ = Mode::kNotKnown;
  bool is_repeated_ = false;  // some value was added twice

  CellRanges inside_;               // of values looked at one by one: for sure
  std::map<Cell, Single> singles_;  // that somebody is busy with, or of which it is not known

  CellRanges settled_;  // of reads of the whole: what all that are still to end must find
  OpenWindow open_;
  std::map<Cell, Loose> loose_;  // added, or being added, and maybe not found by all
  std::deque<Contents> recent_;  // by size: those between which a read may still come
  std::size_t settle_at_ = 32;
  std::vector<Cell> found_;      // by the read that is looked at
  std::vector<Loose*> members_;  // the same
};

}  // namespace

std::unique_ptr<ObjectStream> make_set_stream(const StreamSetting& setting) {
  return std::make_unique<SetStream>(setting);
}

}  // namespace quorumlab::models
