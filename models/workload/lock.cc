// Locks: a client acquires one, holds it for a while, releases it. Each acquisition gives a token,
// greater than those before, and whoever has the token may release the lock.
//
// With a lease others break the lock of a holder that keeps it too long: they release it with the
// token that they saw. The holder does not know, and if it was only paused, two hold it at once.
// What they guard stays safe if it takes tokens and refuses old ones (Kleppmann, "How to do
// distributed locking", 2016). Without a lease a lock is gone for good if the answer to its holder
// is lost.
#include <map>
#include <vector>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct LockOptions : PacedOptions {
  LockOptions() { keys = 2; }
  sim::Distribution holds = sim::Distribution::exponential(sim::Duration(50'000'000));
  sim::Duration lease{0};
};

class LockWorkload final : public PacedWorkload {
 public:
  LockWorkload(const LockOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options), known_(context.world.size()) {}

 private:
  // The token of somebody else, and since when this client has seen it, on its own clock.
  struct Seen {
    std::int64_t token = 0;
    sim::Time since;
  };
  struct Known {
    std::map<Key, std::int64_t> own;  // that it has not given back yet
    std::map<Key, Seen> others;
  };

  void act(Client& client, Key key) override {
    if (!give_back(client) || !acquire(client, key)) return;
    client.node.sleep(options_.holds.sample(client.node.rng()));
    (void)give_back(client);
  }
  bool is_served(Client& client, Key key) override {
    return give_back(client) && acquire(client, key) && give_back(client);
  }

  [[nodiscard]] Known& known(const Client& client) { return known_.at(client.node.id().value); }

  bool acquire(Client& client, Key key) {
    const OpId op = invoke(client, {.f = Function::kAcquire, .key = key});
    const Told told = client.driver.change(op, key, {.f = Function::kAcquire});
    const bool looks = told.saw_other && options_.lease > sim::Duration(0);
    const Told holder = looks ? client.driver.read(op, key) : Told{};
    complete(client, op, told);
    if (is_ok(told) && told.value) known(client).own[key] = *told.value;
    if (looks && is_ok(holder) && !holder.elements.empty()) {
      blame(client, key, holder.elements.front());
    }
    return is_ok(told);
  }

  // Somebody holds it. For longer than the lease?
  void blame(Client& client, Key key, std::int64_t token) {
    Seen& seen = known(client).others[key];
    if (seen.token != token) {
      seen = {token, client.node.now()};
    } else if (client.node.now() - seen.since >= options_.lease) {
      (void)change(client, key, {.f = Function::kRelease, .value = token});
    }
  }

  // False: it may still hold something.
  bool give_back(Client& client) {
    auto& own = known(client).own;
    for (auto mine = own.begin(); mine != own.end();) {
      const Told told =
          change(client, mine->first, {.f = Function::kRelease, .value = mine->second});
      const bool gone = is_ok(told) || told.saw_other;  // or somebody has broken it
      mine = gone ? own.erase(mine) : std::next(mine);
    }
    return own.empty();
  }

  const LockOptions options_;
  std::vector<Known> known_;  // by node
};

}  // namespace

WorkloadEntry lock_workload() {
  using O = LockOptions;
  auto schema = config::schema<O>("lock", "Locks are acquired, held for a while and released.");
  add_pace(schema)
      .field("holds", &O::holds, config::delays(), "how long a client holds a lock")
      .field("lease", &O::lease, config::duration().at_least(sim::Duration(0)),
             "whoever finds a lock held by the same holder for so long on its own clock releases "
             "it; 0s: never");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<LockWorkload>(options.as<O>(), context);
          },
      .use =
          [](const config::Chosen&) {
            const std::vector<Function> all = {Function::kAcquire, Function::kRelease};
            return WorkloadUse{all, all};
          },
  };
}

}  // namespace quorumlab::models
