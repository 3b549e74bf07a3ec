#include "dialects/NN/Recurrent.h"
#include "passes/Lower/Lowering.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

namespace {
/// Lowers a recurrent op: the products of all inputs at once, then a loop over time with the products of the
/// state and one nest for the cell.
class RecurrentLowering {
public:
  RecurrentLowering(const nn::Recurrent &r, TaskBuilder &task)
      : r(r), task(task), element(nn::getElementType(r.x)), type(computeType(element)), n(r.hidden()) {}

  void run() {
    x = task.tensor(r.x);
    y = task.tensor(r.op->getResult(0));
    for (int64_t d = 0; d < r.directions(); ++d)
      runDirection(d);
  }

private:
  /// Part `d` of dimension 0 of an operand, if there is one.
  std::optional<Tensor> part(Value value, int64_t d) {
    if (!value)
      return std::nullopt;
    return task.slice(task.tensor(value), task.index(d));
  }

  /// The (batch, hidden) state of direction `d`, with a unit dimension where the layout has the direction.
  Tensor stateOf(const Tensor &all, int64_t d) {
    Value zero = task.index(0), direction = task.index(d);
    if (r.batchMajor)
      return task.window(all, {zero, direction, zero}, {r.batch(), task.dim(1), task.dim(n)});
    return task.window(all, {direction, zero, zero}, {task.dim(1), r.batch(), task.dim(n)});
  }
  SmallVector<AffineExpr> stateAt(Nest &nest) {
    if (r.batchMajor)
      return {nest.d(0), nest.c(0), nest.d(1)};
    return {nest.c(0), nest.d(0), nest.d(1)};
  }

  Value apply(ScalarBuilder &s, int64_t d, int64_t which, Value value) {
    int64_t at = d * r.functions() + which;
    auto c = [&](double number) { return s.constant(type, number); };
    if (r.clip)
      value = s.min(s.max(value, c(-*r.clip)), c(*r.clip));
    double alpha = r.alpha[at], beta = r.beta[at];
    switch (*nn::parseActivation(cast<StringAttr>(r.names[at]).getValue())) {
    case nn::Activation::Relu:
      return s.max(value, c(0));
    case nn::Activation::Tanh:
      return s.math("tanh", value);
    case nn::Activation::Sigmoid:
      return s.sigmoid(value);
    case nn::Activation::Affine:
      return s.fma(value, c(alpha), c(beta));
    case nn::Activation::LeakyRelu:
      return s.select(s.cmp("lt", value, c(0)), s.mul(value, c(alpha)), value);
    case nn::Activation::ThresholdedRelu:
      return s.select(s.cmp("lt", value, c(alpha)), c(0), value);
    case nn::Activation::ScaledTanh:
      return s.mul(s.math("tanh", s.mul(value, c(beta))), c(alpha));
    case nn::Activation::HardSigmoid:
      return s.min(s.max(s.fma(value, c(alpha), c(beta)), c(0)), c(1));
    case nn::Activation::Elu:
      return s.select(s.cmp("lt", value, c(0)), s.mul(s.math("expm1", value), c(alpha)), value);
    case nn::Activation::Softsign:
      return s.div(value, s.add(s.abs(value), c(1)));
    case nn::Activation::Softplus:
      return s.add(s.max(value, c(0)), s.math("log1p", s.math("exp", s.neg(s.abs(value)))));
    }
    llvm_unreachable("an unknown activation");
  }

