#include "lib/Import/Translate.h"

/// The optimizers of ai.onnx.preview.training, expanded to the formulas that define them.
using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

namespace {
/// Scalar-like arithmetic on tensors of one element type.
struct Expr {
  NodeImporter *n;
  mlir::Value value;
};
} // namespace

template <typename Op>
static Expr apply(Expr a, Expr b) {
  return {a.n, a.value && b.value ? a.n->create<Op>({a.value, b.value}) : mlir::Value()};
}
static Expr number(Expr like, double value) {
  return {like.n, like.value ? like.n->scalar(nn::getElementType(like.value), value) : mlir::Value()};
}
static Expr operator+(Expr a, Expr b) {
  return apply<nn::AddOp>(a, b);
}
static Expr operator-(Expr a, Expr b) {
  return apply<nn::SubOp>(a, b);
}
static Expr operator*(Expr a, Expr b) {
  return apply<nn::MulOp>(a, b);
}
static Expr operator/(Expr a, Expr b) {
  return apply<nn::DivOp>(a, b);
}
static Expr operator*(double a, Expr b) {
  return number(b, a) * b;
}
static Expr operator+(Expr a, double b) {
  return a + number(a, b);
}
static Expr operator-(double a, Expr b) {
  return number(b, a) - b;
}
static Expr squareRoot(Expr a) {
  return {a.n, a.value ? a.n->create<nn::SqrtOp>({a.value}) : mlir::Value()};
}
/// `base` to the power `exponent`.
static Expr powerOf(double base, Expr exponent) {
  return apply<nn::PowOp>(number(exponent, base), exponent);
}
/// `t` > 0 ? a : b
static Expr ifPositive(Expr t, Expr a, Expr b) {
  mlir::Value positive = apply<nn::LessOp>(number(t, 0), t).value;
  if (!positive || !a.value || !b.value)
    return {t.n, {}};
  return {t.n, t.n->create<nn::WhereOp>({positive, a.value, b.value})};
}
static Expr castTo(Expr x, Type type) {
  if (!x.value || nn::getElementType(x.value) == type)
    return x;
  return {x.n, x.n->create<nn::CastOp>({x.value}, x.n->attr("to", TypeAttr::get(type)))};
}

/// Operands are R, T, and then `width` groups of one tensor per variable (X, G, ...); the results are groups
/// of all but G. `step` maps a variable's tensors to its results.
static LogicalResult
eachVariable(NodeImporter &n, size_t width,
             llvm::function_ref<SmallVector<Expr>(Expr r, Expr t, ArrayRef<Expr> operands)> step) {
  FailureOr<SmallVector<mlir::Value>> operands = n.all();
  if (failed(operands))
    return failure();
  if (operands->size() < 2 || (operands->size() - 2) % width || operands->size() == 2)
    return n.fail("expected 2 operands and groups of " + llvm::Twine(width) + ", but got " +
                  llvm::Twine(operands->size()));
  size_t count = (operands->size() - 2) / width;
  for (size_t i = 0; i < count; ++i) {
    SmallVector<Expr> own;
    for (size_t group = 0; group < width; ++group)
      own.push_back({&n, (*operands)[2 + group * count + i]});
    Type type = nn::getElementType(own[0].value);
    if (!isa<FloatType>(type))
      return n.fail("expected variables of floats");
    SmallVector<Expr> results =
        step(castTo({&n, (*operands)[0]}, type), castTo({&n, (*operands)[1]}, type), own);
    for (auto [group, result] : llvm::enumerate(results))
      n.out(group * count + i, result.value);
  }
  return success();
}

static LogicalResult adagrad(NodeImporter &n) {
  double decay = n.attrs.getFloat("decay_factor", 0), epsilon = n.attrs.getFloat("epsilon", 1e-6f),
         norm = n.attrs.getFloat("norm_coefficient", 0);
  return eachVariable(n, 3, [&](Expr r, Expr t, ArrayRef<Expr> v) -> SmallVector<Expr> {
    Expr x = v[0], g = norm * x + v[1];
    Expr rate = r / (decay * t + 1.0);
    Expr squares = v[2] + g * g;
    return {x - rate * g / (squareRoot(squares) + epsilon), squares};
  });
}

static LogicalResult adam(NodeImporter &n) {
  double alpha = n.attrs.getFloat("alpha", 0.9f), beta = n.attrs.getFloat("beta", 0.999f),
         epsilon = n.attrs.getFloat("epsilon", 1e-6f), norm = n.attrs.getFloat("norm_coefficient", 0),
         normPost = n.attrs.getFloat("norm_coefficient_post", 0);
  return eachVariable(n, 4, [&](Expr r, Expr t, ArrayRef<Expr> v) -> SmallVector<Expr> {
    Expr x = v[0], g = norm * x + v[1];
    Expr mean = alpha * v[2] + (1 - alpha) * g;
    Expr squares = beta * v[3] + (1 - beta) * (g * g);
    Expr rate = ifPositive(t, r * squareRoot(1.0 - powerOf(beta, t)) / (1.0 - powerOf(alpha, t)), r);
    Expr next = x - rate * mean / (squareRoot(squares) + epsilon);
    return {(1 - normPost) * next, mean, squares};
  });
}

static LogicalResult momentum(NodeImporter &n) {
  double alpha = n.attrs.requireFloat("alpha"), beta = n.attrs.requireFloat("beta"),
         norm = n.attrs.requireFloat("norm_coefficient");
  StringRef mode = n.attrs.requireString("mode");
  if (mode != "standard" && mode != "nesterov")
    return n.fail("expected mode 'standard' or 'nesterov', but got " + quoted(mode));
  return eachVariable(n, 3, [&](Expr r, Expr t, ArrayRef<Expr> v) -> SmallVector<Expr> {
    Expr x = v[0], g = norm * x + v[1];
    Expr next = alpha * v[2] + ifPositive(t, number(t, beta), number(t, 1)) * g;
    return {x - r * (mode == "standard" ? next : g + alpha * next), next};
  });
}

void onnx_import::populateTraining(Translators &t) {
  t.add("Adagrad", adagrad, "ai.onnx.preview.training");
  t.add("Adam", adam, "ai.onnx.preview.training");
  t.add("Momentum", momentum, "ai.onnx.preview.training");
}
