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

/// Which processor to estimate for.
struct McaOptions {
  /// What the code is compiled for, as `--target` spells it.
  std::string target = "native";
  /// LLVM's name of the processor: "cortex-a76", "znver4".
  std::string cpu;
  int64_t megahertz = 2000;
  /// Bytes of a core's caches and of the last one that it can use; 0: what is usual for the target.
  int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0;
  /// Seconds of this machine that a candidate may run for its profile.
  double timeout = 60;
};

/// Estimates for any processor that LLVM knows, without it: the machine code's cycles by LLVM's machine-code
/// analyser, how often each block runs and which lines go into which cache from a run of the task's IR on
/// this machine. Answers are checked, too, where this machine has the instructions. Needs the candidates'
/// code; the same candidate always gets the same time.
llvm::Expected<std::unique_ptr<Measurer>> createMcaMeasurer(const McaOptions &options);

} // namespace tenon::autotune
