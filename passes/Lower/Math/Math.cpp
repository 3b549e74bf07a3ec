#include "passes/Lower/Math/Math.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/Lower/Math/MathLibrary.h"

namespace tenon {
#define GEN_PASS_DEF_EXPANDMATH
#include "passes/Lower/Math/Math.h.inc"

namespace {
struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  mlir::LogicalResult initialize(mlir::MLIRContext *context) override {
    // Copies of the pass, one per thread, share the library.
    library = std::make_shared<MathLibrary>(context);
    return mlir::success();
  }

  void runOnOperation() override {
    if (failed(expandMathOps(getOperation(), *library)))
      signalPassFailure();
  }

  std::shared_ptr<MathLibrary> library;
};
} // namespace

} // namespace tenon
