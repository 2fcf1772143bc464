// Memory: how much a parked fiber and an idle node keep.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "bench/harness.h"
#include "sim/world.h"

namespace quorumlab::bench {
namespace {

using namespace sim::literals;
using sim::Node;
using sim::NodeId;
using sim::Seed;
using sim::World;

struct Ask {
  using Reply = int;
  static constexpr std::string_view kName = "Ask";
  int x = 0;
};

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double kibibytes_each(double bytes, std::uint64_t count) {
  return bytes / static_cast<double>(count) / 1'024;
}

double of_a_node(std::uint64_t nodes) {
  const double before = resident_bytes();
  World world({.seed = Seed{1}});
  for (std::uint64_t i = 0; i < nodes; ++i) {
    world.add_node({.name = "n" + std::to_string(i), .program = [](Node&) {}});
  }
  // One after the other: each start takes a fiber until the program returns.
  for (std::uint32_t i = 0; i < nodes; ++i) {
    world.start(NodeId(i));
    world.run_until(sim::Time());
  }
  return kibibytes_each(resident_bytes() - before, nodes);
}

double of_a_fiber(std::uint64_t fibers) {
  World world({.seed = Seed{1}});
  world.add_node({.name = "n", .program = [fibers](Node& node) {
                    for (std::uint64_t i = 0; i < fibers; ++i) {
                      node.spawn("sleeper", [&node] { node.sleep(1_min); });
                    }
                    node.sleep(1_min);
                  }});
  world.start(NodeId(0));
  const double before = resident_bytes();
  world.run_until(sim::Time() + 1_s);
  return kibibytes_each(resident_bytes() - before, fibers);
}

// Can this system guard a page without splitting the mapping?
bool light_guards() {
  constexpr int kInstallGuard = 102;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory =
      mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  const bool can = madvise(memory, page, kInstallGuard) == 0;
  munmap(memory, page);
  return can;
}

// Nodes that serve, each on a parked fiber.
double gibibytes_of_servers(std::uint64_t nodes) {
  const double before = resident_bytes();
  World world({.seed = Seed{1}});
  for (std::uint64_t i = 0; i < nodes; ++i) {
    world.add_node({.name = "n" + std::to_string(i), .program = [](Node& node) {
                      node.serve([](const Ask& ask) { return ask.x; });
                    }});
  }
  for (std::uint32_t i = 0; i < nodes; ++i) world.start(NodeId(i));
  world.run_until(sim::Time() + 1_s);
  return (resident_bytes() - before) / 1'024 / 1'024 / 1'024;
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "memory");
  const std::uint64_t scale = bench.quick() ? 100 : 1;
  bench.value({.work = "parked fiber, of 20,000",
               .value = of_a_fiber(20'000 / scale),
               .unit = "KiB",
               .budget = at_most(12)});
  bench.value({.work = "idle node, without fibers, of 100,000",
               .value = of_a_node(100'000 / scale),
               .unit = "KiB",
               .budget = at_most(4)});
  // Before Linux 6.13 so many guarded stacks cannot be had.
  if (light_guards()) {
    bench.value({.work = "100,000 nodes that serve, in all",
                 .value = gibibytes_of_servers(100'000 / scale),
                 .unit = "GiB",
                 .budget = at_most(2)});
  }
  return bench.finish();
}
