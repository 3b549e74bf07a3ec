#include "dialects/NN/AxisSplit.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

// nn.reduce

LogicalResult ReduceOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getX());
  if (!areAxes(getAxes(), getRank(getX())))
    return emitOpError("C1: expected increasing axes in [0, ")
           << getRank(getX()) << "), but got [" << getAxes() << "]";
  bool isExtreme = getKind() == ReduceKind::Max || getKind() == ReduceKind::Min;
  if (!isNumber(element) && !(element.isInteger(1) && isExtreme))
    return emitOpError("C2: expected a float or integer element type, but got ") << element;
  types.push_back(
      getTensorType(reduceDims(getDims(getX()), getAxes(), getKeepdims(), getContext()), element));
  return success();
}

static double reduceFloats(ReduceKind kind, const HostTensor &x, int64_t base, ArrayRef<int64_t> along) {
  double inf = std::numeric_limits<double>::infinity();
  double extreme = kind == ReduceKind::Min ? inf : -inf, sum = 0, product = 1;
  for (int64_t offset : along) {
    double v = x.getF(base + offset);
    if (kind == ReduceKind::Min)
      extreme = std::isnan(v) || v < extreme ? v : extreme;
    else
      extreme = std::isnan(v) || v > extreme ? v : extreme;
    if (std::isnan(v) && (kind == ReduceKind::Min || kind == ReduceKind::Max))
      return v;
    product *= v;
    sum += kind == ReduceKind::L1                                    ? std::fabs(v)
           : kind == ReduceKind::L2 || kind == ReduceKind::SumSquare ? v * v
                                                                     : v;
  }
  switch (kind) {
  case ReduceKind::Max:
  case ReduceKind::Min:
    return extreme;
  case ReduceKind::Prod:
    return product;
  case ReduceKind::Mean:
    return sum / double(along.size());
  case ReduceKind::L2:
    return std::sqrt(sum);
  case ReduceKind::LogSum:
    return std::log(sum);
  case ReduceKind::LogSumExp: {
    // Of a finite maximum; infinities would turn into NaN.
    double shift = std::isfinite(extreme) ? extreme : 0;
    sum = 0;
    for (int64_t offset : along)
      sum += std::exp(x.getF(base + offset) - shift);
    return std::log(sum) + shift;
  }
  default:
    return sum;
  }
}

/// Least and greatest value of an integer type.
static std::pair<Int, Int> integerRange(Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1 || type.isUnsignedInteger())
    return {0, (Int(1) << width) - 1};
  return {-(Int(1) << (width - 1)), (Int(1) << (width - 1)) - 1};
}

/// Stores the reduction of integers at `to`.
static void reduceIntegers(ReduceKind kind, const HostTensor &x, int64_t base, ArrayRef<int64_t> along,
                           HostTensor &y, int64_t to) {
  auto [least, greatest] = integerRange(x.elementType());
  Int extreme = kind == ReduceKind::Min ? greatest : least;
  uint64_t sum = 0, product = 1; // modulo 2^64, of which every type is a part
  for (int64_t offset : along) {
    Int v = x.getI(base + offset);
    extreme = kind == ReduceKind::Min ? std::min(extreme, v) : std::max(extreme, v);
    product *= uint64_t(v);
    sum += kind == ReduceKind::L1                                    ? uint64_t(v < 0 ? -v : v)
           : kind == ReduceKind::L2 || kind == ReduceKind::SumSquare ? uint64_t(v) * uint64_t(v)
                                                                     : uint64_t(v);
  }
  switch (kind) {
  case ReduceKind::Max:
  case ReduceKind::Min:
    return y.setI(to, extreme);
  case ReduceKind::Prod:
    return y.setI(to, Int(product));
  case ReduceKind::LogSumExp:
    return y.setF(to, reduceFloats(kind, x, base, along));
  default:
    break;
  }
  y.setI(to, Int(sum)); // wrapped to the type
  if (kind == ReduceKind::Mean && !along.empty())
    y.setI(to, y.getI(to) / Int(along.size()));
  else if (kind == ReduceKind::L2)
    y.setF(to, std::sqrt(y.getF(to)));
  else if (kind == ReduceKind::LogSum)
    y.setF(to, std::log(y.getF(to)));
}

