// What proves that something holds.
#include "tests/verifier/models.h"
#include "tests/verifier/objects.h"
#include "tests/verifier/rules.h"

namespace quorumlab::verifier {
namespace {

// The places in an order, which nobody has twice, nor who failed.
class Places {
 public:
  explicit Places(const History& h) : h_(h), places_(h.ops.size(), kNever) {}

  void add(std::size_t op) {
    require(!h_.ops.at(op).failed || h_.ops[op].mismatched, "what failed has a place");
    require(places_[op] == kNever, "an operation has two places");
    places_[op] = count_++;
  }
  [[nodiscard]] bool has(std::size_t op) const { return places_[op] != kNever; }
  [[nodiscard]] std::size_t operator[](std::size_t op) const { return places_[op]; }

 private:
  const History& h_;
  std::vector<std::size_t> places_;
  std::size_t count_ = 0;
};

// Of each session, or of all, when the last one began that has a place.
class Line {
 public:
  explicit Line(bool timed) : timed_(timed) {}

  void add(const Op& op) {
    std::size_t& latest = latest_[timed_ ? 0 : op.session];
    require(op.to > latest || latest == 0, "the order contradicts a session or time");
    latest = std::max(latest, op.from);
  }

 private:
  const bool timed_;
  std::map<std::size_t, std::size_t> latest_;
};

}  // namespace

void verify_orders(const History& h, const Json& orders, bool timed) {
  const Object object(h);
  Places places(h);
  std::set<std::string> keys;
  require(timed || orders.size() <= 1, "one order must hold all");
  for (const Ops order : orders) {
    Line line(timed);
    std::map<std::string, Json> states;
    for (const std::size_t number : order) {
      places.add(number);
      const Op& op = h.ops[number];
      line.add(op);
      Json& state = states.try_emplace(op.key, object.initial).first->second;
      require(object.step(state, op),
              "operation " + std::to_string(number) + " is not legal there");
    }
    require(!timed || states.size() <= 1, "an order for several keys");
    for (const auto& [key, state] : states) require(keys.insert(key).second, "two orders of a key");
  }
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    require(places.has(i) || object.is_mute(h.ops[i]),
            "operation " + std::to_string(i) + " has no place");
  }
}

void verify_views(const History& h, const Json& views, bool causal) {
  std::set<std::size_t> sessions;
  for (const Json& view : views) {
    const std::size_t session = h.ops.at(view.at("of")).session;
    sessions.insert(session);
    Places places(h);
    Line line(false);
    std::map<std::string, Json> state;
    for (const std::size_t number : view.at("order")) {
      places.add(number);
      const Op& op = h.ops[number];
      line.add(op);
      for (const std::size_t source : h.sources(number)) {
        require((!causal && op.session != session) || places.has(source),
                "the order contradicts a read");
      }
      for (const Micro& m : op.micros) {
        const bool legal = m.writes || op.session != session || state[m.key] == m.last();
        require(legal, "operation " + std::to_string(number) + " is not legal there");
        if (m.writes) state[m.key] = m.value;
      }
    }
    for (std::size_t i = 0; i < h.ops.size(); ++i) {
      const bool told = h.ops[i].happened && !h.ops[i].micros.empty();
      require(!told || places.has(i), "an operation has no place");
    }
  }
  for (const Op& op : h.ops) {
    require(!op.ok || sessions.contains(op.session), "a session has no order");
  }
}

namespace {

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
    {"consistent-view", {Sees::kPast, true, false}},
    {"parallel-snapshot-isolation", {Sees::kPast, true}},
    {"prefix", {Sees::kAllBefore}},
    {"snapshot-isolation", {Sees::kAllBefore, true}},
    {"repeatable-read", {Sees::kAll, false, false}},
    {"serializable", {Sees::kAll}}};

class Commits {
 public:
  Commits(const History& h, const std::string& model)
      : h_(h),
        level_(model == "causal_convergence" ? Level{"transactional causal", 1} : level_of(model)),
        places_(h),
        seen_(h.ops.size()) {
    require(kAxioms.contains(level_.base), "an order of commits does not prove " + model);
    axiom_ = kAxioms.at(level_.base);
  }

