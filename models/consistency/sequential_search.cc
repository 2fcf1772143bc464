#include "models/consistency/sequential_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

// Situations of equal width, each kept once.
class Situations {
 public:
  explicit Situations(std::size_t width) : width_(width) {}

  // False: it was there already.
  bool insert(const std::vector<std::uint32_t>& situation) {
    if (2 * (count_ + 1) > table_.size()) grow();
    std::uint32_t& entry = table_[slot_of(situation.data())];
    if (entry != 0) return false;
    words_.insert(words_.end(), situation.begin(), situation.end());
    entry = static_cast<std::uint32_t>(++count_);
    return true;
  }
  [[nodiscard]] std::uint64_t size() const { return count_; }
  [[nodiscard]] std::uint64_t words() const { return words_.size(); }

 private:
  [[nodiscard]] std::size_t slot_of(const std::uint32_t* situation) const {
    std::uint64_t hash = width_;
    for (std::size_t i = 0; i < width_; ++i) hash = mix_bits(hash ^ situation[i]) + i;
    const std::size_t mask = table_.size() - 1;
    std::size_t at = hash & mask;
    while (table_[at] != 0 &&
           !std::equal(situation, situation + width_, words_.data() + (table_[at] - 1) * width_)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    table_.assign(table_.empty() ? 1024 : 2 * table_.size(), 0);
    for (std::size_t i = 0; i < count_; ++i) {
      table_[slot_of(words_.data() + i * width_)] = static_cast<std::uint32_t>(i + 1);
    }
  }

  const std::size_t width_;
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> table_;  // number + 1; 0: free
  std::size_t count_ = 0;
};

class SequentialSearch {
 public:
  SequentialSearch(const Specification<ObjectState, ObjectCall>& specification,
                   const std::vector<SequentialPart>& parts, const Budget& budget)
      : specification_(specification), parts_(parts), budget_(budget) {
    line_up();
    for (const SequentialPart& part : parts) {
      states_.emplace_back(specification, part.calls);
      now_.push_back(states_.back().initial());
    }
  }

  SequentialResult run() {
    Situations seen(lines_.size() + parts_.size());
    now_.insert(now_.begin(), lines_.size(), 0);  // how far each line has come, then the states
    struct Frame {
      std::vector<std::uint32_t> now;
      std::size_t placed = 0;
      std::size_t next = 0;  // line to try
    };
    std::vector<Frame> stack;
    const auto arrive = [&] {
      absorb();
      if (needed_ == result_.total || !seen.insert(now_)) return;
      stack.push_back({now_, order_.size(), 0});
    };
    arrive();
    while (needed_ < result_.total && !stack.empty()) {
      if (out_of_budget(seen)) return std::move(result_);
      Frame& frame = stack.back();
      if (frame.next == lines_.size()) {
        stack.pop_back();
        continue;
      }
      now_ = frame.now;
      rewind(frame.placed);
      if (place(by_turn(frame.now, frame.next++))) arrive();
    }
    result_.verdict = needed_ == result_.total ? Verdict::kHolds : Verdict::kViolated;
    if (result_.verdict == Verdict::kHolds) result_.order = order_;
    return std::move(result_);
  }

 private:
  struct Place {
    SequentialCall at;
    std::uint64_t invoked = 0;
    bool is_open = false;
    bool is_observer = false;
    // What must have its place before, beside what is in the same line: the first so many of a
    // line, and all in some other lines.
    std::size_t after = 0;
    std::size_t so_many = 0;
    std::size_t others = 0;
    std::size_t others_end = 0;
  };
  // Where what a process does next stands.
  struct Process {
    std::size_t line = 0;  // index + 1; 0: in a new one
    std::size_t others = 0;
    std::size_t others_end = 0;
  };

  [[nodiscard]] const TimedCall<ObjectCall>& timed(SequentialCall at) const {
    return parts_[at.part].calls[at.call];
  }