LogicalResult ReduceOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), getAxes());
  for (int64_t i = 0; i < y.size(); ++i)
    if (x.isFloat())
      y.setF(i, reduceFloats(getKind(), x, split.kept[i], split.along));
    else
      reduceIntegers(getKind(), x, split.kept[i], split.along, y, i);
  ctx.set(getY(), y);
  return success();
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  // Without axes, these leave every element as it is.
  if (!getAxes().empty() || getX().getType() != getY().getType())
    return {};
  switch (getKind()) {
  case ReduceKind::Sum:
  case ReduceKind::Mean:
  case ReduceKind::Max:
  case ReduceKind::Min:
  case ReduceKind::Prod:
    return getX();
  default:
    return {};
  }
}

// nn.arg_reduce

LogicalResult ArgReduceOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t axis = getAxis();
  if (!areAxes(axis, getRank(getX())))
    return emitOpError("C1: expected an axis in [0, ") << getRank(getX()) << "), but got " << axis;
  Dims dims = getDims(getX());
  if (getStatic(dims[axis]) == 0)
    return emitOpError("C2: expected elements along axis ") << axis << ", but got none";
  if (!isNumber(getElementType(getX())))
    return emitOpError("C3: expected a float or integer element type, but got ") << getElementType(getX());
  types.push_back(
      getTensorType(reduceDims(dims, axis, getKeepdims(), getContext()), IntegerType::get(getContext(), 64)));
  return success();
}

/// Three-way order of two elements with NaN above everything: negative if x[i] comes before x[j].
static int compareElements(const HostTensor &x, int64_t i, int64_t j, bool nanIsLeast = false) {
  if (!x.isFloat()) {
    Int a = x.getI(i), b = x.getI(j);
    return a < b ? -1 : a > b;
  }
  double a = x.getF(i), b = x.getF(j);
  if (std::isnan(a) || std::isnan(b))
    return (int(std::isnan(a)) - int(std::isnan(b))) * (nanIsLeast ? -1 : 1);
  return a < b ? -1 : a > b;
}

LogicalResult ArgReduceOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), int64_t(getAxis()));
  for (int64_t i = 0; i < y.size(); ++i) {
    int64_t best = 0, base = split.kept[i];
    for (int64_t j = 1; j < int64_t(split.along.size()); ++j) {
      int order = compareElements(x, base + split.along[j], base + split.along[best], getMin());
      if (getMin())
        order = -order;
      if (order > 0 || (order == 0 && getSelectLast()))
        best = j;
    }
    y.setI(i, best);
  }
  ctx.set(getY(), y);
  return success();
}

// nn.softmax

LogicalResult SoftmaxOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (getAxes().empty() || !areAxes(getAxes(), getRank(getX())))
    return emitOpError("C1: expected increasing axes in [0, ")
           << getRank(getX()) << "), but got [" << getAxes() << "]";
  if (!isa<FloatType>(getElementType(getX())))
    return emitOpError("C2: expected a float element type, but got ") << getElementType(getX());
  types.push_back(getX().getType());
  return success();
}

LogicalResult SoftmaxOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), getAxes());
  if (split.along.empty()) {
    ctx.set(getY(), y);
    return success();
  }
  for (int64_t base : split.kept) {
    int64_t first = 0;
    for (int64_t j = 1; j < int64_t(split.along.size()); ++j)
      if (compareElements(x, base + split.along[j], base + split.along[first]) > 0)
        first = j;
    double max = x.getF(base + split.along[first]), sum = 0;
    for (int64_t offset : split.along)
      sum += std::exp(x.getF(base + offset) - max);
    for (auto [j, offset] : llvm::enumerate(split.along)) {
      double v = x.getF(base + offset) - max;
      y.setF(base + offset, getKind() == SoftmaxKind::Softmax      ? std::exp(v) / sum
                            : getKind() == SoftmaxKind::LogSoftmax ? v - std::log(sum)
                                                                   : int64_t(j) == first);
    }
  }
  ctx.set(getY(), y);
  return success();
}
