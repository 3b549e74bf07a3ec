#include "passes/Lower/Rows.h"
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

RowLoops::RowLoops(TaskBuilder &task, ArrayRef<nn::Dim> dims, ArrayRef<int64_t> axes) {
  count = task.dim(1);
  for (auto [i, dim] : llvm::enumerate(dims)) {
    bool isAlong = llvm::is_contained(axes, int64_t(i));
    (isAlong ? along : kept).push_back(dim);
    if (isAlong)
      count = count * dim;
  }
  rowDims = kept;
  unsigned keptLoop = 0, alongLoop = std::max<size_t>(kept.size(), 1);
  for (size_t i = 0; i < dims.size(); ++i) {
    bool isAlong = llvm::is_contained(axes, int64_t(i));
    whole.push_back(getAffineDimExpr(isAlong ? alongLoop++ : keptLoop++, task.context()));
    if (!isAlong)
      row.push_back(whole.back());
  }
  if (kept.empty())
    kept.push_back(task.dim(1));
  if (along.empty())
    along.push_back(task.dim(1));
}

Type lower::workType(MLIRContext *context, ArrayRef<Type> elements) {
  for (Type element : elements)
    if (element.isF64())
      return element;
  return Float32Type::get(context);
}

Value lower::toWork(ScalarBuilder &s, Value x, Type element, Type work) {
  return x.getType() == work ? x : s.cast(x, element, work);
}

Value lower::countAs(TaskBuilder &task, nn::Dim count, Type work) {
  ScalarBuilder s = task.scalars();
  if (std::optional<int64_t> fixed = nn::getStatic(count))
    return s.constant(work, double(*fixed));
  Type i64 = task.b.getI64Type();
  return s.cast(s.fromIndex(task.extent(count), i64), i64, work);
}

void lower::sumRows(TaskBuilder &task, const RowLoops &loops, ArrayRef<RowInput> inputs, const Tensor &result,
                    Type work, RowTerm term) {
  Nest nest(task, loops.kept, loops.along);
  for (const RowInput &input : inputs)
    nest.in(input.tensor, input.subscripts);
  nest.out(result, loops.row).acc(task.scalars().constant(work, 0));
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        SmallVector<Value> values;
        for (auto [value, input] : llvm::zip(in, inputs))
          values.push_back(toWork(s, value, input.tensor.element, work));
        return Nest::Values{term(s, values, acc[0])};
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        return Nest::Values{toWork(s, acc[0], work, computeType(result.element))};
      });
}

void lower::maxRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &result) {
  Nest nest(task, loops.kept, loops.along);
  nest.in(x, loops.whole)
      .out(result, loops.row)
      .acc(task.scalars().constant(computeType(x.element), -kInfinity));
  nest.emit(
      [](ScalarBuilder &s, ValueRange in, ValueRange acc) { return Nest::Values{s.max(acc[0], in[0])}; });
}

void lower::mapElements(TaskBuilder &task, ArrayRef<Tensor> inputs, const Tensor &out, Type work, Map f) {
  Nest nest(task, out.dims);
  for (const Tensor &input : inputs)
    nest.inBroadcast(input);
  nest.out(out);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<Value> values;
    for (auto [value, input] : llvm::zip(in, inputs))
      values.push_back(toWork(s, value, input.element, work));
    return Nest::Values{toWork(s, f(s, values), work, computeType(out.element))};
  });
}

void lower::normalizeRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &mean,
                          const Tensor &inverse, const Tensor *variance, Type work, double epsilon) {
  Value count = countAs(task, loops.count, work);
  sumRows(task, loops, {{x, loops.whole}}, mean, work,
          [](ScalarBuilder &s, ValueRange in, Value acc) { return s.add(acc, in[0]); });
  mapElements(task, mean, mean, work, [&](ScalarBuilder &s, ValueRange in) { return s.div(in[0], count); });
  sumRows(task, loops, {{x, loops.whole}, {mean, loops.row}}, inverse, work,
          [](ScalarBuilder &s, ValueRange in, Value acc) {
            Value d = s.sub(in[0], in[1]);
            return s.fma(d, d, acc);
          });
  if (variance)
    mapElements(task, inverse, *variance, work,
                [&](ScalarBuilder &s, ValueRange in) { return s.div(in[0], count); });
  mapElements(task, inverse, inverse, work, [&](ScalarBuilder &s, ValueRange in) {
    Value shifted = s.add(s.div(in[0], count), s.constant(work, epsilon));
    return s.div(s.constant(work, 1), s.sqrt(shifted));
  });
}

void lower::exponentiateRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &exps,
                             const Tensor &inverse, bool emptyRowsAreZero) {
  Type work = exps.element;
  Tensor max = task.scratch(work, loops.rowDims);
  maxRows(task, loops, x, max);
  if (emptyRowsAreZero)
    mapElements(task, max, max, work, [&](ScalarBuilder &s, ValueRange in) {
      return s.select(s.cmp("eq", in[0], s.constant(work, -kInfinity)), s.constant(work, 0), in[0]);
    });
  nn::Dims all = loops.kept;
  all.append(loops.along);
  Nest exp(task, all);
  exp.in(x, loops.whole).in(max, loops.row).out(exps, loops.whole);
  exp.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    return Nest::Values{s.math("exp", s.sub(toWork(s, in[0], x.element, work), in[1]))};
  });
  sumRows(task, loops, {{exps, loops.whole}}, inverse, work,
          [](ScalarBuilder &s, ValueRange in, Value acc) { return s.add(acc, in[0]); });
  mapElements(task, inverse, inverse, work, [&](ScalarBuilder &s, ValueRange in) {
    Value one = s.constant(work, 1);
    Value divisor = emptyRowsAreZero ? s.select(s.cmp("eq", in[0], s.constant(work, 0)), one, in[0]) : in[0];
    return s.div(one, divisor);
  });
}

void lower::softmaxRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &y) {
  Type work = workType(task.context(), {x.element});
  // Narrow elements keep their exponentials in full precision until they are divided.
  Tensor exps = y.element == work ? y : task.scratch(work, y.dims),
         inverse = task.scratch(work, loops.rowDims);
  exponentiateRows(task, loops, x, exps, inverse, /*emptyRowsAreZero=*/false);
  nn::Dims all = loops.kept;
  all.append(loops.along);
  Nest scale(task, all);
  scale.in(exps, loops.whole).in(inverse, loops.row).out(y, loops.whole);
  scale.emit([](ScalarBuilder &s, ValueRange in, ValueRange) { return Nest::Values{s.mul(in[0], in[1])}; });
}
