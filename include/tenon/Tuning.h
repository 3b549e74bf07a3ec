#ifndef TENON_TUNING_H
#define TENON_TUNING_H

#include "tenon/Compiler.h"
#include <atomic>

/// Tuning: measuring schedules of a model's tasks, and the databases that keep what was measured, which any
/// number of processes may use at once.
namespace tenon {

/// How far tuning is.
struct TuningProgress {
  double seconds = 0, ofSeconds = 0; ///< spent, and how long it may take; 0: no limit
  int64_t trials = 0, ofTrials = 0;  ///< points measured, and how many may be; 0: no limit
  int64_t failed = 0;                ///< of those measured
  /// Sums over the tasks of runs times time: of the schedules that the compiler chooses, and of the best
  /// ones.
  double beforeMs = 0, nowMs = 0;
  std::string task; ///< that is measured
};

struct TuningOptions {
  /// Made if it is not there. What it holds of the model's tasks is not measured again.
  std::string database;
  /// Limits; 0: none. At least one of them.
  double minutes = 0;
  int64_t trials = 0;
  /// Above 0: so many points of each task in turn, to learn from; nothing is kept, and the model stays what
  /// it is.
  int64_t explore = 0;
  /// "guided", "random" or "exhaustive"; empty: "guided", and "random" to explore.
  std::string strategy;
  /// A learned model to begin with, as CompileOptions::costModel; "none": it learns from nothing.
  std::string costModel = "shipped";
  /// "local", "mca" (needs `cpu`, as LLVM names it) or "command" (needs `copyCommand` and `runCommand`;
  /// `runner` is tenon-runner for that machine). See docs/measuring.md.
  std::string measurer = "local", cpu, copyCommand, runCommand, runner;
  /// Processor to measure on; -1: the last one.
  int core = -1;
  uint64_t seed = 1;
  /// Told after every batch, from the calling thread. May be null.
  std::function<void(const TuningProgress &)> onProgress;
  /// Once true, tuning ends as if its time were over, but confirms nothing. May be null.
  const std::atomic<bool> *stop = nullptr;
};

/// What tuning has found.
struct TuningReport {
  struct Task {
    std::string name, fingerprint;
    int64_t runs = 0;               ///< in the model
    int64_t trials = 0, failed = 0; ///< of this time and, from the database, of former ones
    double beforeNs = 0,
           afterNs = 0;  ///< of the compiler's choice and the best one; 0: there is none that works
    bool isKept = false; ///< the best one was confirmed now
    std::string variant; ///< and is another way to compute the task, if it is not as planned
  };
  /// The estimate of the whole model after some time.
  struct Moment {
    double seconds = 0;
    int64_t trials = 0;
    double ms = 0;
  };
  std::vector<Task> tasks;
  std::vector<std::string> skipped; ///< tasks that cannot be tuned, and why: "name: reason"
  std::vector<Moment> curve;
  int64_t trials = 0, failed = 0;
  double seconds = 0;
  double measureSeconds = 0, compileSeconds = 0; ///< of measuring and compiling points, which go on at once
  /// The whole model, run in turns with the schedules of before and with those that are kept; 0: it was not.
  double beforeMs = 0, afterMs = 0;
  std::string unconfirmed; ///< why it was not
  /// The machine, if CompileOptions::tunedOn must name it: another one that models are compiled for here.
  std::string tunedOn;
  bool isStopped = false;
};

/// Tunes the tasks of a model for the one target of `compile`. Its database of schedules (tuningDatabase) is
/// not used: `options.database` is.
Result<TuningReport> tuneModel(const std::string &path, const CompileOptions &compile,
                               const TuningOptions &options);

/// What a cost model was trained on, and how well it does on tasks that it has not seen.
struct TrainingReport {
  int64_t tasks = 0, points = 0, failed = 0, machines = 0;
  /// Of held-out tasks: how many, and medians over them, of the learned model and of the compiler's own
  /// estimate: rank correlation with the measured times, and the speed of the first choice and of the best of
  /// the first eight, compared to the best point measured.
  struct Quality {
    double correlation = 0, first = 0, firstEight = 0;
  };
  int64_t heldOut = 0, heldOutPoints = 0;
  Quality learned, analytic;
  double trainSeconds = 0;
  double scoredPerSecond = 0; ///< features and prediction, one thread
  int64_t unreadable = 0;     ///< records whose task or schedule this compiler does not know any more
};

struct TrainingOptions {
  std::string objective = "throughput"; ///< or "rank"
  int rounds = 300;
  unsigned seed = 1;
  int threads = 1;
};

/// Trains a cost model on what databases hold, and writes it to `file` (not if that is empty). Tasks that one
/// of `heldOut` holds are not learned from; they measure how well it does.
Result<TrainingReport> trainCostModel(const std::vector<std::string> &databases,
                                      const std::vector<std::string> &heldOut, const std::string &file,
                                      const TrainingOptions &options);

/// How much a database holds of one task on one target and machine.
struct TuningStatistics {
  std::string task, target, machine; ///< task and machine by their fingerprints
  std::string processor;             ///< the machine's, empty if the database does not describe it
  int64_t measured = 0, failed = 0;
  double bestNs = 0; ///< of the best schedule, with cold caches if that was measured; 0 if all failed
};

Result<std::vector<TuningStatistics>> tuningStatistics(const std::string &database);
/// All that a database holds as JSON, an object per line.
Result<std::string> exportTuning(const std::string &database);
/// The same to a file, which appears whole or not at all.
Status exportTuning(const std::string &database, const std::string &file);
/// Adds what a file holds, lines of exportTuning or another database. Of two records of one point, the later
/// one stays. Makes the database if there is none. A file that is broken changes nothing.
Status importTuning(const std::string &database, const std::string &file);

} // namespace tenon

#endif // TENON_TUNING_H
