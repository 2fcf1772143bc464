#include "models/consistency/version_windows.h"

#include <algorithm>
#include <utility>

#include "models/consistency/version_guess.h"
#include "models/consistency/version_places.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kMostTxns = 5'000;  // of a window
constexpr int kMostRounds = 6;
constexpr std::uint64_t kTxnsOfBudget = 100'000;
constexpr std::uint64_t kStepsForWindow = 1'000'000;  // and so many for each transaction:
constexpr std::uint64_t kStepsForTxn = 2'000;

class Windows {
 public:
  Windows(const TxnHistory& txns, const VersionWriters& writers, const VersionQuestion& question,
          const Budget& budget, std::vector<std::uint32_t>& order)
      : txns_(txns),
        writers_(writers),
        question_(question),
        budget_(budget),
        order_(order),
        graph_(static_cast<std::uint32_t>(txns.txns.size()), question.nodes, question.edges),
        places_(graph_, order),
        accesses_(txns.txns.size(), writers) {}

  // Puts windows in order. kViolated: one has none; kHolds: nothing is disputed any more.
  VersionAnswer run(Executor* executor) {
    VersionAnswer whole;
    std::vector<Window> windows = grown(disputed());  // too tight, few have an order
    for (int round = 0; round < kMostRounds; ++round) {
      std::vector<Window*> open;
      for (Window& window : windows) {
        if (!window.is_settled && window.size() <= kMostTxns) open.push_back(&window);
      }
      if (open.empty()) break;
      std::vector<VersionAnswer> answers(open.size());
      for_each_part(executor, open.size(), [&](std::size_t i) { answers[i] = settle(*open[i]); });
      for (std::size_t i = 0; i < open.size(); ++i) {
        whole.steps += answers[i].steps;
        if (answers[i].verdict == Verdict::kHolds) put_in_order(*open[i], answers[i].order);
        if (answers[i].verdict != Verdict::kViolated) continue;
        answers[i].steps = whole.steps;
        return in_the_whole(std::move(answers[i]), *open[i]);
      }
      if (is_too_much(whole.steps)) break;
      windows = grown(windows);
    }
    places_ = Places(graph_, order_);
    if (disputed().empty()) accept(whole);
    return whole;
  }

 private:
  // The budget is for so many transactions.
  [[nodiscard]] bool is_too_much(std::uint64_t steps) const {
    return steps / (kTxnsOfBudget + graph_.txn_count()) > budget_.max_steps / kTxnsOfBudget;
  }

  [[nodiscard]] bool counts(EdgeKind kind) const {
    return kind == EdgeKind::kWw || kind == EdgeKind::kWr || kind == EdgeKind::kRw ||
           (question_.order & kinds(kind)) != 0;
  }

