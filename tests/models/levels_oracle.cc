#include "tests/models/levels_oracle.h"

#include <algorithm>

#include "models/consistency/txn_inference.h"

namespace quorumlab::models::testing {
namespace {

using Relation = std::vector<std::vector<bool>>;

Relation blank(std::size_t size) {
  return Relation(size, std::vector<bool>(size));
}

Relation united(const Relation& a, const Relation& b) {
  Relation result = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a.size(); ++j) result[i][j] = a[i][j] || b[i][j];
  }
  return result;
}

Relation composed(const Relation& a, const Relation& b) {
  Relation result = blank(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < a.size(); ++k) {
      for (std::size_t j = 0; a[i][k] && j < a.size(); ++j) {
        if (b[k][j]) result[i][j] = true;
      }
    }
  }
  return result;
}

// a ; b?
Relation maybe(const Relation& a, const Relation& b) {
  return united(a, composed(a, b));
}

Relation closed(Relation a) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; a[i][k] && j < a.size(); ++j) {
        if (a[k][j]) a[i][j] = true;
      }
    }
  }
  return a;
}

bool is_irreflexive(const Relation& a) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i][i]) return false;
  }
  return true;
}

bool is_acyclic(const Relation& a) {
  return is_irreflexive(closed(a));
}

}  // namespace

LevelsOracle::LevelsOracle(const TxnHistory& txns) : txns_(txns), committed_(committed(txns)) {
  Order order(txns.keys.size());
  collect_orders(0, order);
}

void LevelsOracle::collect_orders(std::size_t key, Order& order) {
  if (key == txns_.keys.size()) {
    orders_.push_back(order);
    return;
  }
  std::vector<std::uint32_t> versions;
  for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) {
    const TxnVersion& version = txns_.versions[v];
    const bool there = version.writer != kNoTxn && committed_[version.writer];
    if (version.key == key && there) versions.push_back(v);
  }
  do {
    if (!fits(static_cast<std::uint32_t>(key), versions)) continue;
    order[key] = versions;
    collect_orders(key + 1, order);
  } while (std::next_permutation(versions.begin(), versions.end()));
}

// Is every list that was read a beginning, and does each transaction append in its own order?
bool LevelsOracle::fits(std::uint32_t key, const std::vector<std::uint32_t>& versions) const {
  for (std::size_t i = 0; i < versions.size(); ++i) {
    for (std::size_t j = i + 1; j < versions.size(); ++j) {
      const TxnVersion& a = txns_.versions[versions[i]];
      const TxnVersion& b = txns_.versions[versions[j]];
      if (a.writer == b.writer && a.micro > b.micro) return false;
    }
  }
  for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
    if (txns_.txns[t].outcome != TxnOutcome::kOk || txns_.kind == TxnKind::kRegister) continue;
    for (const Micro& micro : txns_.micros_of(t)) {
      if (micro.kind != Micro::Kind::kRead || micro.key != key || micro.value == kUnreadValue) {
        continue;
      }
      const auto list = txns_.list(micro);
      if (list.size() > versions.size()) return false;
      if (!std::equal(list.begin(), list.end(), versions.begin())) return false;
    }
  }
  return true;
}

bool LevelsOracle::allows(std::string_view level, Respect respect) const {
  if (level == "cut-isolation") return !is_internal(true);
  return std::any_of(orders_.begin(), orders_.end(), [&](const Order& order) {
    if (txns_.kind == TxnKind::kListAppend) return fits(level, respect, order);
    const std::optional<TxnHistory> lists = as_lists(order);
    if (!lists) return false;
    LevelsOracle oracle(*lists, order);
    return oracle.fits(level, respect, order);
  });
}

// What a transaction reads of a key that it has read or written tells nothing new. False: it tells
// that the transaction is not alone.
bool LevelsOracle::hide_own_reads(std::uint32_t t, TxnHistory& lists) const {
  const Txn& txn = txns_.txns[t];
  for (std::uint32_t i = txn.first; i < txn.first + txn.count; ++i) {
    const Micro& read = txns_.micros[i];
    if (read.kind != Micro::Kind::kRead || read.value == kUnreadValue) continue;
    for (std::uint32_t before = i; before-- > txn.first;) {
      const Micro& own = txns_.micros[before];
      if (own.key != read.key || own.value == kUnreadValue) continue;
      if (own.value != read.value) return false;
      lists.micros[i].value = kUnreadValue;
      break;
    }
  }
  return true;
}

std::optional<TxnHistory> LevelsOracle::as_lists(const Order& order) const {
  TxnHistory lists = txns_;
  lists.kind = TxnKind::kListAppend;
  for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
    if (!hide_own_reads(t, lists)) return std::nullopt;
  }
  for (Micro& micro : lists.micros) {
    if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) continue;
    const auto& versions = order[micro.key];
    const auto found = std::find(versions.begin(), versions.end(), micro.value);
    const bool is_initial = micro.value == kInitialVersion;
    if (!is_initial && found == versions.end()) return std::nullopt;
    micro.value = static_cast<std::uint32_t>(lists.elements.size());
    lists.elements.insert(lists.elements.end(), versions.begin(),
                          is_initial ? versions.begin() : found + 1);
    micro.count = static_cast<std::uint32_t>(lists.elements.size()) - micro.value;
  }
  return lists;
}

