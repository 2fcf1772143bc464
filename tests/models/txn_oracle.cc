#include "tests/models/txn_oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace quorumlab::models::testing {
namespace {

using State = std::vector<std::vector<std::uint32_t>>;

struct Draft {
  Txn txn;
  std::vector<Micro> micros;
  std::vector<std::vector<std::uint32_t>> lists;  // what each read saw
};

class Generator {
 public:
  Generator(Rng& rng, const SmallTxns& options) : rng_(rng), options_(options) {
    out_.kind = options.kind;
    out_.pool = &kPool;
    out_.sessions = options.sessions;
    for (std::uint32_t key = 0; key < options.keys; ++key) {
      out_.keys.push_back(integer_cell(key));
    }
    state_.resize(options.keys);
  }

  TxnHistory run() {
    std::vector<int> running(options_.sessions, -1);
    std::vector<std::uint32_t> names(options_.sessions);
    for (std::uint32_t s = 0; s < options_.sessions; ++s) names[s] = s;
    std::uint32_t position = 0;
    std::uint32_t begun = 0;
    std::size_t open = 0;
    while (begun < options_.txns || open > 0) {
      const std::uint32_t who = rng_.below(options_.sessions);
      if (running[who] < 0) {
        if (begun == options_.txns) continue;
        running[who] = static_cast<int>(begun++);
        Draft draft;
        draft.txn.session = names[who];
        draft.txn.invoked = position++;
        drafts_.push_back(draft);
        if (!options_.snapshots) execute(drafts_.back(), state_);
        snapshots_.push_back(state_);
        ++open;
        continue;
      }
      Draft& draft = drafts_[static_cast<std::size_t>(running[who])];
      if (options_.snapshots) execute(draft, snapshots_[static_cast<std::size_t>(running[who])]);
      if (draft.txn.outcome == TxnOutcome::kOk) draft.txn.completed = position++;
      if (draft.txn.outcome == TxnOutcome::kInfo) names[who] = out_.sessions++;
      running[who] = -1;
      --open;
    }
    return finish();
  }

 private:
  void execute(Draft& draft, const State& view) {
    State mine = view;
    const std::uint32_t count = 1 + rng_.below(3);
    draft.txn.outcome = rng_.chance(options_.info) ? TxnOutcome::kInfo : TxnOutcome::kOk;
    for (std::uint32_t i = 0; i < count; ++i) {
      Micro micro{.key = rng_.below(options_.keys)};
      const bool writes = rng_.chance(50);
      if (writes) {
        micro.kind = Micro::Kind::kWrite;
        micro.value = static_cast<std::uint32_t>(out_.versions.size());
        out_.versions.push_back({.key = micro.key});
        out_.version_values.push_back(integer_cell(static_cast<std::int64_t>(micro.value)));
        mine[micro.key].push_back(micro.value);
        state_[micro.key].push_back(micro.value);
      }
      std::vector<std::uint32_t> seen = mine[micro.key];
      if (!writes && rng_.chance(options_.odd) && !seen.empty()) {
        seen.resize(rng_.below(static_cast<std::uint32_t>(seen.size())));
      }
      draft.micros.push_back(micro);
      draft.lists.push_back(std::move(seen));
    }
  }

  TxnHistory finish() {
    for (Draft& draft : drafts_) {
      const auto number = static_cast<std::uint32_t>(out_.txns.size());
      draft.txn.id = number;
      draft.txn.first = static_cast<std::uint32_t>(out_.micros.size());
      draft.txn.count = static_cast<std::uint32_t>(draft.micros.size());
      for (std::size_t i = 0; i < draft.micros.size(); ++i) {
        Micro micro = draft.micros[i];
        if (micro.kind == Micro::Kind::kWrite) {
          TxnVersion& version = out_.versions[micro.value];
          version.writer = number;
          version.micro = static_cast<std::uint32_t>(out_.micros.size());
          version.is_last = std::none_of(
              draft.micros.begin() + static_cast<std::ptrdiff_t>(i) + 1, draft.micros.end(),
              [&](const Micro& m) { return m.kind == micro.kind && m.key == micro.key; });
        } else if (draft.txn.outcome == TxnOutcome::kOk) {
          tell(micro, draft.lists[i]);
        }
        out_.micros.push_back(micro);
      }
      out_.txns.push_back(draft.txn);
    }
    return std::move(out_);
  }

