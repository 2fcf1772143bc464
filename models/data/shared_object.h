// One key's object that several replicas change at once, behind one interface: the conflict-free
// replicated data types, and what systems do that merge values by a function.
//
//   const auto a = make_shared_object({CrdtKind::kObservedSet});
//   const auto update = a->prepare({.f = Function::kInsert, .value = 7}, {.node = n1});
//   Decoder in(*update); a->take(in, {});       // and so does every other replica, when it hears
//   a->elements();                              // 7
//
// An update is bytes, so that it can travel and be logged. prepare() asks for what the object is
// here and now and changes nothing; take() is the only way in which it changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/data/bytes.h"
#include "models/data/object.h"
#include "models/data/stamp.h"
#include "models/data/versions.h"
#include "models/history.h"

namespace quorumlab::models {

enum class CrdtKind : std::uint8_t {
  kGrowCounter,
  kCounter,
  kGrowSet,
  kObservedSet,
  kLastWriteRegister,
  kMultiRegister,
  kSequence,
};

enum class MergeKind : std::uint8_t {
  kGreatest,     // join: of all values ever written
  kLeast,        // join
  kSumOfDeltas,  // commutes, but counts what comes twice
  kUnion,        // join of whole sets; an item comes back that a concurrent set still has
  kAverage,      // neither associative nor idempotent
  kConcatenate,  // does not commute
};

// What an update of a CRDT is: a state to be merged, or an operation to be performed.
enum class UpdateForm : std::uint8_t { kDeltas, kOperations };

struct SharedKind {
  std::variant<CrdtKind, MergeKind> type;
  UpdateForm form = UpdateForm::kDeltas;  // of a CRDT
  // Mistakes, each of a type.
  bool one_cell = false;         // counters: all nodes count in the same one
  bool remove_unseen = false;    // kObservedSet: a removal takes what is there when it arrives
  bool drop_tombstones = false;  // kSequence: what was removed is forgotten
};

// May one of these be asked for `f`? It may still refuse what is asked: a grow-only counter takes
// nothing away.
[[nodiscard]] bool serves(const SharedKind& kind, Function f);

class SharedObject {
 public:
  struct Author {
    NodeId node{0};
    Stamp stamp{};  // for those that go by it
  };
  // Where an update comes from: which change of its node it is, and what that node knew.
  struct Origin {
    Dot dot{};
    VersionVector after{};
  };

  virtual ~SharedObject() = default;
  // What `command` at `author` changes; nullopt: it cannot be done. A removal of what is not there
  // is done: it removes nothing.
  [[nodiscard]] virtual std::optional<std::string> prepare(const Command& command,
                                                           const Author& author) const = 0;
  virtual void take(Decoder& update, const Origin& origin) = 0;

  // Of a register or a counter; of a set or a list the number of elements; nullopt: nothing yet.
  [[nodiscard]] virtual Value value() const = 0;
  // Of a set, ascending; of a list in order; of a register that keeps several versions, those.
  [[nodiscard]] virtual std::vector<std::int64_t> elements() const = 0;
  // All that it remembers.
  virtual void encode(Encoder& out) const = 0;
};

[[nodiscard]] std::unique_ptr<SharedObject> make_shared_object(const SharedKind& kind);

}  // namespace quorumlab::models
