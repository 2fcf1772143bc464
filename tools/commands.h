// One function for each command; each takes what the command line said and returns an exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/scenario.h"

namespace quorumlab::tools {

struct RunArguments {
  std::string file;
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::string svg;  // where the picture goes; empty: out/NAME-SEED.svg; "none": nowhere
  std::string dot;  // further outputs, each empty for none
  std::string trace;
  std::string html;
  bool json = false;
  bool fingerprint = false;  // print nothing but fingerprint and file
  bool verify = false;
  bool strict = false;
  bool online = false;  // as `--set check.online=true`
  bool timeline = false;
  std::string materialise;         // where the scenario goes with its random faults written out
  bool effective = false;          // print the scenario with all defaults, and do not run it
  std::string until;               // an event or a time; with `state`: print that and nothing else
  std::vector<std::string> state;  // nodes
  std::uint64_t break_at = 0;      // an event; 0: none
};
int run_command(const RunArguments& arguments, const models::Registry& registry);
// Parts of it: --until and --state, --break-at.
int state_command(const RunArguments& arguments, const scenarios::Scenario& scenario,
                  const models::Registry& registry);
int break_command(const RunArguments& arguments, const scenarios::Scenario& scenario,
                  const models::Registry& registry);

struct SweepArguments {
  std::string file;
  std::vector<std::string> sets;
  std::vector<std::string> vary;  // "replication.acknowledge=one,all"
  std::string seeds = "1..100";
  int jobs = 0;  // 0: one for each core
  bool json = false;
  bool coverage = false;  // tell which operations met which faults, and which never did
};
int sweep_command(const SweepArguments& arguments, const models::Registry& registry);

struct CompareArguments {
  std::string file;
  std::vector<std::string> sets;
  std::vector<std::string> vary;  // "replication.acknowledge=one,all"
  std::string seeds = "1..20";
  int jobs = 0;  // 0: one for each core
  bool json = false;
};
int compare_command(const CompareArguments& arguments, const models::Registry& registry);

struct CheckArguments {
  std::string file;
  std::string model;            // empty: the usual one for what the history is about
  std::string object;           // empty: by the functions that occur
  std::string initial;          // of registers, as EDN; empty: nil
  std::string convert;          // "edn" or "json": write the history so instead of judging it
  std::uint64_t max_steps = 0;  // 0: the default
  std::uint64_t max_configurations = 0;  // 0: the default
  std::uint64_t max_memory = 0;          // bytes; 0: the default
  std::string max_time;                  // a duration, reading included; empty: any time
  std::optional<std::uint64_t> staleness_versions;
  std::string staleness_time;         // a duration; empty: any time
  std::optional<std::int64_t> total;  // of a bank
  std::string dot;                    // pictures, each empty for none
  std::string svg;
  std::string certificate;  // what proves the verdict, as JSON; empty: nowhere
  bool json = false;
  unsigned jobs = 1;    // threads that keys are judged on; 0: as many as cores
  bool stream = false;  // judge as the file is read, in little memory
};
int check_command(const CheckArguments& arguments);

struct GraphArguments {
  std::string file;  // a saved trace (.qtrace, .jsonl) or a scenario (.toml)
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::string of = "space-time";
  std::string format = "svg";
  std::string output;  // empty: stdout
  std::uint64_t event = 0;
};
int graph_command(const GraphArguments& arguments, const models::Registry& registry);

struct ExplainArguments {
  std::string file;
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::string property;   // empty: every violated one
  std::string svg;        // of the first; empty: out/NAME-SEED-PROPERTY.svg; "none": no picture
  bool what_if = true;    // run again with one thing changed
  std::size_t runs = 40;  // at most so many times for each property
  std::string html;
  std::size_t curve = 0;  // reseeded runs from each point of the curve of inevitability
  bool json = false;
};
int explain_command(const ExplainArguments& arguments, const models::Registry& registry);

struct DiffArguments {
  std::string a;  // a scenario (.toml) or a saved trace
  std::string b;  // likewise; empty: the scenario `a` with what follows
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> other_seed;
  std::optional<std::size_t> without;  // a fault, counted from 1
  std::vector<std::string> change;     // like `sets`, of the second run only
  std::string html;
};
int diff_command(const DiffArguments& arguments, const models::Registry& registry);

int list_command(const std::string& wanted, bool json, const models::Registry& registry);
int describe_command(const std::string& name, bool markdown, const models::Registry& registry);
int schema_command(const models::Registry& registry);

struct NewArguments {
  std::string file;
  std::string model = "leader_follower";
};
int new_command(const NewArguments& arguments, const models::Registry& registry);

}  // namespace quorumlab::tools
