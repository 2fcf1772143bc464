// Writes a history made from a seed, as Jepsen stores it: what the benchmarks of checkers
// judge, for `quorumlab check` and for anybody else's checker.
//
//   make_history lists --count 1000000 --plant G2-item > g2.edn && quorumlab check g2.edn
//   make_history queue --count 10000000 | quorumlab check - --stream
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <string>

#include "bench/kafka_generator.h"
#include "bench/object_text.h"
#include "bench/txn_generator.h"

namespace quorumlab::bench {
namespace {

using models::ObjectKind;

const std::map<std::string, ObjectShape>& object_shapes() {
  static const std::map<std::string, ObjectShape> kShapes = {
      {"register", {.kind = ObjectKind::kRegister}},
      {"cas-register", {.kind = ObjectKind::kRegister, .processes = 5, .values = 5, .cas = true}},
      {"counter", {.kind = ObjectKind::kCounter}},
      {"set", {.kind = ObjectKind::kSet}},
      {"set-lookups", {.kind = ObjectKind::kSet, .lookups = true}},
      {"queue", {.kind = ObjectKind::kQueue}},
      {"stack", {.kind = ObjectKind::kStack}},
      {"ids", {.kind = ObjectKind::kIds}},
  };
  return kShapes;
}

struct Arguments {
  std::string shape;
  std::uint64_t count = 1'000;
  std::uint64_t seed = 1;
  std::uint32_t processes = 0;  // 0: as many as the shape usually has
  std::int64_t values = 0;      // the same
  std::uint32_t groups = 1;
  std::string plant;
};

int write(std::streambuf& text) {
  std::cout << &text;
  return std::cout.good() ? 0 : 1;
}

int write_objects(const Arguments& arguments, ObjectShape shape) {
  shape.calls = arguments.count;
  shape.seed = arguments.seed;
  shape.planted = !arguments.plant.empty();
  if (arguments.processes != 0) shape.processes = arguments.processes;
  if (arguments.values != 0) shape.values = arguments.values;
  ObjectText text(shape);
  const int code = write(text);
  if (code != 0 || !shape.planted || text.generator().is_planted()) return code;
  std::cerr << "make_history: too little happens in it for a wrong result; it is right\n";
  return 1;
}

int write_logs(const Arguments& arguments) {
  KafkaShape shape{.ops = arguments.count, .plant = arguments.plant, .seed = arguments.seed};
  shape.subscribes = arguments.shape == "kafka-subscribe";
  if (arguments.processes != 0) shape.processes = arguments.processes;
  if (!arguments.plant.empty() && planted_log_script(arguments.plant).empty()) {
    std::cerr << "make_history: " << arguments.plant << " is no anomaly of logs; these are:";
    for (const PlantedLogs& planted : planted_logs()) std::cerr << " '" << planted.name << '\'';
    std::cerr << '\n';
    return 64;
  }
  KafkaText text(shape);
  return write(text);
}

int write_txns(const Arguments& arguments) {
  TxnShape shape{.txns = arguments.count,
                 .lists = arguments.shape == "lists",
                 .groups = arguments.groups,
                 .plant = arguments.plant,
                 .seed = arguments.seed};
  shape.reads_first = arguments.shape == "registers-read-first";
  if (arguments.processes != 0) shape.processes = arguments.processes;
  const bool is_known =
      arguments.plant.empty() || !planted_script(arguments.plant, shape.lists).empty();
  if (!is_known) {
    std::cerr << "make_history: " << arguments.plant << " is no anomaly of " << arguments.shape
              << "; these are:";
    for (const PlantedTxns& planted : planted_txns()) {
      if (!planted_script(planted.name, shape.lists).empty()) std::cerr << ' ' << planted.name;
    }
    std::cerr << '\n';
    return 64;
  }
  TxnText text(shape);
  return write(text);
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  std::vector<std::string> shapes = {"lists", "registers", "registers-read-first", "kafka",
                                     "kafka-subscribe"};
  for (const auto& [name, shape] : object_shapes()) shapes.push_back(name);
  CLI::App app(
      "Writes a history made from a seed, as EDN; it is right unless something is planted");
  Arguments arguments;
  app.add_option("shape", arguments.shape, "what it is about")
      ->required()
      ->check(CLI::IsMember(shapes));
  app.add_option("--count", arguments.count, "operations or transactions")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  app.add_option("--seed", arguments.seed, "another seed, another history");
  app.add_option("--processes", arguments.processes, "at once")->check(CLI::Range(1, 10'000));
  app.add_option("--values", arguments.values,
                 "of a register, queue or stack: so many, chosen again and again; of a counter: "
                 "amounts from one to this")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31U));
  app.add_option("--groups", arguments.groups, "of processes that share keys, of transactions")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--plant", arguments.plant,
                 "one anomaly by its name (planted.h); of objects any word: one wrong result");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  const auto object = object_shapes().find(arguments.shape);
  if (object != object_shapes().end()) return write_objects(arguments, object->second);
  if (arguments.shape.starts_with("kafka")) return write_logs(arguments);
  return write_txns(arguments);
}
