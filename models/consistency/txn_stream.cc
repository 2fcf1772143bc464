#include "models/consistency/txn_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "models/consistency/open_window.h"
#include "models/consistency/txn_reading.h"
#include "models/consistency/txn_window.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kDeepest = 2'000;  // transactions that wait for one another

using Id = TxnWindow::Id;
using Key = StreamedKey;
using Need = StreamedNeed;
using Txn = StreamedTxn;

class TxnStream : public ObjectStream {
 public:
  explicit TxnStream(const StreamSetting& setting)
      : pool_(*setting.pool), patience_(setting.patience) {}

  Ticket begin(Ticket ticket) override { return ticket; }

  Ticket begin_with(Ticket ticket, std::span<const Cell> asked) override {
    open_.begin(ticket.begun);
    const Id id = window_.add();
    Txn& txn = txn_at(id);
    txn.begun = ticket.begun;
    txn.process = ticket.process;
    ticket.note = id;
    if (!collect(asked, false, txn.needs)) return ticket;
    for (const Need& need : txn.needs) {
      for (const Cell value : need.writes) {
        Key& key = key_at(need.key);
        if (is_of_lists() ? !key.given.insert(value) : key.is_pending(value)) {
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
    Txn& txn = txn_at(id);
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
      if (need.finds != kNotFound) key_at(need.key).finders.push_back(id);
    }
    queue_.push_back(id);
    return advance();
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    open_.end(ticket.begun);
    const Id id = static_cast<Id>(ticket.note);
    for (const Need& need : txn_at(id).needs) {
      Key& key = key_at(need.key);
      for (const Cell value : need.writes) {
        if (is_of_lists() && place_of(key, value) != kNotFound) {
          return refuse(fmt::format("{} was read from key {}, and whoever wrote it failed",
                                    pool_.to_text(value), pool_.to_text(key.name)));
        }
        std::erase_if(key.pending, [id](const auto& write) { return write.second == id; });
      }
    }
    window_.release(id);
    return advance();
  }

  // It is executed if somebody turns out to have seen it.
  void lose(const Ticket& ticket) override {
    open_.end(ticket.begun);
    const Id id = static_cast<Id>(ticket.note);
    const bool writes = std::any_of(txn_at(id).needs.begin(), txn_at(id).needs.end(),
                                    [](const Need& need) { return !need.writes.empty(); });
    if (!writes) return window_.release(id);
    std::erase_if(txn_at(id).needs, [](const Need& need) { return need.writes.empty(); });
  }

  bool finish() override {
    is_over_ = true;
    return advance();
  }

  [[nodiscard]] std::size_t kept() const override { return window_.kept(); }
  [[nodiscard]] std::string_view model() const override { return "strict-serializable"; }

 private:
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

  [[nodiscard]] bool is_of_lists() const { return reading_.is_of_lists(); }
  Txn& txn_at(Id id) { return window_.txn(id); }
  [[nodiscard]] const Txn& txn_at(Id id) const { return window_.txn(id); }
  Key& key_at(std::uint32_t number) { return window_.key(number); }
  [[nodiscard]] const Key& key_at(std::uint32_t number) const { return window_.key(number); }

  bool collect(std::span<const Cell> micros, bool ok, std::vector<Need>& needs) {
    if (reading_.collect(micros, ok, needs)) return true;
    if (!reading_.problem().empty()) return !give_up(reading_.problem());
    return refuse(reading_.why());
  }

  // Executes what can be.
  bool advance() {
    const Position until = is_over_ ? UINT64_MAX : open_.oldest();
    while (!queue_.empty()) {
      const Id id = queue_.front();
      if (!txn_at(id).is_done) {
        if (txn_at(id).ended >= until) return true;
        if (queue_.size() < patience_ && !is_over_ && is_guess(txn_at(id))) return true;
        bound_ = txn_at(id).ended;
        if (!visit(id)) return false;
        if (!problem().empty()) return true;
      }
      queue_.pop_front();
      window_.release(id);
    }
    return true;
  }

  // Does it write something of which it is not known what comes before?
  bool is_guess(const Txn& txn) const {
    return std::any_of(txn.needs.begin(), txn.needs.end(), [&](const Need& need) {
      if (need.writes.empty() || need.finds != kNotFound || !is_of_lists()) return false;
      return place_of(key_at(need.key), need.writes.front()) == kNotFound;
    });
  }

  // Where an append that has not been executed stands, as far as somebody has read it.
  static std::uint64_t place_of(const Key& key, Cell value) {
    for (std::uint64_t i = key.there; i < key.known; ++i) {
      if (key.list[i] == value) return i;
    }
    return kNotFound;
  }

  // Executes it, and before it whatever must come before.
  bool visit(Id id) {
    if (txn_at(id).is_done) return true;
    if (txn_at(id).waits) return refuse_cycle(id);
    if (txn_at(id).begun > bound_) return refuse_late(id);
    if (path_.size() > kDeepest) return !give_up("too many transactions that wait for one another");
    txn_at(id).waits = true;
    path_.push_back(id);
    // What is executed for one key may change another one.
    for (std::uint64_t before = UINT64_MAX; before != executed_;) {
      before = executed_;
      for (std::size_t i = 0; i < txn_at(id).needs.size(); ++i) {
        if (!prepare(id, i)) return false;
      }
    }
    path_.pop_back();
    return execute(id);
  }

  bool prepare(Id id, std::size_t which) {
    const Need& need = txn_at(id).needs[which];
    const std::uint32_t key = need.key;
    if (need.finds == kNotFound && need.writes.empty()) return true;
    const std::uint64_t place = is_of_lists() && need.finds == kNotFound && !need.writes.empty()
                                    ? place_of(key_at(key), need.writes.front())
                                    : need.finds;
    if (is_of_lists() ? !reach_length(id, key, place) : !reach_value(id, key, need.finds))
      return false;
    if (need.writes.empty()) return true;
    // Whoever found what it replaces comes before it.
    const std::vector<Id> finders = key_at(key).finders;
    for (const Id finder : finders) {
      if (finder == id || txn_at(finder).is_done) continue;
      const std::uint64_t found = found_by(finder, key);
      const bool is_now = is_of_lists() ? found <= key_at(key).there : found == value_of(key);
      if (is_now && !visit(finder)) return false;
    }
    return true;
  }

  [[nodiscard]] std::uint64_t found_by(Id id, std::uint32_t key) const {
    for (const Need& need : txn_at(id).needs) {
      if (need.key == key) return need.finds;
    }
    return kNotFound;
  }
  [[nodiscard]] Cell value_of(std::uint32_t key) const { return key_at(key).value(); }

  // kNotFound: as long as it is known to be.
  bool reach_length(Id id, std::uint32_t key, std::uint64_t place) {
    const std::uint64_t wanted = place == kNotFound ? key_at(key).known : place;
    if (place != kNotFound && key_at(key).there > place) {
      return refuse(fmt::format(
          "{} did not find {} in key {}, which was there before it began, or before something "
          "that had ended by then",
          name_of(id), pool_.to_text(key_at(key).list[place]), pool_.to_text(key_at(key).name)));
    }
    while (key_at(key).there < wanted) {
      const std::uint64_t before = key_at(key).there;
      const std::optional<Id> writer = writer_of(key, key_at(key).list[before]);
      if (!writer) return !give_up("an append of which nothing is known any more");
      if (*writer == id) {
        return refuse(fmt::format("{} found its own append in key {} too early", name_of(id),
                                  pool_.to_text(key_at(key).name)));
      }
      if (!visit(*writer)) return false;
      if (key_at(key).there <= before) return !give_up("an append that is not where it was read");
    }
    return true;
  }

  bool reach_value(Id id, std::uint32_t key, std::uint64_t finds) {
    if (finds == kNotFound || value_of(key) == finds) return true;
    const std::optional<Id> writer = writer_of(key, finds);
    const bool can = writer && *writer != id;
    if (can && !visit(*writer)) return false;
    if (can && value_of(key) == finds) return true;
    return !give_up(
        fmt::format("the value {} of key {}, supposed to have been replaced before it "
                    "was read,",
                    pool_.to_text(Cell{finds}), pool_.to_text(key_at(key).name)));
  }

  [[nodiscard]] std::optional<Id> writer_of(std::uint32_t key, Cell value) const {
    for (const auto& [written, writer] : key_at(key).pending) {
      if (written == value) return writer;
    }
    return std::nullopt;
  }

  // Verifies that everything is as it must be.
  bool execute(Id id) {
    Txn& txn = txn_at(id);
    for (const Need& need : txn.needs) {
      Key& key = key_at(need.key);
      const std::uint64_t now = is_of_lists() ? key.there : value_of(need.key);
      if (need.finds != kNotFound && need.finds != now) {
        return !give_up("a transaction for which there is no place in the order that was guessed");
      }
      if (need.finds != kNotFound) std::erase(key.finders, id);
      for (const Cell value : need.writes) {
        if (!is_of_lists()) {
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
    if (txn.ended == UINT64_MAX) window_.release(id);
    return true;
  }

  [[nodiscard]] std::string name_of(Id id) const {
    const Txn& txn = txn_at(id);
    return txn.ended == UINT64_MAX
               ? fmt::format("process {} (from event {} on)", txn.process, txn.begun - 1)
               : fmt::format("process {} (events {} to {})", txn.process, txn.begun - 1,
                             txn.ended - 1);
  }

  // Who began too late must come before the first on the path, which had ended.
  bool refuse_late(Id id) {
    if (!is_of_lists())
      return !give_up("a value that was read before it could be written, or a guess,");
    std::vector<std::string> names;
    for (const Id step : path_) names.push_back(name_of(step));
    return refuse(
        fmt::format("each must come after the next: {}, {}; but the last began when the "
                    "first had ended",
                    fmt::join(names, ", "), name_of(id)));
  }

  bool refuse_cycle(Id id) {
    if (!is_of_lists())
      return !give_up("transactions that wait for one another in the guessed order");
    std::vector<std::string> names;
    for (auto step = std::find(path_.begin(), path_.end(), id); step != path_.end(); ++step) {
      names.push_back(name_of(*step));
    }
    return refuse(fmt::format("each must come after the next, and the last after the first: {}",
                              fmt::join(names, ", ")));
  }

  const Pool& pool_;
  const std::size_t patience_;
  bool is_over_ = false;
  OpenWindow open_;
  TxnWindow window_;
  TxnReading reading_{pool_, window_};
  std::deque<Id> queue_;  // that have ended, in this order
  Position bound_ = 0;    // whoever must come before what is executed began before this
  std::uint64_t executed_ = 0;
  std::vector<Id> path_;  // each waits for the next
};

}  // namespace

std::unique_ptr<ObjectStream> make_txn_stream(const StreamSetting& setting) {
  return std::make_unique<TxnStream>(setting);
}

}  // namespace quorumlab::models
