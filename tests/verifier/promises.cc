#include <algorithm>

#include "tests/verifier/definitions.h"

namespace quorumlab::verifier {
namespace {

// When the last of them began; 0: there is none.
template <class F>
std::size_t last_of(const History& h, F is_it) {
  std::size_t last = 0;
  for (const Op& op : h.ops) last = is_it(op) ? std::max(last, op.from) : last;
  return last;
}

// What a read of a register found; nullptr: it does not say so, or is none.
const Micro* read_of(const Op& op) {
  return op.ok && op.f == "read" && !op.micros.empty() ? &op.micros.front() : nullptr;
}

bool reads_from_nobody(const History& h, std::size_t r) {
  return any(h.ops[r].micros, [&](const Micro& m) {
    return !m.writes && h.ops[r].ok &&
           (m.source == kNobody || (m.source < h.ops.size() && h.ops[m.source].failed));
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
  const Micro* const found = read_of(read);
  if (found == nullptr) return {};
  const auto writes_it = [&](const Op& op) { return op.last_write(read.key) == found->last(); };
  Staleness result{.impossible = !found->seen.empty()};
  std::size_t since = 0;
  for (const Op& op : h.ops) {
    if (op.failed || !op.writes(read.key) || !writes_it(op) || op.from > read.to) continue;
    since = std::max(since, op.to);
    result.impossible = false;
  }
  std::size_t first = kNever;
  for (const Op& op : h.ops) {
    if (op.failed || !op.writes(read.key)) continue;
    if (op.from < read.to && op.to > read.from) result.disturbed = true;
    if (!op.ok || op.to > read.from || op.from < since || writes_it(op)) continue;
    ++result.versions;
    if (op.to < first) result.time = read.begun_at - op.ended_at;
    first = std::min(first, op.to);
  }
  return result;
}

bool is_stale(const Staleness& s, const Json& most_versions, const Json& most_time) {
  return s.impossible || (!most_versions.is_null() && s.versions > most_versions) ||
         (!most_time.is_null() && s.versions > 0 && s.time > most_time);
}

bool is_irregular(const History& h, std::size_t r) {
  return is_stale(staleness_of(h, r), 0, {});
}

bool is_unsafe(const History& h, std::size_t r) {
  return staleness_of(h, r).disturbed ? staleness_of(h, r).impossible : is_irregular(h, r);
}

bool is_too_stale(const History& h, std::size_t r) {
  return is_stale(staleness_of(h, r), h.given.value("versions", Json()),
                  h.given.value("time", Json()));
}

bool is_impossible(const History& h, std::size_t r) {
  return staleness_of(h, r).impossible;
}

// A read breaks a guarantee if it missed a write from which the first path leads to it, and which
// is newer than what it found instead, for the second path leads from that to it. Seen: the
// reader's session had seen it replaced.
struct Guarantee {
  std::string name;
  std::string premise;
  std::string closing;
};
const std::vector<Guarantee> kGuarantees = {
    {"read_your_writes", "p", "p"},       {"monotonic_reads", "rp", "p"},
    {"monotonic_reads", "rp", "seen"},    {"monotonic_writes", "rp", "p"},
    {"monotonic_writes", "prp", "p"},     {"writes_follow_reads", "rp", "rp"},
    {"writes_follow_reads", "rprp", "p"}, {"weak_causal", "[rp]+", "[rp]+"}};

bool is_newer(const History& h, std::size_t w, std::size_t source, std::size_t r,
              const std::string& closing) {
  if (source == kNothing) return closing != "rp";
  if (source >= h.ops.size()) return false;
  if (closing != "seen") return h.path(closing)[source][w];
  for (std::size_t b = 0; b < h.ops.size(); ++b) {
    if (h.path("p")[b][r] && h.path("r")[w][b] && h.path("rp")[source][b]) return true;
  }
  return false;
}

bool misses(const History& h, std::size_t r, const Guarantee& g) {
  const Relation& known = h.path(g.premise);
  for (std::size_t w = 0; w < h.ops.size(); ++w) {
    const bool missed = known[w][r] && any(h.ops[r].micros, [&](const Micro& m) {
                          return !m.writes && h.ops[w].writes(m.key) && w != m.source && w != r &&
                                 is_newer(h, w, m.source, r, g.closing);
                        });
    if (missed) return true;
  }
  return g.name == "weak_causal" && known[r][r];
}

Definition guaranteed(const std::string& name) {
  return {[=](const History& h, std::size_t r) {
    return reads_from_nobody(h, r) ||
           any(kGuarantees, [&](const Guarantee& g) { return g.name == name && misses(h, r, g); });
  }};
}

// Until when is a lock surely held?
std::size_t released(const History& h, const Op& acquire) {
  std::size_t until = kNever;
  for (const Op& op : h.ops) {
    const bool ends = op.f == "release" && !op.failed && op.process == acquire.process;
    if (ends && op.from > acquire.to) until = std::min(until, op.from);
  }
  return until;
}

bool both_hold(const History& h, std::size_t a, std::size_t b) {
  const Op& one = h.ops[a];
  const Op& other = h.ops[b];
  if (!one.ok || one.f != "acquire" || !other.ok || other.f != "acquire") return false;
  const bool tokens = one.out.is_number_integer() && other.out.is_number_integer();
  if (tokens && one.to < other.from && other.out <= one.out) return true;
  return one.to < other.to && other.to < released(h, one);
}

// The id, or the offset, that somebody got.
Json given_to(const Op& op) {
  if (!op.ok || !is_any(op.f, {"generate", "push"})) return {};
  if (op.f == "push" && op.out.is_array()) return op.out.at(0);
  return op.f == "generate" || op.out.is_number() ? op.out : Json();
}

bool both_got(const History& h, std::size_t a, std::size_t b) {
  const Json one = given_to(h.ops[a]);
  return a != b && h.ops[a].key == h.ops[b].key && !one.is_null() && one == given_to(h.ops[b]);
}

// Who sees all that there is; who takes from an empty queue does.
bool is_look(const History& h, const Op& op) {
  if (is_any(h.subject, {"queue", "stack"})) return op.ok && op.f == "pop" && op.out.is_null();
  return op.ok && op.f == "read" && op.out.is_array();
}

// Whether what an acknowledged operation added is gone: the last that looked did not find it. Where
// a log was polled, who polled its place looked.
bool is_lost(const History& h, std::size_t a) {
  const Op& add = h.ops[a];
  const auto removes = [&](const Op& op) {
    return op.key == add.key && !op.failed &&
           ((op.f == "remove" && op.in == add.in) ||
            (op.f == "pop" && (!op.ok || op.out == add.in)));
  };
  if (!add.ok || !is_any(add.f, {"add", "push"}) || any(h.ops, removes)) return false;
  const auto polls = [&](const Op& op) {
    return add.out.is_array() && op.ok && op.f == "poll" && op.key == add.key &&
           op.out.is_array() && op.out[0] == add.out[0];
  };
  const bool polled = any(h.ops, polls);
  const auto looks = [&](const Op& op) {
    return op.key == add.key && (polled ? polls(op) : is_look(h, op));
  };
  const std::size_t last = last_of(h, looks);
  return last > add.to && !any(h.ops, [&](const Op& op) {
           if (!looks(op) || op.to < last || op.out.is_null()) return false;
           return polled ? op.out[1] == add.in : has(op.out, add.in);
         });
}

// Of a register: the last reads all find what had been replaced.
bool is_gone(const History& h, std::size_t r) {
  const auto reads = [&](const Op& op) { return read_of(op) != nullptr && op.key == h.ops[r].key; };
  const std::size_t last = last_of(h, reads);
  if (!reads(h.ops[r])) return false;
  for (std::size_t i = 0; i < h.ops.size(); ++i) {
    const bool counts = reads(h.ops[i]) && h.ops[i].to >= last;
    if (counts && (staleness_of(h, i).impossible || staleness_of(h, i).versions == 0)) return false;
  }
  return true;
}

// The last reads of two processes after the last write differ, and nothing unknown may be why.
bool both_last(const History& h, std::size_t a, std::size_t b) {
  const std::string& key = h.ops[a].key;
  std::size_t quiet = 0;
  for (const Op& op : h.ops) {
    if (op.key != key || is_any(op.f, {"read", "poll", "contains"})) continue;
    if (!op.ok && !op.failed) return false;
    if (op.ok) quiet = std::max(quiet, op.to);
  }
  const auto reads = [&](const Op& op) { return op.ok && op.f == "read" && op.key == key; };
  const auto is_last = [&](const Op& mine) {
    return reads(mine) && mine.from > quiet && !any(h.ops, [&](const Op& op) {
             return reads(op) && op.process == mine.process && op.from > mine.from;
           });
  };
  const auto found = [&](Json value) {
    if (h.subject == "set" && value.is_array()) std::sort(value.begin(), value.end());
    return value;
  };
  return is_last(h.ops[a]) && is_last(h.ops[b]) && found(h.ops[a].out) != found(h.ops[b].out);
}

bool is_part(const History& h, const Json& less, const Json& more) {
  if (h.subject != "log") return !any(less, [&](const Json& e) { return !has(more, e); });
  return less.size() <= more.size() && std::equal(less.begin(), less.end(), more.begin());
}

bool neither_begins(const History& h, std::size_t a, std::size_t b) {
  const Op& one = h.ops[a];
  const Op& other = h.ops[b];
  return is_look(h, one) && is_look(h, other) && one.key == other.key &&
         !is_part(h, one.out, other.out) && !is_part(h, other.out, one.out);
}

const Op* adder_of(const History& h, const Op& read, const Json& element) {
  const auto found = std::find_if(h.ops.begin(), h.ops.end(), [&](const Op& op) {
    return op.key == read.key && !op.failed && is_any(op.f, {"add", "push"}) && op.in == element;
  });
  return found == h.ops.end() ? nullptr : &*found;
}

// A read finds what was never or only later added.
bool is_made_up(const History& h, std::size_t r) {
  const Op& read = h.ops[r];
  return is_look(h, read) && any(read.out, [&](const Json& element) {
           const Op* const adder = adder_of(h, read, element);
           return adder == nullptr || adder->from > read.to;
         });
}

// A read lacks what had been added before something that it found, by the same process.
bool is_torn(const History& h, std::size_t r) {
  const Op& read = h.ops[r];
  return is_look(h, read) && any(read.out, [&](const Json& element) {
           const Op* const adder = adder_of(h, read, element);
           return adder != nullptr && any(h.ops, [&](const Op& op) {
                    return op.key == read.key && op.ok && is_any(op.f, {"add", "push"}) &&
                           op.process == adder->process && op.to < adder->from &&
                           !has(read.out, op.in);
                  });
         });
}

// What a read of a bank found, by account; and all of it together.
using Balances = std::map<std::string, Json>;

Balances balances_of(const Op& op) {
  return op.ok && op.f == "read" && op.out.is_object() ? op.out.get<Balances>() : Balances();
}

std::int64_t sum_of(const Balances& balances) {
  std::int64_t sum = 0;
  for (const auto& [account, balance] : balances) sum += balance.get<std::int64_t>();
  return sum;
}

bool is_unbalanced(const History& h, std::size_t r) {
  const Balances mine = balances_of(h.ops[r]);
  if (mine.empty() || any(mine, [](const auto& b) { return b.second.is_null(); })) {
    return !mine.empty();
  }
  const Balances first = balances_of(*std::find_if(
      h.ops.begin(), h.ops.end(), [](const Op& op) { return !balances_of(op).empty(); }));
  const Json total = h.given.contains("total") ? h.given["total"] : Json(sum_of(first));
  return sum_of(mine) != total || mine.size() != first.size() ||
         any(mine, [&](const auto& b) { return !first.contains(b.first); });
}

bool is_in_debt(const History& h, std::size_t r) {
  return is_unbalanced(h, r) ||
         any(balances_of(h.ops[r]), [](const auto& b) { return b.second < 0; });
}

}  // namespace

const Definitions& registers() {
  static const Definitions kRegisters = {{"unwritten", {reads_from_nobody}},
                                         {"read_your_writes", guaranteed("read_your_writes")},
                                         {"monotonic_reads", guaranteed("monotonic_reads")},
                                         {"monotonic_writes", guaranteed("monotonic_writes")},
                                         {"writes_follow_reads", guaranteed("writes_follow_reads")},
                                         {"weak_causal", guaranteed("weak_causal")},
                                         {"regular", {is_irregular}},
                                         {"safe", {is_unsafe}},
                                         {"bounded_staleness", {is_too_stale}},
                                         {"consistent_prefix", {is_impossible}},
                                         {"durable", {is_gone}},
                                         {"eventual", {{}, both_last}}};
  return kRegisters;
}

const Definitions& objects() {
  static const Definitions kObjects = {{"unwritten", {is_made_up}},
                                       {"consistent_prefix", {is_torn, neither_begins}},
                                       {"durable", {is_lost}},
                                       {"eventual", {{}, both_last}},
                                       {"mutual_exclusion", {{}, both_hold}},
                                       {"unique", {{}, both_got}},
                                       {"bank-total", {is_unbalanced}},
                                       {"bank-non-negative", {is_in_debt}}};
  return kObjects;
}

bool Definition::is_broken_by(const History& history, const Ops& ops) const {
  return any(ops, [&](std::size_t a) {
    require(a < history.ops.size(), "there is no such operation");
    if (one && one(history, a)) return true;
    return two && any(ops, [&](std::size_t b) { return two(history, a, b); });
  });
}

const Definition* find_definition(const History& history, const std::string& name) {
  const Definitions& all = is_any(history.subject, {"list-append", "rw-register"}) ? anomalies()
                           : is_any(history.subject, {"register", "kv"})           ? registers()
                                                                                   : objects();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace quorumlab::verifier
