#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "passes/Lower/Lowering.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

using V = ScalarBuilder::V;

/// One nest over the result, operands broadcast to it; `body` computes an element.
static LogicalResult
mapElements(Operation *op, TaskBuilder &task,
            llvm::function_ref<V(ScalarBuilder &, ValueRange in, Type element, bool isUnsigned)> body) {
  Tensor y = task.tensor(op->getResult(0));
  Type element;
  Nest nest(task, y.dims);
  for (Value operand : op->getOperands()) {
    Tensor x = task.tensor(operand);
    if (!element)
      element = x.element;
    nest.inBroadcast(x);
  }
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    return Nest::Values{body(s, in, element, isUnsigned(element))};
  });
  return success();
}

/// Registers an op by what it does to one element, in compute types.
template <typename Op>
static void add(Lowerings &lowerings,
                std::function<V(ScalarBuilder &, Op, ValueRange in, Type element, bool isUnsigned)> body) {
  lowerings.add<Op>([body](Op op, TaskBuilder &task) {
    return mapElements(op, task, [&](ScalarBuilder &s, ValueRange in, Type element, bool u) {
      return body(s, op, in, element, u);
    });
  });
}

template <typename Op>
static void addFunction(Lowerings &lowerings, StringRef function) {
  add<Op>(lowerings, [name = function.str()](ScalarBuilder &s, Op, ValueRange in, Type, bool) {
    return s.math(name, in[0]);
  });
}

static bool isFloat(V x) {
  return isa<FloatType>(x.getType());
}

static V number(ScalarBuilder &s, V like, double value) {
  return s.constant(like.getType(), value);
}

static V isNegative(ScalarBuilder &s, V x, bool u = false) {
  return s.cmp("lt", x, number(s, x, 0), u);
}

//===-- Meanings that take more than one operation -----------------------------------------------------===//

static V floorMod(ScalarBuilder &s, V x, V y, bool u) {
  V zero = number(s, x, 0), remainder = s.rem(x, y, u);
  if (isFloat(x)) {
    V signs = s.xorOp(isNegative(s, remainder), isNegative(s, y));
    V nonzero = s.cmp("ne", remainder, zero);
    V moved = s.select(s.andOp(nonzero, signs), s.add(remainder, y), remainder);
    // A zero has the sign of the divisor; multiplying by it would turn infinity to NaN.
    V signedZero = s.select(isNegative(s, y), number(s, x, -0.0), zero);
    return s.select(nonzero, moved, signedZero);
  }
  if (!u) {
    V signs = s.xorOp(isNegative(s, remainder), isNegative(s, y));
    V nonzero = s.cmp("ne", remainder, zero);
    remainder = s.select(s.andOp(nonzero, signs), s.add(remainder, y), remainder);
  }
  return s.select(s.cmp("eq", y, zero), zero, remainder);
}

/// Integer power by squaring over all bits of the exponent, modulo the width.
static V integerPower(ScalarBuilder &s, V x, V exponent, bool u) {
  Type type = x.getType();
  V one = s.constantInt(type, 1), zero = s.constantInt(type, 0), result = one, base = x;
  unsigned width = type.getIntOrFloatBitWidth();
  for (unsigned bit = 0; bit < width; ++bit) {
    V isSet = s.cmp("ne", s.andOp(exponent, s.constantInt(type, int64_t(uint64_t(1) << bit))), zero);
    result = s.mul(result, s.select(isSet, base, one));
    base = s.mul(base, base);
  }
  if (u)
    return result;
  V minusOne = s.constantInt(type, -1);
  V odd = s.cmp("ne", s.andOp(exponent, one), zero);
  V inverse = s.select(s.cmp("eq", x, one), one,
                       s.select(s.cmp("eq", x, minusOne), s.select(odd, minusOne, one), zero));
  return s.select(isNegative(s, exponent), inverse, result);
}

/// Squares and cubes, which is what most powers of models are, as products.
static V floatPower(ScalarBuilder &s, V x, V exponent) {
  FloatAttr constant;
  double known = matchPattern(exponent, m_Constant(&constant)) ? constant.getValueAsDouble() : 0;
  if (known != 2 && known != 3)
    return s.pow(x, exponent);
  V square = s.mul(x, x);
  return known == 2 ? square : s.mul(square, x);
}