  void verify(const Ops& order) {
    for (const std::size_t t : order) {
      require(t < h_.ops.size(), "there is no such transaction");
      look_around(t);
      for (std::size_t i = 0; i < h_.ops[t].micros.size(); ++i) {
        const Micro& m = h_.ops[t].micros[i];
        if (h_.ops[t].ok && !m.writes && axiom_.sees != Sees::kNobody) verify_read(t, i);
      }
      places_.add(t);
      order_.push_back(t);
      for (const Micro& m : h_.ops[t].micros) {
        if (!m.writes) continue;
        versions_[m.key].push_back(m.value);
        writers_[m.key].push_back(t);
      }
    }
    for (std::size_t t = 0; t < h_.ops.size(); ++t) {
      require(places_.has(t) || !h_.ops[t].happened, "a transaction has no place");
    }
  }

 private:
  // Fills in, by place, what `t` must have seen, all of which comes before it.
  void look_around(std::size_t t) {
    std::set<std::size_t> direct;
    for (std::size_t a = 0; a < h_.ops.size(); ++a) {
      if (!h_.ops[a].happened || !is_direct(a, t)) continue;
      require(places_.has(a), "the order contradicts a read, a write, a session or time");
      direct.insert(places_[a]);
    }
    for (const Micro& m : h_.ops[t].micros) {
      if (!m.writes || !axiom_.conflicts) continue;
      for (const std::size_t w : writers_[m.key]) direct.insert(places_[w]);
    }
    std::vector<bool>& seen = seen_[t];
    seen.resize(order_.size());
    for (auto at = direct.rbegin(); at != direct.rend(); ++at) {
      if (axiom_.sees == Sees::kAllBefore) std::fill_n(seen.begin(), *at, true);
      const std::vector<bool>& theirs = seen_[order_[*at]];
      for (std::size_t i = 0; i < theirs.size() && axiom_.sees == Sees::kPast && !seen[*at]; ++i) {
        if (theirs[i]) seen[i] = true;
      }
      seen[*at] = true;
    }
  }

  [[nodiscard]] bool is_direct(std::size_t a, std::size_t t) const {
    return (level_.order > 0 && h_.joined('p', a, t)) ||
           (level_.order > 1 && h_.joined('t', a, t)) ||
           (axiom_.sees == Sees::kNobody ? h_.joined('w', a, t) : h_.joined('r', a, t));
  }

  void verify_read(std::size_t t, std::size_t i) {
    const Micro& read = h_.ops[t].micros[i];
    const auto known = h_.known_before(t, i);
    require(!axiom_.agrees || !known || known->fits(read.seen),
            "a read disagrees with what its transaction did");
    if (!h_.lists && read.source == t) return;
    const std::vector<Json> others = h_.of_others(t, read);
    const std::vector<Json>& versions = versions_[read.key];
    require(!h_.lists || (others.size() <= versions.size() &&
                          std::equal(others.begin(), others.end(), versions.begin()) &&
                          std::equal(others.begin(), others.end(), read.seen.begin())),
            "a list is not in the order of commits");
    const Json found = others.empty() ? Json() : others.back();
    const std::size_t source = h_.writer(read.key, found);
    require(source == kNothing || (source < h_.ops.size() && places_.has(source)),
            "a read is of what was not committed");
    require(source == kNothing || h_.ops[source].last_write(read.key) == found,
            "a read is of what its writer replaced");
    const auto& writers = writers_[read.key];
    const auto last = std::find_if(writers.rbegin(), writers.rend(),
                                   [&](std::size_t w) { return w == source || must_see(t, i, w); });
    require(source == (last == writers.rend() ? kNothing : *last),
            "transaction " + std::to_string(t) + " missed another");
  }

  [[nodiscard]] bool must_see(std::size_t t, std::size_t i, std::size_t other) const {
    const auto& micros = h_.ops[t].micros;
    return axiom_.sees == Sees::kAll ||
           (axiom_.sees > Sees::kReadsSoFar && seen_[t][places_[other]]) ||
           (axiom_.sees == Sees::kReadsSoFar &&
            std::any_of(micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const Micro& m) { return !m.writes && m.source == other; }));
  }

  const History& h_;
  const Level level_;
  Axiom axiom_;
  Places places_;
  Ops order_;
  std::vector<std::vector<bool>> seen_;                // by transaction, then place
  std::map<std::string, std::vector<Json>> versions_;  // by key, in the order of commits
  std::map<std::string, Ops> writers_;                 // of each of these
};

}  // namespace

void verify_commits(const History& h, const Json& order, const std::string& model) {
  Commits(h, model).verify(order);
}

}  // namespace quorumlab::verifier
