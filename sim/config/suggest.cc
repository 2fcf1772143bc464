#include "sim/config/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace quorumlab::config {
namespace {

constexpr std::size_t kSuggestionsMax = 2;
constexpr std::size_t kListedMax = 24;
// Shorter beginnings fit too many words to mean one.
constexpr std::size_t kPrefixMin = 3;

// What people mix up without meaning anything by it.
std::string folded(std::string_view word) {
  std::string result(word);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return result;
}

// One slip in a short word, one in every third letter of a longer one.
std::size_t tolerance(std::size_t letters) {
  return letters < 3 ? std::size_t{letters == 2} : std::max<std::size_t>(1, letters / 3);
}

std::vector<std::string> continuations(std::string_view beginning,
                                       const std::vector<std::string>& known) {
  std::vector<std::string> result;
  if (beginning.size() < kPrefixMin) return result;
  for (const std::string& candidate : known) {
    if (folded(candidate).starts_with(beginning)) result.push_back(candidate);
  }
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min(above[b.size()], limit + 1);
}

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::string wanted = folded(word);
  std::vector<std::string> best;
  std::size_t least = wanted.size() + 1;
  for (const std::string& candidate : known) {
    const std::size_t limit = tolerance(std::min(wanted.size(), candidate.size()));
    const std::size_t distance = edit_distance(wanted, folded(candidate), limit);
    if (distance > limit || distance > least) continue;
    if (distance < least) best.clear();
    least = distance;
    best.push_back(candidate);
  }
  if (best.empty()) best = continuations(wanted, known);
  if (best.size() > kSuggestionsMax) best.clear();
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string> near = nearest(word, known);
  if (!near.empty()) return fmt::format("did you mean `{}`?", fmt::join(near, "` or `"));
  if (known.empty()) return "";
  const auto shown = static_cast<std::ptrdiff_t>(std::min(known.size(), kListedMax));
  std::string result =
      fmt::format("known: {}", fmt::join(known.begin(), known.begin() + shown, ", "));
  if (known.size() > kListedMax) result += fmt::format(" and {} more", known.size() - kListedMax);
  return result;
}

}  // namespace quorumlab::config
