#include "sim/network.h"

#include <algorithm>

#include "sim/check.h"
#include "sim/world.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kSent = fnv_1a("network.send");
constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t both(NodeId from, NodeId to) {
  return std::uint64_t{from.value} << 32 | to.value;
}

}  // namespace

struct Network::Link {
  Link(const LinkOptions& link_options, Seed seed, const Node& from, const Node& to)
      : options(link_options),
        ends(both(from.id(), to.id())),
        from_key(from.stream_key()),
        to_key(to.stream_key()),
        stream(stream_of(seed)) {}
  [[nodiscard]] Stream stream_of(Seed seed) const {
    return Stream(seed, "network.link", from_key, to_key);
  }

  const LinkOptions& options;
  const std::uint64_t ends;
  const std::uint64_t from_key;
  const std::uint64_t to_key;
  Stream stream;
  Time idle_from;     // when the last message has left the sender's side
  Time last_arrival;  // of a message that was not reordered; for fifo
};

struct Network::ZonePair {
  std::string a;
  std::string b;
  LinkOptions options;
};

struct Network::ActiveCut {
  std::vector<std::uint32_t> side;   // by node: 0 in no group, else 1 + group
  std::vector<std::uint64_t> links;  // sorted; see both()
  bool one_way = false;
  bool active = true;
  CutEffect effect;

  [[nodiscard]] bool severs(NodeId from, NodeId to) const {
    if (std::binary_search(links.begin(), links.end(), both(from, to))) return true;
    const std::uint32_t a = from.value < side.size() ? side[from.value] : 0;
    const std::uint32_t b = to.value < side.size() ? side[to.value] : 0;
    return a != 0 && b != 0 && (one_way ? a < b : a != b);
  }
};

Network::Network(World& world) : world_(world), slots_(64) {}

Network::~Network() = default;

void Network::set_default(const LinkOptions& options) {
  default_ = options;
}

void Network::set_between(const std::string& a, const std::string& b, const LinkOptions& options) {
  zone_pairs_.push_back(std::make_unique<ZonePair>(ZonePair{a, b, options}));
}

const LinkOptions& Network::options(NodeId from, NodeId to) const {
  const std::string& a = world_.node(from).zone();
  const std::string& b = world_.node(to).zone();
  for (auto pair = zone_pairs_.rbegin(); pair != zone_pairs_.rend(); ++pair) {
    const ZonePair& p = **pair;
    if ((p.a == a && p.b == b) || (p.a == b && p.b == a)) return p.options;
  }
  return default_;
}

Network::Link& Network::link(NodeId from, NodeId to) {
  const std::uint64_t key = both(from, to);
  for (std::size_t i = key * 0x9e3779b97f4a7c15 >> 20;; ++i) {
    Slot& slot = slots_[i & (slots_.size() - 1)];
    if (slot.key == key) return *slot.link;
    if (slot.key != UINT64_MAX) continue;
    slot = {key, &links_.emplace_back(options(from, to), world_.seed(), world_.node(from),
                                      world_.node(to))};
    Link& made = *slot.link;
    if (links_.size() * 2 > slots_.size()) grow();
    return made;
  }
}

void Network::reseed(Seed seed) {
  for (Link& link : links_) link.stream = link.stream_of(seed);
}

void Network::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& moved : old) {
    if (moved.key == UINT64_MAX) continue;
    std::size_t i = moved.key * 0x9e3779b97f4a7c15 >> 20;
    while (slots_[i & (slots_.size() - 1)].key != UINT64_MAX) ++i;
    slots_[i & (slots_.size() - 1)] = moved;
  }
}

CutId Network::cut(const Cut& cut) {
  auto active = std::make_unique<ActiveCut>();
  active->one_way = cut.one_way;
  active->side.resize(world_.size());
  for (std::uint32_t group = 0; group < cut.groups.size(); ++group) {
    for (const NodeId node : cut.groups[group]) active->side.at(node.value) = group + 1;
  }
  for (const auto& [from, to] : cut.pairs) active->links.push_back(both(from, to));
  std::sort(active->links.begin(), active->links.end());
  active_.push_back(active.get());
  cuts_.push_back(std::move(active));
  return static_cast<CutId>(cuts_.size() - 1);
}

