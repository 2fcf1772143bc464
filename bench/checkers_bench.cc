// Checkers: operations of a linearizable history judged in a second.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "bench/harness.h"
#include "models/consistency/linearizable.h"
#include "sim/rng.h"

namespace quorumlab::bench {
namespace {

using models::Function;
using models::History;
using models::Outcome;

struct Shape {
  std::uint32_t clients = 10;
  std::uint32_t keys = 10;
  std::int64_t values = 0;  // writes choose among so many; 0: each writes another one
  double unknown = 0;       // how likely the outcome of a write is never learned
};

// Clients of a store that takes each operation at one instant between its call and its answer.
class Writer {
 public:
  Writer(const Shape& shape, std::uint64_t operations)
      : shape_(shape), left_(operations), clients_(shape.clients), store_(shape.keys) {
    while (left_ > 0) step();
  }
  History history;

 private:
  enum class Phase : std::uint8_t { kIdle, kAsked, kDone };
  struct Client {
    Phase phase = Phase::kIdle;
    bool writes = false;
    sim::Key key;
    std::int64_t value = 0;
    models::Value read;
    sim::OpId op;
  };

  void step() {
    const std::uint64_t number = random_.below(clients_.size());
    Client& client = clients_[number];
    ++now_;
    switch (client.phase) {
      case Phase::kIdle:
        ask(client, static_cast<models::ProcessId>(number));
        break;
      case Phase::kAsked: {
        models::Value& held = store_[client.key.value];
        if (client.writes) held = client.value;
        client.read = held;
        client.phase = Phase::kDone;
        break;
      }
      case Phase::kDone:
        answer(client);
        break;
    }
  }

  void ask(Client& client, models::ProcessId process) {
    client.writes = random_.chance(sim::Probability(0.5));
    client.key = sim::Key(static_cast<std::uint32_t>(random_.below(shape_.keys)));
    client.value = ++written_;
    if (shape_.values > 0) client.value %= shape_.values;
    client.op = history.invoke({.process = process,
                                .f = client.writes ? Function::kWrite : Function::kRead,
                                .key = client.key,
                                .value = client.writes ? models::Value(client.value) : std::nullopt,
                                .at = sim::Time(now_)});
    client.phase = Phase::kAsked;
  }

  void answer(Client& client) {
    const bool lost = client.writes && random_.chance(sim::Probability(shape_.unknown));
    history.complete(client.op, {.outcome = lost ? Outcome::kUnknown : Outcome::kOk,
                                 .value = client.writes ? std::nullopt : client.read,
                                 .at = sim::Time(now_)});
    client.phase = Phase::kIdle;
    --left_;
  }

  Shape shape_;
  std::uint64_t left_;
  sim::Stream random_{sim::Seed{1}, "bench.history"};
  std::vector<Client> clients_;
  std::vector<models::Value> store_;
  std::int64_t now_ = 0;
  std::int64_t written_ = 0;
};

Contender linearizable(const Shape& shape) {
  return [shape](std::uint64_t units) -> Timed {
    const auto written = std::make_shared<Writer>(shape, units);
    return [written] {
      const auto result = models::check_linearizable(written->history);
      if (result.verdict == models::Verdict::kHolds) return;
      fmt::print(stderr, "a correct history was not found linearizable: {}\n", result.reason);
      std::exit(1);
    };
  };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "checkers, for each operation");
  bench.measure({.work = "linearizable, unique values, 10 clients",
                 .units = 500'000,
                 .ours = linearizable({})});
  bench.measure({.work = "linearizable, unique values, 100 clients",
                 .units = 500'000,
                 .ours = linearizable({.clients = 100, .keys = 100})});
  bench.measure({.work = "linearizable, 5 values, by search, 5 clients",
                 .units = 20'000,
                 .ours = linearizable({.clients = 5, .values = 5})});
  bench.measure({.work = "linearizable, unique values, 1 % unknown",
                 .units = 100'000,
                 .ours = linearizable({.unknown = 0.01})});
  return bench.finish();
}
