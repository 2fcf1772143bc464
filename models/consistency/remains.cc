#include "models/consistency/remains.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

bool changes(const ObjectCall& call) {
  switch (call.method) {
    case Method::kRead:
    case Method::kContains:
    case Method::kPoll:
      return false;
    default:
      return true;
  }
}

bool is_done(const TimedCall<ObjectCall>& timed) {
  return timed.completed != kNever;
}

PromiseResult refuted(std::vector<std::uint32_t> calls, std::string why) {
  return {Verdict::kViolated, {}, std::move(calls), std::move(why)};
}

PromiseResult undecided(std::string reason) {
  return {Verdict::kUnknown, std::move(reason), {}, {}};
}

// Acknowledged values of a container, against whoever looked for them later.
class Kept {
 public:
  Kept(ObjectKind kind, Calls calls) : kind_(kind), calls_(calls) {
    for (std::uint32_t i = 0; i < calls.size(); ++i) sort_in(i);
    settle(looks_);
    for (auto& [offset, polls] : polls_) settle(polls);
  }

  PromiseResult run() const {
    std::size_t unseen = 0;
    for (const std::uint32_t add : added_) {
      const Fate fate = fate_of(add);
      if (fate.state == Fate::kLost) {
        return refuted({add, fate.witness},
                       "it was acknowledged, and is not there any more: the last to look for it, "
                       "which began afterwards, did not find it");
      }
      if (fate.state == Fate::kUnseen) ++unseen;
    }
    if (unseen > 0) {
      return undecided(
          fmt::format("{} of {} acknowledged values were not looked for afterwards (in full)",
                      unseen, added_.size()));
    }
    return {.reason = fmt::format("{} acknowledged values, none gone", added_.size())};
  }

 private:
  // Those that looked for the same; the last of them to begin, and what was found from then on.
  struct Looks {
    std::vector<std::uint32_t> all;
    std::uint32_t last = 0;
    std::set<Cell> found;
  };

  struct Fate {
    enum State : std::uint8_t { kThere, kLost, kUnseen } state = kThere;
    std::uint32_t witness = 0;
  };

  void sort_in(std::uint32_t i) {
    const TimedCall<ObjectCall>& timed = calls_[i];
    const ObjectCall& call = timed.call;
    if (call.method == Method::kRemove) removed_.insert(call.a);
    const bool adds = call.method == Method::kAdd || call.method == Method::kPush;
    if (adds && is_done(timed)) added_.push_back(i);
    if (call.method == Method::kPop) {
      if (!is_done(timed) || call.result == kNoCell) {
        ++open_pops_;
      } else if (call.result == kNilCell) {
        looks_.all.push_back(i);
      } else {
        taken_.insert(call.result);
      }
    }
    if (call.method == Method::kRead && is_done(timed) && !is_container()) looks_.all.push_back(i);
    if (call.method == Method::kPoll && is_done(timed) && call.result != kNoCell) {
      polls_[call.a].all.push_back(i);
    }
  }

  [[nodiscard]] bool is_container() const {
    return kind_ == ObjectKind::kQueue || kind_ == ObjectKind::kStack;
  }

  void settle(Looks& looks) const {
    if (looks.all.empty()) return;
    looks.last = *std::max_element(looks.all.begin(), looks.all.end(), [&](auto a, auto b) {
      return calls_[a].invoked < calls_[b].invoked;
    });
    for (const std::uint32_t look : looks.all) {
      if (calls_[look].completed < calls_[looks.last].invoked) continue;
      const ObjectCall& call = calls_[look].call;
      looks.found.insert(call.many.begin(), call.many.end());
      if (call.method == Method::kPoll) looks.found.insert(call.result);
    }
  }

  [[nodiscard]] Fate fate_of(std::uint32_t add) const {
    const ObjectCall& call = calls_[add].call;
    if (removed_.contains(call.a) || taken_.contains(call.a)) return {};
    const Looks* looks = &looks_;
    if (kind_ == ObjectKind::kLog) {
      const auto polls = polls_.find(call.result);
      if (polls != polls_.end()) looks = &polls->second;
    }
    if (looks->all.empty() || calls_[looks->last].invoked < calls_[add].completed) {
      return {.state = Fate::kUnseen};
    }
    // Somebody whose answer was lost may have taken it.
    if (is_container() && open_pops_ > 0) return {.state = Fate::kUnseen};
    return looks->found.contains(call.a) ? Fate{} : Fate{Fate::kLost, looks->last};
  }

