#include "models/workload/paced.h"

#include <fmt/core.h>

#include <charconv>

#include "models/client_protocol.h"
#include "sim/world.h"

namespace quorumlab::models {
namespace {

using sim::Duration;
using sim::EventKind;
using sim::Node;
using sim::Time;

constexpr std::uint64_t kAsked = sim::fnv_1a("client.ask");
constexpr std::uint64_t kAnswered = sim::fnv_1a("client.answer");

}  // namespace

PacedWorkload::PacedWorkload(const PacedOptions& options, const WorkloadContext& context)
    : paced_(options),
      context_(context),
      keys_({.items = static_cast<std::uint64_t>(options.keys), .theta = options.pick.theta}),
      served_again_(context.world.size()) {}

std::int64_t PacedWorkload::clients() const {
  return static_cast<std::int64_t>(context_.world.size() - context_.world.replicas());
}

Time PacedWorkload::now() const {
  return context_.world.now();
}

void PacedWorkload::run(Node& node) {
  const auto index = node.id().value - static_cast<std::uint32_t>(context_.world.replicas());
  ClientLibrary* const library = context_.library ? context_.library(node) : nullptr;
  Client client{node, ClientDriver(node, paced_, library), index, index};
  const Part part = part_of(client);
  if (part.share > 0) work(client, part);
  be_served_again(client);
  finish(client);
}

void PacedWorkload::work(Client& client, const Part& part) {
  Node& node = client.node;
  const auto interval = Duration(static_cast<std::int64_t>(
      static_cast<double>(paced_.rate.interval().count() * part.clients) / part.share));
  const sim::Distribution gap = paced_.pace == Pace::kPoisson
                                    ? sim::Distribution::exponential(interval)
                                    : sim::Distribution::constant(interval);
  for (;;) {
    const Duration wait = gap.sample(node.rng());
    if (now() + wait >= context_.stop_at) break;
    node.sleep(wait);
    const Key key(static_cast<std::uint32_t>(keys_.sample(node.rng())));
    act(client, key);
  }
}

PacedWorkload::Told PacedWorkload::change(Client& client, Key key, const Command& command) {
  const bool sends_nothing = returns_value(command.f) || command.erase;
  const OpId op = invoke(client, {.f = command.f,
                                  .key = key,
                                  .value = sends_nothing ? Value{} : Value{command.value},
                                  .expected = command.expected});
  Told told = client.driver.change(op, key, command);
  if (told.outcome == Outcome::kFail && !told.saw_other) told.served_by = sim::kNoNode;
  complete(client, op, told);
  return told;
}

PacedWorkload::Told PacedWorkload::read(Client& client, Key key) {
  const OpId op = invoke(client, {.f = Function::kRead, .key = key});
  Told told = client.driver.read(op, key);
  told.value = as_read(told);
  complete(client, op, told);
  return told;
}

OpId PacedWorkload::invoke(Client& client, History::Invoke what) {
  what.process = client.process;
  what.at = now();
  what.client = client.node.id();
  const OpId op = context_.history.invoke(what);
  context_.world.fingerprint_note(kAsked, op.value, what.key.value);
  context_.world.set_cause(
      context_.world.record(EventKind::kInvoke, client.node.id(), word_of(what.f),
                            {.op = op, .key = what.key, .value = what.value.value_or(0)}));
  return op;
}

void PacedWorkload::complete(Client& client, OpId op, const Told& told) {
  context_.history.complete(op, {.outcome = told.outcome,
                                 .value = told.value,
                                 .elements = told.elements,
                                 .saw_other = told.saw_other,
                                 .at = now(),
                                 .served_by = told.served_by});
  const Operation& done = context_.history.operation(op);
  context_.world.fingerprint_note(kAnswered, op.value,
                                  static_cast<std::uint64_t>(told.outcome) << 62 ^
                                      static_cast<std::uint64_t>(done.value.value_or(-1)));
  const EventKind kind = told.outcome == Outcome::kOk     ? EventKind::kOk
                         : told.outcome == Outcome::kFail ? EventKind::kFail
                                                          : EventKind::kUnknown;
  context_.world.record(kind, client.node.id(), word_of(done.f),
                        {.op = op, .key = done.key, .value = done.value.value_or(0)});
  // An operation without an answer stays open, and a process has one open operation at a time.
  if (told.outcome == Outcome::kUnknown) client.process += static_cast<ProcessId>(clients());
}

// Faults are over: how long until this client is served again?
void PacedWorkload::be_served_again(Client& client) {
  Node& node = client.node;
  while (now() < context_.stop_at) node.sleep(context_.stop_at - now());
  const Key key(node.id().value % keys());
  while (now() < context_.give_up_at) {
    if (is_served(client, key)) {
      served_again_[node.id().value] = now();
      return;
    }
    node.sleep(kPause);
  }
}

std::string KeyPick::text() const {
  return theta == 0 ? "uniform" : fmt::format("zipf({})", theta);
}

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

config::Choices<Pace> paces() {
  return config::choices<Pace>({{"poisson", Pace::kPoisson, "gaps are exponential"},
                                {"steady", Pace::kSteady, "gaps are all alike"}});
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

}  // namespace quorumlab::models
