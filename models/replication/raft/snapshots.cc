// Log compaction and InstallSnapshot: section 7, and the dissertation's chapter 5.
#include <utility>

#include "models/replication/raft/replica.h"

namespace quorumlab::models::raft {

// Each server on its own: once enough entries are applied, a snapshot takes their place.
void Replica::compact() {
  const auto due = [&] {
    return applied_ >= journal_.begin() + static_cast<Index>(options_.snapshot_every) &&
           applied_ <= journal_.end();
  };
  for (;;) {
    changed_.wait(due);
    journal_.wait_until_idle();
    if (!due()) continue;
    journal_.compact(std::make_shared<const Snapshot>(
        Snapshot{applied_, journal_.term_before(applied_), journal_.configuration_before(applied_),
                 machine_.save()}));
    node_.set_state("compacted", static_cast<std::int64_t>(journal_.begin()));
  }
}

// Suspends. The follower needs entries that are gone; it gets the state that they led to, in
// chunks. False: it fell silent, or we lead no more.
bool Replica::send_snapshot(NodeId peer, Epoch term) {
  const std::shared_ptr<const Snapshot> snapshot = journal_.snapshot();
  Progress& p = progress_[peer.value];
  for (std::uint64_t offset = 0; leads(term);) {
    const auto chunk = static_cast<std::uint64_t>(options_.snapshot_chunk);
    const Time sent = node_.now();
    const auto reply = node_.call(
        peer,
        InstallSnapshot{term, snapshot->end, snapshot->last_term, snapshot->configuration, offset,
                        snapshot->state.size(), snapshot->state.substr(offset, chunk)},
        options_.append_timeout);
    if (!leads(term) || !reply) return false;
    if (reply->term > term) {
      become_follower(reply->term, sim::kNoNode);
      return false;
    }
    p.contact = std::max(p.contact, sent);
    if (reply->installed) {
      p.match = std::max(p.match, snapshot->end);
      p.next = std::max(p.next, p.match);
      advance();
      return true;
    }
    offset = std::min<std::uint64_t>(reply->received, snapshot->state.size());
  }
  return false;
}

InstallSnapshot::Reply Replica::install(const InstallSnapshot& chunk, NodeId from) {
  if (chunk.term < term()) return {.term = term()};
  become_follower(chunk.term, from);
  heard_ = patient_since_ = node_.now();
  if (chunk.end > commit_) {
    if (chunk.end != incoming_.end || chunk.last_term != incoming_.last_term) {
      incoming_ = chunk;
      incoming_.bytes.clear();
    }
    if (chunk.offset == incoming_.bytes.size()) incoming_.bytes += chunk.bytes;
    if (incoming_.bytes.size() < chunk.size) return {term(), incoming_.bytes.size(), false};
    journal_.wait_until_idle();
    if (term() != chunk.term) return {.term = term()};
  }
  // Not again, if a repetition of this chunk was quicker.
  if (chunk.end > commit_ && incoming_.end == chunk.end) {
    const auto snapshot = std::make_shared<const Snapshot>(
        Snapshot{chunk.end, chunk.last_term, chunk.configuration, std::move(incoming_.bytes)});
    incoming_ = {};
    const bool continues =
        chunk.end <= journal_.end() && journal_.term_before(chunk.end) == chunk.last_term;
    const Index kept = continues ? journal_.end() - chunk.end : 0;
    machine_.load(snapshot->state);
    commit_ = applied_ = chunk.end;
    note(note::kInstall,
         {.index = chunk.end, .count = static_cast<std::uint32_t>(kept), .term = term()});
    journal_.compact(snapshot);
    node_.set_state("compacted", static_cast<std::int64_t>(journal_.begin()));
    publish();
    changed_.notify_all();
  }
  persist();
  return {term(), chunk.size, term() == chunk.term};
}

}  // namespace quorumlab::models::raft
