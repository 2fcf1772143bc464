#include "tests/verifier/paths.h"

#include <algorithm>

namespace quorumlab::verifier {
namespace {

Relation either(Relation a, const Relation& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] |= b[i];
  return a;
}

Relation then(const Relation& a, const Relation& b) {
  Relation result(a.size(), Row(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a.size(); ++j) {
      if (a[i][j]) result[i] |= b[j];
    }
  }
  return result;
}

// Once or more often (Warshall).
Relation often(Relation a) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (auto& row : a) {
      if (row[k]) row |= a[k];
    }
  }
  return a;
}

Relation or_nothing(Relation a) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i].set(i);
  return a;
}

}  // namespace

const Relation& Paths::letter(char how) {
  const auto [found, fresh] = letters_.try_emplace(how, count_, Row(count_));
  for (std::size_t a = 0; a < count_ && fresh; ++a) {
    for (std::size_t b = 0; b < count_; ++b) {
      if (joined_(how, a, b)) found->second[a].set(b);
    }
  }
  return found->second;
}

Relation Paths::one(const char*& at) {
  if (*at == '(') {
    Relation group = choice(++at);
    ++at;
    return group;
  }
  if (*at != '[') return letter(*at++);
  Relation any = letter(*++at);
  while (*++at != ']') any = either(std::move(any), letter(*at));
  ++at;
  return any;
}

Relation Paths::repeated(const char*& at) {
  Relation result = one(at);
  for (; *at == '+' || *at == '*' || *at == '?'; ++at) {
    if (*at != '?') result = often(std::move(result));
    if (*at != '+') result = or_nothing(std::move(result));
  }
  return result;
}

Relation Paths::sequence(const char*& at) {
  Relation result = repeated(at);
  while (*at != '\0' && *at != '|' && *at != ')') result = then(result, repeated(at));
  return result;
}

Relation Paths::choice(const char*& at) {
  Relation result = sequence(at);
  while (*at == '|') result = either(std::move(result), sequence(++at));
  return result;
}

const Relation& Paths::of(const std::string& expression) {
  const auto known = known_.find(expression);
  if (known != known_.end()) return known->second;
  const char* at = expression.c_str();
  return known_.emplace(expression, choice(at)).first->second;
}

bool Paths::any_cycle(const std::string& expression) {
  const Relation& paths = of(expression);
  for (std::size_t i = 0; i < count_; ++i) {
    if (paths[i][i]) return true;
  }
  return false;
}

}  // namespace quorumlab::verifier
