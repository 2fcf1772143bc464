// Small random histories of transactions, and an oracle that tries every order of them.
//
//   const TxnHistory txns = small_txns(rng, {.kind = TxnKind::kRegister});
//   has_serial_order(txns, Respect::kTime);
#pragma once

#include <cstdint>
#include <string>

#include "models/consistency/txn_history.h"
#include "tests/models/history_support.h"

namespace quorumlab::models::testing {

struct SmallTxns {
  TxnKind kind = TxnKind::kListAppend;
  std::uint32_t txns = 5;
  std::uint32_t keys = 2;
  std::uint32_t sessions = 3;
  std::uint32_t odd = 15;   // percent of reads that see something else than was there
  std::uint32_t info = 10;  // percent of transactions whose outcome is not known
  bool snapshots = false;   // transactions read from one snapshot: write skew and the like
};
[[nodiscard]] TxnHistory small_txns(Rng& rng, const SmallTxns& options);

// One line for each transaction, for whoever has to find out why a test failed.
[[nodiscard]] std::string to_text(const TxnHistory& txns);

enum class Respect : std::uint8_t { kNothing, kSessions, kTime };
[[nodiscard]] bool has_serial_order(const TxnHistory& txns, Respect respect);

}  // namespace quorumlab::models::testing
