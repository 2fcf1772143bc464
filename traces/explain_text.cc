// An explanation as text for terminals and as the caption of a picture.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "traces/explain.h"

namespace quorumlab::traces {
namespace {

std::size_t columns_of(std::string_view text) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, starts));
}

}  // namespace

std::string_view clause_name(Clause clause) {
  switch (clause) {
    case Clause::kClaim:
      return "claim";
    case Clause::kObservation:
      return "observation";
    case Clause::kObligation:
      return "obligation";
    case Clause::kMechanism:
      return "mechanism";
    case Clause::kFault:
      return "faults";
    case Clause::kNecessary:
      return "necessary";
    case Clause::kAlternative:
      return "alternative";
  }
  return "";
}

std::string to_text(const Explanation& explanation) {
  constexpr std::size_t kColumns = 100;
  constexpr std::size_t kIndent = 13;
  std::string out;
  std::size_t column = 0;
  const Sentence* last = nullptr;
  for (const Sentence& sentence : explanation.sentences) {
    if (last == nullptr || last->clause != sentence.clause) {
      if (last != nullptr) out += '\n';
      out += fmt::format("{:<{}}", clause_name(sentence.clause), kIndent);
      column = kIndent;
    }
    last = &sentence;
    std::string_view rest = sentence.text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t width = columns_of(word);
      if (column > kIndent && column + 1 + width > kColumns) {
        out += '\n' + std::string(kIndent, ' ');
        column = kIndent;
      } else if (column > kIndent) {
        out += ' ';
        ++column;
      }
      out += word;
      column += width;
    }
  }
  return out.empty() ? out : out + '\n';
}

Caption caption_of(const Explanation& explanation) {
  Caption caption;
  std::optional<Clause> last;
  for (const Sentence& sentence : explanation.sentences) {
    if (sentence.clause == Clause::kClaim && caption.title.empty()) {
      caption.title = sentence.text.substr(0, sentence.text.size() - 1);
      continue;
    }
    if (sentence.clause >= Clause::kFault) continue;
    if (last == sentence.clause)
      caption.sentences.back() += " " + sentence.text;
    else
      caption.sentences.push_back(sentence.text);
    last = sentence.clause;
  }
  return caption;
}

}  // namespace quorumlab::traces
