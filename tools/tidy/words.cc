#include "tools/tidy/words.h"

#include <algorithm>

namespace quorumlab::tidy {
namespace {

using Folders = std::vector<std::string_view>;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool matches_here(std::string_view code, std::string_view pattern) {
  if (pattern.empty()) return true;
  if (pattern.front() == ' ') {
    const std::size_t begin = code.find_first_not_of(" \t");
    return matches_here(code.substr(std::min(begin, code.size())), pattern.substr(1));
  }
  if (pattern.front() == '*') {
    while (!matches_here(code, pattern.substr(1))) {
      if (code.empty() || !is_word(code.front())) return false;
      code.remove_prefix(1);
    }
    return true;
  }
  if (code.empty() || code.front() != pattern.front()) return false;
  const bool ends_inside_word =
      pattern.size() == 1 && is_word(pattern.front()) && code.size() > 1 && is_word(code[1]);
  return !ends_inside_word && matches_here(code.substr(1), pattern.substr(1));
}

}  // namespace

bool contains_word(std::string_view code, std::string_view pattern) {
  for (std::size_t at = 0; at < code.size(); ++at) {
    const bool starts_inside_word = at > 0 && is_word(pattern.front()) && is_word(code[at - 1]);
    if (!starts_inside_word && matches_here(code.substr(at), pattern)) return true;
  }
  return false;
}

std::span<const BannedWord> banned_words() {
  static const Folders kWorld = {"sim", "models", "faults"};
  static const Folders kRun = {"sim", "models", "faults", "traces", "scenarios"};
  static const Folders kProduct = {"sim", "models", "faults", "traces", "scenarios", "tools"};
  static const Folders kHouse = {"sim",       "models", "faults", "traces",
                                 "scenarios", "tools",  "tests",  "bench"};
  static const std::vector<BannedWord> kWords = {
      {{"std::*_distribution", "#include <random>", "std::shuffle", "std::ranges::shuffle",
        "std::sample"},
       "libraries disagree about its results; draw from a keyed stream",
       kProduct},
      {{"random_device", "rand ( )", "srand", "drand48"},
       "a run has one seed; draw from a keyed stream",
       kProduct},
      {{"steady_clock", "system_clock", "high_resolution_clock", "clock_gettime", "gettimeofday",
        "time ( nullptr )", "time ( NULL )", "time ( 0 )", "time ( &"},
       "a run knows virtual time only",
       kRun},
      {{"getenv", "secure_getenv"}, "a run is its scenario and seed; make it a key", kRun},
      {{"std::log",   "std::log2",  "std::log10",  "std::log1p",  "std::exp",  "std::exp2",
        "std::expm1", "std::pow",   "std::sin",    "std::cos",    "std::tan",  "std::asin",
        "std::acos",  "std::atan",  "std::atan2",  "std::sinh",   "std::cosh", "std::tanh",
        "std::cbrt",  "std::hypot", "std::tgamma", "std::lgamma", "std::erf"},
       "C libraries round it differently; use the functions of sim/",
       kWorld},
      {{"std::thread", "std::jthread", "std::this_thread", "std::async", "std::mutex",
        "std::shared_mutex", "std::recursive_mutex", "std::condition_variable", "std::atomic"},
       "a world lives on one thread; spawn a fiber and wait on a condition",
       kWorld},
      {{"thread_local"}, "worlds share nothing; keep it in the world", kWorld},
      {{"catch ( ... )"},
       "it would swallow a crash; name what you catch",
       kWorld,
       {"sim/fiber.cc"}},
      {{"std::unordered_*"}, "its order is not ours; use a sorted or indexed container", kWorld},
      {{"boost::", "# include <boost/"},
       "only sim/fiber.cc knows Boost",
       kHouse,
       {"sim/fiber.cc", "sim/stack_pool.cc", "bench/bare_fibers.cc"}},
      {{"toml::", "# include <toml++/"},
       "only scenarios/toml.cc knows toml++",
       kHouse,
       {"scenarios/toml.cc"}},
  };
  return kWords;
}

}  // namespace quorumlab::tidy
