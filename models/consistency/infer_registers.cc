// Registers with unique written values: who read a version and then wrote the key has put its own
// version behind it; the initial version comes before all. More is not known for sure.
#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/txn_inference.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

class RegisterInference {
 public:
  explicit RegisterInference(const TxnHistory& txns)
      : txns_(txns), committed_(committed(txns)), broken_(txns.keys.size()) {
    out_.previous.assign(txns.versions.size(), kUnreadValue);
    out_.unread.resize(txns.keys.size());
    out_.is_total = false;
  }

  Inference run(bool with_edges) {
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (txns_.txns[t].outcome != TxnOutcome::kFail) walk(t);
    }
    find_cyclic_versions();
    if (with_edges) {
      collect_readers();
      add_edges();
    }
    find_lost_updates(txns_, out_);
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::uint32_t id(std::uint32_t txn) const { return txns_.txns[txn].id; }

  // Follows each key through one transaction.
  void walk(std::uint32_t t) {
    const auto micros = txns_.micros_of(t);
    for (std::size_t i = 0; i < micros.size(); ++i) {
      const Micro& micro = micros[i];
      std::size_t before = i;
      while (before-- > 0 && micros[before].key != micro.key) {
      }
      const bool has_before = before < i;
      const std::uint32_t known = has_before ? micros[before].value : kUnreadValue;
      if (micro.kind == Micro::Kind::kWrite) {
        if (known != kUnreadValue && known != micro.value) out_.previous[micro.value] = known;
        continue;
      }
      if (micro.value == kUnreadValue) continue;
      if (known != kUnreadValue && known != micro.value) {
        out_.report(
            {.type = "internal",
             .ops = {id(t)},
             .text = fmt::format(
                 "T{} read {} of key {}, against {} that it had {}", id(t),
                 txns_.value_text(micro.value), txns_.key_text(micro.key), txns_.value_text(known),
                 micros[before].kind == Micro::Kind::kRead ? "read before" : "written")});
        if (micros[before].kind == Micro::Kind::kRead) {
          out_.report(
              {.type = "non-repeatable-read",
               .ops = {id(t)},
               .text = fmt::format("T{} read key {} again, and somebody else had changed it", id(t),
                                   txns_.key_text(micro.key))});
        }
      }
      if (micro.value != kInitialVersion) check_read(t, micro);
    }
  }

  void check_read(std::uint32_t t, const Micro& read) {
    const TxnVersion& version = txns_.versions[read.value];
    const bool is_fine = version.writer != kNoTxn && version.writer != t && version.is_last &&
                         txns_.txns[version.writer].outcome != TxnOutcome::kFail;
    if (is_fine) return;
    const std::string value = txns_.value_text(read.value);
    const std::string key = txns_.key_text(read.key);
    if (version.writer == kNoTxn) {
      out_.report(
          {.type = "garbage",
           .ops = {id(t)},
           .text = fmt::format("T{} read {} of key {}, which nobody wrote", id(t), value, key)});
    } else if (txns_.txns[version.writer].outcome == TxnOutcome::kFail) {
      out_.report({.type = "G1a",
                   .ops = {id(version.writer), id(t)},
                   .text = fmt::format("T{} read {} of key {}, written by T{}, which failed", id(t),
                                       value, key, id(version.writer))});
    } else if (version.writer != t && !version.is_last) {
      out_.report({.type = "G1b",
                   .ops = {id(version.writer), id(t)},
                   .text = fmt::format("T{} read {} of key {}, which T{} overwrote itself", id(t),
                                       value, key, id(version.writer))});
    } else if (version.writer == t &&
               version.micro > static_cast<std::uint32_t>(&read - txns_.micros.data())) {
      out_.report(
          {.type = "future-read",
           .ops = {id(t)},
           .text = fmt::format("T{} read {} of key {} before it wrote it", id(t), value, key)});
    }
  }

