// Lists: elements that are all different are appended; reads see all of them in their order.
#include <array>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct ListOptions : PacedOptions {
  double reads = 0.3;
};

class ListWorkload final : public PacedWorkload {
 public:
  ListWorkload(const ListOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options) {}

 private:
  void act(Client& client, Key key) override {
    if (client.node.rng().chance(sim::Probability(options_.reads))) {
      (void)read(client, key);
    } else {
      (void)append(client, key);
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(append(client, key)) && is_ok(read(client, key));
  }
  Told append(Client& client, Key key) {
    return change(client, key, {.f = Function::kAppend, .value = next_value()});
  }

  const ListOptions options_;
};

}  // namespace

WorkloadEntry list_workload() {
  using O = ListOptions;
  auto schema = config::schema<O>(
      "list", "Unique elements are appended to lists; reads see all of them in their order.");
  add_pace(schema).field("reads", &O::reads, config::fraction(),
                         "the share of reads; the others append");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<ListWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<std::int64_t, 3> keys = {o.keys, o.keys, 1};
            o.keys = stream.pick(keys);
            return config::Chosen(options.word(), o);
          },
      .use =
          [](const config::Chosen&) {
            const std::vector<Function> all = {Function::kAppend};
            return WorkloadUse{all, all};
          },
  };
}

}  // namespace quorumlab::models
