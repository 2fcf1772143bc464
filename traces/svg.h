// A Picture as one self-contained SVG: no script, no font file, light and dark by the reader's
// preference, a title and description for those who listen, tooltips on everything.
//
//   std::ofstream("why.svg") << to_svg(space_time(record, history, slice, caption));
//   // <svg xmlns="http://www.w3.org/2000/svg" ... > ... </svg>
//
// The bytes depend on the Picture alone: coordinates have one decimal, no font is measured.
#pragma once

#include <string>

#include "traces/picture.h"

namespace quorumlab::traces {

[[nodiscard]] std::string to_svg(const Picture& picture);

}  // namespace quorumlab::traces
