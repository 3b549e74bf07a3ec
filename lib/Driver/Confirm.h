#pragma once

#include "lib/Driver/Schedules.h"

namespace tenon {

/// A task's schedule that is proposed for a model.
struct Winner {
  std::string task; ///< fingerprint
  std::string schedule;
  bool isKept = false;
};

/// How a model ran before and with the winners that are kept.
struct Confirmation {
  double beforeMs = 0, afterMs = 0;
};

/// Runs a whole model with its present schedules and with those of the winners, in turns, on one core of this
/// machine. Keeps the winners whose steps are not slower there, if the whole model is not slower with
/// these; else none. The runs are those of a process of its own, which may crash.
llvm::Expected<Confirmation> confirmWinners(llvm::StringRef path, const CompileOptions &options,
                                            llvm::MutableArrayRef<Winner> winners, int core, double seconds);

} // namespace tenon
