#pragma once

#include "autotune/Measure/Measure.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace tenon::autotune {

/// Measures on this machine. `runner`: the program tenon-runner; if empty, the one beside this program.
llvm::Expected<std::unique_ptr<Measurer>> createLocalMeasurer(const MeasureOptions &options,
                                                              llvm::StringRef runner = "");

} // namespace tenon::autotune
