// A model that is not deterministic is found out, and the place is named.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "models/client_protocol.h"
#include "models/registry.h"
#include "sim/config/schema.h"
#include "tools/cli.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

struct Nothing {};

// Answers everything, after a pause that is another one in each run.
class Forgetful final : public models::ReplicationModel {
 public:
  explicit Forgetful(std::int64_t pause) : pause_(pause) {}

  void run(sim::Node& node) const override {
    node.serve(
        [&](const models::Put&) {
          node.sleep(sim::Duration(pause_));
          return models::PutReply{models::Outcome::kOk, node.id()};
        },
        [&](const models::Get& get) {
          return models::GetReply{models::Outcome::kOk, std::nullopt, node.id(), get.op, get.key};
        },
        [](const models::AuditAll& audit) { return models::AuditAll::Reply(audit.keys); });
  }

 private:
  std::int64_t pause_;
};

models::Registry registry(std::int64_t step) {
  models::ModelEntry entry{.schema =
                               config::schema<Nothing>("forgetful", "Keeps nothing.").build()};
  entry.make = [step, runs = std::make_shared<std::int64_t>(0)](
                   const config::Chosen&,
                   const models::ClusterShape&) -> std::unique_ptr<models::ReplicationModel> {
    *runs += step;
    return std::make_unique<Forgetful>(1'000'000 + *runs);
  };
  models::Registry registry;
  registry.add(std::move(entry));
  return registry;
}

class Verify : public ::testing::Test {
 protected:
  int run(std::int64_t step) {
    const std::string file =
        (std::filesystem::path(::testing::TempDir()) / "forgetful.toml").string();
    std::ofstream(file) << "[scenario]\nname = \"f\"\nduration = \"2s\"\n"
                           "[cluster]\nreplicas = 3\nclients = 1\n"
                           "[replication]\nmodel = \"forgetful\"\n"
                           "[workload]\ntype = \"register\"\nrate = \"20/s\"\n"
                           "[check]\nrecovery = \"1s\"\n[expect]\nlinearizable = false\n";
    std::string words[] = {"quorumlab", "run", file, "--verify", "--svg", "none"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const int code = tools::main(static_cast<int>(argv.size()), argv.data(), registry(step));
    (void)::testing::internal::GetCapturedStdout();
    talk_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  std::string talk_;
};

TEST_F(Verify, NamesTheFirstEventThatDiffers) {
  EXPECT_EQ(run(1), kNondeterminism);
  EXPECT_NE(talk_.find("first in entry"), std::string::npos) << talk_;
  EXPECT_NE(talk_.find("  one    "), std::string::npos) << talk_;
  EXPECT_NE(talk_.find("  other  "), std::string::npos) << talk_;
}

TEST_F(Verify, IsContentWithAModelThatRepeatsItself) {
  EXPECT_NE(run(0), kNondeterminism) << talk_;
  EXPECT_NE(talk_.find("verified: two runs, one fingerprint"), std::string::npos) << talk_;
}

}  // namespace
}  // namespace quorumlab::tools
