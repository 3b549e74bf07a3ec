#pragma once

#include "mlir/Pass/Pass.h"

namespace tenon {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Schedule/Schedule.h.inc"

/// Attribute of nn.constant after scheduling: its byte offset in the weight section.
inline constexpr llvm::StringLiteral kOffsetAttr = "offset";
/// Alignment, in bytes, of every place in the arena and the weight section.
inline constexpr int64_t kPlaceAlignment = 64;
} // namespace tenon
