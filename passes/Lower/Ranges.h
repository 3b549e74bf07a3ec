#pragma once

#include "dialects/Kernel/Kernel.h"

/// Nests that run over a part of their points.
namespace tenon {

/// Makes the parallel dimensions `dims` dimension 0 of a nest; several of them follow each other in memory.
void moveToFront(kernel::GenericOp nest, llvm::ArrayRef<unsigned> dims);

} // namespace tenon
