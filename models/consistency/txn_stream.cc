#include "models/consistency/txn_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "models/consistency/cell_ranges.h"
#include "models/consistency/open_window.h"
#include "models/exchange/flat_map.h"
#include "models/exchange/values.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kDeepest = 2'000;  // transactions that wait for one another

using Id = std::uint32_t;
constexpr std::uint64_t kNotKnown = UINT64_MAX;

// What a transaction does with one key.
struct Need {
  std::uint32_t key = 0;
  // What it finds there: of a list how many elements, of a register which value. kNotKnown: it
  // writes before it reads.
  std::uint64_t finds = kNotKnown;
  std::vector<Cell> writes = {};  // of a register the last alone
};

struct Txn {
  std::uint64_t begun = 0;
  std::uint64_t ended = UINT64_MAX;  // or nobody knows
  std::int64_t process = 0;
  bool is_done = false;  // executed
  bool waits = false;    // for what must come first
  std::vector<Need> needs;
};

struct Key {
  Cell name = kNilCell;
  std::vector<Cell> list;   // of a register the value, if any was written
  std::uint64_t there = 0;  // of a list: so many have been executed
  std::uint64_t known = 0;  // of a list: so many have been read, by whomever
  std::vector<Id> finders;  // who has ended, found something and has not been executed
  std::vector<std::pair<Cell, Id>> pending;  // writes that have not been executed
  CellRanges given;  // of a list: what anybody appended, so that nothing is appended twice
};

class TxnStream : public ObjectStream {
 public:
  explicit TxnStream(const StreamSetting& setting)
      : pool_(*setting.pool), patience_(setting.patience) {}

  Ticket begin(Ticket ticket) override { return ticket; }

  Ticket begin_with(Ticket ticket, std::span<const Cell> asked) override {
    open_.begin(ticket.begun);
    const Id id = new_txn();
    Txn& txn = txns_[id];
    txn.begun = ticket.begun;
    txn.process = ticket.process;
    ticket.note = id;
    if (!collect(asked, false, txn.needs)) return ticket;
    for (const Need& need : txn.needs) {
      for (const Cell value : need.writes) {
        Key& key = keys_[need.key];
        if (is_lists_ ? !key.given.insert(value) : is_written(key, value)) {
          give_up(fmt::format("{}, written to key {} twice,", pool_.to_text(value),
                              pool_.to_text(key.name)));
        }
        key.pending.emplace_back(value, id);
      }
    }
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position at) override {
    open_.end(ticket.begun);
    const Id id = static_cast<Id>(ticket.note);
    Txn& txn = txns_[id];
    txn.ended = at;
    if (told.front() != kNilCell) {
      std::vector<Need> needs;
      const bool fine = collect(told, true, needs);
      if (!problem().empty()) return true;
      if (!fine) return false;
      if (!same_writes(txn.needs, needs)) return give_up("a transaction that wrote something else");
      txn.needs = std::move(needs);
    }
    for (const Need& need : txn.needs) {
      if (need.finds != kNotKnown) keys_[need.key].finders.push_back(id);
    }
    queue_.push_back(id);
    return advance();
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    open_.end(ticket.begun);
    const Id id = static_cast<Id>(ticket.note);
    for (const Need& need : txns_[id].needs) {
      Key& key = keys_[need.key];
      for (const Cell value : need.writes) {
        if (is_lists_ && std::find(key.list.begin(), key.list.end(), value) != key.list.end()) {
          return refuse(fmt::format("{} was read from key {}, and whoever wrote it failed",
                                    pool_.to_text(value), pool_.to_text(key.name)));
        }
        std::erase_if(key.pending, [id](const auto& write) { return write.second == id; });
      }
    }
    release(id);
    return advance();
  }

  // It is executed if somebody turns out to have seen it.
  void lose(const Ticket& ticket) override {
    open_.end(ticket.begun);
    const Id id = static_cast<Id>(ticket.note);
    const bool writes = std::any_of(txns_[id].needs.begin(), txns_[id].needs.end(),
                                    [](const Need& need) { return !need.writes.empty(); });
    if (!writes) release(id);
    std::erase_if(txns_[id].needs, [](const Need& need) { return need.writes.empty(); });
  }

  bool finish() override {
    is_over_ = true;
    return advance();
  }

  [[nodiscard]] std::size_t kept() const override { return txns_.size() - free_.size(); }
  [[nodiscard]] std::string_view model() const override { return "strict-serializable"; }

 private:
  Id new_txn() {
    if (free_.empty()) {
      free_.push_back(static_cast<Id>(txns_.size()));
      txns_.emplace_back();
    }
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }

  void release(Id id) {
    txns_[id] = {};
    free_.push_back(id);
  }

