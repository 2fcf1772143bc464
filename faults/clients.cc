// kind = "client_timeout", "client_retry", "client_cancel", "driver_lies", "stale_routing" and
// "session_loss": what goes wrong between a program and the servers, in the driver of a client.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "faults/kinds.h"
#include "sim/config/suggest.h"
#include "sim/driver.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Node;
using sim::RequestEnd;
using sim::RequestPlan;
using How = RequestEnd::How;

struct DriverOptions {
  Targets on{{"clients"}};
};

// Joins the drivers of its clients while it lasts, and counts the operations that it changed.
class DriverFault : public Fault, public sim::DriverTrouble {
 public:
  DriverFault(Targets on, const Making& making, std::string_view purpose)
      : on_(std::move(on)), making_(making), purpose_(purpose) {}

  Hit begin(sim::World& world) override {
    world_ = &world;
    hit_ = on_.in(world);
    for (const sim::NodeId client : hit_) world.node(client).driver().join(*this);
    return {.groups = {hit_}, .label = "of " + on_.text()};
  }
  void end(sim::World& world) final {
    for (const sim::NodeId client : hit_) world.node(client).driver().leave(*this);
  }
  void plan(Node& client, RequestPlan& plan) final {
    ++effect_.opportunities;
    change(client, plan);
  }
  void end(Node& client, RequestEnd& end) final {
    if (changed(client, end)) ++effect_.effects;
  }
  [[nodiscard]] Effect effect(sim::World&) const final {
    Effect effect = effect_;
    effect.text =
        fmt::format("{} of {} operations {}", effect.effects, effect.opportunities, done());
    return effect;
  }

  void reseed(sim::World&) override { streams_.clear(); }

 protected:
  virtual void change(Node& client, RequestPlan& plan) = 0;
  // Did the change show?
  virtual bool changed(Node& client, RequestEnd& end) = 0;
  // "gave up early"
  [[nodiscard]] virtual std::string done() const = 0;

  // Drawn for each client on its own.
  bool draw(const Node& client, sim::Probability chance) {
    auto found = streams_.find(client.id());
    if (found == streams_.end()) {
      found =
          streams_.emplace(client.id(), making_.draw(*world_, purpose_, client.stream_key())).first;
    }
    return found->second.chance(chance);
  }

 private:
  Targets on_;
  Making making_;
  std::string_view purpose_;
  sim::World* world_ = nullptr;
  std::vector<sim::NodeId> hit_;
  std::map<sim::NodeId, sim::Stream> streams_;
  Effect effect_;
};

void check_clients(const Targets& on, const Places& places, const config::Where& where,
                   config::Diagnostics& problems) {
  on.check(places, where, "on", problems);
  const auto& replicas = places.replicas;
  for (const std::string& word : on.words()) {
    const bool serves = word == "leader" || word == "followers" || word == "replicas" ||
                        std::find(replicas.begin(), replicas.end(), word) != replicas.end();
    if (!serves) continue;
    problems.error(where("on"), fmt::format("`{}` has no driver: it serves, it does not ask", word),
                   "name clients, such as \"c1\", or a zone");
  }
}

template <class O>
void check_driver(const config::Chosen& options, const Places& places, const config::Where& where,
                  config::Diagnostics& problems) {
  check_clients(options.as<O>().on, places, where, problems);
}

template <class O>
config::SchemaBuilder<O> of_clients(std::string name, std::string summary) {
  return config::schema<O>(std::move(name), std::move(summary))
      .field("on", &O::on, TargetsLeaf(), "which clients, or the clients of which zone");
}

// For a nemesis: all clients, or one.
Targets draw_clients(Dice& dice) {
  const auto& nodes = dice.places().nodes;
  const std::size_t replicas = dice.places().replicas.size();
  if (nodes.size() <= replicas || dice.coin()) return Targets({"clients"});
  const auto first = nodes.begin() + static_cast<std::ptrdiff_t>(replicas);
  return Targets({dice.one_of(std::vector<std::string>(first, nodes.end()))});
}

struct TimeoutOptions : DriverOptions {
  Duration after{20'000'000};
};

