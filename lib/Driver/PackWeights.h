#pragma once

#include "dialects/Sched/Sched.h"
#include "lib/Support/HostTensor.h"
#include "lib/Target/Weights.h"

namespace tenon {

/// Bytes that a tensor of this type takes in this layout (null: row-major); nullopt on overflow.
std::optional<int64_t> packedBytes(mlir::ShapedType type, sched::LayoutAttr layout);

/// Writes `tensor` to `sink` in this layout, one index of the buffer's first dimension at a time. Padding is
/// zero.
llvm::Error writePacked(const HostTensor &tensor, sched::LayoutAttr layout, WeightsSink &sink);

} // namespace tenon
