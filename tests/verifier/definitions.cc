#include "tests/verifier/definitions.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "tests/verifier/reads.h"

namespace quorumlab::verifier {
namespace {

// By an operation of those given, in a history.
using Single = std::function<bool(const History&, const Json& certificate, std::size_t)>;
// By two of them, in this order.
using Double =
    std::function<bool(const History&, const Json& certificate, std::size_t, std::size_t)>;

bool reads_from_nobody(const History& h, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    const std::size_t source = h.source(m);
    return source == kNobody || (source != kNothing && h.ops[source].failed);
  });
}

// How many newer writes that had been acknowledged a read missed, and for how long.
struct Staleness {
  std::uint64_t versions = 0;
  std::int64_t time = 0;
  bool disturbed = false;  // a write overlaps the read
  bool impossible = false;
};

Staleness staleness_of(const History& h, std::size_t r) {
  const Op& read = h.ops[r];
  Staleness result{.impossible = reads_from_nobody(h, r)};
  if (!read.ok || !is_any(read.f, {"read", "get"}) || read.micros.empty() || result.impossible) {
    return result;
  }
  const std::size_t source = h.source(read.micros.front());
  const bool any = source != kNothing;
  result.impossible = any && h.ops[source].from > read.to;
  std::size_t first = kNever;
  for (const Op& op : h.ops) {
    if (op.failed || !op.writes(read.micros.front().key)) continue;
    if (op.from < read.to && op.to > read.from) result.disturbed = true;
    if (!op.ok || op.to > read.from || (any && op.from < h.ops[source].to)) continue;
    ++result.versions;
    if (op.to < first) result.time = read.begun_at - op.ended_at;
    first = std::min(first, op.to);
  }
  return result;
}

bool is_stale(const History& h, std::size_t r, const Json& most_versions, const Json& most_time) {
  const Staleness s = staleness_of(h, r);
  return s.impossible || (!most_versions.is_null() && s.versions > most_versions) ||
         (!most_time.is_null() && s.versions > 0 && s.time > most_time);
}

bool acquires(const Op& op) {
  return op.ok && is_any(op.f, {"acquire", "lock"});
}

// Until when is a lock surely held?
std::size_t released(const History& h, const Op& acquire) {
  std::size_t until = kNever;
  for (const Op& op : h.ops) {
    const bool ends = is_any(op.f, {"release", "unlock"}) && !op.failed;
    if (ends && op.process == acquire.process && op.from > acquire.to) {
      until = std::min(until, op.from);
    }
  }
  return until;
}

bool both_hold(const History& h, const Json&, std::size_t a, std::size_t b) {
  const Op& one = h.ops[a];
  const Op& other = h.ops[b];
  if (!acquires(one) || !acquires(other)) return false;
  const bool tokens = one.out.is_number_integer() && other.out.is_number_integer();
  if (tokens && one.to < other.from && other.out <= one.out) return true;
  return one.to < other.to && other.to < released(h, one);
}

bool both_got(const History& h, const Json&, std::size_t a, std::size_t b) {
  const auto given = [](const Op& op) {
    if (!op.ok || !is_any(op.f, {"generate", "send"})) return Json();
    return op.out.is_array()                       ? op.out.at(0)
           : op.f == "send" && !op.out.is_number() ? Json()
                                                   : op.out;
  };
  const Json one = given(h.ops[a]);
  return a != b && h.ops[a].key == h.ops[b].key && !one.is_null() && one == given(h.ops[b]);
}

bool is_look(const History& h, const Op& op) {
  if (!op.ok) return false;
  if (is_any(h.subject, {"queue", "stack"})) {
    return is_any(op.f, {"dequeue", "deq", "pop"}) && op.out.is_null();
  }
  return op.f == "read" && op.out.is_array();
}

// Whether what an acknowledged operation added is gone: the last that looked did not find it.
bool is_lost(const History& h, const Json&, std::size_t a) {
  const Op& add = h.ops[a];
  if (!add.ok || !is_any(add.f, {"add", "insert", "enqueue", "enq", "push", "send", "append"})) {
    return false;
  }
  const bool logged = add.f == "send" && add.out.is_array();
  std::vector<const Op*> looks;
  const Op* last = nullptr;
  bool polled = false;
  for (const Op& op : h.ops)
    polled = polled ||
             (logged && op.f == "poll" && op.ok && op.out.is_array() && op.out[0] == add.out[0]);
  for (const Op& op : h.ops) {
    if (op.key != add.key) continue;
    if (op.f == "remove" && op.in == add.in && !op.failed) return false;
    if (is_any(op.f, {"dequeue", "deq", "pop"}) && (!op.ok && !op.failed)) return false;
    if (is_any(op.f, {"dequeue", "deq", "pop"}) && op.ok && op.out == add.in) return false;
    const bool looks_here =
        polled ? op.f == "poll" && op.ok && op.out.is_array() && op.out[0] == add.out[0]
               : is_look(h, op);
    if (!looks_here) continue;
    looks.push_back(&op);
    if (last == nullptr || op.from > last->from) last = &op;
  }
  if (last == nullptr || last->from < add.to) return false;
  return std::none_of(looks.begin(), looks.end(), [&](const Op* look) {
    if (look->to < last->from || look->out.is_null()) return false;
    if (polled) return look->out[1] == add.in;
    return std::find(look->out.begin(), look->out.end(), add.in) != look->out.end();
  });
}

