// Sets: elements that are all different go in, and out again if wanted; reads see all of them.
#include <array>
#include <vector>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct SetOptions : PacedOptions {
  double reads = 0.3;
  double removes = 0;
};

class SetWorkload final : public PacedWorkload {
 public:
  SetWorkload(const SetOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options), inserted_(context.world.size()) {}

 private:
  struct Element {
    Key key;
    std::int64_t value = 0;
  };

  void act(Client& client, Key key) override {
    sim::Stream& rng = client.node.rng();
    if (rng.chance(sim::Probability(options_.reads))) {
      (void)read(client, key);
    } else if (rng.chance(sim::Probability(options_.removes))) {
      remove(client);
    } else {
      (void)insert(client, key);
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(insert(client, key)) && is_ok(read(client, key));
  }

  Told insert(Client& client, Key key) {
    const std::int64_t value = next_value();
    Told told = change(client, key, {.f = Function::kInsert, .value = value});
    if (is_ok(told)) inserted_.at(client.node.id().value).push_back({key, value});
    return told;
  }

  // One that this client knows to be there. Without any it does nothing.
  void remove(Client& client) {
    std::vector<Element>& mine = inserted_.at(client.node.id().value);
    if (mine.empty()) return;
    const std::size_t at = client.node.rng().below(mine.size());
    const Element element = mine[at];
    mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(at));
    (void)change(client, element.key, {.f = Function::kRemove, .value = element.value});
  }

  const SetOptions options_;
  std::vector<std::vector<Element>> inserted_;  // by node: acknowledged, and not removed since
};

}  // namespace

WorkloadEntry set_workload() {
  using O = SetOptions;
  auto schema =
      config::schema<O>("set", "Unique elements go into sets; reads see all that is there.");
  add_pace(schema)
      .field("reads", &O::reads, config::fraction(), "the share of reads")
      .field("removes", &O::removes, config::fraction(),
             "the share of removals in what is no read, each of an element that the client put "
             "there itself; the others insert");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<SetWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<std::int64_t, 3> keys = {o.keys, o.keys, 1};
            o.keys = stream.pick(keys);
            if (stream.below(2) == 0) o.removes = 0;
            return config::Chosen(options.word(), o);
          },
      .use =
          [](const config::Chosen& options) {
            std::vector<Function> all = {Function::kInsert};
            if (options.as<O>().removes > 0) all.push_back(Function::kRemove);
            return WorkloadUse{all, all};
          },
  };
}

}  // namespace quorumlab::models
