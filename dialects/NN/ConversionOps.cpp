#include "dialects/NN/NN.h"
#include "llvm/ADT/APFloat.h"
#include <cstring>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

//===-- Cast -------------------------------------------------------------------------------------------===//

/// Bits of f8E8M0FNU: an exponent with bias 127 and no sign; 255 is NaN. Negative numbers count as positive.
static uint8_t toPowerOfTwo(double value, bool saturate, StringRef rounding) {
  constexpr uint8_t kNaN = 255, kMax = 254;
  value = std::fabs(value);
  if (std::isnan(value))
    return kNaN;
  if (std::isinf(value))
    return saturate ? kMax : kNaN;
  if (value == 0)
    return saturate ? 0 : kNaN;
  int exponent;
  double mantissa = std::frexp(value, &exponent) * 2; // in [1, 2)
  --exponent;
  if (rounding == "up" ? mantissa > 1 : rounding == "nearest" && mantissa >= 1.5)
    ++exponent;
  if (exponent < -127)
    return saturate ? 0 : kNaN;
  if (exponent > 127)
    return saturate ? kMax : kNaN;
  return uint8_t(exponent + 127);
}

void nn::storeFloat(HostTensor &y, int64_t i, double value, bool saturate, StringRef rounding) {
  Type type = y.elementType();
  if (type.getIntOrFloatBitWidth() > 8)
    return y.setF(i, value);
  if (isa<Float8E8M0FNUType>(type)) {
    y.raw()[i] = char(toPowerOfTwo(value, saturate, rounding));
    return;
  }
  const llvm::fltSemantics &semantics = cast<FloatType>(type).getFloatSemantics();
  APFloat largest = APFloat::getLargest(semantics, value < 0);
  auto store = [&](const APFloat &element) { y.raw()[i] = char(element.bitcastToAPInt().getZExtValue()); };
  // Types of less than 8 bits have neither infinity nor NaN.
  bool finiteOnly = type.getIntOrFloatBitWidth() < 8;
  if (finiteOnly && (std::isnan(value) || std::fabs(value) >= std::fabs(largest.convertToDouble())))
    return store(largest);
  if (value == 0 && isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(type))
    value = 0; // no negative zero: its bits mean NaN
  APFloat converted(value);
  bool losesInfo;
  converted.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  if (saturate && !std::isnan(value) && !converted.isFinite())
    return store(largest);
  store(converted);
}

LogicalResult CastOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!llvm::is_contained({"up", "down", "nearest"}, getRounding()))
    return emitOpError("C1: expected rounding 'up', 'down' or 'nearest', but got '") << getRounding() << "'";
  types.push_back(getTensorType(getDims(getX()), getTo()));
  return success();
}

LogicalResult CastOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  for (int64_t i = 0; i < y.size(); ++i)
    if (y.isFloat() && y.elementType().getIntOrFloatBitWidth() <= 8)
      storeFloat(y, i, x.getF(i), getSaturate(), getRounding());
    else if (x.isFloat())
      y.setF(i, x.getF(i));
    else
      y.setI(i, x.getI(i));
  ctx.set(getY(), y);
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getX().getType() != getY().getType())
    return {};
  // Saturation makes infinity the largest number, also in its own type.
  auto type = dyn_cast<FloatType>(getTo());
  if (type && type.getWidth() <= 8 && getSaturate() && APFloat::semanticsHasInf(type.getFloatSemantics()))
    return {};
  return getX();
}

/// Whether `to` has every value of `from`, so that a cast changes none.
static bool holdsAll(Type to, Type from) {
  if (auto source = dyn_cast<FloatType>(from)) {
    auto target = dyn_cast<FloatType>(to);
    return target && target.getWidth() > 8 &&
           APFloat::isRepresentableBy(source.getFloatSemantics(), target.getFloatSemantics());
  }
  bool isUnsigned = from.isUnsignedInteger() || from.isInteger(1);
  unsigned width = from.getIntOrFloatBitWidth();
  if (auto target = dyn_cast<FloatType>(to))
    return target.getWidth() > 8 && width <= target.getFPMantissaWidth();
  if (to.isInteger(1))
    return from.isInteger(1);
  unsigned target = to.getIntOrFloatBitWidth();
  return isUnsigned ? target > width || (target == width && to.isUnsignedInteger())
                    : target >= width && !to.isUnsignedInteger();
}

