#include "tools/tidy/functions.h"

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace quorumlab::tidy {
namespace {

enum class Block : std::uint8_t { kScope, kFunction, kOther };

// `template <class T>` says nothing about what follows.
std::string_view without_template(std::string_view head) {
  if (!head.starts_with("template")) return head;
  int depth = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    depth += head[i] == '<' ? 1 : 0;
    if (head[i] == '>' && --depth == 0) return head.substr(i + 1);
  }
  return head;
}

// What the text before a brace announces.
Block block_after(std::string_view head) {
  head = without_template(head);
  const std::size_t parenthesis = head.find('(');
  std::istringstream words(std::string(head.substr(0, parenthesis)));
  for (std::string word; words >> word;) {
    for (const std::string_view scope : {"namespace", "class", "struct", "union", "enum"}) {
      if (word == scope) return Block::kScope;
    }
  }
  return parenthesis == std::string_view::npos ? Block::kOther : Block::kFunction;
}

class Counter {
 public:
  std::vector<Function> count(const Source& source) {
    bool continued = false;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& code = source.lines[i].code;
      const bool directive = continued || code.starts_with("#");
      continued = directive && code.ends_with("\\");
      if (directive) continue;
      for (const char c : code) take(c, i + 1);
      take(' ', i + 1);
    }
    return std::move(functions_);
  }

 private:
  void take(char c, std::size_t line) {
    if (skipped_ > 0) return skip(c, line);
    if (c == ' ' && (head_.empty() || closed_)) return;
    if (closed_) after_block(c);
    if (c == '}' || c == ';') return head_.clear();
    if (head_.empty()) first_line_ = line;
    if (c == '{') return open();
    head_ += c;
    if (head_ == "public:" || head_ == "private:" || head_ == "protected:") head_.clear();
  }

  // A block before a comma or another block initialised a member: its function is yet to come.
  void after_block(char next) {
    closed_ = false;
    if (next != ',' && next != '{') return head_.clear();
    if (is_function_) functions_.pop_back();
  }

  void open() {
    const Block block = block_after(head_);
    if (block == Block::kScope) return head_.clear();
    skipped_ = 1;
    is_function_ = block == Block::kFunction;
  }

  void skip(char c, std::size_t line) {
    skipped_ += c == '{' ? 1 : 0;
    skipped_ -= c == '}' ? 1 : 0;
    if (skipped_ > 0) return;
    if (is_function_) functions_.push_back({first_line_, line});
    closed_ = true;
  }

  std::string head_;            // the text since the last statement or block of this scope
  std::size_t first_line_ = 1;  // of the head
  int skipped_ = 0;             // open braces of a function or initialiser
  bool is_function_ = false;
  bool closed_ = false;  // the head's block has just ended
  std::vector<Function> functions_;
};

}  // namespace

std::vector<Function> functions_of(const Source& source) {
  return Counter().count(source);
}

}  // namespace quorumlab::tidy
