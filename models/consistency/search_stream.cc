#include "models/consistency/search_stream.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostSlots = 64;
constexpr std::size_t kMostSituations = 2'048;
constexpr Cell kTrue = make_cell(Tag::kBoolean, 1);
constexpr Cell kFalse = make_cell(Tag::kBoolean, 0);

using Slots = std::uint64_t;

Slots bit(std::size_t slot) {
  return Slots{1} << slot;
}

template <class F>
void for_each_slot(Slots slots, F f) {
  for (; slots != 0; slots &= slots - 1) f(static_cast<std::size_t>(std::countr_zero(slots)));
}

struct Open {
  Method method = Method::kRead;
  Cell a = kNilCell;
  Cell b = kNilCell;
  Cell process = kNilCell;
};

// A call under way, and what it found, or may have found.
using Found = std::pair<std::size_t, Cell>;

struct Situation {
  std::vector<Cell> state;
  Slots done = 0;            // calls that have taken effect
  std::vector<Found> found;  // ascending

  auto operator<=>(const Situation&) const = default;

  [[nodiscard]] bool has_found(std::size_t slot, Cell what) const {
    return std::binary_search(found.begin(), found.end(), Found{slot, what});
  }
  void note(std::size_t slot, Cell what) {
    const Found entry{slot, what};
    const auto place = std::lower_bound(found.begin(), found.end(), entry);
    if (place == found.end() || *place != entry) found.insert(place, entry);
  }
  void forget(std::size_t slot) {
    std::erase_if(found, [slot](const Found& entry) { return entry.first == slot; });
  }
};

std::vector<Cell> start_of(ObjectKind kind, Cell initial) {
  if (kind == ObjectKind::kRegister) return {initial};
  if (kind == ObjectKind::kLock) return {kNilCell, kNilCell};  // the holder, the last token
  return {};
}

class SearchStream : public ObjectStream {
 public:
  SearchStream(ObjectKind kind, const StreamSetting& setting)
      : kind_(kind), situations_{{.state = start_of(kind, setting.initial)}} {}

  Ticket begin(Ticket ticket) override { return begin_with(ticket, {&ticket.value, 1}); }

  // Of a compare-and-set [expected new].
  Ticket begin_with(Ticket ticket, std::span<const Cell> asked) override {
    const bool is_cas = ticket.method == Method::kCas;
    const bool fits = is_cas ? asked.size() == 3 && is_sequence(asked[0]) : asked.size() == 1;
    const auto slot = static_cast<std::size_t>(std::countr_one(busy_));
    if (!fits || !is_known(ticket.method) || slot == kMostSlots) {
      give_up(slot == kMostSlots ? "over 64 calls at once" : "a call of another kind");
      return ticket;
    }
    open_[slot] = {.method = ticket.method,
                   .a = is_cas ? asked[1] : asked[0],
                   .b = is_cas ? asked[2] : kNilCell,
                   .process = make_cell(Tag::kOther, static_cast<std::uint64_t>(ticket.process))};
    busy_ |= bit(slot);
    if (ticket.method == Method::kRead) {
      looks_ |= bit(slot);
      for (Situation& s : situations_) s.note(slot, s.state.front());
    }
    ticket.note = static_cast<std::int64_t>(slot);
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position /*at*/) override {
    if (told.size() != 1) return give_up("a value of another shape");
    const auto slot = static_cast<std::size_t>(ticket.note);
    const Cell result = told.front();
    if (result == kNoCell && (looks_ & bit(slot)) != 0) {
      release(slot);
      return true;
    }
    force(slot, result);
    if (is_too_much_) return give_up("too many calls at once");
    if (kind_ == ObjectKind::kLock && ticket.method == Method::kAcquire) take_token(result);
    release(slot);
    return !situations_.empty() || refuse("no order of what was done before explains its result");
  }

  // A compare-and-set that saw another value than it expected has looked, and so ends.
  bool fail(const Ticket& ticket, Position /*at*/) override {
    const auto slot = static_cast<std::size_t>(ticket.note);
    std::erase_if(situations_, [slot](const Situation& s) { return (s.done & bit(slot)) != 0; });
    release(slot);
    return !situations_.empty() || refuse("something was seen of a call that failed");
  }

  void lose(const Ticket& ticket) override {
    const auto slot = static_cast<std::size_t>(ticket.note);
    if ((looks_ & bit(slot)) != 0) return release(slot);
    lost_ |= bit(slot);
    for (Situation& s : situations_) s.forget(slot);
    tidy_up();
  }

  [[nodiscard]] std::size_t kept() const override {
    return situations_.size() + static_cast<std::size_t>(std::popcount(busy_));
  }

 private:
  [[nodiscard]] bool is_known(Method method) const {
    switch (kind_) {
      case ObjectKind::kRegister:
        return method == Method::kRead || method == Method::kWrite || method == Method::kCas;
      case ObjectKind::kLock:
        return method == Method::kAcquire || method == Method::kRelease;
      default:
        return method == Method::kPush || method == Method::kPop;
    }
  }

