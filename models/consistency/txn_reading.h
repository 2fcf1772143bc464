// Makes of a transaction's micro-operations what it needs of each key, and holds what it read
// against what is known of lists and registers by then.
//
//   TxnReading reading(pool, window);
//   reading.collect(micros, true, needs);   // false: see why() or problem()
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/consistency/txn_window.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

class TxnReading {
 public:
  // Keeps references.
  TxnReading(const Pool& pool, TxnWindow& window) : pool_(pool), window_(window) {}

  // `ok`: it has ended well, so that its reads say what they found. False: there is a problem, or a
  // contradiction.
  bool collect(std::span<const Cell> micros, bool ok, std::vector<StreamedNeed>& needs);
  // Unless somebody has said otherwise.
  [[nodiscard]] bool is_of_lists() const { return is_lists_; }

  [[nodiscard]] const std::string& why() const { return why_; }
  // Not empty: this cannot be judged.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool is_of_kind(bool lists);
  [[nodiscard]] StreamedNeed& need_of(Cell name, std::vector<StreamedNeed>& needs);
  bool read(StreamedNeed& need, std::span<const Cell> value);
  bool read_register(StreamedNeed& need, Cell value);
  bool read_list(StreamedNeed& need, std::span<const Cell> value);
  bool agrees(const StreamedKey& key, std::span<const Cell> elements);
  bool contradicts_itself(const StreamedKey& key);
  bool refuse(std::string why);
  bool give_up(std::string problem);

  const Pool& pool_;
  TxnWindow& window_;
  bool is_kind_known_ = false;
  bool is_lists_ = true;
  std::string why_;
  std::string problem_;
};

}  // namespace quorumlab::models
