// Anomalies of transactions as small scripts, each with what it is called and a model that it
// rules out, for generators to plant in the midst of a clean history.
//
//   for (const PlantedTxns& p : planted_txns()) TxnGenerator({.plant = p.name}).run();
//
// In a script `;` separates events: a process's letter, `<` begins, `>` ends, `!` fails; then
// micro-operations of the keys a, b and c: `a1` writes 1 to a, `a?1` read 1 of it, `a?` read
// nothing, `a?1.2` read a list of two.
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

[[nodiscard]] inline std::span<const PlantedTxns> planted_txns() {
  constexpr std::string_view kAll = "strict-serializable";
  static constexpr std::array<PlantedTxns, 38> kPlanted = {{
      {"G0", kAll, "p<a1,b1;q<a2,b2;p>a1,b1;q>a2,b2;r<a?,b?;r>a?1.2,b?2.1"},
      {"G0-process", kAll, "q<a3;p<a1;p>a1;p<a2;p>a2;q>a3;r<a?;r>a?3.2.1"},
      {"G0-realtime", kAll, "p<a1;p>a1;q<a2;q>a2;r<a?;r>a?2.1"},
      {"G1a", kAll, "p<a1;p!a1;q<a?;q>a?1", "p<a1;p!a1;q<a?;q>a?1"},
      {"G1b", kAll, "p<a1,a2;q<a?;q>a?1;p>a1,a2;r<a?;r>a?1.2", "p<a1,a2;q<a?;q>a?1;p>a1,a2"},
      {"G1c", kAll, "p<a1,b?;q<b1,a?;p>a1,b?1;q>b1,a?1", "p<a1,b?;q<b1,a?;p>a1,b?1;q>b1,a?1"},
      {"G1c-process", kAll, "p<a?;p>a?1;p<a1;p>a1", "p<a?;p>a?1;p<a1;p>a1"},
      {"G1c-realtime", kAll, "p<a?;p>a?1;q<a1;q>a1", "p<a?;p>a?1;q<a1;q>a1"},
      {"G-single-item", kAll, "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1",
       "p<a1,b1;q<b?,a?;q>b?,a?1;p>a1,b1;r<b?;r>b?1"},
      {"G-single-item-process", kAll, "p<a1;p>a1;p<a?;p>a?;r<a?;r>a?1",
       "p<a1;p>a1;p<a?;p>a?;r<a?;r>a?1"},
      {"G-single-item-realtime", kAll, "p<a1;p>a1;q<a?;q>a?;r<a?;r>a?1",
       "p<a1;p>a1;q<a?;q>a?;r<a?;r>a?1"},
      {"G-nonadjacent-item", kAll, "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1",
       "p<a1;q<b1;r<a?,b?;s<a?,b?;r>a?1,b?;s>a?,b?1;p>a1;q>b1"},
      {"G-nonadjacent-item-process", kAll, "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?",
       "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?"},
      {"G-nonadjacent-item-realtime", kAll, "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1",
       "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1"},
      {"G2-item", kAll, "p<a?,b1;q<b?,a1;p>a?,b1;q>b?,a1;r<a?,b?;r>a?1,b?1",
       "p<a?,b1;q<b?,a1;p>a?,b1;q>b?,a1;r<a?,b?;r>a?1,b?1"},
      {"G2-item-process", kAll, "q<c?,a1;p<c1;p>c1;p<a?;p>a?;q>c?,a1",
       "q<c?,a1;p<c1;p>c1;p<a?;p>a?;q>c?,a1"},
      {"G2-item-realtime", kAll, "q<c?,a1;p<c1;p>c1;s<a?;s>a?;q>c?,a1",
       "q<c?,a1;p<c1;p>c1;s<a?;s>a?;q>c?,a1"},
      {"lost-update", kAll, "p<a?,a1;q<a?,a2;p>a?,a1;q>a?,a2", "p<a?,a1;q<a?,a2;p>a?,a1;q>a?,a2"},
      {"internal", kAll, "p<a1,a?;p>a1,a?;r<a?;r>a?1", "p<a1,a?;p>a1,a?;r<a?;r>a?1"},
      {"future-read", kAll, "p<a?,a1;p>a?1,a1", "p<a?,a1;p>a?1,a1"},
      {"non-repeatable-read", "cut-isolation", "p<a?,a?;q<a1;q>a1;p>a?,a?1",
       "p<a?,a?;q<a1;q>a1;p>a?,a?1"},
      {"garbage", kAll, "p<a1;p>a1;q<a?;q>a?7", "p<a1;p>a1;q<a?;q>a?7"},
      {"dirty-update", kAll, "p<a1;p!a1;q<a2;q>a2;r<a?;r>a?1.2"},
      {"duplicate-elements", kAll, "p<a1;p>a1;q<a?;q>a?1.1"},
      {"incompatible-order", kAll, "p<a1;q<a2;p>a1;q>a2;r<a?;r>a?1.2;s<a?;s>a?2.1"},
      {"cyclic-versions", kAll, "", "p<a?,a1;q<a?,a2;p>a?2,a1;q>a?1,a2"},
      {"monotonicity-violation", "monotonic-atomic-view",
       "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1",
       "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1"},
      {"monotonicity-violation-process", "strong-session-monotonic-atomic-view",
       "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1",
       "p<a1,b1;q<a?,b?;q>a?1,b?;p>a1,b1;r<b?;r>b?1"},
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
      {"no-prefixes-process", "strong-session-prefix", "",
       "p<a1;q<b1;p>a1;p<b?;q>b1;q<a?;p>b?;q>a?"},
      {"no-prefixes-realtime", "strong-prefix", "",
       "s<a?,b?;p<a1;p>a1;r<b?;q<b1;r>b?;q>b1;s>a?,b?1"},
  }};
  return kPlanted;
}

[[nodiscard]] inline std::string_view planted_script(std::string_view name, bool lists) {
  for (const PlantedTxns& planted : planted_txns()) {
    if (planted.name == name) return lists ? planted.lists : planted.registers;
  }
  return {};
}

}  // namespace quorumlab::bench
