// The nearest word that would have been right: the second half of most error messages.
//
//   suggestion("leadr", {"leader", "any"});    // "did you mean `leader`?"
//   suggestion("paxos", {"leader", "any"});    // "known: leader, any"
//   nearest("Leader", {"leader", "any"});      // {"leader"}: case and dashes are no difference
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::config {

// Damerau-Levenshtein distance in its restricted form (no piece is edited twice): how many
// characters to insert, remove, replace or swap with their neighbour. More than `limit` is told as
// limit + 1, which keeps hostile input cheap.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The known words that `word` was probably meant to be, at most two, all equally near; none if
// nothing is near enough: a wrong guess costs the reader more than no guess.
[[nodiscard]] std::vector<std::string> nearest(std::string_view word,
                                               const std::vector<std::string>& known);

// "did you mean ...?", else the list of what is known; empty if nothing is.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace quorumlab::config
