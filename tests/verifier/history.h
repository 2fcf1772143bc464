// What the verifier of certificates knows of a history: its own reading of Jepsen's JSON Lines.
// Nothing here or beside it knows the checkers.
//
//   const History history(text);        // as `quorumlab check FILE --convert json` writes it
//   history.ops[3].out;                 // what operation 3 gave back
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace quorumlab::verifier {

using Json = nlohmann::json;

inline constexpr std::size_t kNever = SIZE_MAX;

struct Op {
  std::int64_t process = 0;
  std::string f;
  Json in;
  Json out;
  Json key;
  std::size_t from = 0;
  std::size_t to = kNever;  // kNever: nobody knows how it ended
  bool ok = false;
  bool failed = false;
};

struct History {
  std::vector<Op> ops;

  explicit History(const std::string& text) {
    std::istringstream lines(text);
    std::map<std::int64_t, std::size_t> open;
    std::size_t position = 0;
    const bool has_invocations = text.find("\"type\":\"invoke\"") != std::string::npos;
    for (std::string line; std::getline(lines, line); ++position) {
      const Json event = Json::parse(line);
      if (!event.at("process").is_number_integer()) continue;
      const auto process = event.at("process").get<std::int64_t>();
      const std::string type = event.at("type");
      if (type == "invoke" || !has_invocations) {
        open[process] = ops.size();
        ops.push_back({.process = process,
                       .f = event.at("f").is_null() ? "" : event.at("f").get<std::string>(),
                       .in = event.at("value"),
                       .out = nullptr,
                       .key = event.value("key", Json()),
                       .from = 2 * position});
        if (type == "invoke") continue;
      }
      const auto mine = open.find(process);
      if (mine == open.end()) continue;
      Op& op = ops[mine->second];
      op.out = event.at("value");
      op.ok = type == "ok";
      op.failed = type == "fail";
      if (type != "info") op.to = 2 * position + 1;
      open.erase(mine);
    }
  }
};

// Throws std::runtime_error, which says what is wrong with the certificate.
inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

}  // namespace quorumlab::verifier
