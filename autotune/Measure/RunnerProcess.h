#pragma once

#include "autotune/Measure/Measure.h"
#include "llvm/Support/Error.h"

/// tools/tenon-runner as the measurers use it.
namespace tenon::autotune {

/// The program's path: beside this program, or else in PATH.
llvm::Expected<std::string> findRunner();

/// The runner's flags for these options.
std::vector<std::string> runnerFlags(const MeasureOptions &options);

/// A line of the runner's output.
llvm::Expected<Measurement> parseMeasurement(llvm::StringRef line);

/// The flags of a runner that runs models in turns for about `seconds` (then come their names), how long to
/// wait for its answer, and that line: of as many models.
std::vector<std::string> turnsFlags(const MeasureOptions &options, double seconds);
double turnsPatience(size_t models, double seconds);
llvm::Expected<std::vector<TurnTimes>> parseTurns(llvm::StringRef line, size_t models);

/// What `tenon-runner --describe` prints.
llvm::Expected<Machine> parseDescription(llvm::StringRef text);

/// A child process that reads lines and answers each by one.
class LineProcess {
public:
  explicit LineProcess(std::vector<std::string> command) : command(std::move(command)) {}
  ~LineProcess() { stop(); }
  LineProcess(const LineProcess &) = delete;
  LineProcess &operator=(const LineProcess &) = delete;

  /// Starts the process if there is none, sends a line (none if it is empty), and waits for the answer. If
  /// there is none within `seconds`, or the process ends, that is an error, and the process is gone.
  llvm::Expected<std::string> ask(llvm::StringRef line, double seconds);
  /// Ends the process, at once.
  void stop();

private:
  llvm::Error start();
  std::vector<std::string> command;
  int child = -1, socket = -1;
  std::string received;
};

} // namespace tenon::autotune
