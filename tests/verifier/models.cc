#include "tests/verifier/models.h"

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace quorumlab::verifier {
namespace {

// What each model forbids, beside what those forbid that it implies. Where these have cycles, a
// model without cycles of its own forbids something else too.
constexpr const char* kModels = R"(
linearizable:           implies sequential regular
sequential:             cycles [wrpa]+  implies causal causal_convergence
causal:                 cycles [wrpa]+  implies weak_causal pram
pram:                   cycles [wrpa]+  implies monotonic_reads monotonic_writes read_your_writes
causal_convergence:     cycles [wrp]+ [rp]+a  implies weak_causal monotonic_reads
weak_causal:            forbids weak_causal
                        implies writes_follow_reads monotonic_writes read_your_writes
writes_follow_reads:    forbids writes_follow_reads unwritten
monotonic_writes:       forbids monotonic_writes unwritten
monotonic_reads:        forbids monotonic_reads unwritten
read_your_writes:       forbids read_your_writes unwritten
regular:                forbids regular  implies safe bounded_staleness
safe:                   forbids safe unwritten
bounded_staleness:      forbids bounded_staleness  implies consistent_prefix
consistent_prefix:      forbids consistent_prefix unwritten
durable:                forbids durable
eventual:               forbids eventual
mutual_exclusion:       forbids mutual_exclusion
unique:                 forbids unique
bank-total:             forbids bank-total
bank-non-negative:      forbids bank-non-negative

read-uncommitted:       cycles [wp]+  forbids duplicate-elements garbage cyclic-versions
read-committed:         cycles [wrp]+
                        forbids G1a G1b dirty-update incompatible-order future-read
                        implies read-uncommitted
view-serializable:      implies read-uncommitted
cursor-stability:       forbids lost-update  implies read-committed
monotonic-view:         implies read-committed
monotonic-snapshot-read: implies read-committed
monotonic-atomic-view:  cycles rv  implies read-committed
cut-isolation:          forbids non-repeatable-read
read-atomic:            cycles [rp]a  forbids internal fractured-read
                        implies monotonic-atomic-view cut-isolation
transactional-causal:   cycles [rp]+a  implies read-atomic
update-atomic:          forbids lost-update  implies read-atomic
consistent-view:        cycles [wr]*a[wr]*
                        implies cursor-stability monotonic-view cut-isolation
forward-consistent-view: implies consistent-view
update-serializable:    implies forward-consistent-view
parallel-snapshot-isolation: cycles [wrp]*a[wrp]*
                        implies transactional-causal consistent-view update-atomic
prefix:                 cycles (a[wrp]*[rp])+  implies transactional-causal
snapshot-isolation:     cycles (a[wrp]+)+
                        implies parallel-snapshot-isolation prefix
                        implies forward-consistent-view monotonic-snapshot-read
repeatable-read:        cycles [wrpa]+
                        implies monotonic-atomic-view cursor-stability cut-isolation
serializable:           cycles [wrpa]+
                        implies repeatable-read snapshot-isolation
                        implies update-serializable view-serializable

kafka-log:              forbids inconsistent-offsets duplicate lost-write unseen garbage
                        forbids future-read nonmonotonic-send int-nonmonotonic-send
kafka-read-uncommitted: forbids int-nonmonotonic-poll int-poll-skip  implies kafka-log
kafka:                  cycles [rp]+  forbids G1a precommitted-read  implies kafka-read-uncommitted
kafka-ordered:          forbids nonmonotonic-poll poll-skip  implies kafka
kafka-isolated:         cycles [wrp]+  forbids int-send-skip  implies kafka
kafka-strict:           implies kafka-ordered kafka-isolated
kafka-serializable:     cycles [wra]+  implies kafka
)";

// What a cycle is called, without -item, -process and -realtime.
constexpr const char* kNames = R"(
G0:                     cycles [wp]+
G1c:                    cycles [wrp]*r[wrp]*
G1c-ww:                 cycles [wrp]*w[wrp]*r[wrp]*
G-single:               cycles [wrp]*a[wrp]*
G-nonadjacent:          cycles (a[wrp]+)(a[wrp]+)+
G2:                     cycles [wrpa]*aa[wrpa]*
long-fork:              cycles (a[wrp]*[rp])+
monotonicity-violation: cycles [wrp]+ rv
fractured-read:         cycles [wrp]+ [rp]a
causality-violation:    cycles [wrp]+ [rp]+a
no-order:               cycles [wrpa]+
no-snapshots:           cycles [wrp]+ (a[wrp]+)+
no-parallel-snapshots:  cycles [wrp]+ [wrp]*a[wrp]*
no-prefixes:            cycles [wrp]+ (a[wrp]*[rp])+
)";

using Entry = std::map<std::string, std::vector<std::string>>;  // by cycles, forbids and implies

