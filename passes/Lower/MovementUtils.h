#pragma once

#include "passes/Lower/Lowering.h"

/// Shared by the lowerings that move elements.
namespace tenon::lower {

/// The tensor with its elements as they lie in memory: what is only moved keeps every bit.
inline Tensor rawBits(const Tensor &t) {
  return {t.memref, storageType(t.element), t.dims};
}

/// An index operand's element (compute type) as an index, counted from the end if negative, then moved to the
/// nearest of [0, extent).
mlir::Value wrapClamp(ScalarBuilder &s, mlir::Value element, mlir::Type elementType, mlir::Value extent);

/// Coordinates of all parallel dimensions of the nest around.
llvm::SmallVector<mlir::Value> loopCoordinates(ScalarBuilder &s, int64_t rank);

/// Product of extents.
nn::Dim product(TaskBuilder &task, llvm::ArrayRef<nn::Dim> dims);

} // namespace tenon::lower
