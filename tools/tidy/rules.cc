#include "tools/tidy/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "tools/tidy/functions.h"
#include "tools/tidy/types.h"
#include "tools/tidy/words.h"

namespace quorumlab::tidy {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kFunctionLines = 70;
constexpr std::size_t kFileLinesWanted = 400;
constexpr std::size_t kFileLinesMost = 500;

// Arrows point down only. A folder sees itself and what stands here; tests, benchmarks and tools
// see everything.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> sees;
};
const std::vector<Layer> kLayers = {
    {"sim", {}},
    {"faults", {"sim"}},
    {"models", {"sim"}},
    {"traces", {"sim", "models"}},
    {"scenarios", {"sim", "models", "faults", "traces"}},
};

// Within the layers: who judges or records a run must not know the protocol that made it.
const std::vector<Layer> kStrangers = {
    {"models/replication", {"models/consistency"}},
    {"models/consistency", {"models/replication"}},
    {"traces", {"models/replication"}},
};

bool is_in(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// Characters of UTF-8, not bytes.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

struct Include {
  std::size_t line;
  std::string_view path;
};

// Quoted includes only: they are ours and start at the root.
std::vector<Include> includes_of(const Source& source) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    if (!trimmed(source.lines[i].code).starts_with("#include \"")) continue;
    const std::string_view text = source.lines[i].text;
    const std::size_t begin = text.find('"') + 1;
    includes.push_back({i + 1, text.substr(begin, text.find('"', begin) - begin)});
  }
  return includes;
}

// What one file may say about itself: `tidy: allow RULE because REASON`.
struct Allowance {
  std::size_t first_line;
  std::size_t last_line;  // the next one, if the allowance has a line to itself
  std::string_view rule;
  bool used = false;
};

class Inspector {
 public:
  explicit Inspector(const std::vector<Source>& tree) : tree_(tree) {
    for (const Source& source : tree) by_path_.emplace(source.path, &source);
  }

