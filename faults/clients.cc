// kind = "client_timeout", "client_retry", "client_cancel", "driver_lies", "stale_routing" and
// "session_loss": what goes wrong between a program and the servers, in the driver of a client.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "faults/driver_fault.h"
#include "faults/kinds.h"
#include "sim/config/suggest.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Node;
using sim::RequestEnd;
using sim::RequestPlan;
using How = RequestEnd::How;

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
