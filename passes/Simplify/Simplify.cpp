#include "passes/Simplify/Simplify.h"
#include "dialects/NN/NN.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace tenon {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/Simplify/Simplify.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

static int64_t countElements(TypeRange types) {
  int64_t count = 0;
  for (Type type : types)
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && tensor.hasStaticShape())
      count += tensor.getNumElements();
  return count;
}

namespace {
struct FoldConstants : tenon::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;
  void runOnOperation() override {
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front().without_terminator())) {
      if (isa<nn::ConstantOp>(op) || !isa<nn::ReferenceOpInterface>(op))
        continue;
      if (countElements(op.getResultTypes()) > countElements(op.getOperandTypes()) + growth)
        continue;
      SmallVector<HostTensor> results;
      // What has no defined value (a failed evaluation) stays, and fails or not when it runs.
      ScopedDiagnosticHandler quiet(&getContext(), [](Diagnostic &) { return success(); });
      if (failed(nn::evaluateConstant(&op, results)))
        continue;
      OpBuilder b(&op);
      for (auto [result, value] : llvm::zip(op.getResults(), results))
        if (auto constant =
                nn::create<nn::ConstantOp>(b, op.getLoc(), {}, {b.getNamedAttr("value", value.toAttr())});
            succeeded(constant))
          result.replaceAllUsesWith(constant->getY());
      if (op.use_empty())
        op.erase();
    }
  }
};
} // namespace

void tenon::buildSimplifyPipeline(OpPassManager &pm) {
  // Canonical forms expose constants; folding leaves equal constants, which CSE shares.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createFoldConstants());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}
