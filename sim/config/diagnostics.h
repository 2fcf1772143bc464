// What is wrong with the user's input, and exactly where: all of it at once, sorted by position.
//
//   Diagnostics problems;
//   const SourceId file = problems.add_source("bad.toml", "reads = \"leadr\"\n");
//   problems.error({file, 1, 9, 7}, "`reads` cannot be \"leadr\"", "did you mean `leader`?");
//   fmt::print("{}", problems.render(Colour::kOff));
//     // bad.toml:1:9: error: `reads` cannot be "leadr"
//     //     1 | reads = "leadr"
//     //       |         ^^^^^^^ did you mean `leader`?
//
// Rules for messages: name the thing in the user's words, with keys in backquotes; the hint says
// what to write instead; no second error that the first one caused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ids.h"

namespace quorumlab::config {

// A text that positions point into, counted from 0 in the order of add_source: a scenario file, or
// one `--set key=value`.
using SourceId = sim::Id<struct SourceTag, std::uint32_t>;

// A piece of one line of a source. Columns and lengths count code points, as editors do.
struct Span {
  SourceId source;
  std::uint32_t line = 0;    // from 1; 0 is the source as a whole
  std::uint32_t column = 0;  // from 1
  std::uint32_t length = 0;  // of the token as written; of its first line if it has several
  constexpr bool operator==(const Span&) const = default;
};

struct Diagnostic {
  Span span;
  std::string message;
  std::string hint;  // may be empty
};

enum class Colour : std::uint8_t { kOff, kOn };

class Diagnostics {
 public:
  // Keeps a copy of `text`: every span that names the result may be shown later.
  SourceId add_source(std::string name, std::string text);
  [[nodiscard]] const std::string& name(SourceId source) const;
  [[nodiscard]] const std::string& text(SourceId source) const;

  void error(const Span& span, std::string message, std::string hint);
  void error(const Span& span, std::string message) { error(span, std::move(message), {}); }

  [[nodiscard]] bool empty() const { return diagnostics_.empty(); }
  [[nodiscard]] std::size_t size() const { return diagnostics_.size(); }
  // By source, line and column; reports of one place stay in the order in which they were made.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;
  // Ends in a newline unless there is nothing to say.
  [[nodiscard]] std::string render(Colour colour) const;

  // The part of a text token that spells bytes [position, position + length) of its content, to put
  // the caret on the very character. The whole token where the two do not correspond one to one
  // (escapes, several lines).
  [[nodiscard]] Span inside(const Span& token, std::string_view content, std::size_t position,
                            std::size_t length) const;

  // The line without its end; empty if there is no such line.
  [[nodiscard]] std::string_view line(SourceId source, std::uint32_t number) const;

 private:
  struct Source {
    std::string name;
    std::string text;
    std::vector<std::size_t> line_starts;
  };

  [[nodiscard]] const Source* source_of(SourceId source) const;

  std::vector<Source> sources_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace quorumlab::config
