#include "models/workload/client_driver.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <type_traits>

#include "models/model.h"
#include "sim/condition.h"

namespace quorumlab::models {

using namespace sim::literals;
using How = sim::RequestEnd::How;
using sim::Duration;
using sim::RequestPlan;
using sim::Time;

ClientDriver::Told ClientDriver::change(OpId op, Key key, const Command& command) {
  const RequestPlan plan = this->plan(true, key);
  const Put put{.op = op,
                .key = key,
                .value = command.value,
                .erase = command.erase,
                .keyed = plan.keyed,
                .seen = seen_by(key),
                .quorum = options_.write_quorum,
                .f = command.f,
                .expected = command.expected};
  router_.wrote();
  return ask(plan, put, &writing_);
}

ClientDriver::Told ClientDriver::read(OpId op, Key key) {
  const RequestPlan plan = this->plan(false, key);
  return ask(plan, Get{.op = op, .key = key, .seen = seen_by(key), .quorum = options_.read_quorum},
             &reading_);
}

RequestPlan ClientDriver::plan(bool is_write, Key key) {
  const Seen seen = seen_by(key);
  RequestPlan plan{.is_write = is_write,
                   .remembers = seen.position > 0 || !seen.context.empty(),
                   .timeout = options_.timeout,
                   .attempt = options_.attempt};
  client_.driver().plan(client_, plan);
  if (plan.forgets) {
    position_ = 0;
    contexts_.clear();
  }
  learns_ = plan.learns;
  reuses_ = plan.reuses_connection;
  if (!reuses_) {
    writing_.clear();
    reading_.clear();
  }
  end_ = {.is_write = is_write, .copies = 0};
  return plan;
}

// kNoNode: the library knows.
template <class M>
NodeId ClientDriver::server_for(const RequestPlan& plan) {
  if (library_ != nullptr) return sim::kNoNode;
  if (plan.asks != sim::kNoNode) return plan.asks;
  return std::is_same_v<M, Put> ? router_.for_write() : router_.for_read();
}

template <class M>
ClientDriver::Told ClientDriver::ask(const RequestPlan& plan, M request,
                                     Connections<M>* connections) {
  constexpr bool kWrites = std::is_same_v<M, Put>;
  const bool goes_away = plan.cancel && *plan.cancel < plan.timeout;
  const Time deadline = client_.now() + (goes_away ? *plan.cancel : plan.timeout);
  const bool asks_again = plan.attempt > 0_ns;
  bool in_vain = false;  // then nobody knows what became of a write, whatever the next answer is
  Told told{.outcome = Outcome::kFail};
  for (Duration left = deadline - client_.now(); left > 0_ns; left = deadline - client_.now()) {
    const NodeId server = server_for<M>(plan);
    if constexpr (kWrites) {
      told.served_by = server;
    } else {
      request.leader_only = router_.reads_leader();
    }
    const auto answer =
        call(server, request, asks_again ? std::min(left, plan.attempt) : left, connections);
    if (!answer) {
      lead_on(server, false, sim::kNoNode);
      in_vain = true;
      if (asks_again) continue;
      break;
    }
    const auto& [reply, from] = *answer;
    if (reply.outcome == Outcome::kOk) {
      remember(request.key, reply.seen);
      told = {.outcome = Outcome::kOk, .value = reply.value, .served_by = from};
      if constexpr (!kWrites) told.elements = reply.elements;
      break;
    }
    if constexpr (kWrites) {
      // What an earlier attempt may have done, this answer does not tell.
      if (reply.saw_other) {
        remember(request.key, reply.seen);
        told.saw_other = !in_vain;
        break;
      }
    }
    if (reply.outcome == Outcome::kUnknown) {
      in_vain = true;
      if (!asks_again) break;
    }
    lead_on(server, true, reply.try_instead);
    client_.sleep(kPause);
  }
  if (told.outcome != Outcome::kOk) {
    end_.how = goes_away ? How::kCancelled : in_vain ? How::kTimedOut : How::kRefused;
    if (kWrites && in_vain) told.outcome = Outcome::kUnknown;
    if (!goes_away) connections->clear();  // whoever waited in vain hangs up
  }
  end_.told_ok = told.outcome == Outcome::kOk;
  client_.driver().end(client_, end_);
  if (end_.answers_other) {
    client_.note(note::kOtherAnswer, {.op = request.op, .key = request.key});
  } else if (end_.told_ok && told.outcome != Outcome::kOk) {
    client_.note(note::kCalledSuccess, {.op = request.op, .key = request.key});
  }
  if (end_.told_ok) told.outcome = Outcome::kOk;
  return told;
}

// Suspends. On a connection answers come in the order of the questions, and the first one that
// comes is taken for the answer.
template <class M>
std::optional<Answered<typename M::Reply>> ClientDriver::call(NodeId server, const M& request,
                                                              Duration patience,
                                                              Connections<M>* connections) {
  ++end_.copies;
  if (library_ != nullptr) return call_library(request, patience);
  if (!reuses_) {
    auto reply = client_.call(server, request, patience);
    if (!reply) return std::nullopt;
    return Answered<typename M::Reply>{*std::move(reply), server};
  }
  std::deque<Due<M>>& due = (*connections)[server];
  const std::array<NodeId, 1> whom{server};
  due.push_back({request.op, client_.now(), client_.call_all(whom, request)});
  Due<M>& first = due.front();
  if (!first.replies.wait_for(1, client_.now() - first.asked + patience)) return std::nullopt;
  end_.answers_other = first.op != request.op;
  auto reply = first.replies.received().front().second;
  due.pop_front();
  return Answered<typename M::Reply>{std::move(reply), server};
}

// Suspends. What the program does not wait for any longer goes on, as it would on a replica.
template <class M>
std::optional<Answered<typename M::Reply>> ClientDriver::call_library(const M& request,
                                                                      Duration patience) {
  struct Pending {
    explicit Pending(sim::Node& client) : done(client) {}
    sim::Condition done;
    std::optional<Answered<typename M::Reply>> answer{};
  };
  const auto pending = std::make_shared<Pending>(client_);
  client_.spawn(std::string(M::kName), [library = library_, request, pending] {
    pending->answer = library->handle(request);
    pending->done.notify_all();
  });
  (void)pending->done.wait_for(patience, [&] { return pending->answer.has_value(); });
  return pending->answer;
}

void ClientDriver::lead_on(NodeId server, bool answered, NodeId hint) {
  if (library_ != nullptr) return;
  if (!learns_) {
    ++end_.misled;
  } else if (answered) {
    router_.learn(hint);
  } else {
    router_.silent(server);
  }
}

Seen ClientDriver::seen_by(Key key) const {
  if (!options_.session) return {};
  const auto context = contexts_.find(key);
  return {position_, context == contexts_.end() ? "" : context->second};
}

void ClientDriver::remember(Key key, const Seen& seen) {
  if (!options_.session) return;
  position_ = std::max(position_, seen.position);
  contexts_[key] = seen.context;
}

}  // namespace quorumlab::models
