// tidy ROOT: checks every file of a checkout against the house rules and prints what breaks them.
// Exits with 1 if something does; warnings alone pass.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tools/tidy/rules.h"

namespace {

namespace fs = std::filesystem;

constexpr int kBadUsage = 64;

// Build folders and what belongs to version control or an editor.
bool is_foreign(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "out" || name == "node_modules" || name.starts_with("build") ||
         (name.starts_with('.') && name != ".ci");
}

bool is_ours(const fs::path& file) {
  static const std::vector<std::string> kExtensions = {".h",    ".cc",    ".md",
                                                       ".toml", ".cmake", ".in"};
  static const std::vector<std::string> kNames = {"CMakeLists.txt", "CMakePresets.json", "dev",
                                                  "packages.txt"};
  return std::count(kExtensions.begin(), kExtensions.end(), file.extension().string()) > 0 ||
         std::count(kNames.begin(), kNames.end(), file.filename().string()) > 0 ||
         file.parent_path().filename() == ".ci";
}

std::vector<quorumlab::tidy::Source> read_tree(const fs::path& root) {
  std::vector<fs::path> paths;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    if (it->is_directory() && is_foreign(it->path())) it.disable_recursion_pending();
    if (it->is_regular_file() && is_ours(it->path())) paths.push_back(it->path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<quorumlab::tidy::Source> tree;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(in), {});
    tree.push_back(
        quorumlab::tidy::read_source(path.lexically_relative(root).generic_string(), content));
  }
  return tree;
}

}  // namespace

int main(int argc, char** argv) {
  std::error_code error;
  if (argc != 2 || !fs::is_directory(argv[1], error)) {
    fmt::print(stderr, "usage: tidy ROOT\n");
    return kBadUsage;
  }
  using quorumlab::tidy::Severity;
  const std::vector<quorumlab::tidy::Source> tree = read_tree(argv[1]);
  const std::vector<quorumlab::tidy::Finding> findings = quorumlab::tidy::check(tree);
  for (const auto& finding : findings) fmt::print("{}\n", to_text(finding));
  const auto errors = std::count_if(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.severity == Severity::kError;
  });
  fmt::print(stderr, "tidy: {} files, {} errors, {} warnings\n", tree.size(), errors,
             static_cast<std::ptrdiff_t>(findings.size()) - errors);
  return errors > 0 ? 1 : 0;
}
