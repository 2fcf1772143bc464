// What is kept of transactions while they are judged as they are read (txn_stream.h): those that
// have not been executed, and of every key what has been and what is known beyond that.
//
//   TxnWindow window{pool};
//   const TxnWindow::Id id = window.add();
//   window.txn(id).needs;            // what it does with each key
//   window.key(need.key).list;       // as far as anybody has read it
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "models/consistency/cell_ranges.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {

inline constexpr std::uint64_t kNotFound = UINT64_MAX;

// What a transaction does with one key.
struct StreamedNeed {
  std::uint32_t key = 0;
  // What it finds there: of a list how many elements, of a register which value. kNotFound: it
  // writes before it reads.
  std::uint64_t finds = kNotFound;
  std::vector<Cell> writes = {};  // of a register the last alone
};

struct StreamedTxn {
  std::uint64_t begun = 0;
  std::uint64_t ended = UINT64_MAX;  // or nobody knows
  std::int64_t process = 0;
  bool is_done = false;  // executed
  bool waits = false;    // for what must come first
  std::vector<StreamedNeed> needs;
};

struct StreamedKey {
  using Id = std::uint32_t;
  Cell name = kNilCell;
  std::vector<Cell> list;   // of a register the value, if any was written
  std::uint64_t there = 0;  // of a list: so many have been executed
  std::uint64_t known = 0;  // of a list: so many have been read, by whomever
  std::vector<Id> finders;  // who has ended, found something and has not been executed
  std::vector<std::pair<Cell, Id>> pending;  // writes that have not been executed
  CellRanges given;  // of a list: what anybody appended, so that nothing is appended twice

  [[nodiscard]] bool is_pending(Cell value) const {
    return std::any_of(pending.begin(), pending.end(),
                       [value](const auto& write) { return write.first == value; });
  }
  [[nodiscard]] Cell value() const { return list.empty() ? kNilCell : list.front(); }
};

class TxnWindow {
 public:
  using Id = StreamedKey::Id;

  Id add() {
    if (free_.empty()) {
      free_.push_back(static_cast<Id>(txns_.size()));
      txns_.emplace_back();
    }
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }
  void release(Id id) {
    txns_[id] = {};
    free_.push_back(id);
  }
  [[nodiscard]] StreamedTxn& txn(Id id) { return txns_[id]; }
  [[nodiscard]] const StreamedTxn& txn(Id id) const { return txns_[id]; }

  [[nodiscard]] std::uint32_t number_of(Cell name) {
    std::uint32_t& known = key_numbers_[name];
    if (known == 0) {
      keys_.push_back({.name = name});
      known = static_cast<std::uint32_t>(keys_.size());
    }
    return known - 1;
  }
  [[nodiscard]] StreamedKey& key(std::uint32_t number) { return keys_[number]; }
  [[nodiscard]] const StreamedKey& key(std::uint32_t number) const { return keys_[number]; }
  // Transactions.
  [[nodiscard]] std::size_t kept() const { return txns_.size() - free_.size(); }

 private:
  std::vector<StreamedTxn> txns_;
  std::vector<Id> free_;  // numbers that can be used again
  std::deque<StreamedKey> keys_;
  FlatMap<std::uint32_t> key_numbers_;  // + 1
};

}  // namespace quorumlab::models
