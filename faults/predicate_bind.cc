#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "faults/predicate_tree.h"
#include "sim/config/suggest.h"

namespace quorumlab::faults {
namespace {

using config::SyntaxError;
using Kind = PredicateNode::Kind;
using Node = PredicateNode;

// What a part of a predicate is: a number, a truth value, or a word of some field.
struct Type {
  enum class Is : std::uint8_t { kNumber, kTruth, kWord } is = Is::kNumber;
  const Field* field = nullptr;  // of kWord
};

constexpr std::array<std::string_view, 6> kAggregates = {"all", "any", "count",
                                                         "max", "min", "sum"};
constexpr std::array<std::string_view, 4> kBuiltin = {kUp, kPaused, kIncarnation, kUnsyncedBytes};

std::string_view text_of(Type::Is is) {
  switch (is) {
    case Type::Is::kNumber:
      return "a number";
    case Type::Is::kTruth:
      return "true or false";
    case Type::Is::kWord:
      return "a word";
  }
  return {};
}

class Binder {
 public:
  explicit Binder(const Places& places) : places_(places) {}

  std::optional<SyntaxError> bind(Node& root) {
    const std::optional<Type> type = visit(root, false);
    if (type && type->is != Type::Is::kTruth) {
      fail(root, fmt::format("this is {}, not a condition", text_of(type->is)),
           "compare it, as in commit(n1) >= 10");
    }
    return error_;
  }

 private:
  std::nullopt_t fail(const Node& node, std::string message, std::string hint) {
    return fail(node.position, node.length, std::move(message), std::move(hint));
  }
  std::nullopt_t fail(std::size_t position, std::size_t length, std::string message,
                      std::string hint) {
    if (!error_) error_ = SyntaxError{position, length, std::move(message), std::move(hint)};
    return std::nullopt;
  }

  std::optional<Type> visit(Node& node, bool of_each) {
    switch (node.kind) {
      case Kind::kNumber:
        return Type{};
      case Kind::kWord:
        return lone_word(node, of_each);
      case Kind::kField:
        if (!one_node(node)) return std::nullopt;
        return field(node);
      case Kind::kActive:
        return fault(node);
      case Kind::kAggregate:
        return aggregate(node);
      case Kind::kNot:
      case Kind::kAnd:
      case Kind::kOr:
        return truths(node, of_each);
      case Kind::kCompare:
        return comparison(node, of_each);
      case Kind::kAdd:
      case Kind::kSubtract:
        return arithmetic(node, of_each);
    }
    return std::nullopt;
  }

