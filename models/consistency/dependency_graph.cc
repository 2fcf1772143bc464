#include "models/consistency/dependency_graph.h"

#include <algorithm>
#include <deque>
#include <queue>

#include "models/exchange/flat_map.h"
#include "sim/check.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

}  // namespace

DependencyGraph::DependencyGraph(std::uint32_t txn_count, std::uint32_t node_count,
                                 const std::vector<DependencyEdge>& edges)
    : txn_count_(txn_count), first_(node_count + 2), edges_(edges.size()) {
  QL_CHECK(node_count < (1U << 29U), "{} nodes are too many", node_count);
  for (const DependencyEdge& edge : edges) ++first_[edge.from + 2];
  for (std::size_t i = 2; i < first_.size(); ++i) first_[i] += first_[i - 1];
  for (const DependencyEdge& edge : edges) {
    edges_[first_[edge.from + 1]++] = edge.to << 3U | static_cast<std::uint32_t>(edge.kind);
  }
  first_.pop_back();
}

// Tarjan's algorithm (1972) with a stack of its own.
class DependencyGraph::Tarjan {
 public:
  Tarjan(const DependencyGraph& graph, const GraphView& view)
      : graph_(graph),
        view_(view),
        index_(graph.states(view)),
        low_(graph.states(view)),
        cursor_(graph.states(view)) {
    result_.of.assign(graph.states(view), kNone);
  }

  Components run() {
    const auto count = static_cast<std::uint32_t>(index_.size());
    for (std::uint32_t state = 0; state < count; ++state) {
      if (index_[state] == 0) visit(state);
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::uint32_t node_of(std::uint32_t state) const {
    return view_.is_split ? state / 2 : state;
  }

  void open(std::uint32_t state) {
    index_[state] = low_[state] = ++clock_;
    cursor_[state] = graph_.first_[node_of(state)];
    path_.push_back(state);
    opened_.push_back(state);
  }

  void visit(std::uint32_t start) {
    open(start);
    while (!path_.empty()) {
      const std::uint32_t state = path_.back();
      if (cursor_[state] < graph_.first_[node_of(state) + 1]) {
        const std::uint32_t to = graph_.next(view_, state, graph_.edges_[cursor_[state]++]);
        if (to == kNone || result_.of[to] != kNone) continue;
        if (index_[to] == 0) {
          open(to);
        } else {
          low_[state] = std::min(low_[state], index_[to]);
        }
        continue;
      }
      path_.pop_back();
      if (low_[state] == index_[state]) {
        close(state);
      } else {
        low_[path_.back()] = std::min(low_[path_.back()], low_[state]);
      }
    }
  }

  void close(std::uint32_t root) {
    std::size_t begin = opened_.size();
    do {
      result_.of[opened_[--begin]] = next_;
    } while (opened_[begin] != root);
    if (opened_.size() - begin > 1) {
      result_.cyclic.emplace_back(opened_.begin() + static_cast<std::ptrdiff_t>(begin),
                                  opened_.end());
    }
    opened_.resize(begin);
    ++next_;
  }

  const DependencyGraph& graph_;
  const GraphView& view_;
  Components result_;
  std::vector<std::uint32_t> index_;  // 0: not opened
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> cursor_;
  std::vector<std::uint32_t> path_;
  std::vector<std::uint32_t> opened_;
  std::uint32_t clock_ = 0;
  std::uint32_t next_ = 0;
};

Components DependencyGraph::components(const GraphView& view) const {
  return Tarjan(*this, view).run();
}

std::optional<std::vector<DependencyEdge>> DependencyGraph::path(const Search& search,
                                                                 std::uint64_t& steps,
                                                                 std::uint64_t max_steps) const {
  struct Place {
    std::uint32_t before = 0;  // state
    std::uint32_t edge = 0;    // that led here
    std::uint32_t length = 0;  // + 1; 0: not reached
  };
  const GraphView& view = search.view;
  const std::uint32_t start = view.is_split ? 2 * search.from + 1 : search.from;
  const std::uint32_t goal = view.is_split ? 2 * search.to : search.to;
  const std::uint32_t component = search.within->of[start];
  FlatMap<Place> places;
  places[start] = {start, 0, 1};
  std::deque<std::pair<std::uint32_t, std::uint32_t>> queue{{start, 1}};
  while (!queue.empty()) {
    const auto [state, length] = queue.front();
    queue.pop_front();
    if (state == goal && length > 1) break;
    if (places[state].length != length) continue;
    const std::uint32_t node = view.is_split ? state / 2 : state;
    for (std::uint32_t i = first_[node]; i < first_[node + 1]; ++i) {
      if (++steps > max_steps) return std::nullopt;
      const bool is_rw = (edges_[i] & 7U) == static_cast<std::uint32_t>(EdgeKind::kRw);
      if (search.first_is_rw && length == 1 && !is_rw) continue;
      const std::uint32_t to = next(view, state, edges_[i]);
      if (to == kNone || search.within->of[to] != component) continue;
      const bool is_hub = edges_[i] >> 3U >= txn_count_;
      const std::uint32_t there = length + (is_hub ? 0 : 1);
      Place& place = places[to];
      if (place.length != 0 && place.length <= there) continue;
      place = {state, edges_[i], there};
      if (is_hub) {
        queue.emplace_front(to, there);
      } else {
        queue.emplace_back(to, there);
      }
    }
  }
  const Place* const end = places.find(goal);
  if (end == nullptr || end->length <= 1) return std::nullopt;
  std::vector<DependencyEdge> edges;
  for (std::uint32_t state = goal; state != start || edges.empty();) {
    const Place place = *places.find(state);
    edges.push_back({view.is_split ? place.before / 2 : place.before, place.edge >> 3U,
                     static_cast<EdgeKind>(place.edge & 7U)});
    state = place.before;
  }
  std::reverse(edges.begin(), edges.end());
  return edges;
}

std::vector<std::uint32_t> DependencyGraph::order() const {
  std::vector<std::uint32_t> order = order_with_hubs();
  std::erase_if(order, [this](std::uint32_t node) { return node >= txn_count_; });
  return order;
}

std::vector<std::uint32_t> DependencyGraph::order_with_hubs() const {
  std::vector<std::uint32_t> waits(node_count());
  for (const std::uint32_t edge : edges_) ++waits[edge >> 3U];
  // The earliest transaction that waits for nobody goes first, and hubs before all.
  const auto later = [this](std::uint32_t a, std::uint32_t b) {
    const bool a_is_txn = a < txn_count_;
    const bool b_is_txn = b < txn_count_;
    return a_is_txn != b_is_txn ? a_is_txn : a > b;
  };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (std::uint32_t node = 0; node < node_count(); ++node) {
    if (waits[node] == 0) ready.push(node);
  }
  std::vector<std::uint32_t> order;
  while (!ready.empty()) {
    const std::uint32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for_each_edge(node, [&](std::uint32_t to, EdgeKind) {
      if (--waits[to] == 0) ready.push(to);
    });
  }
  return order;
}

}  // namespace quorumlab::models
