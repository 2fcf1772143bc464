// Paths of steps between operations. Each kind of step is a letter, and a regular expression of
// letters ([rp]+a, say) stands for the paths that spell one of its words, from where to where.
//
//   Paths paths(history.ops.size(), joined);   // joined('r', 2, 3): does a step r lead from 2 to
//   3? paths.of("[rp]+a")[2][7];                  // does such a path lead from 2 to 7?
//   paths.any_cycle("[rp]+a");                 // does one lead back to where it began?
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace quorumlab::verifier {

using Joined = std::function<bool(char how, std::size_t from, std::size_t to)>;

// A set of operations.
class Row {
 public:
  explicit Row(std::size_t count) : words_(count / 64 + 1) {}
  [[nodiscard]] bool operator[](std::size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  void operator|=(const Row& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }

 private:
  std::vector<std::uint64_t> words_;
};
using Relation = std::vector<Row>;

class Paths {
 public:
  Paths(std::size_t count, Joined joined) : count_(count), joined_(std::move(joined)) {}

  // Letters, [several], (groups), |, and after any of these +, * or ?.
  [[nodiscard]] const Relation& of(const std::string& expression);
  [[nodiscard]] bool any_cycle(const std::string& expression);

 private:
  // Each reads a part of the expression, and leaves `at` behind it.
  [[nodiscard]] Relation choice(const char*& at);
  [[nodiscard]] Relation sequence(const char*& at);
  [[nodiscard]] Relation repeated(const char*& at);
  [[nodiscard]] Relation one(const char*& at);
  [[nodiscard]] const Relation& letter(char how);

  std::size_t count_;
  Joined joined_;
  std::map<char, Relation> letters_;
  std::map<std::string, Relation> known_;
};

}  // namespace quorumlab::verifier
