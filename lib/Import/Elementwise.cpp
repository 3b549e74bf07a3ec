#include "lib/Import/MovementHelpers.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// One operand, no attributes.
template <typename Op>
static LogicalResult unary(NodeImporter &n) {
  n.out(0, n.create<Op>({n.require(0)}));
  return success();
}

/// One operand and float attributes of the same names, with ONNX's defaults.
template <typename Op>
static Translator unaryWith(std::vector<std::pair<const char *, float>> attributes) {
  return [attributes](NodeImporter &n) {
    SmallVector<NamedAttribute> values;
    for (auto [name, absent] : attributes)
      values.push_back(n.attr(name, double(n.attrs.getFloat(name, absent))));
    n.out(0, n.create<Op>({n.require(0)}, values));
    return success();
  };
}

template <typename Op>
static LogicalResult binary(NodeImporter &n) {
  n.out(0, n.create<Op>({n.require(0), n.require(1)}));
  return success();
}

/// `a > b` is `b < a`.
template <typename Op>
static LogicalResult swapped(NodeImporter &n) {
  n.out(0, n.create<Op>({n.require(1), n.require(0)}));
  return success();
}

/// Sum, Max, Min: any number of operands, from left to right.
template <typename Op>
static mlir::Value fold(NodeImporter &n) {
  FailureOr<SmallVector<mlir::Value>> operands = n.all();
  if (failed(operands) || operands->empty()) {
    (void)n.fail("expected at least one operand");
    return {};
  }
  mlir::Value result = operands->front();
  for (mlir::Value operand : ArrayRef(*operands).drop_front())
    result = n.create<Op>({result, operand});
  return result;
}

template <typename Op>
static LogicalResult variadic(NodeImporter &n) {
  n.out(0, fold<Op>(n));
  return success();
}

static LogicalResult mean(NodeImporter &n) {
  mlir::Value sum = fold<nn::AddOp>(n);
  if (!sum)
    return failure();
  n.out(0, n.create<nn::DivOp>({sum, n.scalar(nn::getElementType(sum), double(n.numInputs()))}));
  return success();
}

static LogicalResult reciprocal(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  n.out(0, n.create<nn::DivOp>({n.scalar(nn::getElementType(x), 1), x}));
  return success();
}

static LogicalResult softsign(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  mlir::Value one = n.scalar(nn::getElementType(x), 1);
  n.out(0, n.create<nn::DivOp>({x, n.create<nn::AddOp>({n.create<nn::AbsOp>({x}), one})}));
  return success();
}

/// Result type and arithmetic are the base's; the exponent may have another type.
static LogicalResult power(NodeImporter &n) {
  mlir::Value x = n.require(0), y = n.require(1);
  if (!x || !y)
    return failure();
  Type base = nn::getElementType(x), exponent = nn::getElementType(y), common = base;
  if (isa<FloatType>(exponent) && isa<IntegerType>(base))
    common = n.b.getF64Type(); // rounded towards zero at the end
  else if (isa<IntegerType>(exponent) && isa<IntegerType>(base) && base != exponent)
    // Products wrap alike in a wider type, and a negative exponent stays negative.
    common = n.b.getIntegerType(64);
  auto convert = [&](mlir::Value v, Type from, Type to) {
    return from == to ? v : n.create<nn::CastOp>({v}, n.attr("to", TypeAttr::get(to)));
  };
  mlir::Value z = n.create<nn::PowOp>({convert(x, base, common), convert(y, exponent, common)});
  n.out(0, convert(z, common, base));
  return success();
}

static LogicalResult mod(NodeImporter &n) {
  int64_t fmod = n.attrs.getInt("fmod", 0);
  if (fmod != 0 && fmod != 1)
    return n.fail("expected fmod 0 or 1, but got " + llvm::Twine(fmod));
  return fmod ? binary<nn::RemOp>(n) : binary<nn::ModOp>(n);
}

static LogicalResult bitShift(NodeImporter &n) {
  StringRef direction = n.attrs.requireString("direction");
  if (direction == "LEFT")
    return binary<nn::ShlOp>(n);
  if (direction == "RIGHT")
    return binary<nn::ShrOp>(n);
  return n.fail("expected direction LEFT or RIGHT, but got " + quoted(direction));
}

