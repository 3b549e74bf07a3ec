#pragma once

#include "autotune/Measure/Measure.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <optional>

/// What was measured, in a file that any number of processes may use at once.
namespace tenon::autotune {

/// One measured point.
struct Record {
  std::string task; ///< fingerprint of the task
  std::string
      target; ///< what it was compiled for, as `--target` spells it, and whatever else the caller tells apart
  std::string machine;  ///< fingerprint of the machine
  std::string schedule; ///< canonical text of the point
  Measurement measurement;
  /// When it was measured, in milliseconds since 1970. Of two records of a point, the later one counts.
  int64_t time = 0;
};

/// The schedule that a task is compiled with on a target and machine: a winner that was confirmed in a whole
/// model.
struct KeptSchedule {
  std::string task, target, machine, schedule;
  int64_t time = 0; ///< when it was confirmed; of two for one key, the later one counts
};

/// The way in which a planned task is computed on a target and machine: by another algorithm, or with weights
/// packed otherwise (listVariants), confirmed in a whole model.
struct KeptVariant {
  std::string task; ///< fingerprint of the task as planned
  std::string target, machine;
  std::string variant; ///< TaskVariant::name
  int64_t time = 0;    ///< as KeptSchedule's
};

/// How much a database holds of one task on one target and machine.
struct TaskStatistics {
  std::string task, target, machine;
  int64_t measured = 0, failed = 0;
  double bestNs = 0; ///< 0 if all failed
};

/// A tuning database: records keyed by task, target, machine and schedule; beside them the texts of tasks and
/// the descriptions of machines, from which features can be computed anew.
///
/// It is an SQLite file with a write-ahead log. Every `put` is a transaction: once it has returned, the
/// record outlives the process, whatever ends it. Writers wait for each other.
class Database {
public:
  enum class Mode { Create, Existing };
  /// Opens a file, or makes it if it is not there (Mode::Create). Refuses what is no tuning database and one
  /// of another version. An object is for one thread at a time.
  static llvm::Expected<std::unique_ptr<Database>> open(llvm::StringRef path, Mode mode = Mode::Create);
  /// One that is gone with the object.
  static llvm::Expected<std::unique_ptr<Database>> inMemory();
  ~Database();

  /// Adds records, all or none. One that is older than what is there changes nothing.
  llvm::Error put(llvm::ArrayRef<Record> records);
  llvm::Error putMachine(const Machine &machine);
  /// The text from which the task can be made again.
  llvm::Error putTask(llvm::StringRef fingerprint, llvm::StringRef text);

  /// The record of a point, if it was measured.
  llvm::Expected<std::optional<Record>> find(llvm::StringRef task, llvm::StringRef target,
                                             llvm::StringRef machine, llvm::StringRef schedule);
  /// The fastest good record of a task on a target and machine.
  llvm::Expected<std::optional<Record>> best(llvm::StringRef task, llvm::StringRef target,
                                             llvm::StringRef machine);
  /// All records of a task, those of a target and machine unless these are empty, good and failed, in the
  /// order of time.
  llvm::Expected<std::vector<Record>> records(llvm::StringRef task, llvm::StringRef target = "",
                                              llvm::StringRef machine = "");
  /// Says which schedules the tasks are compiled with, and which variants of planned tasks these are; all or
  /// none.
  llvm::Error keep(llvm::ArrayRef<KeptSchedule> kept, llvm::ArrayRef<KeptVariant> variants = {});
  /// What a task is compiled with on a target: one entry per machine, the latest first.
  llvm::Expected<std::vector<KeptSchedule>> kept(llvm::StringRef task, llvm::StringRef target);
  /// The same for what a planned task is computed by.
  llvm::Expected<std::vector<KeptVariant>> keptVariants(llvm::StringRef task, llvm::StringRef target);
  llvm::Expected<std::optional<Machine>> machine(llvm::StringRef fingerprint);
  llvm::Expected<std::optional<std::string>> taskText(llvm::StringRef fingerprint);
  /// One entry per task, target and machine.
  llvm::Expected<std::vector<TaskStatistics>> statistics();

  /// Takes over all that another database holds: the union. The other one stays as it is.
  llvm::Error merge(llvm::StringRef path);
  /// Writes everything as JSON, an object per line.
  llvm::Error exportLines(llvm::raw_ostream &out);
  /// Takes over what exportLines wrote, all or nothing; the error names the line. Returns the number of
  /// records.
  llvm::Expected<int64_t> importLines(llvm::StringRef text);

  struct Impl;

private:
  /// Everything that a database holds; pairs of a fingerprint and a text.
  struct Contents {
    std::vector<std::pair<std::string, std::string>> machines, tasks;
    std::vector<Record> records;
    std::vector<KeptSchedule> kept;
    std::vector<KeptVariant> variants;
  };
  /// Visits machines (as JSON), tasks, records, kept schedules and variants, in a fixed order.
  llvm::Error forEach(llvm::function_ref<void(llvm::StringRef, llvm::StringRef)> machine,
                      llvm::function_ref<void(llvm::StringRef, llvm::StringRef)> task,
                      llvm::function_ref<void(const Record &)> record,
                      llvm::function_ref<void(const KeptSchedule &)> kept,
                      llvm::function_ref<void(const KeptVariant &)> variant);
  llvm::Error putAll(const Contents &contents);

  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace tenon::autotune
