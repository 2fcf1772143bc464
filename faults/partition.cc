// kind = "partition": nodes of different sides cannot reach each other.
#include <fmt/format.h>

#include "faults/held_cuts.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

struct PartitionOptions {
  std::vector<std::vector<std::string>> split;
  bool one_way = false;
};

class Partition final : public Fault {
 public:
  using Options = PartitionOptions;
  Partition(PartitionOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    sim::Cut cut{.groups = {}, .one_way = options_.one_way};
    std::vector<std::string> labels;
    for (const std::vector<std::string>& side : options_.split) {
      cut.groups.push_back(Targets(side).in(world));
      labels.push_back(Targets(side).text());
    }
    cuts_.make(world, cut);
    const char* const between = options_.one_way ? " -> " : " | ";
    return {cut.groups, labels, cut.one_way, fmt::format("{{{}}}", fmt::join(labels, between))};
  }

  void end(sim::World& world) override { cuts_.heal(world); }

  [[nodiscard]] Effect effect(sim::World& world) const override { return cuts_.effect(world); }

 private:
  PartitionOptions options_;
  HeldCuts cuts_;
};

void check(const config::Chosen& options, const Places& places, const config::Where& where,
           config::Diagnostics& problems) {
  const auto& split = options.as<PartitionOptions>().split;
  for (std::size_t i = 0; i < split.size(); ++i) {
    Targets(split[i]).check(places, where, fmt::format("split[{}]", i), problems);
  }
}

Drawn draw(Dice& dice) {
  const std::vector<std::string> few = dice.minority();
  const std::vector<std::string> many = dice.others(few);
  const bool one_way = dice.coin() && dice.coin();
  PartitionOptions options{.split = {few, many}, .one_way = one_way};
  if (one_way && dice.coin()) options.split = {many, few};
  return {config::Chosen("partition", std::move(options)), Harm::kSplit, few};
}

}  // namespace

FaultKind partition_kind() {
  using O = PartitionOptions;
  return {
      .schema =
          config::schema<O>("partition",
                            "Nodes of different sides cannot reach each other. Messages on "
                            "their way when it begins are lost too.")
              .field("split", &O::split, config::list(config::list(config::text())).length(2, 64),
                     "the sides, each a list of nodes, zones or roles; who is on no side "
                     "reaches everybody")
              .required()
              .field("one_way", &O::one_way, config::boolean(),
                     "only messages from an earlier side to a later one are lost")
              .build(),
      .theme = "network",
      .example = "split = [[\"n1\"], [\"n2\", \"n3\"]]",
      .make = make_fault<Partition>,
      .check = check,
      .random = draw};
}

}  // namespace quorumlab::faults
