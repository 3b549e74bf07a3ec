#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Simplify/Simplify.h.inc"

/// Canonicalization, folding of constants, common subexpressions and operators that were written out, on
/// `@main`.
void buildSimplifyPipeline(mlir::OpPassManager &pm, const RecognizeOptions &options = {});

} // namespace tenon
