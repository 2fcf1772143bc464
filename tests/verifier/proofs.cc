// What proves that something holds.
#include "tests/verifier/models.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// What took place, one after the other: nobody twice, nobody who failed, and as sessions (1), or
// also time (2), have it.
class Order {
 public:
  Order(const History& h, int respects)
      : h_(h), respects_(respects), place_(h.ops.size(), kNever) {}

  void add(std::size_t number) {
    const Op& op = h_.ops.at(number);
    std::size_t& latest = latest_[respects_ == 1 ? op.session : 0];
    require(!op.failed || op.mismatched, "what failed has a place");
    require(!has(number), "an operation has two places");
    require(respects_ == 0 || op.to > latest || latest == 0,
            "the order contradicts a session or time");
    latest = std::max(latest, op.from);
    place_[number] = ops_.size();
    ops_.push_back(number);
  }
  [[nodiscard]] bool has(std::size_t number) const { return place_[number] != kNever; }
  [[nodiscard]] std::size_t place(std::size_t number) const { return place_[number]; }
  [[nodiscard]] const Ops& ops() const { return ops_; }

 private:
  const History& h_;
  const int respects_;
  std::vector<std::size_t> place_;  // by operation
  Ops ops_;
  std::map<std::size_t, std::size_t> latest_;  // by session, or of all: when one began
};

// Whom a transaction has to see.
enum class Sees {
  kNobody,
  kReads,       // those whom it read from, but nothing follows from that
  kReadsSoFar,  // from its other reads before
  kDirect,      // whom it read from, and what comes before by sessions or time
  kPast,        // also whom those saw
  kAllBefore,   // also whatever committed before those
  kAll          // whatever committed before it
};
struct Axiom {
  Sees sees;
  bool conflicts = false;  // also who wrote a key that it writes, and committed before
  bool agrees = true;      // its reads agree with what it did itself
};
const std::map<std::string, Axiom> kAxioms = {
    {"read-uncommitted", {Sees::kNobody, false, false}},
    {"read-committed", {Sees::kReads, false, false}},
    {"monotonic-atomic-view", {Sees::kReadsSoFar, false, false}},
    {"read-atomic", {Sees::kDirect}},
    {"transactional causal", {Sees::kPast}},
    {"causal_convergence", {Sees::kPast}},
    {"consistent-view", {Sees::kPast, true, false}},
    {"parallel-snapshot-isolation", {Sees::kPast, true}},
    {"prefix", {Sees::kAllBefore}},
    {"snapshot-isolation", {Sees::kAllBefore, true}},
    {"repeatable-read", {Sees::kAll, false, false}},
    {"serializable", {Sees::kAll}}};

class Commits {
 public:
  Commits(const History& h, const Level& level)
      : h_(h), level_(level), order_(h, level.order), seen_(h.ops.size()) {
    require(kAxioms.contains(level.base), "an order of commits does not prove " + level.base);
    axiom_ = kAxioms.at(level.base);
  }

  // Of a view, only one session's reads count; or, if it is causal, also whom the others read from.
  void verify(const Ops& order, std::size_t session = kNever, bool causal = true) {
    for (const std::size_t t : order) {
      order_.add(t);
      const bool viewed = session == kNever || h_.ops[t].session == session;
      if (viewed || causal) respect(t);
      const bool sets = axiom_.sees > Sees::kReadsSoFar && axiom_.sees < Sees::kAll;
      if (sets) look_around(t);
      for (std::size_t i = 0; i < h_.ops[t].micros.size() && viewed && h_.ops[t].ok; ++i) {
        const bool reads = !h_.ops[t].micros[i].writes && axiom_.sees != Sees::kNobody;
        if (reads) verify_read(t, i);
      }
      for (const Micro& m : h_.ops[t].micros) {
        if (!m.writes) continue;
        versions_[m.key].push_back(m.value);
        writers_[m.key].push_back(t);
      }
    }
    for (std::size_t t = 0; t < h_.ops.size(); ++t) {
      const bool told = h_.ops[t].happened && !h_.ops[t].micros.empty();
      require(!told || order_.has(t), "operation " + std::to_string(t) + " has no place");
    }
  }

 private:
  // Whoever was read from has a place before; where reads say nothing, whoever wrote before.
  void respect(std::size_t t) const {
    for (std::size_t a = 0; a < h_.ops.size(); ++a) {
      const bool before = h_.joined(axiom_.sees == Sees::kNobody ? 'w' : 'r', a, t);
      require(!before || order_.has(a), "the order contradicts a read, or an order of writes");
    }
  }

