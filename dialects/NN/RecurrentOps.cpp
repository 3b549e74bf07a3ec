#include "dialects/NN/Recurrent.h"
#include "dialects/NN/Windows.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

std::optional<Activation> nn::parseActivation(StringRef name) {
  return llvm::StringSwitch<std::optional<Activation>>(name)
      .Case("relu", Activation::Relu)
      .Case("tanh", Activation::Tanh)
      .Case("sigmoid", Activation::Sigmoid)
      .Case("affine", Activation::Affine)
      .Case("leakyrelu", Activation::LeakyRelu)
      .Case("thresholdedrelu", Activation::ThresholdedRelu)
      .Case("scaledtanh", Activation::ScaledTanh)
      .Case("hardsigmoid", Activation::HardSigmoid)
      .Case("elu", Activation::Elu)
      .Case("softsign", Activation::Softsign)
      .Case("softplus", Activation::Softplus)
      .Default(std::nullopt);
}

template <typename Op>
Recurrent::Recurrent(Op op, Cell cell)
    : op(op), cell(cell), x(op.getX()), w(op.getW()), r(op.getR()), b(op.getB()),
      lengths(op.getSequenceLens()), h0(op.getInitialH()), direction(op.getDirection()),
      names(op.getActivations()), alpha(op.getAlpha()), beta(op.getBeta()), batchMajor(op.getBatchMajor()) {
  if (op.getClip())
    clip = op.getClip()->convertToDouble();
}
Recurrent::Recurrent(LstmOp op) : Recurrent(op, Cell::Lstm) {
  c0 = op.getInitialC();
  p = op.getP();
  inputForget = op.getInputForget();
}
Recurrent::Recurrent(GruOp op) : Recurrent(op, Cell::Gru) {
  linearBeforeReset = op.getLinearBeforeReset();
}
Recurrent::Recurrent(RnnOp op) : Recurrent(op, Cell::Rnn) {}

LogicalResult Recurrent::infer(SmallVectorImpl<Type> &types) const {
  Type element = getElementType(x);
  for (Value value : {x, w, r, b, h0, c0, p})
    if (value && (!isa<FloatType>(element) || getElementType(value) != element))
      return op->emitOpError("C1: expected operands of the same float type, but got ")
             << element << " and " << getElementType(value);
  if (lengths && !getElementType(lengths).isSignlessInteger(32))
    return op->emitOpError("C1: expected sequence_lens of i32, but got ") << getElementType(lengths);
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return op->emitOpError("C2: expected direction forward, reverse or bidirectional, but got '")
           << direction << "'";
  size_t count = size_t(functions() * directions());
  if (names.size() != count || alpha.size() != count || beta.size() != count)
    return op->emitOpError("C2: expected ") << count << " activations, alphas and betas, but got "
                                            << names.size() << ", " << alpha.size() << " and " << beta.size();
  for (auto name : names.getAsRange<StringAttr>())
    if (!parseActivation(name.getValue()))
      return op->emitOpError("C2: expected a known activation, but got ") << name;
  if (clip && !(*clip >= 0))
    return op->emitOpError("C4: expected a clip of at least 0, but got ") << *clip;
  if (getRank(x) != 3 || getRank(w) != 3 || getRank(r) != 3)
    return op->emitOpError("C3: expected x, w and r of rank 3, but got ")
           << x.getType() << ", " << w.getType() << " and " << r.getType();
  std::optional<int64_t> size = getStatic(getDims(r)[2]);
  if (!size || *size <= 0 || *size > kMaxExtent)
    return op->emitOpError("C3: expected a static positive hidden size, but got ")
           << dimsToString(getDims(r)[2]);
  auto dim = [&](int64_t value) { return constDim(op->getContext(), value); };
  Dim d = dim(directions()), h = dim(*size), gh = dim(gates() * *size);
  Dims state = batchMajor ? Dims{batch(), d, h} : Dims{d, batch(), h};
  auto check = [&](StringRef what, Value value, Dims expected) -> LogicalResult {
    if (!value || getDims(value) == expected)
      return success();
    return op->emitOpError("C3: expected ")
           << what << " of shape " << dimsToString(expected) << ", but got " << dimsToString(getDims(value));
  };
  if (failed(check("w", w, {d, gh, getDims(x)[2]})) || failed(check("r", r, {d, gh, h})) ||
      failed(check("b", b, {d, gh * 2})) || failed(check("sequence_lens", lengths, {batch()})) ||
      failed(check("initial_h", h0, state)) || failed(check("initial_c", c0, state)) ||
      failed(check("p", p, {d, h * 3})))
    return failure();
  types.push_back(
      getTensorType(batchMajor ? Dims{batch(), time(), d, h} : Dims{time(), d, batch(), h}, element));
  types.push_back(getTensorType(state, element));
  if (cell == Cell::Lstm)
    types.push_back(getTensorType(state, element));
  return success();
}

/// The meaning of an activation.
static double activate(Activation activation, double alpha, double beta, double x) {
  switch (activation) {
  case Activation::Relu:
    return x < 0 ? 0 : x;
  case Activation::Tanh:
    return std::tanh(x);
  case Activation::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case Activation::Affine:
    return alpha * x + beta;
  case Activation::LeakyRelu:
    return x < 0 ? alpha * x : x;
  case Activation::ThresholdedRelu:
    return x < alpha ? 0 : x;
  case Activation::ScaledTanh:
    return alpha * std::tanh(beta * x);
  case Activation::HardSigmoid:
    return std::isnan(x) ? x : std::min(std::max(alpha * x + beta, 0.0), 1.0);
  case Activation::Elu:
    return x < 0 ? alpha * std::expm1(x) : x;
  case Activation::Softsign:
    return x / (1 + std::abs(x));
  case Activation::Softplus:
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  }
  llvm_unreachable("an unknown activation");
}

