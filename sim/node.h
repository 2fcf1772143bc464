// What a protocol sees of the world: one node. A node is a function of this object. Its locals are
// its memory, disk() is its disk; a crash unwinds the one and keeps the other; a restart calls the
// function again.
//
//   void follow(Node& node) {
//     Log log(node.disk());                                             // recovery comes first
//     node.spawn("gossip", [&] { for (;;) { node.sleep(1_s); ... } });  // dies with the node
//     node.serve([&](const Append& a) { log.append(a); log.sync(); return log.end(); },
//                [&](const Get& g) { return log.latest(g.key); });      // until the crash
//   }
//
// Whatever is marked "Suspends" gives up the fiber: other fibers of this node run meanwhile, and if
// the node crashes the call does not return but throws sim::Killed, which must not be caught.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/call.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/driver.h"
#include "sim/event_queue.h"
#include "sim/fiber.h"
#include "sim/message.h"
#include "sim/rng.h"
#include "sim/service.h"
#include "sim/timers.h"

namespace quorumlab::sim {

class World;

using Program = std::function<void(Node&)>;

struct NodeOptions {
  std::string name;  // "n1"; unique
  std::string zone = "default";
  bool is_client = false;
  std::int64_t clock_rate_ppb = 0;
  Duration clock_offset;
  DiskOptions disk;
  Program program;  // what the node does from each start to its crash
};

// One kind of request and what to do with it.
struct Handler {
  const MessageType* type = nullptr;
  bool runs_inline = false;
  void* function = nullptr;
  void (*invoke)(void* function, Node& node, Message& request) = nullptr;
};

// Marks a handler that never suspends: it runs within the delivery, without a fiber.
template <class F>
struct InlineHandler {
  F function;
};
template <class F>
InlineHandler<std::decay_t<F>> run_inline(F&& function) {
  return {std::forward<F>(function)};
}

template <class Reply>
class Replies;

class Node final : public Target {
 public:
  Node(World& world, NodeId id, NodeOptions options, Seed seed);
  ~Node() override;

  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return options_.name; }
  // What keys this node's streams: by its name, so that another node more or less shifts no draws.
  [[nodiscard]] std::uint64_t stream_key() const { return stream_key_; }
  [[nodiscard]] const std::string& zone() const { return options_.zone; }
  [[nodiscard]] bool is_client() const { return options_.is_client; }
  // Every other replica, ascending; for a client, every replica.
  [[nodiscard]] std::span<const NodeId> peers();

  // The monotonic clock: it drifts, but never steps. Time-outs and sleeps follow it.
  [[nodiscard]] Time now() const;
  // The time of day as this node believes it to be: it may jump, also back.
  [[nodiscard]] Time wall_now();
  // The true time of day lies between these, as the node believes: what TrueTime offers. The bound
  // comes from synchronisation and grows without it; a clock may be wrong about it.
  [[nodiscard]] WallInterval wall_interval();
  [[nodiscard]] Stream& rng() { return rng_; }
  // For World::reseed.
  void reseed(Seed seed);
  [[nodiscard]] Disk& disk() { return *disk_; }
  // Through which a client's program asks.
  [[nodiscard]] Driver& driver() { return driver_; }

  // Suspends, for `d` on the monotonic clock.
  void sleep(Duration d);
  // A fiber of this node that runs soon, and dies with it at the latest.
  void spawn(std::string name, std::function<void()> body);
  // Calls `callback` inline in `d`; it must not suspend. For hot paths without a fiber.
  TimerId after(Duration d, std::function<void()> callback);
  void cancel(TimerId timer);

  // Sends without waiting; nobody will know whether it arrived.
  template <Request M>
  void send(NodeId to, M message) {
    transmit(to, make_request(std::move(message)), CallId{});
  }
  // Suspends. nullopt: no answer within `timeout`. Lost, slow and dead cannot be told apart.
  template <Request M>
  [[nodiscard]] std::optional<typename M::Reply> call(NodeId to, M request, Duration timeout);
  // Asks all of them at once; wait_for(k, timeout) on the result suspends. See Replies.
  template <Request M>
  [[nodiscard]] Replies<typename M::Reply> call_all(std::span<const NodeId> to, const M& request);