  // What edges that point back cover.
  [[nodiscard]] std::vector<Window> disputed() const {
    std::vector<Window> windows;
    const auto look_at = [&](std::uint32_t from, std::uint32_t to) {
      if (from != kNowhere && from >= to) windows.push_back({to, from});
    };
    for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
      graph_.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        const bool is_hub = to >= graph_.txn_count();
        if (counts(kind) && !is_hub) look_at(places_.of(node), places_.of(to));
      });
    }
    for_each_version([&](const VersionWriter& version, std::uint32_t next) {
      for (const std::uint32_t reader : version.readers) {
        if (reader != next) look_at(places_.of(reader), places_.of(next));
      }
    });
    return merged(std::move(windows));
  }

  // One for all that overlap.
  static std::vector<Window> merged(std::vector<Window> windows) {
    std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) {
      return std::pair(a.first, a.last) < std::pair(b.first, b.last);
    });
    std::vector<Window> result;
    for (const Window& window : windows) {
      if (result.empty() || result.back().last < window.first) {
        result.push_back(window);
        continue;
      }
      Window& before = result.back();
      before.last = std::max(before.last, window.last);
      before.is_settled = before.is_settled && window.is_settled;
    }
    return result;
  }

  [[nodiscard]] std::vector<Window> grown(std::vector<Window> windows) const {
    const std::uint32_t end = graph_.txn_count() - 1;
    for (Window& window : windows) {
      if (window.is_settled || window.size() > kMostTxns) continue;
      const std::uint32_t more = window.size() + 2;
      window.first -= std::min(window.first, more);
      window.last += std::min(end - window.last, more);
    }
    return merged(std::move(windows));
  }

  struct Part {
    TxnHistory txns;
    VersionWriters writers;
    std::vector<DependencyEdge> edges;
    std::uint32_t nodes = 0;
    FlatMap<std::uint32_t> keys;  // + 1: into writers
  };

  // kHolds with the order of a window among the others; kViolated if it has none by itself.
  [[nodiscard]] VersionAnswer settle(const Window& window) const {
    Part part = part_of(window);
    const std::size_t inside = part.edges.size();
    suppose_others(window, part);
    VersionAnswer answer = search(part);
    if (answer.verdict != Verdict::kViolated) return answer;
    const std::uint64_t steps = answer.steps;
    if (inside < part.edges.size()) {
      part.edges.resize(inside);
      answer = search(part);
      answer.steps += steps;
    }
    if (answer.verdict == Verdict::kHolds) answer.verdict = Verdict::kUnknown;
    return answer;
  }

  [[nodiscard]] VersionAnswer search(const Part& part) const {
    Budget share = budget_;
    share.max_steps =
        std::min(share.max_steps, kStepsForWindow + kStepsForTxn * part.txns.txns.size());
    return search_versions(part.txns, part.writers,
                           {.edges = part.edges,
                            .nodes = part.nodes,
                            .level = question_.level,
                            .order = question_.order,
                            .keeps_cycles = question_.keeps_cycles},
                           share);
  }

  // What is said of the transactions of a window, in numbers of their own: by place.
  [[nodiscard]] Part part_of(const Window& window) const {
    Part part;
    const auto [first_hub, last_hub] = places_.hubs_in(window);
    part.nodes = window.size() + last_hub - first_hub;
    const auto number = [&, hubs = first_hub](std::uint32_t node) {
      const bool is_hub = node >= graph_.txn_count();
      return is_hub ? window.size() + places_.rank(node) - hubs : places_.of(node) - window.first;
    };
    const auto follow = [&](std::uint32_t node) {
      graph_.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        if (window.has(places_.of(to))) part.edges.push_back({number(node), number(to), kind});
      });
    };
    for (std::uint32_t p = window.first; p <= window.last; ++p) {
      const std::uint32_t txn = order_[p];
      part.txns.txns.push_back(txns_.txns[txn]);
      follow(txn);
      for (const Accesses::Access& access : accesses_.of(txn)) {
        if (!access.writes) continue;
        std::uint32_t& key = part.keys[access.key];
        if (key == 0) {
          part.writers.emplace_back();
          key = static_cast<std::uint32_t>(part.writers.size());
        }
        VersionWriter writer{p - window.first, {}};
        for (const std::uint32_t reader : writers_[access.key][access.version].readers) {
          if (window.has(places_.of(reader))) writer.readers.push_back(number(reader));
        }
        part.writers[key - 1].push_back(std::move(writer));
      }
    }
    for (std::uint32_t rank = first_hub; rank < last_hub; ++rank) follow(places_.hub(rank));
    return part;
  }

  // All that stand before the window come before its transactions, and those after it after them:
  // who read what was written before comes before all that overwrite it, and what is read
  // afterwards was written last.
  void suppose_others(const Window& window, Part& part) const {
    std::vector<std::uint32_t> hubs(part.writers.size(), kNowhere);
    for (std::uint32_t p = window.first; p <= window.last; ++p) {
      const std::uint32_t txn = p - window.first;
      for (const Accesses::Access& access : accesses_.of(order_[p])) {
        const std::uint32_t* const found = part.keys.find(access.key);
        if (found == nullptr) continue;
        const std::uint32_t key = *found - 1;
        const VersionWriter& version = writers_[access.key][access.version];
        if (!access.writes) {
          if (places_.of(version.txn) < window.first) overwrite(part, key, txn, hubs[key]);
          continue;
        }
        const bool is_last =
            std::any_of(version.readers.begin(), version.readers.end(),
                        [&](std::uint32_t reader) { return places_.of(reader) > window.last; });
        if (!is_last) continue;
        for (const VersionWriter& other : part.writers[key]) {
          if (other.txn != txn) part.edges.push_back({other.txn, txn, EdgeKind::kWw});
        }
      }
    }
  }

  // All writers of a key come after a reader, over a hub unless it is one of them.
  static void overwrite(Part& part, std::uint32_t key, std::uint32_t reader, std::uint32_t& hub) {
    const auto& writers = part.writers[key];
    const auto is_reader = [&](const VersionWriter& writer) { return writer.txn == reader; };
    if (std::any_of(writers.begin(), writers.end(), is_reader)) {
      for (const VersionWriter& writer : writers) {
        if (!is_reader(writer)) part.edges.push_back({reader, writer.txn, EdgeKind::kRw});
      }
      return;
    }
    if (hub == kNowhere) {
      hub = part.nodes++;
      for (const VersionWriter& writer : writers) {
        part.edges.push_back({hub, writer.txn, EdgeKind::kRw});
      }
    }
    part.edges.push_back({reader, hub, EdgeKind::kRw});
  }

  // Nothing points back any more: an order of transactions that obeys all.
  void accept(VersionAnswer& answer) const {
    answer.verdict = Verdict::kHolds;
    answer.order = order_;
    if (question_.level == SnapshotLevel::kSerial) return;
    for (const DependencyEdge& edge : question_.edges) {
      if (counts(edge.kind)) answer.edges.push_back(edge);
    }
    for_each_version([&](const VersionWriter& version, std::uint32_t next) {
      answer.edges.push_back({version.txn, next, EdgeKind::kWw});
      for (const std::uint32_t reader : version.readers) {
        if (reader != next) answer.edges.push_back({reader, next, EdgeKind::kRw});
      }
    });
  }

  // Calls f(version, next), by the order: who wrote the key next.
  template <class F>
  void for_each_version(F f) const {
    std::vector<const VersionWriter*> ordered;
    for (const auto& of_key : writers_) {
      ordered.clear();
      for (const VersionWriter& writer : of_key) ordered.push_back(&writer);
      std::sort(ordered.begin(), ordered.end(),
                [this](const VersionWriter* a, const VersionWriter* b) {
                  return places_.of(a->txn) < places_.of(b->txn);
                });
      for (std::size_t i = 1; i < ordered.size(); ++i) f(*ordered[i - 1], ordered[i]->txn);
    }
  }

  void put_in_order(Window& window, const std::vector<std::uint32_t>& places) {
    window.is_settled = true;
    std::vector<std::uint32_t> txns;
    for (const std::uint32_t place : places) txns.push_back(order_[window.first + place]);
    for (std::uint32_t i = 0; i < txns.size(); ++i) {
      order_[window.first + i] = txns[i];
      places_.move(txns[i], window.first + i);
    }
  }

  VersionAnswer in_the_whole(VersionAnswer answer, const Window& window) const {
    const auto name = [&](std::uint32_t& txn) { txn = order_[window.first + txn]; };
    const auto rename = [&](DependencyEdge& edge) {
      name(edge.from);
      name(edge.to);
    };
    for (DependencyEdge& edge : answer.cycle) rename(edge);
    for (auto& cycle : answer.cycles) {
      for (SupposedEdge& step : cycle) {
        rename(step.edge);
        if (!step.supposed) continue;
        name(step.supposed->first);
        name(step.supposed->second);
      }
    }
    answer.order.clear();
    answer.edges.clear();
    return answer;
  }

  const TxnHistory& txns_;
  const VersionWriters& writers_;
  const VersionQuestion& question_;
  const Budget& budget_;
  std::vector<std::uint32_t>& order_;
  const DependencyGraph graph_;
  Places places_;
  const Accesses accesses_;
};

}  // namespace

