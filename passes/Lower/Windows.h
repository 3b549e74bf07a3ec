#pragma once

#include "dialects/NN/Windows.h"
#include "passes/Lower/Lowering.h"

/// Shared by the lowerings of convolutions and pools.
namespace tenon::lower {

/// The windows of an op with attributes `strides`, `dilations` and `pads`.
template <typename Op>
nn::Windows windowsOf(Op op, llvm::ArrayRef<int64_t> kernel) {
  return nn::Windows(kernel, op.getStrides(), op.getDilations(), op.getPads());
}

/// The kernel extents of a convolution's weights.
llvm::SmallVector<int64_t> kernelOf(mlir::Value weights);

/// `x` (batch, channels, spatial...) with `value` around it, in scratch memory; `x` itself if there is
/// nothing to add. With `ceil`, the end grows by as much as the last window can need.
Tensor padSpatial(TaskBuilder &task, const Tensor &x, const nn::Windows &windows, double value,
                  bool ceil = false);

/// Whether the zeros around `x` are in its buffer already.
bool coversHalo(const Tensor &x, const nn::Windows &windows);

/// The loops of a convolution: y[n, g, o, p...] = epilogue(sum over i, k of x * w).
struct ConvLoops {
  Tensor x, w,
      y; ///< (batch, channels, spatial...), (outputs, channels / group, kernel...), (batch, outputs, ...)
  int64_t group;
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  /// The weights are (channels, outputs / group, kernel...) and the kernel runs backwards, as the adjoint
  /// does.
  bool transposed = false;
  llvm::SmallVector<int64_t> offsets; ///< added to the spatial subscripts of x; empty: zeros
  bool skips =
      false; ///< windows reach beyond `x`, whose extents are static, and what lies there counts as zero

  /// One product added to the accumulator. Loop dimensions 0, 1, 2 are the image, the group, and the output
  /// in it.
  using Step =
      llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value x, mlir::Value w, mlir::Value acc)>;
  using Finish = llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value acc)>;
  void emit(TaskBuilder &task, mlir::Value init, Step step, Finish finish) const;
};

/// One product added to the accumulator of a matrix product.
using MatMulStep =
    llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value a, mlir::Value b, mlir::Value acc)>;

/// The loops of a NumPy matrix product; rank-1 operands are a row or a column.
void emitMatMul(TaskBuilder &task, Tensor a, Tensor b, Tensor y, mlir::Value init, MatMulStep step);

} // namespace tenon::lower
