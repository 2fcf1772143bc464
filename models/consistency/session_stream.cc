#include "models/consistency/session_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "models/consistency/late_writes.h"

namespace quorumlab::models {
namespace {

using SessionId = std::uint64_t;

struct Write {
  SessionId session = 0;
  std::uint64_t place = 0;  // in its session
  std::uint64_t begun = 0;
  bool was_read = false;
  std::map<SessionId, std::uint64_t> readers = {};  // where each session read it first
};
using Writes = LateWrites<Write>;
using Number = Writes::Number;

// What a session has done with one key.
struct Seen {
  std::optional<Number> own;   // its last write that ended well
  std::optional<Number> last;  // that it read
  std::set<Number> replaced;   // that it has seen replaced
  std::map<SessionId, Number> newest;
  std::map<SessionId, std::uint64_t> ends;  // by writer: the end of what was seen of it
};

struct Session {
  SessionId id = 0;
  std::uint64_t places = 0;
  std::map<Cell, Seen> keys;
  std::map<SessionId, std::uint64_t> ends;  // of all keys
};

// What a session did with a key, for others who see its later writes.
struct Trail {
  struct Step {
    std::uint64_t place = 0;  // in the session
    Number number = 0;        // ascending
  };
  std::deque<Step> writes;
  std::map<SessionId, std::deque<Step>> reads;  // by writer: the newest that was read up to there
};

// The last one before a place in its session.
const Trail::Step* last_before(const std::deque<Trail::Step>& steps, std::uint64_t end) {
  const auto after = std::partition_point(steps.begin(), steps.end(),
                                          [end](const auto& step) { return step.place < end; });
  return after == steps.begin() ? nullptr : &*std::prev(after);
}

class SessionStream : public ObjectStream {
 public:
  SessionStream(SessionGuarantee guarantee, const StreamSetting& setting)
      : guarantee_(guarantee),
        initial_(setting.initial),
        pool_(setting.pool),
        writes_(setting.remembers) {}

  Ticket begin(Ticket ticket) override {
    const auto [place, is_new] = sessions_.try_emplace(ticket.process);
    Session& session = place->second;
    if (is_new) session.id = ++session_count_;
    const std::uint64_t own_place = session.places++;
    if (ticket.method == Method::kRead) {
      ticket.note = static_cast<std::int64_t>(own_place);
    } else if (ticket.method != Method::kWrite) {
      give_up("something else than reads and writes");
    } else {
      begin_write(ticket, session, own_place);
    }
    return ticket;
  }

  bool end(const Ticket& ticket, std::span<const Cell> told, Position /*at*/) override {
    Session& session = sessions_.at(ticket.process);
    if (ticket.method == Method::kWrite) {
      if (guarantee_ == SessionGuarantee::kReadYourWrites) {
        seen_of(session, ticket.key).own = number_of(ticket);
      }
      return true;
    }
    if (told.size() != 1) return give_up("a value of another shape");
    const Cell value = told.front();
    if (value == kNoCell) return true;
    const std::optional<Number> source =
        value == initial_ ? std::nullopt : writes_.find(ticket.key, value);
    if (value != initial_ && !source) {
      if (writes_.forgets(ticket.key)) return give_up_on_old();
      return refuse(fmt::format("nobody had written {}", name_in(pool_, value)));
    }
    if (!look(session, ticket.key, source)) return false;
    if (source) note(session, ticket.key, *source, static_cast<std::uint64_t>(ticket.note));
    return true;
  }

  bool fail(const Ticket& ticket, Position /*at*/) override {
    if (ticket.method == Method::kRead) return true;
    const Number number = number_of(ticket);
    if (!writes_.contains(number)) return give_up("a write that failed so late");
    const Write& write = writes_.at(number);
    if (write.was_read) {
      return refuse(fmt::format("{} was read, and its write failed", name_in(pool_, ticket.value)));
    }
    writes_.remove(number);
    const auto trail = trails_.find({ticket.key, write.session});
    if (trail != trails_.end()) trail->second.writes.pop_back();
    return true;
  }

  // Who does not know how something ended is another session from there on.
  void lose(const Ticket& ticket) override {
    const auto session = sessions_.find(ticket.process);
    seen_ -= session->second.keys.size();
    sessions_.erase(session);
  }

  [[nodiscard]] std::size_t kept() const override {
    return writes_.size() + trails_.size() + sessions_.size() + seen_;
  }
  [[nodiscard]] bool is_joint() const override { return true; }
  [[nodiscard]] std::string_view model() const override { return name_of(guarantee_); }

