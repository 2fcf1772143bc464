// Models and anomalies that are a matter of a few operations: whether some of those given break the
// definition. So that it holds can be verified too, by giving all.
//
//   find_definition(history, "mutual_exclusion")->is_broken_by(history, {4, 9});   // held at once
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

struct Definition {
  // By one operation, or by two, of which the order matters.
  std::function<bool(const History&, std::size_t)> one;
  std::function<bool(const History&, std::size_t, std::size_t)> two = {};

  [[nodiscard]] bool is_broken_by(const History& history, const Ops& ops) const;
};
using Definitions = std::map<std::string, Definition>;

[[nodiscard]] const Definitions& registers();
// Of all other objects, and banks.
[[nodiscard]] const Definitions& objects();
// Of transactions: what one must not have read or replaced, whatever the order of the rest.
[[nodiscard]] const Definitions& anomalies();
// nullptr: of what this is a history of, the name says nothing.
[[nodiscard]] const Definition* find_definition(const History& history, const std::string& name);

}  // namespace quorumlab::verifier
