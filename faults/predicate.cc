#include "faults/predicate.h"

#include <algorithm>

#include "faults/predicate_tree.h"

namespace quorumlab::faults {
namespace {

using Kind = PredicateNode::Kind;
using Node = PredicateNode;
// nullopt: it speaks of what a node does not publish.
using Result = std::optional<std::int64_t>;

class Evaluator {
 public:
  Evaluator(sim::World& world, const Predicate::Active& active) : world_(world), active_(active) {}

  [[nodiscard]] Result value(const Node& node) const {
    switch (node.kind) {
      case Kind::kNumber:
        return node.number;
      case Kind::kWord:
        return std::nullopt;
      case Kind::kField:
        return field(node);
      case Kind::kActive:
        return active_(node.target) ? 1 : 0;
      case Kind::kAggregate:
        return aggregate(node);
      case Kind::kNot:
        return truth(*node.arguments[0]) ? 0 : 1;
      case Kind::kAnd:
        return truth(*node.arguments[0]) && truth(*node.arguments[1]) ? 1 : 0;
      case Kind::kOr:
        return truth(*node.arguments[0]) || truth(*node.arguments[1]) ? 1 : 0;
      case Kind::kCompare:
        return comparison(node);
      case Kind::kAdd:
      case Kind::kSubtract:
        return arithmetic(node);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool truth(const Node& node) const { return value(node).value_or(0) != 0; }

 private:
  Evaluator of(sim::NodeId self) const {
    Evaluator other = *this;
    other.self_ = self;
    return other;
  }

  [[nodiscard]] Result field(const Node& node) const {
    sim::NodeId whose = self_;
    if (!node.target.empty()) {
      const std::vector<sim::NodeId> meant = Targets({node.target}).in(world_);
      if (meant.size() != 1) return std::nullopt;  // nobody leads
      whose = meant.front();
    }
    sim::Node& looked_at = world_.node(whose);
    if (node.name == kUp) return looked_at.is_up() ? 1 : 0;
    if (node.name == kPaused) return looked_at.is_paused() ? 1 : 0;
    if (node.name == kIncarnation) return looked_at.incarnation();
    if (node.name == kUnsyncedBytes) {
      return static_cast<std::int64_t>(looked_at.disk().unsynced());
    }
    return looked_at.state(node.name);
  }

  [[nodiscard]] Result aggregate(const Node& node) const {
    const bool all = node.name == "all";
    const bool any = node.name == "any";
    const bool adds = node.name == "count" || node.name == "sum";
    Result result = all || adds ? Result(all ? 1 : 0) : any ? Result(0) : std::nullopt;
    for (const sim::NodeId id : Targets({node.target}).in(world_)) {
      const Result one = of(id).value(*node.arguments[0]);
      if (all && one.value_or(0) == 0) return 0;
      if (any && one.value_or(0) != 0) return 1;
      if (all || any || !one) continue;
      if (adds) {
        *result += *one;
      } else if (!result || (node.name == "min" ? *one < *result : *one > *result)) {
        result = one;
      }
    }
    return result;
  }

  [[nodiscard]] Result comparison(const Node& node) const {
    const Result a = value(*node.arguments[0]);
    const Result b = value(*node.arguments[1]);
    if (!a || !b) return std::nullopt;
    const bool holds = node.name == "=="   ? *a == *b
                       : node.name == "!=" ? *a != *b
                       : node.name == "<"  ? *a < *b
                       : node.name == "<=" ? *a <= *b
                       : node.name == ">"  ? *a > *b
                                           : *a >= *b;
    return holds ? 1 : 0;
  }

  [[nodiscard]] Result arithmetic(const Node& node) const {
    const Result a = value(*node.arguments[0]);
    const Result b = value(*node.arguments[1]);
    if (!a || !b) return std::nullopt;
    std::int64_t result = 0;
    const bool overflow = node.kind == Kind::kAdd ? __builtin_add_overflow(*a, *b, &result)
                                                  : __builtin_sub_overflow(*a, *b, &result);
    return overflow ? Result() : Result(result);
  }

  sim::World& world_;
  const Predicate::Active& active_;
  sim::NodeId self_ = sim::kNoNode;
};

}  // namespace

std::variant<Predicate, config::SyntaxError> Predicate::parse(std::string_view text) {
  PredicateParser parser(text);
  std::shared_ptr<const PredicateNode> root = parser.parse();
  if (!root) return parser.error();
  Predicate predicate;
  predicate.text_ = text;
  predicate.root_ = std::move(root);
  return predicate;
}

// Copies of a predicate share their tree, and one of them may be bound to other names: bound anew.
std::optional<config::SyntaxError> Predicate::bind(const Places& places) {
  std::unique_ptr<PredicateNode> fresh = PredicateParser(text_).parse();
  QL_CHECK(fresh != nullptr, "a predicate that was parsed before: {}", text_);
  auto wrong = bind_predicate(*fresh, places);
  root_ = std::move(fresh);
  return wrong;
}

bool Predicate::holds(sim::World& world, const Active& active) const {
  return Evaluator(world, active).truth(*root_);
}

config::Syntax<Predicate> predicate() {
  return {{.noun = "condition",
           .expected = "a condition on what replicas publish, such as \"role(n2) == leader\""},
          Predicate::parse,
          [](const Predicate& p) { return p.text(); }};
}

}  // namespace quorumlab::faults
