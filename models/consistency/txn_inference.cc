#include "models/consistency/txn_inference.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint64_t kShown = 8;  // anomalies kept of each type

// The version that a read found, or kUnreadValue.
std::uint32_t found_by(const TxnHistory& txns, const Micro& read) {
  if (txns.kind == TxnKind::kRegister || read.value == kUnreadValue) return read.value;
  return read.count == 0 ? kInitialVersion : txns.list(read).back();
}

struct Proof {
  const TxnHistory& txns;
  const Inference& inferred;
  const DependencyEdge& edge;

  [[nodiscard]] std::string name(std::uint32_t txn) const {
    return fmt::format("T{}", txns.txns[txn].id);
  }
  [[nodiscard]] std::string_view wrote() const {
    return txns.kind == TxnKind::kListAppend ? "appended" : "wrote";
  }
  [[nodiscard]] std::uint32_t writer(std::uint32_t version) const {
    return version >= kInitialVersion ? kNoTxn : txns.versions[version].writer;
  }

  [[nodiscard]] std::string ww() const {
    for (const Micro& micro : txns.micros_of(edge.to)) {
      if (micro.kind != Micro::Kind::kWrite) continue;
      const std::uint32_t before = inferred.previous[micro.value];
      if (writer(before) == edge.from) {
        return fmt::format("{} {} {} to key {} right after {}, which {} {}", name(edge.to), wrote(),
                           txns.value_text(micro.value), txns.key_text(micro.key),
                           txns.value_text(before), name(edge.from), wrote());
      }
    }
    return unread("wrote");
  }

  [[nodiscard]] std::string wr() const {
    for (const Micro& micro : txns.micros_of(edge.to)) {
      if (micro.kind != Micro::Kind::kRead) continue;
      const std::uint32_t found = found_by(txns, micro);
      if (writer(found) != edge.from) continue;
      return fmt::format("{} read {} of key {}, which {} {}", name(edge.to), txns.value_text(found),
                         txns.key_text(micro.key), name(edge.from), wrote());
    }
    return {};
  }

  [[nodiscard]] std::string rw() const {
    for (const Micro& write : txns.micros_of(edge.to)) {
      if (write.kind != Micro::Kind::kWrite) continue;
      for (const Micro& read : txns.micros_of(edge.from)) {
        if (read.kind != Micro::Kind::kRead || read.key != write.key) continue;
        const std::uint32_t found = found_by(txns, read);
        if (found == kUnreadValue || inferred.previous[write.value] != found) continue;
        return fmt::format("{} read {} of key {}, before {} {} {}", name(edge.from),
                           txns.value_text(found), txns.key_text(read.key), name(edge.to), wrote(),
                           txns.value_text(write.value));
      }
    }
    return unread("read");
  }

  [[nodiscard]] std::string unread(std::string_view deed) const {
    for (const Micro& write : txns.micros_of(edge.to)) {
      if (write.kind != Micro::Kind::kWrite) continue;
      for (const Micro& mine : txns.micros_of(edge.from)) {
        if (mine.key != write.key) continue;
        return fmt::format("{} {} key {} before {} {} {} to it, which no read had seen by then",
                           name(edge.from), deed, txns.key_text(write.key), name(edge.to), wrote(),
                           txns.value_text(write.value));
      }
    }
    return {};
  }
};

}  // namespace

void Inference::report(TxnAnomaly anomaly) {
  if (counts[anomaly.type]++ < kShown) anomalies.push_back(std::move(anomaly));
}

Fan::Fan(Inference& inferred, std::uint32_t hub_base, std::vector<std::uint32_t> writers)
    : inferred_(inferred), base_(hub_base), writers_(std::move(writers)) {
  std::sort(writers_.begin(), writers_.end());
  writers_.erase(std::unique(writers_.begin(), writers_.end()), writers_.end());
}

void Fan::build() {
  const std::size_t count = writers_.size();
  const auto edge = [&](std::uint32_t from, std::uint32_t to) {
    inferred_.edges.push_back({from, to, EdgeKind::kRw});
  };
  for (std::size_t i = 0; i < count; ++i) {
    first_.push_back(base_ + inferred_.hubs++);
    edge(first_[i], writers_[i]);
    if (i > 0) edge(first_[i], first_[i - 1]);
  }
  last_.resize(count);
  for (std::size_t i = count; i-- > 0;) {
    last_[i] = base_ + inferred_.hubs++;
    edge(last_[i], writers_[i]);
    if (i + 1 < count) edge(last_[i], last_[i + 1]);
  }
}

void Fan::read_by(std::uint32_t txn) {
  const auto at = std::lower_bound(writers_.begin(), writers_.end(), txn);
  const bool is_writer = at != writers_.end() && *at == txn;
  if (writers_.size() == (is_writer ? 1U : 0U)) return;
  if (first_.empty()) build();
  const auto edge = [&](std::uint32_t hub) {
    inferred_.edges.push_back({txn, hub, EdgeKind::kRw});
  };
  if (!is_writer) return edge(first_.back());
  const auto i = static_cast<std::size_t>(at - writers_.begin());
  if (i > 0) edge(first_[i - 1]);
  if (i + 1 < writers_.size()) edge(last_[i + 1]);
}

