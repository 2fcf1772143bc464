#include "tests/verifier/paths.h"

#include <algorithm>
#include <regex>

#include "tests/verifier/models.h"

namespace quorumlab::verifier {
namespace {

// What circles break a model: the steps (history.h) of every path to a read that missed a write,
// each with a semicolon; then those of the path that closes the circle; 0: the read saw nothing. A
// step m: an earlier path says so.
const std::map<std::string, std::string> kForms = {
    {"read_your_writes", "p;(p|0)"},          {"monotonic_reads", "rp;(p|rpR|0)"},
    {"monotonic_writes", "p?rp;(p|0)"},       {"writes_follow_reads", "rprp;(p|0)|p?rp;rp"},
    {"weak_causal", "[pr]+|[pr]+;([pr]+|0)"}, {"causal_convergence", "([pr]+;)*([prm]+|0)"},
    {"causal", "([prm]+;)*([prm]+|0)"},       {"pram", "([prm]+;)*([prm]+|0)"},
};

// What a named cycle may consist of, anywhere in the circle: ww, wr, rw, process, realtime.
const std::map<std::string, std::string> kShapes = {{"G0", "w+"},
                                                    {"G1c", "[wr]*r[wr]*"},
                                                    {"G-single", "[wr]*a[wr]*"},
                                                    {"G-nonadjacent", "(a[wr]+){2,}"},
                                                    {"G2", "[wra]*aa[wra]*"},
                                                    {"long-fork", "(a[wr]*r)+"},
                                                    {"monotonicity-violation", "[wrma]+"},
                                                    {"fractured-read", "[wrma]+"},
                                                    {"causality-violation", "[wrma]+"}};

// The operations that a step back leads to.
std::set<std::size_t> back(const History& h, const std::set<std::size_t>& from, char how) {
  std::set<std::size_t> result;
  for (std::size_t a = 0; a < h.ops.size(); ++a) {
    for (const std::size_t b : from) {
      if (h.joined(how, a, b)) result.insert(a);
    }
  }
  return result;
}

std::set<std::size_t> back(const History& h, std::size_t from, std::string steps) {
  std::set<std::size_t> at{from};
  for (; !steps.empty(); steps.pop_back()) at = back(h, at, steps.back());
  return at;
}

// A missed write, the read that missed it, and what that saw instead.
struct Missed {
  std::size_t write = 0;
  std::size_t reader = 0;
  std::size_t source = 0;
};

class Walk {
 public:
  Walk(const History& h, std::string model) : h_(h), model_(std::move(model)) {}

  void to_read(const Json& path) {
    const std::vector<std::size_t> ops = path.at("ops");
    readers_.insert(h_.ops.at(ops.back()).session);
    along(ops, path.at("kinds"));
    for (const Micro& m : h_.ops[ops.back()].micros) {
      if (m.writes || !h_.ops.at(ops.front()).writes(m.key) || h_.source(m) == ops.front())
        continue;
      missed_.push_back({ops.front(), ops.back(), h_.source(m)});
      form_ += ";";
      return;
    }
    require(false, "a read did not miss the write");
  }

  void close(const Json& path) {
    const std::vector<std::size_t> ops = path.at("ops");
    const std::string kinds = path.at("kinds");
    if (missed_.empty()) require(ops.front() == ops.back(), "the circle is open");
    if (!missed_.empty() && kinds.empty()) {
      require(missed_.back().source == kNothing && ops.front() == missed_.back().write,
              "the read saw something, or missed something else");
      form_ += "0";
    } else if (!missed_.empty()) {
      require(ops.front() == missed_.back().source && ops.back() == missed_.back().write,
              "the circle is open");
    }
    along(ops, kinds);
    const auto form = kForms.find(model_);
    require(form != kForms.end() && std::regex_match(form_, std::regex(form->second)),
            form_ + " does not break " + model_);
    const bool by_session = model_ == "causal" || model_ == "pram";
    require(!by_session || readers_.size() <= 1, "reads of several sessions");
  }

 private:
  void along(const std::vector<std::size_t>& ops, const std::string& kinds) {
    require(ops.size() == kinds.size() + 1, "a path has more or fewer steps than operations");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      require(is_step(kinds[i], ops[i], ops[i + 1]), "nothing proves a step " + kinds.substr(i, 1));
      if (model_ == "pram" && kinds[i] == 'r') readers_.insert(h_.ops[ops[i + 1]].session);
    }
    form_ += kinds;
  }

  [[nodiscard]] bool is_step(char how, std::size_t a, std::size_t b) const {
    if (how == 'm') {
      return std::any_of(missed_.begin(), missed_.end(),
                         [&](const Missed& m) { return m.write == a && m.source == b; });
    }
    // That something was replaced is what the reader's own session saw before.
    if (how == 'R' && !h_.joined('p', a, missed_.back().reader)) return false;
    return h_.joined(how, a, b);
  }

