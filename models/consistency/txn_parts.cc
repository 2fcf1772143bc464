#include "models/consistency/txn_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <utility>

#include "models/consistency/isolation_models.h"
#include "models/consistency/txn_inference.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::ptrdiff_t kAlike = 8;  // anomalies of one type that are told of all parts

// Sets that grow together; the least member stands for all.
class Unions {
 public:
  explicit Unions(std::size_t count) : parents_(count) {
    for (std::uint32_t i = 0; i < count; ++i) parents_[i] = i;
  }
  std::uint32_t find(std::uint32_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    const auto [least, most] = std::minmax({find(a), find(b)});
    parents_[most] = least;
  }

 private:
  std::vector<std::uint32_t> parents_;
};

class Splitter {
 public:
  explicit Splitter(const TxnHistory& txns) : txns_(txns) {}

  std::vector<TxnHistory> run(bool joins_sessions) {
    if (!number_parts(joins_sessions)) return {};
    sort_into_parts();
    measure_lists();
    new_keys_.assign(txns_.keys.size(), kNone);
    new_versions_.assign(txns_.versions.size(), kNone);
    new_lists_.assign(txns_.elements.size() + 1, kNone);
    new_sessions_.assign(txns_.sessions, {kNone, 0});
    std::vector<TxnHistory> parts(first_.size() - 1);
    for (std::uint32_t part = 0; part < parts.size(); ++part) fill(part, parts[part]);
    return parts;
  }

 private:
  // False: it is not worth the trouble.
  bool number_parts(bool joins_sessions) {
    const auto keys = static_cast<std::uint32_t>(txns_.keys.size());
    const auto count = static_cast<std::uint32_t>(txns_.txns.size());
    Unions unions(keys + txns_.sessions + std::size_t{1});
    std::vector<std::uint32_t> member(count);  // a key, or who touches none is by itself
    for (std::uint32_t t = 0; t < count; ++t) {
      const auto micros = txns_.micros_of(t);
      const bool by_session = joins_sessions || micros.empty();
      member[t] = by_session ? keys + txns_.txns[t].session : micros.front().key;
      for (const Micro& micro : micros) unions.join(member[t], micro.key);
    }
    std::vector<std::uint32_t> numbers(keys + txns_.sessions + std::size_t{1}, kNone);
    std::vector<std::uint32_t> sizes;
    part_.resize(count);
    for (std::uint32_t t = 0; t < count; ++t) {
      std::uint32_t& number = numbers[unions.find(member[t])];
      if (number == kNone) {
        number = static_cast<std::uint32_t>(sizes.size());
        sizes.push_back(0);
      }
      ++sizes[number];
      part_[t] = number;
    }
    first_.assign(sizes.size() + 1, 0);
    for (std::size_t i = 0; i < sizes.size(); ++i) first_[i + 1] = first_[i] + sizes[i];
    // A part that is nearly all costs a copy and saves nothing.
    return sizes.size() > 1 && *std::max_element(sizes.begin(), sizes.end()) < count - count / 8;
  }

  void sort_into_parts() {
    members_.resize(txns_.txns.size());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (std::uint32_t t = 0; t < part_.size(); ++t) members_[next[part_[t]]++] = t;
  }

  // Lists that begin at the same place are beginnings of the longest of them.
  void measure_lists() {
    longest_.assign(txns_.elements.size() + 1, 0);
    for (const Micro& micro : txns_.micros) {
      if (is_list(micro)) longest_[micro.value] = std::max(longest_[micro.value], micro.count);
    }
  }
  [[nodiscard]] bool is_list(const Micro& micro) const {
    return txns_.kind == TxnKind::kListAppend && micro.kind == Micro::Kind::kRead &&
           micro.value != kUnreadValue;
  }

  void fill(std::uint32_t number, TxnHistory& part) {
    part.kind = txns_.kind;
    part.has_time = txns_.has_time;
    part.pool = txns_.pool;
    part.txns.reserve(first_[number + 1] - first_[number]);
    for (std::uint32_t i = first_[number]; i < first_[number + 1]; ++i) {
      Txn txn = txns_.txns[members_[i]];
      const auto micros = txns_.micros_of(members_[i]);
      txn.first = static_cast<std::uint32_t>(part.micros.size());
      auto& [stamp, session] = new_sessions_[txn.session];
      if (std::exchange(stamp, number) != number) session = part.sessions++;
      txn.session = session;
      for (const Micro& micro : micros) {
        part.micros.push_back(micro);
        Micro& copy = part.micros.back();
        copy.key = key(micro.key, part);
        if (is_list(micro)) {
          copy.value = list(micro, part);
        } else if (micro.value < kInitialVersion) {
          copy.value = version(micro.value, part);
        }
        if (micro.kind != Micro::Kind::kWrite) continue;
        TxnVersion& written = part.versions[copy.value];
        written.writer = static_cast<std::uint32_t>(part.txns.size());
        written.micro = static_cast<std::uint32_t>(part.micros.size() - 1);
      }
      part.txns.push_back(txn);
    }
  }

