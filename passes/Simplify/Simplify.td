#ifndef TENON_PASSES_SIMPLIFY_SIMPLIFY_TD
#define TENON_PASSES_SIMPLIFY_SIMPLIFY_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"tenon-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Evaluate operators of constants by their reference";
  let description = [{
    An operator whose operands are constants becomes a constant, unless the results would be much larger than the operands
    (more than `growth` elements beyond them): what folds to something huge stays a computation.

    Example: see test/passes/Simplify/fold-constants.mlir.
  }];
  let options = [Option<"growth", "growth", "int64_t", "65536", "Elements by which results may exceed operands">];
  let dependentDialects = ["::tenon::nn::NNDialect"];
}

#endif
