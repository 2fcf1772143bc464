#include "tests/verifier/history.h"

#include <iterator>
#include <sstream>
#include <stdexcept>

#include "tests/verifier/models.h"

namespace quorumlab::verifier {
namespace {

const std::map<std::string, std::string> kOtherNames = {
    {"get", "read"},      {"peek", "read"},     {"put", "write"},      {"set", "write"},
    {"insert", "add"},    {"inc", "add"},       {"increment", "add"},  {"decrement", "dec"},
    {"enqueue", "push"},  {"enq", "push"},      {"send", "push"},      {"dequeue", "pop"},
    {"deq", "pop"},       {"lock", "acquire"},  {"unlock", "release"}, {"contains?", "contains"},
    {"broadcast", "add"}, {"read-init", "read"}};

std::string name_of(const Json& f, const std::string& subject) {
  const std::string name = f.is_null() ? "" : f.get<std::string>();
  if (subject == "log" && name == "append") return "push";
  if (subject == "set" && name == "write") return "add";
  const auto other = kOtherNames.find(name);
  return other == kOtherNames.end() ? name : other->second;
}

}  // namespace

void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

std::string text_of(const Json& key) {
  return key.is_string() ? key.get<std::string>() : key.dump();
}

bool is_any(const std::string& f, const std::set<std::string>& names) {
  return names.contains(f);
}

bool Op::writes(const std::string& wanted) const {
  return any(micros, [&](const Micro& m) { return m.writes && m.key == wanted; });
}

Json Op::last_write(const std::string& wanted) const {
  Json last;
  for (const Micro& m : micros) {
    if (m.writes && m.key == wanted) last = m.value;
  }
  return last;
}

bool Known::fits(const std::vector<Json>& read) const {
  if (!is_end) return value == read;
  return value.size() <= read.size() && std::equal(value.rbegin(), value.rend(), read.rbegin());
}

History::History(const std::string& text, const Json& certificate)
    : subject(certificate.at("subject")), lists(subject == "list-append"), given(certificate) {
  const std::string first = certificate.at("initial");
  if (!first.empty() && first != "nil") initial = Json::parse(first);
  if (certificate.at("form") == "Plume text") initial = 0;
  read_lines(text);
  const bool txns = is_any(subject, {"list-append", "rw-register"});
  std::set<std::string> keys;
  for (const Op& op : ops) {
    for (const Json& micro : txns ? op.in : Json::array()) {
      if (micro.at(0) != "r" && micro.at(0) != "rp") keys.insert(text_of(micro.at(1)));
    }
  }
  const std::string asked = level_of(certificate.at("property")).base;
  const bool items_alone = is_any(asked, {"repeatable-read", "cut-isolation", "cursor-stability"});
  has_versions = txns || is_any(subject, {"register", "kv"});
  for (Op& op : ops) {
    if (txns) fill_txn(op, keys, items_alone);
    if (is_any(subject, {"register", "kv"})) fill_register(op);
  }
  find_sources();
  paths_ = Paths(ops.size(),
                 [this](char how, std::size_t a, std::size_t b) { return joined(how, a, b); });
}

void History::read_lines(const std::string& text) {
  const bool keyed = given.at("keyed");
  const bool etcd = given.at("form") == "an etcd log";
  const bool has_invocations = text.find("\"invoke\"") != std::string::npos;
  std::istringstream lines(text);
  std::map<std::int64_t, std::size_t> open;
  std::map<std::int64_t, std::size_t> sessions;
  std::map<std::int64_t, std::size_t> last_begun;
  std::map<std::int64_t, std::size_t> drains;  // that note their dequeues while they are open
  std::size_t position = 0;
  for (std::string line; std::getline(lines, line); ++position) {
    const Json event = Json::parse(line);
    if (!event.at("process").is_number_integer()) continue;
    const std::int64_t process = event.at("process");
    const std::string type = event.at("type");
    const Json& value = event.at("value");
    if (type == "invoke" || !has_invocations) {
      if (open.contains(process)) drains[process] = open[process];
      open[process] = ops.size();
      Op& op = ops.emplace_back();
      op.process = process;
      op.session = sessions.try_emplace(process, ops.size()).first->second;
      op.f = name_of(event.at("f"), subject);
      op.key = event.value("key", keyed ? value.at(0) : Json()).dump();
      op.in = keyed ? value.at(1) : value;
      op.begun_at = event.value("time", std::int64_t{0});
      op.from = last_begun[process] = 2 * position;
      if (type == "invoke") continue;
    }
    if (!open.contains(process)) {
      if (event.at("f") != "drain" || !drains.contains(process)) continue;
      open[process] = drains[process];
      if (type == "ok") ops[open[process]].from = last_begun[process];
      drains.erase(process);
    }
    Op& op = ops[open[process]];
    if (op.f == "drain") op.f = name_of(event.at("f"), subject);
    op.out = keyed && value.is_array() && value.size() == 2 ? value.at(1) : value;
    op.ok = op.happened = type == "ok";
    op.failed = type == "fail";
    op.mismatched = etcd && op.failed && op.f == "cas" && op.out.is_array();
    op.found_nothing = etcd || subject == "kv" || event.value("unwritten", false);
    op.ended_at = event.value("time", std::int64_t{0});
    if (type != "info") op.to = 2 * position + 1;
    if (type == "info") sessions.erase(process);
    open.erase(process);
  }
  expand_drains();
}

// A drain took each value that it lists, and then found nothing. If nobody knows how it ended, it
// may have taken all that was pushed and that nobody is known to have taken.
void History::expand_drains() {
  std::stable_sort(ops.begin(), ops.end(),
                   [](const Op& a, const Op& b) { return a.from < b.from; });
  const auto took = [](const Op& op) {
    return op.f == "drain" ? op.out.is_array() ? op.out.size() : 0 : op.out.is_null() ? 0 : 1;
  };
  std::size_t pushed = 0;
  std::size_t taken = 0;
  for (const Op& op : ops) {
    if (op.f == "push" && !op.failed) ++pushed;
    if (op.ok && is_any(op.f, {"pop", "drain"})) taken += took(op);
  }
  const std::size_t left = taken < pushed ? pushed - taken : 1;
  std::vector<Op> all;
  for (const Op& op : ops) {
    const bool is_drain = op.f == "drain" && !op.failed;
    const std::size_t parts = !is_drain ? 1 : op.ok ? took(op) + 1 : left;
    for (std::size_t i = 0; i < parts; ++i) {
      Op& part = all.emplace_back(op);
      if (op.f != "drain") continue;
      part.f = "pop";
      part.out = op.ok && i < took(op) ? op.out.at(i) : Json();
    }
  }
  ops = std::move(all);
}

void History::fill_register(Op& op) {
  has_versions = has_versions && is_any(op.f, {"read", "write", "cas", "delete"});
  const auto add = [&](bool writes, const Json& value) {
    const bool nothing = value.is_null() || value == initial;
    Micro micro{.writes = writes, .key = op.key, .value = nothing ? Json() : value};
    if (!writes && !nothing) micro.seen = {value};
    op.micros.push_back(std::move(micro));
  };
  if (op.f == "read") {
    if (op.ok && (!op.out.is_null() || op.found_nothing)) add(false, op.out);
  } else if (op.f == "cas") {
    if (op.ok) add(false, op.in.at(0));
    add(true, op.in.at(1));
  } else {
    add(true, op.f == "delete" ? Json() : op.in);
  }
}

// A read of all keys is one of each.
void History::fill_txn(Op& op, const std::set<std::string>& keys, bool items_alone) const {
  const auto read = [&](const std::string& key, const Json& value) {
    if (!op.ok) return;
    const bool nothing = value.is_null() || value == initial;
    Micro& micro = op.micros.emplace_back(Micro{.key = key});
    if (!nothing) micro.seen = lists ? value.get<std::vector<Json>>() : std::vector<Json>{value};
  };
  for (const Json& micro : op.ok ? op.out : op.in) {
    if (micro.at(0) == "r") {
      read(text_of(micro.at(1)), micro.at(2));
    } else if (micro.at(0) == "rp") {
      if (items_alone || !micro.at(2).is_object()) continue;  // it did not say what it found
      std::set<std::string> all = keys;
      for (const auto& found : micro.at(2).items()) all.insert(found.key());
      for (const std::string& key : all) read(key, micro.at(2).value(key, Json()));
    } else {
      op.micros.push_back({.writes = true, .key = text_of(micro.at(1)), .value = micro.at(2)});
    }
  }
}

void History::find_sources() {
  for (const bool failed : {false, true}) {
    for (std::size_t i = 0; i < ops.size(); ++i) {
      for (const Micro& m : ops[i].micros) {
        if (m.writes && ops[i].failed == failed) writers_[{m.key, m.value}].push_back(i);
        if (!m.writes && m.seen.size() >= longest_[m.key].size()) longest_[m.key] = m.seen;
      }
    }
  }
  sources_.resize(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (Micro& m : ops[i].micros) {
      if (m.writes) continue;
      m.source = lists ? writer(m.key, m.last()) : source_of(i, m);
      is_open = is_open || m.source == kSomebody;
      const std::size_t from = found(i, m).writer;
      if (from < ops.size() && from != i) sources_[i].insert(from);
      if (from < ops.size() && !ops[from].failed) ops[from].happened = true;
      for (const Json& seen : lists ? m.seen : std::vector<Json>()) {
        const std::size_t source = writer(m.key, seen);
        if (source < ops.size() && !ops[source].failed) ops[source].happened = true;
      }
    }
  }
}

// Of a register. Where several wrote the value, the certificate says whose it was.
std::size_t History::source_of(std::size_t op, const Micro& read) const {
  Ops all;
  const auto found = writers_.find({read.key, read.last()});
  if (found != writers_.end()) {
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(all),
                 [&](std::size_t w) { return !ops[w].failed; });
  }
  const bool is_simple =
      !is_any(subject, {"register", "kv"}) || all.size() + (read.seen.empty() ? 1 : 0) < 2;
  if (is_simple) return writer(read.key, read.last());
  for (const Json& told : given.value("sources", Json::array())) {
    if (told.at(0) != op) continue;
    const std::size_t source = told.at(1).is_null() ? kNothing : told.at(1).get<std::size_t>();
    require(source == kNothing ? read.seen.empty()
                               : any(all, [&](std::size_t w) { return w == source; }),
            "a read is said to be of what it did not find");
    return source;
  }
  return kSomebody;
}

