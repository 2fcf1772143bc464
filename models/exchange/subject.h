// What a journal is about, and its operations compiled for the checkers.
//
//   const Reading reading = read_subject(journal);
//   reading.subject;                                  // Subject::kQueue
//   compile_objects(journal, reading)[0].calls;
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/txn_history.h"
#include "models/exchange/journal.h"
#include "models/history.h"

namespace quorumlab::models {

enum class Subject : std::uint8_t {
  kNothing,  // no operation of a client
  kObject,   // one of objects.h
  kListAppend,
  kRwRegister,
  kBank,
  kLogs,  // as Kafka's
  kOther,
};

struct Reading {
  Subject subject = Subject::kNothing;
  ObjectKind object = ObjectKind::kRegister;  // with kObject
  bool is_keyed = false;  // values are [key value], as Jepsen's independent keys
  std::string problem;    // with kOther: which function is not known
};

[[nodiscard]] Reading read_subject(const Journal& journal);

// "enq" and "push" are both kPush; nullopt: nobody knows such a function.
[[nodiscard]] std::optional<Method> method_named(std::string_view f);
// What a counter's "inc" or "dec" of this value adds; 1 or -1 of nil, nullopt of what is no
// integer.
[[nodiscard]] std::optional<Cell> addend_of(std::string_view f, Cell value);

// Additions belong to a counter if somebody read a number, else to a set.
[[nodiscard]] bool reads_totals(const Journal& journal, bool is_keyed);
// Appends belong to lists that are read whole if somebody read a list, and nobody anything else.
[[nodiscard]] bool reads_lists(const Journal& journal, bool is_keyed);

// One object and the calls on it, by invocation. `pairs` are indexes into pair_events().
struct ObjectPart {
  Cell key = kNilCell;
  std::vector<TimedCall<ObjectCall>> calls;
  std::vector<std::uint32_t> pairs;
};
// Throws InputError for a value that does not fit its function.
[[nodiscard]] std::vector<ObjectPart> compile_objects(Journal& journal, const Reading& reading);

// Reads, writes and compare-and-sets for the checkers of registers. Values and keys that are not
// integers are numbered; the functions give their names back.
struct RegisterImport {
  History history;
  std::function<std::string(Key)> key_name;
  std::function<std::string(std::int64_t)> value_name;
  Value initial;
  std::vector<std::uint32_t> pairs;  // by operation: index into pair_events()
};
[[nodiscard]] RegisterImport compile_registers(Journal& journal, const Reading& reading,
                                               Cell initial);

// Throws InputError for a micro-operation that cannot be read. The result keeps a pointer to the
// journal's pool, to which keys and values that are lists are added by their text.
[[nodiscard]] TxnHistory compile_txns(Journal& journal);

// "process 3 dequeue -> 7 (event 41)": how a person finds an operation in the file.
[[nodiscard]] std::string describe(const Journal& journal, const Pair& pair);

}  // namespace quorumlab::models