static V clamp01(ScalarBuilder &s, V x) {
  return s.min(s.max(x, number(s, x, 0)), number(s, x, 1));
}

/// max(x, 0) + log1p(exp(-|x|)), which overflows nowhere.
static V softplus(ScalarBuilder &s, V x) {
  return s.add(s.max(x, number(s, x, 0)), s.math("log1p", s.math("exp", s.neg(s.abs(x)))));
}

static V swish(ScalarBuilder &s, V x, double alpha) {
  V exponent = s.mul(number(s, x, -alpha), x);
  return s.div(x, s.add(number(s, x, 1), s.math("exp", exponent)));
}

static V half(ScalarBuilder &s, V x, V factor) {
  return s.mul(s.mul(number(s, x, 0.5), x), s.add(number(s, x, 1), factor));
}

static double get(FloatAttr attr) {
  return attr.getValueAsDouble();
}

static void addArithmetic(Lowerings &l) {
  add<nn::AddOp>(l,
                 [](ScalarBuilder &s, nn::AddOp, ValueRange in, Type, bool) { return s.add(in[0], in[1]); });
  add<nn::SubOp>(l,
                 [](ScalarBuilder &s, nn::SubOp, ValueRange in, Type, bool) { return s.sub(in[0], in[1]); });
  add<nn::MulOp>(l,
                 [](ScalarBuilder &s, nn::MulOp, ValueRange in, Type, bool) { return s.mul(in[0], in[1]); });
  add<nn::DivOp>(
      l, [](ScalarBuilder &s, nn::DivOp, ValueRange in, Type, bool u) { return s.div(in[0], in[1], u); });
  add<nn::ModOp>(l, [](ScalarBuilder &s, nn::ModOp, ValueRange in, Type, bool u) {
    return floorMod(s, in[0], in[1], u);
  });
  add<nn::RemOp>(l, [](ScalarBuilder &s, nn::RemOp, ValueRange in, Type, bool u) {
    V remainder = s.rem(in[0], in[1], u);
    if (isFloat(in[0]))
      return remainder;
    V zero = number(s, in[0], 0);
    return s.select(s.cmp("eq", in[1], zero), zero, remainder);
  });
  add<nn::PowOp>(l, [](ScalarBuilder &s, nn::PowOp, ValueRange in, Type, bool u) {
    return isFloat(in[0]) ? floatPower(s, in[0], in[1]) : integerPower(s, in[0], in[1], u);
  });
  add<nn::MaxOp>(
      l, [](ScalarBuilder &s, nn::MaxOp, ValueRange in, Type, bool u) { return s.max(in[0], in[1], u); });
  add<nn::MinOp>(
      l, [](ScalarBuilder &s, nn::MinOp, ValueRange in, Type, bool u) { return s.min(in[0], in[1], u); });
  add<nn::PReluOp>(l, [](ScalarBuilder &s, nn::PReluOp, ValueRange in, Type, bool u) {
    return s.select(isNegative(s, in[0], u), s.mul(in[0], in[1]), in[0]);
  });
  add<nn::AbsOp>(
      l, [](ScalarBuilder &s, nn::AbsOp, ValueRange in, Type, bool u) { return u ? in[0] : s.abs(in[0]); });
  add<nn::NegOp>(l, [](ScalarBuilder &s, nn::NegOp, ValueRange in, Type, bool) { return s.neg(in[0]); });
  add<nn::SignOp>(l, [](ScalarBuilder &s, nn::SignOp, ValueRange in, Type, bool u) {
    V x = in[0], zero = number(s, x, 0), one = number(s, x, 1);
    V rest = u ? zero : s.select(isNegative(s, x), number(s, x, -1), x); // zeros and NaN are themselves
    return s.select(s.cmp("gt", x, zero, u), one, rest);
  });
  add<nn::CeilOp>(l, [](ScalarBuilder &s, nn::CeilOp, ValueRange in, Type, bool) { return s.ceil(in[0]); });
  add<nn::FloorOp>(l,
                   [](ScalarBuilder &s, nn::FloorOp, ValueRange in, Type, bool) { return s.floor(in[0]); });
  add<nn::RoundOp>(
      l, [](ScalarBuilder &s, nn::RoundOp, ValueRange in, Type, bool) { return s.roundEven(in[0]); });
}