void Network::heal(CutId id) {
  ActiveCut* const cut = cuts_.at(id).get();
  QL_CHECK(cut->active, "cut {} healed twice", id);
  cut->active = false;
  std::erase(active_, cut);
}

CutEffect Network::effect(CutId id) const {
  return cuts_.at(id)->effect;
}

bool Network::severed(NodeId from, NodeId to) const {
  return std::any_of(active_.begin(), active_.end(),
                     [&](const ActiveCut* cut) { return cut->severs(from, to); });
}

Network::ActiveCut* Network::cutting(NodeId from, NodeId to) {
  for (ActiveCut* const cut : active_) {
    if (cut->severs(from, to)) return cut;
  }
  return nullptr;
}

Time Network::arrival(Link& link, std::uint64_t bytes) {
  const LinkOptions& options = link.options;
  Time leaves = world_.now();
  if (options.bandwidth > 0) {
    __extension__ using Wide = unsigned __int128;
    const Wide exact = Wide{bytes} * kSecond / static_cast<std::uint64_t>(options.bandwidth);
    const auto sending = static_cast<std::int64_t>(std::min(exact, Wide{INT64_MAX}));
    leaves = Clock::later(std::max(leaves, link.idle_from), sending);
    link.idle_from = leaves;
  }
  Time arrives = Clock::later(leaves, options.latency.sample(link.stream).count());
  if (options.fifo) arrives = std::max(arrives, link.last_arrival);
  link.last_arrival = std::max(arrives, link.last_arrival);
  if (link.stream.chance(options.reorder)) {
    arrives = Clock::later(arrives, options.reorder_by.sample(link.stream).count());
  }
  return arrives;
}

void Network::interfere(Link& link, Passage& passage) {
  for (Interference* const who : interferences_) who->pass(passage);
  if (!link.options.fifo || passage.overtakes) return;
  passage.arrives = std::max(passage.arrives, link.last_arrival);
  if (passage.again) passage.again = std::max(*passage.again, passage.arrives);
  link.last_arrival = std::max(passage.arrives, link.last_arrival);
}

void Network::send(Message& message) {
  const NodeId from = message.from;
  const NodeId to = message.to;
  QL_CHECK(from != to, "{} sends {} to itself", world_.node(from).name(), message.type->name);
  Link& link = this->link(from, to);
  ++stats_.sent;
  world_.fingerprint_note(kSent, both(from, to), message.type->hash);
  message.sent = world_.record_message(EventKind::kSend, message, DropReason::kNone);

  // Drawn before anything else is asked, so that every message takes its draws.
  const bool lost = link.stream.chance(link.options.loss);
  const bool twice = link.stream.chance(link.options.duplicate);
  const Time first = arrival(link, message.wire_size);
  const Time second = twice ? arrival(link, message.wire_size) : first;

  ActiveCut* const cut = cutting(from, to);
  Passage passage{.message = message,
                  .arrives = first,
                  .again = twice ? std::optional(second) : std::nullopt,
                  .dropped = cut != nullptr ? DropReason::kPartition
                             : lost         ? DropReason::kLoss
                                            : DropReason::kNone};
  if (!interferences_.empty()) [[unlikely]]
    interfere(link, passage);
  if (passage.dropped != DropReason::kNone) {
    if (cut != nullptr) {
      ++cut->effect.crossing;
      ++cut->effect.dropped;
      ++stats_.cut;
    } else {
      ++stats_.lost;
    }
    world_.record_message(EventKind::kDrop, message, passage.dropped);
    world_.messages().release(message);
    return;
  }
  Node& receiver = world_.node(to);
  const auto arg = reinterpret_cast<std::uint64_t>(&message);
  world_.schedule(passage.arrives, receiver, arg);
  if (passage.again) {
    ++stats_.duplicated;
    ++message.references;
    world_.record_message(EventKind::kDuplicate, message, DropReason::kNone);
    world_.schedule(*passage.again, receiver, arg);
  }
}

bool Network::cut_on_arrival(const Message& message) {
  if (active_.empty()) return false;
  ActiveCut* const cut = cutting(message.from, message.to);
  if (cut == nullptr) return false;
  ++cut->effect.crossing;
  ++cut->effect.dropped;
  ++stats_.cut;
  return true;
}

}  // namespace quorumlab::sim
