#include "models/workload/register.h"

#include <algorithm>
#include <array>

namespace quorumlab::models {
namespace {

class RegisterWorkload final : public PacedWorkload {
 public:
  RegisterWorkload(const RegisterOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options) {}

 private:
  // Where some write and the others read, they have as much of the rate as there is of each.
  [[nodiscard]] Part part_of(const Client& client) const override {
    if (options_.writers == 0) return {clients(), 1};
    if (writes_only(client)) return {writers(), 1 - options_.reads};
    return {clients() - writers(), options_.reads};
  }
  [[nodiscard]] bool writes_only(const Client& client) const { return client.index < writers(); }
  [[nodiscard]] std::int64_t writers() const { return std::min(options_.writers, clients()); }
  [[nodiscard]] double reads_of(const Client& client) const {
    if (options_.writers == 0) return options_.reads;
    return writes_only(client) ? 0 : 1;
  }

  void act(Client& client, Key key) override {
    if (client.node.rng().chance(sim::Probability(reads_of(client)))) {
      (void)read(client, key);
    } else {
      (void)write(client, key, client.node.rng().chance(sim::Probability(options_.erases)));
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(write(client, key, false)) && is_ok(read(client, key));
  }

  Told write(Client& client, Key key, bool erase) {
    return change(client, key, {.value = next_value(), .erase = erase});
  }

  const RegisterOptions options_;
};

}  // namespace

WorkloadEntry register_workload() {
  using O = RegisterOptions;
  auto schema =
      config::schema<O>("register", "Reads and writes of single keys, every written value unique.");
  add_pace(schema)
      .field("reads", &O::reads, config::fraction(), "the share of reads; the others write")
      .field("writers", &O::writers, config::integer().between(0, 100'000),
             "so many of the clients make all the writes and the others all the reads; 0: "
             "everybody does both")
      .field("erases", &O::erases, config::fraction(), "the share of writes that erase the key");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<RegisterWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<double, 4> shares = {o.reads, o.reads, 0.1, 0.9};
            const std::array<std::int64_t, 3> keys = {o.keys, o.keys, 1};
            o.reads = stream.pick(shares);
            o.keys = stream.pick(keys);
            if (stream.below(2) == 0) o.erases = 0;
            return config::Chosen(options.word(), o);
          },
  };
}

}  // namespace quorumlab::models
