#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/Lower/Lowering.h"
#include "passes/Lower/Math/MathLibrary.h"
#include "passes/Lower/SmallFloats.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

static bool isFloat(Value v) {
  return isa<FloatType>(v.getType());
}

/// The short name by which the math library's conversions know an 8- or 4-bit float, or empty.
static StringRef smallFloatName(Type type) {
  return TypeSwitch<Type, StringRef>(type)
      .Case([](BFloat16Type) { return "bf16"; })
      .Case([](Float8E4M3FNType) { return "f8e4m3fn"; })
      .Case([](Float8E4M3FNUZType) { return "f8e4m3fnuz"; })
      .Case([](Float8E5M2Type) { return "f8e5m2"; })
      .Case([](Float8E5M2FNUZType) { return "f8e5m2fnuz"; })
      .Case([](Float4E2M1FNType) { return "f4e2m1"; })
      .Default([](Type) { return ""; });
}

Type lower::storageType(Type element) {
  MLIRContext *context = element.getContext();
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(context, std::max(8u, integer.getWidth()));
  if (smallFloatName(element).empty() && !isUnpackedFloat(element))
    return element;
  return IntegerType::get(context, element.isBF16() ? 16 : 8);
}

Type lower::computeType(Type element) {
  MLIRContext *context = element.getContext();
  if (auto integer = dyn_cast<IntegerType>(element))
    return integer.getWidth() == 1 ? integer : IntegerType::get(context, std::max(8u, integer.getWidth()));
  return element.isF64() ? element : Float32Type::get(context);
}

bool lower::isUnsigned(Type element) {
  return element.isUnsignedInteger() || element.isInteger(1);
}

using V = ScalarBuilder::V;

