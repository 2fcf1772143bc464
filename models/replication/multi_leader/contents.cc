#include "models/replication/multi_leader/contents.h"

#include <algorithm>
#include <map>
#include <utility>

#include "models/data/cell_store.h"
#include "models/data/shared_object.h"
#include "models/model.h"

namespace quorumlab::models::multi_leader {
namespace {

using Mistake = MultiLeaderMistake;

// Versions, of which the newest wins or all stay.
class Versions final : public Contents {
 public:
  Versions(const MultiLeaderOptions& options, sim::Node& node)
      : options_(options),
        node_(node),
        cells_(node, false, options.makes(Mistake::kArrivalOrder)) {}

  void tell() override { cells_.tell(); }

  [[nodiscard]] bool prepare(const Put& put, Change* change) override {
    if (put.f != Function::kWrite) return false;
    const Version version{change->stamp, put.erase ? Value{} : Value{put.value}};
    if (options_.conflicts != MultiLeaderConflicts::kSiblings) {
      change->cell.last = version;
      return true;
    }
    Decoder in(put.seen.context);
    const bool forgets = options_.makes(Mistake::kForgetContext);
    const bool blind = put.seen.context.empty() || forgets;
    change->cell = forgets ? Cell{} : cells_.find(put.key);
    (void)change->cell.siblings.write(node_.id(),
                                      blind ? VersionVector() : VersionVector::decode(in), version);
    return true;
  }

  void apply(const Change& change, std::uint64_t position) override {
    cells_.merge(change.key, change.cell, position);
  }

  [[nodiscard]] Answer read(Key key) const override {
    const Cell& cell = cells_.find(key);
    const Version* const latest = cell.latest();
    Encoder context;
    cell.siblings.context().encode(context);
    return {.value = latest == nullptr ? Value{} : latest->value, .context = context.bytes()};
  }

  [[nodiscard]] AuditAll::Applied disclose(Key key) const override {
    return {.values = cells_.history(key)};
  }

  void forget_erased(sim::Duration grace) override {
    std::vector<Key> old;
    for (const auto& [key, cell] : cells_.cells()) {
      if (cell.is_tombstone() && node_.now() - cells_.deleted_since(key) >= grace) {
        old.push_back(key);
      }
    }
    for (const Key key : old) cells_.purge(key);
  }

 private:
  const MultiLeaderOptions& options_;
  sim::Node& node_;
  CellStore cells_;
};

// Objects, made anew from the changes on disk at each start.
class Objects final : public Contents {
 public:
  Objects(const MultiLeaderOptions& options, sim::Node& node)
      : kind_(options.shared_kind()), nothing_(make_shared_object(kind_)), node_(node) {}

  void tell() override {
    telling_ = true;
    publish();
  }

  [[nodiscard]] bool prepare(const Put& put, Change* change) override {
    const Command command{put.f, put.value, put.expected, put.erase};
    auto update = find(put.key).prepare(command, {node_.id(), change->stamp});
    if (!update) return false;
    change->f = put.f;
    change->update = std::move(*update);
    return true;
  }

  void apply(const Change& change, std::uint64_t position) override {
    Kept& kept = keep(change.key);
    Decoder in(change.update);
    kept.object->take(in, {change.dot, change.after});
    record(change, &kept);
    Encoder out;
    kept.object->encode(out);
    bytes_ += out.bytes().size() - kept.bytes;
    kept.bytes = out.bytes().size();
    if (!telling_) return;
    node_.note(note::kAppend, {.op = change.stamp.op,
                               .key = change.key,
                               .value = change.value,
                               .index = position,
                               .count = 1});
    publish();
  }

  [[nodiscard]] Answer read(Key key) const override {
    const SharedObject& object = find(key);
    return {.value = object.value(), .elements = object.elements()};
  }

  [[nodiscard]] AuditAll::Applied disclose(Key key) const override {
    const auto found = kept_.find(key);
    if (found == kept_.end()) return {};
    return {.values = found->second.history, .elements = find(key).elements()};
  }

  // Objects know by themselves what they must remember.
  void forget_erased(sim::Duration /*grace*/) override {}

 private:
  struct Kept {
    std::unique_ptr<SharedObject> object;
    std::vector<std::int64_t> history;  // for the audit
    std::size_t bytes = 0;              // of its state
  };

  [[nodiscard]] const SharedObject& find(Key key) const {
    const auto found = kept_.find(key);
    return found == kept_.end() ? *nothing_ : *found->second.object;
  }
  Kept& keep(Key key) {
    Kept& kept = kept_[key];
    if (!kept.object) kept.object = make_shared_object(kind_);
    return kept;
  }
  // Of a register every value that counted at some time, the newest last; of a counter each total.
  // What goes in and out of sets and lists has no order that replicas share, so it is sorted.
  static void record(const Change& change, Kept* kept) {
    std::vector<std::int64_t>& history = kept->history;
    if (change.f == Function::kWrite) {
      const std::int64_t now = kept->object->value().value_or(kErased);
      const auto beside = kept->object->elements();
      const bool is_beside = std::find(beside.begin(), beside.end(), change.value) != beside.end();
      if (is_beside && change.value != now) history.push_back(change.value);
      if (history.empty() || history.back() != now) history.push_back(now);
    } else if (change.f == Function::kAdd) {
      history.push_back(kept->object->value().value_or(0));
    } else {
      const std::int64_t done = change.f == Function::kRemove ? ~change.value : change.value;
      history.insert(std::upper_bound(history.begin(), history.end(), done), done);
    }
  }
  void publish() { node_.set_state(kStateBytes, static_cast<std::int64_t>(bytes_)); }

  const SharedKind kind_;
  const std::unique_ptr<SharedObject> nothing_;
  sim::Node& node_;
  bool telling_ = false;
  std::map<Key, Kept> kept_;
  std::size_t bytes_ = 0;  // of all objects' states
};

}  // namespace

std::unique_ptr<Contents> make_contents(const MultiLeaderOptions& options, sim::Node& node) {
  if (options.shares_objects()) return std::make_unique<Objects>(options, node);
  return std::make_unique<Versions>(options, node);
}

}  // namespace quorumlab::models::multi_leader
