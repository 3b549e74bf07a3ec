#include "passes/Simplify/Simplify.h"
#include "dialects/NN/NN.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace tenon {
#define GEN_PASS_DEF_FOLDCONSTANTS
#define GEN_PASS_DEF_SINKRESHAPES
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

struct SinkReshapes : tenon::impl::SinkReshapesBase<SinkReshapes> {
  void runOnOperation() override {
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front().without_terminator())) {
      if (!op.hasTrait<nn::NNElementwise>() || op.getNumResults() != 1)
        continue;
      SmallVector<Value> operands;
      std::optional<nn::Dims> from = findCommonSource(&op, operands);
      if (!from)
        continue;
      OpBuilder b(&op);
      nn::Dims to = nn::getDims(op.getResult(0));
      OperationState state(op.getLoc(), op.getName(), operands,
                           {nn::getTensorType(*from, nn::getElementType(op.getResult(0)))}, op.getAttrs());
      Operation *before = b.create(state);
      auto map = AffineMap::get(0, countSymbols(), to, b.getContext());
      auto reshape = nn::create<nn::ReshapeOp>(b, op.getLoc(), {before->getResult(0)},
                                               {b.getNamedAttr("shape", AffineMapAttr::get(map))});
      op.getResult(0).replaceAllUsesWith(reshape->getY());
      op.erase();
    }
  }

private:
  unsigned countSymbols() { return nn::getSymbolBounds(getOperation()->getParentOfType<ModuleOp>()).size(); }

  /// The shape that all operands but single numbers are reshaped from, and the operands before that.
  static std::optional<nn::Dims> findCommonSource(Operation *op, SmallVectorImpl<Value> &operands) {
    std::optional<nn::Dims> from;
    SmallVector<Value> numbers;
    for (Value operand : op->getOperands()) {
      auto type = cast<RankedTensorType>(operand.getType());
      auto reshape = operand.getDefiningOp<nn::ReshapeOp>();
      bool isNumber = type.hasStaticShape() && type.getNumElements() == 1;
      operands.push_back(isNumber || !reshape ? operand : reshape.getX());
      if (isNumber) {
        numbers.push_back(operand);
        continue;
      }
      if (!reshape || nn::getDims(operand) != nn::getDims(op->getResult(0)) ||
          (from && *from != nn::getDims(reshape.getX())))
        return std::nullopt;
      from = nn::getDims(reshape.getX());
    }
    // A number of higher rank would give its rank to the result.
    for (Value number : numbers)
      if (!from || nn::getDims(number).size() > from->size())
        return std::nullopt;
    return from;
  }
};
} // namespace

void tenon::buildSimplifyPipeline(OpPassManager &pm, const RecognizeOptions &options) {
  // Canonical forms expose constants; folding leaves equal constants, which CSE shares.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createFoldConstants());
  pm.addNestedPass<func::FuncOp>(createFoldMovement());
  pm.addNestedPass<func::FuncOp>(createSinkReshapes());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createRecognize(options));
  pm.addNestedPass<func::FuncOp>(createHoistSlices());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}