 private:
  static Number number_of(const Ticket& ticket) { return static_cast<Number>(ticket.note); }

  // Is the order of its writes, or what came before them, asked for?
  [[nodiscard]] bool needs_trails() const {
    return guarantee_ == SessionGuarantee::kMonotonicWrites ||
           guarantee_ == SessionGuarantee::kWritesFollowReads;
  }

  bool give_up_on_old() {
    return give_up(fmt::format("a read that may be of something older than the last {} writes",
                               writes_.most()));
  }

  void begin_write(Ticket& ticket, Session& session, std::uint64_t place) {
    const auto number =
        ticket.value == initial_ ? std::nullopt : writes_.add(ticket.key, ticket.value);
    if (!number) {
      give_up(fmt::format("{}, which may have been there before, written again,",
                          name_in(pool_, ticket.value)));
      return;
    }
    ticket.note = static_cast<std::int64_t>(*number);
    writes_.at(*number) = {.session = session.id, .place = place, .begun = ticket.begun};
    if (needs_trails()) trails_[{ticket.key, session.id}].writes.push_back({place, *number});
    if (!writes_.forget() || ++forgotten_ < writes_.most() / 2 + 1) return;
    forgotten_ = 0;
    forget_traces();
  }

  bool look(const Session& session, Cell key, std::optional<Number> source) {
    switch (guarantee_) {
      case SessionGuarantee::kReadYourWrites:
        return look_for_own(session, key, source);
      case SessionGuarantee::kMonotonicReads:
        return look_for_return(session, key, source);
      case SessionGuarantee::kMonotonicWrites:
        return look_for_skipped_writes(session, key, source);
      case SessionGuarantee::kWritesFollowReads:
        return look_for_skipped_reads(session, key, source);
    }
    return true;
  }

  void note(Session& session, Cell key, Number source, std::uint64_t place) {
    Write& write = writes_.at(source);
    write.was_read = true;
    if (guarantee_ == SessionGuarantee::kReadYourWrites) return;
    Seen& seen = seen_of(session, key);
    if (guarantee_ == SessionGuarantee::kMonotonicReads) {
      if (seen.last && *seen.last != source) seen.replaced.insert(*seen.last);
      seen.last = source;
      raise(seen.newest, write.session, source);
      return;
    }
    raise(session.ends, write.session, write.place + 1);
    if (guarantee_ == SessionGuarantee::kMonotonicWrites) return;
    raise(seen.ends, write.session, write.place + 1);
    write.readers.try_emplace(session.id, place);
    auto& steps = trails_[{key, session.id}].reads[write.session];
    if (steps.empty() || steps.back().number < source) steps.push_back({place, source});
  }

  static void raise(std::map<SessionId, std::uint64_t>& values, SessionId id, std::uint64_t to) {
    std::uint64_t& value = values.try_emplace(id, to).first->second;
    value = std::max(value, to);
  }

  Seen& seen_of(Session& session, Cell key) {
    const auto [place, is_new] = session.keys.try_emplace(key);
    seen_ += is_new ? 1 : 0;
    return place->second;
  }

  bool look_for_own(const Session& session, Cell key, std::optional<Number> source) {
    const auto found = session.keys.find(key);
    if (found == session.keys.end() || !found->second.own) return true;
    const Number own = *found->second.own;
    const bool is_old = !source || (writes_.at(*source).session == session.id && *source < own);
    return !is_old || refuse_for("the same session had written before:", own);
  }

  bool look_for_return(const Session& session, Cell key, std::optional<Number> source) {
    const auto found = session.keys.find(key);
    if (found == session.keys.end()) return true;
    const Seen& seen = found->second;
    if (!seen.last || seen.last == source) return true;
    if (!source || seen.replaced.contains(*source)) return refuse_for(kSawNewer, *seen.last);
    const auto newest = seen.newest.find(writes_.at(*source).session);
    if (newest == seen.newest.end() || newest->second <= *source) return true;
    return refuse_for(kSawNewer, newest->second);
  }

  [[nodiscard]] const Trail* trail_of(Cell key, SessionId session) const {
    const auto trail = trails_.find({key, session});
    return trail == trails_.end() ? nullptr : &trail->second;
  }

  bool look_for_skipped_writes(const Session& session, Cell key, std::optional<Number> source) {
    for (const auto& [writer, end] : session.ends) {
      if (source && writer != writes_.at(*source).session) continue;
      const Trail* const trail = trail_of(key, writer);
      const Trail::Step* const newer = trail == nullptr ? nullptr : last_before(trail->writes, end);
      const bool is_skipped = newer != nullptr && (!source || newer->number > *source);
      if (is_skipped) return refuse_for(kSawLater, newer->number);
    }
    return source || is_unwritten(key);
  }

