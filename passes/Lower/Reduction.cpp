#include "passes/Lower/Rows.h"
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;
using nn::ReduceKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Least (or greatest) value of an element type, in its compute type.
static Value extremeConstant(ScalarBuilder &s, Type element, bool least) {
  Type type = computeType(element);
  if (isa<FloatType>(type))
    return s.constant(type, least ? -kInfinity : kInfinity);
  unsigned width = element.getIntOrFloatBitWidth();
  APInt value = isUnsigned(element)
                    ? (least ? APInt::getZero(width) : APInt::getAllOnes(width))
                    : (least ? APInt::getSignedMinValue(width) : APInt::getSignedMaxValue(width));
  return s.constantInt(type, isUnsigned(element) ? int64_t(value.getZExtValue()) : value.getSExtValue());
}

/// result[row] = maximum (or minimum) of the row, of the same element type; NaN if one is.
static void extremeRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &result,
                        bool max) {
  ScalarBuilder outside = task.scalars();
  Nest nest(task, loops.kept, loops.along);
  nest.in(x, loops.whole).out(result, loops.row).acc(extremeConstant(outside, x.element, /*least=*/max));
  bool u = isUnsigned(x.element), isBool = x.element.isInteger(1);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
    if (isBool)
      return Nest::Values{max ? s.orOp(acc[0], in[0]) : s.andOp(acc[0], in[0])};
    return Nest::Values{max ? s.max(acc[0], in[0], u) : s.min(acc[0], in[0], u)};
  });
}

/// result[row] = sum (or product) of f(x) over the row, computed in the compute type of `element`.
static void foldRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &result,
                     bool product, llvm::function_ref<Value(ScalarBuilder &, Value)> f) {
  Nest nest(task, loops.kept, loops.along);
  nest.in(x, loops.whole).out(result, loops.row);
  nest.acc(task.scalars().constant(computeType(result.element), product ? 1 : 0));
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
    Value value = f(s, in[0]);
    return Nest::Values{product ? s.mul(acc[0], value) : s.add(acc[0], value)};
  });
}

/// log(sum(exp(x))) with the maximum taken out; integers in f64.
static void logSumExpRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &y) {
  bool isFloat = isa<FloatType>(x.element);
  Type work = isFloat ? lower::workType(task.context(), x.element) : Type(task.b.getF64Type());
  Tensor max = task.scratch(x.element, loops.rowDims), sum = task.scratch(work, loops.rowDims),
         shift = task.scratch(work, loops.rowDims);
  extremeRows(task, loops, x, max, true);
  mapElements(task, max, shift, work, [&](ScalarBuilder &s, ValueRange in) {
    // Of a finite maximum: infinities would turn into NaN.
    Value isFinite = s.cmp("lt", s.abs(in[0]), s.constant(work, kInfinity));
    return s.select(isFinite, in[0], s.constant(work, 0));
  });
  sumRows(task, loops, {{x, loops.whole}, {shift, loops.row}}, sum, work,
          [](ScalarBuilder &s, ValueRange in, Value acc) {
            return s.add(acc, s.math("exp", s.sub(in[0], in[1])));
          });
  mapElements(task, {sum, shift}, y, work,
              [](ScalarBuilder &s, ValueRange in) { return s.add(s.math("log", in[0]), in[1]); });
}

static LogicalResult lowerReduce(nn::ReduceOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  ReduceKind kind = op.getKind();
  RowLoops loops(task, x.dims, op.getAxes());
  // Without the kept extents of 1.
  y = task.reshape(y, loops.rowDims);
  switch (kind) {
  case ReduceKind::Max:
  case ReduceKind::Min:
    extremeRows(task, loops, x, y, kind == ReduceKind::Max);
    return success();
  case ReduceKind::LogSumExp:
    logSumExpRows(task, loops, x, y);
    return success();
  default:
    break;
  }
  bool isFloat = isa<FloatType>(x.element), u = isUnsigned(x.element);
  bool finishes = llvm::is_contained({ReduceKind::Mean, ReduceKind::L2, ReduceKind::LogSum}, kind);
  Type work = isFloat ? lower::workType(task.context(), x.element) : x.element;
  Tensor sum = finishes && work != y.element ? task.scratch(work, loops.rowDims) : y;
  foldRows(task, loops, x, sum, kind == ReduceKind::Prod, [&](ScalarBuilder &s, Value v) {
    if (kind == ReduceKind::L1)
      return u ? v : s.abs(v);
    return kind == ReduceKind::L2 || kind == ReduceKind::SumSquare ? s.mul(v, v) : v;
  });
  if (!finishes)
    return success();
  Type wide = isFloat ? work : Type(task.b.getF64Type());
  if (kind == ReduceKind::Mean && isFloat) {
    Value count = countAs(task, loops.count, work);
    mapElements(task, sum, y, work, [&](ScalarBuilder &s, ValueRange in) { return s.div(in[0], count); });
  } else if (kind == ReduceKind::Mean) {
    Type i64 = u ? Type(task.b.getIntegerType(64, /*isSigned=*/false)) : Type(task.b.getI64Type());
    Value count = task.scalars().fromIndex(task.extent(loops.count), task.b.getI64Type());
    Nest nest(task, loops.rowDims);
    nest.inBroadcast(sum).out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{s.cast(s.div(s.cast(in[0], x.element, i64), count, u), i64, y.element)};
    });
  } else {
    Nest nest(task, loops.rowDims);
    nest.inBroadcast(sum).out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value v = isFloat ? in[0] : s.cast(in[0], x.element, wide);
      v = kind == ReduceKind::L2 ? s.sqrt(v) : s.math("log", v);
      return Nest::Values{isFloat ? v : s.cast(v, wide, y.element)};
    });
  }
  return success();
}

