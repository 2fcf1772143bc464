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
// sessions). Without sessions there are about as many as writes that are still read: when nobody
// reads any more what the transactions of a column wrote, others have it.
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
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // kWw: for a read from `to`, the last that wrote the key in each chain that the reader knew of,
  // and that `to` did not know of.
  [[nodiscard]] const std::vector<DependencyEdge>& edges() const { return edges_; }
  struct Cause {
    std::uint32_t reader = 0;
    std::uint32_t key = 0;
  };
  // By edge: whose read says so.
  [[nodiscard]] const std::vector<Cause>& causes() const { return causes_; }
  // After run() said false and did not give up: who found which key never written, but knew of
  // whom.
  struct Ignored {
    std::uint32_t reader = 0;
    std::uint32_t writer = 0;
    std::uint32_t key = 0;
  };
  [[nodiscard]] const Ignored& ignored() const { return ignored_; }
  [[nodiscard]] std::uint32_t columns() const {
    return static_cast<std::uint32_t>(columns_.size());
  }
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

  struct Column {
    std::uint32_t length = 0;
    std::uint32_t live_until = 0;  // the last place of the order that reads what they wrote
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
  [[nodiscard]] bool is_free_for(std::uint32_t txn, std::uint32_t column,
                                 const std::uint32_t* clock) const;
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
  std::vector<Column> columns_;
  std::vector<std::uint32_t> free_columns_;  // whose session has ended
  std::vector<std::vector<Head>> heads_;     // by key
  std::vector<Write> writes_;
  std::vector<std::uint32_t> last_read_;  // by key: a place of the order
  std::vector<DependencyEdge> edges_;
  std::vector<Cause> causes_;  // by edge
  Ignored ignored_;
  std::uint32_t slots_ = 0;
  std::uint32_t width_ = 16;
  std::uint64_t steps_ = 0;  // along the writes of a key, and through clocks
  bool gave_up_ = false;
};

}  // namespace quorumlab::models
