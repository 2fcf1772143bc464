#include "faults/random.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sim/config/suggest.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Stream;

std::vector<config::Word> drawable_kinds() {
  std::vector<config::Word> words;
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.random) words.push_back({kind.schema.name(), kind.schema.summary()});
  }
  return words;
}

// What a fault that was drawn takes away, and for how long.
struct Damage {
  Harm harm;
  std::vector<std::string> victims;
  Duration from;
  Duration to;
};

class Budget {
 public:
  Budget(const RandomFaults& random, const Places& places) : random_(random), places_(places) {}

  // May `next` happen beside what was granted before?
  bool grants(const Damage& next) {
    if (next.harm == Harm::kNone) return true;
    std::vector<std::string> away = next.victims;  // from the quorum, at any time of `next`
    std::vector<std::string> down =
        next.harm == Harm::kSplit ? std::vector<std::string>{} : next.victims;
    std::vector<std::string> damaged =
        next.harm == Harm::kData ? next.victims : std::vector<std::string>{};
    for (const Damage& other : granted_) {
      if (other.harm == Harm::kData) add(other.victims, &damaged);
      const bool together = other.from < next.to && next.from < other.to;
      if (!together) continue;
      add(other.victims, &away);
      if (other.harm != Harm::kSplit) add(other.victims, &down);
    }
    const std::size_t replicas = places_.replicas.size();
    if (random_.keep_quorum && (replicas - away.size()) * 2 <= replicas) return false;
    if (random_.max_down && down.size() > static_cast<std::size_t>(*random_.max_down)) return false;
    if (random_.keep_one_good_copy && damaged.size() >= replicas) return false;
    granted_.push_back(next);
    return true;
  }

 private:
  static void add(const std::vector<std::string>& names, std::vector<std::string>* to) {
    for (const std::string& name : names) {
      if (std::find(to->begin(), to->end(), name) == to->end()) to->push_back(name);
    }
  }

  const RandomFaults& random_;
  const Places& places_;
  std::vector<Damage> granted_;
};

// To the millisecond, at least one: what is written out is short, and the same.
Duration rounded(Duration d) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  return Duration(std::max(d.count() / kMillisecond, INT64_C(1)) * kMillisecond);
}

class Nemesis {
 public:
  Nemesis(const RandomFaults& random, const Places& places, sim::Seed seed)
      : random_(random),
        places_(places),
        seed_(seed),
        times_(seed, "nemesis.times"),
        choices_(seed, "nemesis.kinds"),
        budget_(random, places) {
    arm();
  }

  std::vector<FaultEntry> draw(const Season& season, std::int64_t first_stream) {
    const std::vector<FaultEntry> at_sites = draw_sites(season, first_stream + random_.max_faults);
    std::vector<FaultEntry> entries;
    const Duration end = std::min(random_.upto.value_or(season.to), season.to);
    Duration at = std::max(random_.from, season.from);
    for (std::int64_t i = 0; i < random_.max_faults && !armed_.empty(); ++i) {
      at += rounded(scaled(random_.every.sample(times_), rarity_));
      const Duration lasts = rounded(scaled(random_.lasts.sample(times_), length_));
      const std::string& kind = pick(choices_);
      if (at >= end) break;
      // Whom and how hard: from a stream for each fault, so that one kind's draws shift no other's.
      Stream stream(seed_, "nemesis.fault", static_cast<std::uint64_t>(i));
      Dice dice(stream, places_);
      Drawn drawn = fault_kind(kind).random(dice);
      const Duration over = std::min(at + lasts, season.to);
      if (!budget_.grants({drawn.harm, drawn.victims, at, over})) continue;
      FaultEntry entry = entry_of(std::move(drawn), lasts, first_stream + i);
      entry.at = at;
      entries.push_back(std::move(entry));
    }
    entries.insert(entries.end(), at_sites.begin(), at_sites.end());
    return entries;
  }

