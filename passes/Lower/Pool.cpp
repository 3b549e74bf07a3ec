#include "dialects/NN/ConvReference.h"
#include "passes/Lower/Windows.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

namespace {
/// The loops that all pools share: (batch, channels, windows...) and, reduced, the kernel.
struct PoolLoops {
  PoolLoops(TaskBuilder &task, const Tensor &x, const Tensor &y, const nn::Windows &windows)
      : nest(task, y.dims, kernelDims(task, windows)) {
    SmallVector<AffineExpr> subscripts = {nest.d(0), nest.d(1)};
    size_t rank = windows.rank();
    for (size_t i = 0; i < rank; ++i)
      subscripts.push_back(nest.d(2 + i) * windows.strides[i] + nest.d(2 + rank + i) * windows.dilations[i]);
    nest.in(x, subscripts).out(y);
  }
  static nn::Dims kernelDims(TaskBuilder &task, const nn::Windows &windows) {
    nn::Dims dims;
    for (int64_t extent : windows.kernel)
      dims.push_back(task.dim(extent));
    return dims;
  }
  Nest nest;
};
} // namespace

/// The smallest value of an element type, in its compute type.
static Value lowest(TaskBuilder &task, Type element) {
  ScalarBuilder s = task.scalars();
  Type type = computeType(element);
  if (isa<FloatType>(element))
    return s.constant(type, -INFINITY);
  return s.constantInt(type, isUnsigned(element) ? 0 : llvm::minIntN(type.getIntOrFloatBitWidth()));
}

/// Largest element and its position. The first of equal ones wins, as in the reference; coordinates tell
/// elements from padding.
static void lowerMaxPoolWithIndices(nn::MaxPoolOp op, TaskBuilder &task, const nn::Windows &windows,
                                    const Tensor &padded, const Tensor &x, const Tensor &y) {
  size_t rank = windows.rank();
  bool isFloat = isa<FloatType>(x.element), u = isUnsigned(x.element);
  Type i64 = task.b.getI64Type();
  SmallVector<Value> extents;
  for (nn::Dim dim : x.dims)
    extents.push_back(task.extent(dim));
  ScalarBuilder outside = task.scalars();
  Value init = outside.constantInt(i64, -1);
  PoolLoops loops(task, padded, y, windows);
  loops.nest.out(task.tensor(op.getIndices())).acc(lowest(task, x.element)).acc(init);
  loops.nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        SmallVector<Value> at;
        Value valid = s.constantInt(s.b.getI1Type(), 1), zero = s.index(0);
        for (size_t i = 0; i < rank; ++i) {
          Value q = s.add(s.mul(s.loop(2 + i), s.index(windows.strides[i])),
                          s.mul(s.loop(2 + rank + i), s.index(windows.dilations[i])));
          q = s.sub(q, s.index(windows.begin(i)));
          at.push_back(q);
          valid = s.andOp(valid, s.andOp(s.cmp("ge", q, zero), s.cmp("lt", q, extents[2 + i])));
        }
        Value position = s.add(s.mul(s.loop(0), extents[1]), s.loop(1));
        if (op.getColumnMajor()) {
          Value inner = at[rank - 1], plane = extents[2];
          for (size_t i = 1; i < rank; ++i)
            plane = s.mul(plane, extents[2 + i]);
          for (int64_t i = int64_t(rank) - 2; i >= 0; --i)
            inner = s.add(s.mul(inner, extents[2 + i]), at[i]);
          position = s.add(s.mul(position, plane), inner);
        } else {
          for (size_t i = 0; i < rank; ++i)
            position = s.add(s.mul(position, extents[2 + i]), at[i]);
        }
        Value better = s.orOp(s.cmp("lt", acc[1], s.constantInt(i64, 0)), s.cmp("gt", in[0], acc[0], u));
        if (isFloat)
          better = s.orOp(better, s.andOp(s.isNan(in[0]), s.notOp(s.isNan(acc[0]))));
        better = s.andOp(better, valid);
        return Nest::Values{s.select(better, in[0], acc[0]),
                            s.select(better, s.fromIndex(position, i64), acc[1])};
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        return Nest::Values{acc[0], s.max(acc[1], s.constantInt(i64, 0))};
      });
}