/// Bounds are attributes before opset 11; the upper one wins where they cross.
static LogicalResult clip(NodeImporter &n) {
  mlir::Value x = n.require(0), low, high;
  if (!x)
    return failure();
  Type type = nn::getElementType(x);
  if (n.opset() < 11) {
    if (n.attrs.has("min"))
      low = n.scalar(type, n.attrs.getFloat("min", 0));
    if (n.attrs.has("max"))
      high = n.scalar(type, n.attrs.getFloat("max", 0));
  } else {
    low = n.in(1);
    high = n.in(2);
  }
  for (mlir::Value bound : {low, high})
    if (bound && nn::getStatic(nn::numElements(nn::getDims(bound), n.b.getContext())) != 1)
      return n.fail("expected bounds of one element, but got " + nn::dimsToString(nn::getDims(bound)));
  mlir::Value y = x;
  if (low)
    y = n.create<nn::MaxOp>({y, asScalar(n, low)});
  if (high)
    y = n.create<nn::MinOp>({y, asScalar(n, high)});
  n.out(0, y);
  return success();
}

static LogicalResult prelu(NodeImporter &n) {
  mlir::Value x = n.require(0), y = n.create<nn::PReluOp>({x, n.require(1)});
  if (y && nn::getDims(y) != nn::getDims(x))
    return n.fail("expected a slope that broadcasts to " + nn::dimsToString(nn::getDims(x)) + ", but got " +
                  nn::dimsToString(nn::getDims(n.in(1))));
  n.out(0, y);
  return success();
}

static LogicalResult celu(NodeImporter &n) {
  double alpha = n.attrs.getFloat("alpha", 1);
  if (!(alpha > 0))
    return n.fail("expected a positive alpha, but got " + std::to_string(alpha));
  n.out(0, n.create<nn::EluOp>({n.require(0)},
                               {n.attr("alpha", alpha), n.attr("beta", 1 / alpha), n.attr("gamma", 1.0)}));
  return success();
}

static LogicalResult elu(NodeImporter &n, float alpha, float gamma) {
  double a = n.attrs.getFloat("alpha", alpha);
  double g = n.node.opType() == "Selu" ? n.attrs.getFloat("gamma", gamma) : 1;
  n.out(0,
        n.create<nn::EluOp>({n.require(0)}, {n.attr("alpha", a), n.attr("beta", 1.0), n.attr("gamma", g)}));
  return success();
}

static LogicalResult gelu(NodeImporter &n) {
  StringRef approximate = n.attrs.getString("approximate", "none");
  if (approximate == "none")
    return unary<nn::GeluOp>(n);
  if (approximate == "tanh")
    return unary<nn::GeluTanhOp>(n);
  return n.fail("expected approximate 'none' or 'tanh', but got " + quoted(approximate));
}

static LogicalResult isInf(NodeImporter &n) {
  n.out(0, n.create<nn::IsInfOp>({n.require(0)},
                                 {n.attr("positive", n.attrs.getInt("detect_positive", 1) != 0),
                                  n.attr("negative", n.attrs.getInt("detect_negative", 1) != 0)}));
  return success();
}

static LogicalResult swiGLU(NodeImporter &n) {
  mlir::Value a = n.require(0), b = n.require(1);
  if (!a || !b)
    return failure();
  if (a.getType() != b.getType())
    return n.fail("expected operands of one type, but got " + nn::dimsToString(nn::getDims(a)) + " and " +
                  nn::dimsToString(nn::getDims(b)));
  mlir::Value gate = n.create<nn::SwishOp>({a}, n.attr("alpha", double(n.attrs.getFloat("alpha", 1))));
  n.out(0, n.create<nn::MulOp>({gate, b}));
  return success();
}

static LogicalResult where(NodeImporter &n) {
  n.out(0, n.create<nn::WhereOp>({n.require(0), n.require(1), n.require(2)}));
  return success();
}

/// ai.onnx.ml: 1 above the threshold, else 0.
static LogicalResult binarizer(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  Type type = nn::getElementType(x);
  mlir::Value threshold = n.scalar(type, n.attrs.getFloat("threshold", 0));
  mlir::Value above = n.create<nn::LessOp>({threshold, x});
  n.out(0, n.create<nn::CastOp>({above}, n.attr("to", TypeAttr::get(type))));
  return success();
}

/// ai.onnx.ml: a choice along the last dimension, in row-major order of the indices.
static LogicalResult arrayFeatureExtractor(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1);
  if (!x || !indices)
    return failure();
  nn::Dims dims = nn::getDims(x);
  if (dims.empty())
    return n.fail("expected data of rank 1 or more, but got a scalar");
  nn::Dim count = nn::numElements(nn::getDims(indices), n.b.getContext());
  indices = reshapeTo(n, indices, {count});
  mlir::Value y = n.create<nn::GatherOp>({x, indices}, n.attr("axis", int64_t(dims.size() - 1)));
  if (dims.size() == 1)
    y = reshapeTo(n, y, {dimOf(n, 1), count});
  n.out(0, y);
  return success();
}

