// What faults of the network have in common that change single messages: which ones they concern,
// and chance drawn for each link on its own.
//
//   class Loss final : public Meddler {
//     void consider(sim::Passage& p, sim::Stream& chance) override { if (...) p.dropped = ...; }
//   };
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "faults/fault.h"
#include "sim/interference.h"

namespace quorumlab::faults {

enum class Part : std::uint8_t { kBoth, kRequests, kReplies };

// Which messages: everything that is left out means any.
struct MessageFilter {
  Targets from;
  Targets to;
  std::vector<std::string> messages;
  Part part = Part::kBoth;

  void check(const Places& places, const config::Where& where, config::Diagnostics& problems) const;
  [[nodiscard]] std::string text() const;  // "Append from n1 to n2", "messages"
};
[[nodiscard]] config::Schema message_filter_schema();
// The check of kinds whose options have only a filter to check.
template <class O>
void check_filter(const config::Chosen& options, const Places& places, const config::Where& where,
                  config::Diagnostics& problems) {
  options.as<O>().filter.check(places, where, problems);
}
// For a nemesis: all messages, or those of one replica.
[[nodiscard]] MessageFilter draw_filter(Dice& dice);

// A filter whose targets are looked up.
class MessageMatch {
 public:
  MessageMatch() = default;
  MessageMatch(const MessageFilter& filter, sim::World& world);
  [[nodiscard]] bool operator()(const sim::Message& message) const;
  // Between these ends in either direction.
  [[nodiscard]] bool either_way(const sim::Message& message) const;

 private:
  [[nodiscard]] bool joins(sim::NodeId from, sim::NodeId to) const;
  [[nodiscard]] bool is_wanted(const sim::MessageType& type) const;

  std::vector<bool> from_;  // by node
  std::vector<bool> to_;
  std::vector<std::string> names_;
  Part part_ = Part::kBoth;
};

class Meddler : public Fault, public sim::Interference {
 public:
  Meddler(const MessageFilter& filter, const Making& making, std::string_view purpose)
      : filter_(filter), making_(making), purpose_(purpose) {}

  Hit begin(sim::World& world) override;
  void end(sim::World& world) override { world.network().leave(*this); }
  void reseed(sim::World&) override { streams_.clear(); }
  [[nodiscard]] Effect effect(sim::World& world) const override;
  void pass(sim::Passage& passage) final;

 protected:
  // Draws the same whether or not the message is lost already, and changes it if it is not.
  virtual void consider(sim::Passage& passage, sim::Stream& chance) = 0;
  // "dropped"
  [[nodiscard]] virtual std::string done() const = 0;
  // The message was changed.
  void count() { ++effect_.effects; }
  [[nodiscard]] const MessageFilter& filter() const { return filter_; }
  [[nodiscard]] sim::Time now() const { return world_->now(); }

 private:
  MessageFilter filter_;
  Making making_;
  std::string_view purpose_;
  MessageMatch match_;
  sim::World* world_ = nullptr;
  std::map<std::uint64_t, sim::Stream> streams_;  // by link
  Effect effect_;
};

}  // namespace quorumlab::faults
