#include "autotune/Measure/Measurers.h"
#include "autotune/Measure/RunnerProcess.h"
#include "autotune/Measure/Shell.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <map>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

/// Seconds that copying a file, and reaching the other machine, may take.
static constexpr double kCopySeconds = 300, kReachSeconds = 60;

/// Replaces `{name}` in a command by a word of the shell.
static std::string fill(std::string command, const std::string &name, StringRef value) {
  std::string word = shellWord(value);
  for (size_t at = 0; (at = command.find(name, at)) != std::string::npos; at += word.size())
    command.replace(at, name.size(), word);
  return command;
}

namespace {
/// Measures on a machine that two commands of the user reach.
class CommandMeasurer : public Measurer {
public:
  CommandMeasurer(const CommandOptions &commands, const MeasureOptions &options)
      : commands(commands), options(options) {}
  ~CommandMeasurer() override {
    if (!folder.empty())
      runThere("rm -rf " + shellWord(folder), kReachSeconds);
  }
  llvm::Error connect(StringRef runner);
  const Machine &machine() const override { return there; }
  std::vector<Measurement> measure(llvm::ArrayRef<Candidate> candidates) override;
  llvm::Expected<std::vector<TurnTimes>> runInTurns(llvm::ArrayRef<std::string> models,
                                                    double seconds) override;

private:
  ShellResult runThere(const std::string &command, double seconds) {
    return runShell(fill(commands.run, "{command}", command), seconds);
  }
  /// Copies a file into the folder there. Returns what is wrong, or nothing.
  std::string copyThere(StringRef file, StringRef name) {
    return runShell(fill(fill(commands.copy, "{file}", file), "{remote}", folder + "/" + name.str()),
                    kCopySeconds)
        .failure;
  }
  /// A file here, as it is now: its path and time of change.
  using Version = std::pair<std::string, int64_t>;
  /// Files that are there, and their names there.
  using Placed = std::map<Version, std::string>;
  static llvm::Expected<Version> versionOf(const std::string &path);
  /// Copies a file if it is not there; its name there, `stem` and a number.
  llvm::Expected<std::string> place(const Version &version, const char *stem, Placed &placed);
  /// A command that goes into the folder and starts the runner with these flags.
  std::string startRunner(llvm::ArrayRef<std::string> flags) const {
    return "cd " + shellWord(folder) + " && ./tenon-runner " + llvm::join(flags, " ");
  }

  CommandOptions commands;
  MeasureOptions options;
  std::string folder;
  Machine there;
  Placed expectations, models;
  int64_t files = 0; ///< placed so far
};
} // namespace

llvm::Error CommandMeasurer::connect(StringRef runner) {
  ShellResult made = runThere("mktemp -d " + shellWord(commands.folder + "/tenon-XXXXXX"), kReachSeconds);
  StringRef name = StringRef(made.output).trim();
  if (!made.failure.empty() || !name.starts_with(commands.folder))
    return llvm::createStringError(
        "cannot make a folder in '" + commands.folder + "' by '" + commands.run +
        "': " + (made.failure.empty() ? "it says '" + name.take_front(200).str() + "'" : made.failure));
  folder = name.str();
  if (std::string failure = copyThere(runner, "tenon-runner"); !failure.empty())
    return llvm::createStringError("cannot copy '" + runner + "' by '" + commands.copy + "': " + failure);
  ShellResult described = runThere("chmod +x " + shellWord(folder + "/tenon-runner") + " && " +
                                       shellWord(folder + "/tenon-runner") + " --describe",
                                   kReachSeconds);
  if (!described.failure.empty())
    return llvm::createStringError("tenon-runner does not run there: " + described.failure +
                                   " (it must be compiled for that machine)");
  llvm::Expected<Machine> machine = parseDescription(described.output);
  if (!machine)
    return llvm::createStringError("tenon-runner there: " + llvm::toString(machine.takeError()));
  there = std::move(*machine);
  return llvm::Error::success();
}

llvm::Expected<CommandMeasurer::Version> CommandMeasurer::versionOf(const std::string &path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return llvm::createStringError("cannot read '" + path + "': " + code.message());
  return Version(path, status.getLastModificationTime().time_since_epoch().count());
}

llvm::Expected<std::string> CommandMeasurer::place(const Version &version, const char *stem, Placed &placed) {
  if (auto it = placed.find(version); it != placed.end())
    return it->second;
  std::string name = stem + std::to_string(files++);
  if (std::string failure = copyThere(version.first, name); !failure.empty())
    return llvm::createStringError("cannot copy '" + version.first + "': " + failure);
  return placed[version] = name;
}