static LogicalResult lowerMaxPool(nn::MaxPoolOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, op.getKernel());
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type type = computeType(x.element);
  double pad = isa<FloatType>(x.element) ? -INFINITY
               : isUnsigned(x.element)   ? 0.0
                                         : -std::ldexp(1.0, type.getIntOrFloatBitWidth() - 1);
  Tensor padded = padSpatial(task, x, windows, pad, op.getCeilMode());
  if (op.getWithIndices()) {
    lowerMaxPoolWithIndices(op, task, windows, padded, x, y);
    return success();
  }
  PoolLoops loops(task, padded, y, windows);
  loops.nest.acc(lowest(task, x.element));
  bool u = isUnsigned(x.element);
  loops.nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) { return Nest::Values{s.max(acc[0], in[0], u)}; },
      [&](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
  return success();
}

/// How many positions of the window at the present point lie in [low, high) along spatial dimension `i`.
static Value countInside(ScalarBuilder &s, const nn::Windows &windows, size_t i, Value low, Value high) {
  int64_t dilation = windows.dilations[i];
  Value start = s.sub(s.mul(s.loop(2 + i), s.index(windows.strides[i])), s.index(windows.begin(i)));
  Value first = s.floorDivIndex(s.add(s.sub(low, start), s.index(dilation - 1)), dilation);
  Value last = s.floorDivIndex(s.sub(s.sub(high, s.index(1)), start), dilation);
  first = s.max(first, s.index(0));
  last = s.min(last, s.index(windows.kernel[i] - 1));
  return s.max(s.add(s.sub(last, first), s.index(1)), s.index(0));
}

static LogicalResult lowerAvgPool(nn::AvgPoolOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, op.getKernel());
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type type = computeType(x.element), i32 = task.b.getI32Type();
  bool withPads = op.getCountIncludePad();
  Tensor padded = padSpatial(task, x, windows, 0, op.getCeilMode());
  SmallVector<Value> low, high;
  for (size_t i = 0; i < windows.rank(); ++i) {
    low.push_back(task.index(withPads ? -windows.begin(i) : 0));
    high.push_back(task.extent(x.dims[2 + i] + (withPads ? windows.end(i) : 0)));
  }
  PoolLoops loops(task, padded, y, windows);
  loops.nest.acc(task.scalars().constant(type, 0));
  loops.nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) { return Nest::Values{s.add(acc[0], in[0])}; },
      [&](ScalarBuilder &s, ValueRange acc) {
        int64_t fixed = 1;
        Value counted;
        for (size_t i = 0; i < windows.rank(); ++i) {
          bool partial = (op.getCeilMode() && windows.strides[i] > 1) ||
                         (!withPads && windows.begin(i) + windows.end(i) > 0);
          if (!partial) {
            fixed *= windows.kernel[i];
            continue;
          }
          Value count = countInside(s, windows, i, low[i], high[i]);
          counted = counted ? s.mul(counted, count) : count;
        }
        Value divisor = s.constant(type, double(fixed));
        if (counted) {
          Value count = s.fromIndex(s.max(counted, s.index(1)), i32);
          divisor = s.mul(divisor, s.cast(count, i32, type));
        }
        return Nest::Values{s.div(acc[0], divisor)};
      });
  return success();
}

static LogicalResult lowerLpPool(nn::LpPoolOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, op.getKernel());
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type type = computeType(x.element);
  int64_t p = op.getP();
  Tensor padded = padSpatial(task, x, windows, 0, op.getCeilMode());
  PoolLoops loops(task, padded, y, windows);
  loops.nest.acc(task.scalars().constant(type, 0));
  loops.nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        if (p == 2)
          return Nest::Values{s.fma(in[0], in[0], acc[0])};
        Value size = s.abs(in[0]);
        return Nest::Values{s.add(acc[0], p == 1 ? size : s.pow(size, s.constant(type, double(p))))};
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        if (p == 1)
          return Nest::Values{acc[0]};
        return Nest::Values{p == 2 ? s.sqrt(acc[0]) : s.pow(acc[0], s.constant(type, 1.0 / double(p)))};
      });
  return success();
}

