#include "tests/verifier/history.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace quorumlab::verifier {
namespace {

// Keys of JSON objects are texts, whatever they were.
std::string name_of(const Json& key) {
  return key.is_string() ? key.get<std::string>() : key.dump();
}

}  // namespace

void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

bool is_any(const std::string& f, const std::set<std::string>& names) {
  return names.contains(f);
}

bool Op::writes(const std::string& wanted) const {
  return std::any_of(micros.begin(), micros.end(),
                     [&](const Micro& m) { return m.writes && m.key == wanted; });
}

History::History(const std::string& text, const Json& certificate)
    : subject(certificate.at("subject")) {
  const std::string first = certificate.at("initial");
  if (!first.empty() && first != "nil") initial = Json::parse(first);
  if (certificate.at("form") == "Plume text") initial = 0;
  read_lines(text, certificate);
  const bool txns = is_any(subject, {"list-append", "rw-register"});
  lists = subject == "list-append";
  std::set<std::string> keys;
  for (const Op& op : ops) {
    for (const Json& micro : txns ? op.in : Json::array()) {
      if (micro.at(0) != "r" && micro.at(0) != "rp") keys.insert(name_of(micro.at(1)));
    }
  }
  for (Op& op : ops) txns ? fill_txn(op, keys) : fill_micros(op);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const Micro& m : ops[i].micros) {
      if (m.writes) {
        writers_.try_emplace({m.key, m.value}, i);
      } else if (lists && m.value.size() >= longest_[m.key].size()) {
        longest_[m.key] = m.value;
      }
    }
  }
}

void History::read_lines(const std::string& text, const Json& certificate) {
  const bool keyed = certificate.at("keyed");
  const bool etcd = certificate.at("form") == "an etcd log";
  std::istringstream lines(text);
  std::map<std::int64_t, std::size_t> open;
  std::map<std::int64_t, std::size_t> sessions;
  std::size_t position = 0;
  const bool has_invocations = text.find("\"type\":\"invoke\"") != std::string::npos;
  for (std::string line; std::getline(lines, line); ++position) {
    const Json event = Json::parse(line);
    if (!event.at("process").is_number_integer()) continue;
    const auto process = event.at("process").get<std::int64_t>();
    const std::string type = event.at("type");
    const Json& value = event.at("value");
    if (type == "invoke" || !has_invocations) {
      open[process] = ops.size();
      const auto session = sessions.try_emplace(process, ops.size()).first->second;
      Op op{.process = process, .session = session};
      op.f = event.at("f").is_null() ? "" : event.at("f").get<std::string>();
      op.key = event.value("key", keyed ? value.at(0) : Json()).dump();
      op.in = keyed ? value.at(1) : value;
      op.begun_at = event.value("time", std::int64_t{0});
      op.from = 2 * position;
      ops.push_back(std::move(op));
      if (type == "invoke") continue;
    }
    if (!open.contains(process)) continue;
    Op& op = ops[open[process]];
    op.out = keyed && value.is_array() && value.size() == 2 ? value.at(1) : value;
    op.ok = type == "ok";
    op.failed = type == "fail";
    op.mismatched = etcd && op.failed && op.f == "cas" && op.out.is_array();
    op.found_nothing = etcd || subject == "kv" || event.value("unwritten", false);
    op.ended_at = event.value("time", std::int64_t{0});
    if (type != "info") op.to = 2 * position + 1;
    if (type == "info") sessions.erase(process);
    open.erase(process);
  }
}

void History::fill_micros(Op& op) const {
  const auto add = [&](bool writes, const Json& value) {
    op.micros.push_back({writes, op.key, value == initial ? Json() : value});
  };
  if (is_any(op.f, {"read", "get"})) {
    if (op.ok && (!op.out.is_null() || op.found_nothing)) add(false, op.out);
  } else if (op.f == "cas") {
    if (op.ok) add(false, op.in.at(0));
    add(true, op.in.at(1));
  } else {
    add(true, op.f == "delete" ? Json() : op.in);
  }
}