  void tell(Micro& read, const std::vector<std::uint32_t>& seen) {
    if (options_.kind == TxnKind::kRegister) {
      read.value = seen.empty() ? kInitialVersion : seen.back();
      return;
    }
    read.value = static_cast<std::uint32_t>(out_.elements.size());
    read.count = static_cast<std::uint32_t>(seen.size());
    out_.elements.insert(out_.elements.end(), seen.begin(), seen.end());
  }

  static inline const Pool kPool;
  Rng& rng_;
  const SmallTxns& options_;
  TxnHistory out_;
  State state_;
  std::vector<State> snapshots_;
  std::vector<Draft> drafts_;
};

bool must_precede(const Txn& a, const Txn& b, Respect respect) {
  if (respect == Respect::kNothing || a.outcome != TxnOutcome::kOk) return false;
  if (a.session == b.session && a.completed < b.invoked) return true;
  return respect == Respect::kTime && a.completed < b.invoked;
}

}  // namespace

TxnHistory small_txns(Rng& rng, const SmallTxns& options) {
  return Generator(rng, options).run();
}

bool has_serial_order(const TxnHistory& txns, Respect respect) {
  const std::size_t count = txns.txns.size();
  std::vector<bool> placed(count);
  State state(txns.keys.size());
  const auto fits = [&](std::uint32_t t) {
    for (const Micro& micro : txns.micros_of(t)) {
      auto& now = state[micro.key];
      if (micro.kind == Micro::Kind::kWrite) {
        now.push_back(micro.value);
        continue;
      }
      if (micro.value == kUnreadValue) continue;
      if (txns.kind == TxnKind::kRegister) {
        if (micro.value != (now.empty() ? kInitialVersion : now.back())) return false;
        continue;
      }
      const auto list = txns.list(micro);
      if (!std::equal(list.begin(), list.end(), now.begin(), now.end())) return false;
    }
    return true;
  };
  const std::function<bool()> go = [&] {
    bool done = true;
    for (std::uint32_t t = 0; t < count; ++t) {
      if (placed[t]) continue;
      done = done && txns.txns[t].outcome != TxnOutcome::kOk;
      bool first = true;
      for (std::uint32_t other = 0; other < count; ++other) {
        // What may not have happened need not be waited for, but does not happen later.
        first = first && (placed[other] || other == t ||
                          !must_precede(txns.txns[other], txns.txns[t], respect));
      }
      if (!first) continue;
      const State before = state;
      placed[t] = true;
      if (fits(t) && go()) return true;
      placed[t] = false;
      state = before;
    }
    return done;
  };
  return go();
}

std::string to_text(const TxnHistory& txns) {
  std::string text;
  for (const Txn& txn : txns.txns) {
    text += fmt::format("T{} session {}, {} to {}, {}:", txn.id, txn.session, txn.invoked,
                        txn.completed == UINT32_MAX ? "?" : fmt::to_string(txn.completed),
                        txn.outcome == TxnOutcome::kOk     ? "ok"
                        : txn.outcome == TxnOutcome::kInfo ? "info"
                                                           : "fail");
    for (const Micro& micro : std::span(txns.micros).subspan(txn.first, txn.count)) {
      if (micro.kind == Micro::Kind::kWrite) {
        text += fmt::format(" w({}, {})", micro.key, txns.value_text(micro.value));
      } else if (micro.value == kUnreadValue) {
        text += fmt::format(" r({}, ?)", micro.key);
      } else if (txns.kind == TxnKind::kRegister) {
        text += fmt::format(" r({}, {})", micro.key, txns.value_text(micro.value));
      } else {
        text += fmt::format(" r({}, [", micro.key);
        for (const std::uint32_t v : txns.list(micro)) text += txns.value_text(v) + " ";
        text += "])";
      }
    }
    text += "\n";
  }
  return text;
}

}  // namespace quorumlab::models::testing