  // Each version has at most one before it, so a cycle is found by walking back.
  void find_cyclic_versions() {
    std::vector<std::uint32_t> walk(txns_.versions.size(), kNone);
    for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) {
      std::uint32_t at = v;
      while (at < kInitialVersion && walk[at] == kNone) {
        walk[at] = v;
        at = out_.previous[at];
      }
      if (at >= kInitialVersion || walk[at] != v) continue;
      const std::uint32_t key = txns_.versions[v].key;
      if (!broken_[key]) {
        out_.report({.type = "cyclic-versions",
                     .ops = {id(txns_.versions[at].writer)},
                     .text = fmt::format("the versions of key {} come before one another in a "
                                         "circle, through {}",
                                         txns_.key_text(key), txns_.value_text(at))});
      }
      broken_[key] = true;
    }
  }

  void collect_readers() {
    count_.assign(txns_.versions.size() + 1, 0);
    for_each_read([&](std::uint32_t, const Micro& read) {
      if (read.value != kInitialVersion) ++count_[read.value + 1];
    });
    for (std::size_t i = 1; i < count_.size(); ++i) count_[i] += count_[i - 1];
    readers_.resize(count_.back());
    std::vector<std::uint32_t> place(count_.begin(), count_.end() - 1);
    for_each_read([&](std::uint32_t t, const Micro& read) {
      if (read.value != kInitialVersion) readers_[place[read.value]++] = t;
    });
  }

  template <class F>
  void for_each_read(F f) const {
    for (std::uint32_t t = 0; t < txns_.txns.size(); ++t) {
      if (txns_.txns[t].outcome != TxnOutcome::kOk) continue;
      for (const Micro& micro : txns_.micros_of(t)) {
        if (micro.kind == Micro::Kind::kRead && micro.value != kUnreadValue) f(t, micro);
      }
    }
  }

  void add(std::uint32_t from, std::uint32_t to, EdgeKind kind) {
    if (from == to || from == kNoTxn || to == kNoTxn) return;
    if (!committed_[from] || !committed_[to]) return;
    out_.edges.push_back({from, to, kind});
  }

  void add_edges() {
    std::vector<std::vector<std::uint32_t>> writers(txns_.keys.size());
    for (std::uint32_t v = 0; v < txns_.versions.size(); ++v) {
      const TxnVersion& version = txns_.versions[v];
      if (version.writer == kNoTxn || !committed_[version.writer]) continue;
      writers[version.key].push_back(version.writer);
      add_successor(v);
    }
    // Whoever found a key never written comes before all who wrote it.
    std::vector<Fan> fans;
    fans.reserve(writers.size());
    for (auto& of_key : writers) {
      fans.emplace_back(out_, static_cast<std::uint32_t>(txns_.txns.size()), std::move(of_key));
    }
    for_each_read([&](std::uint32_t t, const Micro& read) {
      if (read.value == kInitialVersion) {
        fans[read.key].read_by(t);
      } else {
        add(txns_.versions[read.value].writer, t, EdgeKind::kWr);
      }
    });
  }

  void add_successor(std::uint32_t v) {
    const TxnVersion& version = txns_.versions[v];
    const std::uint32_t before = out_.previous[v];
    if (before >= kInitialVersion || broken_[version.key]) return;
    add(txns_.versions[before].writer, version.writer, EdgeKind::kWw);
    for (std::uint32_t i = count_[before]; i < count_[before + 1]; ++i) {
      add(readers_[i], version.writer, EdgeKind::kRw);
    }
  }

  const TxnHistory& txns_;
  const std::vector<bool> committed_;
  Inference out_;
  std::vector<bool> broken_;  // by key
  std::vector<std::uint32_t> count_;
  std::vector<std::uint32_t> readers_;  // of version v: from count_[v] to count_[v + 1]
};

}  // namespace

Inference infer_registers(const TxnHistory& txns) {
  return RegisterInference(txns).run(true);
}

Inference read_registers(const TxnHistory& txns) {
  return RegisterInference(txns).run(false);
}

}  // namespace quorumlab::models
