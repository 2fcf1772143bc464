// A history of transactions on lists that are appended to, or on registers, compiled for the
// checkers of isolation: keys, values and sessions as small dense numbers, in flat arrays.
//
//   for (const Micro& m : txns.micros_of(t)) ...
//   txns.versions[m.value].writer;   // the transaction that appended or wrote it
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/exchange/pool.h"

namespace quorumlab::models {

enum class TxnKind : std::uint8_t { kListAppend, kRegister };

inline constexpr std::uint32_t kNoTxn = UINT32_MAX;
// Values of reads that are no version.
inline constexpr std::uint32_t kUnreadValue = UINT32_MAX;         // the result is not known
inline constexpr std::uint32_t kInitialVersion = UINT32_MAX - 1;  // nil: never written

struct Micro {
  enum class Kind : std::uint8_t { kRead, kWrite };  // a write appends, in lists
  Kind kind = Kind::kRead;
  bool is_predicate = false;  // kRead: part of a read of all keys
  std::uint32_t key = 0;
  // kWrite: the version written. kRead of a register: the version read, or one of the above. kRead
  // of a list: where its elements start, or kUnreadValue.
  std::uint32_t value = kUnreadValue;
  std::uint32_t count = 0;  // kRead of a list: how many
};

enum class TxnOutcome : std::uint8_t { kOk, kFail, kInfo };

struct Txn {
  std::uint32_t first = 0;  // index into micros
  std::uint32_t count = 0;
  std::uint32_t session = 0;
  std::uint32_t id = 0;       // what to call it: its operation in the history
  std::uint32_t invoked = 0;  // position in real-time order
  std::uint32_t completed = UINT32_MAX;
  TxnOutcome outcome = TxnOutcome::kOk;
};

// A value of a key, which at most one transaction writes, once.
struct TxnVersion {
  std::uint32_t key = 0;
  std::uint32_t writer = kNoTxn;  // kNoTxn: nobody
  std::uint32_t micro = 0;        // which of the writer's, counted in TxnHistory::micros
  bool is_last = false;           // its writer writes no later version of the key
};

struct TxnHistory {
  TxnKind kind = TxnKind::kListAppend;
  bool has_time = true;   // false: only the order within sessions is known
  std::vector<Txn> txns;  // by invocation
  std::vector<Micro> micros;
  std::vector<std::uint32_t> elements;  // of lists that were read: versions; lists may share them
  std::vector<TxnVersion> versions;
  std::vector<Cell> version_values;  // by version
  std::vector<Cell> keys;
  std::uint32_t sessions = 0;
  std::string duplicate;  // not empty: what is written twice, so that nothing can be concluded
  const Pool* pool = nullptr;

  [[nodiscard]] std::span<const Micro> micros_of(std::uint32_t txn) const {
    return std::span(micros).subspan(txns[txn].first, txns[txn].count);
  }
  [[nodiscard]] std::span<const std::uint32_t> list(const Micro& read) const {
    return std::span(elements).subspan(read.value, read.count);
  }
  [[nodiscard]] std::string key_text(std::uint32_t key) const { return pool->to_text(keys[key]); }
  [[nodiscard]] std::string value_text(std::uint32_t version) const {
    return version >= kInitialVersion ? "nil" : pool->to_text(version_values[version]);
  }
};

}  // namespace quorumlab::models
