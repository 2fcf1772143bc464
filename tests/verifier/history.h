// What the verifier of certificates knows of a history: its own reading of Jepsen's JSON Lines, who
// wrote and read what, and which of two operations came first. Nothing here or beside it knows the
// checkers.
//
//   const History h(text, certificate);    // as `quorumlab check FILE --convert json` writes it
//   h.ops[3].micros[0].value;              // what operation 3 first read or wrote
//   h.joined('r', 2, 3);                   // did 3 read what 2 wrote?
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace quorumlab::verifier {

using Json = nlohmann::json;

inline constexpr std::size_t kNever = SIZE_MAX;
inline constexpr std::size_t kNothing = SIZE_MAX;     // who wrote what was there at first
inline constexpr std::size_t kNobody = SIZE_MAX - 1;  // who wrote what nobody wrote

// Throws std::runtime_error, which says what is wrong with the certificate.
void require(bool good, const std::string& what);
[[nodiscard]] bool is_any(const std::string& f, const std::set<std::string>& names);

// A register or list is read or written. What was there at first is null, or an empty list.
struct Micro {
  bool writes = false;
  std::string key;
  Json value;
};

struct Op {
  std::int64_t process = 0;
  std::size_t session = 0;  // the process, until it does not know how something ended
  std::string f;
  std::string key;  // which object of many
  Json in;
  Json out;
  std::int64_t begun_at = 0;  // nanoseconds, if the history says so
  std::int64_t ended_at = 0;
  std::size_t from = 0;
  std::size_t to = kNever;  // kNever: nobody knows how it ended
  bool ok = false;
  bool failed = false;
  bool mismatched = false;     // a compare-and-set that failed, for it ran and saw something else
  bool found_nothing = false;  // a read says so for certain
  std::vector<Micro> micros;

  [[nodiscard]] bool writes(const std::string& key) const;
};

struct History {
  std::vector<Op> ops;
  std::string subject;
  bool lists = false;  // of lists: each element appended once
  Json initial;        // what registers hold at first

  History(const std::string& text, const Json& certificate);

  // Of two operations, by a letter: of one session (p), one ended before the other began (t), the
  // second read from the first (r), or the first from the second (R); the second wrote right after
  // the first (w), or over what the first had read (a).
  [[nodiscard]] bool joined(char how, std::size_t a, std::size_t b) const;
  // The operation whose write was found, or kNothing, or kNobody.
  [[nodiscard]] std::size_t source(const Micro& read) const {
    return writer(read.key, found(read));
  }
  [[nodiscard]] std::size_t writer(const std::string& key, const Json& value) const;
  [[nodiscard]] Json found(const Micro& read) const;  // the last element; or the value
  // Where a list has the element; of all reads, the longest tells. kNever: nobody read it.
  [[nodiscard]] std::size_t place(const std::string& key, const Json& element) const;

 private:
  void read_lines(const std::string& text, const Json& certificate);
  void fill_micros(Op& op) const;
  void fill_txn(Op& op, const std::set<std::string>& keys) const;
  [[nodiscard]] bool is_replaced(std::size_t by, const Micro& write, const Json& old) const;

  std::map<std::pair<std::string, Json>, std::size_t> writers_;
  std::map<std::string, Json> longest_;  // by key: the longest list that was read
};

// What a transaction knows of a key by itself before its micro-operation `i`.
struct Known {
  Json value;
  bool is_end = false;  // of a list, only its end
  [[nodiscard]] bool fits(const Json& read) const;
};
[[nodiscard]] std::optional<Known> known_before(const History& history, std::size_t t,
                                                std::size_t i);

}  // namespace quorumlab::verifier
