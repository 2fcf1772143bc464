#include "tests/verifier/reads.h"

#include <algorithm>

namespace quorumlab::verifier {
namespace {

// Of a read: the elements of a list; or the value, if there is one.
std::vector<Json> elements(const History& h, const Micro& read) {
  if (h.lists) return {read.value.begin(), read.value.end()};
  return read.value.is_null() ? std::vector<Json>() : std::vector<Json>{read.value};
}

}  // namespace

bool any_micro(const History& h, std::size_t t,
               const std::function<bool(const Micro&, std::size_t)>& is_it) {
  const std::vector<Micro>& micros = h.ops[t].micros;
  for (std::size_t i = 0; i < micros.size(); ++i) {
    if (is_it(micros[i], i)) return true;
  }
  return false;
}

bool any_read(const History& h, std::size_t t, const std::function<bool(const Micro&)>& is_it) {
  return h.ops[t].ok &&
         any_micro(h, t, [&](const Micro& m, std::size_t) { return !m.writes && is_it(m); });
}

bool reads_aborted(const History& h, const Json&, std::size_t w, std::size_t r) {
  return h.ops[w].failed && any_read(h, r, [&](const Micro& m) {
           const auto found = elements(h, m);
           return std::any_of(found.begin(), found.end(),
                              [&](const Json& e) { return h.writer(m.key, e) == w; });
         });
}

bool reads_intermediate(const History& h, const Json&, std::size_t w, std::size_t r) {
  return w != r && any_read(h, r, [&](const Micro& m) {
           return h.source(m) == w && any_micro(h, w, [&](const Micro& first, std::size_t i) {
                    const auto& all = h.ops[w].micros;
                    const auto rest = all.begin() + static_cast<std::ptrdiff_t>(i) + 1;
                    return first.writes && first.key == m.key && first.value == h.found(m) &&
                           std::any_of(rest, all.end(), [&](const Micro& later) {
                             return later.writes && later.key == m.key;
                           });
                  });
         });
}

bool reads_garbage(const History& h, const Json&, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    const auto found = elements(h, m);
    return std::any_of(found.begin(), found.end(),
                       [&](const Json& e) { return h.writer(m.key, e) == kNobody; });
  });
}

bool reads_twice(const History& h, const Json&, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    const auto found = elements(h, m);
    return std::set<Json>(found.begin(), found.end()).size() < found.size();
  });
}

bool reads_otherwise(const History& h, const Json&, std::size_t r) {
  return any_read(h, r, [&](const Micro& m) {
    const auto found = elements(h, m);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (h.place(m.key, found[i]) != i) return true;
    }
    return false;
  });
}

bool reads_future(const History& h, const Json&, std::size_t t) {
  return h.ops[t].ok && any_micro(h, t, [&](const Micro& read, std::size_t i) {
           const auto found = read.writes ? std::vector<Json>() : elements(h, read);
           return any_micro(h, t, [&](const Micro& write, std::size_t j) {
             return j > i && write.writes && write.key == read.key &&
                    std::find(found.begin(), found.end(), write.value) != found.end();
           });
         });
}

bool contradicts_itself(const History& h, const Json&, std::size_t t) {
  return h.ops[t].ok && any_micro(h, t, [&](const Micro& m, std::size_t i) {
           const auto known = known_before(h, t, i);
           return !m.writes && known && !known->fits(m.value);
         });
}

bool reads_change(const History& h, const Json&, std::size_t t) {
  const auto others = [&](const Micro& m) {
    std::vector<Json> found = elements(h, m);
    std::erase_if(found, [&](const Json& e) { return h.lists && h.writer(m.key, e) == t; });
    return found;
  };
  return any_read(h, t, [&](const Micro& a) {
    return any_read(h, t, [&](const Micro& b) { return a.key == b.key && others(a) != others(b); });
  });
}

bool both_update(const History& h, const Json&, std::size_t a, std::size_t b) {
  const auto first = [&](std::size_t t, const Micro& m) {
    const auto& all = h.ops[t].micros;
    return std::find_if(all.begin(), all.end(), [&](const Micro& x) {
             return x.key == m.key;
           })->value == m.value;
  };
  return a != b && any_read(h, a, [&](const Micro& x) {
           return h.ops[a].writes(x.key) && h.ops[b].writes(x.key) && first(a, x) &&
                  any_read(h, b, [&](const Micro& y) {
                    return x.key == y.key && x.value == y.value && first(b, y);
                  });
         });
}

bool builds_on_aborted(const History& h, const Json&, std::size_t a, std::size_t b) {
  return h.ops[a].failed && !h.ops[b].failed && any_micro(h, a, [&](const Micro& x, std::size_t) {
           return x.writes && any_micro(h, b, [&](const Micro& y, std::size_t) {
                    return y.writes && x.key == y.key && h.place(y.key, y.value) != kNever &&
                           h.place(x.key, x.value) < h.place(y.key, y.value);
                  });
         });
}

bool reads_a_part(const History& h, const Json&, std::size_t w, std::size_t r) {
  return h.lists && w != r && h.joined('r', w, r) && any_read(h, r, [&](const Micro& m) {
           return any_micro(h, w, [&](const Micro& write, std::size_t) {
             const std::size_t place = h.place(m.key, write.value);
             return write.writes && write.key == m.key && place != kNever &&
                    m.value.size() <= place;
           });
         });
}

// Of registers: from what a transaction wrote back to what it had read, and so on in a circle.
bool circles(const History& h, const Json&, std::size_t t) {
  return any_micro(h, t, [&](const Micro& start, std::size_t) {
    Json value = start.value;
    for (std::size_t step = 0; start.writes && step <= h.ops.size(); ++step) {
      const std::size_t writer = h.writer(start.key, value);
      if (writer >= kNobody) return false;
      const auto& micros = h.ops[writer].micros;
      std::size_t i = 0;
      while (!(micros[i].writes && micros[i].key == start.key && micros[i].value == value)) ++i;
      const auto known = known_before(h, writer, i);
      if (!known) return false;
      value = known->value;
      if (value == start.value) return true;
    }
    return false;
  });
}

}  // namespace quorumlab::verifier
