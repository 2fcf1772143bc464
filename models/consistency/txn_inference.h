// What the values that transactions wrote and read say about their order, by themselves.
//
//   Inference inferred = infer_lists(txns);
//   inferred.edges;        // ww, wr and rw; hubs are numbered from txns.txns.size() on
//   inferred.anomalies;    // what is wrong without any cycle: G1a, internal, lost-update, ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/isolation.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

struct Inference {
  std::vector<DependencyEdge> edges;
  std::uint32_t hubs = 0;
  std::vector<TxnAnomaly> anomalies;            // the first few of each type
  std::map<std::string, std::uint64_t> counts;  // of all, by type
  // The order of versions: what comes right before each, as far as it is known.
  std::vector<std::uint32_t> previous;
  std::vector<std::uint32_t> last_known;           // by key, of lists: the last that was read
  std::vector<std::vector<std::uint32_t>> unread;  // by key: committed versions that come after all
                                                   // known ones, in no known order
  bool is_total = true;  // but for `unread`, the order of versions of every key is known

  void report(TxnAnomaly anomaly);
};

// Edges from readers to many writers, all but themselves, with a few hubs instead of one for each
// pair: a chain of hubs reaches the first writers, and one the last.
//
//   Fan fan(inferred, hub_base, {4, 7, 9});
//   fan.read_by(2);   // 2 comes before 4, 7 and 9
//   fan.read_by(7);   // 7 comes before 4 and 9
class Fan {
 public:
  Fan(Inference& inferred, std::uint32_t hub_base, std::vector<std::uint32_t> writers);
  void read_by(std::uint32_t txn);

 private:
  void build();

  Inference& inferred_;
  std::uint32_t base_;
  std::vector<std::uint32_t> writers_;  // ascending, each once
  std::vector<std::uint32_t> first_;    // hub that reaches writers 0 .. i
  std::vector<std::uint32_t> last_;     // hub that reaches writers i ..
};

[[nodiscard]] Inference infer_lists(const TxnHistory& txns);
[[nodiscard]] Inference infer_registers(const TxnHistory& txns);
// Only what is wrong without any cycle; no edges.
[[nodiscard]] Inference read_registers(const TxnHistory& txns);

// Did the transaction certainly take place? With kInfo: if somebody saw a value of it.
[[nodiscard]] std::vector<bool> committed(const TxnHistory& txns);

// Two transactions that read the same version of a key and both wrote the key.
void find_lost_updates(const TxnHistory& txns, Inference& inferred);

// Adds the order of each session; and with_time, over a chain of hubs that are numbered from
// `nodes` on, of whoever ended before another began.
void add_order(const TxnHistory& txns, bool with_time, std::uint32_t& nodes,
               std::vector<DependencyEdge>& edges);

// What proves an edge between two transactions; hubs must have been left out.
[[nodiscard]] std::string justify(const TxnHistory& txns, const Inference& inferred,
                                  const DependencyEdge& edge);

}  // namespace quorumlab::models
