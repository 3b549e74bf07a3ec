#pragma once

#include "autotune/Measure/CacheSimulator.h"
#include "autotune/Measure/Measure.h"
#include "lib/Support/RawTensor.h"
#include "llvm/IR/Module.h"
#include <string>
#include <vector>

namespace tenon::autotune {

/// What one call of a task does, counted.
struct TaskProfile {
  /// Whether it ended well, and why not; then nothing else is known.
  Outcome outcome = Outcome::Ok;
  std::string message;
  /// Per basic block, in the order of the function, how often it runs.
  std::vector<int64_t> counts;
  /// Lines brought into each level of cache by the first call, when nothing is in the caches, and by the
  /// second.
  int64_t coldMisses[CacheSimulator::kLevels] = {}, warmMisses[CacheSimulator::kLevels] = {};
  /// The results; empty if the task uses instructions that this machine lacks, whose values were replaced by
  /// zeros.
  std::vector<std::vector<char>> outputs;
};

/// What a profile needs to know of a task beside its code.
struct TaskOperands {
  /// The inputs' bytes; they come first among the buffers, then the outputs, then temporary buffers.
  std::vector<llvm::ArrayRef<char>> inputs;
  std::vector<size_t> outputBytes;
  /// The range of a whole call.
  int64_t range = 1;
};

/// The function in a module of LLVM IR that is a task's.
llvm::Expected<llvm::Function *> findTask(llvm::Module &module);

/// Counts what a task does by running it, whatever it was compiled for: its IR is compiled for this machine
/// with a counter in each block, and each access to memory goes to a simulation of `machine`'s caches. It
/// runs in a process of its own, for at most `seconds` of time. The module is used up.
llvm::Expected<TaskProfile> profileTask(std::unique_ptr<llvm::Module> code,
                                        std::unique_ptr<llvm::LLVMContext> itsContext, bool runsHere,
                                        const TaskOperands &operands, const Machine &machine, double seconds);

} // namespace tenon::autotune