  std::uint32_t key(std::uint32_t old, TxnHistory& part) {
    if (new_keys_[old] == kNone) {
      new_keys_[old] = static_cast<std::uint32_t>(part.keys.size());
      part.keys.push_back(txns_.keys[old]);
    }
    return new_keys_[old];
  }

  std::uint32_t version(std::uint32_t old, TxnHistory& part) {
    if (new_versions_[old] == kNone) {
      new_versions_[old] = static_cast<std::uint32_t>(part.versions.size());
      part.versions.push_back(
          {.key = key(txns_.versions[old].key, part), .is_last = txns_.versions[old].is_last});
      part.version_values.push_back(txns_.version_values[old]);
    }
    return new_versions_[old];
  }

  std::uint32_t list(const Micro& micro, TxnHistory& part) {
    if (micro.count == 0) return 0;  // wherever it begins, others may
    std::uint32_t& begin = new_lists_[micro.value];
    if (begin == kNone) {
      begin = static_cast<std::uint32_t>(part.elements.size());
      for (std::uint32_t i = 0; i < longest_[micro.value]; ++i) {
        part.elements.push_back(version(txns_.elements[micro.value + i], part));
      }
    }
    return begin;
  }

  const TxnHistory& txns_;
  std::vector<std::uint32_t> part_;     // by transaction
  std::vector<std::uint32_t> members_;  // transactions, by part
  std::vector<std::uint32_t> first_;    // by part: into members_
  std::vector<std::uint32_t> longest_;  // by where lists begin
  // Of the part that each belongs to; no two parts have the same.
  std::vector<std::uint32_t> new_keys_;
  std::vector<std::uint32_t> new_versions_;
  std::vector<std::uint32_t> new_lists_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> new_sessions_;  // part, number
};

// Always the one that began first of those that are next. Nobody who is still to come had ended
// before it began: what comes next in its own part would have begun before, and been taken.
std::vector<std::uint32_t> merged(const TxnHistory& txns,
                                  const std::vector<IsolationResult>& parts) {
  std::vector<std::uint32_t> invoked;  // by id
  for (const Txn& txn : txns.txns) {
    if (invoked.size() <= txn.id) invoked.resize(txn.id + std::size_t{1});
    invoked[txn.id] = txn.invoked;
  }
  using Next = std::pair<std::uint32_t, std::size_t>;  // when it began, which part
  std::priority_queue<Next, std::vector<Next>, std::greater<>> nexts;
  std::vector<std::size_t> taken(parts.size());
  for (std::size_t part = 0; part < parts.size(); ++part) {
    nexts.emplace(invoked[parts[part].order.front()], part);
  }
  std::vector<std::uint32_t> order;
  while (!nexts.empty()) {
    const std::size_t part = nexts.top().second;
    nexts.pop();
    const std::vector<std::uint32_t>& mine = parts[part].order;
    order.push_back(mine[taken[part]++]);
    if (taken[part] < mine.size()) nexts.emplace(invoked[mine[taken[part]]], part);
  }
  return order;
}

}  // namespace

std::vector<TxnHistory> parts_of(const TxnHistory& txns, bool joins_sessions) {
  std::vector<TxnHistory> parts = Splitter(txns).run(joins_sessions);
  std::erase_if(parts, [](const TxnHistory& part) {
    const std::vector<bool> happened = committed(part);
    return std::find(happened.begin(), happened.end(), true) == happened.end();
  });
  return parts;
}

std::optional<IsolationResult> joined(const TxnHistory& txns, std::vector<IsolationResult> parts) {
  IsolationResult all{.verdict = Verdict::kHolds};
  for (IsolationResult& part : parts) {
    if (part.verdict != Verdict::kHolds) return std::nullopt;
    all.steps += part.steps;
    all.types.insert(part.types.begin(), part.types.end());
    if (part.order.empty() && all.reason.empty()) all.reason = part.reason;
    for (TxnAnomaly& anomaly : part.anomalies) {
      const auto alike = std::count_if(all.anomalies.begin(), all.anomalies.end(),
                                       [&](const auto& a) { return a.type == anomaly.type; });
      if (alike < kAlike) all.anomalies.push_back(std::move(anomaly));
    }
  }
  all.weakest = weakest_violated(all.types);
  if (!all.reason.empty()) return all;
  all.order = merged(txns, parts);
  all.reason = fmt::format("an order of {} transactions explains every read", all.order.size());
  return all;
}

}  // namespace quorumlab::models
