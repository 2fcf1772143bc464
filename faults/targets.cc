#include "faults/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/config/suggest.h"
#include "sim/roles.h"

namespace quorumlab::faults {
namespace {

constexpr std::array<std::string_view, 5> kWords = {"leader", "followers", "replicas", "clients",
                                                    "all"};

bool is_meant(std::string_view word, const sim::Node& node, sim::NodeId leader) {
  if (word == "all") return true;
  if (word == "clients") return node.is_client();
  if (word == "replicas") return !node.is_client();
  if (word == "leader") return node.id() == leader;
  if (word == "followers") return !node.is_client() && node.id() != leader;
  return node.name() == word || node.zone() == word;
}

}  // namespace

std::vector<std::string> Places::words() const {
  std::vector<std::string> all = nodes;
  all.insert(all.end(), zones.begin(), zones.end());
  all.insert(all.end(), kWords.begin(), kWords.end());
  return all;
}

void check_word(const std::string& word, const std::vector<std::string>& known,
                const config::Span& span, std::string_view what, config::Diagnostics& problems) {
  if (known.empty() || std::find(known.begin(), known.end(), word) != known.end()) return;
  problems.error(span, fmt::format("{} `{}`", what, word), config::suggestion(word, known));
}

std::vector<sim::NodeId> Targets::in(sim::World& world) const {
  const sim::NodeId leader = sim::leader_of(world);
  std::vector<sim::NodeId> nodes;
  for (std::uint32_t i = 0; i < world.size(); ++i) {
    const sim::Node& node = world.node(sim::NodeId(i));
    const bool meant = std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
      return is_meant(word, node, leader);
    });
    if (meant) nodes.push_back(node.id());
  }
  return nodes;
}

std::string Targets::text() const {
  return fmt::format("{}", fmt::join(words_, ", "));
}

void Targets::check(const Places& places, const config::Where& where, const std::string& path,
                    config::Diagnostics& problems) const {
  const std::vector<std::string> known = places.words();
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (std::find(known.begin(), known.end(), words_[i]) != known.end()) continue;
    config::Span span = where(fmt::format("{}[{}]", path, i));
    if (span.line == 0) span = where(path);
    problems.error(span, fmt::format("no node, zone or role is called `{}`", words_[i]),
                   config::suggestion(words_[i], known));
  }
}

bool TargetsLeaf::parse(const config::Value& value, Targets& out,
                        const config::Reporter& report) const {
  if (value.is(config::Kind::kText)) {
    out = Targets({value.text()});
    return true;
  }
  std::vector<std::string> words;
  if (!config::list(config::text()).parse(value, words, report)) return false;
  out = Targets(std::move(words));
  return true;
}

config::Value TargetsLeaf::print(const Targets& object) const {
  if (object.words().size() == 1) return config::Value::text(object.words().front());
  return config::list(config::text()).print(object.words());
}

config::TypeInfo TargetsLeaf::type() const {
  return {.shape = config::TypeInfo::Shape::kAny,
          .noun = "target",
          .expected = "a node, a zone or a role, such as \"n2\" or \"leader\", or a list of them"};
}

}  // namespace quorumlab::faults
