#pragma once

#include "autotune/Measure/Machine.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

/// How fast compiled candidates of a task are.
namespace tenon::autotune {

/// A task compiled with one schedule.
struct Candidate {
  /// A compiled model (.so) of one task: its inputs are the task's operands, its outputs the results.
  std::string library;
  /// What goes in and must come out, as writeExpectation wrote it; the same file for all candidates of a
  /// task.
  std::string expectation;
  /// For measurers that do not run the library: a file with the task's LLVM IR, optimised for the target, as
  /// text or bitcode
  /// (`tenon compile -o OUT.ll`), and the range of a whole call, which is that of all phases.
  std::string code = {};
  int64_t range = 1;
};

/// What became of a candidate. Failures are results, too: a search learns from them.
enum class Outcome {
  Ok,
  Crashed,  ///< a signal, or the process ended by itself
  TimedOut, ///< its first run took longer than it may
  Wrong,    ///< an output differs from the reference, or bytes around it were changed
  Failed,   ///< it could not be loaded, or refused to run
};

/// "ok", "crashed", "timed out", "wrong", "failed".
llvm::StringRef outcomeName(Outcome outcome);
/// False for another word.
bool parseOutcome(llvm::StringRef name, Outcome &outcome);

/// One candidate's time. All times are nanoseconds per run; they are meaningful if the outcome is Ok.
struct Measurement {
  Outcome outcome = Outcome::Failed;
  /// Median with warm caches, and its 95 % confidence interval.
  double ns = 0, low = 0, high = 0;
  /// Median with cold caches; 0 if that was not asked for.
  double coldNs = 0;
  /// Scatter of the single samples: the standard deviation over the median, estimated robustly.
  double noise = 0;
  /// Runs that were timed.
  int64_t runs = 0;
  /// Why, if the outcome is not Ok: one line.
  std::string message;

  /// About what a step of a model takes, which schedules are compared by: between two of its runs other
  /// steps' weights go through the caches. 0 for a failure.
  double stepNs() const { return outcome != Outcome::Ok ? 0 : coldNs > 0 ? coldNs : ns; }
};

/// How to measure.
struct MeasureOptions {
  /// The processor to run on; -1: the last that the process may use.
  int core = -1;
  int threads = 1;
  /// Until the interval is this narrow, as a part of the median, or the time is spent.
  double interval = 0.01;
  double seconds = 0.3;
  /// Runs with cold caches, and how many bytes are read before each; 0: more than this core's share of the
  /// last cache.
  int coldRuns = 3;
  int64_t sweepBytes = 0;
  /// A candidate that takes longer is stopped; so is one that takes this much memory beyond its own.
  double timeout = 10;
  int64_t memoryBytes = int64_t(1) << 30;
};

/// How a whole model ran in turns with others, step by step: medians over the rounds, in nanoseconds.
struct TurnTimes {
  double total = 0;
  double difference = 0;           ///< of whole runs, from the first model's
  std::vector<double> differences; ///< of each step
};

/// Measures on one machine.
class Measurer {
public:
  virtual ~Measurer();
  /// What the times are of; its fingerprint is a part of the records' keys.
  virtual const Machine &machine() const = 0;
  std::string fingerprint() const { return machine().fingerprint(); }
  /// One measurement per candidate, in their order. Never fails: what goes wrong is in the measurements.
  virtual std::vector<Measurement> measure(llvm::ArrayRef<Candidate> candidates) = 0;
  /// Runs compiled models (.so) of the same steps in turns, for about `seconds`, in a process of its own. One
  /// entry per model, in their order, or why there is none: one line. A measurer that runs nothing refuses.
  virtual llvm::Expected<std::vector<TurnTimes>> runInTurns(llvm::ArrayRef<std::string> models,
                                                            double seconds);
};

} // namespace tenon::autotune
