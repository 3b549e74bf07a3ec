#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace tenon::sched {
class TaskOp;
} // namespace tenon::sched

namespace tenon {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Lower/Lower.h.inc"

/// The code of task @t is module @t followed by this.
inline constexpr llvm::StringLiteral kTaskModuleSuffix = "_code";
/// Attribute of kernel.generic, memref.alloc and parallel loops: the extents as expressions over the symbols.
inline constexpr llvm::StringLiteral kExtentsAttr = "extents";
/// Attribute of an scf.for whose iterations may run at the same time and in any order. Buffers allocated in
/// it are of one iteration.
inline constexpr llvm::StringLiteral kParallelAttr = "tenon.parallel";

/// What lowering must know of the target.
struct LowerOptions {
  int64_t vectorBytes = 32;                        ///< bytes of a vector register
  int64_t registers = 16;                          ///< number of vector registers
  int64_t l1Bytes = 32 << 10, l2Bytes = 512 << 10; ///< data caches of a core
};

/// On each task's module: kernel ops to vector code, scratch memory, down to the LLVM dialect. Expanding is
/// what leads to the nests that are compiled, which knows nothing of their schedules, and the rest.
void buildNestPipeline(mlir::OpPassManager &pm, const LowerOptions &options);
void buildScheduledPipeline(mlir::OpPassManager &pm, const LowerOptions &options);
void buildExpandPipeline(mlir::OpPassManager &pm, const LowerOptions &options);
void buildToLLVMPipeline(mlir::OpPassManager &pm);
/// On a module of tasks: a module of nests for each, with their schedules.
void buildTasksToNestsPipeline(mlir::OpPassManager &pm, const LowerOptions &options);

/// A module of this task alone, with the symbols of the module that it is in.
mlir::OwningOpRef<mlir::ModuleOp> isolateTask(sched::TaskOp task);

} // namespace tenon
