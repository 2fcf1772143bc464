#include "models/replication/multi_leader/multi_leader.h"

#include <string_view>

#include "models/client_protocol.h"
#include "models/data/cell_store.h"
#include "models/data/record_file.h"
#include "models/data/versions.h"
#include "sim/condition.h"
#include "sim/world.h"

namespace quorumlab::models {
namespace {

using Mistake = MultiLeaderMistake;
using sim::Duration;
using sim::Node;
using sim::Tags;

// Between two looks for what may be forgotten.
constexpr Duration kShortestPause{10'000'000};

// One write, as it travels: the nth of its leader, what that leader knew then, and what became of
// the key.
struct Change {
  Dot dot;
  VersionVector after;
  Key key;
  Cell cell;

  void encode(Encoder& out) const {
    out.put(dot.node.value);
    out.put(dot.number);
    after.encode(out);
    out.put(key.value);
    cell.encode(out);
  }
  [[nodiscard]] static Change decode(Decoder& in) {
    Change change;
    change.dot.node = NodeId(in.get<std::uint32_t>());
    change.dot.number = in.get<std::uint64_t>();
    change.after = VersionVector::decode(in);
    change.key = Key(in.get<std::uint32_t>());
    change.cell = Cell::decode(in);
    return change;
  }
};

// "My changes from `from` on, in the order in which I learned of them."
struct Changes {
  struct Reply {
    std::uint64_t end = 0;  // `from` and as many as are here now
  };
  static constexpr std::string_view kName = "Changes";
  std::uint64_t from = 0;
  std::vector<Change> changes;
  [[nodiscard]] Tags tags() const {
    Tags tags{.index = from, .count = static_cast<std::uint32_t>(changes.size())};
    if (changes.size() != 1) return tags;
    const Version* const version = changes[0].cell.latest();
    tags.key = changes[0].key;
    if (version == nullptr) return tags;
    tags.op = version->stamp.op;
    tags.value = version->value.value_or(0);
    return tags;
  }
  [[nodiscard]] std::size_t wire_size() const { return 32 + 64 * changes.size(); }
};

}  // namespace

// One replica from a start to a crash.
class MultiLeader::Replica {
 public:
  Replica(const MultiLeaderOptions& options, Node& node, const std::vector<NodeId>& neighbours)
      : options_(options),
        node_(node),
        neighbours_(neighbours),
        cells_(node, false, options.makes(Mistake::kArrivalOrder)),
        file_(node, "changes", [this](Decoder& in) { learn(Change::decode(in)); }),
        changed_(node) {}

  void run() {
    cells_.tell();
    if (!changes_.empty()) persist();
    for (const NodeId neighbour : neighbours_) {
      node_.spawn("ship", [this, neighbour] { ship(neighbour); });
    }
    if (options_.tombstone_grace > Duration(0) || options_.makes(Mistake::kPurgeAtOnce)) {
      node_.spawn("tombstones", [this] { collect_tombstones(); });
    }
    node_.serve([this](const Put& put) { return take(put); },
                [this](const Get& get) { return answer(get); },
                [this](const Changes& changes, NodeId from) { return receive(changes, from); },
                [this](const AuditAll& audit) { return disclose(audit); });
  }

 private:
  PutReply take(const Put& put) {
    if (put.f != Function::kWrite) return {Outcome::kFail, sim::kNoNode};
    if (const NodeId home = home_of(put.key); home != node_.id()) return {Outcome::kFail, home};
    Change change{.after = known_, .key = put.key, .cell = {}};
    change.dot = {node_.id(), known_.at(node_.id()) + 1};
    const Version version{stamp(put), put.erase ? Value{} : Value{put.value}};
    if (options_.conflicts == MultiLeaderConflicts::kSiblings) {
      Decoder in(put.seen.context);
      const bool blind = put.seen.context.empty() || options_.makes(Mistake::kForgetContext);
      change.cell = options_.makes(Mistake::kForgetContext) ? Cell{} : cells_.find(put.key);
      (void)change.cell.siblings.write(
          node_.id(), blind ? VersionVector() : VersionVector::decode(in), version);
    } else {
      change.cell.last = version;
    }
    record(change);
    if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) persist();
    return {Outcome::kOk, node_.id(), {.context = context_of(put.key)}};
  }

  GetReply answer(const Get& get) {
    if (const NodeId home = home_of(get.key); get.leader_only && home != node_.id()) {
      return {Outcome::kFail, std::nullopt, home, get.op, get.key};
    }
    const Version* const latest = cells_.find(get.key).latest();
    const Value value = latest == nullptr ? Value{} : latest->value;
    node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
    return {Outcome::kOk, value, node_.id(), get.op, get.key, {.context = context_of(get.key)}};
  }

  // Where conflicts are avoided, each key has one leader that takes its writes.
  [[nodiscard]] NodeId home_of(Key key) const {
    if (options_.conflicts != MultiLeaderConflicts::kAvoid) return node_.id();
    return NodeId(key.value % static_cast<std::uint32_t>(node_.world().replicas()));
  }

