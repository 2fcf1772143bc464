// The syntax tree of a predicate, between the parser that makes it, the binder that types it and
// the evaluator that walks it. Inside faults/ only.
//
//   PredicateParser("up(n1) and commit(n2) > 3").parse();  // kAnd(kField up(n1), kCompare(...))
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "faults/targets.h"
#include "sim/config/leaves.h"

namespace quorumlab::faults {

struct PredicateNode {
  enum class Kind : std::uint8_t {
    kNumber,
    kWord,       // before binding: a word of a field, or the field of "this" node
    kField,      // name(target), or bare within an aggregate
    kActive,     // active(fault)
    kAggregate,  // name(targets, argument 0)
    kNot,
    kAnd,
    kOr,
    kCompare,  // name is the sign
    kAdd,
    kSubtract,
  };
  Kind kind = Kind::kNumber;
  std::string name;
  std::string target;
  std::int64_t number = 0;
  std::vector<std::unique_ptr<PredicateNode>> arguments;
  std::size_t position = 0;  // in the text
  std::size_t length = 0;
  std::size_t target_position = 0;
};

class PredicateParser {
 public:
  explicit PredicateParser(std::string_view text) : text_(text) {}
  // nullptr: see error().
  [[nodiscard]] std::unique_ptr<PredicateNode> parse();
  [[nodiscard]] const config::SyntaxError& error() const { return error_; }

 private:
  using Node = std::unique_ptr<PredicateNode>;
  using Rule = Node (PredicateParser::*)();

  Node disjunction();
  Node conjunction();
  Node negation();
  Node comparison();
  Node sum();
  Node term();
  Node call(std::string name, std::size_t position);
  // operand { word operand }
  Node chain(std::string_view word, PredicateNode::Kind kind, Rule operand);

  void blanks();
  [[nodiscard]] bool sees(std::string_view token);
  bool take(std::string_view token);
  std::string identifier();
  Node fail(std::size_t position, std::size_t length, std::string message, std::string hint);
  Node node(PredicateNode::Kind kind, std::size_t from) const;

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  config::SyntaxError error_;
};

// Types the tree and resolves words; returns what is wrong first.
[[nodiscard]] std::optional<config::SyntaxError> bind_predicate(PredicateNode& root,
                                                                const Places& places);

// Fields that every node has, whatever it runs; those that are true or false come first.
inline constexpr std::string_view kUp = "up";
inline constexpr std::string_view kPaused = "paused";
inline constexpr std::string_view kIncarnation = "incarnation";
inline constexpr std::string_view kUnsyncedBytes = "unsynced";

}  // namespace quorumlab::faults