// Does a read disagree with what its transaction read (and, if wanted, wrote) before?
bool LevelsOracle::is_internal(bool only_reads) const {
  for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
    if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
    const auto micros = txns_.micros_of(t);
    for (std::size_t i = 0; i < micros.size(); ++i) {
      if (micros[i].kind != Micro::Kind::kRead || micros[i].value == kUnreadValue) continue;
      const auto list = txns_.list(micros[i]);
      std::vector<std::uint32_t> mine;
      std::vector<std::uint32_t> expected;
      bool has_read = false;
      for (std::size_t k = 0; k < i; ++k) {
        if (micros[k].key != micros[i].key) continue;
        if (micros[k].kind == Micro::Kind::kWrite) {
          mine.push_back(micros[k].value);
          expected.push_back(micros[k].value);
        } else if (micros[k].value != kUnreadValue) {
          const auto before = txns_.list(micros[k]);
          expected.assign(before.begin(), before.end());
          has_read = true;
        }
      }
      std::vector<std::uint32_t> found(list.begin(), list.end());
      if (only_reads) {
        const auto is_mine = [&](std::uint32_t v) { return txns_.versions[v].writer == t; };
        std::erase_if(expected, is_mine);
        std::erase_if(found, is_mine);
      }
      if (has_read && found != expected) return true;
      if (only_reads || has_read) continue;
      if (list.size() < mine.size() || !std::equal(mine.rbegin(), mine.rend(), list.rbegin())) {
        return true;
      }
    }
  }
  return false;
}

// Nothing aborted (see fits()) and nothing intermediate was read.
bool LevelsOracle::is_read_committed(const Order& order) const {
  for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
    if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
    for (const Micro& micro : txns_.micros_of(t)) {
      if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue || micro.count == 0) {
        continue;
      }
      const std::uint32_t last = txns_.list(micro).back();
      const std::uint32_t writer = txns_.versions[last].writer;
      const auto& versions = order[micro.key];
      const auto after = std::find(versions.begin(), versions.end(), last) + 1;
      const bool is_intermediate = std::any_of(after, versions.end(), [&](std::uint32_t v) {
        return txns_.versions[v].writer == writer;
      });
      if (writer != t && is_intermediate) return false;
    }
  }
  return true;
}

LevelsOracle::Relation LevelsOracle::order_of(Respect respect) const {
  const auto& txns = txns_.txns;
  Relation result = blank(txns.size());
  for (std::size_t a = 0; a < txns.size(); ++a) {
    for (std::size_t b = 0; b < txns.size(); ++b) {
      const bool known = committed_[a] && committed_[b] && txns[a].outcome == TxnOutcome::kOk;
      const bool before = known && a != b && txns[a].completed < txns[b].invoked;
      if (respect == Respect::kSessions)
        result[a][b] = before && txns[a].session == txns[b].session;
      if (respect == Respect::kTime) result[a][b] = before;
    }
  }
  return result;
}

bool LevelsOracle::fits(std::string_view level, Respect respect, const Order& order) const {
  const std::size_t size = txns_.txns.size();
  Relation ww = blank(size);
  Relation wr = blank(size);
  Relation rw = blank(size);
  const auto writer = [&](std::uint32_t v) { return txns_.versions[v].writer; };
  for (const auto& versions : order) {
    for (std::size_t i = 0; i < versions.size(); ++i) {
      for (std::size_t j = i + 1; j < versions.size(); ++j) {
        if (writer(versions[i]) != writer(versions[j])) {
          ww[writer(versions[i])][writer(versions[j])] = true;
        }
      }
    }
  }
  for (std::uint32_t t = 0; t < size; ++t) {
    if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
    for (const Micro& micro : txns_.micros_of(t)) {
      if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) continue;
      const auto list = txns_.list(micro);
      if (!list.empty() && writer(list.back()) != t) wr[writer(list.back())][t] = true;
      for (std::size_t i = list.size(); i < order[micro.key].size(); ++i) {
        if (writer(order[micro.key][i]) != t) rw[t][writer(order[micro.key][i])] = true;
      }
    }
  }
  const Relation session = order_of(respect);
  const Relation sww = united(session, ww);
  const Relation swr = united(session, wr);
  const Relation all = united(sww, wr);
  if (level == "read-uncommitted") return is_acyclic(sww);
  if (!is_read_committed(order) || !is_acyclic(all)) return false;
  if (level == "read-committed") return true;
  if (level == "consistent-view") return is_irreflexive(maybe(closed(all), rw));
  if (level == "serializable") return !is_internal(false) && is_acyclic(united(all, rw));
  if (level == "monotonic-atomic-view") return fits_view(order);
  if (is_internal(false)) return false;
  if (level == "read-atomic") return is_irreflexive(maybe(swr, rw));
  if (level == "causal") return is_irreflexive(maybe(closed(swr), rw));
  if (level == "parallel-snapshot-isolation") return is_irreflexive(maybe(closed(all), rw));
  if (level == "prefix") return is_acyclic(united(maybe(swr, rw), ww));
  return is_acyclic(maybe(all, rw));
}

// Once a transaction has read from another, it misses none of its writes in what it reads later.
bool LevelsOracle::fits_view(const Order& order) const {
  for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
    if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
    std::vector<bool> seen(txns_.txns.size());
    for (const Micro& micro : txns_.micros_of(t)) {
      if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) continue;
      const auto list = txns_.list(micro);
      for (std::size_t i = list.size(); i < order[micro.key].size(); ++i) {
        const std::uint32_t writer = txns_.versions[order[micro.key][i]].writer;
        if (writer != t && seen[writer]) return false;
      }
      if (!list.empty()) seen[txns_.versions[list.back()].writer] = true;
    }
  }
  return true;
}

}  // namespace quorumlab::models::testing