VersionAnswer search_windows(const TxnHistory& txns, const VersionWriters& writers,
                             const VersionQuestion& question, const Budget& budget,
                             Executor* executor) {
  const auto count = static_cast<std::uint32_t>(txns.txns.size());
  const EdgeKinds plain = kinds(EdgeKind::kWw) | kinds(EdgeKind::kWr) | question.order;
  const GuessBase base{question.edges, count, question.nodes, plain};
  std::vector<std::uint32_t> turns = guess_turns(txns, writers, base);
  std::vector<DependencyEdge> counted = question.edges;
  std::erase_if(counted, [&](const DependencyEdge& edge) {
    return edge.kind != EdgeKind::kRw && (plain & kinds(edge.kind)) == 0;
  });
  std::vector<std::uint32_t> order = order_fitting(counted, base, turns);
  VersionAnswer disputed;
  if (order.size() == count) {
    disputed = Windows(txns, writers, question, budget, order).run(executor);
    if (disputed.verdict != Verdict::kUnknown) return disputed;
    for (std::uint32_t i = 0; i < order.size(); ++i) turns[order[i]] = i;
  }
  VersionQuestion from_there = question;
  from_there.turns = &turns;
  VersionAnswer answer = search_versions(txns, writers, from_there, budget);
  answer.steps += disputed.steps;
  return answer;
}

}  // namespace quorumlab::models
