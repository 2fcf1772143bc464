// Oracles for isolation levels of lists that are appended to: literally by definition, with
// relations as matrices, over every order of versions that the reads allow.
//
//   LevelsOracle oracle(txns);
//   oracle.allows("prefix", Respect::kSessions);
//
// The definitions are those of Adya (1999) and of Cerone, Gotsman and Yang (CONCUR 2017).
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "models/consistency/txn_history.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models::testing {

class LevelsOracle {
 public:
  explicit LevelsOracle(const TxnHistory& txns);

  // One of read-uncommitted, read-committed, cut-isolation, monotonic-atomic-view, read-atomic,
  // causal, consistent-view, parallel-snapshot-isolation, prefix, snapshot-isolation, serializable.
  [[nodiscard]] bool allows(std::string_view level, Respect respect) const;

 private:
  using Relation = std::vector<std::vector<bool>>;
  using Order = std::vector<std::vector<std::uint32_t>>;  // by key: committed versions in order

  void collect_orders(std::size_t key, Order& order);
  [[nodiscard]] bool fits(std::uint32_t key, const std::vector<std::uint32_t>& versions) const;
  [[nodiscard]] bool fits(std::string_view level, Respect respect, const Order& order) const;
  [[nodiscard]] bool is_internal(bool only_reads) const;
  [[nodiscard]] bool is_read_committed(const Order& order) const;
  [[nodiscard]] Relation order_of(Respect respect) const;
  [[nodiscard]] bool fits_view(const Order& order) const;

  const TxnHistory& txns_;
  const std::vector<bool> committed_;
  std::vector<Order> orders_;
};

}  // namespace quorumlab::models::testing
