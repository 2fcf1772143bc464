#include "models/consistency/list_replay.h"

#include <algorithm>
#include <queue>
#include <span>
#include <utility>

#include "models/consistency/read_order.h"

namespace quorumlab::models {
namespace {

class Replay {
 public:
  Replay(const TxnHistory& txns, const std::vector<bool>& takes_part)
      : txns_(txns),
        takes_part_(takes_part),
        last_known_(txns.keys.size()),
        previous_(txns.versions.size(), kUnreadValue),
        touched_by_(txns.keys.size()),
        written_by_(txns.keys.size()),
        waits_(txns.txns.size()) {}

  std::optional<std::vector<std::uint32_t>> run() {
    order_versions();
    collect_users();
    if (!txns_.has_time) wait_for_sessions();
    count_waits();
    execute();
    const auto all =
        static_cast<std::size_t>(std::count(takes_part_.begin(), takes_part_.end(), true));
    if (order_.size() != all) return std::nullopt;
    return std::move(order_);
  }

 private:
  // What a transaction needs of a key: the version that it finds, which is numbered as in
  // TxnHistory::versions, with the first state of each key behind them.
  struct Need {
    std::uint32_t found = 0;
    std::uint32_t left = kUnreadValue;  // what it writes that others find; kUnreadValue: nothing
    bool reads = false;                 // before it writes, if it does
    [[nodiscard]] bool writes() const { return left != kUnreadValue; }
  };
  enum Use : std::uint32_t { kReads = 1, kWrites = 2 };
  // Those who must find a version and are not done: whoever replaces it without having read it
  // waits for all, and whoever has read it for the others.
  struct Finders {
    std::uint32_t readers = 0;
    std::uint32_t updaters = 0;  // read it and replace it
  };

  [[nodiscard]] std::uint32_t first_state(std::uint32_t key) const {
    return static_cast<std::uint32_t>(txns_.versions.size()) + key;
  }

  // The longest list of each key tells the order of its versions.
  void order_versions() {
    std::vector<std::span<const std::uint32_t>> longest(txns_.keys.size());
    for (const Txn& txn : txns_.txns) {
      if (txn.outcome != TxnOutcome::kOk) continue;
      for (std::uint32_t i = txn.first; i < txn.first + txn.count; ++i) {
        const Micro& micro = txns_.micros[i];
        if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) continue;
        if (micro.count > longest[micro.key].size()) longest[micro.key] = txns_.list(micro);
      }
    }
    for (std::uint32_t key = 0; key < longest.size(); ++key) {
      std::uint32_t before = first_state(key);
      for (const std::uint32_t version : longest[key]) {
        previous_[version] = std::exchange(before, version);
      }
      last_known_[key] = before;
    }
  }

  // Calls f(key, need) for each key that the transaction touches, in the order of first touch.
  template <class F>
  void for_each_need(std::uint32_t t, F f) {
    const std::uint32_t stamp = ++stamp_;
    const auto micros = txns_.micros_of(t);
    for (const Micro& micro : micros) {
      if (micro.kind != Micro::Kind::kWrite) continue;
      Written& written = written_by_[micro.key];
      // Others are known to come after what was read of its writes.
      const bool is_read = previous_[micro.value] != kUnreadValue;
      if (written.stamp != stamp || is_read) written = {stamp, micro.value};
    }
    for (const Micro& micro : micros) {
      if (std::exchange(touched_by_[micro.key], stamp) == stamp) continue;
      const auto [writer, last] = written_by_[micro.key];
      Need need{.left = writer == stamp ? last : kUnreadValue};
      need.reads = micro.kind == Micro::Kind::kRead && micro.value != kUnreadValue;
      if (need.reads) {
        const std::uint32_t version = version_read(txns_, micro);
        need.found = version == kInitialVersion ? first_state(micro.key) : version;
      } else if (need.writes()) {
        need.found = found_by_write(micros, micro.key);
      } else {
        continue;
      }
      f(micro.key, need);
    }
  }

  [[nodiscard]] std::uint32_t found_by_write(std::span<const Micro> micros,
                                             std::uint32_t key) const {
    const auto first = std::find_if(micros.begin(), micros.end(), [key](const Micro& m) {
      return m.kind == Micro::Kind::kWrite && m.key == key;
    });
    const std::uint32_t before = previous_[first->value];
    return before == kUnreadValue ? last_known_[key] : before;
  }

  // By version, who must find it.
  void collect_users() {
    first_user_.assign(txns_.versions.size() + txns_.keys.size() + 2, 0);
    finders_.assign(txns_.versions.size() + txns_.keys.size(), {});
    for_each_part([&](std::uint32_t t) {
      for_each_need(t, [&](std::uint32_t, const Need& need) {
        ++first_user_[need.found + 2];
        Finders& finders = finders_[need.found];
        if (need.reads) ++(need.writes() ? finders.updaters : finders.readers);
      });
    });
    for (std::size_t i = 2; i < first_user_.size(); ++i) first_user_[i] += first_user_[i - 1];
    users_.resize(first_user_.back());
    for_each_part([&](std::uint32_t t) {
      for_each_need(t, [&](std::uint32_t, const Need& need) {
        const std::uint32_t use = (need.reads ? kReads : 0U) | (need.writes() ? kWrites : 0U);
        users_[first_user_[need.found + 1]++] = t << 2U | use;
      });
    });
  }