  const ObjectKind kind_;
  const Calls calls_;
  std::vector<std::uint32_t> added_;
  Looks looks_;
  std::map<Cell, Looks> polls_;  // by offset
  std::set<Cell> removed_;
  std::set<Cell> taken_;
  std::size_t open_pops_ = 0;
};

// The value that the last reads of a register find must not be one that an acknowledged write
// surely replaced before them.
class KeptRegister {
 public:
  KeptRegister(Calls calls, Cell initial) : calls_(calls), initial_(initial) {
    for (std::uint32_t i = 0; i < calls.size(); ++i) {
      const ObjectCall& call = calls[i].call;
      if (changes(call) && call.result != make_cell(Tag::kBoolean, 0)) writes_.push_back(i);
      if (call.method == Method::kRead && is_done(calls[i])) reads_.push_back(i);
    }
  }

  PromiseResult run() const {
    std::optional<std::uint32_t> last;
    for (const std::uint32_t read : reads_) {
      if (!last || calls_[read].invoked > calls_[*last].invoked) last = read;
    }
    std::size_t unseen = 0;
    std::size_t acknowledged = 0;
    for (const std::uint32_t write : writes_) {
      if (!is_done(calls_[write])) continue;
      ++acknowledged;
      if (!last || calls_[write].completed > calls_[*last].invoked) ++unseen;
    }
    if (last) {
      const bool kept = std::any_of(reads_.begin(), reads_.end(), [&](std::uint32_t read) {
        return calls_[read].completed >= calls_[*last].invoked && !replaced_by(read);
      });
      if (!kept) {
        return refuted({*last, *replaced_by(*last)},
                       "the last read finds what was there before an acknowledged write, which is "
                       "gone");
      }
    }
    if (unseen > 0) {
      return undecided(fmt::format("{} of {} acknowledged writes were not read afterwards", unseen,
                                   acknowledged));
    }
    return {.reason = fmt::format("{} acknowledged writes, none gone", acknowledged)};
  }

 private:
  [[nodiscard]] Cell written(std::uint32_t write) const {
    const ObjectCall& call = calls_[write].call;
    return call.method == Method::kCas      ? call.b
           : call.method == Method::kDelete ? kNilCell
                                            : call.a;
  }

  // An acknowledged write that began when all that wrote what was read had ended, and that ended
  // before the read began.
  [[nodiscard]] std::optional<std::uint32_t> replaced_by(std::uint32_t read) const {
    const Cell value = calls_[read].call.result;
    std::uint64_t since = 0;
    bool any = value == initial_;
    for (const std::uint32_t write : writes_) {
      if (written(write) != value || calls_[write].invoked > calls_[read].completed) continue;
      since = std::max(since, calls_[write].completed);
      any = true;
    }
    if (!any) return std::nullopt;  // read of nothing that was written: not about durability
    for (const std::uint32_t write : writes_) {
      const bool later = since == 0 || calls_[write].invoked > since;
      if (later && written(write) != value && calls_[write].completed < calls_[read].invoked) {
        return write;
      }
    }
    return std::nullopt;
  }

  const Calls calls_;
  const Cell initial_;
  std::vector<std::uint32_t> writes_;
  std::vector<std::uint32_t> reads_;
};

bool same_answer(const ObjectCall& a, const ObjectCall& b) {
  return a.many == b.many && (!a.many.empty() || a.result == b.result);
}

