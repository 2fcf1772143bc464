#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "models/history_again.h"
#include "traces/jsonl.h"
#include "traces/jsonl_words.h"

namespace quorumlab::traces {
namespace {

using nlohmann::json;

// Thrown and caught in this file only: a wrong line ends the reading.
struct Wrong {
  std::size_t column = 0;
  std::string message;
};

[[noreturn]] void wrong(std::string message) {
  throw Wrong{0, std::move(message)};
}

// Typed access to the members of one object, each with its default.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {
    if (!object.is_object()) wrong("expected a JSON object");
  }

  [[nodiscard]] const json* find(const char* name) const {
    const auto at = object_.find(name);
    return at == object_.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::string text(const char* name) const {
    const json* v = find(name);
    if (v == nullptr) return {};
    if (!v->is_string()) wrong(fmt::format("`{}` is a text", name));
    return v->get<std::string>();
  }
  [[nodiscard]] bool flag(const char* name, bool otherwise) const {
    const json* v = find(name);
    if (v == nullptr) return otherwise;
    if (!v->is_boolean()) wrong(fmt::format("`{}` is true or false", name));
    return v->get<bool>();
  }
  template <class Int>
  [[nodiscard]] Int integer(const char* name, Int otherwise) const {
    const json* v = find(name);
    return v == nullptr ? otherwise : to_integer<Int>(*v, name);
  }
  [[nodiscard]] sim::Time time(const char* name, sim::Time otherwise) const {
    const auto ns = integer<std::int64_t>(name, otherwise.count());
    if (ns < 0) wrong(fmt::format("`{}` is before the start of the run", name));
    return sim::Time(ns);
  }
  [[nodiscard]] models::Value value(const char* name) const {
    const json* v = find(name);
    if (v == nullptr || v->is_null()) return std::nullopt;
    return to_integer<std::int64_t>(*v, name);
  }
  [[nodiscard]] const json& array(const char* name) const {
    static const json kEmpty = json::array();
    const json* v = find(name);
    if (v == nullptr) return kEmpty;
    if (!v->is_array()) wrong(fmt::format("`{}` is an array", name));
    return *v;
  }
  template <class Enum, std::size_t N>
  [[nodiscard]] Enum word(const char* name, const Words<Enum, N>& words) const {
    const std::string text_there = text(name);
    const auto found = value_of(words, text_there);
    if (!found) wrong(fmt::format("`{}` cannot be \"{}\"", name, text_there));
    return *found;
  }

  template <class Int>
  [[nodiscard]] static Int to_integer(const json& v, const char* name) {
    if (v.is_number_unsigned()) {
      const auto n = v.get<std::uint64_t>();
      if (std::cmp_less_equal(n, std::numeric_limits<Int>::max())) return static_cast<Int>(n);
    } else if (v.is_number_integer()) {
      const auto n = v.get<std::int64_t>();
      if (std::in_range<Int>(n)) return static_cast<Int>(n);
    } else {
      wrong(fmt::format("`{}` is an integer", name));
    }
    wrong(fmt::format("`{}` is out of range", name));
  }

 private:
  const json& object_;
};

class Reader {
 public:
  void line(std::string_view text) {
    json object;
    try {
      object = json::parse(text);
    } catch (const json::parse_error& e) {
      throw Wrong{std::min<std::size_t>(e.byte, text.size() + 1), "this is not JSON"};
    }
    const Fields fields(object);
    if (!has_header_)
      read_header(fields);
    else if (fields.find("witness") != nullptr)
      read_witness(fields);
    else if (fields.find("id") != nullptr)
      read_event(fields);
    else if (fields.find("op") != nullptr)
      read_operation(fields);
    else
      wrong("expected an operation, a witness or an event");
  }

  SavedRun finish() {
    if (!has_header_) wrong("there is no header");
    replay();
    for (const models::Witness& witness : run_.witnesses)
      for (const auto& [role, op] : witness.ops)
        if (op.value < 1 || op.value > run_.history.size())
          wrong(fmt::format("a witness names op {}, which is not in the history", op.value));
    return std::move(run_);
  }

 private:
  void read_header(const Fields& f);
  void read_lanes(const Fields& f);
  void read_faults(const Fields& f);
  void read_operation(const Fields& f);
  void read_witness(const Fields& f);
  void read_event(const Fields& f);
  void replay();