const Entry* entry(const std::string& name, const char* text) {
  static std::map<const char*, std::map<std::string, Entry>> tables;
  std::map<std::string, Entry>& table = tables[text];
  std::istringstream words(table.empty() ? text : "");
  Entry* current = nullptr;
  std::vector<std::string>* into = nullptr;
  for (std::string word; words >> word;) {
    if (word.back() == ':') {
      current = &table[word.substr(0, word.size() - 1)];
    } else if (word == "cycles" || word == "forbids" || word == "implies") {
      into = &(*current)[word];
    } else {
      into->push_back(word);
    }
  }
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

const std::vector<std::string>& part(const Entry* of, const char* name) {
  static const std::vector<std::string> kNone;
  const auto found = of == nullptr ? Entry::const_iterator() : of->find(name);
  return of == nullptr || found == of->end() ? kNone : found->second;
}

bool reaches(const std::string& stronger, const std::string& weaker) {
  const auto& next = part(entry(stronger, kModels), "implies");
  return stronger == weaker || std::any_of(next.begin(), next.end(), [&](const std::string& one) {
           return reaches(one, weaker);
         });
}

// Whether the name ends so, and not any more.
bool drop_end(std::string& name, const std::string& end) {
  const bool found = name.ends_with(end);
  if (found) name.resize(name.size() - end.size());
  return found;
}

bool is_mixture(const std::string& model) {
  return model.find('+') != std::string::npos;
}

// Guarantees that one order of writes keeps: all of them are causal memory, all but the last PRAM.
std::vector<std::string> parts_of(const std::string& mixture) {
  std::vector<std::string> parts;
  for (const char* const one :
       {"read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads"}) {
    if (("+" + mixture + "+").find("+" + std::string(one) + "+") != std::string::npos) {
      parts.emplace_back(one);
    }
  }
  const std::size_t count = parts.size();
  if (count == 4) parts.emplace_back("causal");
  if (count == 4 || (count == 3 && parts[2] == "monotonic_writes")) parts.emplace_back("pram");
  return parts;
}

void collect(const std::string& base, Forbidden& all) {
  const Entry* const model = entry(base, kModels);
  for (const std::string& cycles : part(model, "cycles")) all.cycles.insert(cycles);
  for (const std::string& anomaly : part(model, "forbids")) all.anomalies.insert(anomaly);
  for (const std::string& weaker : part(model, "implies")) collect(weaker, all);
}

}  // namespace

Level level_of(const std::string& model) {
  if (model == "strict-serializable") return {"serializable", 2};
  if (model == "causal-cerone") return {"transactional-causal", 0};
  const std::string session = "strong-session-";
  const std::string time = "strong-";
  Level level{model, 0};
  if (model.starts_with(session)) {
    level = {model.substr(session.size()), 1};
  } else if (model.starts_with(time)) {
    level = {model.substr(time.size()), 2};
  }
  if (level.order > 0 && level.base == "causal") level.base = "transactional-causal";
  if (level.base.starts_with("kafka")) return {model, 2};
  return reaches("serializable", level.base) ? level : Level{model, 1};
}

bool is_model(const std::string& name) {
  return is_mixture(name) || entry(level_of(name).base, kModels) != nullptr;
}

bool implies(const std::string& stronger, const std::string& weaker) {
  if (is_mixture(weaker)) {
    const bool follow = weaker.find("writes_follow_reads") != std::string::npos;
    return stronger == weaker || reaches(stronger, follow ? "causal" : "pram");
  }
  if (is_mixture(stronger)) {
    const auto parts = parts_of(stronger);
    return std::find(parts.begin(), parts.end(), weaker) != parts.end();
  }
  const Level a = level_of(stronger);
  const Level b = level_of(weaker);
  return reaches(a.base, b.base) && a.order >= b.order;
}

Forbidden forbidden_by(const std::string& name) {
  Forbidden all;
  if (is_mixture(name)) {
    for (const std::string& one : parts_of(name)) collect(one, all);
    return all;
  }
  const Level level = level_of(name);
  if (const Entry* const model = entry(level.base, kModels)) {
    collect(level.base, all);
    all.order = level.order;
    const bool own = !part(model, "cycles").empty();
    all.is_all = own || (all.cycles.empty() && !part(model, "forbids").empty());
    return all;
  }
  std::string base = name;
  if (drop_end(base, "-process")) all.order = 1;
  if (drop_end(base, "-realtime")) all.order = 2;
  drop_end(base, "-item");
  const auto& cycles = part(entry(base, kNames), "cycles");
  all.cycles.insert(cycles.begin(), cycles.end());
  return all;
}

bool fits(const Forbidden& forbidden, std::string steps) {
  const auto has = [&](char how) { return steps.find(how) != std::string::npos; };
  if ((has('p') && forbidden.order < 1) || (has('t') && forbidden.order < 2)) return false;
  std::replace(steps.begin(), steps.end(), 't', 'p');
  return std::any_of(forbidden.cycles.begin(), forbidden.cycles.end(), [&](const auto& cycles) {
    const std::regex expression(cycles);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      std::rotate(steps.begin(), steps.begin() + 1, steps.end());
      if (std::regex_match(steps, expression)) return true;
    }
    return false;
  });
}

std::string spelled(std::string model, const std::string& subject) {
  if (subject == "kafka") {
    std::replace(model.begin(), model.end(), '_', '-');
    return model;
  }
  const bool txns = subject == "list-append" || subject == "rw-register" || subject == "bank";
  if (!txns) std::replace(model.begin(), model.end(), '-', '_');
  if (txns && model == "causal") return "strong-session-causal";
  return model;
}

}  // namespace quorumlab::verifier
