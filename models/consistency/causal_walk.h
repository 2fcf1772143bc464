// What each transaction may know of, followed along an order by reads: clocks that are given back
// when nobody can ask for them any more, so that memory grows with what is still looked at.
//
//   CausalWalk walk(txns, takes_part, before, order);
//   walk.run();       // false: somebody found a key never written, but knew of a write
//   walk.edges();     // writes that must come before others, unless the order says so anyway
//
// A clock has a column for each chain of transactions that know of one another. Sessions are such
// chains, but a session that has ended leaves its column to one that knows of all of it, so that
// there are about as many columns as sessions at a time (AWDIT, PLDI 2025, has as many as
// sessions).
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/read_order.h"

namespace quorumlab::models {

class CausalWalk {
 public:
  // Keeps references. `before`: of each transaction in its session, or kNoTxn.
  CausalWalk(const TxnHistory& txns, const std::vector<bool>& takes_part,
             const std::vector<std::uint32_t>& before, const ReadOrder& order,
             const Budget& budget);

  // False: some read contradicts what was known, or it would take too much: see gave_up().
  bool run();
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  // kWw: for a read from `to`, the last that wrote the key in each chain that the reader knew of,
  // and that `to` did not know of.
  [[nodiscard]] const std::vector<DependencyEdge>& edges() const { return edges_; }
  [[nodiscard]] std::uint32_t columns() const { return columns_; }
  [[nodiscard]] std::size_t most_clocks() const { return slots_; }

 private:
  struct Place {
    std::uint32_t column = 0;
    std::uint32_t index = 0;  // in the column
  };
  struct Write {
    std::uint32_t txn = 0;
    std::uint32_t index = 0;   // of the writer in its column
    std::uint32_t before = 0;  // the write of the key before it in the column: into writes_, + 1
  };
  struct Head {
    std::uint32_t column = 0;
    std::uint32_t last = 0;  // into writes_
  };

  void count_uses();
  [[nodiscard]] bool is_affordable() const;
  bool take(std::uint32_t txn);
  template <class F>
  void for_each_source(std::uint32_t txn, F f) const;
  std::uint32_t take_slot();
  void release(std::uint32_t txn);
  void widen(std::uint32_t columns);
  std::uint32_t choose_column(std::uint32_t txn, const std::uint32_t* clock);
  bool constrain(std::uint32_t txn, const std::uint32_t* clock);
  bool constrain_read(std::uint32_t txn, const Micro& read, const std::uint32_t* clock);
  void note_writes(std::uint32_t txn);
  [[nodiscard]] std::uint32_t* clock_in(std::uint32_t slot) {
    return clocks_.data() + std::size_t{slot} * width_;
  }

  const TxnHistory& txns_;
  const std::vector<bool>& takes_part_;
  const std::vector<std::uint32_t>& before_;
  const ReadOrder& order_;
  const Budget budget_;
  std::vector<std::uint32_t> uses_;  // by transaction: who will still ask for its clock
  std::vector<bool> goes_on_;        // by transaction: another one of its session follows
  std::vector<Place> places_;
  std::vector<std::uint32_t> slot_of_;  // by transaction
  std::vector<std::uint32_t> clocks_;   // by slot
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> lengths_;       // by column
  std::vector<std::uint32_t> free_columns_;  // whose session has ended
  std::vector<std::vector<Head>> heads_;     // by key
  std::vector<Write> writes_;
  std::vector<DependencyEdge> edges_;
  std::uint32_t slots_ = 0;
  std::uint32_t columns_ = 0;
  std::uint32_t width_ = 16;
  std::uint64_t steps_ = 0;  // along the writes of a key, and through clocks
  bool gave_up_ = false;
};

}  // namespace quorumlab::models
