// A Picture as DOT text for Graphviz, every coordinate pinned: no layout algorithm has a say, so
// the drawing is the same with any version, any fonts and any locale.
//
//   std::ofstream("why.dot") << to_dot(picture);
//   // dot -Tsvg why.dot > why.svg          (`layout=nop2` is in the file: no flag is needed)
//
// Use it to edit a picture or to embed it in a document made with Graphviz; to_svg is smaller and
// draws the same.
#pragma once

#include <string>

#include "traces/picture.h"

namespace quorumlab::traces {

[[nodiscard]] std::string to_dot(const Picture& picture);

}  // namespace quorumlab::traces
