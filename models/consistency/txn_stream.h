// Judges transactions while their history is read: are they strict serializable?
//
//   auto txns = make_txn_stream({.pool = &journal.pool});
//   auto one = txns->begin_with({.begun = 1, .process = 7}, micros);   // [[:append 1 5] [:r 2
//   nil]] txns->end(one, found, 2);                                          // [[:append 1 5] [:r
//   2 [3]]]
//
// They are executed in the order in which they ended, each as soon as whoever could come before it
// has ended too; what must come before it is executed first: whoever wrote what it found, or what
// was there before its own writes, and whoever found what it replaces. If one of these began only
// after it had ended, or waits for it in turn, there is no order. So what is kept is what is under
// way, what has not been executed, and the state of every key: who asks for it must find it.
//
// Of lists everything is known but the place of an append that nobody has read. Such transactions
// wait for others to read it, but not for ever; if it then turns out to have come elsewhere, this
// is a problem and no verdict. Of registers the order of writes that nobody read before writing is
// guessed in the same way.
#pragma once

#include <memory>

#include "models/consistency/object_stream.h"

namespace quorumlab::models {

// Requires: a pool. All that is weaker holds too if this does.
[[nodiscard]] std::unique_ptr<ObjectStream> make_txn_stream(const StreamSetting& setting);

}  // namespace quorumlab::models