  /// to[b, row] = sum over k of state[b, k] * weights[first + row, k]
  void stateProduct(const Tensor &state, const Tensor &weights, int64_t first, int64_t rows,
                    const Tensor &to) {
    Nest nest(task, {r.batch(), task.dim(rows)}, {task.dim(n)});
    nest.in(state, {nest.d(0), nest.d(2)}).in(weights, {nest.d(1) + first, nest.d(2)});
    nest.out(to, {nest.d(0), nest.d(1) + first}).acc(task.scalars().constant(type, 0));
    nest.emit([](ScalarBuilder &s, ValueRange in,
                 ValueRange acc) { return Nest::Values{s.fma(in[0], in[1], acc[0])}; },
              [](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
  }

  void runDirection(int64_t d) {
    int64_t rows = r.gates() * n;
    Tensor w = *part(r.w, d), weights = *part(r.r, d);
    std::optional<Tensor> bias = part(r.b, d), peepholes = part(r.p, d);
    // With linear_before_reset, the reset gate scales the state's bias of the last gate too.
    int64_t summedBiases = r.linearBeforeReset ? 2 * n : rows;

    Tensor products = task.scratch(type, {r.time(), r.batch(), task.dim(rows)});
    Nest nest(task, products.dims, {x.dims[2]});
    AffineExpr t = nest.d(0), b = nest.d(1), row = nest.d(2), k = nest.d(3);
    nest.in(x, r.batchMajor ? ArrayRef{b, t, k} : ArrayRef{t, b, k}).in(w, {row, k});
    nest.out(products).acc(task.scalars().constant(type, 0));
    nest.emit([](ScalarBuilder &s, ValueRange in,
                 ValueRange acc) { return Nest::Values{s.fma(in[0], in[1], acc[0])}; },
              [&](ScalarBuilder &s, ValueRange acc) {
                if (!bias)
                  return Nest::Values{acc[0]};
                Value at = s.loop(2);
                Value sum = s.add(acc[0], s.load(*bias, {at}));
                Value other = s.load(*bias, {s.add(at, s.index(rows))});
                if (summedBiases < rows)
                  other = s.select(s.cmp("lt", at, s.index(summedBiases)), other, s.constant(type, 0));
                return Nest::Values{s.add(sum, other)};
              });

    nn::Dims stateDims = {r.batch(), task.dim(n)};
    h = task.scratch(type, stateDims);
    initial(r.h0, d, h);
    if (r.cell == nn::Cell::Lstm) {
      c = task.scratch(type, stateDims);
      initial(r.c0, d, c);
    }
    Tensor gates = task.scratch(type, {r.batch(), task.dim(rows)}), reset;
    if (r.cell == nn::Cell::Gru && !r.linearBeforeReset)
      reset = task.scratch(type, stateDims);

    Value steps = task.extent(r.time());
    task.loop(task.index(0), steps, [&](Value step) {
      ScalarBuilder s = task.scalars();
      Value now = r.reverse(d) ? s.sub(s.sub(steps, s.index(1)), step) : step;
      Tensor product = task.slice(products, now);
      if (r.cell == nn::Cell::Gru && !r.linearBeforeReset) {
        stateProduct(h, weights, 0, 2 * n, gates);
        Nest nest(task, stateDims);
        AffineExpr b = nest.d(0), j = nest.d(1);
        nest.in(product, {b, j + n}).in(gates, {b, j + n}).in(h, {b, j}).out(reset);
        nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
          return Nest::Values{s.mul(apply(s, d, 0, s.add(in[0], in[1])), in[2])};
        });
        stateProduct(reset, weights, 2 * n, n, gates);
      } else {
        stateProduct(h, weights, 0, rows, gates);
      }
      cell(d, now, product, gates, bias, peepholes);
    });
    final(h, r.op->getResult(1), d);
    if (r.cell == nn::Cell::Lstm)
      final(c, r.op->getResult(2), d);
  }

  /// The state before the first step.
  void initial(Value value, int64_t d, const Tensor &state) {
    if (!value)
      return task.fill(state, 0);
    Nest nest(task, state.dims);
    nest.in(stateOf(task.tensor(value), d), stateAt(nest)).out(state);
    nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  }
  /// The state after the last step.
  void final(const Tensor &state, Value value, int64_t d) {
    Nest nest(task, state.dims);
    nest.in(state, nest.parallelDims()).out(stateOf(task.tensor(value), d), stateAt(nest));
    nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  }

