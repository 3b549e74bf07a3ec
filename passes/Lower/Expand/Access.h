#pragma once

#include "dialects/Kernel/Kernel.h"

/// What the passes of this room know about the operands of a kernel.generic.
namespace tenon::kernel {

/// How far an operand moves, in elements, when a loop dimension advances by one: per dimension, or nullopt
/// where it is only known at run time. Fails (nullopt overall) if a map is not linear.
struct LinearAccess {
  llvm::SmallVector<std::optional<int64_t>> step;
  /// Constant part of the subscripts' contribution.
  std::optional<int64_t> offset;
};
std::optional<LinearAccess> getLinearAccess(mlir::MemRefType type, mlir::AffineMap map);

/// Coefficients of one affine expression over the dimensions and, last, its constant; nullopt if not linear.
std::optional<llvm::SmallVector<int64_t>> getCoefficients(mlir::AffineExpr expr, unsigned numDims);

/// The combiner of accumulator `i`, or null: its yielded value must be one associative operation of the
/// accumulator (used nowhere else) and a value that depends on no accumulator.
mlir::Operation *getCombiner(GenericOp op, unsigned i);
/// Whether every accumulator has a combiner.
bool isCombinable(GenericOp op);

} // namespace tenon::kernel
