#pragma once

#include "mlir/Dialect/Vector/IR/VectorOps.h"

/// What the expansion knows about the operations that combine accumulators.
namespace tenon::kernel {

/// Neutral element of a combiner, of scalar type.
mlir::TypedAttr neutralElement(mlir::OpBuilder &b, mlir::Operation *combiner);
mlir::vector::CombiningKind combiningKind(mlir::Operation *combiner);

} // namespace tenon::kernel
