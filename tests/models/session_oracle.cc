#include "tests/models/session_oracle.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

namespace quorumlab::models::testing {
namespace {

using Mask = std::uint32_t;
using Order = std::vector<std::uint32_t>;

// Only what happened; `of` are indexes into Small::ops.
struct World {
  std::vector<SmallOp> ops;
  std::vector<Mask> before;  // transitive: who must come before each
};

bool is_read_of(const SmallOp& read, const SmallOp& write) {
  return !read.writes && write.writes && read.key == write.key && read.value == write.value;
}

// Sessions, and with `reads_from` also who read what, closed. False: a cycle.
bool close(World& world, bool reads_from) {
  const std::size_t n = world.ops.size();
  world.before.assign(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const bool session = world.ops[i].session == world.ops[j].session && i < j;
      if (session || (reads_from && is_read_of(world.ops[j], world.ops[i]))) {
        world.before[j] |= Mask{1} << i;
      }
    }
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      if ((world.before[j] >> k & 1U) != 0) world.before[j] |= world.before[k];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    if ((world.before[i] >> i & 1U) != 0) return false;
  }
  return true;
}

// Is there an order of the operations in `which`, each after those of `which` that come before it,
// that passes `legal` with each prefix?
bool has_legal_order(const World& world, Mask which, Mask judged) {
  std::array<std::int64_t, 4> state{};
  const std::function<bool(Mask)> go = [&](Mask placed) {
    if (placed == which) return true;
    for (std::size_t i = 0; i < world.ops.size(); ++i) {
      const Mask me = Mask{1} << i;
      if ((which & me) == 0 || (placed & me) != 0) continue;
      if ((world.before[i] & which & ~placed) != 0) continue;
      const SmallOp& op = world.ops[i];
      const std::int64_t old = state.at(op.key);
      if (!op.writes && (judged & me) != 0 && old != op.value) continue;
      if (op.writes) state.at(op.key) = op.value;
      if (go(placed | me)) return true;
      state.at(op.key) = old;
    }
    return false;
  };
  return go(0);
}

Mask select(const World& world, const std::function<bool(const SmallOp&)>& wanted) {
  Mask mask = 0;
  for (std::size_t i = 0; i < world.ops.size(); ++i) {
    if (wanted(world.ops[i])) mask |= Mask{1} << i;
  }
  return mask;
}

// Whether some choice of the unknown writes makes it true.
bool for_some_world(const Small& small, const std::function<bool(World&)>& fits) {
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < small.ops.size(); ++i) {
    if (small.ops[i].unknown) unknown.push_back(i);
  }
  for (Mask chosen = 0; chosen < Mask{1} << unknown.size(); ++chosen) {
    World world;
    for (std::size_t i = 0; i < small.ops.size(); ++i) {
      const auto at = std::find(unknown.begin(), unknown.end(), i);
      const bool out = at != unknown.end() && (chosen >> (at - unknown.begin()) & 1U) == 0;
      if (!out) world.ops.push_back(small.ops[i]);
    }
    if (fits(world)) return true;
  }
  return false;
}

bool for_each_session(const World& world, const std::function<bool(std::uint32_t)>& fits) {
  std::uint32_t most = 0;
  for (const SmallOp& op : world.ops) most = std::max(most, op.session);
  for (std::uint32_t s = 0; s <= most; ++s) {
    if (!fits(s)) return false;
  }
  return true;
}

bool orders_for_sessions(const Small& small, bool causal) {
  return for_some_world(small, [&](World& world) {
    if (!close(world, causal)) return false;
    return for_each_session(world, [&](std::uint32_t session) {
      const Mask mine = select(world, [&](const SmallOp& op) { return op.session == session; });
      const Mask writes = select(world, [](const SmallOp& op) { return op.writes; });
      return has_legal_order(world, mine | writes, mine);
    });
  });
}