static void addFunctions(Lowerings &l) {
  add<nn::SqrtOp>(l, [](ScalarBuilder &s, nn::SqrtOp, ValueRange in, Type, bool) { return s.sqrt(in[0]); });
  addFunction<nn::ExpOp>(l, "exp");
  addFunction<nn::LogOp>(l, "log");
  addFunction<nn::SinOp>(l, "sin");
  addFunction<nn::CosOp>(l, "cos");
  addFunction<nn::TanOp>(l, "tan");
  addFunction<nn::AsinOp>(l, "asin");
  addFunction<nn::AcosOp>(l, "acos");
  addFunction<nn::AtanOp>(l, "atan");
  addFunction<nn::SinhOp>(l, "sinh");
  addFunction<nn::CoshOp>(l, "cosh");
  addFunction<nn::TanhOp>(l, "tanh");
  addFunction<nn::AsinhOp>(l, "asinh");
  addFunction<nn::AcoshOp>(l, "acosh");
  addFunction<nn::AtanhOp>(l, "atanh");
  addFunction<nn::ErfOp>(l, "erf");
}

static void addActivations(Lowerings &l) {
  add<nn::ReluOp>(l, [](ScalarBuilder &s, nn::ReluOp, ValueRange in, Type, bool u) {
    return s.max(in[0], number(s, in[0], 0), u);
  });
  add<nn::SigmoidOp>(
      l, [](ScalarBuilder &s, nn::SigmoidOp, ValueRange in, Type, bool) { return s.sigmoid(in[0]); });
  add<nn::SoftplusOp>(
      l, [](ScalarBuilder &s, nn::SoftplusOp, ValueRange in, Type, bool) { return softplus(s, in[0]); });
  add<nn::EluOp>(l, [](ScalarBuilder &s, nn::EluOp op, ValueRange in, Type, bool) {
    V x = in[0];
    double alpha = get(op.getAlphaAttr()), beta = get(op.getBetaAttr()), gamma = get(op.getGammaAttr());
    V curve = s.mul(number(s, x, gamma * alpha), s.math("expm1", s.mul(number(s, x, beta), x)));
    return s.select(isNegative(s, x), curve, s.mul(number(s, x, gamma), x));
  });
  add<nn::LeakyReluOp>(l, [](ScalarBuilder &s, nn::LeakyReluOp op, ValueRange in, Type, bool) {
    return s.select(isNegative(s, in[0]), s.mul(number(s, in[0], get(op.getAlphaAttr())), in[0]), in[0]);
  });
  add<nn::ThresholdedReluOp>(l, [](ScalarBuilder &s, nn::ThresholdedReluOp op, ValueRange in, Type, bool) {
    return s.select(s.cmp("gt", in[0], number(s, in[0], get(op.getAlphaAttr()))), in[0], number(s, in[0], 0));
  });
  add<nn::HardSigmoidOp>(l, [](ScalarBuilder &s, nn::HardSigmoidOp op, ValueRange in, Type, bool) {
    V x = in[0];
    return clamp01(
        s, s.add(s.mul(number(s, x, get(op.getAlphaAttr())), x), number(s, x, get(op.getBetaAttr()))));
  });
  add<nn::HardSwishOp>(l, [](ScalarBuilder &s, nn::HardSwishOp, ValueRange in, Type, bool) {
    V x = in[0];
    return s.mul(x, clamp01(s, s.add(s.mul(number(s, x, 1.0 / 6), x), number(s, x, 0.5))));
  });
  add<nn::SwishOp>(l, [](ScalarBuilder &s, nn::SwishOp op, ValueRange in, Type, bool) {
    return swish(s, in[0], get(op.getAlphaAttr()));
  });
  add<nn::MishOp>(l, [](ScalarBuilder &s, nn::MishOp, ValueRange in, Type, bool) {
    return s.mul(in[0], s.math("tanh", softplus(s, in[0])));
  });
  add<nn::GeluOp>(l, [](ScalarBuilder &s, nn::GeluOp, ValueRange in, Type, bool) {
    return half(s, in[0], s.math("erf", s.mul(in[0], number(s, in[0], 0.70710678118654752440))));
  });
  add<nn::GeluTanhOp>(l, [](ScalarBuilder &s, nn::GeluTanhOp, ValueRange in, Type, bool) {
    V x = in[0], cubic = s.mul(number(s, x, 0.044715), s.mul(s.mul(x, x), x));
    return half(s, x, s.math("tanh", s.mul(number(s, x, 0.79788456080286535588), s.add(x, cubic))));
  });
  add<nn::ShrinkOp>(l, [](ScalarBuilder &s, nn::ShrinkOp op, ValueRange in, Type element, bool) {
    // Integers are compared and shifted as f64, as ONNX does.
    bool integer = isa<IntegerType>(element);
    Type wide = s.b.getF64Type();
    V x = integer ? s.cast(in[0], element, wide) : in[0];
    double lambd = get(op.getLambdAttr()), bias = get(op.getBiasAttr());
    V low = s.add(x, number(s, x, bias)), high = s.sub(x, number(s, x, bias));
    V y = s.select(s.cmp("lt", x, number(s, x, -lambd)), low,
                   s.select(s.cmp("gt", x, number(s, x, lambd)), high, number(s, x, 0)));
    return integer ? s.cast(y, wide, element) : y;
  });
}

