#include "autotune/Measure/Shell.h"
#include "autotune/Measure/Process.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon::autotune;
using llvm::StringRef;

std::string tenon::autotune::shellWord(StringRef text) {
  std::string word = "'";
  for (char c : text)
    word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

ShellResult tenon::autotune::runShell(const std::string &command, double seconds) {
  using Clock = std::chrono::steady_clock;
  ShellResult result;
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC))
    return {"", std::strerror(errno)};
  if (pipe2(err, O_CLOEXEC)) {
    close(out[0]);
    close(out[1]);
    return {"", std::strerror(errno)};
  }
  pid_t child;
  int code =
      spawnGroup({"/bin/sh", "-c", command}, {{out[1], STDOUT_FILENO}, {err[1], STDERR_FILENO}}, child);
  close(out[1]);
  close(err[1]);
  if (code) {
    close(out[0]);
    close(err[0]);
    return {"", std::strerror(code)};
  }
  auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  std::string said;
  struct pollfd ends[] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string *texts[] = {&result.output, &said};
  bool late = false;
  while (!late && (ends[0].fd >= 0 || ends[1].fd >= 0)) {
    double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    int ready = left > 0 ? poll(ends, 2, static_cast<int>(std::min(left, 1e6) * 1000) + 1) : 0;
    late = ready == 0;
    for (int i = 0; ready > 0 && i < 2; ++i) {
      if (ends[i].fd < 0 || !ends[i].revents)
        continue;
      char buffer[65536];
      ssize_t n = read(ends[i].fd, buffer, sizeof buffer);
      if (n > 0)
        texts[i]->append(buffer, static_cast<size_t>(n));
      else if (n == 0 || errno != EINTR)
        ends[i].fd = -1;
    }
  }
  close(out[0]);
  close(err[0]);
  if (late)
    kill(-child, SIGKILL);
  int status = waitFor(child);
  if (late)
    result.failure = "still running after " + std::to_string(static_cast<int64_t>(seconds)) + " s";
  else if (WIFSIGNALED(status))
    result.failure = strsignal(WTERMSIG(status));
  else if (WEXITSTATUS(status))
    result.failure = "exit status " + std::to_string(WEXITSTATUS(status));
  if (!result.failure.empty())
    if (StringRef last = StringRef(said).rtrim().rsplit('\n').second; !last.empty())
      result.failure += ": " + last.str();
    else if (!StringRef(said).trim().empty())
      result.failure += ": " + StringRef(said).trim().str();
  return result;
}