  Key& key_of(Cell name, std::uint32_t& number) {
    std::uint32_t& known = key_numbers_[name];
    if (known == 0) {
      keys_.push_back({.name = name});
      known = static_cast<std::uint32_t>(keys_.size());
    }
    number = known - 1;
    return keys_[number];
  }

  static bool is_written(const Key& key, Cell value) {
    return std::any_of(key.pending.begin(), key.pending.end(),
                       [value](const auto& write) { return write.first == value; });
  }

  static bool same_writes(const std::vector<Need>& asked, const std::vector<Need>& told) {
    std::size_t writes = 0;
    for (const Need& need : asked) writes += need.writes.empty() ? 0 : 1;
    for (const Need& need : told) {
      if (need.writes.empty()) continue;
      const auto other = std::find_if(asked.begin(), asked.end(),
                                      [&](const Need& a) { return a.key == need.key; });
      if (other == asked.end() || other->writes != need.writes) return false;
      --writes;
    }
    return writes == 0;
  }

  // False: there is a problem, or a contradiction.
  bool collect(std::span<const Cell> micros, bool ok, std::vector<Need>& needs) {
    if (micros.front() != kNilCell && !is_sequence(micros.front())) {
      return !give_up("something else than micro-operations");
    }
    for (const auto micro : Items(micros)) {
      const std::size_t inside = is_sequence(micro.front()) ? payload_of(micro.front()) : 0;
      if (inside < 3 || width_of(micro[1]) != 1 || width_of(micro[2]) != 1) {
        return !give_up("something else than [f key value]");
      }
      const std::string_view f = pool_.word_of(micro[1]);
      const std::span<const Cell> value = micro.subspan(3);
      const bool is_read = f == "r";
      if (!is_read && f != "append" && f != "w") return !give_up(fmt::format("`{}`", f));
      if (!is_read && !is_of_kind(f == "append")) return false;
      Need& need = need_of(micro[2], needs);
      if (is_read) {
        if (ok && !read(need, value)) return false;
        continue;
      }
      if (width_of(value.front()) != 1) return !give_up("a value of another shape");
      if (!is_lists_) need.writes.clear();
      need.writes.push_back(value.front());
    }
    return true;
  }

  bool is_of_kind(bool lists) {
    if (!is_kind_known_) is_lists_ = lists;
    is_kind_known_ = true;
    return is_lists_ == lists || !give_up("lists beside registers");
  }

  Need& need_of(Cell name, std::vector<Need>& needs) {
    std::uint32_t number = 0;
    (void)key_of(name, number);
    for (Need& need : needs) {
      if (need.key == number) return need;
    }
    return needs.emplace_back(Need{.key = number});
  }

  bool read(Need& need, std::span<const Cell> value) {
    const bool is_list = is_sequence(value.front());
    if (is_list && !is_of_kind(true)) return false;
    if (!is_list && value.front() != kNilCell && !is_of_kind(false)) return false;
    return is_lists_ ? read_list(need, value) : read_register(need, value.front());
  }

  bool read_register(Need& need, Cell value) {
    Key& key = keys_[need.key];
    if (!need.writes.empty()) {
      return value == need.writes.back() || refuse(contradicts_itself(key));
    }
    if (need.finds != kNotKnown) return value == need.finds || refuse(contradicts_itself(key));
    need.finds = value;
    const Cell now = key.list.empty() ? kNilCell : key.list.front();
    if (value == now || is_written(key, value)) return true;
    return !give_up(fmt::format("{}, read from key {} when it had been replaced, or not written,",
                                pool_.to_text(value), pool_.to_text(key.name)));
  }

  [[nodiscard]] std::string contradicts_itself(const Key& key) const {
    return fmt::format("what it found in key {} contradicts what it found or wrote there itself",
                       pool_.to_text(key.name));
  }