  [[nodiscard]] const Field* find(const std::string& name) const {
    const auto found = std::find_if(places_.fields.begin(), places_.fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    return found == places_.fields.end() ? nullptr : &*found;
  }

  [[nodiscard]] bool is_field(const std::string& name) const {
    return find(name) != nullptr ||
           std::find(kBuiltin.begin(), kBuiltin.end(), name) != kBuiltin.end();
  }

  [[nodiscard]] std::vector<std::string> field_names() const {
    std::vector<std::string> names(kBuiltin.begin(), kBuiltin.end());
    for (const Field& field : places_.fields) names.push_back(field.name);
    return names;
  }

  std::optional<Type> field(const Node& node) {
    if (node.name == kUp || node.name == kPaused) return Type{Type::Is::kTruth};
    if (node.name == kIncarnation || node.name == kUnsyncedBytes) return Type{};
    if (const Field* const known = find(node.name)) {
      return known->values.empty() ? Type{} : Type{Type::Is::kWord, known};
    }
    return fail(node.position, node.name.size(),
                fmt::format("replicas publish nothing called `{}`", node.name),
                config::suggestion(node.name, field_names()));
  }

  bool one_node(const Node& node) {
    if (node.target == "leader") return true;
    const auto& nodes = places_.nodes;
    if (std::find(nodes.begin(), nodes.end(), node.target) != nodes.end()) return true;
    const std::vector<std::string> words = places_.words();
    if (std::find(words.begin(), words.end(), node.target) != words.end()) {
      fail(node.target_position, node.target.size(),
           fmt::format("`{}` may be several nodes", node.target),
           fmt::format("write min({0}, {1}), max, any or all", node.target, node.name));
      return false;
    }
    fail(node.target_position, node.target.size(),
         fmt::format("no node is called `{}`", node.target),
         config::suggestion(node.target, words));
    return false;
  }

  // Within an aggregate a bare field is the one of the node that is looked at.
  std::optional<Type> lone_word(Node& node, bool of_each) {
    if (is_field(node.name)) {
      if (!of_each) {
        return fail(node, fmt::format("`{}` of whom?", node.name),
                    fmt::format("name a node: {}(n1)", node.name));
      }
      node.kind = Kind::kField;
      return field(node);
    }
    return fail(node, fmt::format("`{}` means nothing here", node.name),
                config::suggestion(node.name, field_names()));
  }

  std::optional<Type> fault(const Node& node) {
    const auto& known = places_.faults;
    if (std::find(known.begin(), known.end(), node.target) == known.end()) {
      return fail(
          node.target_position, node.target.size(),
          fmt::format("no fault is named `{}`", node.target),
          known.empty() ? "give a fault a `name` first" : config::suggestion(node.target, known));
    }
    return Type{Type::Is::kTruth};
  }

  std::optional<Type> aggregate(Node& node) {
    if (std::find(kAggregates.begin(), kAggregates.end(), node.name) == kAggregates.end()) {
      return fail(node.position, node.name.size(), fmt::format("`{}` takes one node", node.name),
                  "all, any, count, max, min and sum take nodes and what to look at");
    }
    const std::vector<std::string> words = places_.words();
    if (std::find(words.begin(), words.end(), node.target) == words.end()) {
      return fail(node.target_position, node.target.size(),
                  fmt::format("no node, zone or role is called `{}`", node.target),
                  config::suggestion(node.target, words));
    }
    const auto inner = visit(*node.arguments[0], true);
    if (!inner) return std::nullopt;
    const bool counts = node.name == "all" || node.name == "any" || node.name == "count";
    const Type::Is wanted = counts ? Type::Is::kTruth : Type::Is::kNumber;
    if (inner->is != wanted) {
      return fail(*node.arguments[0],
                  fmt::format("`{}` wants {}, and this is {}", node.name, text_of(wanted),
                              text_of(inner->is)),
                  counts ? "such as role == leader" : "such as commit");
    }
    const bool is_truth = node.name == "all" || node.name == "any";
    return Type{is_truth ? Type::Is::kTruth : Type::Is::kNumber};
  }

  std::optional<Type> truths(Node& node, bool of_each) {
    for (const auto& argument : node.arguments) {
      const auto type = visit(*argument, of_each);
      if (!type) return std::nullopt;
      if (type->is != Type::Is::kTruth) {
        return fail(*argument, fmt::format("this is {}, not a condition", text_of(type->is)),
                    "compare it, as in commit(n1) >= 10");
      }
    }
    return Type{Type::Is::kTruth};
  }

  std::optional<Type> arithmetic(Node& node, bool of_each) {
    for (const auto& argument : node.arguments) {
      const auto type = visit(*argument, of_each);
      if (!type) return std::nullopt;
      if (type->is != Type::Is::kNumber) {
        return fail(*argument, fmt::format("this is {}, not a number", text_of(type->is)), "");
      }
    }
    return Type{};
  }

  std::optional<Type> comparison(Node& node, bool of_each) {
    Node& left = *node.arguments[0];
    Node& right = *node.arguments[1];
    const bool left_is_word = left.kind == Kind::kWord && !is_field(left.name);
    Node& first = left_is_word ? right : left;
    Node& second = left_is_word ? left : right;
    const auto type = visit(first, of_each);
    if (!type) return std::nullopt;
    const bool equality = node.name == "==" || node.name == "!=";
    if (type->is != Type::Is::kNumber && !equality) {
      return fail(node, fmt::format("{} is not more or less than another", text_of(type->is)),
                  "compare with == or !=");
    }
    if (type->is == Type::Is::kWord && second.kind == Kind::kWord && !is_field(second.name)) {
      if (!word(second, *type->field)) return std::nullopt;
      return Type{Type::Is::kTruth};
    }
    const auto other = visit(second, of_each);
    if (!other) return std::nullopt;
    if (other->is != type->is || other->field != type->field) {
      return fail(
          second,
          fmt::format("{} cannot be compared with {}", text_of(type->is), text_of(other->is)),
          type->field != nullptr ? fmt::format("one of: {}", fmt::join(type->field->values, ", "))
                                 : "");
    }
    return Type{Type::Is::kTruth};
  }

  bool word(Node& node, const Field& field) {
    const auto found = std::find(field.values.begin(), field.values.end(), node.name);
    if (found == field.values.end()) {
      fail(node, fmt::format("`{}` is never {}", field.name, node.name),
           config::suggestion(node.name, field.values));
      return false;
    }
    node.kind = Kind::kNumber;
    node.number = found - field.values.begin();
    return true;
  }

  const Places& places_;
  std::optional<SyntaxError> error_;
};

}  // namespace

std::optional<SyntaxError> bind_predicate(PredicateNode& root, const Places& places) {
  return Binder(places).bind(root);
}

}  // namespace quorumlab::faults
