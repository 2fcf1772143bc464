// Registers with compare-and-set: a client changes what it saw last, so it is refused if somebody
// else was quicker.
#include <array>
#include <map>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

struct CasRegisterOptions : PacedOptions {
  CasRegisterOptions() { keys = 5; }
  double reads = 0.4;
  double cas = 0.6;
};

class CasRegisterWorkload final : public PacedWorkload {
 public:
  CasRegisterWorkload(const CasRegisterOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options), seen_(context.world.size()) {}

 private:
  void act(Client& client, Key key) override {
    sim::Stream& rng = client.node.rng();
    if (rng.chance(sim::Probability(options_.reads))) {
      (void)look(client, key);
    } else if (rng.chance(sim::Probability(options_.cas))) {
      swap(client, key);
    } else {
      (void)write(client, key);
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(write(client, key)) && is_ok(look(client, key));
  }

  [[nodiscard]] Value& seen(const Client& client, Key key) {
    return seen_.at(client.node.id().value)[key];
  }

  Told look(Client& client, Key key) {
    Told told = read(client, key);
    if (is_ok(told)) seen(client, key) = told.value;
    return told;
  }
  Told write(Client& client, Key key) {
    const std::int64_t value = next_value();
    Told told = change(client, key, {.value = value});
    if (is_ok(told)) seen(client, key) = value;
    return told;
  }
  void swap(Client& client, Key key) {
    const std::int64_t value = next_value();
    const Value expected = seen(client, key);
    const Told told =
        change(client, key, {.f = Function::kCas, .value = value, .expected = expected});
    if (is_ok(told)) seen(client, key) = value;
  }

  const CasRegisterOptions options_;
  std::vector<std::map<Key, Value>> seen_;  // by node: what it saw last
};

}  // namespace

WorkloadEntry cas_register_workload() {
  using O = CasRegisterOptions;
  auto schema = config::schema<O>(
      "cas_register", "Reads, writes and compare-and-sets of what the client saw last.");
  add_pace(schema)
      .field("reads", &O::reads, config::fraction(), "the share of reads")
      .field("cas", &O::cas, config::fraction(),
             "the share of compare-and-sets in what is no read; the others write");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<CasRegisterWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<double, 3> shares = {o.cas, 0.1, 0.9};
            o.cas = stream.pick(shares);
            const std::array<std::int64_t, 3> keys = {o.keys, o.keys, 1};
            o.keys = stream.pick(keys);
            return config::Chosen(options.word(), o);
          },
      .use =
          [](const config::Chosen&) {
            const std::vector<Function> all = {Function::kWrite, Function::kCas};
            return WorkloadUse{all, all};
          },
  };
}

}  // namespace quorumlab::models
