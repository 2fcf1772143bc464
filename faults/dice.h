// What a nemesis draws when it makes up a fault: whom to hit, how hard.
//
//   Dice dice(stream, places);
//   const std::string victim = dice.replica();
//   return Drawn{config::Chosen("crash", O{.on = Targets({victim})}), Harm::kDown, {victim}};
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "faults/targets.h"
#include "sim/config/schema.h"
#include "sim/rng.h"
#include "sim/time.h"

namespace quorumlab::faults {

// What a budget has to know of a fault.
enum class Harm : std::uint8_t {
  kNone,   // it confuses or slows, everybody can still take part
  kSplit,  // the victims are cut off from the others
  kDown,   // the victims do not run
  kData,   // the victims' disks hold less or other than they promised, for good
};

struct Drawn {
  config::Chosen options;
  Harm harm = Harm::kNone;
  std::vector<std::string> victims;  // replicas
  bool is_momentary = false;         // it is over as soon as it has begun
};

class Dice {
 public:
  Dice(sim::Stream& stream, const Places& places) : stream_(stream), places_(places) {}
  // One that always hits this replica, where one replica is hit.
  Dice(sim::Stream& stream, const Places& places, std::string victim)
      : stream_(stream), places_(places), victim_(std::move(victim)) {}

  [[nodiscard]] const Places& places() const { return places_; }
  [[nodiscard]] bool coin() { return stream_.below(2) == 0; }
  // One of the given values.
  template <class T>
  [[nodiscard]] T one_of(const std::vector<T>& values) {
    return stream_.pick(values);
  }
  // In whole milliseconds, so that it is short to write.
  [[nodiscard]] sim::Duration milliseconds(std::int64_t from, std::int64_t to) {
    return sim::Duration(stream_.between(from, to) * 1'000'000);
  }
  [[nodiscard]] std::string replica() {
    return victim_.empty() ? stream_.pick(places_.replicas) : victim_;
  }
  // Fewer than half of the replicas, at least one; in the order of the cluster.
  [[nodiscard]] std::vector<std::string> minority() {
    if (!victim_.empty()) return {victim_};
    const std::size_t most = (places_.replicas.size() - 1) / 2;
    return some(1 + stream_.below(most > 0 ? most : 1));
  }
  // So many replicas, in the order of the cluster.
  [[nodiscard]] std::vector<std::string> some(std::size_t count) {
    std::vector<std::size_t> order(places_.replicas.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    stream_.shuffle(order);
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < places_.replicas.size(); ++i) {
      for (std::size_t k = 0; k < count && k < order.size(); ++k) {
        if (order[k] == i) chosen.push_back(places_.replicas[i]);
      }
    }
    return chosen;
  }
  // Every replica that is not among `chosen`.
  [[nodiscard]] std::vector<std::string> others(const std::vector<std::string>& chosen) const {
    std::vector<std::string> rest;
    for (const std::string& replica : places_.replicas) {
      bool is_chosen = false;
      for (const std::string& one : chosen) is_chosen = is_chosen || one == replica;
      if (!is_chosen) rest.push_back(replica);
    }
    return rest;
  }

 private:
  sim::Stream& stream_;
  const Places& places_;
  std::string victim_;
};

}  // namespace quorumlab::faults
