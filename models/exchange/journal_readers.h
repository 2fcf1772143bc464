// One function for each form that a journal may come in; all throw InputError (scanner.h).
//
//   Journal journal;
//   read_plume("w(1,7,0,0)\nr(1,7,1,0)\n", journal);
//   journal.events.size();   // 4: two transactions, each begun and ended
#pragma once

#include <string_view>

#include "models/exchange/journal.h"

namespace quorumlab::models {

// EDN or JSON, as `journal.form` says.
void read_jepsen(std::string_view text, Journal& journal);
void read_etcd_log(std::string_view text, Journal& journal);
void read_plume(std::string_view text, Journal& journal);
void read_awdit(std::string_view text, Journal& journal);
void read_polylin(std::string_view text, Journal& journal);

}  // namespace quorumlab::models