std::vector<bool> committed(const TxnHistory& txns) {
  std::vector<bool> result(txns.txns.size());
  const auto seen = [&](std::uint32_t version) {
    if (version >= kInitialVersion) return;
    const std::uint32_t writer = txns.versions[version].writer;
    if (writer != kNoTxn && txns.txns[writer].outcome == TxnOutcome::kInfo) result[writer] = true;
  };
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    if (txns.txns[t].outcome != TxnOutcome::kOk) continue;
    result[t] = true;
    if (txns.kind == TxnKind::kListAppend) continue;
    for (const Micro& micro : txns.micros_of(t)) {
      if (micro.kind == Micro::Kind::kRead) seen(micro.value);
    }
  }
  for (const std::uint32_t element : txns.elements) seen(element);
  return result;
}

void find_lost_updates(const TxnHistory& txns, Inference& inferred) {
  struct First {
    std::uint32_t txn = 0;  // + 1
    bool told = false;
  };
  std::vector<First> readers(txns.versions.size());
  std::vector<First> of_initial(txns.keys.size());
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    if (txns.txns[t].outcome != TxnOutcome::kOk) continue;
    const auto micros = txns.micros_of(t);
    for (std::size_t i = 0; i < micros.size(); ++i) {
      const Micro& read = micros[i];
      const bool is_read = read.kind == Micro::Kind::kRead && read.value != kUnreadValue;
      if (!is_read) continue;
      const auto same_key = [&](const Micro& m) { return m.key == read.key; };
      const auto here = micros.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::none_of(here, micros.end(), [&](const Micro& m) {
            return m.kind == Micro::Kind::kWrite && m.key == read.key;
          })) {
        continue;
      }
      if (std::any_of(micros.begin(), here, same_key)) continue;
      const std::uint32_t found = found_by(txns, read);
      First& first = found == kInitialVersion ? of_initial[read.key] : readers[found];
      if (first.txn == 0) {
        first.txn = t + 1;
      } else if (!first.told) {
        first.told = true;
        const std::uint32_t a = txns.txns[first.txn - 1].id;
        const std::uint32_t b = txns.txns[t].id;
        inferred.report(
            {.type = "lost-update",
             .ops = {a, b},
             .text = fmt::format("T{} and T{} both read {} of key {} and then wrote it", a, b,
                                 txns.value_text(found), txns.key_text(read.key))});
      }
    }
  }
}

void add_order(const TxnHistory& txns, bool with_time, std::uint32_t& nodes,
               std::vector<DependencyEdge>& edges) {
  const auto count = static_cast<std::uint32_t>(txns.txns.size());
  std::vector<std::uint32_t> last(txns.sessions, kNoTxn);
  for (std::uint32_t t = 0; t < count; ++t) {
    const Txn& txn = txns.txns[t];
    if (txn.outcome == TxnOutcome::kFail) continue;
    std::uint32_t& before = last[txn.session];
    if (before != kNoTxn) edges.push_back({before, t, EdgeKind::kProcess});
    // A session that does not know how something ended is another one from there on.
    before = txn.outcome == TxnOutcome::kOk ? t : kNoTxn;
  }
  if (!with_time) return;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> moments;  // position, 2 * txn + ends
  for (std::uint32_t t = 0; t < count; ++t) {
    const Txn& txn = txns.txns[t];
    if (txn.outcome == TxnOutcome::kFail) continue;
    moments.emplace_back(txn.invoked, 2 * t);
    if (txn.outcome == TxnOutcome::kOk) moments.emplace_back(txn.completed, 2 * t + 1);
  }
  std::sort(moments.begin(), moments.end());
  std::uint32_t latest = kNoTxn;
  bool ended = false;  // is the last moment one at which something ended?
  for (const auto& [position, what] : moments) {
    const std::uint32_t t = what / 2;
    if (what % 2 == 0) {
      if (latest != kNoTxn) edges.push_back({latest, t, EdgeKind::kRealtime});
      ended = false;
      continue;
    }
    if (!ended) {
      const std::uint32_t moment = nodes++;
      if (latest != kNoTxn) edges.push_back({latest, moment, EdgeKind::kRealtime});
      latest = moment;
      ended = true;
    }
    edges.push_back({t, latest, EdgeKind::kRealtime});
  }
}

std::string justify(const TxnHistory& txns, const Inference& inferred, const DependencyEdge& edge) {
  const Proof proof{txns, inferred, edge};
  switch (edge.kind) {
    case EdgeKind::kWw:
      return proof.ww();
    case EdgeKind::kWr:
      return proof.wr();
    case EdgeKind::kRw:
      return proof.rw();
    case EdgeKind::kProcess:
      return fmt::format("one session ran {} and then {}", proof.name(edge.from),
                         proof.name(edge.to));
    case EdgeKind::kRealtime:
      return fmt::format("{} had ended before {} began", proof.name(edge.from),
                         proof.name(edge.to));
  }
  return {};
}

}  // namespace quorumlab::models
