// Makes viewer pages: the sections that the viewer wants beside the events, and the file.
//
//   Page page{.record = &record, .history = &result.history, .witnesses = witnesses_of(result)};
//   if (const auto html = make_page({page})) write_file("out.html", *html);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "traces/jsonl.h"
#include "traces/view.h"

namespace quorumlab::tools {

// A violation with what there is to say about it. `explanation` may hold more than the record
// tells: what other runs said.
struct Told {
  std::string property;
  models::Witness witness;
  traces::Explanation explanation;
};

struct Page {
  const traces::Record* record = nullptr;
  const models::History* history = nullptr;
  std::vector<Told> violations = {};
  std::string report = {};
  std::string command = {};
  const traces::Inevitability* inevitability = nullptr;
  std::optional<traces::ViewDiff> diff = std::nullopt;
};

// What a checker's witnesses say by themselves. `properties` may be shorter: they are then named
// after the anomaly.
[[nodiscard]] std::vector<Told> told_of(const traces::Record& record,
                                        const models::History& history,
                                        const std::vector<models::Witness>& witnesses,
                                        const std::vector<std::string>& properties);

// The section "VIEW" of a .qtrace.
[[nodiscard]] std::string view_of(const Page& page);
// One run, or two that are compared. nullopt: too large for a browser, which is told on stderr.
[[nodiscard]] std::optional<std::string> make_page(const std::vector<Page>& runs);

}  // namespace quorumlab::tools