  const History& h_;
  const std::string model_;
  std::vector<Missed> missed_;
  std::set<std::size_t> readers_;  // sessions that must be one, where each has an order of its own
  std::string form_;
};

// Did `reader` see `other` before, so that it, or what it knew of, counts for an anomaly?
bool knows(const History& h, const std::string& type, std::size_t other, std::size_t reader) {
  const bool sessions = type.ends_with("-process");
  if (h.joined('r', other, reader)) return true;
  if (type.starts_with("monotonicity")) return false;
  if (sessions && h.joined('p', other, reader)) return true;
  if (type.starts_with("fractured")) return false;
  std::vector<std::size_t> past{reader};
  for (std::size_t i = 0; i < past.size(); ++i) {
    for (std::size_t a = 0; a < h.ops.size(); ++a) {
      const bool before = h.joined('r', a, past[i]) || (sessions && h.joined('p', a, past[i]));
      if (before && std::find(past.begin(), past.end(), a) == past.end()) past.push_back(a);
    }
  }
  return std::find(past.begin(), past.end(), other) != past.end();
}

// Did `reader` know of `from`, and read from `to` what both wrote?
bool misses(const History& h, const std::string& type, std::size_t from, std::size_t to,
            std::size_t reader) {
  const auto& micros = h.ops.at(reader).micros;
  return knows(h, type, from, reader) &&
         std::any_of(micros.begin(), micros.end(), [&](const Micro& m) {
           std::size_t source = m.writes ? kNobody : h.source(m);
           if (source == reader && h.lists) {
             Json others = m.value;
             while (!others.empty() && h.writer(m.key, others.back()) == reader) {
               others.erase(others.size() - 1);
             }
             source = others.empty() ? kNothing : h.writer(m.key, others.back());
           }
           return source == to && h.ops.at(from).writes(m.key);
         });
}

}  // namespace

void verify_paths(const History& history, const Json& certificate, const std::string& model) {
  Walk walk(history, model);
  for (const Json& path : certificate.value("missed", Json::array())) walk.to_read(path);
  walk.close(certificate.at("closing"));
}

void verify_cycle(const History& history, const Json& anomaly) {
  const std::map<std::string, char> letters = {
      {"ww", 'w'}, {"wr", 'r'}, {"rw", 'a'}, {"process", 'p'}, {"realtime", 't'}};
  const std::string type = anomaly.at("type");
  const std::string base = without(without(without(type, "-process"), "-realtime"), "-item");
  const Json& cycle = anomaly.at("cycle");
  const bool weak = kShapes.contains(base) && kShapes.at(base).find('m') != std::string::npos;
  std::string form;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Json& edge = cycle[i];
    const std::size_t from = edge.at("from");
    const std::size_t to = edge.at("to");
    require(to == cycle[(i + 1) % cycle.size()].at("from"), "the cycle is broken");
    const char how = letters.at(edge.at("kind"));
    const bool by_read = weak && edge.contains("via");
    const bool proven = by_read              ? misses(history, type, from, to, edge["via"])
                        : weak && how == 'r' ? knows(history, type, from, to)
                                             : history.joined(how, from, to);
    require(proven, "nothing proves " + edge.dump());
    form += by_read ? 'm' : how;
  }
  const bool process = form.find('p') != std::string::npos;
  const bool realtime = form.find('t') != std::string::npos;
  require(!realtime || type.ends_with("-realtime"),
          "time counts, and " + type + " does not say so");
  require(!process || type.ends_with("-process") || type.ends_with("-realtime"),
          "sessions count, and " + type + " does not say so");
  // An anti-dependency may follow sessions and time, as it may a read; else they are like writes.
  for (char& how : form) {
    if (how == 'p' || how == 't') how = base == "long-fork" ? 'r' : 'w';
  }
  bool fits = false;
  for (std::size_t i = 0; i < form.size() && !fits && kShapes.contains(base); ++i) {
    std::rotate(form.begin(), form.begin() + 1, form.end());
    fits = std::regex_match(form, std::regex(kShapes.at(base)));
  }
  require(fits, "the cycle is " + form + ", which is not " + type);
}

bool is_guarantee(const std::string& model) {
  return model.find('+') == std::string::npos && model.find('_') != std::string::npos &&
         implies("causal", model) && model != "weak_causal";
}

bool breaks_guarantee(const History& history, const std::string& model) {
  for (std::size_t reader = 0; reader < history.ops.size(); ++reader) {
    for (const Micro& read : history.ops[reader].micros) {
      if (read.writes || !history.ops[reader].ok) continue;
      const std::size_t source = history.source(read);
      if (source == kNobody) return true;
      for (const char* const premise : {"p", "rp", "prp", "rprp"}) {
        for (const std::size_t w : back(history, reader, premise)) {
          if (!history.ops[w].writes(read.key) || w == source || w == reader) continue;
          for (const char* const closing : {"p", "rp", "rpR"}) {
            const std::string form =
                std::string(premise) + ";" + (source == kNothing ? "0" : closing);
            if (!std::regex_match(form, std::regex(kForms.at(model)))) continue;
            if (source == kNothing) return true;
            if (form.back() != 'R' && back(history, w, closing).contains(source)) return true;
            for (const std::size_t b : back(history, reader, "p")) {
              const bool saw = form.back() == 'R' && history.joined('R', b, w);
              if (saw && back(history, b, "rp").contains(source)) return true;
            }
          }
        }
      }
    }
  }
  return false;
}

bool is_at_least(const std::string& stronger, const std::string& weaker) {
  const auto has = [](const std::string& mixture, const std::string& part) {
    return ("+" + mixture + "+").find("+" + part + "+") != std::string::npos;
  };
  if (weaker.find('+') != std::string::npos)
    return stronger == "causal" || (stronger == "pram" && !has(weaker, "writes_follow_reads"));
  if (stronger.find('+') == std::string::npos) return implies(stronger, weaker);
  if (has(stronger, weaker)) return true;
  const bool pram = has(stronger, "read_your_writes") && has(stronger, "monotonic_reads") &&
                    has(stronger, "monotonic_writes");
  const bool causal = pram && has(stronger, "writes_follow_reads");
  return (pram && weaker == "pram") || (causal && weaker == "causal");
}

std::string spelled(std::string model, const std::string& subject) {
  const bool txns = subject == "list-append" || subject == "rw-register" || subject == "bank";
  if (!txns) std::replace(model.begin(), model.end(), '-', '_');
  if (txns && model == "causal") return "strong-session-causal";
  return model;
}

}  // namespace quorumlab::verifier
