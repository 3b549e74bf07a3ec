#include "dialects/NN/Broadcast.h"
#include "dialects/NN/ConvReference.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

static bool isByte(Value value) {
  Type element = getElementType(value);
  return element.isSignlessInteger(8) || element.isUnsignedInteger(8);
}

/// Whether `value` has one element, or `count` along one dimension.
static bool hasOneOr(Value value, std::optional<Dim> count) {
  Dims dims = getDims(value);
  return dims.empty() || (dims.size() == 1 && (getStatic(dims[0]) == 1 || (count && dims[0] == *count)));
}

LogicalResult ConvIntegerOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isByte(getX()) || !isByte(getW()))
    return emitOpError("C1: expected operands of i8 or ui8, but got ")
           << getElementType(getX()) << " and " << getElementType(getW());
  if (failed(checkConvWeights(*this, getX(), getW(), getBias(), getGroup(), false)))
    return failure();
  Type i32 = IntegerType::get(getContext(), 32);
  if (getBias() && getElementType(getBias()) != i32)
    return emitOpError("C5: expected a bias of i32, but got ") << getElementType(getBias());
  Dim outputs = getDims(getW())[0];
  if (getXZeroPoint() &&
      (getElementType(getXZeroPoint()) != getElementType(getX()) || !hasOneOr(getXZeroPoint(), {})))
    return emitOpError("C7: expected one zero point of the type of x, but got ") << getXZeroPoint().getType();
  if (getWZeroPoint() &&
      (getElementType(getWZeroPoint()) != getElementType(getW()) || !hasOneOr(getWZeroPoint(), outputs)))
    return emitOpError("C7: expected one zero point of the type of w, or one per output, but got ")
           << getWZeroPoint().getType();
  Windows windows = convWindows(cast<RankedTensorType>(getW().getType()).getShape(), getStrides(),
                                getDilations(), getPads());
  FailureOr<Dims> dims = inferWindowed(*this, windows, getDims(getX()), outputs, "C6");
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, i32));
  return success();
}

LogicalResult ConvIntegerOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &w = ctx.get(getW());
  HostTensor y = ctx.make(getY());
  std::vector<uint64_t> xs = toWrapped(x), ws = toWrapped(w);
  if (getXZeroPoint())
    for (uint64_t &value : xs)
      value -= uint64_t(ctx.get(getXZeroPoint()).getI(0));
  if (getWZeroPoint() && w.size()) {
    const HostTensor &zero = ctx.get(getWZeroPoint());
    for (auto [i, value] : llvm::enumerate(ws))
      value -= uint64_t(zero.getI(zero.size() == 1 ? 0 : int64_t(i) / (w.size() / w.dim(0))));
  }
  std::vector<uint64_t> sums =
      convReference<uint64_t>(xs, x.shape(), ws, w.shape(), y.shape(),
                              convWindows(w.shape(), getStrides(), getDilations(), getPads()), getGroup());
  int64_t plane = tenon::numElements(y.shape().drop_front(2));
  for (int64_t i = 0; i < y.size(); ++i)
    y.setI(i, Int(sums[i]) + (getBias() ? ctx.get(getBias()).getI(i / plane % y.dim(1)) : Int(0)));
  ctx.set(getY(), y);
  return success();
}

/// Extents of a zero point of a matrix operand, aligned with the operand's: a rank-1 one runs along `free`,
/// the dimension that is not summed (-1 if the operand has none).
static Dims alignZeroPoint(ArrayRef<Dim> zero, ArrayRef<Dim> operand, int64_t free) {
  if (zero.size() != 1 || operand.empty())
    return Dims(zero);
  Dims dims(operand.size(), constDim(operand[0].getContext(), 1));
  dims[free < 0 ? 0 : free] = zero[0];
  return dims;
}

Dims nn::matmulZeroPointDims(Value zero, Value operand, bool isB) {
  int64_t rank = getRank(operand);
  return alignZeroPoint(getDims(zero), getDims(operand), rank == 1 ? -1 : isB ? rank - 1 : rank - 2);
}

static LogicalResult checkMatMulZeroPoint(Operation *op, Value zero, Value operand, bool isB) {
  if (!zero)
    return success();
  int64_t rank = getRank(operand), summed = rank == 1 ? 0 : isB ? rank - 2 : rank - 1;
  Dims own = getDims(operand), dims = matmulZeroPointDims(zero, operand, isB);
  bool fits = getElementType(zero) == getElementType(operand) && (dims.empty() || dims.size() == own.size());
  for (size_t i = 0; i < dims.size() && fits; ++i)
    fits = getStatic(dims[i]) == 1 || (int64_t(i) != summed && dims[i] == own[i]);
  if (!fits)
    return op->emitOpError("C4: expected a zero point that fits ")
           << operand.getType() << ", but got " << zero.getType();
  return success();
}

