// Lists: elements that are all different are appended; reads see all of them in their order.
// Whoever edits reads first and then inserts after one of the elements, or removes it, as the users
// of a text do.
#include <array>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct ListOptions : PacedOptions {
  double reads = 0.3;
  double edits = 0;
};

class ListWorkload final : public PacedWorkload {
 public:
  ListWorkload(const ListOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options) {}

 private:
  void act(Client& client, Key key) override {
    sim::Stream& rng = client.node.rng();
    if (rng.chance(sim::Probability(options_.reads))) {
      (void)read(client, key);
    } else if (rng.chance(sim::Probability(options_.edits))) {
      edit(client, key);
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

  void edit(Client& client, Key key) {
    const Told told = read(client, key);
    if (!is_ok(told) || told.elements.empty()) return;
    sim::Stream& rng = client.node.rng();
    const std::int64_t element = told.elements[rng.below(told.elements.size())];
    if (rng.below(2) == 0) {
      (void)change(client, key, {.f = Function::kRemove, .value = element});
    } else {
      (void)change(client, key,
                   {.f = Function::kAppend, .value = next_value(), .expected = element});
    }
  }

  const ListOptions options_;
};

}  // namespace

WorkloadEntry list_workload() {
  using O = ListOptions;
  auto schema = config::schema<O>(
      "list", "Unique elements are appended to lists; reads see all of them in their order.");
  add_pace(schema)
      .field("reads", &O::reads, config::fraction(), "the share of reads; the others append")
      .field(
          "edits", &O::edits, config::fraction(),
          "the share of edits in what is no read: a read, and then an insertion after one of its "
          "elements, or the removal of one, equally often; then only the agreement of replicas "
          "can be checked");
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
          [](const config::Chosen& options) {
            const std::vector<Function> appends = {Function::kAppend};
            if (options.as<O>().edits == 0) return WorkloadUse{appends, appends};
            return WorkloadUse{{Function::kAppend, Function::kRemove}, appends, false};
          },
  };
}

}  // namespace quorumlab::models
