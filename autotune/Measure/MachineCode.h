#pragma once

#include "lib/Target/TargetSpec.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace tenon::autotune {

/// Refuses a processor that LLVM cannot analyse.
llvm::Error checkProcessor(const TargetSpec &target, llvm::StringRef cpu);

/// Cycles that a task's machine code takes on a processor if all its data is in the nearest cache, by LLVM's
/// machine-code analyser.
///
/// The module is optimised IR for `target`, whose code is generated here; `counts` says how often each block
/// of `task` runs, and `cpu` is LLVM's name of the processor. Blocks of one loop that run equally often are
/// one sequence, which is simulated repeating itself: cycles of many repeats less those of few. A loop of 32
/// or more iterations ends with a branch that is mispredicted. A block that code generation adds (a lane of a
/// masked access) counts as its neighbour.
llvm::Expected<double> analyseCycles(llvm::Module &module, llvm::Function &task,
                                     llvm::ArrayRef<int64_t> counts, const TargetSpec &target,
                                     llvm::StringRef cpu);

} // namespace tenon::autotune
