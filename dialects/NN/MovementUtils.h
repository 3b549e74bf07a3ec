#pragma once

#include "dialects/NN/DimMath.h"
#include "dialects/NN/NN.h"

/// Shared by the families that move elements: attribute checks, and copies between host tensors.
namespace tenon::nn {

/// Whether `map` has symbols only and no negative constant result.
bool isShapeMap(mlir::AffineMap map);

/// A map of symbols from dimension expressions.
mlir::AffineMapAttr shapeMap(llvm::ArrayRef<Dim> dims, mlir::MLIRContext *context);

/// Whether `type` is an integer type of indices (bool is none).
bool isIndexElement(mlir::Type type);

/// y[i...] = x at position offset + sum of i * strides (in elements): transposes, slices, repetitions.
void copyStrided(const HostTensor &x, int64_t offset, llvm::ArrayRef<int64_t> strides, HostTensor &y);

/// y[i...] = x at position source(i...), or left as it is where that is negative.
void copyFrom(const HostTensor &x, HostTensor &y,
              llvm::function_ref<int64_t(llvm::ArrayRef<int64_t> index)> source);

/// `index` counted from the end if negative, then moved to the nearest of [0, extent).
int64_t wrapClampIndex(Int index, int64_t extent);

} // namespace tenon::nn