  void line_up() {
    std::vector<Place> places;
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      for (std::uint32_t call = 0; call < parts_[part].calls.size(); ++call) {
        const TimedCall<ObjectCall>& t = parts_[part].calls[call];
        const bool observes = specification_.is_observer(t.call);
        const bool open = t.completed == kNever;
        if (open && observes) continue;
        places.push_back({{part, call}, t.invoked, open, observes});
        if (!open) ++result_.total;
      }
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.invoked < b.invoked; });
    std::map<std::int64_t, Process> processes;
    for (auto first = places.begin(); first != places.end();) {
      const auto end = std::find_if(
          first, places.end(), [&](const Place& place) { return !begin_at_once(*first, place); });
      Process& process = processes[timed(first->at).call.process];
      if (end - first > 1 && !first->is_open) {
        at_once({&*first, &*first + (end - first)}, process);
      } else {
        one_by_one({&*first, &*first + (end - first)}, process);
      }
      first = end;
    }
  }

  [[nodiscard]] bool begin_at_once(const Place& a, const Place& b) const {
    return a.invoked == b.invoked && timed(a.at).call.process == timed(b.at).call.process;
  }

  // What may have happened stays in line: it is all the same.
  void one_by_one(std::span<const Place> places, Process& process) {
    for (Place place : places) {
      if (process.line == 0) {
        lines_.emplace_back();
        process.line = lines_.size();
      }
      place.others = process.others;
      place.others_end = process.others_end;
      lines_[process.line - 1].push_back(place);
    }
    if (places.back().is_open) process = {};
  }

  // Each in a line of its own.
  void at_once(std::span<const Place> places, Process& process) {
    const std::size_t others = lines_.size();
    for (Place place : places) {
      place.after = process.line;
      place.so_many = process.line == 0 ? 0 : lines_[process.line - 1].size();
      place.others = process.others;
      place.others_end = process.others_end;
      lines_.push_back({place});
    }
    process.others = others;
    process.others_end = lines_.size();
  }

  [[nodiscard]] bool is_due(const Place& place) const {
    if (place.after != 0 && now_[place.after - 1] < place.so_many) return false;
    for (std::size_t line = place.others; line < place.others_end; ++line) {
      if (now_[line] < lines_[line].size()) return false;
    }
    return true;
  }

  // The lines by when what they would do next began.
  [[nodiscard]] std::size_t by_turn(const std::vector<std::uint32_t>& now, std::size_t turn) const {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      const bool done = now[line] == lines_[line].size();
      order.emplace_back(done ? kNever : lines_[line][now[line]].invoked, line);
    }
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(turn), order.end());
    return order[turn].second;
  }

  bool place(std::size_t line) {
    if (now_[line] == lines_[line].size()) return false;
    const Place& place = lines_[line][now_[line]];
    if (!is_due(place)) return false;
    ++result_.steps;
    std::uint32_t& state = now_[lines_.size() + place.at.part];
    const auto next = states_[place.at.part].step(state, place.at.call);
    if (!next) return false;
    if (place.is_open && *next == state) return false;  // it may as well not have happened
    state = *next;
    ++now_[line];
    order_.push_back(place.at);
    if (!place.is_open) ++needed_;
    return true;
  }

  void absorb() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t line = 0; line < lines_.size(); ++line) {
        while (now_[line] < lines_[line].size() && lines_[line][now_[line]].is_observer &&
               place(line)) {
          moved = true;
        }
      }
    }
    if (needed_ < result_.most) return;
    result_.most = needed_;
    result_.stuck.clear();
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      if (now_[line] == lines_[line].size() || lines_[line][now_[line]].is_open) continue;
      if (!is_due(lines_[line][now_[line]])) continue;
      result_.stuck.push_back(lines_[line][now_[line]].at);
    }
  }

  void rewind(std::size_t placed) {
    for (; order_.size() > placed; order_.pop_back()) {
      if (timed(order_.back()).completed != kNever) --needed_;
    }
  }

  bool out_of_budget(const Situations& seen) {
    const bool slow = result_.steps > budget_.max_steps;
    const bool large = bytes(seen) > budget_.max_memory;
    if (!slow && !large && seen.words() / 4 <= budget_.max_configurations) return false;
    const std::string what = slow ? fmt::format("{} steps (max_steps)", budget_.max_steps)
                             : large
                                 ? fmt::format("{} bytes (max_memory)", budget_.max_memory)
                                 : fmt::format("{} situations (max_configurations)", seen.size());
    result_.verdict = Verdict::kUnknown;
    result_.reason =
        fmt::format("over {} at {} of {} operations", what, result_.most, result_.total);
    return true;
  }

  // Each situation once to look it up, and at most once on the way back.
  [[nodiscard]] std::uint64_t bytes(const Situations& seen) const {
    std::uint64_t bytes = 2 * seen.words() * sizeof(std::uint32_t);
    for (const auto& states : states_) bytes += states.bytes();
    return bytes;
  }

  const Specification<ObjectState, ObjectCall>& specification_;
  const std::vector<SequentialPart>& parts_;
  const Budget budget_;
  std::vector<std::vector<Place>> lines_;  // of each process
  std::deque<SpecificationStates<ObjectState, ObjectCall>> states_;
  std::vector<std::uint32_t> now_;
  std::vector<SequentialCall> order_;
  std::size_t needed_ = 0;  // placed, of those that must be
  SequentialResult result_;
};

}  // namespace

SequentialResult search_sequential(const Specification<ObjectState, ObjectCall>& specification,
                                   const std::vector<SequentialPart>& parts, const Budget& budget) {
  return SequentialSearch(specification, parts, budget).run();
}

}  // namespace quorumlab::models
