// A run's history as a journal, so that it can be written for others' checkers and read back by
// ours.
//
//   const Journal journal = journal_of(history, [](Key key) { return "k" + ...; });
//   write_file("history.edn", to_jepsen_edn(journal));
//   // {:process 0, :type :invoke, :f :write, :value ["k1" 5], :index 0, :time 12000000}
//
// Keys are independent objects, as Jepsen's independent tests have them. A process that got no
// answer ends with :info and goes on under a new number, as Jepsen's do.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "models/consistency/objects.h"
#include "models/exchange/journal.h"
#include "models/history.h"

namespace quorumlab::models {

// `kind` is what its keys are, if that is known: what has only been read does not tell.
[[nodiscard]] Journal journal_of(const History& history,
                                 const std::function<std::string(Key)>& key_name,
                                 std::optional<ObjectKind> kind = {});

// What the keys of a history are that consists of these functions and reads.
[[nodiscard]] ObjectKind object_of(std::span<const Function> functions);
[[nodiscard]] ObjectKind object_of(const History& history);

}  // namespace quorumlab::models
