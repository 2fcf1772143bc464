#include "tests/verifier/levels.h"

#include <algorithm>

#include "tests/verifier/models.h"

namespace quorumlab::verifier {
namespace {

using Seen = std::vector<bool>;

class Commits {
 public:
  Commits(const History& history, const Json& order, const std::string& model)
      : h_(history), level_(level_of(model)), place_(history.ops.size(), kNever) {
    if (model == "causal_convergence") level_ = {"transactional causal", 1};
    if (model == "weak_causal") level_ = {"weak_causal", 1};
    require(is_any(level_.base, {"read-uncommitted", "read-committed", "monotonic-atomic-view",
                                 "read-atomic", "transactional causal", "weak_causal", "prefix",
                                 "parallel-snapshot-isolation", "snapshot-isolation"}),
            "an order of commits does not prove " + model);
    for (const std::size_t t : order) {
      require(h_.ops.at(t).failed == false && place_[t] == kNever, "a transaction has two places");
      place_[t] = order_.size();
      order_.push_back(t);
      for (const Micro& m : h_.ops[t].micros) {
        if (m.writes) versions_[m.key].push_back(m.value);
      }
    }
    for (std::size_t t = 0; t < h_.ops.size(); ++t) {
      require(place_[t] != kNever || !h_.ops[t].ok, "a transaction has no place");
    }
  }

  void verify() {
    seen_.assign(h_.ops.size(), Seen(h_.ops.size()));
    for (const std::size_t a : order_) {
      for (const std::size_t b : order_) {
        const bool wrong = is("read-uncommitted") && place_[a] > place_[b] && h_.joined('w', a, b);
        require(!wrong, "the order contradicts an order of versions");
      }
    }
    for (const std::size_t t : order_) {
      look_around(t);
      if (!h_.ops[t].ok) continue;
      for (std::size_t i = 0; i < h_.ops[t].micros.size(); ++i) {
        if (!h_.ops[t].micros[i].writes) verify_read(t, i);
      }
    }
  }

 private:
  [[nodiscard]] bool is(const std::string& base) const { return level_.base == base; }
  [[nodiscard]] bool keeps_conflicts() const {
    return is("snapshot-isolation") || is("parallel-snapshot-isolation");
  }
  [[nodiscard]] bool counts(std::size_t a, std::size_t b) const {
    return (level_.order > 0 && h_.joined('p', a, b)) || (level_.order > 1 && h_.joined('t', a, b));
  }

  // Fills in whom `t` must have seen.
  void look_around(std::size_t t) {
    const auto see = [&](std::size_t other) {
      require(place_[other] < place_[t], "the order contradicts a read, a session or time");
      seen_[t][other] = true;
      for (std::size_t i = 0; i < order_.size(); ++i) {
        const bool before = place_[order_[i]] <= place_[other];
        const bool all = before && (is("prefix") || is("snapshot-isolation"));
        const bool through = seen_[other][order_[i]] && !is("read-atomic");
        if (all || through) seen_[t][order_[i]] = true;
      }
    };
    for (const std::size_t other : order_) {
      if (other == t) continue;
      const bool read = !is("read-uncommitted") && h_.ops[t].ok && h_.joined('r', other, t);
      const bool conflicts = keeps_conflicts() && place_[other] < place_[t] && share_key(other, t);
      if (read || conflicts || counts(other, t)) see(other);
    }
  }

  [[nodiscard]] bool share_key(std::size_t a, std::size_t b) const {
    return std::any_of(h_.ops[a].micros.begin(), h_.ops[a].micros.end(),
                       [&](const Micro& m) { return m.writes && h_.ops[b].writes(m.key); });
  }

  void verify_read(std::size_t t, std::size_t i) {
    const Micro& read = h_.ops[t].micros[i];
    if (h_.lists && !is("read-uncommitted")) verify_beginning(t, read);
    if (is("read-uncommitted")) return;
    const bool by_itself = !is("read-committed") && !is("monotonic-atomic-view");
    if (const auto own = known_before(h_, t, i); own && by_itself) {
      require(own->fits(read.value), "a read disagrees with what its transaction did");
      return;
    }
    const std::size_t source = h_.source(read);
    if (source == t) return;
    require(source == kNothing || (source < place_.size() && place_[source] != kNever),
            "a read is of what was not committed");
    require(source == kNothing || last_of(source, read.key) == h_.found(read),
            "a read is of what its writer replaced");
    if (is("read-committed")) return;
    for (const std::size_t other : order_) {
      if (other == source || other == t || !h_.ops[other].writes(read.key)) continue;
      const bool older = source != kNothing && (is("weak_causal") ? !seen_[other][source]
                                                                  : place_[other] < place_[source]);
      require(older || !must_see(t, i, other),
              "transaction " + std::to_string(t) + " missed " + std::to_string(other));
    }
  }

  // Lists hold what was committed, in the order of commits.
  void verify_beginning(std::size_t t, const Micro& read) const {
    Json others = read.value;
    while (!others.empty() && h_.writer(read.key, others.back()) == t)
      others.erase(others.size() - 1);
    const auto all = versions_.find(read.key);
    const std::vector<Json> none;
    const std::vector<Json>& versions = all == versions_.end() ? none : all->second;
    require(others.size() <= versions.size() &&
                std::equal(others.begin(), others.end(), versions.begin()),
            "a list is not in the order of commits");
  }

  [[nodiscard]] bool must_see(std::size_t t, std::size_t i, std::size_t other) const {
    if (!is("monotonic-atomic-view")) return seen_[t][other];
    const auto& micros = h_.ops[t].micros;
    return std::any_of(micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const Micro& m) { return !m.writes && h_.source(m) == other; });
  }

  [[nodiscard]] Json last_of(std::size_t t, const std::string& key) const {
    Json last;
    for (const Micro& m : h_.ops[t].micros) {
      if (m.writes && m.key == key) last = m.value;
    }
    return last;
  }

  const History& h_;
  Level level_;
  std::vector<std::size_t> place_;  // by transaction
  std::vector<std::size_t> order_;
  std::map<std::string, std::vector<Json>> versions_;  // by key, in the order of commits
  std::vector<Seen> seen_;                             // by transaction
};

}  // namespace

void verify_commits(const History& history, const Json& order, const std::string& level) {
  Commits(history, order, level).verify();
}

}  // namespace quorumlab::verifier
