// Where the followed write was: one pass in the order of happening over what replicas note about
// their logs and values, what their disks made durable, and what crashes took.
#include "traces/story_copies.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "models/client_protocol.h"
#include "traces/messages.h"

namespace quorumlab::traces {
namespace {

// Notes by which a write comes to a replica, and goes.
constexpr std::string_view kAppend = "append";
constexpr std::string_view kOutdated = "outdated";
constexpr std::string_view kHint = "hint";
constexpr std::string_view kDiscard = "discard";
constexpr std::array<std::pair<std::string_view, CopyEnd>, 3> kEndings{
    {{"discard_entry", CopyEnd::kDiscarded},
     {"hint_gone", CopyEnd::kGivenUp},
     {"replace", CopyEnd::kReplaced}}};

class Spread {
 public:
  Spread(const Record& record, Story& story) : record_(record), story_(story) {}

  void follow(sim::Time until) {
    for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
      const TraceEvent& e = record_.events()[i];
      if (e.at > until) break;
      if (e.lane == sim::kNoNode) continue;
      const EventId id(i + 1);
      if (e.kind == EventKind::kNote)
        note(id, e);
      else if (e.kind == EventKind::kSync)
        synced(id, e);
      else if (e.kind == EventKind::kCrash)
        crash(id, e);
    }
    std::ranges::sort(story_.losses);
    if (story_.copies.empty()) guess_home();
  }

 private:
  enum class Stage : std::uint8_t { kCached, kClaimed, kDropped, kDurable };
  // A copy that is there, and how far it came on its way to the disk.
  struct Alive {
    std::size_t copy;
    NodeId lane;
    Stage stage = Stage::kCached;
    EventId because = sim::kNoEvent;
  };

  void note(EventId id, const TraceEvent& e) {
    const std::string_view name = record_.name(e.name);
    if (name == kAppend && carries(e)) take(id, e, false);
    if (name == kHint && e.tags.op == story_.write) take(id, e, true);
    if (name == kOutdated && e.tags.op == story_.write) outdated(id, e);
    if (name == kDiscard && e.tags.count > 0) discard_range(id, e);
    if (name == "recover") recover(id, e);
    if (name == "sync_failed") stage_of(e.lane, Stage::kDropped, id, e.at);
    if (e.tags.op != story_.write) return;
    for (const auto& [word, end] : kEndings)
      if (name == word) lose(id, e.lane, end);
  }

  [[nodiscard]] bool carries(const TraceEvent& e) const {
    if (e.tags.op == story_.write) return true;
    if (e.tags.op != sim::kNoOp || e.tags.count < 2) return false;
    const TraceEvent* const cause = e.cause == sim::kNoEvent ? nullptr : &record_.event(e.cause);
    // A range of entries has it if its sender had it at such an index.
    return cause != nullptr && cause->kind == EventKind::kReceive &&
           std::ranges::any_of(alive_, [&](const Alive& a) {
             return a.lane == cause->peer && covers(e.tags, story_.copies[a.copy].index);
           });
  }

  void take(EventId id, const TraceEvent& e, bool is_hint) {
    if (std::ranges::any_of(alive_, [&](const Alive& a) { return a.lane == e.lane; })) return;
    alive_.push_back({.copy = story_.copies.size(), .lane = e.lane});
    story_.copies.push_back({.lane = e.lane,
                             .taken = id,
                             .index = e.tags.count == 1 ? e.tags.index : kNoIndex,
                             .is_hint = is_hint});
  }

  // Without effect here, but in the replica's log it may travel on.
  void outdated(EventId id, const TraceEvent& e) {
    const auto same = [&](const Copy& c) { return c.lane == e.lane; };
    if (std::ranges::any_of(story_.copies, same)) return;
    story_.copies.push_back({.lane = e.lane,
                             .taken = id,
                             .end = CopyEnd::kOutdated,
                             .ended = id,
                             .index = e.tags.count == 1 ? e.tags.index : kNoIndex});
    story_.losses.push_back(id);
  }

  void discard_range(EventId id, const TraceEvent& e) {
    for (const Alive& a : alive_)
      if (a.lane == e.lane && covers(e.tags, story_.copies[a.copy].index))
        return lose(id, e.lane, CopyEnd::kDiscarded);
  }

  void lose(EventId id, NodeId lane, CopyEnd end) {
    const auto there = std::ranges::find_if(alive_, [&](const Alive& a) { return a.lane == lane; });
    if (there == alive_.end()) return;
    Copy& copy = story_.copies[there->copy];
    copy.end = end;
    copy.ended = id;
    copy.because = there->because;
    story_.losses.push_back(id);
    // What gave way to another version is still in the log, and can be lost with it.
    if (end != CopyEnd::kReplaced) alive_.erase(there);
  }

