#include "sim/config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/check.h"
#include "sim/config/utf8.h"

namespace quorumlab::config {
namespace {

// A line longer than this is shown as a window around the caret: generated files and `--set` texts
// may hold thousands of operations on one line.
constexpr std::size_t kLineMax = 160;
constexpr std::size_t kWindowBefore = 60;

struct Palette {
  std::string_view bold, red, hint, dim, reset;
};

constexpr Palette kPlain{"", "", "", "", ""};
constexpr Palette kColoured{"\x1b[1m", "\x1b[1;31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"};

struct Excerpt {
  std::string shown;   // the source line, fit to print
  std::string margin;  // what stands below everything in front of the token
  std::string carets;
};

void append_visible(std::string* out, std::string_view bytes, char32_t c) {
  const bool control = (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0);
  const bool malformed = c == 0xFFFD;
  if (control || malformed) {
    out->append("\xEF\xBF\xBD");
  } else {
    out->append(bytes);
  }
}

Excerpt excerpt_of(std::string_view line, const Span& span) {
  const std::size_t total = code_points(line);
  const std::size_t token_first = std::max<std::size_t>(span.column, 1) - 1;
  const std::size_t token_last = token_first + std::max<std::size_t>(span.length, 1);
  std::size_t window_first = 0;
  std::size_t window_last = total;
  if (total > kLineMax) {
    window_first = std::min(token_first, total) > kWindowBefore ? token_first - kWindowBefore : 0;
    window_last = std::min(total, window_first + kLineMax);
  }
  Excerpt excerpt;
  if (window_first > 0) {
    excerpt.shown = "...";
    excerpt.margin = "   ";
  }
  std::size_t index = 0;
  for (std::size_t at = 0; at < line.size() && index < window_last; ++index) {
    const std::size_t begin = at;
    const char32_t c = decode(line, &at);
    if (index < window_first) continue;
    append_visible(&excerpt.shown, line.substr(begin, at - begin), c);
    const auto width = static_cast<std::size_t>(display_width(c));
    if (index < token_first) {
      // A tab below a tab keeps the caret in place whatever the terminal makes of it.
      excerpt.margin += c == '\t' ? std::string("\t") : std::string(width, ' ');
    } else if (index < token_last) {
      excerpt.carets.append(width, '^');
    }
  }
  for (; index < token_first && index < window_last + 1; ++index) excerpt.margin += ' ';
  if (window_last < total) excerpt.shown += "...";
  if (excerpt.carets.empty()) excerpt.carets = "^";
  return excerpt;
}

}  // namespace

SourceId Diagnostics::add_source(std::string name, std::string text) {
  // A byte order mark is no character of the first line: editors count from behind it.
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  Source source{std::move(name), std::move(text), {0}};
  for (std::size_t i = 0; i < source.text.size(); ++i) {
    if (source.text[i] == '\n') source.line_starts.push_back(i + 1);
  }
  sources_.push_back(std::move(source));
  return SourceId(static_cast<std::uint32_t>(sources_.size() - 1));
}

const Diagnostics::Source* Diagnostics::source_of(SourceId source) const {
  return source.value < sources_.size() ? &sources_[source.value] : nullptr;
}

const std::string& Diagnostics::name(SourceId source) const {
  QL_CHECK(source_of(source) != nullptr, "source {} of {}", source.value, sources_.size());
  return source_of(source)->name;
}

const std::string& Diagnostics::text(SourceId source) const {
  QL_CHECK(source_of(source) != nullptr, "source {} of {}", source.value, sources_.size());
  return source_of(source)->text;
}

void Diagnostics::error(const Span& span, std::string message, std::string hint) {
  diagnostics_.push_back({span, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = diagnostics_;
  const auto position = [](const Diagnostic& d) {
    return std::tuple(d.span.source, d.span.line, d.span.column);
  };
  std::stable_sort(result.begin(), result.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return position(a) < position(b);
  });
  return result;
}

std::string_view Diagnostics::line(SourceId source, std::uint32_t number) const {
  const Source* const found = source_of(source);
  if (found == nullptr || number == 0 || number > found->line_starts.size()) return {};
  const std::size_t begin = found->line_starts[number - 1];
  const std::string_view rest = std::string_view(found->text).substr(begin);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string Diagnostics::render(Colour colour) const {
  const Palette& paint = colour == Colour::kOn ? kColoured : kPlain;
  std::string out;
  for (const Diagnostic& d : sorted()) {
    const Source* const source = source_of(d.span.source);
    std::string place = source == nullptr ? "" : source->name + ":";
    if (source != nullptr && d.span.line > 0)
      place += fmt::format("{}:{}:", d.span.line, d.span.column);
    if (!place.empty()) out += fmt::format("{}{}{} ", paint.bold, place, paint.reset);
    out += fmt::format("{}error:{} {}{}{}\n", paint.red, paint.reset, paint.bold, d.message,
                       paint.reset);
    const std::string hint =
        d.hint.empty() ? "" : fmt::format(" {}{}{}", paint.hint, d.hint, paint.reset);
    if (source == nullptr || d.span.line == 0) {
      if (!hint.empty()) out += fmt::format("      {}|{}{}\n", paint.dim, paint.reset, hint);
      continue;
    }
    const Excerpt excerpt = excerpt_of(line(d.span.source, d.span.line), d.span);
    out += fmt::format("{}{:5} |{} {}\n", paint.dim, d.span.line, paint.reset, excerpt.shown);
    out += fmt::format("{}      |{} {}{}{}{}{}\n", paint.dim, paint.reset, excerpt.margin,
                       paint.red, excerpt.carets, paint.reset, hint);
  }
  return out;
}

Span Diagnostics::inside(const Span& token, std::string_view content, std::size_t position,
                         std::size_t length) const {
  const std::string_view whole = line(token.source, token.line);
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < token.column && at < whole.size(); ++i) {
    static_cast<void>(decode(whole, &at));
  }
  const std::string_view written = whole.substr(at);
  const bool quoted = written.starts_with('"') || written.starts_with('\'');
  const std::string quote(quoted ? 1 : 0, quoted ? written.front() : ' ');
  const bool same = code_points(content) + 2 * quote.size() == token.length &&
                    written.starts_with(quote + std::string(content) + quote);
  if (!same || position > content.size()) return token;
  Span inner = token;
  inner.column +=
      static_cast<std::uint32_t>(quote.size() + code_points(content.substr(0, position)));
  const std::size_t covered = code_points(content.substr(position, length));
  inner.length = static_cast<std::uint32_t>(std::max<std::size_t>(covered, 1));
  return inner;
}

}  // namespace quorumlab::config
