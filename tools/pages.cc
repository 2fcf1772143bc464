#include "tools/pages.h"

#include <fmt/core.h>

#include <utility>

#include "tools/examine.h"
#include "traces/html.h"
#include "traces/jsonl_words.h"
#include "traces/qtrace.h"

namespace quorumlab::tools {
namespace {

// How far the key's history has an order, where a read of it cannot be explained.
std::optional<models::LinearPrefix> prefix_of(const models::History& history,
                                              const models::Witness& witness) {
  if (witness.key == sim::kNoKey || witness.ops.empty()) return std::nullopt;
  auto prefix = models::longest_prefix(history, witness.key);
  if (prefix && prefix->failing == sim::kNoOp) prefix.reset();
  return prefix;
}

}  // namespace

std::vector<Told> told_of(const traces::Record& record, const models::History& history,
                          const std::vector<models::Witness>& witnesses,
                          const std::vector<std::string>& properties) {
  std::vector<Told> told;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    const std::string name =
        i < properties.size()
            ? properties[i]
            : std::string(traces::word_of(traces::kAnomalies, witnesses[i].anomaly));
    told.push_back({name, witnesses[i], traces::explain(record, history, witnesses[i])});
  }
  return told;
}

std::string view_of(const Page& page) {
  traces::ViewInput view{.report = page.report,
                         .command = page.command,
                         .inevitability = page.inevitability,
                         .diff = page.diff};
  std::vector<traces::Slice> slices;
  slices.reserve(page.violations.size());
  std::vector<std::optional<models::LinearPrefix>> prefixes;
  prefixes.reserve(page.violations.size());
  for (const Told& told : page.violations) {
    slices.push_back(slice_of(*page.record, *page.history, told.witness));
    prefixes.push_back(prefix_of(*page.history, told.witness));
    view.violations.push_back({told.property, &told.explanation, &slices.back(), &told.witness,
                               prefixes.back() ? &*prefixes.back() : nullptr});
  }
  return traces::view_json(*page.record, view);
}

std::optional<std::string> make_page(const std::vector<Page>& runs) {
  traces::HtmlInput input;
  for (const Page& page : runs) {
    traces::JsonlInput saved{.record = page.record, .history = page.history};
    for (const Told& told : page.violations) saved.witnesses.push_back(told.witness);
    input.runs.push_back(write_qtrace(saved, {{std::string(traces::kViewTag), view_of(page)}}));
    if (input.title.empty()) {
      const auto& violations = page.violations;
      const bool is_wrong = !violations.empty() && !violations.front().witness.claim.empty();
      input.title = is_wrong ? violations.front().witness.claim : page.record->header.scenario;
    }
  }
  std::string html = traces::html_page(input);
  constexpr std::size_t kMebi = std::size_t{1} << 20U;
  if (html.size() > traces::kHtmlMost) {
    fmt::print(stderr,
               "quorumlab: the page would have {} MiB, more than browsers open; make the run "
               "shorter, or save it as .qtrace\n",
               html.size() / kMebi);
    return std::nullopt;
  }
  if (html.size() > traces::kHtmlLarge)
    fmt::print(stderr, "quorumlab: the page has {} MiB and opens slowly\n", html.size() / kMebi);
  return html;
}

}  // namespace quorumlab::tools
