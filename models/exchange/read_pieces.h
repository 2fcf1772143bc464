// Reads a long history of Jepsen's in pieces, several at the same time.
//
//   Journal journal;
//   if (!read_pieces(text, executor, journal)) read_jepsen(text, journal);
//
// A piece ends with a line, and what each holds is read as if it were all. If every piece is whole
// by itself, so was what came before it, and reading them in one go finds the same: the same cells,
// and texts in the same order. If one is not, be it damaged or cut in two, nobody knows, and the
// text has to be read from its beginning.
#pragma once

#include <string_view>

#include "models/consistency/executor.h"
#include "models/exchange/journal.h"

namespace quorumlab::models {

// False, and `journal` is as it was: it is too short to be worth it, or was cut where it must not
// be.
[[nodiscard]] bool read_pieces(std::string_view text, Executor& executor, Journal& journal);

}  // namespace quorumlab::models