void onnx_import::populateElementwise(Translators &t) {
  t.add("Add", binary<nn::AddOp>);
  t.add("Sub", binary<nn::SubOp>);
  t.add("Mul", binary<nn::MulOp>);
  t.add("Div", binary<nn::DivOp>);
  t.add("Mod", mod);
  t.add("Pow", power);
  t.add("Max", variadic<nn::MaxOp>);
  t.add("Min", variadic<nn::MinOp>);
  t.add("Sum", variadic<nn::AddOp>);
  t.add("Mean", mean);
  t.add("Abs", unary<nn::AbsOp>);
  t.add("Neg", unary<nn::NegOp>);
  t.add("Sign", unary<nn::SignOp>);
  t.add("Ceil", unary<nn::CeilOp>);
  t.add("Floor", unary<nn::FloorOp>);
  t.add("Round", unary<nn::RoundOp>);
  t.add("Reciprocal", reciprocal);
  t.add("Sqrt", unary<nn::SqrtOp>);
  t.add("Exp", unary<nn::ExpOp>);
  t.add("Log", unary<nn::LogOp>);
  t.add("Sin", unary<nn::SinOp>);
  t.add("Cos", unary<nn::CosOp>);
  t.add("Tan", unary<nn::TanOp>);
  t.add("Asin", unary<nn::AsinOp>);
  t.add("Acos", unary<nn::AcosOp>);
  t.add("Atan", unary<nn::AtanOp>);
  t.add("Sinh", unary<nn::SinhOp>);
  t.add("Cosh", unary<nn::CoshOp>);
  t.add("Tanh", unary<nn::TanhOp>);
  t.add("Asinh", unary<nn::AsinhOp>);
  t.add("Acosh", unary<nn::AcoshOp>);
  t.add("Atanh", unary<nn::AtanhOp>);
  t.add("Erf", unary<nn::ErfOp>);

  t.add("Relu", unary<nn::ReluOp>);
  t.add("Sigmoid", unary<nn::SigmoidOp>);
  t.add("Softplus", unary<nn::SoftplusOp>);
  t.add("Softsign", softsign);
  t.add("Elu", [](NodeImporter &n) { return elu(n, 1, 1); });
  t.add("Selu",
        [](NodeImporter &n) { return elu(n, 1.67326319217681884765625f, 1.05070102214813232421875f); });
  t.add("Celu", celu);
  t.add("LeakyRelu", unaryWith<nn::LeakyReluOp>({{"alpha", 0.01f}}));
  t.add("ThresholdedRelu", unaryWith<nn::ThresholdedReluOp>({{"alpha", 1.0f}}));
  t.add("PRelu", prelu);
  t.add("HardSigmoid", unaryWith<nn::HardSigmoidOp>({{"alpha", 0.2f}, {"beta", 0.5f}}));
  t.add("HardSwish", unary<nn::HardSwishOp>);
  t.add("Swish", unaryWith<nn::SwishOp>({{"alpha", 1.0f}}));
  t.add("SwiGLU", swiGLU);
  t.add("Mish", unary<nn::MishOp>);
  t.add("Gelu", gelu);
  t.add("Shrink", unaryWith<nn::ShrinkOp>({{"lambd", 0.5f}, {"bias", 0.0f}}));
  t.add("Clip", clip);

  t.add("Equal", binary<nn::EqualOp>);
  t.add("Less", binary<nn::LessOp>);
  t.add("LessOrEqual", binary<nn::LessEqualOp>);
  t.add("Greater", swapped<nn::LessOp>);
  t.add("GreaterOrEqual", swapped<nn::LessEqualOp>);
  for (const char *prefix : {"", "Bitwise"}) {
    t.add(std::string(prefix) + "And", binary<nn::AndOp>);
    t.add(std::string(prefix) + "Or", binary<nn::OrOp>);
    t.add(std::string(prefix) + "Xor", binary<nn::XorOp>);
    t.add(std::string(prefix) + "Not", unary<nn::NotOp>);
  }
  t.add("BitShift", bitShift);
  t.add("IsNaN", unary<nn::IsNaNOp>);
  t.add("IsInf", isInf);
  t.add("Where", where);

  t.add("Binarizer", binarizer, "ai.onnx.ml");
  t.add("ArrayFeatureExtractor", arrayFeatureExtractor, "ai.onnx.ml");
}
