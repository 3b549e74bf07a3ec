#include "passes/Lower/SmallFloats.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

using V = ScalarBuilder::V;

bool lower::isUnpackedFloat(Type type) {
  return isa<Float8E8M0FNUType, Float6E2M3FNType, Float6E3M2FNType>(type);
}

static V asFloat(ScalarBuilder &s, V bits) {
  return arith::BitcastOp::create(s.b, s.loc, s.b.getF32Type(), bits);
}
static V asBits(ScalarBuilder &s, V x) {
  return arith::BitcastOp::create(s.b, s.loc, s.b.getI32Type(), x);
}
static V constant32(ScalarBuilder &s, int64_t value) {
  return s.constantInt(s.b.getI32Type(), value);
}

namespace {
/// A sign bit, exponent bits with the usual bias, and a mantissa; no infinity and no NaN.
struct Format {
  explicit Format(Type type) {
    mantissa = int(cast<FloatType>(type).getFPMantissaWidth()) - 1;
    exponent = int(type.getIntOrFloatBitWidth()) - 1 - mantissa;
    bias = (1 << (exponent - 1)) - 1;
    largest = APFloat::getLargest(cast<FloatType>(type).getFloatSemantics()).convertToDouble();
  }
  int exponent, mantissa, bias;
  double largest;
};
} // namespace

V lower::unpackFloat(ScalarBuilder &s, V bits, Type type) {
  bits = arith::ExtUIOp::create(s.b, s.loc, s.b.getI32Type(), bits);
  if (isa<Float8E8M0FNUType>(type)) {
    // The exponent field of an f32; its least value is a subnormal number there, its greatest means NaN.
    V power = s.shl(bits, constant32(s, 23));
    V least = s.cmp("eq", bits, constant32(s, 0)), isNan = s.cmp("eq", bits, constant32(s, 255));
    power = s.select(least, constant32(s, 0x00400000), power);
    return asFloat(s, s.select(isNan, constant32(s, 0x7fc00000), power));
  }
  Format f(type);
  V magnitude = s.andOp(bits, constant32(s, (1 << (f.exponent + f.mantissa)) - 1));
  V exponent = s.shr(magnitude, constant32(s, f.mantissa), true);
  V mantissa = s.andOp(magnitude, constant32(s, (1 << f.mantissa) - 1));
  V isNormal = s.cmp("gt", exponent, constant32(s, 0));
  mantissa = s.select(isNormal, s.add(mantissa, constant32(s, 1 << f.mantissa)), mantissa);
  exponent = s.select(isNormal, exponent, constant32(s, 1));
  // mantissa * 2^(exponent - bias - mantissa bits), the power made from its bits.
  V power = asFloat(s, s.shl(s.add(exponent, constant32(s, 127 - f.bias - f.mantissa)), constant32(s, 23)));
  V value = s.mul(arith::SIToFPOp::create(s.b, s.loc, s.b.getF32Type(), mantissa), power);
  V sign = s.cmp("gt", bits, magnitude);
  return s.select(sign, s.neg(value), value);
}

/// A power of two, from the exponent field of an f32 and whether the mantissa rounds it up.
static V packPower(ScalarBuilder &s, V x, bool saturate, StringRef rounding) {
  V bits = s.andOp(asBits(s, x), constant32(s, 0x7fffffff));
  V exponent = s.shr(bits, constant32(s, 23), true), mantissa = s.andOp(bits, constant32(s, 0x7fffff));
  // Of a subnormal number only 2^-127 and what lies above counts: it is the field 0.
  V isSubnormal = s.cmp("eq", exponent, constant32(s, 0));
  V up = s.constantInt(s.b.getI1Type(), 0);
  if (rounding == "up")
    up = s.cmp("gt", mantissa, s.select(isSubnormal, constant32(s, 0x400000), constant32(s, 0)));
  else if (rounding == "nearest")
    up = s.cmp("ge", mantissa, s.select(isSubnormal, constant32(s, 0x600000), constant32(s, 0x400000)));
  V code = s.select(up, s.add(exponent, constant32(s, 1)), exponent);
  V isNan = s.cmp("gt", bits, constant32(s, 0x7f800000));
  V isInfinite = s.cmp("eq", bits, constant32(s, 0x7f800000));
  V beyond = s.orOp(isInfinite, s.cmp("gt", code, constant32(s, 254)));
  code = s.select(beyond, constant32(s, saturate ? 254 : 255), code);
  if (!saturate) {
    int64_t least = rounding == "nearest" ? 0x300000 : rounding == "up" ? 0x200001 : 0x400000;
    code = s.select(s.cmp("lt", bits, constant32(s, least)), constant32(s, 255), code);
  }
  return s.select(isNan, constant32(s, 255), code);
}

V lower::packFloat(ScalarBuilder &s, V x, Type type, bool saturate, StringRef rounding) {
  V code;
  if (isa<Float8E8M0FNUType>(type)) {
    code = packPower(s, x, saturate, rounding);
  } else {
    // Multiples of the spacing of the numbers around x, which is constant below the least normal number.
    Format f(type);
    V largest = s.constant(x.getType(), f.largest);
    V magnitude = s.abs(x);
    magnitude = s.select(s.cmp("lt", magnitude, largest), magnitude, largest); // NaN, too
    V exponent = s.sub(s.shr(asBits(s, magnitude), constant32(s, 23), true), constant32(s, 127));
    exponent = s.max(exponent, constant32(s, 1 - f.bias));
    V perUnit = asFloat(s, s.shl(s.sub(constant32(s, 127 + f.mantissa), exponent), constant32(s, 23)));
    V steps = s.roundEven(s.mul(magnitude, perUnit));
    V multiple = arith::FPToSIOp::create(s.b, s.loc, s.b.getI32Type(), steps);
    // A multiple of a normal number holds its leading one; rounding up carries into the exponent.
    code = s.add(s.shl(s.add(exponent, constant32(s, f.bias - 1)), constant32(s, f.mantissa)), multiple);
    V sign = s.andOp(s.shr(asBits(s, x), constant32(s, 31), true), constant32(s, 1));
    code = s.orOp(code, s.shl(sign, constant32(s, f.exponent + f.mantissa)));
  }
  return arith::TruncIOp::create(s.b, s.loc, s.b.getI8Type(), code);
}
