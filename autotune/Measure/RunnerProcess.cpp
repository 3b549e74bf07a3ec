#include "autotune/Measure/RunnerProcess.h"
#include "autotune/Measure/Process.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

llvm::Expected<std::string> autotune::findRunner() {
  llvm::SmallString<256> path(llvm::sys::fs::getMainExecutable(nullptr, nullptr));
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, "tenon-runner");
  if (llvm::sys::fs::can_execute(path))
    return std::string(path);
  if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("tenon-runner"))
    return *found;
  return llvm::createStringError(
      "cannot measure without tenon-runner: expected it beside this program, as '" + path + "'");
}

std::vector<std::string> autotune::runnerFlags(const MeasureOptions &options) {
  std::vector<std::string> flags;
  for (auto [name, value] : {std::pair("--core", int64_t(options.core)),
                             {"--threads", options.threads},
                             {"--cold-runs", options.coldRuns},
                             {"--sweep-bytes", options.sweepBytes},
                             {"--memory-bytes", options.memoryBytes}})
    flags.insert(flags.end(), {name, std::to_string(value)});
  for (auto [name, value] : {std::pair("--interval", options.interval),
                             {"--seconds", options.seconds},
                             {"--timeout", options.timeout}})
    flags.insert(flags.end(), {name, llvm::formatv("{0}", llvm::json::Value(value)).str()});
  return flags;
}

llvm::Expected<Measurement> autotune::parseMeasurement(StringRef line) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(line);
  if (!value)
    return value.takeError();
  const llvm::json::Object *object = value->getAsObject();
  Measurement m;
  std::optional<StringRef> outcome = object ? object->getString("outcome") : std::nullopt;
  if (!outcome || !parseOutcome(*outcome, m.outcome))
    return llvm::createStringError("expected a measurement, but got '" + line.take_front(200) + "'");
  for (auto [key, field] : {std::pair("ns", &m.ns), std::pair("low", &m.low), std::pair("high", &m.high),
                            std::pair("cold_ns", &m.coldNs), std::pair("noise", &m.noise)})
    *field = object->getNumber(key).value_or(0);
  m.runs = object->getInteger("runs").value_or(0);
  m.message = object->getString("message").value_or("").str();
  return m;
}

/// Seconds that one run of a whole model may take.
static constexpr double kModelSeconds = 60;

std::vector<std::string> autotune::turnsFlags(const MeasureOptions &options, double seconds) {
  MeasureOptions whole = options;
  whole.timeout = kModelSeconds;
  whole.coldRuns = 0; // what runs in between is what makes it cold
  std::vector<std::string> flags = runnerFlags(whole);
  flags.insert(flags.end(), {"--turns", llvm::formatv("{0}", llvm::json::Value(seconds)).str()});
  return flags;
}

double autotune::turnsPatience(size_t models, double seconds) {
  // The runner watches over its models; this is for when it stands still itself. As it does: so many times
  // the seconds, and five rounds of models that are slower than that.
  constexpr double kTimes = 20, kRounds = 5, kStart = 60;
  return kStart + kTimes * seconds + kRounds * kModelSeconds * double(models);
}

llvm::Expected<std::vector<TurnTimes>> autotune::parseTurns(StringRef line, size_t models) {
  auto fail = [&] {
    return llvm::createStringError("expected the times of " + llvm::Twine(models) + " models, but got '" +
                                   line.take_front(200) + "'");
  };
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(line);
  if (!value) {
    llvm::consumeError(value.takeError());
    return fail();
  }
  const llvm::json::Object *object = value->getAsObject();
  std::optional<StringRef> name = object ? object->getString("outcome") : std::nullopt;
  Outcome outcome;
  if (!name || !parseOutcome(*name, outcome))
    return fail();
  if (outcome != Outcome::Ok)
    return llvm::createStringError("whole models do not run: " + *name + ", " +
                                   object->getString("message").value_or(""));
  std::vector<TurnTimes> times;
  if (const llvm::json::Array *list = object->getArray("models"))
    for (const llvm::json::Value &entry : *list) {
      const llvm::json::Object *model = entry.getAsObject();
      const llvm::json::Array *steps = model ? model->getArray("steps") : nullptr;
      if (!steps)
        return fail();
      times.push_back(
          {model->getNumber("total").value_or(0), model->getNumber("difference").value_or(0), {}});
      for (const llvm::json::Value &step : *steps)
        times.back().differences.push_back(step.getAsNumber().value_or(0));
    }
  if (times.size() != models ||
      llvm::any_of(times, [&](auto &t) { return t.differences.size() != times[0].differences.size(); }))
    return fail();
  return times;
}

llvm::Expected<Machine> autotune::parseDescription(StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return value.takeError();
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return llvm::createStringError("expected a machine's description");
  MachineFacts facts;
  for (auto [key, field] : {std::pair("arch", &facts.arch),
                            {"cores", &facts.cores},
                            {"kilohertz", &facts.kilohertz},
                            {"l1_bytes", &facts.l1Bytes},
                            {"l2_bytes", &facts.l2Bytes},
                            {"l3_bytes", &facts.l3Bytes},
                            {"line_bytes", &facts.lineBytes}})
    *field = object->getInteger(key).value_or(0);
  if (object->getString("features").value_or("").getAsInteger(16, facts.features))
    return llvm::createStringError("expected a machine's description with 'features'");
  facts.cpuinfo = object->getString("cpuinfo").value_or("").str();
  return describeFacts(facts);
}

//===----------------------------------------------------------------------===//
// A process that answers
//===----------------------------------------------------------------------===//

llvm::Error LineProcess::start() {
  int ends[2];
  // A socket, because writing to one whose reader is gone need not be a signal.
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
    return llvm::createStringError("cannot start '%s': %s", command[0].c_str(), std::strerror(errno));
  pid_t pid;
  int code = spawnGroup(command, {{ends[1], STDIN_FILENO}, {ends[1], STDOUT_FILENO}}, pid);
  close(ends[1]);
  if (code) {
    close(ends[0]);
    return llvm::createStringError("cannot start '%s': %s", command[0].c_str(), std::strerror(code));
  }
  child = pid;
  socket = ends[0];
  received.clear();
  return llvm::Error::success();
}

void LineProcess::stop() {
  if (child < 0)
    return;
  close(socket);
  kill(-child, SIGKILL);
  waitFor(child);
  child = socket = -1;
}

llvm::Expected<std::string> LineProcess::ask(StringRef line, double seconds) {
  using Clock = std::chrono::steady_clock;
  if (child < 0)
    if (llvm::Error error = start())
      return error;
  auto fail = [&](const char *what) {
    stop();
    return llvm::createStringError("'%s' %s", command[0].c_str(), what);
  };
  std::string text = line.empty() ? "" : line.str() + "\n";
  for (size_t sent = 0; sent < text.size();) {
    ssize_t n = send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail("ended before its time");
    sent += static_cast<size_t>(n);
  }
  auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    if (size_t end = received.find('\n'); end != std::string::npos) {
      std::string answer = received.substr(0, end);
      received.erase(0, end + 1);
      return answer;
    }
    double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    struct pollfd readable = {socket, POLLIN, 0};
    int ready = left > 0 ? poll(&readable, 1, static_cast<int>(std::min(left, 1e6) * 1000) + 1) : 0;
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0)
      return fail("does not answer");
    char buffer[65536];
    ssize_t n = read(socket, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail("ended before its time");
    received.append(buffer, static_cast<size_t>(n));
  }
}
