// A run as JSON Lines: one object a line, for jq, spreadsheets and our own `graph`.
//
//   std::string text;
//   write_jsonl({.record = &record, .history = &history, .witnesses = witnesses}, text);
//   auto loaded = read_jsonl(text);             // loaded.run, or loaded.error->line
//
// Line 1 is the header:
//   {"quorumlab":"trace","format":1,"scenario":..,"scenario_hash":..,"seed":..,"version":..,
//    "fingerprint":..,"duration":ns,
//    "lanes":[{"name","zone","client","clock_offset","clock_rate_ppb"}],
//    "keys":[..],"names":[..],"states":{"role":["follower",..]},
//    "faults":[{"name","text","begin","end","groups":[[..]],"lanes":[..],"one_way"}]}
// Then the operations of the history, the witnesses, and the events in order:
//   {"op":1,"process":4,"f":"write","key":"x","value":5,"expected":null,"outcome":"ok",
//    "value_known":true,"saw_other":false,"invoked":0,"completed":1,"invoked_at":ns,
//    "completed_at":ns,"client":"c1","served_by":"n1"}
//    and "elements":[5,7] that a read of a set or a list saw
//   {"witness":"stale_read","key":"x","ops":[{"role":"observer","op":3},..],"replicas":["n2"],
//    "claim":..,"observation":..,"obligation":..}
//   {"id":1,"at":ns,"kind":"send","lane":"n1","peer":"n2","name":"Append","cause":7,"reply":true,
//    "reason":"partition","op":2,"key":"x","value":5,"index":5,"count":1,"term":1}
// Times are nanoseconds of true virtual time. A member is left out where it has its default: no
// lane, no key, no cause, 0, "" or false; null is "nothing" as a value. Lanes and keys go by their
// names; by number where they have none, or share it. Reading back what was written gives the same
// run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/verdict.h"
#include "models/history.h"
#include "traces/record.h"

namespace quorumlab::traces {

struct JsonlInput {
  const Record* record = nullptr;            // required
  const models::History* history = nullptr;  // optional
  std::vector<models::Witness> witnesses = {};
};

void write_jsonl(const JsonlInput& input, std::string& out);
// Everything but the events: header, operations, witnesses.
void write_jsonl_preamble(const JsonlInput& input, std::string& out);

struct SavedRun {
  Record record;
  models::History history;
  std::vector<models::Witness> witnesses;
};

struct JsonlError {
  std::size_t line = 0;    // counted from 1
  std::size_t column = 0;  // counted from 1; 0: the whole line
  std::string message;
};

struct JsonlResult {
  std::optional<SavedRun> run;
  std::optional<JsonlError> error;  // exactly one of the two
};

[[nodiscard]] JsonlResult read_jsonl(std::string_view text);

}  // namespace quorumlab::traces