// A read of all keys is one of each.
void History::fill_txn(Op& op, const std::set<std::string>& keys) const {
  const auto read = [&](const std::string& key, const Json& value) {
    const Json nothing = lists ? Json::array() : Json();
    if (op.ok)
      op.micros.push_back({false, key, value.is_null() || value == initial ? nothing : value});
  };
  for (const Json& micro : op.ok ? op.out : op.in) {
    if (micro.at(0) == "r") {
      read(name_of(micro.at(1)), micro.at(2));
    } else if (micro.at(0) == "rp") {
      if (!micro.at(2).is_object()) continue;  // it did not say what it found
      for (const std::string& key : keys) read(key, micro.at(2).value(key, Json()));
    } else {
      op.micros.push_back({true, name_of(micro.at(1)), micro.at(2)});
    }
  }
}

Json History::found(const Micro& read) const {
  return !lists ? read.value : read.value.empty() ? Json() : read.value.back();
}

std::size_t History::writer(const std::string& key, const Json& value) const {
  if (value.is_null()) return kNothing;
  const auto found = writers_.find({key, value});
  return found == writers_.end() ? kNobody : found->second;
}

std::size_t History::place(const std::string& key, const Json& element) const {
  const auto longest = longest_.find(key);
  if (longest == longest_.end()) return kNever;
  const auto at = std::find(longest->second.begin(), longest->second.end(), element);
  return at == longest->second.end() ? kNever
                                     : static_cast<std::size_t>(at - longest->second.begin());
}

// In one transaction, was `old` read or written just before this was written?
bool History::is_replaced(std::size_t by, const Micro& write, const Json& old) const {
  Json known = "?";
  for (const Micro& m : ops.at(by).micros) {
    if (m.key != write.key) continue;
    if (m.writes && m.value == write.value) return known == old;
    known = m.value;
  }
  return false;
}

bool Known::fits(const Json& read) const {
  if (!is_end) return value == read;
  return value.size() <= read.size() && std::equal(value.rbegin(), value.rend(), read.rbegin());
}

std::optional<Known> known_before(const History& history, std::size_t t, std::size_t i) {
  std::optional<Known> known;
  const std::vector<Micro>& micros = history.ops.at(t).micros;
  for (std::size_t j = 0; j < i; ++j) {
    if (micros[j].key != micros[i].key) continue;
    if (!history.lists || !micros[j].writes) {
      known = Known{.value = micros[j].value};
    } else {
      if (!known) known = Known{.value = Json::array(), .is_end = true};
      known->value.push_back(micros[j].value);
    }
  }
  return known;
}

bool History::joined(char how, std::size_t a, std::size_t b) const {
  const Op& one = ops.at(a);
  const Op& other = ops.at(b);
  if (how == 't') return one.ok && one.to < other.from;
  if (how == 'p') return one.session == other.session && joined('t', a, b);
  if (how == 'R') return joined('r', b, a);
  if (how == 'r') {
    return a != b && std::any_of(other.micros.begin(), other.micros.end(),
                                 [&](const Micro& m) { return !m.writes && source(m) == a; });
  }
  for (const Micro& x : one.micros) {
    for (const Micro& y : other.micros) {
      if (x.key != y.key || !y.writes || x.writes != (how == 'w')) continue;
      if (!lists && is_replaced(b, y, x.value)) return true;
      if (!lists && how == 'a' && x.value.is_null()) return true;
      if (!lists) continue;
      const bool comes_first = how == 'w' ? place(x.key, x.value) < place(y.key, y.value)
                                          : x.value.size() <= place(y.key, y.value);
      const bool misses =
          how == 'w' || std::find(x.value.begin(), x.value.end(), y.value) == x.value.end();
      if (comes_first && misses) return true;
    }
  }
  return false;
}

}  // namespace quorumlab::verifier