  [[nodiscard]] std::string context_of(Key key) const {
    Encoder out;
    cells_.find(key).siblings.context().encode(out);
    return out.bytes();
  }

  Stamp stamp(const Put& put) {
    // The application's own order, by which two versions merge to the same one everywhere: the
    // greater value stays.
    if (options_.conflicts == MultiLeaderConflicts::kMerge) {
      return {put.erase ? 0 : put.value, 0, NodeId(0), put.op};
    }
    return next_stamp(put.op);
  }

  Stamp next_stamp(OpId op) {
    switch (options_.clock) {
      case MultiLeaderClock::kWall:
        return {node_.wall_now().count(), 0, node_.id(), op};
      case MultiLeaderClock::kLamport:
        return lamport_.next(node_.id(), op);
      case MultiLeaderClock::kHybrid:
        return hybrid_.next(node_.wall_now(), node_.id(), op);
    }
    QL_UNREACHABLE();
  }

  // Into the file, and into memory.
  void record(const Change& change) {
    Encoder out;
    change.encode(out);
    file_.append(out.bytes());
    learn(change);
    changed_.notify_all();
  }

  void learn(const Change& change) {
    const Version* const version = change.cell.latest();
    if (!known_.covers(change.after)) {
      const OpId op = version == nullptr ? sim::kNoOp : version->stamp.op;
      node_.note(note::kEffectBeforeCause, {.op = op, .key = change.key});
    }
    known_.add(change.dot);
    changes_.push_back(change);
    if (version != nullptr) {
      lamport_.witness(version->stamp);
      hybrid_.witness(version->stamp);
    }
    cells_.merge(change.key, change.cell, changes_.size() - 1);
  }

  // Suspends until everything so far is on disk.
  void persist() {
    const std::size_t end = changes_.size();
    file_.sync();
    durable_ = std::max(durable_, end);
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t shippable() const {
    return options_.makes(Mistake::kShipBeforeSync) ? changes_.size() : durable_;
  }

  // One loop for each neighbour. Catching up and retrying are the same lines.
  void ship(NodeId neighbour) {
    std::size_t next = 0;
    for (;;) {
      changed_.wait([&] { return shippable() > next; });
      node_.sleep(options_.ship_every);  // so that changes travel in company
      const std::size_t to = std::min(shippable(), next + static_cast<std::size_t>(options_.batch));
      Changes message{.from = next, .changes = {}};
      for (std::size_t i = next; i < to; ++i) {
        const bool own = changes_[i].dot.node == node_.id();
        if (own || forwards()) message.changes.push_back(changes_[i]);
      }
      const std::uint64_t end = next + message.changes.size();
      if (message.changes.empty()) {
        next = to;
        continue;
      }
      const auto reply = node_.call(neighbour, std::move(message), options_.ship_timeout);
      if ((reply && reply->end == end) || options_.makes(Mistake::kSkipSilent)) next = to;
    }
  }

  // Where everybody hears everything at first hand, nothing is passed on.
  [[nodiscard]] bool forwards() const {
    return options_.topology != Topology::kAllToAll && !options_.makes(Mistake::kNoForwarding);
  }

  // Suspends until each change is here, and, where causes come first, was no longer held back.
  Changes::Reply receive(const Changes& changes, NodeId /*from*/) {
    for (Change change : changes.changes) {
      const auto ready = [&] { return !options_.causal || known_.covers(change.after); };
      if (!changed_.wait_for(options_.ship_timeout, ready)) return {changes.from};
      if (known_.covers(change.dot)) continue;
      if (options_.makes(Mistake::kStampAtArrival) && change.cell.last) {
        change.cell.last->stamp = next_stamp(change.cell.last->stamp.op);
      }
      record(change);
    }
    persist();
    return {changes.from + changes.changes.size()};
  }

  void collect_tombstones() {
    const Duration grace =
        options_.makes(Mistake::kPurgeAtOnce) ? Duration(0) : options_.tombstone_grace;
    for (;;) {
      node_.sleep(std::max(grace / 4, kShortestPause));
      std::vector<Key> old;
      for (const auto& [key, cell] : cells_.cells()) {
        if (cell.is_tombstone() && node_.now() - cells_.deleted_since(key) >= grace) {
          old.push_back(key);
        }
      }
      for (const Key key : old) cells_.purge(key);
    }
  }

  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const {
    AuditAll::Reply all;
    for (std::uint32_t key = 0; key < audit.keys; ++key) all.push_back({cells_.history(Key(key))});
    return all;
  }

  const MultiLeaderOptions& options_;
  Node& node_;
  const std::vector<NodeId>& neighbours_;
  VersionVector known_;          // how many changes of each leader
  std::vector<Change> changes_;  // in the order of learning
  LamportClock lamport_;
  HybridClock hybrid_;
  CellStore cells_;          // what the changes add up to
  RecordFile file_;          // the changes, on disk
  std::size_t durable_ = 0;  // of them
  sim::Condition changed_;
};

void MultiLeader::run(Node& node) const {
  Replica(options_, node, neighbours_.at(node.id().value)).run();
}

}  // namespace quorumlab::models