/// A cast that changes no value is left out before another one.
static LogicalResult mergeCasts(CastOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<CastOp>();
  if (!inner || !holdsAll(inner.getTo(), getElementType(inner.getX())))
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getXMutable().assign(inner.getX()); });
  return success();
}

void CastOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeCasts);
}

//===-- Bitcast ----------------------------------------------------------------------------------------===//

LogicalResult BitcastOp::inferTypes(SmallVectorImpl<Type> &types) {
  auto width = [](Type type) -> unsigned {
    return type.isInteger(1) ? 8 : type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0;
  };
  unsigned from = width(getElementType(getX())), to = width(getTo());
  if (from != to || from < 8)
    return emitOpError("C1: expected element types of the same number of bits, at least 8, but got ")
           << getElementType(getX()) << " and " << getTo();
  types.push_back(getTensorType(getDims(getX()), getTo()));
  return success();
}

LogicalResult BitcastOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  std::copy_n(x.raw(), y.bytes(), y.raw());
  if (getTo().isInteger(1))
    for (int64_t i = 0; i < y.size(); ++i)
      y.raw()[i] = y.raw()[i] != 0;
  ctx.set(getY(), y);
  return success();
}

OpFoldResult BitcastOp::fold(FoldAdaptor) {
  if (getX().getType() == getY().getType())
    return getX();
  // A bool in between keeps only whether a byte is 0.
  auto inner = getX().getDefiningOp<BitcastOp>();
  if (!inner || inner.getTo().isInteger(1))
    return {};
  getXMutable().assign(inner.getX());
  return getY();
}

//===-- Quantization -----------------------------------------------------------------------------------===//

/// C2, C3 and C4, and C5 with the zero point's expected type.
template <typename Op>
static LogicalResult checkScale(Op op, Type zeroPointType) {
  Dims x = getDims(op.getX()), scale = getDims(op.getScale());
  int64_t rank = x.size(), axis = op.getAxis(), block = op.getBlockSize();
  bool one = getStatic(numElements(scale, op.getContext())) == 1;
  if (block < 0 || (!one && (axis < 0 || axis >= rank)))
    return op.emitOpError("C4: expected an axis from 0 to ")
           << rank - 1 << " and a block size that is not negative, but got " << axis << " and " << block;
  if (!one && scale.size() == 1 && block == 0) {
    if (scale[0] != x[axis])
      return op.emitOpError("C2: expected a scale of ")
             << dimsToString({x[axis]}) << " elements, but got " << dimsToString({scale[0]});
  } else if (!one) {
    Dims expected = x;
    if (block == 0)
      return op.emitOpError("C4: expected a positive block size for scales in blocks, but got 0");
    expected[axis] = x[axis].ceilDiv(block);
    if (scale != expected)
      return op.emitOpError("C2: expected a scale of shape ")
             << dimsToString(expected) << ", but got " << dimsToString(scale);
  }
  if (Value zero = op.getZeroPoint()) {
    if (getDims(zero) != scale)
      return op.emitOpError("C3: expected a zero point of shape ")
             << dimsToString(scale) << ", but got " << dimsToString(getDims(zero));
    if (getElementType(zero) != zeroPointType)
      return op.emitOpError("C5: expected a zero point of type ")
             << zeroPointType << ", but got " << getElementType(zero);
  }
  return success();
}

/// Position of the scale of element `i` of `x`.
static int64_t scaleIndex(int64_t i, const HostTensor &x, const HostTensor &scale, int64_t axis,
                          int64_t block) {
  if (scale.size() == 1)
    return 0;
  SmallVector<int64_t> strides = x.strides();
  if (block == 0)
    return i / strides[axis] % x.dim(axis);
  int64_t position = 0;
  SmallVector<int64_t> scaleStrides = scale.strides();
  for (int64_t d = 0; d < x.rank(); ++d) {
    int64_t coordinate = i / strides[d] % x.dim(d);
    position += (d == axis ? coordinate / block : coordinate) * scaleStrides[d];
  }
  return position;
}

