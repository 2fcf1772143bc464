// Turns operations into the sentences of a witness, in the words of the run that they come from.
//
//   Narrator say(history, {.key = [&](Key k) { return keyspace.name(k); }});
//   say.observation(history.operation(OpId(17)));
//   // "process 2 read k7 = 3 between 71ms and 85ms (op 17)"
#pragma once

#include <functional>
#include <string>

#include "models/history.h"

namespace quorumlab::models {

// How to call things; what is left empty gets the default in quotes.
struct Names {
  std::function<std::string(Key)> key = {};                  // "k7"
  std::function<std::string(const Operation&)> client = {};  // "process 3"
  std::function<std::string(NodeId)> node = {};              // "node 0"
  std::function<std::string(std::int64_t)> value = {};       // "3"
  std::function<std::uint64_t(OpId)> number = {};            // the id
};

class Narrator {
 public:
  // Keeps a reference to both. A history without any time stamp is told by positions.
  Narrator(const History& history, const Names& names);

  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] std::string key(Key key) const;
  // "key k7"; or, where there is only one and it is called so, "the register".
  [[nodiscard]] std::string about(Key key) const;
  [[nodiscard]] std::string client(const Operation& op) const;
  [[nodiscard]] std::string node(NodeId node) const;
  [[nodiscard]] std::uint64_t number(const Operation& op) const;  // what "op" is followed by
  [[nodiscard]] std::string begun(const Operation& op) const;     // "at 14ms", "at position 3"
  [[nodiscard]] std::string done(const Operation& op) const;
  // "process 3 read k7 = 3", "process 3 found k7 never written", "process 3 wrote k7 = 5",
  // "process 3 changed k7 from 3 to 5"; no end if it is not known to have happened.
  [[nodiscard]] std::string deed(const Operation& op) const;
  // The same with "between 71ms and 85ms (op 17)".
  [[nodiscard]] std::string observation(const Operation& op) const;
  // "the read k7 = 3 (op 4)", "the write k7 = 3 (op 4)", "the change of k7 from 3 to 5 (op 4)"
  [[nodiscard]] std::string noun(const Operation& op) const;
  [[nodiscard]] std::string value(Value value) const;  // "3" or "nothing"
  // "k7 = 3" or "k7 never written"; of the register, "3"
  [[nodiscard]] std::string state(Key key, Value held) const;

 private:
  [[nodiscard]] bool is_sole(Key key) const;
  [[nodiscard]] std::string change_of_object(const Operation& op) const;
  [[nodiscard]] std::string moment(sim::Time time, std::uint64_t position) const;

  const History& history_;
  const Names& names_;
  bool timed_ = false;
};

}  // namespace quorumlab::models
