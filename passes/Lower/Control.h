#pragma once

#include "passes/Lower/Lowering.h"

/// Control flow of lowerings whose course depends on data.
namespace tenon::lower {

/// Emits `body` under an `if`.
inline void ifThen(TaskBuilder &task, mlir::Value condition, llvm::function_ref<void()> body) {
  auto branch = mlir::scf::IfOp::create(task.b, task.loc, condition, /*withElseRegion=*/false);
  mlir::OpBuilder::InsertionGuard guard(task.b);
  task.b.setInsertionPointToStart(branch.thenBlock());
  body();
}

/// A loop that runs while `condition` of the carried values holds; `body` returns the next ones. The final
/// ones are returned.
inline llvm::SmallVector<mlir::Value>
whileLoop(TaskBuilder &task, mlir::ValueRange carried,
          llvm::function_ref<mlir::Value(mlir::ValueRange carried)> condition,
          llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange carried)> body) {
  // The builder that the callbacks are given is the task's own.
  auto loop = mlir::scf::WhileOp::create(
      task.b, task.loc, carried.getTypes(), carried,
      [&](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange values) {
        mlir::scf::ConditionOp::create(b, loc, condition(values), values);
      },
      [&](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange values) {
        mlir::scf::YieldOp::create(b, loc, body(values));
      });
  return llvm::SmallVector<mlir::Value>(loop.getResults());
}

/// Sorts the first `n` of `positions` (i64, one dimension), stably, so that of any two the one that goes
/// `before` (two i64 values to an i1, a strict weak order) the other is first. `spare` is as large; what it
/// holds afterwards is undefined. Merges runs of growing length: comparisons and moves only.
void sortPositions(TaskBuilder &task, const Tensor &positions, const Tensor &spare, mlir::Value n,
                   llvm::function_ref<mlir::Value(mlir::Value a, mlir::Value b)> before);

} // namespace tenon::lower