 private:
  static FaultEntry entry_of(Drawn drawn, Duration lasts, std::int64_t stream) {
    FaultEntry entry;
    entry.lasts = sim::Distribution::constant(drawn.is_momentary ? 1_ms : lasts);
    entry.stream = stream;
    entry.may_be_inert = true;
    entry.kind = std::move(drawn.options);
    return entry;
  }

  // Nobody knows beforehand when a site is reached, so for the budget its faults last all the time.
  std::vector<FaultEntry> draw_sites(const Season& season, std::int64_t first_stream) {
    std::vector<FaultEntry> entries;
    if (!random_.sites || armed_.empty()) return entries;
    const auto draw = [&](const std::string& name, bool is_message) {
      for (const std::string& replica : places_.replicas) {
        Trigger site{
            .event = is_message ? "" : name,
            .message = is_message ? name : "",
            .from = Targets(is_message ? std::vector{replica} : std::vector<std::string>{}),
            .on = Targets(is_message ? std::vector<std::string>{} : std::vector{replica})};
        Stream stream(seed_, is_message ? "nemesis.message" : "nemesis.event",
                      sim::stream_key(sim::stream_key(name), sim::stream_key(replica)));
        draw_site(site, replica, season, stream, first_stream, &entries);
      }
    };
    for (const std::string& event : random_.sites->events) draw(event, false);
    for (const std::string& message : random_.sites->messages) draw(message, true);
    return entries;
  }

  void draw_site(const Trigger& site, const std::string& replica, const Season& season,
                 Stream& stream, std::int64_t first_stream, std::vector<FaultEntry>* entries) {
    if (!stream.chance(random_.sites->armed)) return;
    std::int64_t nth = 0;
    for (std::int64_t i = 0; i < random_.sites->most; ++i) {
      do {
        if (++nth > kFarAway) return;
      } while (!stream.chance(random_.sites->fires));
      const Duration lasts = rounded(scaled(random_.lasts.sample(stream), length_));
      const std::string& kind = pick(stream);
      Dice dice(stream, places_, replica);
      Drawn drawn = fault_kind(kind).random(dice);
      if (!budget_.grants({drawn.harm, drawn.victims, season.from, season.to})) continue;
      FaultEntry entry = entry_of(std::move(drawn), lasts,
                                  first_stream + static_cast<std::int64_t>(entries->size()));
      entry.when = site;
      entry.when->nth = nth;
      entries->push_back(std::move(entry));
    }
  }

  // A swarm uses some of the kinds in each run, so that rare ones are not drowned by common ones
  // (Groce et al., "Swarm Testing", ISSTA 2012).
  void arm() {
    Stream stream(seed_, "nemesis.swarm");
    for (const auto& [kind, weight] : random_.kinds) {
      if (weight > 0 && (!random_.swarm || stream.chance(random_.armed))) {
        armed_.emplace_back(kind, weight);
      }
    }
    if (armed_.empty() && random_.swarm && !random_.kinds.empty()) {
      armed_.push_back(stream.pick(random_.kinds));
    }
    for (const auto& [kind, weight] : armed_) total_ += weight;
    if (!random_.swarm) return;
    constexpr std::array<std::int64_t, 5> kQuarters = {1, 2, 4, 8, 16};
    rarity_ = stream.pick(kQuarters);
    length_ = stream.pick(kQuarters);
  }

  // In quarters.
  static Duration scaled(Duration d, std::int64_t by) { return by == 4 ? d : d / 4 * by; }

  const std::string& pick(Stream& stream) {
    double left = stream.unit() * total_;
    for (const auto& [kind, weight] : armed_) {
      left -= weight;
      if (left < 0) return kind;
    }
    return armed_.back().first;
  }

  // No run reaches a site so often.
  static constexpr std::int64_t kFarAway = 100'000;

  const RandomFaults& random_;
  const Places& places_;
  sim::Seed seed_;
  Stream times_;
  Stream choices_;
  Budget budget_;
  std::vector<std::pair<std::string, double>> armed_;
  double total_ = 0;
  std::int64_t rarity_ = 4;  // of faults, in quarters of what is asked for
  std::int64_t length_ = 4;
};

