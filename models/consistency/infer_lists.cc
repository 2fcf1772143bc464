// Lists that are only appended to: each read tells the order of all versions before it, so the
// longest read of a key tells the key's order, and any other is a prefix of it or contradicts it.
#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/txn_inference.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

class ListInference {
 public:
  explicit ListInference(const TxnHistory& txns)
      : txns_(txns),
        committed_(committed(txns)),
        longest_(txns.keys.size()),
        longest_of_(txns.keys.size()),
        next_(txns.versions.size(), kNone),
        is_seen_(txns.versions.size()),
        first_bad_(txns.keys.size(), kNone) {
    out_.previous.assign(txns.versions.size(), kInitialVersion);
    out_.unread.resize(txns.keys.size());
    out_.last_known.assign(txns.keys.size(), kInitialVersion);
  }

  Inference run() {
    find_longest();
    for (std::uint32_t key = 0; key < txns_.keys.size(); ++key) order_versions(key);
    find_unread();
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (txns_.txns[t].outcome == TxnOutcome::kOk) read_txn(t);
    }
    find_lost_updates(txns_, out_);
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::uint32_t id(std::uint32_t txn) const { return txns_.txns[txn].id; }
  [[nodiscard]] std::string value(std::uint32_t v) const { return txns_.value_text(v); }

  void find_longest() {
    for (const Txn& txn : txns_.txns) {
      if (txn.outcome != TxnOutcome::kOk) continue;
      for (std::uint32_t i = txn.first; i < txn.first + txn.count; ++i) {
        const Micro& micro = txns_.micros[i];
        if (micro.kind != Micro::Kind::kRead || micro.value == kUnreadValue) continue;
        auto& longest = longest_[micro.key];
        if (micro.count < longest.size()) continue;
        longest = txns_.list(micro);
        longest_of_[micro.key] = txn.id;
      }
    }
  }