LogicalResult MatMulIntegerOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isByte(getA()) || !isByte(getB()))
    return emitOpError("C1: expected operands of i8 or ui8, but got ")
           << getElementType(getA()) << " and " << getElementType(getB());
  FailureOr<Dims> dims = inferMatMul(*this, getA(), getB());
  if (failed(dims) || failed(checkMatMulZeroPoint(*this, getAZeroPoint(), getA(), false)) ||
      failed(checkMatMulZeroPoint(*this, getBZeroPoint(), getB(), true)))
    return failure();
  types.push_back(getTensorType(*dims, IntegerType::get(getContext(), 32)));
  return success();
}

LogicalResult MatMulIntegerOp::evaluate(EvalContext &ctx) {
  HostTensor y = ctx.make(getY());
  auto centred = [&](Value operand, Value zero, bool isB) {
    const HostTensor &x = ctx.get(operand);
    std::vector<uint64_t> values = toWrapped(x);
    if (zero) {
      std::optional<SmallVector<int64_t>> shape =
          nn::evaluate(matmulZeroPointDims(zero, operand, isB), ctx.symbols);
      if (!shape)
        return values;
      BroadcastIndex index(*shape, x.shape());
      for (auto [i, value] : llvm::enumerate(values))
        value -= uint64_t(ctx.get(zero).getI(index(i)));
    }
    return values;
  };
  std::vector<uint64_t> sums =
      matmulReference<uint64_t>(centred(getA(), getAZeroPoint(), false), ctx.get(getA()).shape(),
                                centred(getB(), getBZeroPoint(), true), ctx.get(getB()).shape(), y.size());
  for (int64_t i = 0; i < y.size(); ++i)
    y.setI(i, Int(sums[i]));
  ctx.set(getY(), y);
  return success();
}

Dims RequantizeOp::alignedDims(unsigned operand) {
  Dims dims = getDims(getOperand(operand)), x = getDims(getX());
  if (dims.size() != 1 || getStatic(dims[0]) == 1)
    return dims;
  Dims aligned(x.size(), constDim(getContext(), 1));
  aligned[getAxes()[std::min(operand, 3u) - 1]] = dims[0];
  return aligned;
}

LogicalResult RequantizeOp::inferTypes(SmallVectorImpl<Type> &types) {
  bool floats = llvm::all_of(ValueRange{getAScale(), getBScale(), getYScale()}, [](Value scale) {
    return isa<FloatType>(getElementType(scale)) && getElementType(scale).getIntOrFloatBitWidth() <= 32;
  });
  Type element = getElementType(getZeroPoint());
  if (!getElementType(getX()).isSignlessInteger(32) || !floats || !isa<IntegerType>(element) ||
      element.getIntOrFloatBitWidth() > 16 || element.isInteger(1))
    return emitOpError("C1: expected i32, three scales of floats and a zero point of integers, but got ")
           << getOperandTypes();
  Dims x = getDims(getX());
  if (getAxes().size() != 3 || llvm::any_of(getAxes(), [&](int64_t axis) {
        return axis < 0 || axis >= std::max<int64_t>(x.size(), 1);
      }))
    return emitOpError("C2: expected three dimensions of ") << getX().getType() << ", but got " << getAxes();
  for (unsigned i = 1; i <= 4; ++i) {
    bool scalar = x.empty() && getRank(getOperand(i)) == 1;
    Dims aligned =
        scalar && getStatic(getDims(getOperand(i))[0]) != 1 ? getDims(getOperand(i)) : alignedDims(i);
    // One element of rank 1 fits a scalar too.
    if (scalar && getStatic(aligned[0]) == 1)
      continue;
    FailureOr<Dims> dims = broadcastDims(x, aligned);
    if (failed(dims) || *dims != x)
      return emitOpError("C3: expected scales and zero points that fit ")
             << getX().getType() << ", but got " << getOperand(i).getType();
  }
  types.push_back(getTensorType(x, element));
  return success();
}

LogicalResult RequantizeOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  SmallVector<BroadcastIndex> indices;
  for (unsigned i = 1; i <= 4; ++i) {
    std::optional<SmallVector<int64_t>> shape = nn::evaluate(alignedDims(i), ctx.symbols);
    if (!shape)
      return emitOpError("an extent overflows");
    if (x.rank() == 0)
      shape->clear();
    indices.emplace_back(*shape, x.shape());
  }
  unsigned width = y.elementType().getIntOrFloatBitWidth();
  bool isUnsigned = y.elementType().isUnsignedInteger();
  Int low = isUnsigned ? 0 : -(Int(1) << (width - 1)), high = low + (Int(1) << width) - 1;
  for (int64_t i = 0; i < y.size(); ++i) {
    auto scale = [&](unsigned operand) {
      return float(ctx.get(getOperand(operand)).getF(indices[operand - 1](i)));
    };
    float factor = scale(1) * scale(2);
    factor = factor / scale(3);
    float value = std::nearbyint(float(int32_t(x.getI(i))) * factor);
    // Far beyond any result, so that the sum with the zero point cannot overflow.
    Int rounded = std::isnan(value) ? 0 : Int(std::clamp(value, -1e6f, 1e6f));
    y.setI(i, std::clamp(rounded + ctx.get(getZeroPoint()).getI(indices[3](i)), low, high));
  }
  ctx.set(getY(), y);
  return success();
}