  // Fills in, by place, what `t` must have seen.
  void look_around(std::size_t t) {
    std::set<std::size_t> direct;
    for (const std::size_t a : order_.ops()) {
      const bool counts = h_.joined('r', a, t) || (level_.order > 0 && h_.joined('p', a, t)) ||
                          (level_.order > 1 && h_.joined('t', a, t));
      if (counts) direct.insert(order_.place(a));
    }
    for (const Micro& m : h_.ops[t].micros) {
      if (!m.writes || !axiom_.conflicts) continue;
      for (const std::size_t w : writers_[m.key]) direct.insert(order_.place(w));
    }
    std::vector<bool>& seen = seen_[t];
    seen.resize(order_.ops().size());
    for (auto at = direct.rbegin(); at != direct.rend(); ++at) {
      if (axiom_.sees == Sees::kAllBefore) std::fill_n(seen.begin(), *at, true);
      const std::vector<bool>& theirs = seen_[order_.ops()[*at]];
      for (std::size_t i = 0; i < theirs.size() && axiom_.sees == Sees::kPast && !seen[*at]; ++i) {
        if (theirs[i]) seen[i] = true;
      }
      seen[*at] = true;
    }
  }

  void verify_read(std::size_t t, std::size_t i) {
    const Micro& read = h_.ops[t].micros[i];
    const auto known = h_.known_before(t, i);
    require(!axiom_.agrees || !known || known->fits(read.seen),
            "a read disagrees with what its transaction did");
    if (!h_.lists && read.source == t) return;
    const std::vector<Json> others = h_.of_others(t, read);
    const std::size_t source = others.empty() ? kNothing : h_.writer(read.key, others.back());
    const Ops& writers = writers_[read.key];
    std::size_t count = writers.size();  // of versions, the last of which it must have seen
    while (count > 0 && writers[count - 1] != source && !must_see(t, i, writers[count - 1]))
      --count;
    const auto end = versions_[read.key].begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<Json> expected(
        end - static_cast<std::ptrdiff_t>(h_.lists ? count : std::min<std::size_t>(count, 1)), end);
    require(others == expected && std::equal(others.begin(), others.end(), read.seen.begin()),
            "operation " + std::to_string(t) + " does not read the last that it must have seen");
  }

  [[nodiscard]] bool must_see(std::size_t t, std::size_t i, std::size_t other) const {
    const auto& micros = h_.ops[t].micros;
    if (axiom_.sees != Sees::kReadsSoFar) {
      return axiom_.sees == Sees::kAll || (!seen_[t].empty() && seen_[t][order_.place(other)]);
    }
    return std::any_of(micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const Micro& m) { return !m.writes && m.source == other; });
  }

  const History& h_;
  const Level level_;
  Axiom axiom_;
  Order order_;
  std::vector<std::vector<bool>> seen_;                // by transaction, then place
  std::map<std::string, std::vector<Json>> versions_;  // by key, as they were committed
  std::map<std::string, Ops> writers_;                 // of each of these
};

}  // namespace

void verify_orders(const History& h, const Json& orders, bool timed) {
  const Object object(h);
  std::set<std::size_t> placed;
  std::set<std::string> keys;
  require(timed || orders.size() <= 1, "one order must hold all");
  for (const Ops numbers : orders) {
    Order order(h, timed ? 2 : 1);
    std::map<std::string, Json> states;
    for (const std::size_t number : numbers) {
      order.add(number);
      Json& state = states.try_emplace(h.ops[number].key, object.initial).first->second;
      require(object.step(state, h.ops[number]),
              "operation " + std::to_string(number) + " is not legal there");
    }
    placed.insert(numbers.begin(), numbers.end());
    require(!timed || states.size() <= 1, "an order for several keys");
    for (const auto& [key, state] : states) require(keys.insert(key).second, "two orders of a key");
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    require(placed.contains(i) || object.is_mute(h.ops[i]),
            "operation " + std::to_string(i) + " has no place");
  }
}

void verify_views(const History& h, const Json& views, bool causal) {
  std::set<std::size_t> sessions;
  for (const Json& view : views) {
    const std::size_t session = h.ops.at(view.at("of")).session;
    sessions.insert(session);
    Commits(h, {"serializable", 1}).verify(view.at("order"), session, causal);
  }
  for (const Op& op : h.ops) {
    require(!op.ok || sessions.contains(op.session), "a session has no order");
  }
}

void verify_commits(const History& h, const Json& order, const std::string& model) {
  Commits(h, model == "causal_convergence" ? Level{model, 1} : level_of(model)).verify(order);
}

}  // namespace quorumlab::verifier
