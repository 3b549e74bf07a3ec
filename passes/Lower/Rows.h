#pragma once

#include "passes/Lower/Lowering.h"

/// Building blocks of the operators that reduce: softmax, normalizations, attention.
namespace tenon::lower {

/// How a tensor's dimensions divide into those that are kept and those that an operator works along. Loop
/// nests have the kept ones first (one of extent 1 if there are none) and the others as reductions or
/// parallel after them.
struct RowLoops {
  RowLoops(TaskBuilder &task, llvm::ArrayRef<nn::Dim> dims, llvm::ArrayRef<int64_t> axes);

  nn::Dims kept, along;
  /// Subscripts of the whole tensor, and of one that has the kept dimensions only.
  llvm::SmallVector<mlir::AffineExpr> whole, row;
  /// A tensor with one element per row: the kept dimensions.
  nn::Dims rowDims;
  /// Elements of a row.
  nn::Dim count;
};

/// f64 if one of the element types is, else f32: what float arithmetic on them is done in.
mlir::Type workType(mlir::MLIRContext *context, llvm::ArrayRef<mlir::Type> elements);

/// An input of a row reduction: a tensor and its subscripts over the loops of RowLoops.
struct RowInput {
  Tensor tensor;
  llvm::SmallVector<mlir::AffineExpr> subscripts;
};

/// result[row] = the sum of `term` over the row. `term` sees the inputs' elements as values of the element
/// type `work` and is given the accumulator to add to (so that it can use fma).
using RowTerm = llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange in, mlir::Value acc)>;
void sumRows(TaskBuilder &task, const RowLoops &loops, llvm::ArrayRef<RowInput> inputs, const Tensor &result,
             mlir::Type work, RowTerm term);

/// result[row] = the maximum of the row; NaN if one is.
void maxRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &result);

/// out = f(inputs) over the dimensions of `out`, inputs broadcast to it, in the element type `work`.
using Map = llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange in)>;
void mapElements(TaskBuilder &task, llvm::ArrayRef<Tensor> inputs, const Tensor &out, mlir::Type work, Map f);

/// Value of a float element type as one of another.
mlir::Value toWork(ScalarBuilder &s, mlir::Value x, mlir::Type element, mlir::Type work);

/// A number of elements as a float of type `work` (f32 or f64), before a nest.
mlir::Value countAs(TaskBuilder &task, nn::Dim count, mlir::Type work);

/// mean[row] and deviation[row] = 1 / sqrt(variance + epsilon), in two passes; variance (may be null) too.
void normalizeRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &mean,
                   const Tensor &inverse, const Tensor *variance, mlir::Type work, double epsilon);

/// exps = exp(x - the row's maximum) and inverse[row] = 1 / their sum, of one element type, f32 or f64. A row
/// that is all -infinity gives NaN, or exponentials of 0 and an inverse of 1 if `emptyRowsAreZero`. `x` may
/// be `exps`.
void exponentiateRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &exps,
                      const Tensor &inverse, bool emptyRowsAreZero);

/// y = softmax of x over the rows, both of the same shape; a row that is all -infinity gives NaN. `x` may be
/// `y` where its element type is the work type.
void softmaxRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &y);

} // namespace tenon::lower
