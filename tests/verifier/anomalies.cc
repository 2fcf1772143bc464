#include <algorithm>

#include "tests/verifier/definitions.h"

namespace quorumlab::verifier {
namespace {

using Test = std::function<bool(const Micro&)>;

bool any_read(const History& h, std::size_t t, const Test& is_it) {
  const auto& micros = h.ops[t].micros;
  return h.ops[t].ok && any(micros, [&](const Micro& m) { return !m.writes && is_it(m); });
}

bool any_write(const History& h, std::size_t t, const Test& is_it) {
  const auto& micros = h.ops[t].micros;
  return any(micros, [&](const Micro& m) { return m.writes && is_it(m); });
}

// Did `r` see something of `writer` (kNobody: of nobody)?
bool sees(const History& h, std::size_t writer, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    return any(m.seen, [&](const Json& e) { return h.writer(m.key, e) == writer; });
  });
}

bool reads_aborted(const History& h, std::size_t w, std::size_t r) {
  return h.ops[w].failed && sees(h, w, r);
}

bool reads_intermediate(const History& h, std::size_t w, std::size_t r) {
  return w != r && any_read(h, r, [&](const Micro& m) {
           return m.source == w && h.ops[w].last_write(m.key) != m.last();
         });
}

bool reads_garbage(const History& h, std::size_t r) {
  return sees(h, kNobody, r);
}

bool reads_twice(const History& h, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    return std::set<Json>(m.seen.begin(), m.seen.end()).size() < m.seen.size();
  });
}

bool reads_otherwise(const History& h, std::size_t r) {
  return h.lists && any_read(h, r, [&](const Micro& m) {
           for (std::size_t i = 0; i < m.seen.size(); ++i) {
             if (h.place(m.key, m.seen[i]) != i) return true;
           }
           return false;
         });
}

bool reads_future(const History& h, std::size_t t) {
  return any_read(h, t, [&](const Micro& read) {
    return any_write(h, t, [&](const Micro& write) {
      return &write > &read && write.key == read.key && has(read.seen, write.value);
    });
  });
}

bool contradicts_itself(const History& h, std::size_t t) {
  return any_read(h, t, [&](const Micro& m) {
    const auto known = h.known_before(t, static_cast<std::size_t>(&m - h.ops[t].micros.data()));
    return known && !known->fits(m.seen);
  });
}

// A key is found otherwise than before, and not because of what the transaction wrote.
bool reads_change(const History& h, std::size_t t) {
  return any_read(h, t, [&](const Micro& a) {
    return any_read(h, t, [&](const Micro& b) {
      if (&a > &b || a.key != b.key) return false;
      if (h.lists) return h.of_others(t, a) != h.of_others(t, b);
      return a.seen != b.seen &&
             !any_write(h, t, [&](const Micro& w) { return &w > &a && &w < &b && w.key == a.key; });
    });
  });
}

bool both_update(const History& h, std::size_t a, std::size_t b) {
  const auto begins = [&](std::size_t t, const Micro& read) {
    const auto& all = h.ops[t].micros;
    const auto first =
        std::find_if(all.begin(), all.end(), [&](const Micro& m) { return m.key == read.key; });
    return !first->writes && first->seen == read.seen && h.ops[t].writes(read.key);
  };
  return a != b && any_read(h, a, [&](const Micro& x) {
           return begins(a, x) && any_read(h, b, [&](const Micro& y) {
                    return x.key == y.key && x.seen == y.seen && begins(b, y);
                  });
         });
}

bool builds_on_aborted(const History& h, std::size_t a, std::size_t b) {
  return h.ops[a].failed && !h.ops[b].failed && any_write(h, a, [&](const Micro& x) {
           return any_write(h, b, [&](const Micro& y) {
             return x.key == y.key && h.place(y.key, y.value) != kNever &&
                    h.place(x.key, x.value) < h.place(y.key, y.value);
           });
         });
}

bool reads_a_part(const History& h, std::size_t w, std::size_t r) {
  return h.lists && h.joined('r', w, r) && any_read(h, r, [&](const Micro& m) {
           return any_write(h, w, [&](const Micro& write) {
             const std::size_t place = h.place(m.key, write.value);
             return write.key == m.key && place != kNever && m.seen.size() <= place;
           });
         });
}

// Of registers: from what a transaction wrote back to what it had read, and so on in a circle.
bool circles(const History& h, std::size_t t) {
  return any_write(h, t, [&](const Micro& start) {
    Json value = start.value;
    for (std::size_t step = 0; step <= h.ops.size(); ++step) {
      const std::size_t writer = h.writer(start.key, value);
      if (writer >= kNobody) return false;
      const auto& all = h.ops[writer].micros;
      const auto at = std::find_if(all.begin(), all.end(), [&](const Micro& m) {
        return m.writes && m.key == start.key && m.value == value;
      });
      const auto known = h.known_before(writer, static_cast<std::size_t>(at - all.begin()));
      if (!known || known->value.empty()) return false;
      value = known->value.back();
      if (value == start.value) return true;
    }
    return false;
  });
}

}  // namespace

const Definitions& anomalies() {
  static const Definitions kAnomalies = {{"G1a", {{}, reads_aborted}},
                                         {"G1b", {{}, reads_intermediate}},
                                         {"lost-update", {{}, both_update}},
                                         {"dirty-update", {{}, builds_on_aborted}},
                                         {"fractured-read", {{}, reads_a_part}},
                                         {"garbage", {reads_garbage}},
                                         {"duplicate-elements", {reads_twice}},
                                         {"incompatible-order", {reads_otherwise}},
                                         {"future-read", {reads_future}},
                                         {"internal", {contradicts_itself}},
                                         {"non-repeatable-read", {reads_change}},
                                         {"cyclic-versions", {circles}}};
  return kAnomalies;
}

}  // namespace quorumlab::verifier
