#pragma once

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tenon::nn {

/// A dimension: an affine (or semi-affine: products of symbols) expression over the module's symbols.
using Dim = mlir::AffineExpr;
using Dims = llvm::SmallVector<Dim>;

/// The extents of `type`, in elements: constants, or expressions over symbols from the type's encoding.
Dims getDims(mlir::RankedTensorType type);
/// Same, of a tensor value.
Dims getDims(mlir::Value value);

/// The tensor type with these extents; the encoding is present only where a dimension is symbolic.
mlir::RankedTensorType getTensorType(llvm::ArrayRef<Dim> dims, mlir::Type elementType);

/// Element type of a tensor value.
mlir::Type getElementType(mlir::Value value);
/// Rank of a tensor value.
int64_t getRank(mlir::Value value);

/// Constant dimension expression.
Dim constDim(mlir::MLIRContext *context, int64_t value);
/// The value of a static dimension, or nullopt.
std::optional<int64_t> getStatic(Dim dim);
/// All values, if every dimension is static.
std::optional<llvm::SmallVector<int64_t>> getStatic(llvm::ArrayRef<Dim> dims);
bool isStatic(llvm::ArrayRef<Dim> dims);

/// Product of the extents.
Dim numElements(llvm::ArrayRef<Dim> dims, mlir::MLIRContext *context);

/// Result of evaluating `dim` with the given symbol values; nullopt on overflow or division by zero.
std::optional<int64_t> evaluate(Dim dim, llvm::ArrayRef<int64_t> symbols);
/// Evaluates all; nullopt if any fails or is negative.
std::optional<llvm::SmallVector<int64_t>> evaluate(llvm::ArrayRef<Dim> dims, llvm::ArrayRef<int64_t> symbols);

/// Inclusive range of values of `dim` over the symbols' bounds [min, max] (interval arithmetic: sound, maybe
/// wide); nullopt on overflow.
std::optional<std::pair<int64_t, int64_t>>
getBounds(Dim dim, llvm::ArrayRef<std::pair<int64_t, int64_t>> symbolBounds);

/// Bounds of the module's symbols, by position. Empty if the module declares none.
llvm::SmallVector<std::pair<int64_t, int64_t>> getSymbolBounds(mlir::ModuleOp module);

/// NumPy broadcasting of two shapes. A dimension broadcasts if it is the constant 1; two different symbolic
/// dimensions do not broadcast. Returns failure if they do not match.
mlir::FailureOr<Dims> broadcastDims(llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b);

/// "2x3xs0" for diagnostics.
std::string dimsToString(llvm::ArrayRef<Dim> dims);

/// `axis` in [-rank, rank) made non-negative; nullopt outside.
std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank);

} // namespace tenon::nn
