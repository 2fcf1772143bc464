// Oracles for isolation levels: literally by definition, with relations as matrices, over every
// order of versions that the reads allow. Registers are lists of which reads tell the last element.
//
//   LevelsOracle oracle(txns);
//   oracle.allows("prefix", Respect::kSessions);
//
// The definitions are those of Adya (1999) and of Cerone, Gotsman and Yang (CONCUR 2017).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"
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

  LevelsOracle(const TxnHistory& lists, Order order)
      : txns_(lists), committed_(committed(lists)), orders_{std::move(order)} {}

  // What registers would have looked like as lists; nullopt: a read saw what is not in the order.
  [[nodiscard]] std::optional<TxnHistory> as_lists(const Order& order) const;
  [[nodiscard]] bool hide_own_reads(std::uint32_t t, TxnHistory& lists) const;
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