class Timeout final : public DriverFault {
 public:
  using Options = TimeoutOptions;
  Timeout(const TimeoutOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.client_timeout"), after_(options.after) {}

 protected:
  void change(Node&, RequestPlan& plan) override { plan.timeout = std::min(plan.timeout, after_); }
  bool changed(Node&, RequestEnd& end) override { return end.how != How::kDone; }
  [[nodiscard]] std::string done() const override { return "given up"; }

 private:
  Duration after_;
};

FaultKind timeout_kind() {
  using O = TimeoutOptions;
  return {.schema = of_clients<O>("client_timeout",
                                  "Clients give up early: what they are told is that nobody knows, "
                                  "though the servers may yet do it.")
                        .field("after", &O::after, config::duration().at_least(1_ns),
                               "how long they wait for an operation, if that is less than usual")
                        .build(),
          .theme = "clients",
          .example = "after = \"8ms\"",
          .make = make_fault<Timeout>,
          .check = check_driver<O>,
          .random = [](Dice& dice) {
            O options{{.on = draw_clients(dice)}};
            options.after = dice.one_of<Duration>({5_ms, 20_ms, 100_ms});
            return Drawn{config::Chosen("client_timeout", std::move(options))};
          }};
}

struct RetryOptions : DriverOptions {
  Duration after{50'000'000};
  bool keys = false;
};

class Retry final : public DriverFault {
 public:
  using Options = RetryOptions;
  Retry(const RetryOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.client_retry"), options_(options) {}

 protected:
  void change(Node&, RequestPlan& plan) override {
    if (plan.attempt == 0_ns || plan.attempt > options_.after) plan.attempt = options_.after;
    plan.keyed = plan.keyed && options_.keys;
  }
  bool changed(Node&, RequestEnd& end) override { return end.copies > 1; }
  [[nodiscard]] std::string done() const override {
    return options_.keys ? "sent again under their keys" : "sent again as if they were new";
  }

 private:
  RetryOptions options_;
};

FaultKind retry_kind() {
  using O = RetryOptions;
  return {.schema =
              of_clients<O>("client_retry",
                            "The driver asks again on its own when no answer comes. Without a key "
                            "that tells a copy from a new request, a write that was slow and not "
                            "lost takes effect twice, the second time over what came between.")
                  .field("after", &O::after, config::duration().at_least(1_ns),
                         "how long it waits for one answer")
                  .field("keys", &O::keys, config::boolean(),
                         "copies carry the idempotency key of their request; models that keep "
                         "client sessions then apply one of them")
                  .build(),
          .theme = "clients",
          .example = "after = \"5ms\"",
          .make = make_fault<Retry>,
          .check = check_driver<O>,
          .random = [](Dice& dice) {
            O options{{.on = draw_clients(dice)}};
            options.after = dice.one_of<Duration>({5_ms, 20_ms, 100_ms});
            options.keys = true;  // without them the damage is no fault of the servers
            return Drawn{config::Chosen("client_retry", std::move(options))};
          }};
}

struct CancelOptions : DriverOptions {
  sim::Probability chance = sim::Probability::always();
  Duration after{5'000'000};
  bool reuse = false;
};

class Cancel final : public DriverFault {
 public:
  using Options = CancelOptions;
  Cancel(const CancelOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.client_cancel"), options_(options) {}

 protected:
  void change(Node& client, RequestPlan& plan) override {
    plan.reuses_connection = plan.reuses_connection || options_.reuse;
    if (draw(client, options_.chance)) {
      plan.cancel = std::min(plan.cancel.value_or(options_.after), options_.after);
    }
  }
  bool changed(Node&, RequestEnd& end) override {
    if (end.answers_other) ++mistaken_;
    return end.how == How::kCancelled;
  }
  [[nodiscard]] std::string done() const override {
    return options_.reuse ? fmt::format("cancelled, {} got another one's answer", mistaken_)
                          : "cancelled";
  }

 private:
  CancelOptions options_;
  std::uint64_t mistaken_ = 0;
};

FaultKind cancel_kind() {
  using O = CancelOptions;
  return {
      .schema =
          of_clients<O>("client_cancel",
                        "The program goes away while it waits, as when a user closes the page. "
                        "With `reuse` its connection goes to the next request while an answer "
                        "is still due, which is then taken for the answer to that one (redis-py "
                        "before 4.5.3, CVE-2023-28858).")
              .field("chance", &O::chance, config::probability(), "for each operation")
              .field("after", &O::after, config::duration().at_least(1_ns),
                     "how long the program waits before it goes")
              .field("reuse", &O::reuse, config::boolean(), "the connection is not closed")
              .build(),
      .theme = "clients",
      .example = "chance = 0.2\nafter = \"6ms\"",
      .make = make_fault<Cancel>,
      .check = check_driver<O>,
      .random = [](Dice& dice) {
        O options{{.on = draw_clients(dice)}};
        options.chance = sim::Probability(dice.one_of<double>({0.05, 0.2, 1.0}));
        options.after = dice.one_of<Duration>({2_ms, 5_ms, 20_ms});
        return Drawn{config::Chosen("client_cancel", std::move(options))};
      }};
}

enum class Lie : std::uint8_t { kAny, kErrors, kSilence };

struct LiesOptions : DriverOptions {
  Lie about = Lie::kAny;
  bool reads = false;
};

class Lies final : public DriverFault {
 public:
  using Options = LiesOptions;
  Lies(const LiesOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.driver_lies"), options_(options) {}

 protected:
  void change(Node&, RequestPlan&) override {}
  bool changed(Node&, RequestEnd& end) override {
    if (end.told_ok || !(end.is_write || options_.reads)) return false;
    const bool refused = end.how == How::kRefused;
    if (options_.about == Lie::kErrors && !refused) return false;
    if (options_.about == Lie::kSilence && refused) return false;
    end.told_ok = true;
    return true;
  }
  [[nodiscard]] std::string done() const override { return "failed and were called a success"; }

 private:
  LiesOptions options_;
};

FaultKind lies_kind() {
  using O = LiesOptions;
  return {.schema =
              of_clients<O>("driver_lies",
                            "The driver swallows an error and reports success: an exception caught "
                            "and dropped, a return code that nobody looks at, a write concern that "
                            "asks for no answer. No server is to blame.")
                  .field("about", &O::about,
                         config::choices<Lie>(
                             {{"any", Lie::kAny, "whatever is not a success"},
                              {"errors", Lie::kErrors, "requests that the servers turned down"},
                              {"silence", Lie::kSilence, "requests that nobody answered in time"}}),
                         "what it calls a success")
                  .field("reads", &O::reads, config::boolean(),
                         "reads too: they are said to have found nothing")
                  .build(),
          .theme = "clients",
          .example =
              "on = \"c1\"\n\n[[fault]]\nkind = \"isolate\"\nat = \"1s\"\nfor = \"2s\"\n"
              "on = \"n1\"\nfrom = \"all\"",
          .make = make_fault<Lies>,
          .check = check_driver<O>,
          .random = nullptr};
}

struct RoutingOptions : DriverOptions {
  std::string to;
};

class StaleRouting final : public DriverFault {
 public:
  using Options = RoutingOptions;
  StaleRouting(const RoutingOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.stale_routing"), to_(options.to) {}

  Hit begin(sim::World& world) override {
    if (!to_.empty()) asks_ = Targets({to_}).in(world).front();
    return DriverFault::begin(world);
  }

 protected:
  void change(Node&, RequestPlan& plan) override {
    plan.learns = false;
    if (asks_ != sim::kNoNode) plan.asks = asks_;
  }
  bool changed(Node&, RequestEnd& end) override { return end.misled > 0; }
  [[nodiscard]] std::string done() const override {
    return "went where nobody served them, and did not learn";
  }

 private:
  std::string to_;
  sim::NodeId asks_ = sim::kNoNode;
};

FaultKind routing_kind() {
  using O = RoutingOptions;
  return {
      .schema =
          of_clients<O>("stale_routing",
                        "Clients go by an old map of the cluster: they ask whom they asked when "
                        "it began, whatever they are told and whether or not he answers, as "
                        "with a cached address or a proxy that nobody has told.")
              .field("to", &O::to, config::text(),
                     "the replica that stands in the old map; without it, whom each client "
                     "took for the leader")
              .build(),
      .theme = "clients",
      .example = "to = \"n2\"",
      .make = make_fault<StaleRouting>,
      .check =
          [](const config::Chosen& options, const Places& places, const config::Where& where,
             config::Diagnostics& problems) {
            const O& o = options.as<O>();
            check_clients(o.on, places, where, problems);
            const auto& known = places.replicas;
            if (o.to.empty() || std::find(known.begin(), known.end(), o.to) != known.end()) {
              return;
            }
            problems.error(where("to"), fmt::format("no replica is called `{}`", o.to),
                           config::suggestion(o.to, known));
          },
      .random =
          [](Dice& dice) {
            O options{{.on = draw_clients(dice)}};
            if (dice.coin()) options.to = dice.replica();
            return Drawn{config::Chosen("stale_routing", std::move(options))};
          }};
}

class SessionLoss final : public DriverFault {
 public:
  using Options = DriverOptions;
  SessionLoss(const DriverOptions& options, const Making& making)
      : DriverFault(options.on, making, "fault.session_loss") {}

