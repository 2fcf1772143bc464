// The isolation levels and how they imply one another, and what each anomaly rules out.
//
//   weakest_violated({"G2-item"});                    // {"repeatable-read"}
//   is_ruled_out("serializable", {"G2-item"});        // true
//   is_ruled_out("snapshot-isolation", {"G2-item"});  // false
//
// Names and implications are those of Elle (jepsen-io/elle, consistency_model.clj), which follow
// Adya's thesis (1999), Cerone and others (CONCUR 2015) and Bailis and others (VLDB 2013).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::models {

// "strict-serializable" and "PL-3" are understood too.
[[nodiscard]] std::string_view canonical_model(std::string_view name);
// All that are known, weakest first among related ones; empty meaning: not known.
[[nodiscard]] const std::vector<std::string_view>& isolation_models();
[[nodiscard]] bool is_isolation_model(std::string_view name);

// Does `stronger` imply `weaker`, or are they the same?
[[nodiscard]] bool implies(std::string_view stronger, std::string_view weaker);

// The models that an anomaly rules out by itself; all stronger ones fall too.
[[nodiscard]] std::vector<std::string_view> violated_by(std::string_view anomaly);
// Every name that rules something out; sorted.
[[nodiscard]] std::vector<std::string_view> anomaly_names();
[[nodiscard]] bool is_ruled_out(std::string_view model, const std::set<std::string>& anomalies);
// Sorted.
[[nodiscard]] std::vector<std::string_view> weakest_violated(
    const std::set<std::string>& anomalies);

}  // namespace quorumlab::models
