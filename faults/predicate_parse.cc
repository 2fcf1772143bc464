#include <fmt/core.h>

#include <cctype>
#include <charconv>

#include "faults/predicate_tree.h"

namespace quorumlab::faults {
namespace {

using Kind = PredicateNode::Kind;

constexpr int kDeepest = 50;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

PredicateParser::Node PredicateParser::parse() {
  Node root = disjunction();
  if (!root) return nullptr;
  blanks();
  if (at_ == text_.size()) return root;
  return fail(at_, text_.size() - at_, fmt::format("`{}` is too much", text_.substr(at_)),
              "conditions are joined by `and` and `or`");
}

PredicateParser::Node PredicateParser::fail(std::size_t position, std::size_t length,
                                            std::string message, std::string hint) {
  // The first mistake counts: what follows may be its consequence.
  if (error_.message.empty()) error_ = {position, length, std::move(message), std::move(hint)};
  return nullptr;
}

PredicateParser::Node PredicateParser::node(Kind kind, std::size_t from) const {
  auto made = std::make_unique<PredicateNode>();
  made->kind = kind;
  made->position = from;
  made->length = at_ - from;
  return made;
}

void PredicateParser::blanks() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

bool PredicateParser::sees(std::string_view token) {
  blanks();
  if (!text_.substr(at_).starts_with(token)) return false;
  const std::size_t end = at_ + token.size();
  const bool goes_on = is_letter(token.back()) && end < text_.size() &&
                       (is_letter(text_[end]) || is_digit(text_[end]));
  return !goes_on;
}

bool PredicateParser::take(std::string_view token) {
  if (!sees(token)) return false;
  at_ += token.size();
  return true;
}

std::string PredicateParser::identifier() {
  blanks();
  const std::size_t from = at_;
  if (at_ < text_.size() && text_[at_] == '\'') {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return {};
    at_ = end + 1;
    return std::string(text_.substr(from + 1, end - from - 1));
  }
  while (at_ < text_.size() && (is_letter(text_[at_]) || (at_ > from && is_digit(text_[at_])))) {
    ++at_;
  }
  return std::string(text_.substr(from, at_ - from));
}

PredicateParser::Node PredicateParser::chain(std::string_view word, Kind kind, Rule operand) {
  Node left = (this->*operand)();
  while (left && take(word)) {
    Node right = (this->*operand)();
    if (!right) return nullptr;
    Node joined = node(kind, left->position);
    joined->arguments.push_back(std::move(left));
    joined->arguments.push_back(std::move(right));
    left = std::move(joined);
  }
  return left;
}

PredicateParser::Node PredicateParser::disjunction() {
  return chain("or", Kind::kOr, &PredicateParser::conjunction);
}

PredicateParser::Node PredicateParser::conjunction() {
  return chain("and", Kind::kAnd, &PredicateParser::negation);
}

PredicateParser::Node PredicateParser::negation() {
  blanks();
  const std::size_t from = at_;
  if (!take("not")) return comparison();
  if (++depth_ > kDeepest) return fail(from, 3, "too deep", "write it as several conditions");
  Node inner = negation();
  --depth_;
  if (!inner) return nullptr;
  Node made = node(Kind::kNot, from);
  made->arguments.push_back(std::move(inner));
  return made;
}

PredicateParser::Node PredicateParser::comparison() {
  Node left = sum();
  if (!left) return nullptr;
  for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
    if (!take(sign)) continue;
    Node right = sum();
    if (!right) return nullptr;
    Node made = node(Kind::kCompare, left->position);
    made->name = sign;
    made->arguments.push_back(std::move(left));
    made->arguments.push_back(std::move(right));
    return made;
  }
  if (sees("=")) return fail(at_, 1, "`=` compares nothing", "write `==`");
  return left;
}

PredicateParser::Node PredicateParser::sum() {
  Node left = term();
  while (left) {
    const bool minus = sees("-");
    if (!minus && !sees("+")) break;
    ++at_;
    Node right = term();
    if (!right) return nullptr;
    Node made = node(minus ? Kind::kSubtract : Kind::kAdd, left->position);
    made->arguments.push_back(std::move(left));
    made->arguments.push_back(std::move(right));
    left = std::move(made);
  }
  return left;
}

PredicateParser::Node PredicateParser::term() {
  blanks();
  const std::size_t from = at_;
  if (take("(")) {
    if (++depth_ > kDeepest) return fail(from, 1, "too deep", "write it as several conditions");
    Node inner = disjunction();
    --depth_;
    if (!inner) return nullptr;
    if (!take(")")) return fail(from, 1, "this parenthesis is not closed", "add `)`");
    return inner;
  }
  if (at_ < text_.size() && is_digit(text_[at_])) {
    std::int64_t number = 0;
    const char* const end = text_.data() + text_.size();
    const auto [rest, error] = std::from_chars(text_.data() + at_, end, number);
    at_ = static_cast<std::size_t>(rest - text_.data());
    if (error != std::errc()) return fail(from, at_ - from, "the number is too large", "");
    Node made = node(Kind::kNumber, from);
    made->number = number;
    return made;
  }
  std::string name = identifier();
  if (!name.empty()) return call(std::move(name), from);
  const bool over = from >= text_.size();
  return fail(over ? 0 : from, over ? text_.size() : 1,
              over ? "something is missing" : "not a condition",
              "expected a field of a node, such as role(n1), or a number");
}

PredicateParser::Node PredicateParser::call(std::string name, std::size_t position) {
  const std::size_t name_end = at_;
  if (!take("(")) {
    at_ = name_end;
    Node word = node(Kind::kWord, position);
    word->name = std::move(name);
    return word;
  }
  blanks();
  const std::size_t target_position = at_;
  std::string target = identifier();
  if (target.empty()) {
    return fail(position, name_end - position, fmt::format("`{}` of whom?", name),
                fmt::format("name a node: {}(n1)", name));
  }
  Node argument;
  if (take(",")) {
    if (++depth_ > kDeepest) return fail(position, 1, "too deep", "write it as several conditions");
    argument = disjunction();
    --depth_;
    if (!argument) return nullptr;
  }
  if (!take(")"))
    return fail(position, name_end - position, "its parenthesis is not closed", "add `)`");
  const Kind kind = argument ? Kind::kAggregate : name == "active" ? Kind::kActive : Kind::kField;
  Node made = node(kind, position);
  made->name = std::move(name);
  made->target = std::move(target);
  made->target_position = target_position;
  if (argument) made->arguments.push_back(std::move(argument));
  return made;
}

}  // namespace quorumlab::faults
