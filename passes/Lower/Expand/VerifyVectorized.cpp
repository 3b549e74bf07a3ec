#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/Expand/Expand.h"

namespace tenon {
#define GEN_PASS_DEF_VERIFYVECTORIZED
#include "passes/Lower/Expand/Expand.h.inc"
} // namespace tenon

using namespace mlir;

/// Arithmetic on a scalar float: what a vector unit would do `lanes` times as fast.
static bool isScalarFloatArithmetic(Operation *op) {
  if (op->getNumResults() != 1 || !isa<FloatType>(op->getResult(0).getType()))
    return false;
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::RemFOp>(op) ||
         isa<math::MathDialect>(op->getDialect());
}

namespace {
struct VerifyVectorized : tenon::impl::VerifyVectorizedBase<VerifyVectorized> {
  using VerifyVectorizedBase::VerifyVectorizedBase;
  void runOnOperation() override {
    getOperation()->walk([&](scf::ForOp loop) {
      bool innermost = true;
      loop.getBody()->walk([&](LoopLikeOpInterface) { innermost = false; });
      std::optional<APInt> trips = loop.getStaticTripCount();
      if (!innermost || (trips && trips->slt(lanes)))
        return;
      // A short reduction over lanes needs no loop of its own; what follows it is scalar.
      bool reducesLanes = false;
      loop.getBody()->walk([&](vector::ReductionOp) { reducesLanes = true; });
      if (reducesLanes)
        return;
      loop.getBody()->walk([&](Operation *op) {
        if (!isScalarFloatArithmetic(op))
          return WalkResult::advance();
        op->emitError("scalar float arithmetic '") << op->getName() << "' is left in an innermost loop";
        signalPassFailure();
        return WalkResult::interrupt();
      });
    });
  }
};
} // namespace
