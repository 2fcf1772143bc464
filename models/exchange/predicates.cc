#include "models/exchange/predicates.h"

#include <algorithm>
#include <map>

#include "models/exchange/scanner.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

bool is_predicate(const Journal& journal, std::span<const Cell> micro) {
  return is_sequence(micro.front()) && payload_of(micro.front()) >= 3 &&
         journal.pool.word_of(micro[1]) == "rp";
}

class Expander {
 public:
  explicit Expander(Journal& journal) : journal_(journal) {}

  void run() {
    for (const JournalEvent& event : journal_.events) {
      for (const auto micro : Items(journal_.value(event))) collect_keys(micro, event);
    }
    for (JournalEvent& event : journal_.events) {
      if (!event.client || event.value == kNoValue) continue;
      const std::span<const Cell> value = journal_.value(event);
      const Items items(value);
      bool any = false;
      for (const auto micro : items) any = any || is_predicate(journal_, micro);
      if (any) rewrite(event, {value.begin(), value.end()});
    }
  }

 private:
  // Keys of JSON objects are texts, whatever they were.
  [[nodiscard]] std::string name_of(Cell key) const {
    const std::string_view word = journal_.pool.word_of(key);
    return word.empty() ? journal_.pool.to_text(key) : std::string(word);
  }

  void collect_keys(std::span<const Cell> micro, const JournalEvent& event) {
    const auto parts = items_of(micro);
    if (parts.size() != 3) return;
    if (!is_predicate(journal_, micro)) {
      if (width_of(parts[1].front()) == 1)
        keys_.try_emplace(name_of(parts[1].front()), parts[1].front());
      return;
    }
    const bool is_word = width_of(parts[1].front()) == 1;
    const std::string predicate = is_word ? name_of(parts[1].front()) : "";
    if (predicate != "true" && predicate != "all" && predicate != "nil") {
      throw InputError(event.offset, "of predicates only :true is known, which all keys satisfy");
    }
    for_each_pair(parts[2], event,
                  [&](Cell key, std::span<const Cell>) { found_.try_emplace(name_of(key), key); });
  }

  template <class F>
  static void for_each_pair(std::span<const Cell> map, const JournalEvent& event, F f) {
    if (map.front() == kNilCell) return;
    const std::uint64_t end = width_of(map.front());
    if (tag_of(map.front()) != Tag::kMap) {
      throw InputError(event.offset, "a predicate read gives a map from key to value");
    }
    for (std::uint64_t at = 1; at < end;) {
      const Cell key = map[at];
      at += width_of(key);
      if (width_of(key) != 1 || at >= end) throw InputError(event.offset, "a key is no collection");
      const auto value = map.subspan(at, width_of(map[at]));
      at += value.size();
      f(key, value);
    }
  }

  void rewrite(JournalEvent& event, const std::vector<Cell>& value) {
    keys_.insert(found_.begin(), found_.end());
    std::vector<Cell> cells{0};
    for (const auto micro : Items(value)) {
      if (!is_predicate(journal_, micro)) {
        cells.insert(cells.end(), micro.begin(), micro.end());
        continue;
      }
      const auto parts = items_of(micro);
      if (parts[2].front() == kNilCell) continue;  // not yet, or it did not say
      std::map<std::string, std::span<const Cell>> there;
      for_each_pair(parts[2], event, [&](Cell key, std::span<const Cell> found) {
        there.try_emplace(name_of(key), found);
      });
      for (const auto& [name, key] : keys_) {
        const auto mine = there.find(name);
        const std::span<const Cell> found =
            mine == there.end() ? std::span<const Cell>(&kNilCell, 1) : mine->second;
        cells.push_back(make_cell(Tag::kList, 2 + found.size()));
        cells.push_back(parts[0].front());
        cells.push_back(key);
        cells.insert(cells.end(), found.begin(), found.end());
      }
    }
    cells.front() = make_cell(Tag::kList, cells.size() - 1);
    event.value = static_cast<std::uint32_t>(journal_.cells.size());
    journal_.cells.insert(journal_.cells.end(), cells.begin(), cells.end());
  }

  Journal& journal_;
  std::map<std::string, Cell> keys_;   // of all micro-operations, by name
  std::map<std::string, Cell> found_;  // in maps
};

}  // namespace

bool has_predicates(const Journal& journal) {
  return std::any_of(journal.events.begin(), journal.events.end(), [&](const JournalEvent& event) {
    if (!event.client || event.value == kNoValue) return false;
    for (const auto micro : Items(journal.value(event))) {
      if (is_predicate(journal, micro)) return true;
    }
    return false;
  });
}

void expand_predicates(Journal& journal) {
  Expander(journal).run();
}

}  // namespace quorumlab::models