static void addLogic(Lowerings &l) {
  add<nn::EqualOp>(
      l, [](ScalarBuilder &s, nn::EqualOp, ValueRange in, Type, bool) { return s.cmp("eq", in[0], in[1]); });
  add<nn::LessOp>(l, [](ScalarBuilder &s, nn::LessOp, ValueRange in, Type, bool u) {
    return s.cmp("lt", in[0], in[1], u);
  });
  add<nn::LessEqualOp>(l, [](ScalarBuilder &s, nn::LessEqualOp, ValueRange in, Type, bool u) {
    return s.cmp("le", in[0], in[1], u);
  });
  add<nn::AndOp>(
      l, [](ScalarBuilder &s, nn::AndOp, ValueRange in, Type, bool) { return s.andOp(in[0], in[1]); });
  add<nn::OrOp>(l,
                [](ScalarBuilder &s, nn::OrOp, ValueRange in, Type, bool) { return s.orOp(in[0], in[1]); });
  add<nn::XorOp>(
      l, [](ScalarBuilder &s, nn::XorOp, ValueRange in, Type, bool) { return s.xorOp(in[0], in[1]); });
  add<nn::NotOp>(l, [](ScalarBuilder &s, nn::NotOp, ValueRange in, Type, bool) { return s.notOp(in[0]); });
  add<nn::ShlOp>(l,
                 [](ScalarBuilder &s, nn::ShlOp, ValueRange in, Type, bool) { return s.shl(in[0], in[1]); });
  add<nn::ShrOp>(
      l, [](ScalarBuilder &s, nn::ShrOp, ValueRange in, Type, bool u) { return s.shr(in[0], in[1], u); });
  add<nn::IsNaNOp>(l,
                   [](ScalarBuilder &s, nn::IsNaNOp, ValueRange in, Type, bool) { return s.isNan(in[0]); });
  add<nn::IsInfOp>(l, [](ScalarBuilder &s, nn::IsInfOp op, ValueRange in, Type, bool) {
    V x = in[0], result = s.constantInt(s.b.getI1Type(), 0);
    if (op.getPositive())
      result = s.orOp(result, s.cmp("eq", x, number(s, x, INFINITY)));
    if (op.getNegative())
      result = s.orOp(result, s.cmp("eq", x, number(s, x, -INFINITY)));
    return result;
  });
  l.add<nn::WhereOp>([](nn::WhereOp op, TaskBuilder &task) {
    Tensor condition = task.tensor(op.getCondition()), x = task.tensor(op.getX()), z = task.tensor(op.getZ()),
           y = task.tensor(op.getY());
    // Moved as they lie in memory, so that every bit pattern survives.
    Type raw = storageType(y.element);
    for (Tensor *t : {&x, &z, &y})
      t->element = raw;
    Nest nest(task, y.dims);
    nest.inBroadcast(condition).inBroadcast(x).inBroadcast(z).out(y);
    nest.emit([](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{s.select(in[0], in[1], in[2])};
    });
    return success();
  });
  l.add<nn::IotaOp>([](nn::IotaOp op, TaskBuilder &task) {
    Tensor y = task.tensor(op.getY());
    Nest nest(task, y.dims);
    nest.out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      return Nest::Values{s.fromIndex(s.loop(op.getDim()), y.element)};
    });
    return success();
  });
}

void lower::populateElementwise(Lowerings &lowerings) {
  addArithmetic(lowerings);
  addFunctions(lowerings);
  addActivations(lowerings);
  addLogic(lowerings);
}