static LogicalResult lowerLrn(nn::LrnOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type type = computeType(x.element);
  int64_t size = op.getSize(), before = (size - 1) / 2;
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble(),
         bias = op.getBias().convertToDouble();
  // Squares with zero channels around them, in f32 or f64: squares of small floats may leave their range.
  nn::Dims dims = x.dims;
  dims[1] = dims[1] + (size - 1);
  Tensor squares = task.scratch(type, dims);
  task.fill(squares, 0);
  Nest square(task, x.dims);
  SmallVector<AffineExpr> target = square.parallelDims();
  target[1] = target[1] + before;
  square.in(x, square.parallelDims()).out(squares, target);
  square.emit([](ScalarBuilder &s, ValueRange in, ValueRange) { return Nest::Values{s.mul(in[0], in[0])}; });
  Nest nest(task, x.dims, {task.dim(size)});
  SmallVector<AffineExpr> source = nest.parallelDims();
  source[1] = source[1] + nest.d(x.rank());
  nest.in(squares, source).out(y).acc(task.scalars().constant(type, 0));
  nest.emit(
      [](ScalarBuilder &s, ValueRange in, ValueRange acc) { return Nest::Values{s.add(acc[0], in[0])}; },
      [&](ScalarBuilder &s, ValueRange acc) {
        SmallVector<Value> at;
        for (int64_t d = 0; d < x.rank(); ++d)
          at.push_back(s.loop(d));
        Value base = s.fma(acc[0], s.constant(type, alpha / double(size)), s.constant(type, bias));
        return Nest::Values{s.mul(s.load(x, at), s.pow(base, s.constant(type, -beta)))};
      });
  return success();
}

static LogicalResult lowerMaxUnpool(nn::MaxUnpoolOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY()), indices = task.tensor(op.getIndices());
  task.fill(y, 0);
  SmallVector<Value> extents, limits;
  for (auto [dim, result] : llvm::zip(op.getDefaultDims(), y.dims)) {
    extents.push_back(task.extent(dim));
    limits.push_back(task.extent(result));
  }
  Type raw = storageType(x.element);
  Tensor from{x.memref, raw, x.dims}, to{y.memref, raw, y.dims};
  SmallVector<Value> at;
  // Equal indices: the last in row-major order wins, so the loops are sequential.
  std::function<void(int64_t)> nested = [&](int64_t d) {
    if (d < x.rank()) {
      task.loop(task.index(0), task.extent(x.dims[d]), [&](Value i) {
        at.push_back(i);
        nested(d + 1);
        at.pop_back();
      });
      return;
    }
    ScalarBuilder s = task.scalars();
    Value rest = s.toIndex(task.load(indices, at)), zero = s.index(0), one = s.index(1);
    Value inside = s.cmp("ge", rest, zero);
    SmallVector<Value> target(x.rank());
    for (int64_t i = x.rank() - 1; i >= 0; --i) {
      // An empty extent has no elements; dividing by one instead keeps the machine from trapping.
      Value extent = s.max(extents[i], one);
      target[i] = arith::RemSIOp::create(task.b, task.loc, rest, extent);
      rest = arith::DivSIOp::create(task.b, task.loc, rest, extent);
      inside = s.andOp(inside, s.cmp("lt", target[i], limits[i]));
    }
    inside = s.andOp(inside, s.cmp("eq", rest, zero));
    auto branch = scf::IfOp::create(task.b, task.loc, inside, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(task.b);
    task.b.setInsertionPointToStart(branch.thenBlock());
    task.store(task.load(from, at), to, target);
  };
  nested(0);
  return success();
}

void lower::populatePool(Lowerings &lowerings) {
  lowerings.add<nn::MaxPoolOp>(lowerMaxPool);
  lowerings.add<nn::AvgPoolOp>(lowerAvgPool);
  lowerings.add<nn::LpPoolOp>(lowerLpPool);
  lowerings.add<nn::LrnOp>(lowerLrn);
  lowerings.add<nn::MaxUnpoolOp>(lowerMaxUnpool);
}
