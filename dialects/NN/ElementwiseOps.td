#ifndef TENON_NN_ELEMENTWISE_OPS_TD
#define TENON_NN_ELEMENTWISE_OPS_TD

include "dialects/NN/NNBase.td"

def NN_Elementwise : NativeOpTrait<"NNElementwise"> { let cppNamespace = "::tenon::nn"; }

/// What a formula computes on one kind of element; the empty formula is not defined there.
class NN_Formula<string kind, string type, string params, string formula, string attrs> {
  string cpp = !if(!eq(formula, ""),
    "static constexpr bool k" # kind # " = false;\nauto " # kind # "Formula() { return [](" # params # ") -> " # type # " { return 0; }; }\n",
    "static constexpr bool k" # kind # " = true;\nauto " # kind # "Formula() { " # attrs # " return [=](" # params # ") -> " # type # " { return " # formula # "; }; }\n");
}

/// An op on elements. `F` gives the meaning on doubles, `I` on 128-bit integers that hold every value of the
/// element type (the result wraps); an empty formula means that the op is not defined on such elements, which (C1)
/// says. `attrs` declares the attributes that the formulas use as C++ variables.
class NN_Map<string mnemonic, list<string> operands, string F, string I, string elements, string attrs = "",
             string result = "", list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([NN_Elementwise], traits)> {
  let results = (outs NN_Tensor:$y);
  string formula = !if(!eq(F, ""), I, F);
  defvar floatParams = !interleave(!foreach(x, operands, "double " # x), ", ");
  defvar intParams = !interleave(!foreach(x, operands, "Int " # x), ", ");
  let description = "`y = " # formula # "`" # !if(!and(!ne(F, ""), !and(!ne(I, ""), !ne(F, I))), "; on integers `" # I # "`", "")
    # ", element by element.\n\n(C1) " # !if(!eq(!size(operands), 1), "The operand has ", "All operands have the same element type: ")
    # elements # "."
    # !if(!eq(!size(operands), 1), "", "\n(C2) The operands' shapes broadcast as in NumPy.");
  let extraClassDeclaration =
    NN_Formula<"Float", "double", floatParams, F, attrs>.cpp # NN_Formula<"Int", "Int", intParams, I, attrs>.cpp
    # "static constexpr bool kBoolResult = " # !if(!eq(result, "bool"), "true", "false") # ";\n"
    # "static constexpr bool kBoolOperands = " # !if(!or(!eq(elements, "booleans or integers"), !eq(elements, "any element type")), "true", "false") # ";\n";
}

class NN_Unary<string mnemonic, string F, string I = "", list<Trait> traits = []>
    : NN_Map<mnemonic, ["x"], F, I, !if(!eq(F, ""), "integers", !if(!eq(I, ""), "floats", "numbers")), "", "", traits> {
  let arguments = (ins NN_Tensor:$x);
}

/// With float attributes, each a C++ variable of the formula.
class NN_UnaryWith<string mnemonic, string F, list<string> names, string I = "">
    : NN_Map<mnemonic, ["x"], F, I, !if(!eq(I, ""), "floats", "numbers"),
             !interleave(!foreach(n, names, "double " # n # " = getAttrDouble((*this)->getAttr(\"" # n # "\"));"), " ")>;

class NN_Binary<string mnemonic, string F, string I, string elements = "numbers", string result = "", list<Trait> traits = [], string attrs = "">
    : NN_Map<mnemonic, ["x", "z"], F, I, elements, attrs, result, traits> {
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$z);
}

defvar NN_Shapes = DeclareOpInterfaceMethods<ShapeArithmeticOpInterface>;

//===-- Arithmetic -----------------------------------------------------------------------------------------===//

def NN_AddOp : NN_Binary<"add", "x + z", "x + z", "numbers", "", [NN_Shapes, Commutative]> { let summary = "Sum"; let hasFolder = 1; }
def NN_SubOp : NN_Binary<"sub", "x - z", "x - z", "numbers", "", [NN_Shapes]> { let summary = "Difference"; let hasFolder = 1; }
def NN_MulOp : NN_Binary<"mul", "x * z", "multiply(x, z)", "numbers", "", [NN_Shapes, Commutative]> { let summary = "Product"; let hasFolder = 1; }
def NN_DivOp : NN_Binary<"div", "x / z", "z == 0 ? 0 : x / z", "numbers", "", [NN_Shapes]> {
  let summary = "Quotient; integers truncate, and a division by zero gives zero";
  let hasFolder = 1;
}
def NN_ModOp : NN_Binary<"mod", "floorMod(x, z)", "z == 0 ? 0 : floorMod(x, z)", "numbers", "", [NN_Shapes]> {
  let summary = "Remainder with the sign of the divisor";
}
def NN_RemOp : NN_Binary<"rem", "std::fmod(x, z)", "z == 0 ? 0 : x % z"> {
  let summary = "Remainder with the sign of the dividend";
}
def NN_PowOp : NN_Binary<"pow", "std::pow(x, z)", "power(x, z)"> {
  let summary = "Power; integers wrap";
  let hasFolder = 1;
}
def NN_MaxOp : NN_Binary<"max", "std::isnan(x) || x > z ? x : z", "x > z ? x : z", "numbers", "", [NN_Shapes, Commutative]> {
  let summary = "Larger; NaN if either is";
  let hasFolder = 1;
}
def NN_MinOp : NN_Binary<"min", "std::isnan(x) || x < z ? x : z", "x < z ? x : z", "numbers", "", [NN_Shapes, Commutative]> {
  let summary = "Smaller; NaN if either is";
  let hasFolder = 1;
}
def NN_PReluOp : NN_Binary<"prelu", "x < 0 ? x * z : x", "x < 0 ? multiply(x, z) : x"> {
  let summary = "Leaky rectifier with a slope tensor";
}
def NN_AbsOp : NN_Unary<"abs", "std::fabs(x)", "x < 0 ? -x : x", [NN_Shapes]> { let summary = "Absolute value"; let hasFolder = 1; }
def NN_NegOp : NN_Unary<"neg", "-x", "-x", [NN_Shapes]> { let summary = "Negation"; let hasFolder = 1; }
def NN_SignOp : NN_Unary<"sign", "x > 0 ? 1 : x < 0 ? -1 : x", "x > 0 ? 1 : x < 0 ? -1 : 0"> { let summary = "Sign"; let hasFolder = 1; }
def NN_CeilOp : NN_Unary<"ceil", "std::ceil(x)"> { let summary = "Next integer above"; let hasFolder = 1; }
def NN_FloorOp : NN_Unary<"floor", "std::floor(x)"> { let summary = "Next integer below"; let hasFolder = 1; }
def NN_RoundOp : NN_Unary<"round", "std::nearbyint(x)"> { let summary = "Nearest integer, halves to even"; let hasFolder = 1; }

//===-- Functions ------------------------------------------------------------------------------------------===//

def NN_SqrtOp : NN_Unary<"sqrt", "std::sqrt(x)"> { let summary = "Square root"; }
def NN_ExpOp : NN_Unary<"exp", "std::exp(x)"> { let summary = "Exponential"; }
def NN_LogOp : NN_Unary<"log", "std::log(x)"> { let summary = "Natural logarithm"; }
def NN_SinOp : NN_Unary<"sin", "std::sin(x)"> { let summary = "Sine"; }
def NN_CosOp : NN_Unary<"cos", "std::cos(x)"> { let summary = "Cosine"; }
def NN_TanOp : NN_Unary<"tan", "std::tan(x)"> { let summary = "Tangent"; }
def NN_AsinOp : NN_Unary<"asin", "std::asin(x)"> { let summary = "Inverse sine"; }
def NN_AcosOp : NN_Unary<"acos", "std::acos(x)"> { let summary = "Inverse cosine"; }
def NN_AtanOp : NN_Unary<"atan", "std::atan(x)"> { let summary = "Inverse tangent"; }
def NN_SinhOp : NN_Unary<"sinh", "std::sinh(x)"> { let summary = "Hyperbolic sine"; }
def NN_CoshOp : NN_Unary<"cosh", "std::cosh(x)"> { let summary = "Hyperbolic cosine"; }
def NN_TanhOp : NN_Unary<"tanh", "std::tanh(x)"> { let summary = "Hyperbolic tangent"; }
def NN_AsinhOp : NN_Unary<"asinh", "std::asinh(x)"> { let summary = "Inverse hyperbolic sine"; }
def NN_AcoshOp : NN_Unary<"acosh", "std::acosh(x)"> { let summary = "Inverse hyperbolic cosine"; }
def NN_AtanhOp : NN_Unary<"atanh", "std::atanh(x)"> { let summary = "Inverse hyperbolic tangent"; }
def NN_ErfOp : NN_Unary<"erf", "std::erf(x)"> { let summary = "Error function"; }

//===-- Activations ----------------------------------------------------------------------------------------===//

def NN_ReluOp : NN_Unary<"relu", "x < 0 ? 0 : x", "x < 0 ? 0 : x"> { let summary = "Rectified linear unit"; let hasFolder = 1; }
def NN_SigmoidOp : NN_Unary<"sigmoid", "1 / (1 + std::exp(-x))"> { let summary = "Logistic function"; }
def NN_SoftplusOp : NN_Unary<"softplus", "std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)))"> {
  let summary = "Logarithm of one plus the exponential";
}
def NN_EluOp : NN_UnaryWith<"elu", "x < 0 ? gamma * alpha * std::expm1(x * beta) : gamma * x", ["alpha", "beta", "gamma"]> {
  let summary = "Exponential linear units: Elu (beta = gamma = 1), Celu (beta = 1 / alpha), Selu (beta = 1)";
  let arguments = (ins NN_Tensor:$x, F64Attr:$alpha, F64Attr:$beta, F64Attr:$gamma);
}
def NN_LeakyReluOp : NN_UnaryWith<"leaky_relu", "x < 0 ? alpha * x : x", ["alpha"]> {
  let summary = "Rectifier with a constant slope on negative numbers";
  let arguments = (ins NN_Tensor:$x, F64Attr:$alpha);
}
def NN_ThresholdedReluOp : NN_UnaryWith<"thresholded_relu", "x > alpha ? x : 0", ["alpha"]> {
  let summary = "Keeps what exceeds a threshold";
  let arguments = (ins NN_Tensor:$x, F64Attr:$alpha);
}
def NN_HardSigmoidOp : NN_UnaryWith<"hard_sigmoid", "clamp01(alpha * x + beta)", ["alpha", "beta"]> {
  let summary = "Piecewise linear sigmoid: the line clamped to [0, 1]";
  let arguments = (ins NN_Tensor:$x, F64Attr:$alpha, F64Attr:$beta);
}
def NN_HardSwishOp : NN_Unary<"hard_swish", "x * clamp01(x / 6 + 0.5)"> {
  let summary = "Product with the piecewise linear sigmoid of slope 1/6";
}
def NN_SwishOp : NN_UnaryWith<"swish", "x / (1 + std::exp(-alpha * x))", ["alpha"]> {
  let summary = "Product with the sigmoid of alpha times the operand";
  let arguments = (ins NN_Tensor:$x, F64Attr:$alpha);
}
def NN_MishOp : NN_Unary<"mish", "x * std::tanh(std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))))"> {
  let summary = "Product with the hyperbolic tangent of softplus";
}
def NN_GeluOp : NN_Unary<"gelu", "0.5 * x * (1 + std::erf(x * 0.70710678118654752440))"> {
  let summary = "Gaussian error linear unit";
}
def NN_GeluTanhOp : NN_Unary<"gelu_tanh", "0.5 * x * (1 + std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)))"> {
  let summary = "Gaussian error linear unit, approximated by tanh";
}
def NN_ShrinkOp : NN_UnaryWith<"shrink", "x < -lambd ? x + bias : x > lambd ? x - bias : 0", ["lambd", "bias"],
    "double(x) < -lambd ? Int(double(x) + bias) : double(x) > lambd ? Int(double(x) - bias) : 0"> {
  let summary = "Zero near zero, shifted towards it elsewhere";
  let arguments = (ins NN_Tensor:$x, F64Attr:$lambd, F64Attr:$bias);
}

//===-- Comparison and logic -------------------------------------------------------------------------------===//

def NN_EqualOp : NN_Binary<"equal", "x == z", "x == z", "any element type", "bool", [NN_Shapes, Commutative]> { let summary = "Equality"; }
def NN_LessOp : NN_Binary<"less", "x < z", "x < z", "numbers", "bool", [NN_Shapes]> { let summary = "Order; false with NaN"; }
def NN_LessEqualOp : NN_Binary<"less_equal", "x <= z", "x <= z", "numbers", "bool", [NN_Shapes]> {
  let summary = "Order or equality; false with NaN";
}
def NN_AndOp : NN_Binary<"and", "", "x & z", "booleans or integers", "", [NN_Shapes, Commutative]> { let summary = "Conjunction, of all bits for integers"; let hasFolder = 1; }
def NN_OrOp : NN_Binary<"or", "", "x | z", "booleans or integers", "", [NN_Shapes, Commutative]> { let summary = "Disjunction, of all bits for integers"; let hasFolder = 1; }
def NN_XorOp : NN_Binary<"xor", "", "x ^ z", "booleans or integers", "", [Commutative]> { let summary = "Exclusive or, of all bits for integers"; }
def NN_ShlOp : NN_Binary<"shl", "", "z < 0 || z >= 64 ? 0 : Int(uint64_t(x) << uint64_t(z))", "integers"> {
  let summary = "Shift to the left; zero beyond the width, which negative amounts are too";
  let hasFolder = 1;
}
def NN_ShrOp : NN_Binary<"shr", "", "x >> (z < 0 || z > 64 ? 64 : int(z))", "integers"> {
  let summary = "Shift to the right, arithmetic on signed integers; beyond the width zero or the sign";
  let hasFolder = 1;
}
def NN_NotOp : NN_Op<"not", [NN_Elementwise, NN_Shapes]> {
  let summary = "Negation of booleans, or of all bits of integers";
  let description = [{
    (C1) The operand has booleans or integers.
  }];
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
}
def NN_IsNaNOp : NN_Map<"is_nan", ["x"], "std::isnan(x)", "", "floats", "", "bool"> {
  let summary = "Whether a number is NaN";
  let arguments = (ins NN_Tensor:$x);
}
def NN_IsInfOp : NN_Map<"is_inf", ["x"], "std::isinf(x) && (x > 0 ? positive : negative)", "", "floats",
    "bool positive = getPositive(), negative = getNegative();", "bool"> {
  let summary = "Whether a number is infinite, of the chosen signs";
  let arguments = (ins NN_Tensor:$x, BoolAttr:$positive, BoolAttr:$negative);
}
def NN_WhereOp : NN_Op<"where", [NN_Elementwise, NN_Shapes]> {
  let summary = "Choice by a condition";
  let description = [{
    `y = condition ? x : z`, element by element.

    (C1) The condition has booleans.
    (C2) `x` and `z` have the same element type.
    (C3) The operands' shapes broadcast as in NumPy.
  }];
  let arguments = (ins NN_Tensor:$condition, NN_Tensor:$x, NN_Tensor:$z);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
}

//===-- Conversion -----------------------------------------------------------------------------------------===//

def NN_CastOp : NN_Op<"cast", [NN_Elementwise, NN_Shapes]> {
  let summary = "Conversion to another element type";
  let description = [{
    Floats round to nearest even (float8e8m0 as `rounding` says: `up`, `down` or `nearest`, halves up), to integers they
    truncate: beyond the range the value is clamped, NaN gives zero. Integers wrap. To bool: nonzero.
    To 8-bit floats and narrower: with `saturate`, what is beyond the range becomes the largest number of its sign;
    without, infinity, or NaN in types without it. 4- and 6-bit floats always saturate.

    (C1) `rounding` is `up`, `down` or `nearest`.
  }];
  let arguments = (ins NN_Tensor:$x, TypeAttr:$to, DefaultValuedAttr<BoolAttr, "true">:$saturate,
    DefaultValuedAttr<StrAttr, "\"up\"">:$rounding);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_BitcastOp : NN_Op<"bitcast", [NN_Elementwise]> {
  let summary = "The same bits as another element type";
  let description = [{
    A bool is a byte of 0 or 1; any other byte becomes true.

    (C1) Both element types have the same number of bits, at least eight; bool counts as eight.
  }];
  let arguments = (ins NN_Tensor:$x, TypeAttr:$to);
  let results = (outs NN_Tensor:$y);
  let hasFolder = 1;
}

defvar NN_ScaleConstraints = [{
    (C2) With one element, `scale` applies to all; of rank 1, its element i to index i of dimension `axis`; of the
    operand's rank, its index along `axis` is that of the operand divided by `block_size`, rounded down, other extents
    being equal.
    (C3) `zero_point`, if present, has the shape of `scale`.
    (C4) `axis` is a dimension of the operand, and `block_size` is not negative, and positive for scales in blocks.
}];

def NN_QuantizeLinearOp : NN_Op<"quantize_linear"> {
  let summary = "Numbers as multiples of a scale, relative to a zero point";
  let description = !strconcat([{
    `y = saturate(round(x / scale) + zero_point)`, rounding halves to even, for integers, and NaN gives 0; for floats
    `y = cast(x / scale + zero_point)`, the cast saturating as `saturate` says. The quotient and the float sum are rounded
    to `precision`.

    (C1) `x` has floats or 32-bit integers, `scale` and `precision` are of float types; `to` is an integer type of at most 16
    bits (not bool), or a float type of at most 8.
  }], NN_ScaleConstraints, [{
    (C5) `zero_point` has elements of type `to`.
  }]);
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, Optional<NN_Tensor>:$zero_point, TypeAttr:$to, TypeAttr:$precision, I64Attr:$axis,
    I64Attr:$block_size, DefaultValuedAttr<BoolAttr, "true">:$saturate);
  let results = (outs NN_Tensor:$y);
}

def NN_DequantizeLinearOp : NN_Op<"dequantize_linear"> {
  let summary = "Numbers from multiples of a scale";
  let description = !strconcat([{
    `y = (x - zero_point) * scale`, rounded once to the element type `to`.

    (C1) `x` has integers, or floats of at most 8 bits; `scale` and `to` are float types.
  }], NN_ScaleConstraints, [{
    (C5) `zero_point` has the element type of `x`.
  }]);
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$scale, Optional<NN_Tensor>:$zero_point, TypeAttr:$to, I64Attr:$axis, I64Attr:$block_size);
  let results = (outs NN_Tensor:$y);
}

def NN_DynamicQuantizeLinearOp : NN_Op<"dynamic_quantize_linear"> {
  let summary = "Quantization to ui8 with a scale taken from the data";
  let description = [{
    With lo = min(0, min(x)) and hi = max(0, max(x)), in the arithmetic of f32: `scale = (hi - lo) / 255`, or 1/255 if hi = lo;
    `zero_point = clamp(round(-lo / scale), 0, 255)`, `y = clamp(round(x / scale) + zero_point, 0, 255)`, all rounding
    halves to even; NaN becomes 0.

    (C1) `x` has elements of type f32.
  }];
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y, NN_Tensor:$scale, NN_Tensor:$zero_point);
}

//===-- From nothing ---------------------------------------------------------------------------------------===//

def NN_IotaOp : NN_Op<"iota"> {
  let summary = "Coordinates along a dimension";
  let description = [{
    An i64 tensor of the extents that `shape` gives; each element is its index along `dim`.

    (C1) `shape` has no dimensions, only symbols.
    (C2) `dim` is a dimension of the shape.
  }];
  let arguments = (ins AffineMapAttr:$shape, I64Attr:$dim);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$shape `,` $dim attr-dict `:` type($y)";
}

#endif