 protected:
  void change(Node& client, RequestPlan& plan) override {
    forgot_[client.id()] = plan.remembers;
    plan.forgets = true;
  }
  bool changed(Node& client, RequestEnd&) override { return forgot_[client.id()]; }
  [[nodiscard]] std::string done() const override {
    return "began without what the client had seen before";
  }

 private:
  std::map<sim::NodeId, bool> forgot_;  // before the operation under way
};

FaultKind session_kind() {
  using O = DriverOptions;
  return {
      .schema = of_clients<O>("session_loss",
                              "Clients lose their sessions: each operation begins as if it were "
                              "the first, as behind a load balancer that forgets who came "
                              "where. What a session guarantees, such as to read one's own "
                              "writes, is gone. It needs [workload] session.")
                    .build(),
      .theme = "clients",
      .example = "",
      .make = make_fault<SessionLoss>,
      .check = check_driver<O>,
      .random =
          [](Dice& dice) {
            return Drawn{config::Chosen("session_loss", O{.on = draw_clients(dice)})};
          },
      .example_needs = {"workload.session=true"}};
}

}  // namespace

std::vector<FaultKind> client_kinds() {
  return {timeout_kind(), retry_kind(), cancel_kind(), lies_kind(), routing_kind(), session_kind()};
}

}  // namespace quorumlab::faults