// Did an acknowledged write surely replace, before the read, what the read found?
bool is_replaced(const History& h, const Op& read) {
  const Json& value = read.micros.front().value;
  std::size_t since = 0;
  bool any = value.is_null();
  const auto each_write = [&](const auto& f) {
    for (const Op& op : h.ops) {
      if (op.failed || op.key != read.key || op.micros.empty() || !op.micros.back().writes)
        continue;
      f(op, op.micros.back().value == value);
    }
  };
  each_write([&](const Op& op, bool same) {
    if (!same || op.from > read.to) return;
    since = std::max(since, op.to);
    any = true;
  });
  bool replaced = false;
  each_write([&](const Op& op, bool same) {
    replaced =
        replaced || (any && !same && op.ok && op.to < read.from && (since == 0 || op.from > since));
  });
  return replaced;
}

// Of a register: the last reads all find what had been replaced.
bool is_gone(const History& h, const Json&, std::size_t r) {
  const auto reads = [&](const Op& op) {
    return op.ok && op.key == h.ops[r].key && is_any(op.f, {"read", "get"}) && !op.micros.empty();
  };
  if (!reads(h.ops[r])) return false;
  std::size_t last = 0;
  for (const Op& op : h.ops) last = reads(op) ? std::max(last, op.from) : last;
  return std::all_of(h.ops.begin(), h.ops.end(), [&](const Op& op) {
    return !reads(op) || op.to < last || is_replaced(h, op);
  });
}

// The last reads of two processes after the last write differ, and nothing unknown may be why.
bool both_last(const History& h, const Json&, std::size_t a, std::size_t b) {
  std::size_t quiet = 0;
  const auto reads = [](const Op& op) { return op.ok && is_any(op.f, {"read", "get"}); };
  for (const Op& op : h.ops) {
    if (op.key != h.ops[a].key || is_any(op.f, {"read", "get", "poll", "contains", "contains?"}))
      continue;
    if (!op.ok && !op.failed) return false;
    if (op.ok) quiet = std::max(quiet, op.to);
  }
  const auto is_last = [&](std::size_t r) {
    const Op& mine = h.ops[r];
    return reads(mine) && mine.from > quiet && mine.key == h.ops[a].key &&
           std::none_of(h.ops.begin(), h.ops.end(), [&](const Op& op) {
             return reads(op) && op.key == mine.key && op.process == mine.process &&
                    op.from > mine.from;
           });
  };
  const auto found = [&](std::size_t r) {
    Json value = h.ops[r].out;
    if (h.subject == "set" && value.is_array()) std::sort(value.begin(), value.end());
    return value;
  };
  return is_last(a) && is_last(b) && found(a) != found(b);
}

bool is_part(const History& h, const Json& less, const Json& more) {
  if (h.subject == "log") {
    return less.size() <= more.size() && std::equal(less.begin(), less.end(), more.begin());
  }
  const std::set<Json> all(more.begin(), more.end());
  return std::all_of(less.begin(), less.end(), [&](const Json& e) { return all.contains(e); });
}

bool neither_begins(const History& h, const Json&, std::size_t a, std::size_t b) {
  const Json& one = h.ops[a].out;
  const Json& other = h.ops[b].out;
  return is_look(h, h.ops[a]) && is_look(h, h.ops[b]) && h.ops[a].key == h.ops[b].key &&
         !is_part(h, one, other) && !is_part(h, other, one);
}

