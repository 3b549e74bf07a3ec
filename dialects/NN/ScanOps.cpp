#include "dialects/NN/AxisSplit.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

// nn.cumulative

LogicalResult CumulativeOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!areAxes(int64_t(getAxis()), getRank(getX())))
    return emitOpError("C1: expected an axis in [0, ") << getRank(getX()) << "), but got " << getAxis();
  if (!isNumber(getElementType(getX())))
    return emitOpError("C2: expected a float or integer element type, but got ") << getElementType(getX());
  types.push_back(getX().getType());
  return success();
}

LogicalResult CumulativeOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), int64_t(getAxis()));
  if (getReverse())
    std::reverse(split.along.begin(), split.along.end());
  for (int64_t base : split.kept) {
    double real = getProduct() ? 1 : 0;
    uint64_t integer = getProduct() ? 1 : 0; // modulo 2^64, of which every type is a part
    for (int64_t offset : split.along) {
      int64_t at = base + offset;
      double nextReal = 0;
      uint64_t nextInteger = 0;
      if (x.isFloat())
        nextReal = getProduct() ? real * x.getF(at) : real + x.getF(at);
      else
        nextInteger = getProduct() ? integer * uint64_t(x.getI(at)) : integer + uint64_t(x.getI(at));
      if (x.isFloat())
        y.setF(at, getExclusive() ? real : nextReal);
      else
        y.setI(at, Int(getExclusive() ? integer : nextInteger));
      real = nextReal;
      integer = nextInteger;
    }
  }
  ctx.set(getY(), y);
  return success();
}

// nn.top_k

LogicalResult TopKOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t axis = getAxis(), k = getK();
  if (!areAxes(axis, getRank(getX())))
    return emitOpError("C1: expected an axis in [0, ") << getRank(getX()) << "), but got " << axis;
  Dims dims = getDims(getX());
  SmallVector<std::pair<int64_t, int64_t>> symbols;
  if (auto module = (*this)->getParentOfType<ModuleOp>())
    symbols = getSymbolBounds(module);
  // A detached op (while its types are inferred) does not see the symbols; the verifier sees them later.
  auto bounds = getBounds(dims[axis], symbols);
  if (k < 0 || (bounds && bounds->first < k))
    return emitOpError("C2: expected 0 <= k <= ")
           << dimsToString(dims[axis]) << " at its least, but got " << k;
  if (!isNumber(getElementType(getX())))
    return emitOpError("C3: expected a float or integer element type, but got ") << getElementType(getX());
  dims[axis] = constDim(getContext(), k);
  types.push_back(getTensorType(dims, getElementType(getX())));
  types.push_back(getTensorType(dims, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult TopKOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor values = ctx.make(getValues()), indices = ctx.make(getIndices());
  AxisSplit from(x.shape(), int64_t(getAxis())), to(values.shape(), int64_t(getAxis()));
  bool isFloat = x.isFloat();
  for (auto [base, out] : llvm::zip(from.kept, to.kept)) {
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, from.along.size()));
    auto less = [&, base = base](int64_t i, int64_t j) {
      if (!isFloat)
        return x.getI(base + from.along[i]) < x.getI(base + from.along[j]);
      double a = x.getF(base + from.along[i]), b = x.getF(base + from.along[j]);
      return std::isnan(b) ? !std::isnan(a) : a < b;
    };
    llvm::sort(order, [&](int64_t i, int64_t j) {
      bool before = getLargest() ? less(j, i) : less(i, j), after = getLargest() ? less(i, j) : less(j, i);
      return before || (!after && i < j);
    });
    if (order.size() < to.along.size())
      return emitOpError("expected at least ") << getK() << " elements, but got " << order.size();
    for (auto [j, offset] : llvm::enumerate(to.along)) {
      values.copyElement(out + offset, x, base + from.along[order[j]]);
      indices.setI(out + offset, order[j]);
    }
  }
  ctx.set(getValues(), values);
  ctx.set(getIndices(), indices);
  return success();
}

// nn.nll_loss

LogicalResult NLLLossOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  if (dims.size() < 2 || getStatic(dims[1]) == 0)
    return emitOpError("C1: expected (N, C, ...) with classes, but got ") << dimsToString(dims);
  Dim classes = dims[1];
  Dims rest = reduceDims(dims, 1, false, getContext());
  Type target = getElementType(getTarget()), element = getElementType(getX());
  if (getDims(getTarget()) != rest || !(target.isSignlessInteger(32) || target.isSignlessInteger(64)))
    return emitOpError("C2: expected i32 or i64 targets of shape ")
           << dimsToString(rest) << ", but got " << getTarget().getType();
  bool fits =
      !getWeight() || (getElementType(getWeight()) == element && getDims(getWeight()) == Dims{classes});
  if (!fits || !isa<FloatType>(element))
    return emitOpError("C3: expected float scores and weights of shape ")
           << dimsToString(classes) << ", but got " << element << (getWeight() ? " and other weights" : "");
  types.push_back(getTensorType(getReduction() == LossReduction::None ? rest : Dims(), element));
  return success();
}

LogicalResult NLLLossOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &target = ctx.get(getTarget());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), 1);
  double total = 0, weights = 0;
  for (int64_t i = 0; i < target.size(); ++i) {
    int64_t label = int64_t(target.getI(i));
    bool ignored = getIgnoreIndex() && label == int64_t(*getIgnoreIndex());
    int64_t c = std::clamp<int64_t>(label, 0, x.dim(1) - 1);
    double weight = ignored ? 0 : getWeight() ? ctx.get(getWeight()).getF(c) : 1;
    double loss = ignored ? 0 : -x.getF(split.kept[i] + split.along[c]) * weight;
    total += loss;
    weights += weight;
    if (getReduction() == LossReduction::None)
      y.setF(i, loss);
  }
  if (getReduction() == LossReduction::Sum)
    y.setF(0, total);
  else if (getReduction() == LossReduction::Mean)
    y.setF(0, total / weights);
  ctx.set(getY(), y);
  return success();
}
