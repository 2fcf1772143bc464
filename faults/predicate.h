// Conditions on what replicas publish, written in a scenario: when a fault begins, when it ends.
//
//   auto parsed = Predicate::parse("role(n2) == leader and commit(n2) >= 10");
//   Predicate& p = std::get<Predicate>(parsed);
//   if (auto wrong = p.bind(vocabulary)) ...;   // unknown names and mixed types, with their place
//   p.holds(world, active);                     // of a node that is down nothing holds
//
//   role(n2) == leader                 a field of one node: a node's name, or `leader`
//   count(replicas, up) < 3            also all, any, min, max and sum over nodes: a zone or a role
//   commit(leader) - min(followers, commit) > 50
//   active(split) and not (up(n1) or paused(n3))
//
// Three types, never mixed: numbers, truth values, and the words of a field such as `role`. Besides
// the model's fields every node has up, paused, incarnation and unsynced (bytes on its disk).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "faults/targets.h"
#include "sim/config/leaves.h"
#include "sim/world.h"

namespace quorumlab::faults {

struct PredicateNode;  // of the syntax tree

class Predicate {
 public:
  // Is the fault of this name active now?
  using Active = std::function<bool(const std::string& fault)>;

  Predicate() = default;
  [[nodiscard]] static std::variant<Predicate, config::SyntaxError> parse(std::string_view text);

  // Gives names their meaning. nullopt: all is well.
  [[nodiscard]] std::optional<config::SyntaxError> bind(const Places& places);
  // Requires: bound. A part that speaks of what a node does not publish is false, or 0 of no use.
  [[nodiscard]] bool holds(sim::World& world, const Active& active) const;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const PredicateNode> root_;
};

// until = "role(n2) == leader"
[[nodiscard]] config::Syntax<Predicate> predicate();

}  // namespace quorumlab::faults
