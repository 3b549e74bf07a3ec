#pragma once

#include "dialects/Kernel/Kernel.h"

/// What the passes of this room know about the operands of a kernel.generic.
namespace tenon::kernel {

/// The part of a linear form that depends on one loop dimension through its block of `size` points:
/// outer * (d floordiv size) + inner * (d mod size).
template <typename Step>
struct BlockStep {
  int64_t size;
  Step outer, inner;
  friend bool operator==(const BlockStep &x, const BlockStep &y) {
    return x.size == y.size && x.outer == y.outer && x.inner == y.inner;
  }
};

/// One affine expression over loop dimensions: per dimension its coefficient, or its block.
struct Coefficients {
  llvm::SmallVector<int64_t> dims;
  llvm::SmallVector<std::optional<BlockStep<int64_t>>> blocks;
  int64_t constant = 0;
};
/// nullopt if the expression is neither linear nor blocked.
std::optional<Coefficients> getCoefficients(mlir::AffineExpr expr, unsigned numDims);

/// How far an operand moves, in elements, when a loop dimension advances by one: per dimension, or nullopt
/// where it is only known at run time. Where a dimension has a block, its step is 0. Fails (nullopt overall)
/// if a map is neither linear nor blocked, or has blocks and strides known at run time only.
struct LinearAccess {
  llvm::SmallVector<std::optional<int64_t>> step;
  llvm::SmallVector<std::optional<BlockStep<int64_t>>> blocks;
  /// Constant part of the subscripts' contribution.
  std::optional<int64_t> offset;

  /// Whether the operand moves with dimension `d`.
  bool dependsOn(int64_t d) const { return blocks[d] || step[d] != 0; }
};
std::optional<LinearAccess> getLinearAccess(mlir::MemRefType type, mlir::AffineMap map);
/// `access` as an expression over the loop dimensions; all its steps are known.
mlir::AffineExpr getExpr(const LinearAccess &access, mlir::MLIRContext *context);

/// Buffers and maps of an op's inputs, outputs, and kernel.loads in both regions, in this order.
llvm::SmallVector<std::pair<mlir::Value, mlir::AffineMap>> getAccesses(GenericOp op);
llvm::SmallVector<LoadOp> getLoads(GenericOp op);
/// The buffer that `memref` is a view of.
mlir::Value rootOf(mlir::Value memref);
/// The buffers that `op` reads at computed subscripts.
llvm::SmallVector<mlir::Value> getGathered(GenericOp op);
/// Whether `op` reads the buffer `root`, or a view of it.
bool reads(GenericOp op, mlir::Value root);
/// A one-dimensional view of all of a buffer with static strides.
mlir::Value flatten(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer);
/// Points of dimension 0 that one step of the task's parallel range stands for: its largest block, else 1.
int64_t getRangeUnit(GenericOp op);

/// Points along a dimension for what is left when tiles of `size` along it, and `points` in all, no longer
/// fit, where that is only known at run time: enough accumulations to hide the latency of one. 1 where points
/// must go one by one.
int64_t getRestSize(int64_t size, int64_t points);

/// The combiner of accumulator `i`, or null: its yielded value must be one associative operation of the
/// accumulator (used nowhere else) and a value that depends on no accumulator.
mlir::Operation *getCombiner(GenericOp op, unsigned i);
/// Whether every accumulator has a combiner.
bool isCombinable(GenericOp op);
/// Whether the accumulator can lie in the output between passes over parts of the reductions: there is one of
/// each, of one type, and the nest does not read the output.
bool canKeepAccumulators(GenericOp op);

/// How far an input's element at a point of a tile lies from that at the tile's first point; `point` are the
/// offsets along all dimensions.
int64_t getDistance(const LinearAccess &access, llvm::ArrayRef<int64_t> point);
/// The input of which `steps`, points of a tile, read elements that others read at other points of the
/// reductions, as windows that overlap do. nullopt if there is none.
std::optional<LinearAccess> findSharedInput(GenericOp op, llvm::ArrayRef<llvm::ArrayRef<int64_t>> steps);

} // namespace tenon::kernel