/// position[row] (i64) = the first (or last) position of `extreme`[row] in the row, counted in row-major
/// order over the row's dimensions.
static void findRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor &extreme,
                     const Tensor &position, bool last) {
  Type i64 = task.b.getI64Type();
  SmallVector<Value> extents;
  for (nn::Dim dim : loops.along)
    extents.push_back(task.extent(dim));
  Value none = task.scalars().constantInt(i64, last ? 0 : std::numeric_limits<int64_t>::max());
  Nest nest(task, loops.kept, loops.along);
  nest.in(x, loops.whole).in(extreme, loops.row).out(position, loops.row).acc(none);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
    Value here = s.loop(loops.kept.size());
    for (size_t i = 1; i < extents.size(); ++i)
      here = s.add(s.mul(here, extents[i]), s.loop(loops.kept.size() + i));
    Value found = s.cmp("eq", in[0], in[1]);
    if (isa<FloatType>(in[0].getType()))
      found = s.orOp(found, s.andOp(s.isNan(in[0]), s.isNan(in[1])));
    Value candidate = s.select(found, s.fromIndex(here, i64), none);
    return Nest::Values{last ? s.max(acc[0], candidate) : s.min(acc[0], candidate)};
  });
}

static LogicalResult lowerArgReduce(nn::ArgReduceOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX());
  RowLoops loops(task, x.dims, int64_t(op.getAxis()));
  Tensor y = task.reshape(task.tensor(op.getY()), loops.rowDims);
  Tensor extreme = task.scratch(x.element, loops.rowDims);
  // Two passes that each combine with one operation, so that they run along the row in vectors.
  extremeRows(task, loops, x, extreme, !op.getMin());
  findRows(task, loops, x, extreme, y, op.getSelectLast());
  return success();
}

static LogicalResult lowerSoftmax(nn::SoftmaxOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  RowLoops loops(task, x.dims, op.getAxes());
  if (op.getKind() == nn::SoftmaxKind::Softmax) {
    softmaxRows(task, loops, x, y);
    return success();
  }
  nn::Dims all = loops.kept;
  all.append(loops.along);
  Tensor max = task.scratch(x.element, loops.rowDims);
  extremeRows(task, loops, x, max, true);
  if (op.getKind() == nn::SoftmaxKind::LogSoftmax) {
    Type work = lower::workType(task.context(), x.element);
    Tensor sum = task.scratch(work, loops.rowDims);
    sumRows(task, loops, {{x, loops.whole}, {max, loops.row}}, sum, work,
            [](ScalarBuilder &s, ValueRange in, Value acc) {
              return s.add(acc, s.math("exp", s.sub(in[0], in[1])));
            });
    mapElements(task, sum, sum, work, [](ScalarBuilder &s, ValueRange in) { return s.math("log", in[0]); });
    Nest nest(task, all);
    nest.in(x, loops.whole).in(max, loops.row).in(sum, loops.row).out(y, loops.whole);
    nest.emit([](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{s.sub(s.sub(in[0], in[1]), in[2])};
    });
    return success();
  }
  Type i64 = task.b.getI64Type();
  Tensor position = task.scratch(i64, loops.rowDims);
  findRows(task, loops, x, max, position, /*last=*/false);
  SmallVector<Value> extents;
  for (nn::Dim dim : loops.along)
    extents.push_back(task.extent(dim));
  Nest nest(task, all);
  nest.in(position, loops.row).out(y, loops.whole);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value here = s.loop(loops.kept.size());
    for (size_t i = 1; i < extents.size(); ++i)
      here = s.add(s.mul(here, extents[i]), s.loop(loops.kept.size() + i));
    Type type = computeType(y.element);
    return Nest::Values{
        s.select(s.cmp("eq", in[0], s.fromIndex(here, i64)), s.constant(type, 1), s.constant(type, 0))};
  });
  return success();
}

void lower::populateReduction(Lowerings &lowerings) {
  lowerings.add<nn::ReduceOp>(lowerReduce);
  lowerings.add<nn::ArgReduceOp>(lowerArgReduce);
  lowerings.add<nn::SoftmaxOp>(lowerSoftmax);
}