  // What it finds; nullopt: it has to wait.
  static std::optional<Cell> take_effect(const Open& call, std::vector<Cell>& state) {
    switch (call.method) {
      case Method::kWrite:
        state.front() = call.a;
        return kNilCell;
      case Method::kCas:
        if (state.front() != call.a) return kFalse;
        state.front() = call.b;
        return kTrue;
      case Method::kPush:
        state.push_back(call.a);
        return kNilCell;
      case Method::kPop: {
        if (state.empty()) return kNilCell;
        const Cell first = state.front();
        state.erase(state.begin());
        return first;
      }
      case Method::kAcquire:
        if (state.front() != kNilCell) return std::nullopt;
        state.front() = call.process;
        return kNilCell;
      case Method::kRelease:
        if (state.front() == call.process) state.front() = kNilCell;
        return kNilCell;
      default:
        return std::nullopt;
    }
  }

  // Does its result depend on what it found?
  [[nodiscard]] bool tells(std::size_t slot) const {
    const Method method = open_[slot].method;
    return method == Method::kRead || method == Method::kCas || method == Method::kPop;
  }
  [[nodiscard]] bool is_explained(const Situation& s, std::size_t slot, Cell result) const {
    if ((looks_ & bit(slot)) != 0) return s.has_found(slot, result);
    if ((s.done & bit(slot)) == 0) return false;
    return !tells(slot) || result == kNoCell || s.has_found(slot, result);
  }

  // Leaves every situation in which the call in this slot has taken effect and found that.
  void force(std::size_t slot, Cell result) {
    std::set<Situation> seen;
    std::vector<Situation> explained;
    std::vector<Situation> waiting = std::move(situations_);
    while (!waiting.empty() && !is_too_much_) {
      const Situation s = std::move(waiting.back());
      waiting.pop_back();
      if (is_explained(s, slot, result)) {
        explained.push_back(s);  // all else can wait
        continue;
      }
      if ((s.done & bit(slot)) != 0) continue;
      for_each_slot(busy_ & ~s.done & ~looks_, [&](std::size_t next) {
        if (auto after = step(s, next, next == slot); after && seen.insert(*after).second) {
          waiting.push_back(std::move(*after));
        }
      });
      is_too_much_ = seen.size() > 8 * kMostSituations || explained.size() > kMostSituations;
    }
    situations_ = std::move(explained);
  }

  [[nodiscard]] std::optional<Situation> step(const Situation& s, std::size_t next,
                                              bool is_forced) const {
    Situation after = s;
    const std::optional<Cell> found = take_effect(open_[next], after.state);
    if (!found) return std::nullopt;
    const bool is_lost = (lost_ & bit(next)) != 0;
    const bool is_useless = after.state == s.state && (is_lost || !tells(next));
    if (is_useless && !is_forced) return std::nullopt;
    after.done |= bit(next);
    if (!is_lost && tells(next)) after.note(next, *found);
    for_each_slot(looks_, [&](std::size_t look) { after.note(look, after.state.front()); });
    return after;
  }

  // Whoever has just acquired it holds it still, so that its token is the last one.
  void take_token(Cell token) {
    if (token == kNoCell || tag_of(token) != Tag::kInteger) return;
    std::erase_if(situations_, [token](const Situation& s) {
      return s.state[1] != kNilCell && integer_of(s.state[1]) >= integer_of(token);
    });
    for (Situation& s : situations_) s.state[1] = token;
  }

  void release(std::size_t slot) {
    busy_ &= ~bit(slot);
    looks_ &= ~bit(slot);
    lost_ &= ~bit(slot);
    for (Situation& s : situations_) {
      s.done &= ~bit(slot);
      s.forget(slot);
    }
    tidy_up();
  }

  // Of situations that differ only in lost calls, those with the fewest can imitate the others.
  void tidy_up() {
    std::sort(situations_.begin(), situations_.end());
    situations_.erase(std::unique(situations_.begin(), situations_.end()), situations_.end());
    if (lost_ == 0) return;
    if (situations_.size() > 1) {
      std::map<Situation, std::vector<Slots>> least;  // by all but the lost calls
      for (const Situation& s : situations_) {
        Situation rest = s;
        rest.done &= ~lost_;
        std::vector<Slots>& used = least[std::move(rest)];
        const Slots mine = s.done & lost_;
        const bool is_more = std::any_of(used.begin(), used.end(),
                                         [mine](Slots other) { return (other & ~mine) == 0; });
        if (is_more) continue;
        std::erase_if(used, [mine](Slots other) { return (mine & ~other) == 0; });
        used.push_back(mine);
      }
      situations_.clear();
      for (const auto& [rest, used] : least) {
        for (const Slots mine : used) {
          situations_.push_back(rest);
          situations_.back().done |= mine;
        }
      }
    }
    Slots in_all = lost_;
    for (const Situation& s : situations_) in_all &= s.done;
    if (in_all == 0 || situations_.empty()) return;
    busy_ &= ~in_all;
    lost_ &= ~in_all;
    for (Situation& s : situations_) s.done &= ~in_all;
  }

  const ObjectKind kind_;
  std::vector<Situation> situations_;
  std::array<Open, kMostSlots> open_;
  Slots busy_ = 0;
  Slots looks_ = 0;  // calls that change nothing
  Slots lost_ = 0;   // that may take effect at any time, or never
  bool is_too_much_ = false;
};

}  // namespace

std::unique_ptr<ObjectStream> make_search_stream(ObjectKind kind, const StreamSetting& setting) {
  const bool is_fit =
      kind == ObjectKind::kRegister || kind == ObjectKind::kQueue || kind == ObjectKind::kLock;
  return is_fit ? std::make_unique<SearchStream>(kind, setting) : nullptr;
}

}  // namespace quorumlab::models
