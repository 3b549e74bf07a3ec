#ifndef TENON_TUNING_H
#define TENON_TUNING_H

#include "tenon/Compiler.h"

/// Tuning databases: files of measured schedules, which any number of processes may use at once.
namespace tenon {

/// How much a database holds of one task on one target and machine.
struct TuningStatistics {
  std::string task, target, machine; ///< task and machine by their fingerprints
  std::string processor;             ///< the machine's, empty if the database does not describe it
  int64_t measured = 0, failed = 0;
  double bestNs = 0; ///< of the best schedule; 0 if all failed
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
