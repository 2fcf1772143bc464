// What a Raft server must not forget (figure 2, "Persistent state on all servers"): its term, its
// vote, its log, and the snapshot that stands for the log's beginning. All of it is one journal on
// the simulated disk, so that one sync makes everything before it durable, in order.
//
//   Journal journal(node, first_configuration);      // recovery: up to the first bad record
//   journal.vote(7, n2); journal.append(entry);      // counts at once,
//   journal.sync();                                  // and after this for ever; suspends
//   journal.compact(snapshot);                       // entries before snapshot->end go; suspends
//
// Each record carries a checksum (XXH3) seeded with that of the record before it, so a torn tail is
// noticed, and what an earlier life left beyond it can never be taken for a continuation. A
// compaction writes the whole of it as one record into the other of two files and lets the old file
// go only when the new one is durable.
//
// A bad record that another good one follows is no torn tail: the medium has lost what this server
// had confirmed. The journal ends there too, but recovering() says so, also after further crashes,
// until the server has caught up (Alagappan et al., "Protocol-Aware Recovery for Consensus-Based
// Storage", FAST 2018). Damage to the very last record looks like a torn tail.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/data/log.h"
#include "models/replication/raft/configuration.h"

namespace quorumlab::models::raft {

// kCommand: a change that is no plain write.
enum class Kind : std::uint8_t { kNoOp, kPut, kRead, kConfiguration, kCommand };

struct Entry {
  Epoch term = 0;
  Kind kind = Kind::kNoOp;
  OpId op;
  NodeId client = sim::kNoNode;
  Key key;
  std::int64_t value = 0;
  std::shared_ptr<const Configuration> configuration{};  // kConfiguration only
  // kCommand only:
  Function f = Function::kWrite;
  bool erase = false;
  Value expected{};
  [[nodiscard]] bool is_change() const { return kind == Kind::kPut || kind == Kind::kCommand; }
  [[nodiscard]] Command command() const { return {f, value, expected, erase}; }
};

// The state of the machine after the entries before `end`, as bytes.
struct Snapshot {
  Index end = 0;
  Epoch last_term = 0;  // of the last entry in it
  std::shared_ptr<const Configuration> configuration{};
  std::string state;
};

class Journal {
 public:
  // `trusting`: what is left after damage is taken for all there was, a mistake to be made on
  // purpose.
  Journal(sim::Node& node, const Configuration& at_first, bool trusting);

  // There was something on the disk; whether it is safe there, only sync() tells.
  [[nodiscard]] bool recovered() const { return recovered_; }
  // Entries that were durable are gone: this server must not have a say in who leads.
  [[nodiscard]] bool recovering() const { return recovering_; }
  // All that was ever committed is here again.
  void recovered_all();

  [[nodiscard]] Epoch term() const { return term_; }
  // Whom this server voted for in term(); kNoNode: nobody.
  [[nodiscard]] NodeId voted_for() const { return voted_for_; }
  void vote(Epoch term, NodeId candidate);
  // The same, but the disk never hears of the vote: a mistake to be made on purpose.
  void vote_in_memory(Epoch term, NodeId candidate);

  // The log holds the entries [begin, end); those before are in the snapshot.
  [[nodiscard]] Index begin() const { return snapshot_->end; }
  [[nodiscard]] Index end() const { return begin() + entries_.size(); }
  // Entries before this index survive a crash.
  [[nodiscard]] Index durable() const { return durable_; }
  [[nodiscard]] const Entry& at(Index index) const { return entries_.at(index - begin()); }
  // The term of the last entry before `index`; 0 at the very beginning. Requires: index >= begin().
  [[nodiscard]] Epoch term_before(Index index) const;
  [[nodiscard]] std::span<const Entry> between(Index from, Index to) const;
  [[nodiscard]] const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

  // The latest configuration in the log counts, committed or not (section 4.1), and where the log
  // has it: entries before this index do not contain it.
  [[nodiscard]] const Configuration& configuration() const { return *configurations_.back().what; }
  [[nodiscard]] Index configured_at() const { return configurations_.back().end; }
  [[nodiscard]] const std::shared_ptr<const Configuration>& configuration_before(Index index) const;

  Index append(Entry entry);
  // Throws away the entries from `index` on.
  void discard(Index index);
  // Suspends until everything so far is durable.
  void sync();
  // Replaces the entries before snapshot->end by it; entries after it stay if they continue it.
  // Suspends until that is durable, and before it begins while another compaction is under way.
  void compact(std::shared_ptr<const Snapshot> snapshot);
  // Suspends until no compaction is under way.
  void wait_until_idle();

 private:
  struct Configured {
    Index end = 0;
    std::shared_ptr<const Configuration> what;
  };

  void recover(const std::string& file);
  void survey_damage(std::string_view bytes, std::uint64_t chain);
  void replay(Decoder& in);
  void write(const std::string& body);
  void write_beginning();
  void take(Entry entry);
  void drop_from(Index index);
  void replace_beginning(std::shared_ptr<const Snapshot> snapshot);
  [[nodiscard]] static const char* file_of(std::uint64_t generation);

  sim::Node& node_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<Entry> entries_;
  std::vector<Configured> configurations_;  // the snapshot's, then those in the log
  Epoch term_ = 0;
  NodeId voted_for_ = sim::kNoNode;

  std::uint64_t generation_ = 0;
  std::uint64_t chain_ = 0;    // checksum of the last record
  std::uint64_t written_ = 0;  // records, in this life
  std::uint64_t safe_ = 0;     // of them on disk
  Index durable_ = 0;
  Index covered_ = 0;  // by the sync in progress
  bool recovered_ = false;
  bool recovering_ = false;
  bool trusting_;
  bool compacting_ = false;
  GroupCommit commit_;
};

}  // namespace quorumlab::models::raft
