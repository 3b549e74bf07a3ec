#include "dialects/NN/NN.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

SmallVector<int64_t> EvalContext::shape(Value value) const {
  std::optional<SmallVector<int64_t>> shape = nn::evaluate(getDims(value), symbols);
  assert(shape && "the entry checks that every shape is representable");
  return *shape;
}

HostTensor EvalContext::make(Value value) const {
  return HostTensor(getElementType(value), shape(value));
}

LogicalResult nn::evaluateOp(Operation *op, EvalContext &ctx) {
  auto reference = dyn_cast<ReferenceOpInterface>(op);
  if (!reference)
    return op->emitOpError("has no reference evaluation");
  return reference.evaluate(ctx);
}

LogicalResult nn::evaluateConstant(Operation *op, SmallVectorImpl<HostTensor> &results) {
  if (!isa<ReferenceOpInterface>(op) || op->getNumRegions())
    return failure();
  for (Type type : op->getResultTypes())
    if (!cast<RankedTensorType>(type).hasStaticShape())
      return failure();
  EvalContext ctx;
  for (Value operand : op->getOperands()) {
    auto constant = operand.getDefiningOp<ConstantOp>();
    if (!constant)
      return failure();
    ctx.set(operand, HostTensor::fromAttr(constant.getValue()));
  }
  if (failed(evaluateOp(op, ctx)))
    return failure();
  for (Value result : op->getResults())
    results.push_back(ctx.get(result));
  return success();
}
