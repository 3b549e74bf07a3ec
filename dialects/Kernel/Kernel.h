#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tenon::kernel {
/// An inequality of a domain: parallelStep * p + reductionStep * r + constant >= 0, where p and r are the
/// coordinates along the two dimensions. Without a parallel one, `parallelDim` is -1.
struct DomainBound {
  int64_t parallelDim, reductionDim, parallelStep, reductionStep, constant;
  bool holds(int64_t p, int64_t r) const { return parallelStep * p + reductionStep * r + constant >= 0; }
};

/// Attribute of a kernel.generic: the most points that its range covers, where that is known to be less than
/// dimension 0 has.
inline constexpr llvm::StringLiteral kLongestRangeAttr = "longest_range";

/// How many bytes ahead a stream is prefetched unless its schedule says otherwise. GPT-2's decoding takes 1
/// to 5 % less than with 256, 512 or 2,048.
inline constexpr int64_t kAhead = 1024;
} // namespace tenon::kernel

#include "dialects/Kernel/KernelDialect.h.inc"
#include "dialects/Kernel/KernelEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Kernel/KernelAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Kernel/KernelOps.h.inc"