std::size_t History::writer(const std::string& key, const Json& value) const {
  if (value.is_null()) return kNothing;
  const auto found = writers_.find({key, value});
  return found == writers_.end() ? kNobody : found->second.front();
}

std::vector<Json> History::of_others(std::size_t t, const Micro& read) const {
  std::vector<Json> others = read.seen;
  std::erase_if(others, [&](const Json& element) { return writer(read.key, element) == t; });
  return others;
}

Version History::found(std::size_t t, const Micro& read) const {
  if (!lists) return {read.key, read.last(), read.source};
  const std::vector<Json> others = of_others(t, read);
  if (others.empty()) return {read.key};
  return {read.key, others.back(), writer(read.key, others.back())};
}

std::size_t History::place(const std::string& key, const Json& element) const {
  const auto longest = longest_.find(key);
  if (longest == longest_.end()) return kNever;
  const auto at = std::find(longest->second.begin(), longest->second.end(), element);
  return at == longest->second.end() ? kNever
                                     : static_cast<std::size_t>(at - longest->second.begin());
}

std::optional<Known> History::known_before(std::size_t t, std::size_t i) const {
  std::optional<Known> known;
  const std::vector<Micro>& micros = ops.at(t).micros;
  for (std::size_t j = 0; j < i; ++j) {
    if (micros[j].key != micros[i].key) continue;
    if (!micros[j].writes) {
      known = Known{.value = micros[j].seen};
    } else if (lists) {
      if (!known) known = Known{.is_end = true};
      known->value.push_back(micros[j].value);
    } else {
      known = Known{.value = {micros[j].value}};
    }
  }
  return known;
}

