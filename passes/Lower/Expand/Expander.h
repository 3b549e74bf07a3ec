#pragma once

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

/// Vector forms of scalar regions.
namespace tenon::kernel {

/// A value of the region for all lanes: a vector, or `base + lane * step` with a scalar base (step 0: all
/// lanes agree).
struct Lane {
  mlir::Value base;
  int64_t step = 0;
};

/// A buffer seen as one dimension: element (i, j, ...) is at offset + i * strides[0] + j * strides[1] + ...
struct FlatBuffer {
  mlir::Value memref, offset;
  llvm::SmallVector<mlir::Value> strides;
};

/// Clones scalar operations with vector types, keeping apart what is equal in all lanes and index arithmetic
/// that is linear in the lane, so that addresses stay scalar and accesses stay contiguous.
class RegionVectorizer {
public:
  RegionVectorizer(mlir::OpBuilder &b, mlir::Location loc, int64_t lanes, mlir::Operation *outside)
      : lanes(lanes), b(b), loc(loc), outside(outside) {}

  int64_t lanes;

  mlir::Value constIndex(int64_t value);
  /// Index arithmetic that folds zeros and ones.
  mlir::Value addIndex(mlir::Value x, mlir::Value y);
  mlir::Value mulIndex(mlir::Value x, mlir::Value y);
  /// (0, step, 2 step, ...)
  mlir::Value iota(int64_t step, mlir::Type element);
  /// `value` as a vector.
  mlir::Value vectorOf(const Lane &value);
  mlir::Value fullMask();

  /// Elements at `position` of a flat buffer: a scalar, a vector load or a gather. Lanes outside `mask` are
  /// zero.
  Lane load(mlir::Value flat, const Lane &position, mlir::Value mask);
  void store(mlir::Value value, mlir::Value flat, const Lane &position, mlir::Value mask);
  /// The form of `op` for all lanes; its operands are in `values` or defined outside the region.
  Lane clone(mlir::Operation *op, llvm::DenseMap<mlir::Value, Lane> &values, llvm::ArrayRef<Lane> coordinates,
             mlir::Value mask);
  const FlatBuffer &flatten(mlir::Value buffer);

private:
  std::optional<Lane> linear(mlir::Operation *op, llvm::ArrayRef<Lane> operands);
  Lane regionLoad(mlir::memref::LoadOp load, llvm::function_ref<Lane(mlir::Value)> lookup, mlir::Value mask);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Operation *outside; ///< views of buffers are made before it
  llvm::DenseMap<mlir::Value, FlatBuffer> flats;
};

} // namespace tenon::kernel