  bool read_list(Need& need, std::span<const Cell> value) {
    Key& key = keys_[need.key];
    const std::span<const Cell> elements =
        value.subspan(is_sequence(value.front()) ? 1 : 0, width_of(value.front()) - 1);
    const std::size_t own = need.writes.size();
    const bool ends_so =
        elements.size() >= own && std::equal(need.writes.begin(), need.writes.end(),
                                             elements.end() - static_cast<std::ptrdiff_t>(own));
    const std::uint64_t finds = elements.size() - own;
    if (!ends_so || (need.finds != kNotKnown && need.finds != finds)) {
      return refuse(contradicts_itself(key));
    }
    need.finds = finds;
    const std::size_t common = std::min(elements.size(), key.list.size());
    const auto differ = std::mismatch(
        elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(common), key.list.begin());
    const auto same = static_cast<std::size_t>(differ.first - elements.begin());
    if (same < common) {
      if (same >= key.known) {
        return !give_up(
            fmt::format("{}, read from key {} after it had been supposed to come later,",
                        pool_.to_text(elements[same]), pool_.to_text(key.name)));
      }
      return refuse(fmt::format("others read {} from key {} where it found {}",
                                pool_.to_text(key.list[same]), pool_.to_text(key.name),
                                pool_.to_text(elements[same])));
    }
    for (const Cell cell : elements.subspan(common)) {
      if (width_of(cell) != 1) return !give_up("a value of another shape");
      const bool is_there = std::find(key.list.begin() + static_cast<std::ptrdiff_t>(common),
                                      key.list.end(), cell) != key.list.end();
      if (is_there || !is_written(key, cell)) {
        return refuse(fmt::format("nobody had appended {} to key {}, or it is there twice",
                                  pool_.to_text(cell), pool_.to_text(key.name)));
      }
      key.list.push_back(cell);
    }
    key.known = std::max<std::uint64_t>(key.known, elements.size());
    return true;
  }

  // Executes what can be.
  bool advance() {
    const Position until = is_over_ ? UINT64_MAX : open_.oldest();
    while (!queue_.empty()) {
      const Id id = queue_.front();
      if (!txns_[id].is_done) {
        if (txns_[id].ended >= until) return true;
        if (queue_.size() < patience_ && !is_over_ && is_guess(txns_[id])) return true;
        bound_ = txns_[id].ended;
        if (!visit(id)) return false;
        if (!problem().empty()) return true;
      }
      queue_.pop_front();
      release(id);
    }
    return true;
  }

  // Does it write something of which it is not known what comes before?
  bool is_guess(const Txn& txn) const {
    return std::any_of(txn.needs.begin(), txn.needs.end(), [&](const Need& need) {
      if (need.writes.empty() || need.finds != kNotKnown || !is_lists_) return false;
      return place_of(keys_[need.key], need.writes.front()) == kNotKnown;
    });
  }

  // Where an append that has not been executed stands, as far as somebody has read it.
  static std::uint64_t place_of(const Key& key, Cell value) {
    for (std::uint64_t i = key.there; i < key.known; ++i) {
      if (key.list[i] == value) return i;
    }
    return kNotKnown;
  }

  // Executes it, and before it whatever must come before.
  bool visit(Id id) {
    if (txns_[id].is_done) return true;
    if (txns_[id].waits) return refuse_cycle(id);
    if (txns_[id].begun > bound_) return refuse_late(id);
    if (path_.size() > kDeepest) return !give_up("too many transactions that wait for one another");
    txns_[id].waits = true;
    path_.push_back(id);
    // What is executed for one key may change another one.
    for (std::uint64_t before = UINT64_MAX; before != executed_;) {
      before = executed_;
      for (std::size_t i = 0; i < txns_[id].needs.size(); ++i) {
        if (!prepare(id, i)) return false;
      }
    }
    path_.pop_back();
    return execute(id);
  }

  bool prepare(Id id, std::size_t which) {
    const Need& need = txns_[id].needs[which];
    const std::uint32_t key = need.key;
    if (need.finds == kNotKnown && need.writes.empty()) return true;
    const std::uint64_t place = is_lists_ && need.finds == kNotKnown && !need.writes.empty()
                                    ? place_of(keys_[key], need.writes.front())
                                    : need.finds;
    if (is_lists_ ? !reach_length(id, key, place) : !reach_value(id, key, need.finds)) return false;
    if (need.writes.empty()) return true;
    // Whoever found what it replaces comes before it.
    const std::vector<Id> finders = keys_[key].finders;
    for (const Id finder : finders) {
      if (finder == id || txns_[finder].is_done) continue;
      const std::uint64_t found = found_by(finder, key);
      const bool is_now = is_lists_ ? found <= keys_[key].there : found == value_of(key);
      if (is_now && !visit(finder)) return false;
    }
    return true;
  }

  [[nodiscard]] std::uint64_t found_by(Id id, std::uint32_t key) const {
    for (const Need& need : txns_[id].needs) {
      if (need.key == key) return need.finds;
    }
    return kNotKnown;
  }
  [[nodiscard]] Cell value_of(std::uint32_t key) const {
    return keys_[key].list.empty() ? kNilCell : keys_[key].list.front();
  }

