#pragma once

#include "autotune/Measure/Measure.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace tenon::autotune {

/// Measures on this machine. `runner`: the program tenon-runner; if empty, the one beside this program.
llvm::Expected<std::unique_ptr<Measurer>> createLocalMeasurer(const MeasureOptions &options,
                                                              llvm::StringRef runner = "");

/// How to reach another machine. Both commands run in this machine's shell; what stands in braces is replaced
/// by a word of the shell.
struct CommandOptions {
  /// Copies a file: "scp -q {file} pi:{remote}", "adb push {file} {remote}".
  std::string copy;
  /// Runs a command of the other machine's shell, and passes on what it prints: "ssh pi {command}", "adb
  /// shell {command}".
  std::string run;
  /// The program tenon-runner, compiled for the other machine; if empty, that of this machine.
  std::string runner;
  /// Where a folder for the files can be made there.
  std::string folder = "/tmp";
};

/// Measures on a machine that the user's commands reach: copies the runner there once, a task's expectation
/// once, and every candidate. Asks it what it is, so its fingerprint is the one that it would have by itself.
llvm::Expected<std::unique_ptr<Measurer>> createCommandMeasurer(const CommandOptions &commands,
                                                                const MeasureOptions &options);

} // namespace tenon::autotune
