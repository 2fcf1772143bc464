#include "tools/graphviz.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>

namespace quorumlab::tools {
namespace {

constexpr unsigned kSecondsMost = 5;
constexpr int kNotInstalled = 127;

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Close>;

// In the child: becomes `dot`, or ends. The alarm outlives exec, and its signal ends the process.
[[noreturn]] void become_dot(std::FILE* in, std::FILE* out) {
  static_cast<void>(alarm(kSecondsMost));
  dup2(fileno(in), STDIN_FILENO);
  dup2(fileno(out), STDOUT_FILENO);
  execlp("dot", "dot", "-Tsvg", static_cast<char*>(nullptr));
  _exit(kNotInstalled);
}

std::string content_of(std::FILE* file) {
  std::string content;
  std::rewind(file);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
    content.append(buffer, n);
  return content;
}

}  // namespace

std::optional<std::string> render_dot(const std::string& dot) {
  const File in(std::tmpfile());
  const File out(std::tmpfile());
  if (!in || !out || std::fwrite(dot.data(), 1, dot.size(), in.get()) != dot.size()) {
    fmt::print(stderr, "quorumlab: no temporary file could be written\n");
    return std::nullopt;
  }
  std::rewind(in.get());
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) become_dot(in.get(), out.get());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    fmt::print(stderr, "quorumlab: dot could not be started\n");
    return std::nullopt;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return content_of(out.get());
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    fmt::print(stderr, "quorumlab: dot took more than {} seconds\n", kSecondsMost);
  else if (WIFEXITED(status) && WEXITSTATUS(status) == kNotInstalled)
    fmt::print(stderr, "quorumlab: Graphviz is not installed; --format dot needs none\n");
  else
    fmt::print(stderr, "quorumlab: dot failed\n");
  return std::nullopt;
}

}  // namespace quorumlab::tools
