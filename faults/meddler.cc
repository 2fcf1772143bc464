#include "faults/meddler.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::faults {

void MessageFilter::check(const Places& places, const config::Where& where,
                          config::Diagnostics& problems) const {
  from.check(places, where, "from", problems);
  to.check(places, where, "to", problems);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    check_word(messages[i], places.messages, where(fmt::format("messages[{}]", i)),
               "nobody ever sends", problems);
  }
}

std::string MessageFilter::text() const {
  std::string text = messages.empty() ? "messages" : fmt::format("{}", fmt::join(messages, ", "));
  if (part == Part::kRequests) text += " (requests)";
  if (part == Part::kReplies) text += " (replies)";
  if (!from.empty()) text += " from " + from.text();
  if (!to.empty()) text += " to " + to.text();
  return text;
}

config::Schema message_filter_schema() {
  using O = MessageFilter;
  return config::schema<O>("messages", "Which messages are concerned.")
      .field("from", &O::from, TargetsLeaf(), "only those that these nodes send")
      .field("to", &O::to, TargetsLeaf(), "only those that these nodes are to receive")
      .field("messages", &O::messages, config::list(config::text()).distinct(),
             "only those of these names, such as [\"Append\"]; a trace shows the names")
      .field("part", &O::part,
             config::choices<Part>({{"both", Part::kBoth, "requests and replies"},
                                    {"requests", Part::kRequests, "requests only"},
                                    {"replies", Part::kReplies, "replies only"}}),
             "which half of a call")
      .build();
}

MessageFilter draw_filter(Dice& dice) {
  MessageFilter filter;
  if (dice.coin()) return filter;
  (dice.coin() ? filter.from : filter.to) = Targets({dice.replica()});
  return filter;
}

MessageMatch::MessageMatch(const MessageFilter& filter, sim::World& world)
    : names_(filter.messages), part_(filter.part) {
  const auto marked = [&](const Targets& targets) {
    std::vector<bool> marks(world.size(), targets.empty());
    for (const sim::NodeId node : targets.in(world)) marks[node.value] = true;
    return marks;
  };
  from_ = marked(filter.from);
  to_ = marked(filter.to);
}

bool MessageMatch::joins(sim::NodeId from, sim::NodeId to) const {
  return from.value < from_.size() && to.value < to_.size() && from_[from.value] && to_[to.value];
}

bool MessageMatch::is_wanted(const sim::MessageType& type) const {
  if (part_ == Part::kRequests && type.is_reply) return false;
  if (part_ == Part::kReplies && !type.is_reply) return false;
  return names_.empty() || std::find(names_.begin(), names_.end(), type.name) != names_.end();
}

bool MessageMatch::operator()(const sim::Message& message) const {
  return joins(message.from, message.to) && is_wanted(*message.type);
}

bool MessageMatch::either_way(const sim::Message& message) const {
  return (joins(message.from, message.to) || joins(message.to, message.from)) &&
         is_wanted(*message.type);
}

Hit Meddler::begin(sim::World& world) {
  world_ = &world;
  match_ = MessageMatch(filter_, world);
  world.network().join(*this);
  std::vector<sim::NodeId> concerned = filter_.from.in(world);
  for (const sim::NodeId node : filter_.to.in(world)) concerned.push_back(node);
  std::sort(concerned.begin(), concerned.end());
  concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
  return {.groups = {concerned}, .label = "of " + filter_.text()};
}

void Meddler::pass(sim::Passage& passage) {
  if (!match_(passage.message)) return;
  const sim::NodeId from = passage.message.from;
  const sim::NodeId to = passage.message.to;
  const std::uint64_t link = std::uint64_t{from.value} << 32 | to.value;
  auto found = streams_.find(link);
  if (found == streams_.end()) {
    const std::uint64_t key =
        sim::stream_key(world_->node(from).stream_key(), world_->node(to).stream_key());
    found = streams_.emplace(link, making_.draw(*world_, purpose_, key)).first;
  }
  if (passage.dropped == sim::DropReason::kNone) ++effect_.opportunities;
  consider(passage, found->second);
}

Effect Meddler::effect(sim::World&) const {
  Effect effect = effect_;
  effect.text = fmt::format("{} of {} messages {}", effect.effects, effect.opportunities, done());
  return effect;
}

}  // namespace quorumlab::faults
