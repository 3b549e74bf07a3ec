#pragma once

#include "mlir/Pass/Pass.h"

namespace tenon {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Substitute/Search/Search.h.inc"

class GraphCost;
/// `cost`, if not null, is asked about the best graphs, and must live as long as the pass.
std::unique_ptr<mlir::Pass> createSubstitute(const SubstituteOptions &options, GraphCost *cost);
} // namespace tenon
