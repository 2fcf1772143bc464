// The viewer's template, viewer/dist/viewer.html, as a string; html.h fills it.
//
//   kViewerPage.find("QUORUMLAB_TITLE");        // a place to fill
//   kViewerPage.find("<!--QUORUMLAB_RUNS-->");  // the other
#pragma once

#include <string_view>

namespace quorumlab::traces {

extern const std::string_view kViewerPage;

}  // namespace quorumlab::traces