/// `value` rounded to a float type.
static double roundTo(HostTensor &scratch, double value) {
  scratch.setF(0, value);
  return scratch.getF(0);
}

static bool isNarrowFloat(Type type) {
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() <= 8;
}

LogicalResult QuantizeLinearOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type x = getElementType(getX()), to = getTo();
  bool goodTarget =
      isNarrowFloat(to) || (isa<IntegerType>(to) && !to.isInteger(1) && to.getIntOrFloatBitWidth() <= 16);
  if (!(isa<FloatType>(x) || x.isSignlessInteger(32)) || !isa<FloatType>(getElementType(getScale())) ||
      !isa<FloatType>(getPrecision()) || !goodTarget)
    return emitOpError("C1: types ") << x << ", " << getElementType(getScale()) << " and " << to
                                     << " are not supported";
  if (failed(checkScale(*this, to)))
    return failure();
  types.push_back(getTensorType(getDims(getX()), to));
  return success();
}

LogicalResult QuantizeLinearOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale());
  const HostTensor *zero = getZeroPoint() ? &ctx.get(getZeroPoint()) : nullptr;
  HostTensor y = ctx.make(getY()), scratch(getPrecision(), {});
  for (int64_t i = 0; i < y.size(); ++i) {
    int64_t s = scaleIndex(i, x, scale, getAxis(), getBlockSize());
    double quotient = roundTo(scratch, roundTo(scratch, x.getF(i)) / roundTo(scratch, scale.getF(s)));
    double offset = zero ? zero->getF(s) : 0;
    if (y.isFloat())
      storeFloat(y, i, roundTo(scratch, quotient + offset), getSaturate());
    else
      y.setF(i, std::nearbyint(quotient) + offset);
  }
  ctx.set(getY(), y);
  return success();
}

LogicalResult DequantizeLinearOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type x = getElementType(getX());
  if (!(isNarrowFloat(x) || (isa<IntegerType>(x) && !x.isInteger(1))) ||
      !isa<FloatType>(getElementType(getScale())) || !isa<FloatType>(getTo()))
    return emitOpError("C1: types ") << x << ", " << getElementType(getScale()) << " and " << getTo()
                                     << " are not supported";
  if (failed(checkScale(*this, x)))
    return failure();
  types.push_back(getTensorType(getDims(getX()), getTo()));
  return success();
}

LogicalResult DequantizeLinearOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale());
  const HostTensor *zero = getZeroPoint() ? &ctx.get(getZeroPoint()) : nullptr;
  HostTensor y = ctx.make(getY());
  for (int64_t i = 0; i < y.size(); ++i) {
    int64_t s = scaleIndex(i, x, scale, getAxis(), getBlockSize());
    y.setF(i, (x.getF(i) - (zero ? zero->getF(s) : 0)) * scale.getF(s));
  }
  ctx.set(getY(), y);
  return success();
}

LogicalResult DynamicQuantizeLinearOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!getElementType(getX()).isF32())
    return emitOpError("C1: expected elements of type f32, but got ") << getElementType(getX());
  Type byte = IntegerType::get(getContext(), 8, IntegerType::Unsigned);
  types.push_back(getTensorType(getDims(getX()), byte));
  types.push_back(RankedTensorType::get({}, getElementType(getX())));
  types.push_back(RankedTensorType::get({}, byte));
  return success();
}

LogicalResult DynamicQuantizeLinearOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY()), scale = ctx.make(getScale()), zeroPoint = ctx.make(getZeroPoint());
  float low = 0, high = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    low = std::fmin(low, float(x.getF(i)));
    high = std::fmax(high, float(x.getF(i)));
  }
  float step = (high == low ? 1.0f : high - low) / 255.0f;
  scale.setF(0, step);
  zeroPoint.setF(0, std::nearbyint((0 - low) / step));
  for (int64_t i = 0; i < x.size(); ++i)
    y.setF(i, std::nearbyint(float(x.getF(i)) / step) + zeroPoint.getF(0));
  ctx.set(getY(), y);
  ctx.set(getScale(), scale);
  ctx.set(getZeroPoint(), zeroPoint);
  return success();
}