V ScalarBuilder::constant(Type type, double value) {
  if (auto floating = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return constantInt(type, int64_t(value));
}

V ScalarBuilder::constantInt(Type type, int64_t value) {
  if (isa<FloatType>(type))
    return constant(type, double(value));
  if (isa<IndexType>(type))
    return index(value);
  return arith::ConstantOp::create(b, loc,
                                   b.getIntegerAttr(type, APInt(type.getIntOrFloatBitWidth(), uint64_t(value),
                                                                false, /*implicitTrunc=*/true)));
}

V ScalarBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
V ScalarBuilder::loop(int64_t dim) {
  return kernel::IndexOp::create(b, loc, dim);
}

#define ARITH(NAME, F, I)                                                                                    \
  V ScalarBuilder::NAME(V x, V y) {                                                                          \
    return isFloat(x) ? V(arith::F::create(b, loc, x, y)) : V(arith::I::create(b, loc, x, y));               \
  }
ARITH(add, AddFOp, AddIOp)
ARITH(sub, SubFOp, SubIOp)
ARITH(mul, MulFOp, MulIOp)

V ScalarBuilder::neg(V x) {
  return isFloat(x) ? V(arith::NegFOp::create(b, loc, x)) : sub(constantInt(x.getType(), 0), x);
}

V ScalarBuilder::fma(V x, V y, V z) {
  return isFloat(x) ? V(math::FmaOp::create(b, loc, x, y, z)) : add(mul(x, y), z);
}

V ScalarBuilder::div(V x, V y, bool u) {
  if (isFloat(x))
    return arith::DivFOp::create(b, loc, x, y);
  // The hardware traps on x / 0 and on the most negative number / -1: neither reaches it.
  Type type = x.getType();
  V zero = constantInt(type, 0), one = constantInt(type, 1);
  V isZero = cmp("eq", y, zero);
  if (u)
    return select(isZero, zero, arith::DivUIOp::create(b, loc, x, select(isZero, one, y)));
  V isMinusOne = cmp("eq", y, constantInt(type, -1));
  V quotient = arith::DivSIOp::create(b, loc, x, select(orOp(isZero, isMinusOne), one, y));
  return select(isZero, zero, select(isMinusOne, neg(x), quotient));
}

V ScalarBuilder::rem(V x, V y, bool u) {
  if (isFloat(x))
    return arith::RemFOp::create(b, loc, x, y);
  return sub(x, mul(div(x, y, u), y));
}

V ScalarBuilder::min(V x, V y, bool u) {
  if (isFloat(x))
    return arith::MinimumFOp::create(b, loc, x, y);
  return u ? V(arith::MinUIOp::create(b, loc, x, y)) : V(arith::MinSIOp::create(b, loc, x, y));
}

V ScalarBuilder::max(V x, V y, bool u) {
  if (isFloat(x))
    return arith::MaximumFOp::create(b, loc, x, y);
  return u ? V(arith::MaxUIOp::create(b, loc, x, y)) : V(arith::MaxSIOp::create(b, loc, x, y));
}

V ScalarBuilder::cmp(StringRef predicate, V x, V y, bool u) {
  if (isFloat(x)) {
    using P = arith::CmpFPredicate;
    P p = llvm::StringSwitch<P>(predicate)
              .Case("eq", P::OEQ)
              .Case("ne", P::UNE)
              .Case("lt", P::OLT)
              .Case("le", P::OLE)
              .Case("gt", P::OGT)
              .Case("ge", P::OGE);
    return arith::CmpFOp::create(b, loc, p, x, y);
  }
  using P = arith::CmpIPredicate;
  P p = llvm::StringSwitch<P>(predicate)
            .Case("eq", P::eq)
            .Case("ne", P::ne)
            .Case("lt", u ? P::ult : P::slt)
            .Case("le", u ? P::ule : P::sle)
            .Case("gt", u ? P::ugt : P::sgt)
            .Case("ge", u ? P::uge : P::sge);
  return arith::CmpIOp::create(b, loc, p, x, y);
}

V ScalarBuilder::select(V condition, V x, V y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}
V ScalarBuilder::andOp(V x, V y) {
  return arith::AndIOp::create(b, loc, x, y);
}
V ScalarBuilder::orOp(V x, V y) {
  return arith::OrIOp::create(b, loc, x, y);
}
V ScalarBuilder::xorOp(V x, V y) {
  return arith::XOrIOp::create(b, loc, x, y);
}
V ScalarBuilder::notOp(V x) {
  return xorOp(x, constantInt(x.getType(), -1));
}

V ScalarBuilder::shl(V x, V y) {
  int64_t width = x.getType().getIntOrFloatBitWidth();
  V tooFar = cmp("ge", y, constantInt(y.getType(), width), /*u=*/true);
  V amount = select(tooFar, constantInt(y.getType(), 0), y);
  return select(tooFar, constantInt(x.getType(), 0), arith::ShLIOp::create(b, loc, x, amount));
}

V ScalarBuilder::shr(V x, V y, bool u) {
  int64_t width = x.getType().getIntOrFloatBitWidth();
  V tooFar = cmp("ge", y, constantInt(y.getType(), width), /*u=*/true);
  if (!u)
    return arith::ShRSIOp::create(b, loc, x, select(tooFar, constantInt(y.getType(), width - 1), y));
  V amount = select(tooFar, constantInt(y.getType(), 0), y);
  return select(tooFar, constantInt(x.getType(), 0), arith::ShRUIOp::create(b, loc, x, amount));
}

V ScalarBuilder::isNan(V x) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
}

V ScalarBuilder::abs(V x) {
  if (isFloat(x))
    return math::AbsFOp::create(b, loc, x);
  return select(cmp("lt", x, constantInt(x.getType(), 0)), neg(x), x);
}
V ScalarBuilder::sqrt(V x) {
  return math::SqrtOp::create(b, loc, x);
}
V ScalarBuilder::floor(V x) {
  return math::FloorOp::create(b, loc, x);
}
V ScalarBuilder::ceil(V x) {
  return math::CeilOp::create(b, loc, x);
}
V ScalarBuilder::roundEven(V x) {
  return math::RoundEvenOp::create(b, loc, x);
}
V ScalarBuilder::trunc(V x) {
  return math::TruncOp::create(b, loc, x);
}

