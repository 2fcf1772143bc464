#include "faults/triggers.h"

#include <fmt/core.h>

#include <algorithm>

#include "sim/config/suggest.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

}  // namespace

config::Schema trigger_schema() {
  using T = Trigger;
  return config::schema<T>("trigger", "After something happens instead of at a time.")
      .field(
          "event", &T::event, config::text(),
          "a note of the model (\"elected\", \"append\"), a state field that changed (\"role\"), "
          "or a point in the life of a node: start, restart, serve, before_sync, after_sync, "
          "disk_error, crash")
      .field("message", &T::message, config::text(), "a message of this name is sent")
      .field("state", &T::state, predicate(),
             "a condition on what replicas publish becomes true, such as \"role(n2) == leader\"")
      .field("during", &T::during, config::text(),
             "the fault of this `name` begins; this one ends with it at the latest")
      .field("from", &T::from, TargetsLeaf(), "with `message`: who sends it")
      .field("to", &T::to, TargetsLeaf(), "with `message`: to whom")
      .field("part", &T::part,
             config::choices<Part>({{"both", Part::kBoth, "requests and replies"},
                                    {"requests", Part::kRequests, "requests only"},
                                    {"replies", Part::kReplies, "replies only"}}),
             "with `message`: which half of a call")
      .field("on", &T::on, TargetsLeaf(), "with `event`: only if it happens to one of these")
      .field("nth", &T::nth, config::integer().at_least(1), "which of them, counted from 1")
      .field("after", &T::after, config::duration().at_least(0_ns), "and so much later")
      .check([](const T& t, const config::Where& where, config::Diagnostics& problems) {
        const int ways = int{!t.event.empty()} + int{!t.message.empty()} +
                         int{t.state.has_value()} + int{!t.during.empty()};
        if (ways != 1) {
          problems.error(where({"state", "message", "during", "event"}),
                         ways == 0 ? "nothing is waited for" : "one trigger waits for one thing",
                         "write one of `event`, `message`, `state` and `during`");
        } else if (t.message.empty() && (!t.from.empty() || !t.to.empty())) {
          problems.error(where({"from", "to"}), "only messages go from somebody to somebody",
                         "use `on` to say to whom an event happens");
        } else if (t.event.empty() && !t.on.empty()) {
          problems.error(where("on"), "only events happen on a node",
                         t.message.empty() ? "" : "messages have `from` and `to`");
        }
      })
      .build();
}

void check_predicate(const Predicate& predicate, const Places& places, const config::Where& where,
                     const std::string& path, config::Diagnostics& problems) {
  Predicate copy = predicate;
  const auto wrong = copy.bind(places);
  if (!wrong) return;
  const config::Span token = where(path);
  const config::Span span =
      token.line == 0 ? token
                      : problems.inside(token, predicate.text(), wrong->position, wrong->length);
  problems.error(span, fmt::format("`{}`: {}", path, wrong->message), wrong->hint);
}

void check_trigger(const Trigger& trigger, const Places& places, const config::Where& where,
                   config::Diagnostics& problems) {
  trigger.on.check(places, where, "when.on", problems);
  trigger.from.check(places, where, "when.from", problems);
  trigger.to.check(places, where, "when.to", problems);
  if (!trigger.event.empty()) {
    check_word(trigger.event, places.events, where("when.event"), "no node ever reports", problems);
  }
  if (!trigger.message.empty()) {
    check_word(trigger.message, places.messages, where("when.message"), "nobody ever sends",
               problems);
  }
  if (trigger.state) check_predicate(*trigger.state, places, where, "when.state", problems);
  const auto& names = places.faults;
  if (!trigger.during.empty() &&
      std::find(names.begin(), names.end(), trigger.during) == names.end()) {
    problems.error(where("when.during"), fmt::format("no fault is named `{}`", trigger.during),
                   names.empty() ? "give the other fault a `name`"
                                 : config::suggestion(trigger.during, names));
  }
}

void MessageWatch::pass(sim::Passage& passage) {
  const sim::Message& message = passage.message;
  if (message.type->name != trigger_.message) return;
  if (trigger_.part == Part::kRequests && message.type->is_reply) return;
  if (trigger_.part == Part::kReplies && !message.type->is_reply) return;
  const auto is_among = [&](const Targets& targets, sim::NodeId node) {
    if (targets.empty()) return true;
    const std::vector<sim::NodeId> meant = targets.in(world_);
    return std::find(meant.begin(), meant.end(), node) != meant.end();
  };
  if (is_among(trigger_.from, message.from) && is_among(trigger_.to, message.to)) seen_();
}

}  // namespace quorumlab::faults
