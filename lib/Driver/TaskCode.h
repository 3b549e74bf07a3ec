#pragma once

#include "dialects/NN/NN.h"
#include "lib/Target/ProgramDesc.h"
#include "mlir/IR/BuiltinOps.h"

/// From a lowered task's module to code, and what a program's table says about it.
namespace tenon {

DimExpr toDimExpr(nn::Dim dim);

/// One LLVM module of a task in the LLVM dialect, ready for code generation; `symbol` is what the runtime
/// calls.
llvm::Expected<std::unique_ptr<llvm::Module>> translateTask(mlir::ModuleOp code, llvm::LLVMContext &context,
                                                            llvm::StringRef symbol);

/// Adds phases, arithmetic and temporary memory to a step, which lies in the arena from `arena` on. Returns
/// where it ends.
int64_t describeCode(mlir::ModuleOp code, int64_t arena, StepDesc &step);

} // namespace tenon
