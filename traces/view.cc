#include "traces/view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quorumlab::traces {
namespace {

using Json = nlohmann::ordered_json;

// The text in pieces, those that stand for an event with its id: browsers count in UTF-16, so
// byte positions would not do.
Json pieces_of(const Sentence& sentence) {
  Json pieces = Json::array();
  const auto plain = [&](std::size_t from, std::size_t to) {
    if (to > from) pieces.push_back(Json::array({sentence.text.substr(from, to - from)}));
  };
  std::size_t said = 0;
  for (const Reference& reference : sentence.references) {
    plain(said, reference.begin);
    const std::string noun = sentence.text.substr(reference.begin, reference.end - reference.begin);
    if (reference.event == sim::kNoEvent)
      pieces.push_back(Json::array({noun}));
    else
      pieces.push_back(Json::array({noun, reference.event.value}));
    said = reference.end;
  }
  plain(said, sentence.text.size());
  return pieces;
}

Json ids(const std::vector<EventId>& events) {
  Json list = Json::array();
  for (const EventId id : events) list.push_back(id.value);
  return list;
}

// Where the reader looks first: the end of the operation that cannot be explained, else the last
// event of the slice.
EventId focus_of(const Record& record, const Slice& slice) {
  for (auto id = slice.events.rbegin(); id != slice.events.rend(); ++id) {
    const TraceEvent& e = record.event(*id);
    const bool is_end =
        e.kind == EventKind::kOk || e.kind == EventKind::kFail || e.kind == EventKind::kUnknown;
    if (is_end && slice.observer != sim::kNoOp && e.tags.op == slice.observer) return *id;
  }
  return slice.events.empty() ? sim::kNoEvent : slice.events.back();
}

// The last operations of the order are enough to see where it ends; more would only fill the page.
Json prefix_of(const models::LinearPrefix& prefix) {
  constexpr std::size_t kShownMax = 20'000;
  const std::size_t skipped = prefix.order.size() > kShownMax ? prefix.order.size() - kShownMax : 0;
  Json order = Json::array();
  for (std::size_t i = skipped; i < prefix.order.size(); ++i)
    order.push_back(prefix.order[i].value);
  Json waiting = Json::array();
  for (const sim::OpId op : prefix.waiting) waiting.push_back(op.value);
  return {{"skipped", skipped},
          {"order", std::move(order)},
          {"failing", prefix.failing.value},
          {"state", prefix.state ? Json(*prefix.state) : Json()},
          {"waiting", std::move(waiting)}};
}

Json violation_of(const Record& record, const ViewViolation& violation) {
  Json sentences = Json::array();
  for (const Sentence& sentence : violation.explanation->sentences)
    sentences.push_back(
        {{"clause", clause_name(sentence.clause)}, {"pieces", pieces_of(sentence)}});
  Json operations = Json::array();
  for (const SliceOp& op : violation.slice->ops)
    operations.push_back({{"op", op.op.value},
                          {"wrong", op.role == models::Role::kObserver},
                          {"witness", op.role.has_value()}});
  Json lanes = Json::array();
  for (const NodeId lane : violation.slice->lanes) lanes.push_back(lane.value);
  Json out = {{"property", violation.property},
              {"sentences", std::move(sentences)},
              {"slice", ids(violation.slice->events)},
              {"lanes", std::move(lanes)},
              {"operations", std::move(operations)},
              {"focus", focus_of(record, *violation.slice).value},
              {"begin", violation.slice->begin.count()},
              {"end", violation.slice->end.count()}};
  if (violation.slice->key != sim::kNoKey) out["key"] = violation.slice->key.value;
  if (violation.prefix != nullptr) out["prefix"] = prefix_of(*violation.prefix);
  return out;
}

Json inevitability_of(const Inevitability& curve) {
  Json points = Json::array();
  for (const Inevitability::Point& p : curve.points)
    points.push_back({{"at", p.at.count()}, {"violated", p.violated}, {"runs", p.runs}});
  Json out = {{"property", curve.property}, {"points", std::move(points)}};
  if (curve.critical) out["critical"] = curve.critical->count();
  return out;
}

Json diff_of(const ViewDiff& diff) {
  std::vector<EventId> only;
  Json lanes = Json::array();
  for (const LaneAlignment& lane : diff.alignment->lanes) {
    const auto& mine = diff.is_b ? lane.only_b : lane.only_a;
    only.insert(only.end(), mine.begin(), mine.end());
    lanes.push_back({{"lane", lane.lane},
                     {"shared", lane.shared},
                     {"only_a", lane.only_a.size()},
                     {"only_b", lane.only_b.size()}});
  }
  std::ranges::sort(only);
  Json out = {
      {"label", diff.label}, {"is_b", diff.is_b}, {"lanes", std::move(lanes)}, {"only", ids(only)}};
  if (diff.alignment->first) {
    const EventId first = diff.is_b ? diff.alignment->first->b : diff.alignment->first->a;
    out["first"] = first.value;
  }
  return out;
}

}  // namespace

std::string view_json(const Record& record, const ViewInput& input) {
  Json view = {{"format", 1}, {"violations", Json::array()}};
  for (const ViewViolation& violation : input.violations)
    view["violations"].push_back(violation_of(record, violation));
  if (!input.report.empty()) view["report"] = input.report;
  if (!input.command.empty()) view["command"] = input.command;
  if (input.inevitability != nullptr)
    view["inevitability"] = inevitability_of(*input.inevitability);
  if (input.diff) view["diff"] = diff_of(*input.diff);
  // Bytes that are no text become U+FFFD instead of an exception.
  return view.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace quorumlab::traces
