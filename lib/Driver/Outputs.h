#pragma once

#include "lib/Driver/Compile.h"

namespace tenon {

/// Refuses, before any work is done, an output that `writeOutput` would refuse or that cannot be written.
llvm::Error checkOutput(llvm::StringRef path, Phase last, llvm::ArrayRef<TargetSpec> targets);

/// Writes what a compilation made so far, in the form that the ending of `path` names: .so, .o (with .h
/// beside it), .h, .mlir, .ll, .s or .dot. `last` is the phase it was run up to; `objects` gives the model's
/// objects. Every file appears whole or not at all.
llvm::Error writeOutput(Compilation &compilation, Phase last, llvm::StringRef path,
                        llvm::function_ref<llvm::Expected<ModelObjects *>()> objects);

} // namespace tenon