std::vector<Measurement> CommandMeasurer::measure(llvm::ArrayRef<Candidate> candidates) {
  std::vector<Measurement> results(candidates.size());
  std::vector<size_t> left; // those that are there and not measured
  std::vector<std::string> words(candidates.size());
  for (auto [i, candidate] : llvm::enumerate(candidates)) {
    std::string library = "candidate" + std::to_string(i) + ".so";
    llvm::Expected<Version> version = versionOf(candidate.expectation);
    llvm::Expected<std::string> expectation =
        version ? place(*version, "expectation", expectations) : version.takeError();
    if (!expectation) {
      results[i].message = llvm::toString(expectation.takeError());
      continue;
    }
    if (std::string failure = copyThere(candidate.library, library); !failure.empty()) {
      results[i].message = "cannot copy '" + candidate.library + "': " + failure;
      continue;
    }
    words[i] = shellWord(*expectation) + " " + shellWord(library);
    left.push_back(i);
  }
  std::string start = startRunner(runnerFlags(options));
  // A connection that breaks costs nothing but what was under way; twice without an answer, and that one is
  // given up.
  for (bool again = false; !left.empty();) {
    std::string command = start;
    for (size_t i : left)
      command += " " + words[i];
    double patience =
        kReachSeconds + static_cast<double>(left.size()) * (options.timeout + 10 * options.seconds + 1);
    ShellResult ran = runThere(command, patience);
    size_t answered = 0;
    for (StringRef line : llvm::split(ran.output, '\n')) {
      if (line.trim().empty() || answered == left.size())
        continue;
      llvm::Expected<Measurement> m = parseMeasurement(line);
      if (!m) {
        llvm::consumeError(m.takeError());
        break;
      }
      results[left[answered++]] = std::move(*m);
    }
    left.erase(left.begin(), left.begin() + answered);
    if (left.empty() || answered) {
      again = false;
    } else if (!again) {
      again = true;
    } else {
      results[left[0]].message =
          "no answer by '" + commands.run + "'" + (ran.failure.empty() ? "" : ": " + ran.failure);
      left.erase(left.begin());
      again = false;
    }
  }
  runThere("rm -f " + shellWord(folder) + "/candidate*.so", kReachSeconds);
  return results;
}

llvm::Expected<std::vector<TurnTimes>> CommandMeasurer::runInTurns(llvm::ArrayRef<std::string> paths,
                                                                   double seconds) {
  std::vector<Version> wanted;
  for (const std::string &path : paths) {
    llvm::Expected<Version> version = versionOf(path);
    if (!version)
      return version.takeError();
    wanted.push_back(std::move(*version));
  }
  // A model may be as large as what is free there: one that does not run now goes first.
  std::string remove;
  for (auto it = models.begin(); it != models.end();)
    if (llvm::is_contained(wanted, it->first)) {
      ++it;
    } else {
      remove += " " + shellWord(folder + "/" + it->second);
      it = models.erase(it);
    }
  if (!remove.empty())
    runThere("rm -f" + remove, kReachSeconds);
  std::string command = startRunner(turnsFlags(options, seconds));
  for (const Version &version : wanted) {
    llvm::Expected<std::string> name = place(version, "model", models);
    if (!name)
      return name.takeError();
    command += " " + shellWord(*name);
  }
  // A connection that breaks once is no answer of the models.
  ShellResult ran;
  for (int attempt = 0; attempt < 2; ++attempt) {
    ran = runThere(command, kReachSeconds + turnsPatience(paths.size(), seconds));
    StringRef line = StringRef(ran.output).ltrim().split('\n').first;
    if (llvm::Expected<llvm::json::Value> whole = llvm::json::parse(line))
      return parseTurns(line, paths.size());
    else
      llvm::consumeError(whole.takeError());
  }
  return llvm::createStringError("no answer by '" + commands.run + "'" +
                                 (ran.failure.empty() ? "" : ": " + ran.failure));
}

llvm::Expected<std::unique_ptr<Measurer>> autotune::createCommandMeasurer(const CommandOptions &commands,
                                                                          const MeasureOptions &options) {
  if (!StringRef(commands.copy).contains("{file}") || !StringRef(commands.copy).contains("{remote}"))
    return llvm::createStringError("expected a command to copy with {file} and {remote}, but got '" +
                                   commands.copy + "'");
  if (!StringRef(commands.run).contains("{command}"))
    return llvm::createStringError("expected a command to run with {command}, but got '" + commands.run +
                                   "'");
  std::string runner = commands.runner;
  if (runner.empty()) {
    llvm::Expected<std::string> found = findRunner();
    if (!found)
      return found.takeError();
    runner = *found;
  }
  auto measurer = std::make_unique<CommandMeasurer>(commands, options);
  if (llvm::Error error = measurer->connect(runner))
    return error;
  return measurer;
}