  /// One step of the cell: reads the products and the old state, writes the new state and y.
  void cell(int64_t d, Value now, const Tensor &product, const Tensor &gates, std::optional<Tensor> bias,
            std::optional<Tensor> peepholes) {
    bool isLstm = r.cell == nn::Cell::Lstm;
    Nest nest(task, h.dims);
    AffineExpr b = nest.d(0), j = nest.d(1);
    nest.in(h, {b, j});
    if (isLstm)
      nest.in(c, {b, j});
    int64_t first = isLstm ? 2 : 1, count = r.gates();
    for (int64_t gate = 0; gate < count; ++gate)
      nest.in(product, {b, j + gate * n}).in(gates, {b, j + gate * n});
    int64_t next = first + 2 * count, at = next;
    if (peepholes)
      for (int64_t gate = 0; gate < 3; ++gate, ++next)
        nest.in(*peepholes, {j + gate * n});
    int64_t biasAt = next;
    bool stateBias = bias && r.linearBeforeReset;
    if (stateBias) {
      nest.in(*bias, {j + (3 + 2) * n});
      ++next;
    }
    int64_t lengthAt = next;
    if (r.lengths)
      nest.in(task.tensor(r.lengths), {b});
    Value zero = task.index(0), direction = task.index(d);
    nn::Dim one = task.dim(1), hidden = task.dim(n);
    Tensor target = r.batchMajor
                        ? task.window(y, {zero, now, direction, zero}, {r.batch(), one, one, hidden})
                        : task.window(y, {now, direction, zero, zero}, {one, one, r.batch(), hidden});
    AffineExpr none = nest.c(0);
    nest.out(h, {b, j});
    if (isLstm)
      nest.out(c, {b, j});
    nest.out(target, r.batchMajor ? ArrayRef{b, none, none, j} : ArrayRef{none, none, b, j});
    Type i32 = task.b.getI32Type();
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      auto gate = [&](int64_t which) { return s.add(in[first + 2 * which], in[first + 2 * which + 1]); };
      auto peephole = [&](int64_t which, Value sum, Value state) {
        return peepholes ? s.fma(in[at + which], state, sum) : sum;
      };
      Value oldH = in[0], newH, newC, unit = s.constant(type, 1);
      if (r.cell == nn::Cell::Rnn) {
        newH = apply(s, d, 0, gate(0));
      } else if (r.cell == nn::Cell::Gru) {
        Value z = apply(s, d, 0, gate(0)), sum;
        if (r.linearBeforeReset) {
          Value state = stateBias ? s.add(in[first + 5], in[biasAt]) : in[first + 5];
          sum = s.fma(apply(s, d, 0, gate(1)), state, in[first + 4]);
        } else {
          sum = gate(2);
        }
        newH = s.add(s.mul(s.sub(unit, z), apply(s, d, 1, sum)), s.mul(z, oldH));
      } else {
        Value oldC = in[1], input = apply(s, d, 0, peephole(0, gate(0), oldC));
        Value forget = r.inputForget ? s.sub(unit, input) : apply(s, d, 0, peephole(2, gate(2), oldC));
        newC = s.add(s.mul(forget, oldC), s.mul(input, apply(s, d, 1, gate(3))));
        newH = s.mul(apply(s, d, 0, peephole(1, gate(1), newC)), apply(s, d, 2, newC));
      }
      Value out = newH;
      if (r.lengths) {
        // A negative length is none; lengths are compared in their own width.
        Value inside = s.cmp("gt", in[lengthAt], s.fromIndex(now, i32));
        out = s.select(inside, newH, s.constant(type, 0));
        newH = s.select(inside, newH, oldH);
        if (isLstm)
          newC = s.select(inside, newC, in[1]);
      }
      Nest::Values results = {newH};
      if (isLstm)
        results.push_back(newC);
      results.push_back(out);
      return results;
    });
  }

  const nn::Recurrent &r;
  TaskBuilder &task;
  Type element, type;
  int64_t n; ///< hidden size
  Tensor x, y, h, c;
};
} // namespace

template <typename Op>
static LogicalResult lowerRecurrent(Op op, TaskBuilder &task) {
  nn::Recurrent recurrent(op);
  RecurrentLowering(recurrent, task).run();
  return success();
}

void lower::populateRecurrent(Lowerings &lowerings) {
  lowerings.add<nn::LstmOp>(lowerRecurrent<nn::LstmOp>);
  lowerings.add<nn::GruOp>(lowerRecurrent<nn::GruOp>);
  lowerings.add<nn::RnnOp>(lowerRecurrent<nn::RnnOp>);
}
