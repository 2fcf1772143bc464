// Histories recorded elsewhere, with the verdicts of other checkers (tests/data/
// recorded_verdicts.txt), and the same histories damaged. They lie beside the checkout, if at all.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/scanner.h"
#include "tests/models/history_support.h"

namespace quorumlab::models {
namespace {

namespace fs = std::filesystem;

struct Recorded {
  std::string file;
  std::string model;
  std::string verdict;
  JudgeOptions options;
  std::string weakest;  // empty: not said
};

std::vector<Recorded> recorded() {
  std::vector<Recorded> all;
  std::ifstream file(fs::path(QUORUMLAB_SOURCE_DIR) / "tests/data/recorded_verdicts.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    Recorded entry;
    std::istringstream words(line);
    words >> entry.file >> entry.model >> entry.verdict;
    for (std::string more; words >> more;) {
      if (more == "initial=0") entry.options.initial = integer_cell(0);
      if (more.starts_with("weakest=")) entry.weakest = more.substr(8);
    }
    entry.options.model = entry.model;
    all.push_back(std::move(entry));
  }
  return all;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ",") + word;
  return result;
}

class RecordedHistories : public ::testing::Test {
 protected:
  const fs::path folder_ = fs::path(QUORUMLAB_SOURCE_DIR) / ".." / "shared" / "histories";
  void SetUp() override {
    if (!fs::exists(folder_)) {
      GTEST_SKIP() << "not tested: there are no recorded histories in " << folder_;
    }
  }
};

TEST_F(RecordedHistories, AllHaveTheVerdictsOfOtherCheckers) {
  std::map<std::string, std::string> texts;
  for (const Recorded& entry : recorded()) {
    auto [text, fresh] = texts.try_emplace(entry.file);
    if (fresh) text->second = read(folder_ / entry.file);
    JournalResult result = read_journal(text->second);
    ASSERT_TRUE(result.journal) << entry.file << ": " << result.error->message;
    const Finding finding = judge_journal(*result.journal, entry.options);
    EXPECT_EQ(word_of(finding.verdict), entry.verdict) << entry.file << " " << entry.model;
    const bool violated = finding.verdict == Verdict::kViolated;
    EXPECT_EQ(finding.claim.empty(), !violated) << entry.file << " " << entry.model;
    EXPECT_EQ(finding.lines.empty() && violated, false) << entry.file << " " << entry.model;
    const std::string weakest = joined(finding.weakest);
    EXPECT_EQ(weakest, entry.weakest.empty() ? weakest : entry.weakest) << entry.file;
  }
}

TEST_F(RecordedHistories, EachHasAVerdictToBeHeldAgainst) {
  std::set<std::string> known;
  for (const Recorded& entry : recorded()) known.insert(entry.file);
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
    EXPECT_TRUE(known.contains(fs::relative(entry.path(), folder_).string())) << entry.path();
  }
}

// Error, with a place within the text, or a verdict. Nothing else may come out of any text.
std::optional<Verdict> survive(const std::string& text, const JudgeOptions& options) {
  JournalResult result = read_journal(text);
  if (result.error) {
    EXPECT_FALSE(result.error->message.empty()) << result.error->line << ": " << text;
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_LE(result.error->line, lines + 1);
    return std::nullopt;
  }
  try {
    return judge_journal(*result.journal, options).verdict;
  } catch (const InputError& error) {
    EXPECT_LE(error.offset(), text.size());
  } catch (const std::invalid_argument&) {
  }
  return std::nullopt;
}

// What a cut leaves of a good history is the beginning of it, and good; or it is refused. Sessions
// that are written one after the other have no beginning in that sense.
TEST_F(RecordedHistories, CutAnywhereAGoodOneIsNeverCondemned) {
  testing::Rng rng(1);
  int judged = 0;
  int refused = 0;
  for (const Recorded& entry : recorded()) {
    if (entry.verdict != "holds" || entry.file.starts_with("awdit")) continue;
    const std::string text = read(folder_ / entry.file);
    for (int i = 0; i < 6; ++i) {
      std::size_t end = rng.below(static_cast<std::uint32_t>(text.size()));
      if (i % 2 == 0) end = text.rfind('\n', end) + 1;
      const std::string cut = text.substr(0, end);
      const auto verdict = survive(cut, entry.options);
      (verdict ? judged : refused) += 1;
      EXPECT_NE(verdict, Verdict::kViolated)
          << entry.file << " " << entry.model << " cut at " << cut.size();
    }
  }
  EXPECT_GT(judged, 20);
  EXPECT_GT(refused, 200);
}

TEST_F(RecordedHistories, WithBitsFlippedOrBytesLostNothingCrashes) {
  testing::Rng rng(2);
  int judged = 0;
  int refused = 0;
  for (const Recorded& entry : recorded()) {
    const std::string text = read(folder_ / entry.file);
    for (int i = 0; i < 4; ++i) {
      std::string damaged = text;
      for (std::uint32_t flips = 1 + rng.below(3); flips > 0; --flips) {
        char& c = damaged[rng.below(static_cast<std::uint32_t>(damaged.size()))];
        c = static_cast<char>(static_cast<unsigned char>(c) ^ 1U << rng.below(8));
      }
      if (rng.chance(30)) {
        damaged.erase(rng.below(static_cast<std::uint32_t>(damaged.size())), rng.below(40));
      }
      (survive(damaged, entry.options) ? judged : refused) += 1;
    }
  }
  EXPECT_GT(judged, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace quorumlab::models
