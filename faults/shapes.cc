// kind = "isolate", "cut_links" and "partition_shape": cuts of the network that are no plain split.
#include <fmt/format.h>

#include <algorithm>

#include "faults/held_cuts.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using sim::NodeId;
using Pairs = std::vector<std::pair<NodeId, NodeId>>;

// Cuts single links from begin to end; subclasses say which.
class LinkCut : public Fault {
 public:
  Hit begin(sim::World& world) final {
    Hit hit;
    const Pairs pairs = links(world, hit);
    cuts_.make(world, {.groups = {}, .one_way = false, .pairs = pairs});
    if (hit.groups.empty()) hit.groups = {ends_of(pairs)};
    return hit;
  }
  void end(sim::World& world) final { cuts_.heal(world); }
  [[nodiscard]] Effect effect(sim::World& world) const final { return cuts_.effect(world); }

 protected:
  // Directed; fills in the label, and the groups if they are not simply the ends.
  virtual Pairs links(sim::World& world, Hit& hit) = 0;

 private:
  static std::vector<NodeId> ends_of(const Pairs& pairs) {
    std::vector<NodeId> ends;
    for (const auto& [from, to] : pairs) {
      ends.push_back(from);
      ends.push_back(to);
    }
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    return ends;
  }

  HeldCuts cuts_;
};

void both_ways(NodeId a, NodeId b, Pairs* pairs) {
  pairs->emplace_back(a, b);
  pairs->emplace_back(b, a);
}

enum class Direction : std::uint8_t { kBoth, kIn, kOut };

struct IsolateOptions {
  Targets on;
  Targets from{{"replicas"}};
  Direction direction = Direction::kBoth;
};

class Isolate final : public LinkCut {
 public:
  using Options = IsolateOptions;
  Isolate(IsolateOptions options, const Making&) : options_(std::move(options)) {}

 protected:
  Pairs links(sim::World& world, Hit& hit) override {
    const std::vector<NodeId> isolated = options_.on.in(world);
    Pairs pairs;
    for (const NodeId one : isolated) {
      for (const NodeId other : options_.from.in(world)) {
        if (std::find(isolated.begin(), isolated.end(), other) != isolated.end()) continue;
        if (options_.direction != Direction::kIn) pairs.emplace_back(one, other);
        if (options_.direction != Direction::kOut) pairs.emplace_back(other, one);
      }
    }
    hit.groups = {isolated};
    hit.label = fmt::format("{} from {}", options_.on.text(), options_.from.text());
    return pairs;
  }

 private:
  IsolateOptions options_;
};

FaultKind isolate_kind() {
  using O = IsolateOptions;
  return {.schema = config::schema<O>(
                        "isolate",
                        "The named nodes keep their connections among each other and lose "
                        "those to the rest: 88 % of the partition failures studied by Alquraan "
                        "et al. (OSDI 2018) need no more than one isolated node.")
                        .field("on", &O::on, TargetsLeaf(), "who is cut off")
                        .required()
                        .field("from", &O::from, TargetsLeaf(),
                               "from whom; clients still reach it by default")
                        .field("direction", &O::direction,
                               config::choices<Direction>(
                                   {{"both", Direction::kBoth, "it neither hears nor is heard"},
                                    {"in", Direction::kIn, "it is heard, and hears nothing"},
                                    {"out", Direction::kOut, "it hears, and is not heard"}}),
                               "which messages are lost")
                        .build(),
          .theme = "network",
          .example = "on = \"leader\"",
          .make = make_fault<Isolate>,
          .check =
              [](const config::Chosen& options, const Places& places, const config::Where& where,
                 config::Diagnostics& problems) {
                options.as<O>().on.check(places, where, "on", problems);
                options.as<O>().from.check(places, where, "from", problems);
              },
          .random =
              [](Dice& dice) {
                const std::string victim = dice.replica();
                O options{.on = Targets({victim}), .from = Targets({"replicas"})};
                options.direction =
                    dice.one_of<Direction>({Direction::kBoth, Direction::kIn, Direction::kOut});
                return Drawn{config::Chosen("isolate", std::move(options)), Harm::kSplit, {victim}};
              }};
}

struct CutLinksOptions {
  std::vector<std::vector<std::string>> links;
  bool one_way = false;
};

class CutLinks final : public LinkCut {
 public:
  using Options = CutLinksOptions;
  CutLinks(CutLinksOptions options, const Making&) : options_(std::move(options)) {}

 protected:
  Pairs links(sim::World& world, Hit& hit) override {
    Pairs pairs;
    std::vector<std::string> labels;
    for (const std::vector<std::string>& link : options_.links) {
      for (const NodeId a : Targets({link[0]}).in(world)) {
        for (const NodeId b : Targets({link[1]}).in(world)) {
          if (a == b) continue;
          pairs.emplace_back(a, b);
          if (!options_.one_way) pairs.emplace_back(b, a);
        }
      }
      labels.push_back(fmt::format("{}-{}{}", link[0], options_.one_way ? ">" : "", link[1]));
    }
    hit.label = fmt::format("{}", fmt::join(labels, ", "));
    return pairs;
  }

 private:
  CutLinksOptions options_;
};