  // kNotKnown: as long as it is known to be.
  bool reach_length(Id id, std::uint32_t key, std::uint64_t place) {
    const std::uint64_t wanted = place == kNotKnown ? keys_[key].known : place;
    if (place != kNotKnown && keys_[key].there > place) {
      return refuse(fmt::format(
          "{} did not find {} in key {}, which was there before it began, or before something "
          "that had ended by then",
          name_of(id), pool_.to_text(keys_[key].list[place]), pool_.to_text(keys_[key].name)));
    }
    while (keys_[key].there < wanted) {
      const std::uint64_t before = keys_[key].there;
      const std::optional<Id> writer = writer_of(key, keys_[key].list[before]);
      if (!writer) return !give_up("an append of which nothing is known any more");
      if (*writer == id) {
        return refuse(fmt::format("{} found its own append in key {} too early", name_of(id),
                                  pool_.to_text(keys_[key].name)));
      }
      if (!visit(*writer)) return false;
      if (keys_[key].there <= before) return !give_up("an append that is not where it was read");
    }
    return true;
  }

  bool reach_value(Id id, std::uint32_t key, std::uint64_t finds) {
    if (finds == kNotKnown || value_of(key) == finds) return true;
    const std::optional<Id> writer = writer_of(key, finds);
    const bool can = writer && *writer != id;
    if (can && !visit(*writer)) return false;
    if (can && value_of(key) == finds) return true;
    return !give_up(
        fmt::format("the value {} of key {}, supposed to have been replaced before it "
                    "was read,",
                    pool_.to_text(Cell{finds}), pool_.to_text(keys_[key].name)));
  }

  [[nodiscard]] std::optional<Id> writer_of(std::uint32_t key, Cell value) const {
    for (const auto& [written, writer] : keys_[key].pending) {
      if (written == value) return writer;
    }
    return std::nullopt;
  }

  // Verifies that everything is as it must be.
  bool execute(Id id) {
    Txn& txn = txns_[id];
    for (const Need& need : txn.needs) {
      Key& key = keys_[need.key];
      const std::uint64_t now = is_lists_ ? key.there : value_of(need.key);
      if (need.finds != kNotKnown && need.finds != now) {
        return !give_up("a transaction for which there is no place in the order that was guessed");
      }
      if (need.finds != kNotKnown) std::erase(key.finders, id);
      for (const Cell value : need.writes) {
        if (!is_lists_) {
          key.list.assign(1, value);
        } else if (key.there == key.list.size()) {
          key.list.push_back(value);
          ++key.there;
        } else if (key.list[key.there++] != value) {
          return !give_up("appends that do not stand together where they were read");
        }
      }
      if (!need.writes.empty()) {
        std::erase_if(key.pending, [id](const auto& write) { return write.second == id; });
      }
      // Most keys are never asked for again.
      if (key.pending.empty()) key.pending.shrink_to_fit();
      if (key.finders.empty()) key.finders.shrink_to_fit();
    }
    ++executed_;
    txn.waits = false;
    txn.is_done = true;
    // What nobody knows the end of is in no queue.
    if (txn.ended == UINT64_MAX) release(id);
    return true;
  }

  [[nodiscard]] std::string name_of(Id id) const {
    const Txn& txn = txns_[id];
    return txn.ended == UINT64_MAX
               ? fmt::format("process {} (from event {} on)", txn.process, txn.begun - 1)
               : fmt::format("process {} (events {} to {})", txn.process, txn.begun - 1,
                             txn.ended - 1);
  }

  // Who began too late must come before the first on the path, which had ended.
  bool refuse_late(Id id) {
    if (!is_lists_)
      return !give_up("a value that was read before it could be written, or a guess,");
    std::vector<std::string> names;
    for (const Id step : path_) names.push_back(name_of(step));
    return refuse(
        fmt::format("each must come after the next: {}, {}; but the last began when the "
                    "first had ended",
                    fmt::join(names, ", "), name_of(id)));
  }

  bool refuse_cycle(Id id) {
    if (!is_lists_) return !give_up("transactions that wait for one another in the guessed order");
    std::vector<std::string> names;
    for (auto step = std::find(path_.begin(), path_.end(), id); step != path_.end(); ++step) {
      names.push_back(name_of(*step));
    }
    return refuse(fmt::format("each must come after the next, and the last after the first: {}",
                              fmt::join(names, ", ")));
  }

  const Pool& pool_;
  const std::size_t patience_;
  bool is_kind_known_ = false;
  bool is_lists_ = true;
  bool is_over_ = false;
  OpenWindow open_;
  std::vector<Txn> txns_;
  std::vector<Id> free_;  // numbers that can be used again
  std::deque<Id> queue_;  // that have ended, in this order
  std::deque<Key> keys_;
  FlatMap<std::uint32_t> key_numbers_;  // + 1
  Position bound_ = 0;  // whoever must come before what is executed began before this
  std::uint64_t executed_ = 0;
  std::vector<Id> path_;  // each waits for the next
};

}  // namespace

std::unique_ptr<ObjectStream> make_txn_stream(const StreamSetting& setting) {
  return std::make_unique<TxnStream>(setting);
}

}  // namespace quorumlab::models
