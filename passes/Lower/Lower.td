#ifndef TENON_PASSES_LOWER_LOWER_TD
#define TENON_PASSES_LOWER_LOWER_TD

include "mlir/Pass/PassBase.td"

def LowerTasks : Pass<"tenon-lower-tasks", "::mlir::ModuleOp"> {
  let summary = "Replace every sched.task by a module with a function on memrefs";
  let description = [{
    Each op of a task becomes loop nests (`kernel.generic`) on buffers. The function's arguments are the operands' and
    results' buffers (rank-0 memrefs, that is, pointers), scratch memory, the symbols' values, and the
    part [begin, end) of the task's parallel range, which is 1 until tenon-assign-range. The module, a child module
    of the task's name, records `tenon.range`, `tenon.work` and `tenon.flops` (expressions over the symbols), and
    `tenon.scratch` and `tenon.shared`, bytes of temporary buffers.

    Example: see test/passes/Lower/lower-tasks.mlir.
  }];
  let options = [Option<"l2Bytes", "l2-bytes", "int64_t", "524288", "Bytes of a core's second cache">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::math::MathDialect", "::mlir::affine::AffineDialect", "::tenon::kernel::KernelDialect", "::tenon::sched::SchedDialect", "::mlir::vector::VectorDialect"];
}

def FuseKernels : Pass<"tenon-fuse-kernels", "::mlir::ModuleOp"> {
  let summary = "Compute element-wise nests where their operand is still in registers";
  let description = [{
    A nest without reductions that is the only reader of a temporary buffer, and reads each element once, moves into
    the body or the epilogue of the nest that writes the buffer, which disappears. What else it reads is loaded by
    `kernel.load`. So a convolution, its activation and the residual addition are one nest.

    Example: see test/passes/Lower/fuse-kernels.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::tenon::kernel::KernelDialect"];
}

def ApplyLayouts : Pass<"tenon-apply-layouts", "::mlir::ModuleOp"> {
  let summary = "Let loop nests address buffers in the layout that the plan chose";
  let description = [{
    Function arguments and `memref.alloc`s with a `layout` become buffers of the layout's shape; the maps of
    all accesses are composed with the layout's.

    Example: see test/passes/Lower/apply-layouts.mlir.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::tenon::kernel::KernelDialect"];
}

def FuseRows : Pass<"tenon-fuse-rows", "::mlir::ModuleOp"> {
  let summary = "Compute rows of an image where they are read, strip by strip";
  let description = [{
    Where a temporary buffer would not stay in the second cache, and each row of what one nest computes of it needs few
    rows, the nest that writes the buffer and the one that reads it run in turns: a parallel loop over strips of
    rows, in each of which the buffer holds the rows that the strip reads. What neighbouring strips both read is
    computed twice. So a depthwise convolution reads from the second cache what a 1x1 convolution has just written there.

    Example: see test/passes/Lower/fuse-rows.mlir.
  }];
  let options = [Option<"l2Bytes", "l2-bytes", "int64_t", "524288", "Bytes of a core's second cache">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::tenon::kernel::KernelDialect", "::tenon::sched::SchedDialect"];
}

def PlanScratch : Pass<"tenon-plan-scratch", "::mlir::ModuleOp"> {
  let summary = "Place a task's temporary buffers in its scratch memory";
  let description = [{
    Replaces each `memref.alloc` by a view at a fixed offset: first fit by size over lifetimes in program order, sizes
    at the symbols' maxima. Those of one iteration of a parallel loop lie in the scratch argument, which each part of
    the range has for itself; the others in an argument before it, which is added, and which all parts share. Records
    the bytes needed, `tenon.scratch` and `tenon.shared`.

    Example: see test/passes/Lower/plan-scratch.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def AssignRange : Pass<"tenon-assign-range", "::mlir::ModuleOp"> {
  let summary = "Let threads share a task";
  let description = [{
    The runtime may split a task's range over threads. The range is that of the task's phases, one after the other;
    a thread begins a phase when all have finished the one before. Neighbouring nests form a phase where they have
    a parallel dimension in common along which each reads only what the same point wrote, as the rows of a softmax;
    a nest that reads more, as a convolution reads what a padding wrote, begins another. A parallel loop
    (`tenon.parallel`) is a phase by itself.

    Of the dimensions that a phase could run over, that is taken which makes even parts; several that lie in memory
    as one count as one; a blocked dimension counts blocks. What is too small to split has range 1. A task with any
    other loop, or with a store outside of nests, keeps range 1. Records `tenon.range` and `tenon.work`, the points and
    the estimated nanoseconds of every phase.

    Example: see test/passes/Lower/assign-range.mlir.
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of a vector register">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::tenon::kernel::KernelDialect", "::tenon::sched::SchedDialect"];
}

#endif