  // The log of a restarted replica ends before `index`. What was torn may have survived, and what
  // was durable may lie behind a gap.
  void recover(EventId id, const TraceEvent& e) {
    for (Copy& copy : story_.copies) {
      const bool was_guessed = copy.end == CopyEnd::kUnsynced || copy.end == CopyEnd::kLied;
      if (copy.lane != e.lane || copy.index == kNoIndex) continue;
      if (!was_guessed || copy.index >= e.tags.index) continue;
      std::erase(story_.losses, copy.ended);
      copy.end = CopyEnd::kKept;
      copy.ended = sim::kNoEvent;
      alive_.push_back({.copy = static_cast<std::size_t>(&copy - story_.copies.data()),
                        .lane = copy.lane,
                        .stage = Stage::kDurable});
    }
    for (const Alive& a : alive_) {
      const std::uint64_t index = story_.copies[a.copy].index;
      if (a.lane != e.lane || index == kNoIndex || index < e.tags.index) continue;
      return lose(id, e.lane, CopyEnd::kUnread);
    }
  }

  // What was taken before a sync began has come as far as it says.
  void stage_of(NodeId lane, Stage stage, EventId id, sim::Time began) {
    for (Alive& a : alive_) {
      if (a.lane != lane || a.stage >= Stage::kDropped) continue;
      if (record_.event(story_.copies[a.copy].taken).at > began) continue;
      if (stage == Stage::kClaimed && a.stage == Stage::kClaimed) continue;
      a.stage = stage;
      a.because = id;
    }
  }

  void synced(EventId id, const TraceEvent& e) {
    const bool lies = record_.name(e.name) == "sync that lies";
    const sim::Time began(e.at.count() - e.tags.value);
    stage_of(e.lane, lies ? Stage::kClaimed : Stage::kDurable, id, began);
  }

  void crash(EventId id, const TraceEvent& e) {
    const auto a = std::ranges::find_if(alive_, [&](const Alive& x) { return x.lane == e.lane; });
    if (a == alive_.end()) return;
    const std::string_view scope = record_.name(e.name);
    if (scope == "disk loss") return lose(id, e.lane, CopyEnd::kWiped);
    if (e.tags.value == 0 || a->stage == Stage::kDurable) return;
    if (a->stage == Stage::kDropped) return lose(id, e.lane, CopyEnd::kSyncFailed);
    if (a->stage == Stage::kCached) return lose(id, e.lane, CopyEnd::kUnsynced);
    // A drive's own cache outlives its machine, but not its power.
    if (scope == "power loss") lose(id, e.lane, CopyEnd::kLied);
  }

  // A model that tells no appends: the write entered where a client's request arrived.
  void guess_home() {
    for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
      const TraceEvent& e = record_.events()[i];
      if (e.kind != EventKind::kReceive || e.is_reply || e.tags.op != story_.write) continue;
      if (!record_.is_client(e.peer) || record_.is_client(e.lane)) continue;
      story_.copies.push_back({.lane = e.lane, .taken = EventId(i + 1)});
      return;
    }
  }

  const Record& record_;
  Story& story_;
  std::vector<Alive> alive_;
};

// Did `lane` have an entry at such an index at event `at`?
bool sends_it(const Story& story, const TraceEvent& sent, EventId at) {
  return std::ranges::any_of(story.copies, [&](const Copy& c) {
    const bool there = c.lane == sent.lane && c.taken <= at &&
                       (c.end == CopyEnd::kOutdated || c.ended == sim::kNoEvent || at < c.ended);
    return there && covers(sent.tags, c.index);
  });
}

// What a client asks of a replica. Where it coordinates, it sends copies of the write itself.
bool is_request(const Record& record, const TraceEvent& sent) {
  const std::string_view name = record.name(sent.name);
  return record.is_client(sent.lane) && (name == models::Put::kName || name == models::Get::kName);
}

}  // namespace

void follow_copies(const Record& record, sim::Time until, Story& story) {
  Spread(record, story).follow(until);
}

void find_carriers(const Record& record, const std::vector<Message>& messages, Story& story) {
  if (story.write == sim::kNoOp) return;
  bool came = false;
  for (const Message& m : messages) {
    const TraceEvent& sent = record.event(m.send);
    if (sent.is_reply || is_request(record, sent) || record.is_client(sent.peer)) continue;
    if (sent.lane == sent.peer || sent.peer == sim::kNoNode) continue;
    const bool is_single = sent.tags.op != sim::kNoOp;
    if (is_single ? sent.tags.op != story.write : !sends_it(story, sent, m.send)) continue;
    const bool arrives = m.end != sim::kNoEvent && !is_lost(record, m);
    const bool is_late = sent.at > story.end;
    if (!is_late) story.carriers.push_back(m);
    if (sent.peer != story.server || (is_late && (came || !arrives))) continue;
    story.attempts.push_back(m);
    came |= arrives;
    if (is_late) break;
  }
}

}  // namespace quorumlab::traces
