#include "tools/tidy/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace quorumlab::tidy {
namespace {

// Copies C++ and blanks what is not code. Newlines stay, so that lines can be counted afterwards.
class Stripper {
 public:
  explicit Stripper(std::string_view content) : in_(content), out_(content), raw_(content.size()) {}

  void run() {
    while (at_ < in_.size()) {
      if (starts_with("//")) {
        blank_until(in_.find('\n', at_));
      } else if (starts_with("/*")) {
        blank_until(end_of("*/", at_ + 2));
      } else if (starts_with("R\"") && !follows_word()) {
        raw_string();
      } else if (in_[at_] == '"' || (in_[at_] == '\'' && !is_digit_separator())) {
        literal(in_[at_]);
      } else {
        ++at_;
      }
    }
  }

  [[nodiscard]] const std::string& code() const { return out_; }
  [[nodiscard]] bool is_raw(std::size_t offset) const { return raw_[offset]; }

 private:
  [[nodiscard]] bool starts_with(std::string_view prefix) const {
    return in_.substr(at_).starts_with(prefix);
  }
  [[nodiscard]] static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  // Prefixed literals (u8R"...") do not occur here; an identifier that ends in R does.
  [[nodiscard]] bool follows_word() const { return at_ > 0 && is_word(in_[at_ - 1]); }
  // In 1'000 and 0xff'ff the quote belongs to the token that began with a digit.
  [[nodiscard]] bool is_digit_separator() const {
    std::size_t start = at_;
    while (start > 0 && (is_word(in_[start - 1]) || in_[start - 1] == '\'')) --start;
    return start < at_ && std::isdigit(static_cast<unsigned char>(in_[start])) != 0;
  }
  [[nodiscard]] std::size_t end_of(std::string_view mark, std::size_t from) const {
    const std::size_t found = in_.find(mark, from);
    return found == std::string_view::npos ? found : found + mark.size();
  }
  void blank_until(std::size_t end) {
    for (end = std::min(end, in_.size()); at_ < end; ++at_) {
      if (in_[at_] != '\n') out_[at_] = ' ';
    }
  }
  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < in_.size() && in_[end] != quote && in_[end] != '\n') {
      end += in_[end] == '\\' ? 2 : 1;
    }
    ++at_;
    blank_until(end);
    ++at_;
  }
  void raw_string() {
    const std::size_t open = in_.find('(', at_);
    if (open == std::string_view::npos) return blank_until(in_.size());
    const std::string close = ")" + std::string(in_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t begin = at_;
    blank_until(end_of(close, open + 1));
    for (std::size_t i = begin; i < at_; ++i) raw_[i] = true;
  }

  std::string_view in_;
  std::string out_;
  std::vector<bool> raw_;
  std::size_t at_ = 0;
};

}  // namespace

bool Source::has_extension(std::string_view extension) const {
  return path.ends_with(extension);
}

Source read_source(std::string path, std::string_view content) {
  Source source{.path = std::move(path), .lines = {}, .ends_with_newline = content.ends_with('\n')};
  Stripper stripper(content);
  const bool is_cpp = source.is_cpp();
  if (is_cpp) stripper.run();
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    Line line{.text = std::string(content.substr(begin, end - begin)), .code = {}};
    if (is_cpp) {
      line.code = stripper.code().substr(begin, end - begin);
      line.in_raw_string = begin < end && stripper.is_raw(begin);
    }
    source.lines.push_back(std::move(line));
    begin = end + 1;
  }
  return source;
}

}  // namespace quorumlab::tidy
