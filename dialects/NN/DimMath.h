#pragma once

#include "dialects/NN/Shape.h"

/// Arithmetic and proofs on dimension expressions. All results are "unknown" rather than wrong on overflow.
namespace tenon::nn {

/// `dim` as a sum of products with constant coefficients, in a form that depends on the value only as far as
/// polynomial arithmetic can see: equal polynomials have equal results. Divisions stay as they are.
Dim simplifyDim(Dim dim);

/// Whether the two are equal for all values of the symbols, as far as `simplifyDim` can see.
bool sameDim(Dim a, Dim b);
bool sameDims(llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b);

/// Sum and product; nullopt if the static parts overflow.
std::optional<Dim> addDims(Dim a, Dim b);
std::optional<Dim> mulDims(Dim a, Dim b);
/// Product of the extents; nullopt on overflow of the static parts. An extent 0 gives 0.
std::optional<Dim> productDims(llvm::ArrayRef<Dim> dims, mlir::MLIRContext *context);

/// The product of `numerator` divided by the product of `denominator` after cancelling common factors; a
/// floorDiv if something remains. nullopt on overflow or if the denominator is the constant 0.
std::optional<Dim> divideDims(llvm::ArrayRef<Dim> numerator, llvm::ArrayRef<Dim> denominator,
                              mlir::MLIRContext *context);

/// Whether `dim` >= `bound` for all symbol values in `symbolBounds`.
bool provablyAtLeast(Dim dim, int64_t bound, llvm::ArrayRef<std::pair<int64_t, int64_t>> symbolBounds);

/// Bounds of the symbols of the module around `op`; nullopt while the op is not in a module yet.
std::optional<llvm::SmallVector<std::pair<int64_t, int64_t>>> symbolBoundsAround(mlir::Operation *op);

} // namespace tenon::nn
