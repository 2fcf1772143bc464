// What the verifier of certificates knows of a history: its own reading of Jepsen's JSON Lines, who
// wrote and read what, and which of two operations came first. Nothing here or beside it knows the
// checkers.
//
//   const History h(text, certificate);    // as `quorumlab check FILE --convert json` writes it
//   h.ops[3].micros[0].value;              // what operation 3 first wrote
//   h.joined('r', 2, 3);                   // did 3 read what 2 wrote?
//   h.path("rp")[2][7];                    // was 7 done by one who had read it?
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/verifier/paths.h"

namespace quorumlab::verifier {

using Json = nlohmann::json;
using Ops = std::vector<std::size_t>;

inline constexpr std::size_t kNever = SIZE_MAX;
inline constexpr std::size_t kNothing = SIZE_MAX;       // who wrote what was there at first
inline constexpr std::size_t kNobody = SIZE_MAX - 1;    // who wrote what nobody wrote
inline constexpr std::size_t kSomebody = SIZE_MAX - 2;  // one of several who wrote it

// Throws std::runtime_error, which says what is wrong with the certificate.
void require(bool good, const std::string& what);
// Keys of JSON objects are texts, whatever they were.
[[nodiscard]] std::string text_of(const Json& key);
[[nodiscard]] bool is_any(const std::string& f, const std::set<std::string>& names);
template <class Range, class F>
[[nodiscard]] bool any(const Range& range, F is_it) {
  return std::any_of(std::begin(range), std::end(range), is_it);
}
template <class Values>
[[nodiscard]] bool has(const Values& values, const Json& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A register or list is read or written. What was there at first is no value at all.
struct Micro {
  bool writes = false;
  std::string key;
  Json value;              // of a write
  std::vector<Json> seen;  // of a read: the elements of a list; or the value, if there is one
  std::size_t source = kNothing;  // of a read: whose the last of them is

  [[nodiscard]] Json last() const { return seen.empty() ? Json() : seen.back(); }
};

struct Op {
  std::int64_t process = 0;
  std::size_t session = 0;  // the process, until it does not know how something ended
  std::string f;            // each of several names for one thing is one
  std::string key;          // which object of many
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
  bool happened = false;       // it was acknowledged, or somebody read it
  std::vector<Micro> micros;

  [[nodiscard]] bool writes(const std::string& key) const;
  [[nodiscard]] Json last_write(const std::string& key) const;
};

// What a transaction knows of a key by itself.
struct Known {
  std::vector<Json> value;
  bool is_end = false;  // of a list, only its end
  [[nodiscard]] bool fits(const std::vector<Json>& read) const;
};

// What was written of a key by one write, or was there at first.
struct Version {
  std::string key;
  Json value;
  std::size_t writer = kNothing;
};
// Did `second` write the key later?
using Before = std::function<bool(const Version& first, std::size_t second)>;

struct History {
  std::vector<Op> ops;
  std::string subject;
  bool lists = false;         // of lists: each element appended once
  bool has_versions = false;  // all that happens are writes and reads of keys
  bool is_open = false;       // a read may be of several writes, and the certificate does not say
  Json initial;               // what registers hold at first
  Json given;                 // the certificate, for what it was judged under

  History(const std::string& text, const Json& certificate);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Of two operations, by a letter: of one session (p), one ended before the other began (t), the
  // second read from the first (r), wrote a key after the first (w), or wrote a key after the one
  // from whom the first had read (a), and the first did so when it had read from the second (v).
  [[nodiscard]] bool joined(char how, std::size_t a, std::size_t b, const Before& before) const;
  // By what reads alone tell.
  [[nodiscard]] bool joined(char how, std::size_t a, std::size_t b) const;
  [[nodiscard]] const Relation& path(const std::string& steps) const { return paths_.of(steps); }
  // A list has both in this order, or who wrote later had read the register.
  [[nodiscard]] bool is_before(const Version& first, std::size_t second) const;
  [[nodiscard]] std::size_t writer(const std::string& key, const Json& value) const;
  // What others had written of what a read of `t` found, and the last of it.
  [[nodiscard]] std::vector<Json> of_others(std::size_t t, const Micro& read) const;
  [[nodiscard]] Version found(std::size_t t, const Micro& read) const;
  // Where a list has the element; of all reads, the longest tells. kNever: nobody read it.
  [[nodiscard]] std::size_t place(const std::string& key, const Json& element) const;
  // Of a key, by what `t` did before its micro-operation `i`.
  [[nodiscard]] std::optional<Known> known_before(std::size_t t, std::size_t i) const;

 private:
  void read_lines(const std::string& text);
  void expand_drains();
  void fill_register(Op& op);
  void fill_txn(Op& op, const std::set<std::string>& keys, bool items_alone) const;
  void find_sources();
  [[nodiscard]] std::size_t source_of(std::size_t op, const Micro& read) const;

  std::map<std::pair<std::string, Json>, Ops> writers_;  // those who failed at the end
  std::map<std::string, std::vector<Json>> longest_;     // by key: the longest list that was read
  std::vector<std::set<std::size_t>> sources_;           // by operation: whom it read from
  mutable Paths paths_{0, {}};
};

}  // namespace quorumlab::verifier
