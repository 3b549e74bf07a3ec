#pragma once

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

/// Which operators are computed together.
namespace tenon::plan {

/// Operators of one task, in their order. Only the last one's results are used outside.
using Group = llvm::SmallVector<mlir::Operation *>;

/// Whether `op` computes its results element by element from operands that broadcast.
bool isElementwise(mlir::Operation *op);
/// The operator of a group that decides how it is computed: the first.
inline mlir::Operation *anchorOf(const Group &group) {
  return group.front();
}

/// Covers the operators of `block` for which `isCovered` by groups: each anchor takes the element-wise
/// operators that follow it as long as no other operator uses the values between, so that they are computed
/// in registers. An anchor may also take another that alone reads what it and its element-wise operators
/// compute, and that one's element-wise operators, if `shouldFuse` (anchor, value, reader).
std::vector<Group>
coverBlock(mlir::Block &block, llvm::function_ref<bool(mlir::Operation *)> isCovered,
           llvm::function_ref<bool(mlir::Operation *, mlir::Value, mlir::Operation *)> shouldFuse);

} // namespace tenon::plan
