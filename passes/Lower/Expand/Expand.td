#ifndef TENON_PASSES_LOWER_EXPAND_EXPAND_TD
#define TENON_PASSES_LOWER_EXPAND_EXPAND_TD

include "mlir/Pass/PassBase.td"

def CollapseLoops : Pass<"tenon-collapse-loops"> {
  let summary = "Drop unit loops of kernel.generic and merge loops that walk memory contiguously";
  let description = [{
    A loop of one iteration disappears; two adjacent loops of the same kind merge if every operand advances through
    both as through one (and no region asks for their coordinates). Operands whose strides are static become
    one-dimensional views. So a 1x1 convolution over 7x7 pixels vectorises over 49 points instead of 7.

    Example: see test/passes/Lower/Expand/collapse-loops.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::tenon::kernel::KernelDialect"];
}

def ScheduleKernels : Pass<"tenon-schedule-kernels"> {
  let summary = "Choose vector dimension, register tile, loop order, passes and prefetches of every kernel.generic";
  let description = [{
    An estimate in cycles, per candidate (`NestCost`): loads (contiguous, broadcast or gathered), arithmetic, the latency of
    dependent accumulations, lanes wasted in tails, and the bytes that the caches are filled with under each order of the
    loops, with and without passes over parts of the first reduction. A dimension can be vectorised if it is parallel,
    or a reduction whose accumulators are each combined by one associative operation. What is larger than the first cache
    and read again and again in stretches, as packed weights are, is prefetched a stretch ahead. An op that has a schedule
    keeps it; those of a task whose module has a `tenon.schedule` with one for each nest get these, if they fit.

    Example: see test/passes/Lower/Expand/schedule-kernels.mlir.
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of a vector register">,
    Option<"registers", "registers", "int64_t", "16", "Number of vector registers">,
    Option<"l1Bytes", "l1-bytes", "int64_t", "32768", "Bytes of the first data cache">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "524288", "Bytes of a core's second cache">
  ];
  let dependentDialects = ["::tenon::kernel::KernelDialect", "::tenon::sched::SchedDialect"];
}

def ExpandKernels : Pass<"tenon-expand-kernels"> {
  let summary = "Expand kernel.generic to loops over vectors";
  let description = [{
    Writes the loop nest that the schedule says: accumulators are loop-carried values, so they stay in
    registers; operands that do not depend on the vector dimension are loaded once and broadcast; contiguous ones are
    vector loads; others are gathers. Tails of the vector dimension are masked, tails of the register tile get a smaller
    tile.

    Example: see test/passes/Lower/Expand/expand-kernels.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::mlir::math::MathDialect", "::mlir::LLVM::LLVMDialect"];
}

def VerifyVectorized : Pass<"tenon-verify-vectorized"> {
  let summary = "Fail if an innermost loop that reaches the vector width keeps scalar float arithmetic";
  let description = [{
    The safeguard against silently slow code: an innermost loop whose trip count is unknown or at least
    `lanes` must not compute with scalar floats. Comparisons, selections, conversions and moves are not arithmetic.

    Example: see test/passes/Lower/Expand/verify-vectorized.mlir.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", "8", "Vector width in f32 elements">];
}

#endif
