#include "traces/jsonl.h"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "sim/check.h"
#include "traces/jsonl_words.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

using models::Operation;

std::string quote(std::string_view text) {
  std::string out = "\"";
  std::size_t from = 0;
  const auto flush = [&](std::size_t until) { out += printable(text.substr(from, until - from)); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) continue;
    flush(i);
    from = i + 1;
    out +=
        byte == '"' || byte == '\\' ? fmt::format("\\{}", text[i]) : fmt::format("\\u{:04x}", byte);
  }
  flush(text.size());
  return out + '"';
}

std::string value_text(const models::Value& value) {
  return value ? fmt::format("{}", *value) : std::string("null");
}

class Writer {
 public:
  Writer(const JsonlInput& input, std::string& out)
      : record_(*input.record), input_(input), out_(out) {
    for (const Lane& lane : record_.lanes) ++lane_uses_[lane.name];
    for (const std::string& key : record_.keys) ++key_uses_[key];
  }

  void write_preamble() {
    header();
    if (input_.history != nullptr)
      for (const Operation& op : input_.history->operations()) write(op);
    for (const models::Witness& witness : input_.witnesses) write(witness);
  }
  void write_events() {
    for (std::uint64_t i = 0; i < record_.events().size(); ++i) write(i + 1, record_.events()[i]);
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  // A name only where it leads back to the same number.
  [[nodiscard]] std::string lane(NodeId id) const {
    if (id.value >= record_.lanes.size()) return fmt::format("{}", id.value);
    const std::string& name = record_.lanes[id.value].name;
    return name.empty() || lane_uses_.at(name) > 1 ? fmt::format("{}", id.value) : quote(name);
  }
  [[nodiscard]] std::string key(sim::Key id) const {
    if (id.value >= record_.keys.size()) return fmt::format("{}", id.value);
    const std::string& name = record_.keys[id.value];
    return name.empty() || key_uses_.at(name) > 1 ? fmt::format("{}", id.value) : quote(name);
  }

  template <class Items, class Text>
  [[nodiscard]] std::string array(const Items& items, Text text) const {
    std::string out = "[";
    for (const auto& item : items) out += (out.size() > 1 ? "," : "") + text(item);
    return out + "]";
  }

  void header() {
    const Header& h = record_.header;
    put("{{\"quorumlab\":\"trace\",\"format\":1,\"scenario\":{},\"scenario_hash\":{},\"seed\":{},"
        "\"version\":{},\"fingerprint\":{},\"duration\":{},",
        quote(h.scenario), quote(h.scenario_hash), h.seed, quote(h.version), quote(h.fingerprint),
        h.duration.count());
    const auto lane_text = [](const Lane& l) {
      return fmt::format(
          "{{\"name\":{},\"zone\":{},\"client\":{},\"clock_offset\":{},\"clock_rate_ppb\":{}}}",
          quote(l.name), quote(l.zone), l.is_client, l.clock_offset.count(), l.clock_rate_ppb);
    };
    const auto member = [&](NodeId id) { return lane(id); };
    const auto fault_line = [&](const Fault& f) {
      return fmt::format(
          "{{\"name\":{},\"text\":{},\"begin\":{},\"end\":{},\"groups\":{},\"lanes\":{},"
          "\"one_way\":{}}}",
          quote(f.name), quote(f.text), f.begin.count(), f.end.count(),
          array(f.groups, [&](const auto& group) { return array(group, member); }),
          array(f.lanes, member), f.one_way);
    };
    put("\"lanes\":{},\"keys\":{},\"names\":{},\"states\":{{", array(record_.lanes, lane_text),
        array(record_.keys, quote), array(record_.names(), quote));
    bool is_first = true;
    for (const auto& [field, values] : record_.state_names()) {
      put("{}{}:{}", is_first ? "" : ",", quote(field), array(values, quote));
      is_first = false;
    }
    put("}},\"faults\":{}}}\n", array(record_.faults, fault_line));
  }

  void write(const Operation& op) {
    put("{{\"op\":{},\"process\":{},\"f\":\"{}\",\"key\":{},\"value\":{},\"expected\":{},"
        "\"outcome\":\"{}\",\"value_known\":{},\"saw_other\":{},\"invoked\":{},",
        op.id.value, op.process, word_of(kFunctions, op.f), key(op.key), value_text(op.value),
        value_text(op.expected), word_of(kOutcomes, op.outcome), op.value_known, op.saw_other,
        op.invoked);
    if (!op.elements.empty()) {
      put("\"elements\":{},",
          array(op.elements, [](std::int64_t element) { return fmt::format("{}", element); }));
    }
    if (op.completed != models::kNever) put("\"completed\":{},", op.completed);
    put("\"invoked_at\":{}", op.invoked_at.count());
    if (op.completed_at != sim::Time::max()) put(",\"completed_at\":{}", op.completed_at.count());
    if (op.client != sim::kNoNode) put(",\"client\":{}", lane(op.client));
    if (op.served_by != sim::kNoNode) put(",\"served_by\":{}", lane(op.served_by));
    out_ += "}\n";
  }

  void write(const models::Witness& w) {
    const auto op_text = [](const models::WitnessOp& op) {
      return fmt::format("{{\"role\":\"{}\",\"op\":{}}}", word_of(kRoles, op.role), op.op.value);
    };
    put("{{\"witness\":\"{}\",\"key\":{},\"ops\":{},\"replicas\":{},\"claim\":{},"
        "\"observation\":{},\"obligation\":{}}}\n",
        word_of(kAnomalies, w.anomaly), key(w.key), array(w.ops, op_text),
        array(w.replicas, [&](NodeId id) { return lane(id); }), quote(w.claim),
        quote(w.observation), quote(w.obligation));
  }

  void write(std::uint64_t id, const TraceEvent& e) {
    put("{{\"id\":{},\"at\":{},\"kind\":\"{}\"", id, e.at.count(), word_of(kEventKinds, e.kind));
    if (e.lane != sim::kNoNode) put(",\"lane\":{}", lane(e.lane));
    if (e.peer != sim::kNoNode) put(",\"peer\":{}", lane(e.peer));
    if (e.name != 0) put(",\"name\":{}", quote(record_.name(e.name)));
    if (e.cause != sim::kNoEvent) put(",\"cause\":{}", e.cause.value);
    if (e.is_reply) out_ += ",\"reply\":true";
    if (e.reason != sim::DropReason::kNone) put(",\"reason\":\"{}\"", word_of(kReasons, e.reason));
    if (e.tags.op != sim::kNoOp) put(",\"op\":{}", e.tags.op.value);
    if (e.tags.key != sim::kNoKey) put(",\"key\":{}", key(e.tags.key));
    if (e.tags.value != 0) put(",\"value\":{}", e.tags.value);
    if (e.tags.index != 0) put(",\"index\":{}", e.tags.index);
    if (e.tags.count != 0) put(",\"count\":{}", e.tags.count);
    if (e.tags.term != 0) put(",\"term\":{}", e.tags.term);
    out_ += "}\n";
  }

  const Record& record_;
  const JsonlInput& input_;
  std::string& out_;
  std::map<std::string, std::size_t> lane_uses_;
  std::map<std::string, std::size_t> key_uses_;
};

}  // namespace

void write_jsonl(const JsonlInput& input, std::string& out) {
  QL_CHECK(input.record != nullptr);
  Writer writer(input, out);
  writer.write_preamble();
  writer.write_events();
}

void write_jsonl_preamble(const JsonlInput& input, std::string& out) {
  QL_CHECK(input.record != nullptr);
  Writer(input, out).write_preamble();
}

}  // namespace quorumlab::traces