// Elements in the order in which they were read, a set's as a set.
class Prefixes {
 public:
  Prefixes(ObjectKind kind, Calls calls) : is_log_(kind == ObjectKind::kLog), calls_(calls) {
    std::map<std::int64_t, std::uint32_t> latest;  // by process: its last add
    std::vector<std::uint32_t> order(calls.size());
    for (std::uint32_t i = 0; i < calls.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return calls[a].invoked < calls[b].invoked;
    });
    for (const std::uint32_t i : order) {
      const ObjectCall& call = calls[i].call;
      if (call.method == Method::kRead && is_done(calls[i])) reads_.push_back(i);
      if (call.method == Method::kRemove) shrinks_ = true;
      if (call.method != Method::kAdd && call.method != Method::kPush) continue;
      adder_.try_emplace(call.a, i);
      if (!is_done(calls[i])) continue;
      const auto before = latest.find(call.process);
      if (before != latest.end()) before_[call.a] = before->second;
      latest[call.process] = i;
    }
  }

  PromiseResult run() {
    if (shrinks_) return undecided("elements are removed, so that reads need not grow");
    for (const std::uint32_t read : reads_) {
      if (auto wrong = look_inside(read)) return *wrong;
    }
    std::stable_sort(reads_.begin(), reads_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return calls_[a].call.many.size() < calls_[b].call.many.size();
    });
    for (std::size_t i = 1; i < reads_.size(); ++i) {
      if (is_part(calls_[reads_[i - 1]].call.many, calls_[reads_[i]].call.many)) continue;
      return refuted({reads_[i - 1], reads_[i]}, "neither read is a beginning of the other");
    }
    return {.reason = fmt::format("{} reads, each a beginning of the next", reads_.size())};
  }

 private:
  [[nodiscard]] bool is_part(const std::vector<Cell>& less, const std::vector<Cell>& more) const {
    if (is_log_) return std::equal(less.begin(), less.end(), more.begin());
    return std::includes(more.begin(), more.end(), less.begin(), less.end());
  }

  [[nodiscard]] std::optional<PromiseResult> look_inside(std::uint32_t read) const {
    const std::vector<Cell>& many = calls_[read].call.many;
    const std::set<Cell> found(many.begin(), many.end());
    for (const Cell value : many) {
      const auto adder = adder_.find(value);
      if (adder == adder_.end()) return refuted({read}, "it found what nobody had put there");
      if (calls_[adder->second].invoked > calls_[read].completed) {
        return refuted({read, adder->second}, "it found what was only put there later");
      }
      const auto before = before_.find(value);
      if (before == before_.end() || found.contains(calls_[before->second].call.a)) continue;
      return refuted({read, adder->second, before->second},
                     "it found an element, and not the one that its writer had added before");
    }
    return std::nullopt;
  }

  const bool is_log_;
  const Calls calls_;
  std::vector<std::uint32_t> reads_;
  std::map<Cell, std::uint32_t> adder_;
  std::map<Cell, std::uint32_t> before_;  // what the adder of an element had added before
  bool shrinks_ = false;
};

}  // namespace

PromiseResult check_kept(ObjectKind kind, Calls calls, Cell initial) {
  if (kind == ObjectKind::kRegister || kind == ObjectKind::kMap) {
    return KeptRegister(calls, initial).run();
  }
  return Kept(kind, calls).run();
}

PromiseResult check_agreed(Calls calls) {
  std::uint64_t quiet = 0;
  bool open = false;
  for (const TimedCall<ObjectCall>& timed : calls) {
    if (!changes(timed.call)) continue;
    quiet = std::max(quiet, is_done(timed) ? timed.completed : timed.invoked);
    open = open || !is_done(timed);
  }
  std::map<std::int64_t, std::uint32_t> last;  // by process
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const bool late = calls[i].invoked > quiet && is_done(calls[i]);
    if (calls[i].call.method != Method::kRead || !late) continue;
    const auto [mine, fresh] = last.try_emplace(calls[i].call.process, i);
    if (!fresh && calls[i].invoked > calls[mine->second].invoked) mine->second = i;
  }
  if (last.size() < 2) {
    return undecided("fewer than two processes read after the last write had ended");
  }
  const std::uint32_t first = last.begin()->second;
  for (const auto& [process, read] : last) {
    if (same_answer(calls[read].call, calls[first].call)) continue;
    if (open) return undecided("the last reads differ, and a write of unknown outcome may be why");
    return refuted({read, first}, "nothing was written any more, and their last reads differ");
  }
  return {.reason = fmt::format("the last reads of {} processes agree", last.size())};
}

PromiseResult check_prefixes(ObjectKind kind, Calls calls) {
  return Prefixes(kind, calls).run();
}

}  // namespace quorumlab::models
