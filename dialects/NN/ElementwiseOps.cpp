#include "dialects/NN/Broadcast.h"
#include "dialects/NN/NN.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

FailureOr<Dims> nn::inferBroadcast(Operation *op) {
  Dims dims;
  for (Value operand : op->getOperands()) {
    FailureOr<Dims> next = broadcastDims(dims, getDims(operand));
    if (failed(next))
      return op->emitOpError("expected shapes that broadcast, but got ")
             << dimsToString(dims) << " and " << dimsToString(getDims(operand));
    dims = *next;
  }
  return dims;
}

/// Inference and meaning of every NN_Unary, from its formulas.
template <typename Op>
static LogicalResult inferUnary(Op op, SmallVectorImpl<Type> &types) {
  Type element = getElementType(op.getX());
  if (!(isa<FloatType>(element) ? Op::kFloat : Op::kInt))
    return op.emitOpError("C1: element type ") << element << " is not supported";
  types.push_back(op.getX().getType());
  return success();
}

template <typename Op>
static LogicalResult evaluateUnary(Op op, EvalContext &ctx) {
  const HostTensor &x = ctx.get(op.getX());
  HostTensor y = ctx.make(op.getY());
  for (int64_t i = 0; i < y.size(); ++i)
    if (x.isFloat())
      y.setF(i, Op::apply(x.getF(i)));
    else
      y.setI(i, Op::apply(x.getI(i)));
  ctx.set(op.getY(), y);
  return success();
}

#define UNARY(OP)                                                                                            \
  LogicalResult OP::inferTypes(SmallVectorImpl<Type> &types) {                                               \
    return inferUnary(*this, types);                                                                         \
  }                                                                                                          \
  LogicalResult OP::evaluate(EvalContext &ctx) {                                                             \
    return evaluateUnary(*this, ctx);                                                                        \
  }
UNARY(ReluOp)
