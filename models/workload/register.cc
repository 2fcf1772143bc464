#include "models/workload/register.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "models/client_protocol.h"
#include "sim/world.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::EventKind;
using sim::Node;
using sim::Time;

constexpr std::uint64_t kAsked = sim::fnv_1a("client.ask");
constexpr std::uint64_t kAnswered = sim::fnv_1a("client.answer");

class RegisterWorkload final : public Workload {
 public:
  RegisterWorkload(const RegisterOptions& options, const WorkloadContext& context)
      : options_(options),
        context_(context),
        keys_({.items = static_cast<std::uint64_t>(options.keys), .theta = options.pick.theta}),
        served_again_(context.world.size()) {}

  void run(Node& node) override {
    Client client{node, ClientDriver(node, options_), process_of(node)};
    const Part part = part_of(client);
    if (part.share == 0) return be_served_again(client);
    const auto interval = Duration(static_cast<std::int64_t>(
        static_cast<double>(options_.rate.interval().count() * part.clients) / part.share));
    const sim::Distribution gap = options_.pace == Pace::kPoisson
                                      ? sim::Distribution::exponential(interval)
                                      : sim::Distribution::constant(interval);
    const sim::Probability reading(part.reads);
    const sim::Probability erasing(options_.erases);
    for (;;) {
      const Duration wait = gap.sample(node.rng());
      if (context_.world.now() + wait >= context_.stop_at) break;
      node.sleep(wait);
      const Key key(static_cast<std::uint32_t>(keys_.sample(node.rng())));
      if (node.rng().chance(reading)) {
        (void)read(client, key);
      } else {
        const bool erase = node.rng().chance(erasing);
        (void)write(client, key, erase);
      }
    }
    be_served_again(client);
  }

  [[nodiscard]] std::uint32_t keys() const override {
    return static_cast<std::uint32_t>(options_.keys);
  }
  [[nodiscard]] std::optional<Time> recovered(NodeId client) const override {
    return served_again_.at(client.value);
  }

 private:
  struct Client {
    Node& node;
    ClientDriver driver;
    ProcessId process;
  };

  // Which share of all operations clients like this one make together, and of theirs, how many
  // read.
  struct Part {
    std::int64_t clients = 0;
    double share = 1;
    double reads = 0;
  };
  [[nodiscard]] Part part_of(const Client& client) const {
    if (options_.writers == 0) return {clients(), 1, options_.reads};
    const std::int64_t writers = std::min(options_.writers, clients());
    if (client.process < writers) return {writers, 1 - options_.reads, 0};
    return {clients() - writers, options_.reads, 1};
  }

  [[nodiscard]] std::int64_t clients() const {
    return static_cast<std::int64_t>(context_.world.size() - context_.world.replicas());
  }
  [[nodiscard]] ProcessId process_of(const Node& node) const {
    return node.id().value - static_cast<std::uint32_t>(context_.world.replicas());
  }

  bool write(Client& client, Key key, bool erase) {
    // The id of the operation is unique, so it serves as the value.
    const auto value = static_cast<std::int64_t>(context_.history.size() + 1);
    const OpId op = invoke(
        client, {.f = Function::kWrite, .key = key, .value = erase ? Value{} : Value{value}});
    const auto told = client.driver.write(op, key, value, erase);
    const bool failed = told.outcome == Outcome::kFail;
    return complete(client, op,
                    {.outcome = told.outcome, .served_by = failed ? sim::kNoNode : told.served_by});
  }

  bool read(Client& client, Key key) {
    const OpId op = invoke(client, {.f = Function::kRead, .key = key});
    const auto told = client.driver.read(op, key);
    return complete(client, op,
                    {.outcome = told.outcome, .value = told.value, .served_by = told.served_by});
  }

  OpId invoke(Client& client, History::Invoke what) {
    what.process = client.process;
    what.at = context_.world.now();
    what.client = client.node.id();
    const OpId op = context_.history.invoke(what);
    context_.world.fingerprint_note(kAsked, op.value, what.key.value);
    context_.world.set_cause(context_.world.record(
        EventKind::kInvoke, client.node.id(), what.f == Function::kRead ? "read" : "write",
        {.op = op, .key = what.key, .value = what.value.value_or(0)}));
    return op;
  }

  bool complete(Client& client, OpId op, History::Complete how) {
    how.at = context_.world.now();
    context_.history.complete(op, how);
    const Operation& done = context_.history.operation(op);
    context_.world.fingerprint_note(kAnswered, op.value,
                                    static_cast<std::uint64_t>(how.outcome) << 62 ^
                                        static_cast<std::uint64_t>(done.value.value_or(-1)));
    const EventKind kind = how.outcome == Outcome::kOk     ? EventKind::kOk
                           : how.outcome == Outcome::kFail ? EventKind::kFail
                                                           : EventKind::kUnknown;
    context_.world.record(kind, client.node.id(), done.f == Function::kRead ? "read" : "write",
                          {.op = op, .key = done.key, .value = done.value.value_or(0)});
    // An operation without an answer stays open, and a process has one open operation at a time.
    if (how.outcome == Outcome::kUnknown) {
      client.process += static_cast<ProcessId>(clients());
    }
    return how.outcome == Outcome::kOk;
  }