// Who wrote each value, and what is known of their order.
class Facts {
 public:
  explicit Facts(const Small& small) : ops_(small.ops) {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].writes) writer_[ops_[i].value] = i;
    }
  }

  [[nodiscard]] const SmallOp& op(std::size_t i) const { return ops_[i]; }
  [[nodiscard]] std::size_t size() const { return ops_.size(); }
  [[nodiscard]] bool is_read(std::size_t i) const { return !ops_[i].writes; }
  [[nodiscard]] bool saw(std::size_t read) const { return is_read(read) && ops_[read].value != 0; }
  [[nodiscard]] std::size_t source(std::size_t read) const { return writer_.at(ops_[read].value); }
  // Did somebody read what was only written later?
  [[nodiscard]] bool any_future() const {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (saw(i) && source(i) > i) return true;
    }
    return false;
  }
  // Is what `read` saw surely older than the write `w`?
  [[nodiscard]] bool is_older(std::size_t read, std::size_t w) const {
    if (ops_[read].value == 0) return true;
    return ops_[source(read)].session == ops_[w].session && source(read) < w;
  }
  [[nodiscard]] bool same_session(std::size_t a, std::size_t b) const {
    return ops_[a].session == ops_[b].session;
  }
  [[nodiscard]] bool same_key(std::size_t a, std::size_t b) const {
    return ops_[a].key == ops_[b].key;
  }
  [[nodiscard]] bool surely_writes(std::size_t i) const {
    return ops_[i].writes && !ops_[i].unknown;
  }

 private:
  const std::vector<SmallOp>& ops_;
  std::map<std::int64_t, std::size_t> writer_;
};

bool reads_its_writes(const Facts& f, std::size_t r) {
  for (std::size_t w = 0; w < r; ++w) {
    const bool own = f.surely_writes(w) && f.same_session(w, r) && f.same_key(w, r);
    if (own && f.is_older(r, w)) return false;
  }
  return true;
}

bool reads_monotonically(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a < r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r) || !f.same_key(a, r)) continue;
    if (f.is_older(r, f.source(a))) return false;
    for (std::size_t b = a + 1; b < r; ++b) {
      const bool between = f.saw(b) && f.same_session(b, r) && f.same_key(b, r);
      if (between && f.op(a).value == f.op(r).value && f.op(b).value != f.op(r).value) return false;
    }
  }
  return true;
}

bool sees_writes_in_order(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a <= r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r)) continue;
    const std::size_t seen = f.source(a);
    for (std::size_t w = 0; w <= seen; ++w) {
      // What was seen has happened, whatever its client knows.
      const bool sure = f.surely_writes(w) || w == seen;
      const bool before = sure && f.same_session(w, seen) && f.same_key(w, r);
      if (before && f.is_older(r, w)) return false;
    }
  }
  return true;
}

bool sees_what_writers_saw(const Facts& f, std::size_t r) {
  for (std::size_t a = 0; a < r; ++a) {
    if (!f.saw(a) || !f.same_session(a, r)) continue;
    const std::size_t seen = f.source(a);
    for (std::size_t x = 0; x < seen; ++x) {
      if (!f.saw(x) || !f.same_session(x, seen) || !f.same_key(x, r)) continue;
      if (f.is_older(r, f.source(x))) return false;
      // The writer had read this very value, and then replaced it by what was seen.
      if (f.op(x).value != f.op(r).value || !f.same_key(seen, r)) continue;
      for (std::size_t w = x + 1; w <= seen; ++w) {
        const bool sure = f.surely_writes(w) || w == seen;
        const bool replaced = sure && f.same_session(w, seen) && f.same_key(w, r);
        if (replaced && f.op(w).value != f.op(r).value) return false;
      }
    }
  }
  return true;
}

}  // namespace

Small random_small(Rng& rng, std::size_t count, std::uint32_t values_in_use) {
  Small small;
  std::vector<OpId> open(8);
  std::vector<int> doing(8, -1);  // by session: index into ops
  std::array<std::uint32_t, 3> process = {0, 1, 2};
  std::array<std::uint32_t, 3> name = {0, 1, 2};
  std::uint32_t sessions = 3;
  std::int64_t fresh = 0;
  std::vector<SmallOp> reads_wanting;
  // Values are chosen first, so that a read may see what is only written later.
  std::vector<SmallOp> plan(count);
  std::array<std::vector<std::int64_t>, 2> values;
  for (SmallOp& op : plan) {
    op.key = rng.below(2);
    op.writes = rng.chance(45);
    ++fresh;
    if (op.writes) op.value = values_in_use == 0 ? fresh : 1 + rng.below(values_in_use);
    if (op.writes) values.at(op.key).push_back(op.value);
    if (op.writes) op.unknown = rng.chance(15);
  }
  for (SmallOp& op : plan) {
    const auto& known = values.at(op.key);
    if (op.writes || known.empty() || rng.chance(20)) continue;
    op.value = known[rng.below(static_cast<std::uint32_t>(known.size()))];
  }
  std::size_t begun = 0;
  std::size_t running = 0;
  while (begun < count || running > 0) {
    const std::uint32_t who = rng.below(3);
    if (doing[who] < 0) {
      if (begun == count) continue;
      SmallOp op = plan[begun++];
      op.session = name.at(who);
      open[who] = small.history.invoke({.process = process.at(who),
                                        .f = op.writes ? Function::kWrite : Function::kRead,
                                        .key = Key(op.key),
                                        .value = op.writes ? Value(op.value) : Value()});
      doing[who] = static_cast<int>(small.ops.size());
      small.ops.push_back(op);
      ++running;
      continue;
    }
    const SmallOp& op = small.ops[static_cast<std::size_t>(doing[who])];
    small.history.complete(open[who], {.outcome = op.unknown ? Outcome::kUnknown : Outcome::kOk,
                                       .value = op.value == 0 ? Value() : Value(op.value)});
    if (op.unknown) {
      name.at(who) = sessions;
      process.at(who) = sessions++;
    }
    doing[who] = -1;
    --running;
  }
  return small;
}