V ScalarBuilder::math(StringRef function, V x) {
  OperationState state(loc, ("math." + function).str());
  state.addOperands(x);
  state.addTypes(x.getType());
  return b.create(state)->getResult(0);
}

V ScalarBuilder::pow(V x, V y) {
  return math::PowFOp::create(b, loc, x, y);
}

V ScalarBuilder::sigmoid(V x) {
  V one = constant(x.getType(), 1);
  return div(one, add(one, math("exp", neg(x))));
}

/// Keeps the bits of a sub-byte integer that its type has: sign- or zero-extended to the byte.
static V wrapSubByte(ScalarBuilder &s, V x, Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() == 1 || integer.getWidth() >= 8)
    return x;
  if (type.isUnsignedInteger())
    return s.andOp(x, s.constantInt(x.getType(), (1 << integer.getWidth()) - 1));
  V amount = s.constantInt(x.getType(), 8 - integer.getWidth());
  return s.shr(s.shl(x, amount), amount, false);
}

static V floatToInt(ScalarBuilder &s, V x, IntegerType to) {
  // Beyond the range the machine's conversion is undefined, so it sees only values inside.
  unsigned width = to.getWidth();
  bool u = to.isUnsigned();
  Type type = x.getType(), result = computeType(to);
  double low = u ? 0 : -std::ldexp(1.0, width - 1), high = std::ldexp(1.0, u ? width : width - 1);
  V tooHigh = s.cmp("ge", x, s.constant(type, high)), tooLow = s.cmp("lt", x, s.constant(type, low));
  V inside = s.select(s.orOp(s.orOp(tooHigh, tooLow), s.isNan(x)), s.constant(type, 0), x);
  // Narrow types convert through i32 (one instruction), unsigned i32 through i64.
  unsigned via = width < 32 ? 32 : u && width == 32 ? 64 : width;
  Type viaType = s.b.getIntegerType(via);
  V converted = u && width == 64 ? V(arith::FPToUIOp::create(s.b, s.loc, viaType, inside))
                                 : V(arith::FPToSIOp::create(s.b, s.loc, viaType, inside));
  if (viaType != result)
    converted = arith::TruncIOp::create(s.b, s.loc, result, converted);
  int64_t maximum =
      u ? (width == 64 ? -1 : (int64_t(1) << width) - 1) : int64_t((uint64_t(1) << (width - 1)) - 1);
  int64_t minimum = u ? 0 : int64_t(~uint64_t(0) << (width - 1));
  converted = s.select(tooHigh, s.constantInt(result, maximum), converted);
  return s.select(tooLow, s.constantInt(result, minimum), converted);
}