  // Answers requests until the node crashes. A handler takes `const M&`, and the NodeId of the
  // sender if it wants, and returns M::Reply; each request gets a fiber of its own, so it may
  // suspend. Suspends; does not return. Requires: one fiber of a node serves.
  template <class... F>
  void serve(F... handlers) {
    const Handler table[] = {make_handler(handlers)...};
    serve_until_crash(table);
  }

  // Publishes what observers, triggers, invariants and the trace may know: "role", "term", ...
  // `field` is static text.
  void set_state(std::string_view field, std::int64_t value);
  // The value last published since the last start; nullopt: none.
  [[nodiscard]] std::optional<std::int64_t> state(std::string_view field) const;
  // Tells the reader of the trace, and triggers, that something happened. `what` is static text.
  void note(std::string_view what, const Tags& tags);

  [[nodiscard]] bool is_up() const { return up_; }
  [[nodiscard]] bool is_paused() const { return paused_; }
  // Counts the starts.
  [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

  // What faults ask to prove that they did something.
  struct Counters {
    std::uint64_t timers_bent = 0;  // timers that fired at another true time than an exact clock's
    std::uint64_t wall_reads = 0;   // looks at the wall clock
    std::uint64_t intervals = 0;    // ... as an interval
    std::uint64_t lies = 0;         // ... that did not contain the true time
    std::uint64_t held_back = 0;    // events that waited for the end of a pause
    std::uint64_t lost_while_down = 0;  // messages that found the node down or not yet serving
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // nullptr: it takes any number of messages at once.
  [[nodiscard]] const std::shared_ptr<Service>& service() const { return service_; }

  [[nodiscard]] World& world() { return world_; }

  // A message arrives. Called by the world.
  Fiber* fire(const Event& event) override;
  // Whose arrival an event of a node is.
  static Message& message_of(const Event& event) {
    return *reinterpret_cast<Message*>(event.arg & ~kFlags);
  }
  // Is it still on its way? Not if it waits for a paused or busy receiver.
  static bool in_flight(const Event& event) { return (event.arg & kFlags) == 0; }

 private:
  // In an event's argument: the message came in before a pause ended, no cut can stop it any more.
  static constexpr std::uint64_t kHasArrived = 1;
  // ... the node has dealt with everything before it.
  static constexpr std::uint64_t kServed = 2;
  static constexpr std::uint64_t kFlags = kHasArrived | kServed;

  friend class World;
  friend class Timers;
  friend class Condition;
  friend class Disk;
  friend class PendingReplies;
  template <class Reply>
  friend class Replies;

  struct State {
    std::string_view field;
    std::int64_t value;
  };

  template <class M>
  Message& make_request(M message);
  template <class F>
  static Handler make_handler(F& function);
  void reply(Message& request, Message& answer);
  void transmit(NodeId to, Message& message, CallId call);
  void serve_until_crash(std::span<const Handler> handlers);
  void run_handler(Message& request);
  Fiber* deliver_request(Message& message);
  Fiber* deliver_reply(Message& message);
  void queue_up(const Event& event);
  void drop(Message& message, DropReason reason);
  // The node is paused: the event waits for the end of the pause.
  bool hold_back(const Event& event) {
    return (paused_ || event.seq < first_resumed_) && hold_back_if_due(event);
  }
  bool hold_back_if_due(const Event& event);
  Fiber& current_fiber(const char* what);
  // On the monotonic clock; Time::max() instead of what lies beyond.
  [[nodiscard]] Time deadline_in(Duration d) const;

  void start();
  std::uint64_t crash(std::vector<Fiber*>& unwinding, const Outage& outage);
  std::uint64_t resume();
  void discard_held();
  void adopt(Fiber& fiber, std::string_view name);
  void disown(Fiber& fiber);

  World& world_;
  NodeId id_;
  NodeOptions options_;
  Clock clock_;
  std::uint64_t stream_key_;
  Stream rng_;
  std::unique_ptr<Disk> disk_;
  Driver driver_;
  std::vector<NodeId> peers_;
  std::vector<State> state_;
  std::span<const Handler> handlers_;
  std::shared_ptr<Service> service_;  // null: any number of messages at once
  std::vector<Event> held_;           // what waits for the end of a pause
  Time resumed_at_;
  std::uint64_t first_resumed_ = 0;  // events of that instant before this one go behind the held
  Fiber* youngest_ = nullptr;
  std::uint32_t fibers_ = 0;
  std::uint32_t first_timer_ = UINT32_MAX;
  std::uint32_t incarnation_ = 0;
  bool up_ = false;
  bool paused_ = false;
  Counters counters_;
};

// The answers to one call_all.
//
//   auto votes = node.call_all(node.peers(), RequestVote{...});
//   if (votes.wait_for(majority - 1, 100_ms)) ...;         // suspends
//   for (const auto& [from, vote] : votes.received()) ...; // in order of arrival; late ones come
//   too
template <class Reply>
class Replies {
 public:
  explicit Replies(Node& node)
      : pending_(std::make_unique<PendingReplies>(node)), started_(node.now()) {}

  // Suspends until `enough` answers have come, all have, or `timeout` has passed since the call.
  bool wait_for(std::size_t enough, Duration timeout) {
    return pending_->wait_for(enough, started_, timeout, "answers", kNoNode);
  }
  [[nodiscard]] std::vector<std::pair<NodeId, Reply>> received() const {
    std::vector<std::pair<NodeId, Reply>> all;
    for (const auto& answer : pending_->answers()) {
      all.emplace_back(answer.from, answer.message->template as<Reply>());
    }
    return all;
  }

 private:
  friend class Node;
  std::unique_ptr<PendingReplies> pending_;
  Time started_;
};

namespace detail {

template <class F>
struct HandlerTraits : HandlerTraits<decltype(&F::operator())> {};
template <class C, class R, class M, class... Rest>
struct HandlerTraits<R (C::*)(const M&, Rest...) const> {
  using Message = M;
  static constexpr bool kWantsSender = sizeof...(Rest) == 1;
};
template <class C, class R, class M, class... Rest>
struct HandlerTraits<R (C::*)(const M&, Rest...)>
    : HandlerTraits<R (C::*)(const M&, Rest...) const> {};

template <class F>
struct Unwrapped {
  using Function = F;
  static constexpr bool kInline = false;
  static F& get(F& f) { return f; }
};
template <class F>
struct Unwrapped<InlineHandler<F>> {
  using Function = F;
  static constexpr bool kInline = true;
  static F& get(InlineHandler<F>& f) { return f.function; }
};

}  // namespace detail

// What a handler's reply travels in. Needs the world's pool, which only node.cc knows.
MessagePool& message_pool(Node& node);

template <class M>
Message& Node::make_request(M message) {
  return message_pool(*this).make<M>(detail::kRequestType<M>, std::move(message));
}

template <class F>
Handler Node::make_handler(F& function) {
  using Inner = detail::Unwrapped<F>;
  using Traits = detail::HandlerTraits<typename Inner::Function>;
  using M = typename Traits::Message;
  static_assert(Request<M>, "a handler takes `const M&` where M names itself and its Reply");
  return {&detail::kRequestType<M>, Inner::kInline, &function,
          [](void* f, Node& node, Message& request) {
            auto& handle = Inner::get(*static_cast<F*>(f));
            typename M::Reply result = [&]() -> typename M::Reply {
              if constexpr (Traits::kWantsSender) {
                return handle(request.as<const M>(), request.from);
              } else {
                return handle(request.as<const M>());
              }
            }();
            if (request.call.slot == CallId{}.slot) return;
            node.reply(request, message_pool(node).make<typename M::Reply>(detail::kReplyType<M>,
                                                                           std::move(result)));
          }};
}

template <Request M>
std::optional<typename M::Reply> Node::call(NodeId to, M request, Duration timeout) {
  PendingReplies pending(*this);
  pending.ask(to, make_request(std::move(request)));
  if (!pending.wait_for(1, now(), timeout, M::kName.data(), to)) return std::nullopt;
  return pending.answers().front().message->template as<typename M::Reply>();
}

template <Request M>
Replies<typename M::Reply> Node::call_all(std::span<const NodeId> to, const M& request) {
  Replies<typename M::Reply> replies(*this);
  for (const NodeId node : to) replies.pending_->ask(node, make_request(request));
  return replies;
}

}  // namespace quorumlab::sim