  template <class F>
  void for_each_part(F f) {
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (takes_part_[t]) f(t);
    }
  }

  void count_waits() {
    for_each_part([&](std::uint32_t t) {
      for_each_need(t, [&](std::uint32_t key, const Need& need) {
        if (need.found != first_state(key)) ++waits_[t];
        const auto [readers, updaters] = finders_[need.found];
        if (need.writes() && readers + (need.reads ? 0 : updaters) > 0) ++waits_[t];
      });
    });
  }

  void wait_for_sessions() {
    const std::vector<std::uint32_t> before = session_predecessors(txns_, takes_part_);
    after_in_session_.assign(before.size(), kNoTxn);
    for (std::uint32_t t = 0; t < before.size(); ++t) {
      if (before[t] == kNoTxn) continue;
      after_in_session_[before[t]] = t;
      ++waits_[t];
    }
  }

  void execute() {
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    std::vector<bool> is_done(count);
    order_.reserve(count);
    for (std::uint32_t next = 0;;) {
      while (!ready_.empty()) {
        const std::uint32_t t = ready_.back();
        ready_.pop_back();
        is_done[t] = true;
        order_.push_back(t);
        finish(t);
      }
      while (!window_.empty() && is_done[window_.top().second]) window_.pop();
      const std::uint32_t deadline =
          window_.empty() || !txns_.has_time ? UINT32_MAX : window_.top().first;
      if (next == count || txns_.txns[next].invoked > deadline) return;
      admit(next++);
    }
  }

  // From here on the transaction may be executed, as far as time is concerned.
  void admit(std::uint32_t t) {
    if (!takes_part_[t]) return;
    const bool ends = txns_.has_time && txns_.txns[t].outcome == TxnOutcome::kOk;
    if (ends) window_.emplace(txns_.txns[t].completed, t);
    admitted_ = t + 1;
    if (waits_[t] == 0) ready_.push_back(t);
  }

  void arrive(std::uint32_t t) {
    if (--waits_[t] == 0 && t < admitted_) ready_.push_back(t);
  }

  void finish(std::uint32_t t) {
    for_each_need(t, [&](std::uint32_t, const Need& need) {
      if (need.reads) leave(need);
      if (!need.writes()) return;
      for_each_user(need.left, [&](std::uint32_t user, std::uint32_t) { arrive(user); });
    });
    if (!after_in_session_.empty() && after_in_session_[t] != kNoTxn) arrive(after_in_session_[t]);
  }

  // One less has to find the version.
  void leave(const Need& need) {
    Finders& finders = finders_[need.found];
    --(need.writes() ? finders.updaters : finders.readers);
    if (finders.readers > 0) return;
    for_each_user(need.found, [&](std::uint32_t user, std::uint32_t use) {
      const bool updates = !need.writes() && use == (kReads | kWrites);
      const bool replaces = finders.updaters == 0 && use == kWrites;
      if (updates || replaces) arrive(user);
    });
  }

  template <class F>
  void for_each_user(std::uint32_t version, F f) const {
    for (std::uint32_t i = first_user_[version]; i < first_user_[version + 1]; ++i) {
      f(users_[i] >> 2U, users_[i] & 3U);
    }
  }

  using Ending = std::pair<std::uint32_t, std::uint32_t>;  // when, which
  struct Written {
    std::uint32_t stamp = 0;
    std::uint32_t version = 0;
  };

  const TxnHistory& txns_;
  const std::vector<bool>& takes_part_;
  std::vector<std::uint32_t> last_known_;  // by key
  std::vector<std::uint32_t> previous_;    // by version; kUnreadValue: nobody read it
  std::vector<std::uint32_t> touched_by_;  // by key: stamp of the last transaction looked at
  std::vector<Written> written_by_;        // the same
  std::vector<std::uint32_t> waits_;       // by transaction: for how many things
  std::vector<std::uint32_t> first_user_;  // into users_, by version
  std::vector<std::uint32_t> users_;       // transaction << 2 | Use
  std::vector<Finders> finders_;           // by version
  std::vector<std::uint32_t> after_in_session_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> window_;
  std::vector<std::uint32_t> ready_;
  std::vector<std::uint32_t> order_;
  std::uint32_t admitted_ = 0;
  std::uint32_t stamp_ = 0;
};

}  // namespace

std::optional<std::vector<std::uint32_t>> replay_lists(const TxnHistory& txns,
                                                       const std::vector<bool>& takes_part) {
  return Replay(txns, takes_part).run();
}

}  // namespace quorumlab::models