bool History::is_before(const Version& first, std::size_t second) const {
  if (first.writer == kNothing) return true;
  const Micro* read = nullptr;
  for (const Micro& m : ops.at(second).micros) {
    if (m.key != first.key) continue;
    if (!m.writes) {
      read = &m;
    } else if (!lists) {
      return read != nullptr && found(second, *read).writer == first.writer;
    } else if (place(m.key, first.value) < place(m.key, m.value)) {
      return true;
    }
  }
  return false;
}

bool History::joined(char how, std::size_t a, std::size_t b) const {
  return joined(how, a, b, [this](const Version& first, std::size_t second) {
    return is_before(first, second);
  });
}

bool History::joined(char how, std::size_t a, std::size_t b, const Before& before) const {
  const Op& one = ops.at(a);
  const Op& other = ops.at(b);
  if (how == 't') return one.ok && one.to < other.from;
  if (how == 'p') return one.session == other.session && joined('t', a, b);
  if (how == 'r') return sources_[b].contains(a);
  bool counts = how != 'v';
  for (const Micro& m : one.micros) {
    const bool both = a != b && other.writes(m.key);
    if (m.writes != (how == 'w') || (counts && !both)) continue;
    const Version version = m.writes ? Version{m.key, m.value, a} : found(a, m);
    if (version.writer == kSomebody) continue;
    if (counts && before(version, b)) return true;
    counts = counts || version.writer == b;
  }
  return false;
}

}  // namespace quorumlab::verifier
