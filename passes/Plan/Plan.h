#pragma once

#include "mlir/Pass/Pass.h"

namespace tenon {
/// Attribute of a planned task: the layouts that tenon-apply-variants gives it.
inline constexpr llvm::StringLiteral kWantedLayoutsAttr = "tenon.wanted_layouts";

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Plan/Plan.h.inc"
} // namespace tenon