  void order_versions(std::uint32_t key) {
    const auto list = longest_[key];
    if (!list.empty()) out_.last_known[key] = list.back();
    std::uint32_t before = kInitialVersion;
    std::uint32_t aborted = kNone;
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      const std::uint32_t version = list[i];
      if (is_seen_[version]) {
        out_.is_total = false;
        out_.report({.type = "duplicate-elements",
                     .ops = {longest_of_[key]},
                     .text = fmt::format("{} is in one list of key {} twice", value(version),
                                         txns_.key_text(key))});
        continue;
      }
      is_seen_[version] = true;
      out_.previous[version] = before;
      const std::uint32_t writer = txns_.versions[version].writer;
      const bool failed = writer != kNoTxn && txns_.txns[writer].outcome == TxnOutcome::kFail;
      if ((writer == kNoTxn || failed) && first_bad_[key] == kNone) first_bad_[key] = i;
      if (failed) aborted = version;
      if (!failed && writer != kNoTxn && aborted != kNone) {
        out_.report({.type = "dirty-update",
                     .ops = {id(txns_.versions[aborted].writer), id(writer)},
                     .text = fmt::format("T{} appended {} to key {} after {} of T{}, which failed",
                                         id(writer), value(version), txns_.key_text(key),
                                         value(aborted), id(txns_.versions[aborted].writer))});
        aborted = kNone;
      }
      if (before != kInitialVersion) {
        next_[before] = version;
        add(txns_.versions[before].writer, writer, EdgeKind::kWw);
      }
      before = version;
    }
  }

  void add(std::uint32_t from, std::uint32_t to, EdgeKind kind) {
    if (from == to || from == kNoTxn || to == kNoTxn) return;
    if (!committed_[from] || !committed_[to]) return;
    out_.edges.push_back({from, to, kind});
  }

  // What was appended and never read comes after all that was read.
  void find_unread() {
    for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) {
      const TxnVersion& version = txns_.versions[v];
      if (is_seen_[v] || version.writer == kNoTxn || !committed_[version.writer]) continue;
      if (seen_elsewhere(v)) continue;
      out_.unread[version.key].push_back(v);
      out_.previous[v] = kUnreadValue;
      if (!longest_[version.key].empty()) {
        add(txns_.versions[longest_[version.key].back()].writer, version.writer, EdgeKind::kWw);
      }
    }
    for (std::uint32_t key = 0; key < txns_.keys.size(); ++key) {
      std::vector<std::uint32_t> writers;
      for (const std::uint32_t v : out_.unread[key]) writers.push_back(txns_.versions[v].writer);
      fans_.emplace_back(out_, static_cast<std::uint32_t>(txns_.txns.size()), std::move(writers));
    }
  }

  // In a list that contradicts the longest one.
  [[nodiscard]] bool seen_elsewhere(std::uint32_t version) {
    if (elsewhere_.empty()) {
      elsewhere_.resize(txns_.versions.size());
      for (const std::uint32_t element : txns_.elements) elsewhere_[element] = true;
    }
    return elsewhere_[version];
  }

  void read_txn(std::uint32_t t) {
    const auto micros = txns_.micros_of(t);
    for (std::size_t i = 0; i < micros.size(); ++i) {
      const Micro& read = micros[i];
      if (read.kind != Micro::Kind::kRead || read.value == kUnreadValue) continue;
      check_internal(t, micros, i);
      read_list(t, read, txns_.micros_of(t).data() + i - txns_.micros.data());
    }
    check_fractured(t, micros);
  }

  void read_list(std::uint32_t t, const Micro& read, std::ptrdiff_t position) {
    const auto list = txns_.list(read);
    const auto longest = longest_[read.key];
    const bool prefix = std::equal(list.begin(), list.end(), longest.begin());
    if (!prefix) {
      out_.is_total = false;
      out_.report({.type = "incompatible-order",
                   .ops = {id(t)},
                   .text = fmt::format("T{} read key {} as {}, and another as {}", id(t),
                                       txns_.key_text(read.key), text(list), text(longest))});
    }
    if (!prefix || first_bad_[read.key] < list.size()) check_elements(t, list);
    for (std::size_t i = list.size(); i-- > 0;) {
      const TxnVersion& version = txns_.versions[list[i]];
      if (version.writer != t) break;
      if (version.micro > static_cast<std::uint32_t>(position)) {
        out_.report({.type = "future-read",
                     .ops = {id(t)},
                     .text = fmt::format("T{} read {} of key {} before it appended it", id(t),
                                         value(list[i]), txns_.key_text(read.key))});
      }
    }
    if (list.empty()) {
      if (!longest.empty()) add(t, txns_.versions[longest[0]].writer, EdgeKind::kRw);
    } else {
      const std::uint32_t last = list.back();
      const TxnVersion& version = txns_.versions[last];
      if (version.writer != t && version.writer != kNoTxn && !version.is_last) {
        out_.report(
            {.type = "G1b",
             .ops = {id(version.writer), id(t)},
             .text = fmt::format("T{} read {} of key {}, after which T{} appended more", id(t),
                                 value(last), txns_.key_text(read.key), id(version.writer))});
      }
      add(version.writer, t, EdgeKind::kWr);
      if (!prefix) return;  // it may have seen what comes next
      if (next_[last] != kNone) {
        add(t, txns_.versions[next_[last]].writer, EdgeKind::kRw);
        return;
      }
    }
    const bool is_longest = prefix && list.size() == longest.size();
    if (is_longest) fans_[read.key].read_by(t);
  }

  void check_elements(std::uint32_t t, std::span<const std::uint32_t> list) {
    for (const std::uint32_t element : list) {
      const TxnVersion& version = txns_.versions[element];
      if (version.writer == kNoTxn) {
        out_.report({.type = "garbage",
                     .ops = {id(t)},
                     .text = fmt::format("T{} read {} of key {}, which nobody appended", id(t),
                                         value(element), txns_.key_text(version.key))});
      } else if (txns_.txns[version.writer].outcome == TxnOutcome::kFail) {
        out_.report(
            {.type = "G1a",
             .ops = {id(version.writer), id(t)},
             .text = fmt::format("T{} read {} of key {}, appended by T{}, which failed", id(t),
                                 value(element), txns_.key_text(version.key), id(version.writer))});
      }
    }
  }

  // What a transaction did and saw itself must be what it sees next.
  void check_internal(std::uint32_t t, std::span<const Micro> micros, std::size_t at) {
    const auto list = txns_.list(micros[at]);
    std::size_t matched = list.size();
    bool fits = true;
    for (std::size_t i = at; i-- > 0 && fits;) {
      if (micros[i].key != micros[at].key) continue;
      if (micros[i].kind == Micro::Kind::kWrite) {
        fits = matched > 0 && list[matched - 1] == micros[i].value;
        if (fits) --matched;
        continue;
      }
      if (micros[i].value == kUnreadValue) return;
      const auto before = txns_.list(micros[i]);
      fits = before.size() == matched && std::equal(before.begin(), before.end(), list.begin());
      if (!fits && of_others(t, before) != of_others(t, list)) tell_changed(t, micros[at]);
      break;
    }
    if (fits) return;
    out_.report({.type = "internal",
                 .ops = {id(t)},
                 .text = fmt::format("T{} read key {} as {}, against what it had done and seen",
                                     id(t), txns_.key_text(micros[at].key), text(list))});
  }

  [[nodiscard]] std::vector<std::uint32_t> of_others(std::uint32_t t,
                                                     std::span<const std::uint32_t> list) const {
    std::vector<std::uint32_t> others;
    for (const std::uint32_t element : list) {
      if (txns_.versions[element].writer != t) others.push_back(element);
    }
    return others;
  }

  void tell_changed(std::uint32_t t, const Micro& read) {
    out_.report({.type = "non-repeatable-read",
                 .ops = {id(t)},
                 .text = fmt::format("T{} read key {} again, and somebody else had changed it",
                                     id(t), txns_.key_text(read.key))});
  }

  // Saw one write of another transaction, and for another key what was there before its write.
  void check_fractured(std::uint32_t t, std::span<const Micro> micros) {
    for (const Micro& seen : micros) {
      if (seen.kind != Micro::Kind::kRead || seen.value == kUnreadValue || seen.count == 0)
        continue;
      const std::uint32_t other = txns_.versions[txns_.list(seen).back()].writer;
      if (other == kNoTxn || other == t) continue;
      for (const Micro& read : micros) {
        if (read.kind != Micro::Kind::kRead || read.value == kUnreadValue) continue;
        for (const Micro& write : txns_.micros_of(other)) {
          if (write.kind != Micro::Kind::kWrite || write.key != read.key) continue;
          if (&read == &seen || !is_after(write.value, read)) continue;
          out_.report(
              {.type = "fractured-read",
               .ops = {id(other), id(t)},
               .text = fmt::format("T{} saw T{}'s write of key {}, but not its {} of key {}", id(t),
                                   id(other), txns_.key_text(seen.key), value(write.value),
                                   txns_.key_text(read.key))});
          return;
        }
      }
    }
  }

  // Is the version in the key's order, and behind what was read?
  [[nodiscard]] bool is_after(std::uint32_t version, const Micro& read) const {
    const auto longest = longest_[read.key];
    if (!std::equal(txns_.list(read).begin(), txns_.list(read).end(), longest.begin()))
      return false;
    const auto rest = longest.subspan(read.count);
    return std::find(rest.begin(), rest.end(), version) != rest.end();
  }

  [[nodiscard]] std::string text(std::span<const std::uint32_t> list) const {
    std::string result = "[";
    const std::size_t from = list.size() > 12 ? list.size() - 12 : 0;
    if (from > 0) result += "... ";
    for (std::size_t i = from; i < list.size(); ++i) {
      if (i > from) result += ' ';
      result += value(list[i]);
    }
    return result + "]";
  }

  const TxnHistory& txns_;
  const std::vector<bool> committed_;
  Inference out_;
  std::vector<std::span<const std::uint32_t>> longest_;
  std::vector<std::uint32_t> longest_of_;  // by key: who read that (Txn::id)
  std::vector<std::uint32_t> next_;
  std::vector<bool> is_seen_;
  std::vector<bool> elsewhere_;
  std::vector<std::uint32_t> first_bad_;  // by key: where in the longest list an element failed
  std::vector<Fan> fans_;                 // by key: to writers of what was never read
};

}  // namespace

Inference infer_lists(const TxnHistory& txns) {
  return ListInference(txns).run();
}

}  // namespace quorumlab::models
