#pragma once

#include "mlir/Pass/Pass.h"

namespace tenon {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Substitute/Search/Search.h.inc"

/// Attribute of a module that was searched: the plans of which no other one is both faster and smaller, the
/// fastest first, as dictionaries of `nanoseconds` (on one thread), `bytes` (of weights and arena), and
/// `chosen` for the one that the module is.
inline constexpr llvm::StringLiteral kPlansAttr = "tenon.plans";

class GraphCost;
/// `cost`, if not null, is asked about the best graphs, and must live as long as the pass.
std::unique_ptr<mlir::Pass> createSubstitute(const SubstituteOptions &options, GraphCost *cost);
} // namespace tenon
