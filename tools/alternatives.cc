#include "tools/alternatives.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "tools/examine.h"

namespace quorumlab::tools {
namespace {

// "a,b(1, 2),c" are three: what is in brackets or quotes stays together.
std::vector<std::string> split_settings(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '(' || c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ')' || c == ']' || c == '}')) --depth;
    if (c == ',' && depth == 0 && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<scenarios::Knob> knob_of(const std::string& vary) {
  const std::size_t equals = vary.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == vary.size()) {
    fmt::print(stderr,
               "quorumlab: --vary takes a key and its settings, such as "
               "replication.acknowledge=one,all, not `{}`\n",
               vary);
    return std::nullopt;
  }
  return scenarios::Knob{vary.substr(0, equals),
                         split_settings(std::string_view(vary).substr(equals + 1))};
}

std::vector<Alternative> cross(const std::vector<Alternative>& all, const scenarios::Knob& knob) {
  const std::string word = knob.key.substr(knob.key.rfind('.') + 1);
  std::vector<Alternative> crossed;
  for (const Alternative& one : all) {
    for (const std::string& setting : knob.settings) {
      Alternative next = one;
      next.name += fmt::format("{}{}={}", one.name.empty() ? "" : " ", word, setting);
      next.sets.push_back(knob.key + "=" + setting);
      crossed.push_back(std::move(next));
    }
  }
  return crossed;
}

}  // namespace

std::optional<std::vector<Alternative>> alternatives_of(const AlternativesOf& wanted,
                                                        const models::Registry& registry) {
  const auto base = load(wanted.file, wanted.sets, registry);
  if (!base) return std::nullopt;
  std::vector<Alternative> all;
  for (const scenarios::Variant& variant : base->variants) {
    all.push_back({.name = variant.name, .sets = variant.set});
  }
  if (all.empty()) all.emplace_back();
  for (const scenarios::Knob& knob : base->matrix) all = cross(all, knob);
  for (const std::string& vary : wanted.vary) {
    const auto knob = knob_of(vary);
    if (!knob) return std::nullopt;
    all = cross(all, *knob);
  }
  for (Alternative& one : all) {
    std::vector<std::string> sets = wanted.sets;
    sets.insert(sets.end(), one.sets.begin(), one.sets.end());
    auto scenario = one.sets.empty() ? base : load(wanted.file, sets, registry);
    if (!scenario) return std::nullopt;
    one.scenario = std::move(*scenario);
  }
  return all;
}

std::string run_command(const AlternativesOf& wanted, const Alternative& alternative,
                        std::uint64_t seed) {
  std::string command = fmt::format("quorumlab run {} --seed {}", wanted.file, seed);
  const auto add = [&](const std::string& set) {
    const bool plain = set.find_first_of(" \"'()[]{}*$;&|<>") == std::string::npos;
    command += plain ? fmt::format(" --set {}", set) : fmt::format(" --set '{}'", set);
  };
  for (const std::string& set : wanted.sets) add(set);
  for (const std::string& set : alternative.sets) add(set);
  return command;
}

}  // namespace quorumlab::tools