config::Schema sites_schema() {
  using S = Sites;
  return config::schema<S>("sites", "Faults at places in the life of replicas instead of at times.")
      .field("armed", &S::armed, config::probability(),
             "the chance of each event, on each replica, to be a site of this run")
      .field("fires", &S::fires, config::probability(),
             "the chance that a fault begins there, each time that it is reached")
      .field("most", &S::most, config::integer().between(1, 1'000),
             "faults that one site begins, at most")
      .field("events", &S::events, config::list(config::text()).distinct(),
             "what may be a site, in the words of `when.event`")
      .field("messages", &S::messages, config::list(config::text()).distinct(),
             "and which messages may, when a replica sends one")
      .build();
}

}  // namespace

config::Schema random_faults_schema() {
  using O = RandomFaults;
  return config::schema<O>("random_faults", "A nemesis: faults drawn anew for each seed.")
      .field("kinds", &O::kinds,
             config::map(config::real().between(0, 1'000'000)).keys(drawable_kinds()),
             "which kinds, with their weights")
      .required()
      .field("every", &O::every, config::distribution(), "from one beginning to the next")
      .field("for", &O::lasts, config::distribution(), "how long each lasts")
      .field("from", &O::from, config::duration().at_least(0_ns), "none begins earlier")
      .field("until", &O::upto, config::duration().at_least(0_ns),
             "none begins later; without it, the end of `duration`")
      .field("max_faults", &O::max_faults, config::integer().between(1, 1'000'000),
             "no more are tried in one run")
      .field("keep_quorum", &O::keep_quorum, config::boolean(),
             "a majority of the replicas is always up and not cut off")
      .field("max_down", &O::max_down, config::integer().at_least(0),
             "no more replicas are down at once")
      .field("keep_one_good_copy", &O::keep_one_good_copy, config::boolean(),
             "the disk of some replica is never damaged or wiped")
      .field("swarm", &O::swarm, config::boolean(),
             "each seed uses a random part of the kinds, has more or fewer faults that last longer "
             "or shorter, and a workload that leans to one side, as swarm testing does")
      .field("armed", &O::armed, config::probability(),
             "with `swarm`: the chance of each kind to be used in a run")
      .inline_table("sites", &O::sites, sites_schema(),
                    "faults also where some event happens, each such site being armed in some runs "
                    "only: { armed = 0.25, fires = 0.05 }")
      .build();
}

void check_random_faults(const RandomFaults& random, const Places& places, const Season& season,
                         const config::Where& where, config::Diagnostics& problems) {
  const bool none = std::all_of(random.kinds.begin(), random.kinds.end(),
                                [](const auto& kind) { return kind.second <= 0; });
  if (none) problems.error(where("kinds"), "no kind has a weight", "write { crash = 1 }");
  if (random.every.mean() <= 0_ns) {
    problems.error(where("every"), "faults would begin for ever at one instant",
                   "write every = \"10s\"");
  }
  if (random.lasts.mean() <= 0_ns) {
    problems.error(where("for"), "the faults would be over before they begin",
                   "write for = \"5s\"");
  }
  if (random.from > 0_ns) check_season(random.from, season, where("from"), "faults", problems);
  if (random.upto && *random.upto <= random.from) {
    problems.error(where("until"), "`until` is not after `from`", "");
  }
  if (!random.sites) return;
  const auto check = [&](const std::vector<std::string>& words,
                         const std::vector<std::string>& known, const std::string& path,
                         std::string_view what) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      check_word(words[i], known, where(fmt::format("sites.{}[{}]", path, i)), what, problems);
    }
  };
  check(random.sites->events, places.events, "events", "no node ever reports");
  check(random.sites->messages, places.messages, "messages", "nobody ever sends");
}

std::vector<FaultEntry> draw_faults(const RandomFaults& random, const Places& places,
                                    sim::Seed seed, const Season& season,
                                    std::int64_t first_stream) {
  return Nemesis(random, places, seed).draw(season, first_stream);
}

}  // namespace quorumlab::faults
