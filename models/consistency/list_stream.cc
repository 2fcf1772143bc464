#include "models/consistency/list_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "models/consistency/open_window.h"

namespace quorumlab::models {
namespace {

class ListStream : public ObjectStream {
 public:
  explicit ListStream(const StreamSetting& setting) : pool_(setting.pool) {}

  Ticket begin(Ticket ticket) override {
    if (ticket.method == Method::kRead) {
      open_.begin(ticket.begun);
    } else if (ticket.method != Method::kAppend) {
      give_up("something else than appends and reads of the whole");
    } else if (!elements_.try_emplace(ticket.value, Element{ticket.begun}).second) {
      give_up("an element that had been appended before");
    }
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position at) override {
    if (ticket.method == Method::kRead) return end_read(ticket, told, at);
    Element& element = elements_.at(ticket.value);
    element.done = at;
    if (element.place == kNowhere) {
      unseen_.emplace(at, ticket.value);
    } else {
      ask_for(element.place + 1, at);
    }
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kRead) {
      open_.end(ticket.begun);
      return true;
    }
    const auto element = elements_.find(ticket.value);
    if (element->second.place != kNowhere) {
      return refuse(
          fmt::format("{} was found although its append failed", name_in(pool_, ticket.value)));
    }
    elements_.erase(element);
    return true;
  }

  void lose(const Ticket& ticket) override {
    if (ticket.method == Method::kRead) open_.end(ticket.begun);
  }

  [[nodiscard]] std::size_t kept() const override {
    return elements_.size() + unseen_.size() + least_.size() + open_.size();
  }

 private:
  static constexpr std::size_t kNowhere = SIZE_MAX;
  static constexpr Position kNotYet = UINT64_MAX;
  static constexpr std::size_t kManyFloors = 64;

  struct Element {
    Position begun = 0;
    Position done = kNotYet;
    std::size_t place = kNowhere;  // in the list, once it has been read
  };

  bool end_read(const Ticket& ticket, std::span<const Cell> told, Position at) {
    open_.end(ticket.begun);
    if (told.front() == kNilCell || told.front() == kNoCell) return true;
    if (!is_sequence(told.front())) return give_up("a read of something else");
    const std::span<const Cell> found = told.subspan(1);
    const bool is_flat =
        std::all_of(found.begin(), found.end(), [](Cell cell) { return width_of(cell) == 1; });
    if (!is_flat) return give_up("a value of another shape");
    if (!agrees(found) || !grow(found)) return false;
    if (found.size() < least_length(ticket.begun)) {
      return refuse(fmt::format("{} is missing, which had been found before it began, or appended",
                                name_in(pool_, list_[found.size()])));
    }
    if (!unseen_.empty() && unseen_.begin()->first < ticket.begun) {
      return refuse(fmt::format("{} is missing, which had been appended before it began",
                                name_in(pool_, unseen_.begin()->second)));
    }
    ask_for(found.size(), at);
    return true;
  }

  bool agrees(std::span<const Cell> found) {
    const std::size_t common = std::min(found.size(), list_.size());
    const auto there = list_.begin() + static_cast<std::ptrdiff_t>(common);
    const auto [known, other] = std::mismatch(list_.begin(), there, found.begin());
    return known == there || refuse(fmt::format("others found {} where it found {}",
                                                name_in(pool_, *known), name_in(pool_, *other)));
  }

  // Takes over what nobody had found.
  bool grow(std::span<const Cell> found) {
    for (std::size_t i = list_.size(); i < found.size(); ++i) {
      const auto place = elements_.find(found[i]);
      if (place == elements_.end() || place->second.place != kNowhere) {
        return refuse(
            fmt::format("nobody had appended {}, or it is there twice", name_in(pool_, found[i])));
      }
      Element& element = place->second;
      if (element.done != kNotYet) unseen_.erase(element.done);
      const bool is_early = !unseen_.empty() && unseen_.begin()->first < element.begun;
      if (is_early) {
        return refuse(
            fmt::format("{} is there, and {}, appended before that began, is not in "
                        "front of it",
                        name_in(pool_, found[i]), name_in(pool_, unseen_.begin()->second)));
      }
      element.place = i;
      list_.push_back(found[i]);
      if (element.done != kNotYet) ask_for(i + 1, element.done);
    }
    return true;
  }

  // Whoever reads after `since` finds so many.
  void ask_for(std::size_t length, Position since) {
    if (length <= least_length(since + 1)) return;
    auto later = least_.insert_or_assign(since, length).first;
    for (++later; later != least_.end() && later->second <= length;) later = least_.erase(later);
    if (least_.size() < kManyFloors) return;
    // Nobody began before the oldest that is under way.
    const auto first = least_.lower_bound(open_.oldest());
    if (first != least_.begin()) least_.erase(least_.begin(), std::prev(first));
  }

  [[nodiscard]] std::size_t least_length(Position begun) const {
    const auto after = least_.lower_bound(begun);
    return after == least_.begin() ? 0 : std::prev(after)->second;
  }

  const Pool* pool_;
  OpenWindow open_;  // reads
  std::map<Cell, Element> elements_;
  std::vector<Cell> list_;                 // as far as anybody has read it
  std::map<Position, Cell> unseen_;        // appended and not read yet, by when that was done
  std::map<Position, std::size_t> least_;  // ascending in both
};

}  // namespace

std::unique_ptr<ObjectStream> make_list_stream(const StreamSetting& setting) {
  return std::make_unique<ListStream>(setting);
}

}  // namespace quorumlab::models
