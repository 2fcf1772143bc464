// What workloads of single keys have in common: clients that make one operation after another at a
// pace, write them into the history, and try to be served again when the faults are over.
//
//   class Counters final : public PacedWorkload {
//     void act(Client& client, Key key) override { (void)change(client, key, {.f = kAdd, ...}); }
//     bool is_served(Client& client, Key key) override { return ... && read(client, key); }
//   };
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/data/object.h"
#include "models/workload/client_driver.h"
#include "models/workload/workload.h"
#include "sim/config/rate.h"
#include "sim/world.h"
#include "sim/zipf.h"

namespace quorumlab::models {

// How keys are chosen: uniformly, or by Zipf's law with exponent theta.
struct KeyPick {
  double theta = 0;
  [[nodiscard]] std::string text() const;
};

enum class Pace : std::uint8_t { kPoisson, kSteady };

struct PacedOptions : ClientDriverOptions {
  std::int64_t keys = 10;
  KeyPick pick;
  config::Rate rate{100, sim::Duration(1'000'000'000)};
  Pace pace = Pace::kPoisson;
};

class PacedWorkload : public Workload {
 public:
  PacedWorkload(const PacedOptions& options, const WorkloadContext& context);

  void run(sim::Node& node) final;
  [[nodiscard]] std::uint32_t keys() const final { return static_cast<std::uint32_t>(paced_.keys); }
  [[nodiscard]] std::optional<sim::Time> recovered(NodeId client) const final {
    return served_again_.at(client.value);
  }

 protected:
  using Told = ClientDriver::Told;
  struct Client {
    sim::Node& node;
    ClientDriver driver;
    ProcessId process;
    std::uint32_t index;  // among the clients
  };
  // So many clients like this one share so much of the rate.
  struct Part {
    std::int64_t clients = 0;
    double share = 1;
  };

  // What a client does when its time has come. Suspends.
  virtual void act(Client& client, Key key) = 0;
  // Suspends. Can it change and see the key's object?
  virtual bool is_served(Client& client, Key key) = 0;
  // Afterwards, until WorkloadContext::give_up_at. Suspends.
  virtual void finish(Client& /*client*/) {}
  [[nodiscard]] virtual Part part_of(const Client& /*client*/) const { return {clients(), 1}; }
  // What the history shall say that a read saw.
  [[nodiscard]] virtual Value as_read(const Told& told) const { return told.value; }

  // One operation from its invocation to its completion. Suspends.
  Told change(Client& client, Key key, const Command& command);
  Told read(Client& client, Key key);
  // The same in pieces.
  OpId invoke(Client& client, History::Invoke what);
  void complete(Client& client, OpId op, const Told& told);

  // Of the next operation: different from all others, so it serves as a value.
  [[nodiscard]] std::int64_t next_value() const {
    return static_cast<std::int64_t>(context_.history.size() + 1);
  }
  [[nodiscard]] std::int64_t clients() const;
  [[nodiscard]] sim::Time now() const;
  [[nodiscard]] const WorkloadContext& context() const { return context_; }

 private:
  void work(Client& client, const Part& part);
  void be_served_again(Client& client);

  // Between one attempt to be served again and the next.
  static constexpr sim::Duration kPause{50'000'000};

  PacedOptions paced_;
  WorkloadContext context_;
  sim::Zipf keys_;
  std::vector<std::optional<sim::Time>> served_again_;  // by node
};

[[nodiscard]] inline bool is_ok(const ClientDriver::Told& told) {
  return told.outcome == Outcome::kOk;
}

// Syntax of the options above.
[[nodiscard]] config::Syntax<KeyPick> key_pick();
[[nodiscard]] config::Choices<Pace> paces();
[[nodiscard]] config::Choices<ReadFrom> routes();

// Adds their fields to a schema: which keys and how fast; and, for the end of it, whom to ask.
template <class O>
config::SchemaBuilder<O>& add_pace(config::SchemaBuilder<O>& schema) {
  return schema
      .field("keys", &O::keys, config::integer().between(1, 1'000'000), "how many keys there are")
      .field("pick", &O::pick, key_pick(), "how a client picks the next key")
      .field("rate", &O::rate, config::rate(), "operations of all clients together")
      .field("pace", &O::pace, paces(), "how the operations of one client follow each other");
}

template <class O>
config::SchemaBuilder<O>& add_driver(config::SchemaBuilder<O>& schema) {
  using sim::Duration;
  return schema
      .field("session", &O::session, config::boolean(),
             "a client tells with each request what it has seen: how far the log, which "
             "versions of the key")
      .field("read_from", &O::read_from, routes(), "which replica reads go to")
      .field("write_to", &O::write_to, routes(), "which replica writes go to")
      .field("own_writes", &O::own_writes, config::duration().at_least(Duration(0)),
             "for `read_from = \"read_your_writes\"`: how long after one of its writes "
             "began a client reads from the leader")
      .field("read_quorum", &O::read_quorum, config::integer().between(0, 1'000),
             "R of each read, where the model has one; 0: the model's own")
      .field("write_quorum", &O::write_quorum, config::integer().between(0, 1'000),
             "W of each write, where the model has one; 0: the model's own")
      .field("timeout", &O::timeout, config::duration().at_least(Duration(1'000'000)),
             "how long a client waits; then a write is `unknown` and a read has failed")
      .field("attempt", &O::attempt, config::duration().at_least(Duration(0)),
             "how long it waits for one answer before it asks again, another replica "
             "perhaps, for the same operation; 0s: it does not ask again");
}

}  // namespace quorumlab::models