  std::vector<Finding> run() {
    for (const Source& source : tree_) inspect(source);
    find_dead_headers();
    find_types_of_one_name();
    find_cycles();
    apply_allowances();
    std::sort(found_.begin(), found_.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.path, a.line, a.rule, a.message) <
             std::tie(b.path, b.line, b.rule, b.message);
    });
    return std::move(found_);
  }

 private:
  void inspect(const Source& source) {
    read_allowances(source);
    check_layout(source);
    if (source.has_extension(".md")) return check_titles(source);
    if (source.has_extension(".toml")) return check_expectation(source);
    if (!source.is_cpp()) return;
    check_words(source);
    check_includes(source);
    check_sizes(source);
  }

  void add(const Source& source, std::size_t line, std::string_view rule, std::string message,
           Severity severity = Severity::kError) {
    found_.push_back({source.path, line, std::string(rule), std::move(message), severity});
  }

  void read_allowances(const Source& source) {
    constexpr std::string_view kMark = "tidy: allow ";
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string_view comment = comment_of(source, source.lines[i]);
      if (!comment.starts_with(kMark)) continue;
      const std::string_view rest = comment.substr(kMark.size());
      const std::string_view rule = rest.substr(0, rest.find(' '));
      if (!rest.substr(rule.size()).starts_with(" because ")) {
        add(source, i + 1, "allowance", "write: tidy: allow RULE because REASON");
      }
      const std::string_view text = trimmed(source.lines[i].text);
      const bool is_alone = text.starts_with("//") || text.starts_with("#");
      allowances_[source.path].push_back({i + 1, is_alone ? i + 2 : i + 1, rule});
    }
  }

  // What a line says behind its comment sign. In C++ a comment is blank in `code`.
  static std::string_view comment_of(const Source& source, const Line& line) {
    const std::string_view text = line.text;
    const std::string_view sign = source.is_cpp() ? "//" : "#";
    const std::size_t at = text.find(sign);
    if (source.has_extension(".md") || at == std::string_view::npos) return {};
    const bool is_code =
        !trimmed(std::string_view(line.code).substr(std::min(at, line.code.size()))).empty();
    if (source.is_cpp() && (line.in_raw_string || is_code)) return {};
    return trimmed(text.substr(at + sign.size()));
  }

  void check_layout(const Source& source) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const Line& line = source.lines[i];
      if (!line.in_raw_string) check_line(source, i + 1, line);
    }
    if (!source.lines.empty() && !source.ends_with_newline) {
      add(source, source.lines.size(), "final-newline", "end the file with a newline");
    }
  }

  void check_line(const Source& source, std::size_t number, const Line& line) {
    const std::string& text = line.text;
    // Test cases are input as users write it.
    const bool is_case = source.path.find("/cases/") != std::string::npos;
    if (!is_case && text.find('\t') != std::string::npos) add(source, number, "tab", "use blanks");
    if (text.find('\r') != std::string::npos) add(source, number, "return", "end lines with \\n");
    if (!text.empty() && text.back() == ' ') {
      add(source, number, "trailing-blank", "remove the white space at the end");
    }
    if (source.has_extension(".md")) return;
    // tidy: allow unfinished because these are the words that the rule is about
    for (const std::string_view word : {"TODO", "FIXME", "XXX"}) {
      if (!contains_word(text, word)) continue;
      add(source, number, "unfinished", "finish it, or open an issue and say what holds today");
    }
    const std::size_t columns = columns_of(text);
    if (source.is_cpp() && columns > kColumns) {
      add(source, number, "columns", fmt::format("{} columns, at most {}", columns, kColumns));
    }
  }

  void check_titles(const Source& source) {
    std::size_t titles = 0;
    bool in_code = false;
    for (const Line& line : source.lines) {
      if (line.text.starts_with("```")) in_code = !in_code;
      titles += !in_code && line.text.starts_with("# ") ? 1 : 0;
    }
    if (titles != 1) add(source, 1, "title", fmt::format("{} titles (# ...), wanted one", titles));
  }

  void check_expectation(const Source& source) {
    if (!is_in(source.path, "scenarios")) return;
    const bool expects =
        std::any_of(source.lines.begin(), source.lines.end(), [](const Line& line) {
          return line.text.starts_with("[expect]") || line.text.starts_with("[expect.");
        });
    if (!expects) add(source, 1, "expect", "say in [expect] what this scenario shows");
  }

  void check_words(const Source& source) {
    for (const BannedWord& word : banned_words()) {
      const auto holds_here = [&](std::string_view folder) { return is_in(source.path, folder); };
      if (std::none_of(word.folders.begin(), word.folders.end(), holds_here)) continue;
      if (std::count(word.except.begin(), word.except.end(), source.path) > 0) continue;
      for (const std::string_view pattern : word.patterns) find_word(source, pattern, word.instead);
    }
  }

  void find_word(const Source& source, std::string_view pattern, std::string_view instead) {
    std::string name(pattern);
    std::erase(name, ' ');
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (!contains_word(source.lines[i].code, pattern)) continue;
      add(source, i + 1, name, std::string(instead));
    }
  }

  void check_includes(const Source& source) {
    for (const Include& include : includes_of(source)) {
      const std::string path(include.path);
      included_[path] = true;
      if (!by_path_.contains(path)) {
        add(source, include.line, "include", fmt::format("no {} at the root", path));
      } else if (!may_include(source.path, path)) {
        add(source, include.line, "include",
            fmt::format("{} must not know {}", source.path.substr(0, source.path.rfind('/')),
                        path.substr(0, path.rfind('/'))));
      }
    }
  }

  static bool may_include(std::string_view from, std::string_view to) {
    for (const Layer& stranger : kStrangers) {
      const auto bars = [&](std::string_view folder) { return is_in(to, folder); };
      if (is_in(from, stranger.folder) &&
          std::any_of(stranger.sees.begin(), stranger.sees.end(), bars)) {
        return false;
      }
    }
    for (const Layer& layer : kLayers) {
      if (!is_in(from, layer.folder)) continue;
      const auto shows = [&](std::string_view folder) { return is_in(to, folder); };
      return is_in(to, layer.folder) || std::any_of(layer.sees.begin(), layer.sees.end(), shows);
    }
    return true;
  }

  void check_sizes(const Source& source) {
    if (source.has_extension(".h") &&
        std::none_of(source.lines.begin(), source.lines.end(),
                     [](const Line& line) { return line.code == "#pragma once"; })) {
      add(source, 1, "pragma-once", "a header needs #pragma once");
    }
    const std::size_t size = source.lines.size();
    if (size > kFileLinesWanted && !says_why_long(source)) {
      add(source, 1, "file-length",
          fmt::format("{} lines, wanted {}, at most {}; split it or say why in the first comment: "
                      "\"long: ...\"",
                      size, kFileLinesWanted, kFileLinesMost),
          size > kFileLinesMost ? Severity::kError : Severity::kWarning);
    }
    for (const Function& function : functions_of(source)) {
      const std::size_t length = function.last_line - function.first_line + 1;
      if (length <= kFunctionLines) continue;
      add(source, function.first_line, "function-length",
          fmt::format("{} lines, at most {}", length, kFunctionLines));
    }
  }

  static bool says_why_long(const Source& source) {
    for (const Line& line : source.lines) {
      if (!line.text.starts_with("//")) return false;
      if (line.text.find("long: ") != std::string::npos) return true;
    }
    return false;
  }

  void find_dead_headers() {
    for (const Source& source : tree_) {
      if (!source.has_extension(".h") || included_.contains(source.path)) continue;
      add(source, 1, "dead-header", "nobody includes it");
    }
  }

  void find_types_of_one_name() {
    std::map<std::string, std::string> first;  // where each is defined
    for (const Source& source : tree_) {
      if (!source.is_cpp()) continue;
      for (const NamedType& type : types_of(source)) {
        const auto [seen, is_new] = first.emplace(type.name, source.path);
        if (is_new || seen->second == source.path) continue;
        add(source, type.line, "type-name",
            fmt::format("{} is defined in {}, too; the linker takes the functions of one for both",
                        type.name, seen->second));
      }
    }
  }

  // Depth first; a path that comes back to an open file is a cycle, told once, where it closes.
  void find_cycles() {
    for (const Source& source : tree_) {
      if (source.is_cpp()) visit(source);
    }
  }

  void visit(const Source& source) {
    if (std::exchange(visited_[source.path], true)) return;
    open_.push_back(source.path);
    for (const Include& include : includes_of(source)) {
      const auto start = std::find(open_.begin(), open_.end(), include.path);
      if (start != open_.end()) {
        add(source, include.line, "include-cycle",
            fmt::format("{} -> {}", fmt::join(start, open_.end(), " -> "), include.path));
      } else if (const auto next = by_path_.find(std::string(include.path));
                 next != by_path_.end()) {
        visit(*next->second);
      }
    }
    open_.pop_back();
  }

  void apply_allowances() {
    std::erase_if(found_, [&](const Finding& finding) {
      for (Allowance& allowance : allowances_[finding.path]) {
        const bool near =
            allowance.first_line <= finding.line && finding.line <= allowance.last_line;
        if (near && allowance.rule == finding.rule) return allowance.used = true;
      }
      return false;
    });
    for (const auto& [path, allowances] : allowances_) {
      for (const Allowance& allowance : allowances) {
        if (allowance.used) continue;
        add(*by_path_.at(path), allowance.first_line, "allowance",
            fmt::format("nothing here needs an allowance for {}", allowance.rule));
      }
    }
  }

  const std::vector<Source>& tree_;
  std::map<std::string, const Source*> by_path_;
  std::map<std::string, bool> included_;
  std::map<std::string, bool> visited_;
  std::vector<std::string> open_;
  std::map<std::string, std::vector<Allowance>> allowances_;
  std::vector<Finding> found_;
};

}  // namespace

std::string to_text(const Finding& finding) {
  return fmt::format("{}:{}: {}[{}] {}", finding.path, finding.line,
                     finding.severity == Severity::kWarning ? "warning: " : "", finding.rule,
                     finding.message);
}

std::vector<Finding> check(const std::vector<Source>& tree) {
  return Inspector(tree).run();
}

}  // namespace quorumlab::tidy
