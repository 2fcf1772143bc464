// What the tests of the engine share: a world of few nodes with exact delays, and a readable trace.
//
//   std::vector<Time> seen;                        // whatever a program refers to comes first
//   SmallWorld small;                              // links and syncs take 1 ms
//   const NodeId a = small.add("a", [&](Node& node) { node.sleep(5_ms); ... });
//   small.run_to(10_ms);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/condition.h"
#include "sim/world.h"

namespace quorumlab::sim {

struct Ping {
  using Reply = int;
  static constexpr std::string_view kName = "Ping";
  int x = 0;
};

// A second kind of message, as heavy as it says.
struct Parcel {
  using Reply = int;
  static constexpr std::string_view kName = "Parcel";
  int x = 0;
  std::size_t bytes = 0;
  [[nodiscard]] std::size_t wire_size() const { return bytes; }
};

inline Time after_start(Duration d) {
  return Time{} + d;
}

inline void echo(Node& node) {
  node.serve([](const Ping& ping) { return ping.x + 1; });
}

inline void idle_program(Node&) {}

class SmallWorld {
 public:
  SmallWorld() : SmallWorld(WorldOptions{.seed = Seed{1}}) {}
  explicit SmallWorld(const WorldOptions& options) : world(options) {
    world.network().set_default({.latency = Distribution::constant(1_ms)});
  }

  // Adds the node and starts it.
  NodeId add(NodeOptions options) {
    const NodeId id = world.add_node(std::move(options)).id();
    world.start(id);
    return id;
  }
  NodeId add(std::string name, Program program) {
    return add({.name = std::move(name),
                .disk = {.sync = Distribution::constant(1_ms)},
                .program = std::move(program)});
  }

  Stop run_to(Duration d) { return world.run_until(after_start(d)); }
  void at(Duration d, std::function<void()> act) { world.at(after_start(d), std::move(act)); }

  World world;
};

// Counts its living copies: what a world must not leak.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(const Counted& other) : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(const Counted& other) = default;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

// Tells when it is destroyed.
struct Farewell {
  std::vector<std::string>& log;
  std::string text;
  Farewell(std::vector<std::string>& to, std::string what) : log(to), text(std::move(what)) {}
  ~Farewell() { log.push_back(text); }
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
};

class Recorder final : public TraceSink {
 public:
  NameId intern(std::string_view name) override {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return static_cast<NameId>(i);
    }
    names.emplace_back(name);
    return static_cast<NameId>(names.size() - 1);
  }
  EventId add(const TraceEvent& event) override {
    events.push_back(event);
    return EventId(events.size());
  }

  // The ids of all events of a kind, in order.
  [[nodiscard]] std::vector<EventId> all(EventKind kind) const {
    std::vector<EventId> found;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].kind == kind) found.push_back(EventId(i + 1));
    }
    return found;
  }
  [[nodiscard]] const TraceEvent& operator[](EventId id) const { return events.at(id.value - 1); }

  std::vector<std::string> names;
  std::vector<TraceEvent> events;
};

}  // namespace quorumlab::sim
