#include "tools/deadline.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "models/registry.h"
#include "tools/cli.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

using namespace sim::literals;

[[noreturn]] void work_forever() {
  for (;;) std::this_thread::yield();
}

TEST(Deadline, EndsTheProcessWithItsLastWordsAndCode) {
  const auto late = [] {
    const Deadline deadline(1_ms, [] {
      std::fputs("gave up", stderr);
      return 7;
    });
    work_forever();
  };
  EXPECT_EXIT(late(), ::testing::ExitedWithCode(7), "gave up");
}

// Ends at all: nobody waits for the limit.
TEST(Deadline, IsNotWaitedForOnceItIsMet) {
  Deadline deadline(60_min, [] { return 7; });
  deadline.met();
}

TEST(Deadline, ThatIsFurtherOffThanClocksCanSayDoesNotComeAtOnce) {
  const auto in_time = [] {
    {
      const Deadline deadline(100'000'000_min, [] { return 7; });
      std::this_thread::yield();
    }
    std::_Exit(3);
  };
  EXPECT_EXIT(in_time(), ::testing::ExitedWithCode(3), "");
}

TEST(Deadline, LetsCheckAnswerUnknownWhereverItIs) {
  // Opening a pipe that nobody writes to takes for ever.
  const std::string pipe = std::filesystem::path(::testing::TempDir()) / "nobody_writes.edn";
  std::filesystem::remove(pipe);
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto check = [&pipe](const char* stream) {
    const char* words[] = {"quorumlab", "check", pipe.c_str(), "--max-time", "1ms", stream};
    const int count = stream == nullptr ? 5 : 6;
    std::_Exit(tools::main(count, const_cast<char**>(words), models::builtin_models()));
  };
  for (const char* stream : {static_cast<const char*>(nullptr), "--stream"}) {
    EXPECT_EXIT(check(stream), ::testing::ExitedWithCode(kUnknown), "");
  }
  std::filesystem::remove(pipe);
}

}  // namespace
}  // namespace quorumlab::tools