LogicalResult Recurrent::evaluate(EvalContext &ctx) const {
  const HostTensor &xt = ctx.get(x);
  std::vector<double> xs = toDoubles(xt), ws = toDoubles(ctx.get(w)), rs = toDoubles(ctx.get(r));
  auto optional = [&](Value value) { return value ? toDoubles(ctx.get(value)) : std::vector<double>(); };
  std::vector<double> bs = optional(b), hs = optional(h0), cs = optional(c0), ps = optional(p);
  int64_t steps = xt.dim(batchMajor ? 1 : 0), batches = xt.dim(batchMajor ? 0 : 1), features = xt.dim(2);
  int64_t n = hidden(), g = gates(), dirs = directions();
  HostTensor y = ctx.make(op->getResult(0)), yh = ctx.make(op->getResult(1)), yc;
  if (cell == Cell::Lstm)
    yc = ctx.make(op->getResult(2));
  for (int64_t d = 0; d < dirs; ++d)
    for (int64_t i = 0; i < batches; ++i) {
      int64_t statePosition = (batchMajor ? i * dirs + d : d * batches + i) * n;
      std::vector<double> h(n, 0.0), c(n, 0.0);
      for (int64_t j = 0; j < n; ++j) {
        h[j] = hs.empty() ? 0 : hs[statePosition + j];
        c[j] = cs.empty() ? 0 : cs[statePosition + j];
      }
      auto function = [&](int64_t which, double value) {
        int64_t at = d * functions() + which;
        if (clip)
          value = std::isnan(value) ? value : std::clamp(value, -*clip, *clip);
        return activate(*parseActivation(cast<StringAttr>(names[at]).getValue()), alpha[at], beta[at], value);
      };
      Int length = lengths ? ctx.get(lengths).getI(i) : Int(steps);
      for (int64_t step = 0; step < steps; ++step) {
        int64_t t = reverse(d) ? steps - 1 - step : step;
        if (t >= length)
          continue;
        const double *input = xs.data() + (batchMajor ? i * steps + t : t * batches + i) * features;
        // Row `row` of the input's or the state's product, with its bias.
        auto fromInput = [&](int64_t row) {
          double sum = bs.empty() ? 0 : bs[d * 2 * g * n + row];
          for (int64_t k = 0; k < features; ++k)
            sum += input[k] * ws[(d * g * n + row) * features + k];
          return sum;
        };
        auto fromState = [&](int64_t row, const std::vector<double> &state) {
          double sum = bs.empty() ? 0 : bs[d * 2 * g * n + g * n + row];
          for (int64_t k = 0; k < n; ++k)
            sum += state[k] * rs[(d * g * n + row) * n + k];
          return sum;
        };
        auto peephole = [&](int64_t gate, int64_t j, double value) {
          return ps.empty() ? 0 : ps[(d * 3 + gate) * n + j] * value;
        };
        std::vector<double> next(n), reset(n);
        for (int64_t j = 0; j < n; ++j) {
          auto gate = [&](int64_t which) { return fromInput(which * n + j) + fromState(which * n + j, h); };
          if (cell == Cell::Rnn) {
            next[j] = function(0, gate(0));
          } else if (cell == Cell::Gru) {
            reset[j] = function(0, gate(1)) * (linearBeforeReset ? 1 : h[j]);
          } else {
            double in = function(0, gate(0) + peephole(0, j, c[j]));
            double forget = inputForget ? 1 - in : function(0, gate(2) + peephole(2, j, c[j]));
            c[j] = forget * c[j] + in * function(1, gate(3));
            next[j] = function(0, gate(1) + peephole(1, j, c[j])) * function(2, c[j]);
          }
        }
        if (cell == Cell::Gru)
          for (int64_t j = 0; j < n; ++j) {
            double z = function(0, fromInput(j) + fromState(j, h));
            double state =
                linearBeforeReset ? reset[j] * fromState(2 * n + j, h) : fromState(2 * n + j, reset);
            next[j] = (1 - z) * function(1, fromInput(2 * n + j) + state) + z * h[j];
          }
        h = next;
        int64_t position = (batchMajor ? (i * steps + t) * dirs + d : (t * dirs + d) * batches + i) * n;
        for (int64_t j = 0; j < n; ++j)
          y.setF(position + j, h[j]);
      }
      for (int64_t j = 0; j < n; ++j) {
        yh.setF(statePosition + j, h[j]);
        if (cell == Cell::Lstm)
          yc.setF(statePosition + j, c[j]);
      }
    }
  ctx.set(op->getResult(0), y);
  ctx.set(op->getResult(1), yh);
  if (cell == Cell::Lstm)
    ctx.set(op->getResult(2), yc);
  return success();
}

#define RECURRENT(OP)                                                                                        \
  LogicalResult OP::inferTypes(SmallVectorImpl<Type> &types) {                                               \
    return Recurrent(*this).infer(types);                                                                    \
  }                                                                                                          \
  LogicalResult OP::evaluate(EvalContext &ctx) {                                                             \
    return Recurrent(*this).evaluate(ctx);                                                                   \
  }
RECURRENT(LstmOp)
RECURRENT(GruOp)
RECURRENT(RnnOp)
