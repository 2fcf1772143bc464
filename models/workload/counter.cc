// Counters: adds and reads. How an add is made decides whether it can be lost: by a command of the
// store's own, by compare-and-set until nobody came between, or by reading and then writing, which
// takes back whatever was added in between (the lost update of Berenson et al., "A Critique of ANSI
// SQL Isolation Levels", 1995, P4).
#include <array>

#include "models/workload/objects.h"
#include "models/workload/paced.h"

namespace quorumlab::models {
namespace {

enum class Method : std::uint8_t { kNative, kCas, kReadModifyWrite };

struct CounterOptions : PacedOptions {
  CounterOptions() { keys = 2; }
  Method method = Method::kNative;
  double reads = 0.3;
  sim::Distribution thinks = sim::Distribution::constant(sim::Duration(0));
};

class CounterWorkload final : public PacedWorkload {
 public:
  CounterWorkload(const CounterOptions& options, const WorkloadContext& context)
      : PacedWorkload(options, context), options_(options) {}

 private:
  void act(Client& client, Key key) override {
    if (client.node.rng().chance(sim::Probability(options_.reads))) {
      (void)read(client, key);
    } else {
      (void)add(client, key);
    }
  }
  bool is_served(Client& client, Key key) override {
    return is_ok(add(client, key)) && is_ok(read(client, key));
  }
  // What nobody has added to is at zero.
  [[nodiscard]] Value as_read(const Told& told) const override {
    return is_ok(told) ? Value{told.value.value_or(0)} : told.value;
  }

  Told add(Client& client, Key key) {
    if (options_.method == Method::kNative) {
      return change(client, key, {.f = Function::kAdd, .value = 1});
    }
    for (;;) {
      Told told = add_to_what_is_there(client, key);
      // Somebody came between, and it did not happen: another operation, another try.
      if (!told.saw_other || now() >= context().give_up_at) return told;
    }
  }

  // One operation of the history, and two requests.
  Told add_to_what_is_there(Client& client, Key key) {
    const OpId op = invoke(client, {.f = Function::kAdd, .key = key, .value = 1});
    Told told = client.driver.read(op, key);
    if (is_ok(told)) {
      const sim::Duration pause = options_.thinks.sample(client.node.rng());
      if (pause > sim::Duration(0)) client.node.sleep(pause);
      const bool checks = options_.method == Method::kCas;
      told = client.driver.change(op, key,
                                  {.f = checks ? Function::kCas : Function::kWrite,
                                   .value = told.value.value_or(0) + 1,
                                   .expected = checks ? told.value : Value{}});
    }
    complete(client, op, told);
    return told;
  }

  const CounterOptions options_;
};

config::Choices<Method> methods() {
  return config::choices<Method>(
      {{"native", Method::kNative, "the store adds"},
       {"cas", Method::kCas, "read, then compare-and-set, again until nobody came between"},
       {"read_modify_write", Method::kReadModifyWrite,
        "read, then write: what others added meanwhile is lost"}});
}

WorkloadUse use(const CounterOptions& o) {
  const Function asks = o.method == Method::kNative ? Function::kAdd
                        : o.method == Method::kCas  ? Function::kCas
                                                    : Function::kWrite;
  return {{asks}, {Function::kAdd}};
}

}  // namespace

WorkloadEntry counter_workload() {
  using O = CounterOptions;
  auto schema = config::schema<O>("counter", "Adds of one to counters, and reads of the total.");
  add_pace(schema)
      .field("method", &O::method, methods(), "how a client adds")
      .field("reads", &O::reads, config::fraction(), "the share of reads; the others add")
      .field("thinks", &O::thinks, config::delays(),
             "with `cas` and `read_modify_write`: how long between the read and the write");
  return {
      .schema = add_driver(schema).build(),
      .make =
          [](const config::Chosen& options, const WorkloadContext& context) {
            return std::make_unique<CounterWorkload>(options.as<O>(), context);
          },
      .swarm =
          [](const config::Chosen& options, sim::Stream& stream) {
            O o = options.as<O>();
            const std::array<double, 4> shares = {o.reads, o.reads, 0.1, 0.9};
            o.reads = stream.pick(shares);
            return config::Chosen(options.word(), o);
          },
      .use = [](const config::Chosen& options) { return use(options.as<O>()); },
  };
}

}  // namespace quorumlab::models