// A read finds what was never or only later added, or lacks what the adder had added before.
bool is_torn(const History& h, const Json&, std::size_t r) {
  const Op& read = h.ops[r];
  if (!is_look(h, read)) return false;
  const auto adds = [&](const Op& op) {
    return op.key == read.key && !op.failed &&
           !is_any(op.f, {"read", "poll", "contains", "contains?", "remove"});
  };
  return std::any_of(read.out.begin(), read.out.end(), [&](const Json& element) {
    const auto adder = std::find_if(h.ops.begin(), h.ops.end(),
                                    [&](const Op& op) { return adds(op) && op.in == element; });
    if (adder == h.ops.end() || adder->from > read.to) return true;
    return std::any_of(h.ops.begin(), h.ops.end(), [&](const Op& op) {
      return adds(op) && op.ok && op.process == adder->process && op.to < adder->from &&
             std::find(read.out.begin(), read.out.end(), op.in) == read.out.end();
    });
  });
}

std::int64_t sum_of(const Json& balances) {
  return std::accumulate(
      balances.begin(), balances.end(), std::int64_t{0},
      [](std::int64_t sum, const Json& b) { return sum + b.get<std::int64_t>(); });
}

bool is_in_debt(const History& h, const Json&, std::size_t r) {
  const Op& read = h.ops[r];
  return read.ok && read.f == "read" && read.out.is_object() &&
         std::any_of(read.out.begin(), read.out.end(),
                     [](const Json& b) { return b.is_null() || b < 0; });
}

bool is_unbalanced(const History& h, const Json& certificate, std::size_t r) {
  const auto tells = [](const Op& op) { return op.ok && op.f == "read" && op.out.is_object(); };
  const Op& read = h.ops[r];
  if (!tells(read)) return false;
  if (std::any_of(read.out.begin(), read.out.end(), [](const Json& b) { return b.is_null(); }))
    return true;
  const Op& first = *std::find_if(h.ops.begin(), h.ops.end(), tells);
  const Json& total =
      certificate.contains("total") ? certificate["total"] : Json(sum_of(first.out));
  if (sum_of(read.out) != total || read.out.size() != first.out.size()) return true;
  return std::any_of(read.out.items().begin(), read.out.items().end(),
                     [&](const auto& item) { return !first.out.contains(item.key()); });
}

const std::map<std::string, Single>& singles() {
  static const std::map<std::string, Single> kSingles = {
      {"unwritten",
       [](const History& h, const Json&, std::size_t r) { return reads_from_nobody(h, r); }},
      {"regular",
       [](const History& h, const Json&, std::size_t r) { return is_stale(h, r, 0, {}); }},
      {"safe",
       [](const History& h, const Json&, std::size_t r) {
         return staleness_of(h, r).disturbed ? staleness_of(h, r).impossible
                                             : is_stale(h, r, 0, {});
       }},
      {"bounded_staleness",
       [](const History& h, const Json& c, std::size_t r) {
         return is_stale(h, r, c.value("versions", Json()), c.value("time", Json()));
       }},
      {"consistent_prefix of register",
       [](const History& h, const Json&, std::size_t r) { return staleness_of(h, r).impossible; }},
      {"consistent_prefix", is_torn},
      {"durable", is_lost},
      {"durable of register", is_gone},
      {"bank-total", is_unbalanced},
      {"bank-non-negative", is_in_debt},
      {"garbage", reads_garbage},
      {"duplicate-elements", reads_twice},
      {"incompatible-order", reads_otherwise},
      {"future-read", reads_future},
      {"internal", contradicts_itself},
      {"non-repeatable-read", reads_change},
      {"cut-isolation", reads_change},
      {"cyclic-versions", circles}};
  return kSingles;
}

const std::map<std::string, Double>& doubles() {
  static const std::map<std::string, Double> kDoubles = {
      {"mutual_exclusion", both_hold}, {"unique", both_got},
      {"eventual", both_last},         {"consistent_prefix", neither_begins},
      {"G1a", reads_aborted},          {"G1b", reads_intermediate},
      {"lost-update", both_update},    {"dirty-update", builds_on_aborted},
      {"fractured-read", reads_a_part}};
  return kDoubles;
}

std::string called(const History& h, const std::string& name) {
  const bool differs = is_any(name, {"consistent_prefix", "durable"});
  return differs && is_any(h.subject, {"register", "kv"}) ? name + " of register" : name;
}

}  // namespace

bool is_defined(const History& history, const std::string& name) {
  return singles().contains(called(history, name)) || doubles().contains(called(history, name));
}

bool breaks(const History& history, const Json& certificate, const std::string& name,
            const Ops& ops) {
  const auto single = singles().find(called(history, name));
  const auto pair = doubles().find(called(history, name));
  return std::any_of(ops.begin(), ops.end(), [&](std::size_t a) {
    if (single != singles().end() && single->second(history, certificate, a)) return true;
    return pair != doubles().end() && std::any_of(ops.begin(), ops.end(), [&](std::size_t b) {
             return pair->second(history, certificate, a, b);
           });
  });
}

}  // namespace quorumlab::verifier
