#pragma once

#include "dialects/NN/MovementUtils.h"
#include "lib/Import/Translate.h"

/// Shared by the translators of operators that move elements.
namespace tenon::onnx_import {

/// `axis` made non-negative, for a tensor of `rank` dimensions; fails outside of [-rank, rank).
mlir::FailureOr<int64_t> checkAxis(NodeImporter &n, int64_t axis, int64_t rank);
/// All of them, without repetition.
mlir::FailureOr<llvm::SmallVector<int64_t>> checkAxes(NodeImporter &n, llvm::ArrayRef<int64_t> axes,
                                                      int64_t rank);

/// nn.reshape to `dims`; the value itself if it has them already.
mlir::Value reshapeTo(NodeImporter &n, mlir::Value x, llvm::ArrayRef<nn::Dim> dims);
/// nn.broadcast to `dims`.
mlir::Value broadcastTo(NodeImporter &n, mlir::Value x, llvm::ArrayRef<nn::Dim> dims);
/// nn.slice; fails if it cannot be proven to be inside of `x`.
mlir::Value sliceOf(NodeImporter &n, mlir::Value x, llvm::ArrayRef<nn::Dim> starts,
                    llvm::ArrayRef<nn::Dim> sizes, llvm::ArrayRef<int64_t> steps);
/// nn.transpose.
mlir::Value transposeOf(NodeImporter &n, mlir::Value x, llvm::ArrayRef<int64_t> perm);
/// A tensor of one element as a scalar (rank 0).
mlir::Value asScalar(NodeImporter &n, mlir::Value x);

/// Bounds of the symbols known so far.
llvm::SmallVector<std::pair<int64_t, int64_t>> symbolBounds(NodeImporter &n);

/// Static dimension expression.
nn::Dim dimOf(NodeImporter &n, int64_t value);

} // namespace tenon::onnx_import