V ScalarBuilder::cast(V x, Type from, Type to) {
  Type source = x.getType(), target = computeType(to);
  if (to.isInteger(1)) {
    if (from.isInteger(1))
      return x;
    return cmp("ne", x, constantInt(source, 0));
  }
  if (isa<IntegerType>(to)) {
    if (isa<FloatType>(source))
      return floatToInt(*this, x, llvm::cast<IntegerType>(to));
    unsigned sourceWidth = source.getIntOrFloatBitWidth(), targetWidth = target.getIntOrFloatBitWidth();
    if (sourceWidth < targetWidth)
      x = isUnsigned(from) ? V(arith::ExtUIOp::create(b, loc, target, x))
                           : V(arith::ExtSIOp::create(b, loc, target, x));
    else if (sourceWidth > targetWidth)
      x = arith::TruncIOp::create(b, loc, target, x);
    return wrapSubByte(*this, x, to);
  }
  // To a float: first into the compute type, then rounded to the precision of the element type.
  if (isa<IntegerType>(source))
    x = isUnsigned(from) ? V(arith::UIToFPOp::create(b, loc, target, x))
                         : V(arith::SIToFPOp::create(b, loc, target, x));
  else if (source.isF64() && to.isF16()) {
    V half = library.inlineCall(b, loc, "tenon_f64_to_f16", {x});
    return arith::ExtFOp::create(b, loc, target, half);
  } else if (source.isF64() && !to.isF64() && !to.isF32())
    x = toOdd(x);
  else if (source != target)
    x = source.isF64() ? V(arith::TruncFOp::create(b, loc, target, x))
                       : V(arith::ExtFOp::create(b, loc, target, x));
  if (to == from || to == target)
    return x;
  if (to.isF16())
    return arith::ExtFOp::create(b, loc, target, Value(arith::TruncFOp::create(b, loc, to, x)));
  if (isUnpackedFloat(to))
    return unpackFloat(*this, packFloat(*this, x, to, /*saturate=*/true, "up"), to);
  StringRef name = smallFloatName(to);
  V bits = library.inlineCall(b, loc, ("tenon_f32_to_" + name + (to.isBF16() ? "" : "_sat")).str(), {x});
  return library.inlineCall(b, loc, ("tenon_" + name + "_to_f32").str(), {bits});
}

V ScalarBuilder::toOdd(V x) {
  return x.getType().isF64() ? library.inlineCall(b, loc, "tenon_f64_to_f32_odd", {x}) : x;
}

V ScalarBuilder::toIndex(V x, bool u) {
  return u ? V(arith::IndexCastUIOp::create(b, loc, b.getIndexType(), x))
           : V(arith::IndexCastOp::create(b, loc, b.getIndexType(), x));
}
V ScalarBuilder::fromIndex(V x, Type type) {
  return arith::IndexCastOp::create(b, loc, computeType(type), x);
}

V ScalarBuilder::floorDivIndex(V x, int64_t divisor) {
  // Operands are never negative where lowerings divide coordinates, but padding arithmetic may be.
  V d = index(divisor), zero = index(0);
  V quotient = arith::DivSIOp::create(b, loc, x, d);
  V remainder = sub(x, mul(quotient, d));
  return select(cmp("lt", remainder, zero), sub(quotient, index(1)), quotient);
}
V ScalarBuilder::modIndex(V x, int64_t divisor) {
  return sub(x, mul(floorDivIndex(x, divisor), index(divisor)));
}
V ScalarBuilder::clampIndex(V x, V low, V high) {
  return max(min(x, high), low);
}

/// Element in memory to compute type.
V lower::toCompute(ScalarBuilder &s, V x, Type element) {
  if (element.isInteger(1))
    return s.cmp("ne", x, s.constantInt(x.getType(), 0));
  if (element.isF16())
    return arith::ExtFOp::create(s.b, s.loc, s.b.getF32Type(), x);
  if (isUnpackedFloat(element))
    return unpackFloat(s, x, element);
  StringRef name = smallFloatName(element);
  return name.empty() ? x : s.library.inlineCall(s.b, s.loc, ("tenon_" + name + "_to_f32").str(), {x});
}

/// Compute type to element in memory.
V lower::toStorage(ScalarBuilder &s, V x, Type element) {
  if (element.isInteger(1))
    return arith::ExtUIOp::create(s.b, s.loc, storageType(element), x);
  if (element.isF16())
    return arith::TruncFOp::create(s.b, s.loc, element, x);
  if (isUnpackedFloat(element))
    return packFloat(s, x, element, /*saturate=*/true, "up");
  StringRef name = smallFloatName(element);
  if (!name.empty())
    return s.library.inlineCall(s.b, s.loc, ("tenon_f32_to_" + name).str(), {x});
  return wrapSubByte(s, x, element);
}

V ScalarBuilder::load(const Tensor &t, ArrayRef<V> subscripts) {
  return toCompute(*this, memref::LoadOp::create(b, loc, t.memref, subscripts), t.element);
}