bool fits_sequential(const Small& small) {
  return for_some_world(small, [](World& world) {
    const Mask all = select(world, [](const SmallOp&) { return true; });
    return close(world, false) && has_legal_order(world, all, all);
  });
}

bool fits_pram(const Small& small) {
  return orders_for_sessions(small, false);
}

bool fits_causal_memory(const Small& small) {
  return orders_for_sessions(small, true);
}

bool fits_weak_causal(const Small& small) {
  return for_some_world(small, [](World& world) {
    if (!close(world, true)) return false;
    for (std::size_t i = 0; i < world.ops.size(); ++i) {
      if (world.ops[i].writes) continue;
      const Mask me = Mask{1} << i;
      if (!has_legal_order(world, world.before[i] | me, me)) return false;
    }
    return true;
  });
}

bool fits_causal_convergence(const Small& small) {
  return for_some_world(small, [](World& world) {
    if (!close(world, true)) return false;
    Order writes;
    for (std::uint32_t i = 0; i < world.ops.size(); ++i) {
      if (world.ops[i].writes) writes.push_back(i);
    }
    do {
      bool good = true;
      for (std::size_t a = 0; a < writes.size(); ++a) {
        for (std::size_t b = a + 1; b < writes.size(); ++b) {
          good = good && (world.before[writes[a]] >> writes[b] & 1U) == 0;
        }
      }
      for (std::size_t i = 0; i < world.ops.size() && good; ++i) {
        if (world.ops[i].writes) continue;
        std::int64_t last = 0;
        for (const std::uint32_t w : writes) {
          const bool known = (world.before[i] >> w & 1U) != 0;
          if (known && world.ops[w].key == world.ops[i].key) last = world.ops[w].value;
        }
        good = last == world.ops[i].value;
      }
      if (good) return true;
    } while (std::next_permutation(writes.begin(), writes.end()));
    return false;
  });
}

std::optional<bool> keeps_guarantee(const Small& small, std::string_view guarantee) {
  const Facts facts(small);
  if (facts.any_future()) return std::nullopt;
  const auto keeps = guarantee == "read_your_writes"   ? reads_its_writes
                     : guarantee == "monotonic_reads"  ? reads_monotonically
                     : guarantee == "monotonic_writes" ? sees_writes_in_order
                                                       : sees_what_writers_saw;
  for (std::size_t r = 0; r < facts.size(); ++r) {
    if (facts.is_read(r) && !keeps(facts, r)) return false;
  }
  return true;
}

bool fits_some(const Small& small, const std::function<bool(const Small&)>& fits) {
  constexpr std::int64_t kOwn = 1'000;  // and the place of a write: a value of its own
  Small known{.ops = small.ops, .history = {}};
  for (std::size_t i = 0; i < known.ops.size(); ++i) {
    if (known.ops[i].writes) known.ops[i].value = kOwn + static_cast<std::int64_t>(i);
  }
  const std::function<bool(std::size_t)> choose = [&](std::size_t from) {
    if (from == small.ops.size()) return fits(known);
    const SmallOp& read = small.ops[from];
    if (read.writes || read.value == 0) return choose(from + 1);
    for (std::size_t i = 0; i < small.ops.size(); ++i) {
      if (!is_read_of(read, small.ops[i])) continue;
      known.ops[from].value = known.ops[i].value;
      if (choose(from + 1)) return true;
    }
    return false;
  };
  return choose(0);
}

}  // namespace quorumlab::models::testing
