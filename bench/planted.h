// Anomalies of transactions as small scripts, each with what it is called and a model that it
// rules out, for generators to plant in the midst of a clean history.
//
//   for (const PlantedTxns& p : planted_txns()) TxnGenerator({.plant = p.name}).run();
//
// In a script `;` separates events: a process's letter, `<` begins, `>` ends, `!` fails; then
// micro-operations of the keys a, b and c: `a1` writes 1 to a, `a?1` read 1 of it, `a?` read
// nothing, `a?1.2` read a list of two, `*a1b2` read all keys there are and found these two of its
// own, and what everybody else had written by then.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace quorumlab::bench {

struct PlantedTxns {
  std::string_view name;
  std::string_view model;           // the judge is asked for this one
  std::string_view lists = {};      // empty: lists do not have it
  std::string_view registers = {};  // empty: registers do not show it
};

inline constexpr std::string_view kStrictest = "strict-serializable";
inline constexpr std::array<PlantedTxns, 56> kPlanted = {{
    {"G0", kStrictest, "p<a1,b1;q<a2,b2;p>a1,b1;q>a2,b2;r<a?,b?;r>a?1.2,b?2.1"},
    {"G0-process", kStrictest, "q<a3;p<a1;p>a1;p<a2;p>a2;q>a3;r<a?;r>a?3.2.1"},
    {"G0-realtime", kStrictest, "p<a1;p>a1;q<a2;q>a2;r<a?;r>a?2.1"},
    {"G1a", kStrictest, "p<a1;p!a1;q<a?;q>a?1", "p<a1;p!a1;q<a?;q>a?1"},
    {"G1b", kStrictest, "p<a1,a2;q<a?;q>a?1;p>a1,a2;r<a?;r>a?1.2", "p<a1,a2;q<a?;q>a?1;p>a1,a2"},
    {"G1c", kStrictest, "p<a1,b?;q<b1,a?;p>a1,b?1;q>b1,a?1", "p<a1,b?;q<b1,a?;p>a1,b?1;q>b1,a?1"},
    {"G1c-process", kStrictest, "p<a?;p>a?1;p<a1;p>a1", "p<a?;p>a?1;p<a1;p>a1"},
    {"G1c-realtime", kStrictest, "p<a?;p>a?1;q<a1;q>a1", "p<a?;p>a?1;q<a1;q>a1"},
    {"G-single-item", kStrictest, "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1",
     "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1"},
    {"G-single-item-process", kStrictest, "p<a1;p>a1;p<a?;p>a?;r<a?;r>a?1",
     "p<a1;p>a1;p<a?;p>a?;r<a?;r>a?1"},
    {"G-single-item-realtime", kStrictest, "p<a1;p>a1;q<a?;q>a?;r<a?;r>a?1",
     "p<a1;p>a1;q<a?;q>a?;r<a?;r>a?1"},
    {"G-nonadjacent-item", kStrictest, "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1",
     "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1"},
    {"G-nonadjacent-item-process", kStrictest, "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?",
     "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?"},
    {"G-nonadjacent-item-realtime", kStrictest, "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1",
     "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1"},
    {"G2-item", kStrictest, "p<a?,b1;q<b?,a1;p>a?,b1;q>b?,a1;r<a?,b?;r>a?1,b?1",
     "p<a?,b1;q<b?,a1;p>a?,b1;q>b?,a1;r<a?,b?;r>a?1,b?1"},
    {"G2-item-process", kStrictest, "q<c?,a1;p<c1;p>c1;p<a?;p>a?;q>c?,a1",
     "q<c?,a1;p<c1;p>c1;p<a?;p>a?;q>c?,a1"},
    {"G2-item-realtime", kStrictest, "q<c?,a1;p<c1;p>c1;s<a?;s>a?;q>c?,a1",
     "q<c?,a1;p<c1;p>c1;s<a?;s>a?;q>c?,a1"},
    {"lost-update", kStrictest, "p<a?,a1;q<a?,a2;p>a?,a1;q>a?,a2",
     "p<a?,a1;q<a?,a2;p>a?,a1;q>a?,a2"},
    {"internal", kStrictest, "p<a1,a?;p>a1,a?;r<a?;r>a?1", "p<a1,a?;p>a1,a?;r<a?;r>a?1"},
    {"future-read", kStrictest, "p<a?,a1;p>a?1,a1", "p<a?,a1;p>a?1,a1"},
    {"non-repeatable-read", "cut-isolation", "p<a?,a?;q<a1;q>a1;p>a?,a?1",
     "p<a?,a?;q<a1;q>a1;p>a?,a?1"},
    {"garbage", kStrictest, "p<a1;p>a1;q<a?;q>a?7", "p<a1;p>a1;q<a?;q>a?7"},
    {"dirty-update", kStrictest, "p<a1;p!a1;q<a2;q>a2;r<a?;r>a?1.2"},
    {"duplicate-elements", kStrictest, "p<a1;p>a1;q<a?;q>a?1.1"},
    {"incompatible-order", kStrictest, "p<a1;q<a2;p>a1;q>a2;r<a?;r>a?1.2;s<a?;s>a?2.1"},
    {"cyclic-versions", kStrictest, "", "p<a?,a1;q<a?,a2;p>a?2,a1;q>a?1,a2"},
    {"monotonicity-violation", "monotonic-atomic-view",
     "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1", "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1"},
    {"monotonicity-violation-process", "strong-session-monotonic-atomic-view",
     "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1", "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1"},
    {"fractured-read", "read-atomic", "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1",
     "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1"},
    {"fractured-read-process", "strong-session-read-atomic", "",
     "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1"},
    {"causality-violation", "causal-cerone", "p<a1;q<a?,b1;r<a?,b?;p>a1;q>a?1,b1;r>a?,b?1",
     "p<a1;q<a?,b1;r<a?,b?;p>a1;q>a?1,b1;r>a?,b?1"},
    {"causality-violation-process", "causal", "p<a1;q<a?,b1;r<a?,b?;p>a1;q>a?1,b1;r>a?,b?1",
     "p<a1;q<a?,b1;r<a?,b?;p>a1;q>a?1,b1;r>a?,b?1"},
    {"long-fork", "prefix", "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1"},
    {"long-fork-process", "strong-session-prefix", "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?"},
    {"long-fork-realtime", "strong-prefix", "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1"},
    {"no-prefixes", "prefix", "", "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1"},
    {"no-prefixes-process", "strong-session-prefix", "", "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?"},
    {"no-prefixes-realtime", "strong-prefix", "", "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1"},
    {"G-single", kStrictest, "p<a1,b1;q<a?,*;q>a?1,*a1;p>a1,b1;r<b?;r>b?1",
     "p<a1,b1;q<a?,*;q>a?1,*a1;p>a1,b1;r<b?;r>b?1"},
    {"G-single-process", kStrictest, "p<a1;p>a1;p<*;p>*;r<a?;r>a?1",
     "p<a1;p>a1;p<*;p>*;r<a?;r>a?1"},
    {"G-single-realtime", kStrictest, "p<a1;p>a1;q<*;q>*;r<a?;r>a?1",
     "p<a1;p>a1;q<*;q>*;r<a?;r>a?1"},
    {"G-nonadjacent", kStrictest, "p<a1;q<b1;r<*;s<*;r>*a1;s>*b1;p>a1;q>b1",
     "p<a1;q<b1;r<*;s<*;r>*a1;s>*b1;p>a1;q>b1"},
    {"G-nonadjacent-process", kStrictest, "p<a1;q<b1;p>a1;p<*;q>b1;q<a?;p>*a1;q>a?",
     "p<a1;q<b1;p>a1;p<*;q>b1;q<a?;p>*a1;q>a?"},
    {"G-nonadjacent-realtime", kStrictest, "s<*;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>*b1",
     "s<*;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>*b1"},
    {"G2", kStrictest, "p<*,b1;q<*,a1;p>*,b1;q>*,a1;r<a?,b?;r>a?1,b?1",
     "p<*,b1;q<*,a1;p>*,b1;q>*,a1;r<a?,b?;r>a?1,b?1"},
    {"G2-process", kStrictest, "q<*,a1;p<c1;p>c1;p<a?;p>a?;q>*,a1",
     "q<*,a1;p<c1;p>c1;p<a?;p>a?;q>*,a1"},
    {"G2-realtime", kStrictest, "q<*,a1;p<c1;p>c1;s<a?;s>a?;q>*,a1",
     "q<*,a1;p<c1;p>c1;s<a?;s>a?;q>*,a1"},
    {"no-order", "serializable", "", "p<a1,b1;q<a2,b2;r<a?,b?;p>a1,b1;q>a2,b2;r>a?1,b?2"},
    {"no-order-process", "strong-session-serializable", "",
     "p<a1,b1;q<a2,b2;p>a1,b1;q>a2,b2;p<b?;p>b?2;q<a?;q>a?1"},
    {"no-order-realtime", kStrictest, "", "p<a1,b1;q<a2,b2;p>a1,b1;q>a2,b2;r<a?;r>a?1;s<b?;s>b?2"},
    {"no-snapshots", "snapshot-isolation", "",
     "o<a1,b1;p<a2;q<b2;r<a?,b?;s<a?,b?;r>a?2,b?1;s>a?1,b?2;o>a1,b1;p>a2;q>b2"},
    {"no-snapshots-process", "strong-session-snapshot-isolation", "",
     "o<a1,b1;p<a2;q<b2;t<a?;t>a?1;t<a?;t>a?2;u<b?;u>b?1;u<b?;u>b?2;p>a2;p<b?;q>b2;q<a?;p>b?1;"
     "q>a?1;o>a1,b1"},
    {"no-snapshots-realtime", "strong-snapshot-isolation", "",
     "p<a1,b1;q<a2,b2;p>a1,b1;q>a2,b2;r<a?;r>a?1;s<b?;s>b?2"},
    {"no-parallel-snapshots", "parallel-snapshot-isolation", "",
     "p<c?,a1;q<a2,c1;s<a?,c?;p>c?,a1;q>a2,c1;s>a?1,c?1"},
    {"no-parallel-snapshots-process", "strong-session-parallel-snapshot-isolation", "",
     "q<a2,c1;p<c?,a1;q>a2,c1;q<a?;p>c?,a1;q>a?1"},
    {"no-parallel-snapshots-realtime", "strong-parallel-snapshot-isolation", "",
     "p<c?,a1;q<a2,c1;q>a2,c1;s<a?;s>a?1;p>c?,a1"},
}};

[[nodiscard]] inline std::span<const PlantedTxns> planted_txns() {
  return kPlanted;
}

[[nodiscard]] inline std::string_view planted_script(std::string_view name, bool lists) {
  for (const PlantedTxns& planted : planted_txns()) {
    if (planted.name == name) return lists ? planted.lists : planted.registers;
  }
  return {};
}

}  // namespace quorumlab::bench
