#include "tools/files.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace quorumlab::tools {
namespace {

namespace fs = std::filesystem;

bool complain(const std::string& path, const char* what) {
  fmt::print(stderr, "quorumlab: {} {}: {}\n", what, path, std::strerror(errno));
  return false;
}

config::Colour colour_of(int descriptor) {
  const char* const no_colour = std::getenv("NO_COLOR");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  return isatty(descriptor) != 0 && !refused ? config::Colour::kOn : config::Colour::kOff;
}

fs::path own_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

bool write_file(const std::string& path, const std::string& content) {
  if (path == "-") {
    return std::fwrite(content.data(), 1, content.size(), stdout) == content.size();
  }
  std::error_code error;
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) {
    fs::create_directories(folder, error);
  }
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  {
    std::ofstream file(temporary, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) {
      complain(path, "cannot write");
      fs::remove(temporary, error);
      return false;
    }
  }
  fs::rename(temporary, path, error);
  if (!error) return true;
  fmt::print(stderr, "quorumlab: cannot write {}: {}\n", path, error.message());
  fs::remove(temporary, error);
  return false;
}

std::optional<std::ifstream> open_file(const std::string& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (file && fs::is_directory(path, error)) {
    errno = EISDIR;
    file.setstate(std::ios::failbit);
  }
  if (file) return file;
  complain(path, "cannot read");
  return std::nullopt;
}

std::optional<std::string> read_file(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    if (is_stdin_fine()) return text;
    return std::nullopt;
  }
  std::optional<std::ifstream> file = open_file(path);
  if (!file) return std::nullopt;
  // In large steps: what /proc and pipes hold has no size beforehand.
  std::error_code error;
  std::size_t step = std::max<std::size_t>(fs::file_size(path, error), 1U << 16U);
  if (error) step = 1U << 16U;
  for (std::size_t had = 0; *file; had = text.size()) {
    text.resize(had + step);
    file->read(text.data() + had, static_cast<std::streamsize>(step));
    text.resize(had + static_cast<std::size_t>(file->gcount()));
    step = std::max<std::size_t>(text.size(), 1U << 16U);
    if (file->peek() == std::ifstream::traits_type::eof()) break;
  }
  if (!file->bad()) return text;
  complain(path, "cannot read");
  return std::nullopt;
}

bool is_stdin_fine() {
  return std::ferror(stdin) == 0 || complain("stdin", "cannot read");
}

config::Colour colour_of_stdout() {
  return colour_of(STDOUT_FILENO);
}
config::Colour colour_of_stderr() {
  return colour_of(STDERR_FILENO);
}

std::vector<std::string> catalogue() {
  const fs::path own = own_folder();
  for (const fs::path& folder : {fs::path("scenarios"), own / ".." / "scenarios",
                                 own / ".." / "share" / "quorumlab" / "scenarios"}) {
    std::error_code error;
    std::vector<std::string> files;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == ".toml")
        files.push_back(it->path().lexically_normal().string());
    }
    std::sort(files.begin(), files.end());
    if (!files.empty()) return files;
  }
  return {};
}

}  // namespace quorumlab::tools