  static std::string text_of(const json& v, const char* what) {
    if (!v.is_string()) wrong(fmt::format("`{}` is an array of texts", what));
    return v.get<std::string>();
  }
  [[nodiscard]] NodeId lane(const json* v, const char* what) const {
    if (v == nullptr) return sim::kNoNode;
    if (!v->is_string()) return NodeId(Fields::to_integer<std::uint32_t>(*v, what));
    const auto known = lanes_.find(v->get<std::string>());
    if (known == lanes_.end())
      wrong(fmt::format("no lane is called \"{}\"", v->get<std::string>()));
    return known->second;
  }
  [[nodiscard]] sim::Key key(const json* v) const {
    if (v == nullptr) return sim::kNoKey;
    if (!v->is_string()) return sim::Key(Fields::to_integer<std::uint32_t>(*v, "key"));
    const auto known = keys_.find(v->get<std::string>());
    if (known == keys_.end()) wrong(fmt::format("no key is called \"{}\"", v->get<std::string>()));
    return known->second;
  }
  [[nodiscard]] sim::NameId name(const std::string& text) {
    Record& record = run_.record;
    if (!record.find_name(text) && record.names().size() > UINT16_MAX) wrong("too many names");
    return record.intern(text);
  }

  SavedRun run_;
  bool has_header_ = false;
  std::map<std::string, NodeId> lanes_;
  std::map<std::string, sim::Key> keys_;
  std::vector<models::Operation> operations_;
};

void Reader::read_header(const Fields& f) {
  if (f.text("quorumlab") != "trace") wrong("the first line is not the header of a trace");
  if (f.integer<int>("format", 0) != 1) wrong("only format 1 is known");
  Record& record = run_.record;
  record.header = {.scenario = f.text("scenario"),
                   .scenario_hash = f.text("scenario_hash"),
                   .seed = f.integer<std::uint64_t>("seed", 0),
                   .version = f.text("version"),
                   .fingerprint = f.text("fingerprint"),
                   .duration = sim::Duration(f.integer<std::int64_t>("duration", 0))};
  read_lanes(f);
  for (const json& k : f.array("keys")) {
    keys_.emplace(text_of(k, "keys"), sim::Key(static_cast<std::uint32_t>(record.keys.size())));
    record.keys.push_back(text_of(k, "keys"));
  }
  for (const json& n : f.array("names")) static_cast<void>(name(text_of(n, "names")));
  if (const json* states = f.find("states"); states != nullptr) {
    if (!states->is_object()) wrong("`states` is an object");
    for (const auto& [field, values] : states->items()) {
      if (!values.is_array()) wrong("`states` has arrays of texts");
      std::vector<std::string> texts;
      for (const json& v : values) texts.push_back(text_of(v, "states"));
      record.set_state_names(field, std::move(texts));
    }
  }
  read_faults(f);
  has_header_ = true;
}

void Reader::read_lanes(const Fields& f) {
  for (const json& object : f.array("lanes")) {
    const Fields l(object);
    Lane lane;
    lane.name = l.text("name");
    lane.zone = l.text("zone");
    lane.is_client = l.flag("client", false);
    lane.clock_offset = sim::Duration(l.integer<std::int64_t>("clock_offset", 0));
    lane.clock_rate_ppb = l.integer<std::int64_t>("clock_rate_ppb", 0);
    lanes_.emplace(lane.name, NodeId(static_cast<std::uint32_t>(run_.record.lanes.size())));
    run_.record.lanes.push_back(std::move(lane));
  }
}

void Reader::read_faults(const Fields& f) {
  for (const json& object : f.array("faults")) {
    const Fields from(object);
    Fault fault;
    fault.name = from.text("name");
    fault.text = from.text("text");
    fault.begin = from.time("begin", sim::Time());
    fault.end = from.time("end", sim::Time::max());
    fault.one_way = from.flag("one_way", false);
    for (const json& group : from.array("groups")) {
      if (!group.is_array()) wrong("`groups` is an array of arrays");
      fault.groups.emplace_back();
      for (const json& member : group) fault.groups.back().push_back(lane(&member, "groups"));
    }
    for (const json& member : from.array("lanes")) fault.lanes.push_back(lane(&member, "lanes"));
    run_.record.faults.push_back(std::move(fault));
  }
}

void Reader::read_operation(const Fields& f) {
  models::Operation op;
  op.id = sim::OpId(f.integer<std::uint32_t>("op", 0));
  if (op.id.value != operations_.size() + 1)
    wrong(fmt::format("expected op {}, not {}", operations_.size() + 1, op.id.value));
  op.process = f.integer<std::uint32_t>("process", 0);
  op.f = f.word("f", kFunctions);
  op.key = key(f.find("key"));
  op.value = f.value("value");
  op.expected = f.value("expected");
  op.outcome = f.word("outcome", kOutcomes);
  op.value_known = f.flag("value_known", true);
  op.saw_other = f.flag("saw_other", false);
  for (const json& element : f.array("elements")) {
    if (!element.is_number_integer()) wrong("`elements` are integers");
    op.elements.push_back(element.get<std::int64_t>());
  }
  op.invoked = f.integer<std::uint64_t>("invoked", 0);
  op.completed = f.integer<std::uint64_t>("completed", models::kNever);
  op.invoked_at = f.time("invoked_at", sim::Time());
  op.completed_at = f.time("completed_at", sim::Time::max());
  op.client = lane(f.find("client"), "client");
  op.served_by = lane(f.find("served_by"), "served_by");
  const bool is_known = op.outcome != models::Outcome::kUnknown;
  if (is_known != (op.completed != models::kNever))
    wrong("an operation has `completed` exactly if its outcome is known");
  if (is_known && op.completed <= op.invoked) wrong("`completed` is after `invoked`");
  if (is_known && op.completed_at == sim::Time::max()) wrong("`completed_at` is missing");
  operations_.push_back(op);
}

void Reader::read_witness(const Fields& f) {
  models::Witness witness;
  witness.anomaly = f.word("witness", kAnomalies);
  witness.key = key(f.find("key"));
  for (const json& object : f.array("ops")) {
    const Fields op(object);
    witness.ops.push_back({op.word("role", kRoles), sim::OpId(op.integer<std::uint32_t>("op", 0))});
  }
  for (const json& replica : f.array("replicas"))
    witness.replicas.push_back(lane(&replica, "replicas"));
  witness.claim = f.text("claim");
  witness.observation = f.text("observation");
  witness.obligation = f.text("obligation");
  run_.witnesses.push_back(std::move(witness));
}

void Reader::read_event(const Fields& f) {
  const std::uint64_t id = run_.record.events().size() + 1;
  if (f.integer<std::uint64_t>("id", 0) != id)
    wrong(fmt::format("expected the event with id {}", id));
  TraceEvent e;
  e.at = f.time("at", sim::Time());
  if (id > 1 && e.at < run_.record.events().back().at) wrong("`at` goes back in time");
  e.kind = f.word("kind", kEventKinds);
  e.lane = lane(f.find("lane"), "lane");
  e.peer = lane(f.find("peer"), "peer");
  e.name = name(f.text("name"));
  e.cause = EventId(f.integer<std::uint64_t>("cause", 0));
  if (e.cause.value >= id) wrong("`cause` is an earlier event");
  e.is_reply = f.flag("reply", false);
  if (f.find("reason") != nullptr) e.reason = f.word("reason", kReasons);
  e.tags.op = sim::OpId(f.integer<std::uint32_t>("op", 0));
  e.tags.key = key(f.find("key"));
  e.tags.value = f.integer<std::int64_t>("value", 0);
  e.tags.index = f.integer<std::uint64_t>("index", 0);
  e.tags.count = f.integer<std::uint32_t>("count", 0);
  e.tags.term = f.integer<std::uint32_t>("term", 0);
  run_.record.add(e);
}

// Calls invoke and complete in the order of the positions. The completion of an operation that
// stays unknown took a position too, which no operation shows: it is where a position is missing.
void Reader::replay() {
  std::map<std::uint64_t, std::pair<std::size_t, bool>>
      steps;  // position: operation, is completion
  std::uint64_t last_invoked = 0;
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const models::Operation& op = operations_[i];
    if (i > 0 && op.invoked <= last_invoked) wrong("operations are not in the order of invocation");
    last_invoked = op.invoked;
    bool is_new = steps.emplace(op.invoked, std::pair(i, false)).second;
    if (op.completed != models::kNever)
      is_new = steps.emplace(op.completed, std::pair(i, true)).second && is_new;
    if (!is_new) wrong("two operations have the same position");
  }
  const auto complete = [&](const models::Operation& op) {
    run_.history.complete(op.id, completion_of(op));
  };
  std::map<std::pair<sim::Time, std::size_t>, const models::Operation*> unanswered;
  const auto give_up = [&] {
    complete(*unanswered.begin()->second);
    unanswered.erase(unanswered.begin());
  };
  std::uint64_t next = 0;
  for (const auto& [position, step] : steps) {
    for (; next < position; ++next) {
      if (unanswered.empty()) wrong(fmt::format("nothing is at position {} of the history", next));
      give_up();
    }
    const models::Operation& op = operations_[step.first];
    ++next;
    if (step.second) {
      complete(op);
      continue;
    }
    run_.history.invoke(invocation_of(op));
    const bool gave_up = op.completed == models::kNever && op.completed_at != sim::Time::max();
    if (gave_up) unanswered.emplace(std::pair(op.completed_at, step.first), &op);
  }
  while (!unanswered.empty()) give_up();
}

}  // namespace

JsonlResult read_jsonl(std::string_view text) {
  Reader reader;
  std::size_t number = 0;
  try {
    while (!text.empty()) {
      ++number;
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) reader.line(line);
    }
    return {.run = reader.finish(), .error = std::nullopt};
  } catch (const Wrong& e) {
    return {.run = std::nullopt, .error = JsonlError{number, e.column, e.message}};
  }
}

}  // namespace quorumlab::traces