  // Faults are over: how long until this client can write and read again?
  void be_served_again(Client& client) {
    Node& node = client.node;
    while (context_.world.now() < context_.stop_at)
      node.sleep(context_.stop_at - context_.world.now());
    const Key key(node.id().value % keys());
    while (context_.world.now() < context_.give_up_at) {
      if (write(client, key, false) && read(client, key)) {
        served_again_[node.id().value] = context_.world.now();
        return;
      }
      node.sleep(kPause);
    }
  }

  // Between one attempt to be served again and the next.
  static constexpr Duration kPause{50'000'000};

  RegisterOptions options_;
  WorkloadContext context_;
  sim::Zipf keys_;
  std::vector<std::optional<Time>> served_again_;  // by node
};

config::Syntax<KeyPick> key_pick() {
  using config::SyntaxError;
  const auto parse = [](std::string_view text) -> std::variant<KeyPick, SyntaxError> {
    if (text == "uniform") return KeyPick{};
    KeyPick pick;
    if (text.starts_with("zipf(") && text.ends_with(")")) {
      const std::string_view number = text.substr(5, text.size() - 6);
      const char* const end = number.data() + number.size();
      const auto [rest, error] = std::from_chars(number.data(), end, pick.theta);
      if (error == std::errc() && rest == end && pick.theta >= 0 && pick.theta <= 10) return pick;
      return SyntaxError{5, number.size(), "the exponent of Zipf's law is a number from 0 to 10",
                         "such as zipf(0.99)"};
    }
    return SyntaxError{0, text.size(), fmt::format("no way to pick keys is called \"{}\"", text),
                       "expected \"uniform\" or \"zipf(0.99)\""};
  };
  return {{.noun = "key choice", .expected = "\"uniform\" or \"zipf(0.99)\""},
          parse,
          [](const KeyPick& pick) { return pick.text(); }};
}

config::Choices<ReadFrom> routes() {
  return config::choices<ReadFrom>({{"leader", ReadFrom::kLeader, "whoever seems to lead"},
                                    {"nearest", ReadFrom::kNearest, "least mean latency"},
                                    {"any", ReadFrom::kAny, "a random replica each time"},
                                    {"sticky", ReadFrom::kSticky, "one random replica for good"},
                                    {"read_your_writes", ReadFrom::kOwnWrites,
                                     "for a while after a write of its own the leader, else the "
                                     "nearest"}});
}

}  // namespace

std::string KeyPick::text() const {
  return theta == 0 ? "uniform" : fmt::format("zipf({})", theta);
}

WorkloadEntry register_workload() {
  using O = RegisterOptions;
  using config::choices;
  return {
      .schema =
          config::schema<O>("register",
                            "Reads and writes of single keys, every written value unique.")
              .field("keys", &O::keys, config::integer().between(1, 1'000'000),
                     "how many keys there are")
              .field("pick", &O::pick, key_pick(), "how a client picks the next key")
              .field("rate", &O::rate, config::rate(), "operations of all clients together")
              .field("pace", &O::pace,
                     choices<Pace>({{"poisson", Pace::kPoisson, "gaps are exponential"},
                                    {"steady", Pace::kSteady, "gaps are all alike"}}),
                     "how the operations of one client follow each other")
              .field("reads", &O::reads, config::fraction(), "the share of reads; the others write")
              .field("writers", &O::writers, config::integer().between(0, 100'000),
                     "so many of the clients make all the writes and the others all the reads; 0: "
                     "everybody does both")
              .field("erases", &O::erases, config::fraction(),
                     "the share of writes that erase the key")
              .field("session", &O::session, config::boolean(),
                     "a client tells with each request what it has seen: how far the log, which "
                     "versions of the key")
              .field("read_from", &O::read_from, routes(), "which replica reads go to")
              .field("write_to", &O::write_to, routes(), "which replica writes go to")
              .field("own_writes", &O::own_writes, config::duration().at_least(0_ns),
                     "for `read_from = \"read_your_writes\"`: how long after one of its writes "
                     "began a client reads from the leader")
              .field("read_quorum", &O::read_quorum, config::integer().between(0, 1'000),
                     "R of each read, where the model has one; 0: the model's own")
              .field("write_quorum", &O::write_quorum, config::integer().between(0, 1'000),
                     "W of each write, where the model has one; 0: the model's own")
              .field("timeout", &O::timeout, config::duration().at_least(1_ms),
                     "how long a client waits; then a write is `unknown` and a read has failed")
              .field("attempt", &O::attempt, config::duration().at_least(0_ns),
                     "how long it waits for one answer before it asks again, another replica "
                     "perhaps, for the same operation; 0s: it does not ask again")
              .build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<RegisterWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<double, 4> shares = {o.reads, o.reads, 0.1, 0.9};
            const std::array<std::int64_t, 3> keys = {o.keys, o.keys, 1};
            o.reads = stream.pick(shares);
            o.keys = stream.pick(keys);
            if (stream.below(2) == 0) o.erases = 0;
            return config::Chosen(options.word(), o);
          },
  };
}

const std::vector<WorkloadEntry>& builtin_workloads() {
  static const std::vector<WorkloadEntry> kAll = {register_workload()};
  return kAll;
}

const WorkloadEntry& workload_entry(std::string_view name) {
  const auto& all = builtin_workloads();
  const auto found = std::find_if(all.begin(), all.end(), [&](const WorkloadEntry& entry) {
    return entry.schema.name() == name;
  });
  QL_CHECK(found != all.end(), "no workload is called {}", name);
  return *found;
}

}  // namespace quorumlab::models
