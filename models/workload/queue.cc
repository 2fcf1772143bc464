// Queues: elements that are all different go in at one end and come out at the other. When the
// faults are over everything is taken out, so that what is lost, or was there twice, shows.
#include <array>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct QueueOptions : PacedOptions {
  QueueOptions() { keys = 2; }
  double enqueues = 0.5;
  bool drains = true;
};

class QueueWorkload final : public PacedWorkload {
 public:
  QueueWorkload(const QueueOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options) {}

 private:
  void act(Client& client, Key key) override {
    if (client.node.rng().chance(sim::Probability(options_.enqueues))) {
      (void)enqueue(client, key);
    } else {
      (void)dequeue(client, key);
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(enqueue(client, key)) && is_ok(dequeue(client, key));
  }

  // Who comes last finds everything that the others left.
  void finish(Client& client) override {
    for (std::uint32_t key = 0; options_.drains && key < keys(); ++key) {
      for (bool empty = false; !empty && now() < context().give_up_at;) {
        const Told told = dequeue(client, Key(key));
        empty = is_ok(told) && !told.value;
      }
    }
  }

  Told enqueue(Client& client, Key key) {
    return change(client, key, {.f = Function::kEnqueue, .value = next_value()});
  }
  Told dequeue(Client& client, Key key) { return change(client, key, {.f = Function::kDequeue}); }

  const QueueOptions options_;
};

}  // namespace

WorkloadEntry queue_workload() {
  using O = QueueOptions;
  auto schema =
      config::schema<O>("queue", "Unique elements go into queues and come out in their order.");
  add_pace(schema)
      .field("enqueues", &O::enqueues, config::fraction(),
             "the share of enqueues; the others dequeue")
      .field("drains", &O::drains, config::boolean(),
             "when the faults are over, clients take out all that is left");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<QueueWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<double, 4> shares = {o.enqueues, o.enqueues, 0.3, 0.7};
            o.enqueues = stream.pick(shares);
            return config::Chosen(options.word(), o);
          },
      .use =
          [](const config::Chosen&) {
            const std::vector<Function> all = {Function::kEnqueue, Function::kDequeue};
            return WorkloadUse{all, all};
          },
  };
}

}  // namespace quorumlab::models
