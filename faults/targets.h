// Whom a fault is aimed at, in the words of a scenario: "n2", "west", "leader", "followers",
// "replicas", "clients", "all". Who leads is asked when the fault begins.
//
//   Targets targets({"leader"});
//   for (NodeId node : targets.in(world)) world.crash(node);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/schema.h"
#include "sim/world.h"

namespace quorumlab::faults {

// A field that replicas publish.
struct Field {
  std::string name;
  std::vector<std::string> values;  // the names of 0, 1, 2, ...; empty: a plain number
};

// What names may refer to, before there is a world.
struct Places {
  std::vector<std::string> nodes;  // replicas, then clients
  std::vector<std::string> zones;
  std::vector<std::string> replicas;
  std::vector<Field> fields;
  std::vector<std::string> faults;    // those with a name
  std::vector<std::string> events;    // that may happen on a node; empty: anybody's guess
  std::vector<std::string> messages;  // that may be sent; empty: anybody's guess
  // Reports what is wrong with new options of the replicas. Null: nobody can tell.
  std::function<void(const config::Value& set, config::Diagnostics& problems)> check_settings;
  // Every word that a target may be.
  [[nodiscard]] std::vector<std::string> words() const;
};

// Reports that `what` `word` is unknown: "nobody ever sends `Apend`". With nothing known all is
// well.
void check_word(const std::string& word, const std::vector<std::string>& known,
                const config::Span& span, std::string_view what, config::Diagnostics& problems);

class Targets {
 public:
  Targets() = default;
  explicit Targets(std::vector<std::string> words) : words_(std::move(words)) {}

  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
  [[nodiscard]] bool empty() const { return words_.empty(); }
  // Ascending, each once. Requires: the words were checked.
  [[nodiscard]] std::vector<sim::NodeId> in(sim::World& world) const;
  // "n2, west"
  [[nodiscard]] std::string text() const;
  // Reports words that match nothing; `path` is where the list stands.
  void check(const Places& places, const config::Where& where, const std::string& path,
             config::Diagnostics& problems) const;

 private:
  std::vector<std::string> words_;
};

// on = "leader" or on = ["n1", "west"]
class TargetsLeaf : public config::Leaf<Targets> {
 public:
  bool parse(const config::Value& value, Targets& out,
             const config::Reporter& report) const override;
  [[nodiscard]] config::Value print(const Targets& object) const override;
  [[nodiscard]] config::TypeInfo type() const override;
};

}  // namespace quorumlab::faults