FaultKind cut_links_kind() {
  using O = CutLinksOptions;
  return {.schema =
              config::schema<O>("cut_links",
                                "Single links break: a partial partition, in which two nodes that "
                                "do not reach each other both reach a third.")
                  .field("links", &O::links,
                         config::list(config::list(config::text()).length(2, 2)).not_empty(),
                         "pairs of nodes, zones or roles, such as [[\"n1\", \"n3\"]]")
                  .required()
                  .field("one_way", &O::one_way, config::boolean(),
                         "only messages from the first of a pair to the second are lost")
                  .build(),
          .theme = "network",
          .example = "links = [[\"n1\", \"n3\"]]",
          .make = make_fault<CutLinks>,
          .check =
              [](const config::Chosen& options, const Places& places, const config::Where& where,
                 config::Diagnostics& problems) {
                const auto& links = options.as<O>().links;
                for (std::size_t i = 0; i < links.size(); ++i) {
                  Targets(links[i]).check(places, where, fmt::format("links[{}]", i), problems);
                }
              },
          .random =
              [](Dice& dice) {
                const std::vector<std::string> ends = dice.some(2);
                O options{.links = {ends}, .one_way = dice.coin()};
                if (dice.coin()) std::swap(options.links[0].front(), options.links[0].back());
                return Drawn{config::Chosen("cut_links", std::move(options)), Harm::kNone, ends};
              }};
}

enum class Shape : std::uint8_t { kHalves, kBridge, kRing, kMajoritiesRing, kIsland };

struct ShapeOptions {
  Shape shape = Shape::kHalves;
  Targets among{{"replicas"}};
};

class PartitionShape final : public LinkCut {
 public:
  using Options = ShapeOptions;
  PartitionShape(ShapeOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

 protected:
  Pairs links(sim::World& world, Hit& hit) override {
    std::vector<NodeId> nodes = options_.among.in(world);
    sim::Stream stream = making_.draw(world, "fault.partition_shape", beginnings_++);
    stream.shuffle(nodes);
    Pairs pairs;
    for (std::size_t a = 0; a < nodes.size(); ++a) {
      for (std::size_t b = a + 1; b < nodes.size(); ++b) {
        if (!connected(a, b, nodes.size())) both_ways(nodes[a], nodes[b], &pairs);
      }
    }
    std::vector<std::string> names;
    names.reserve(nodes.size());
    for (const NodeId node : nodes) names.push_back(world.node(node).name());
    hit.label = fmt::format("{}: {}", word(options_.shape), fmt::join(names, " "));
    std::sort(nodes.begin(), nodes.end());
    hit.groups = {nodes};
    return pairs;
  }

 private:
  static std::string_view word(Shape shape) {
    switch (shape) {
      case Shape::kHalves:
        return "halves";
      case Shape::kBridge:
        return "bridge";
      case Shape::kRing:
        return "ring";
      case Shape::kMajoritiesRing:
        return "majorities_ring";
      case Shape::kIsland:
        return "island";
    }
    return {};
  }

  // Of `count` nodes in random order, do number a and number b > a reach each other?
  [[nodiscard]] bool connected(std::size_t a, std::size_t b, std::size_t count) const {
    const std::size_t apart = std::min(b - a, count - (b - a));  // around the ring
    switch (options_.shape) {
      case Shape::kHalves:
        return (a < count / 2) == (b < count / 2);
      case Shape::kBridge:
        return a == count / 2 || b == count / 2 || (a < count / 2) == (b < count / 2);
      case Shape::kRing:
        return apart <= 1;
      case Shape::kMajoritiesRing:
        // With itself and as many neighbours on each side everybody sees just a majority.
        return apart <= (count / 2 + 1) / 2;
      case Shape::kIsland:
        return a != 0;
    }
    return true;
  }

  ShapeOptions options_;
  Making making_;
  std::uint64_t beginnings_ = 0;
};

FaultKind partition_shape_kind() {
  using O = ShapeOptions;
  return {
      .schema =
          config::schema<O>("partition_shape",
                            "The network breaks into a shape, the nodes in random order each time.")
              .field("shape", &O::shape,
                     config::choices<Shape>(
                         {{"halves", Shape::kHalves, "two halves that hear nothing of each other"},
                          {"bridge", Shape::kBridge,
                           "two halves, and one node that both of them reach"},
                          {"ring", Shape::kRing, "everybody reaches its two neighbours only"},
                          {"majorities_ring", Shape::kMajoritiesRing,
                           "everybody sees a majority, and everybody another one"},
                          {"island", Shape::kIsland, "one node alone"}}),
                     "who still reaches whom")
              .field("among", &O::among, TargetsLeaf(), "the nodes in question")
              .build(),
      .theme = "network",
      .example = "shape = \"bridge\"",
      .make = make_fault<PartitionShape>,
      .check =
          [](const config::Chosen& options, const Places& places, const config::Where& where,
             config::Diagnostics& problems) {
            options.as<O>().among.check(places, where, "among", problems);
          },
      .random =
          [](Dice& dice) {
            const auto shape = dice.one_of<Shape>({Shape::kHalves, Shape::kBridge, Shape::kRing,
                                                   Shape::kMajoritiesRing, Shape::kIsland});
            // Whom it hits is drawn when it begins: a budget has to expect anybody.
            return Drawn{config::Chosen("partition_shape", O{.shape = shape}), Harm::kSplit,
                         dice.places().replicas};
          }};
}

}  // namespace

std::vector<FaultKind> shape_kinds() {
  return {isolate_kind(), cut_links_kind(), partition_shape_kind()};
}

}  // namespace quorumlab::faults