  // Nothing is known to have been seen of the key; but is everything known?
  bool is_unwritten(Cell key) { return !writes_.forgets(key) || give_up_on_old(); }

  bool look_for_skipped_reads(const Session& session, Cell key, std::optional<Number> source) {
    for (const auto& [writer, end] : session.ends) {
      const Trail* const trail = trail_of(key, writer);
      if (trail == nullptr) continue;
      for (const auto& [from, steps] : trail->reads) {
        if (source && from != writes_.at(*source).session) continue;
        const Trail::Step* const known = last_before(steps, end - 1);
        const bool is_skipped = known != nullptr && (!source || known->number > *source);
        if (is_skipped) return refuse_for(kWriterSaw, known->number);
      }
      if (source && !look_for_replaced(session, key, *source, writer)) return false;
    }
    return source || is_unwritten(key);
  }

  // The writer had read this very value before it wrote the key, and the session has seen that.
  bool look_for_replaced(const Session& session, Cell key, Number source, SessionId writer) {
    const auto seen = session.keys.find(key);
    if (seen == session.keys.end()) return true;
    const auto end = seen->second.ends.find(writer);
    const auto read = writes_.at(source).readers.find(writer);
    if (end == seen->second.ends.end() || read == writes_.at(source).readers.end()) return true;
    const Trail* const trail = trail_of(key, writer);
    const Trail::Step* const newer =
        trail == nullptr ? nullptr : last_before(trail->writes, end->second);
    const bool is_replaced =
        newer != nullptr && newer->number != source && read->second < newer->place;
    return !is_replaced || refuse_for(kReplaced, newer->number);
  }

  static constexpr std::string_view kSawNewer = "the session had already seen a newer value:";
  static constexpr std::string_view kSawLater =
      "the session had seen something that the same writer wrote no earlier than";
  static constexpr std::string_view kWriterSaw =
      "the session had seen something whose writer had first read";
  static constexpr std::string_view kReplaced =
      "the session had seen what was written after that value was read:";

  bool refuse_for(std::string_view obligation, Number missed) {
    if (!writes_.contains(missed)) return refuse(fmt::format("{} an older write", obligation));
    return refuse(fmt::format("{} {} (written from event {} on)", obligation,
                              name_in(pool_, writes_.value(missed)), writes_.at(missed).begun - 1));
  }

  // What is said of writes that are not remembered.
  void forget_traces() {
    const Number first = writes_.begin();
    std::set<SessionId> writers;
    for (Number n = first; n < writes_.end(); ++n) writers.insert(writes_.at(n).session);
    const auto is_gone = [&](const auto& entry) { return !writers.contains(entry.first); };
    const auto is_old = [first](const auto& entry) { return entry.second < first; };
    for (auto& [process, session] : sessions_) {
      std::erase_if(session.ends, is_gone);
      for (auto& [key, seen] : session.keys) {
        std::erase_if(seen.ends, is_gone);
        std::erase_if(seen.newest, is_old);
        seen.replaced.erase(seen.replaced.begin(), seen.replaced.lower_bound(first));
      }
    }
    const auto trim = [first](std::deque<Trail::Step>& steps) {
      while (!steps.empty() && steps.front().number < first) steps.pop_front();
    };
    for (auto& [of, trail] : trails_) {
      trim(trail.writes);
      for (auto& [writer, steps] : trail.reads) trim(steps);
      std::erase_if(trail.reads, [](const auto& reads) { return reads.second.empty(); });
    }
    std::erase_if(trails_, [](const auto& entry) {
      return entry.second.writes.empty() && entry.second.reads.empty();
    });
  }

  const SessionGuarantee guarantee_;
  const Cell initial_;
  const Pool* const pool_;
  Writes writes_;
  std::map<std::int64_t, Session> sessions_;  // by process
  SessionId session_count_ = 0;
  std::size_t seen_ = 0;  // keys, of all sessions
  std::map<std::pair<Cell, SessionId>, Trail> trails_;
  std::size_t forgotten_ = 0;  // writes, since traces were
};

}  // namespace

std::unique_ptr<ObjectStream> make_session_stream(SessionGuarantee guarantee,
                                                  const StreamSetting& setting) {
  return std::make_unique<SessionStream>(guarantee, setting);
}

}  // namespace quorumlab::models
