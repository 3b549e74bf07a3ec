#include "dialects/NN/ConvReference.h"
#include "passes/Lower/Windows.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

namespace {
/// Neighbouring windows along one spatial dimension that hold the same positions [begin, end) of the kernel
/// inside the tensor.
struct Segment {
  int64_t first, count; ///< windows
  int64_t begin, end;
  int64_t counted; ///< positions that an average counts
};

/// The loops that all pools share: (batch, channels, windows...) and, reduced, the kernel.
struct PoolLoops {
  /// All windows, over a tensor that has its pads around it.
  PoolLoops(TaskBuilder &task, const Tensor &padded, const Tensor &y, const nn::Windows &windows)
      : nest(task, y.dims, kernelDims(task, windows)) {
    SmallVector<AffineExpr> subscripts = {nest.d(0), nest.d(1)};
    size_t rank = windows.rank();
    for (size_t i = 0; i < rank; ++i)
      subscripts.push_back(nest.d(2 + i) * windows.strides[i] + nest.d(2 + rank + i) * windows.dilations[i]);
    nest.in(padded, subscripts).out(y);
  }
  /// The windows of one segment per dimension, over the tensor itself.
  PoolLoops(TaskBuilder &task, const Tensor &x, const Tensor &y, const nn::Windows &windows,
            ArrayRef<Segment> part)
      : nest(task, partDims(task, y, part), kernelDims(task, part)) {
    SmallVector<AffineExpr> xs = {nest.d(0), nest.d(1)}, ys = xs;
    size_t rank = windows.rank();
    for (auto [i, segment] : llvm::enumerate(part)) {
      int64_t start =
          segment.first * windows.strides[i] - windows.begin(i) + segment.begin * windows.dilations[i];
      xs.push_back(nest.d(2 + i) * windows.strides[i] + nest.d(2 + rank + i) * windows.dilations[i] + start);
      ys.push_back(nest.d(2 + i) + segment.first);
    }
    nest.in(x, xs).out(y, ys);
  }

  static nn::Dims kernelDims(TaskBuilder &task, const nn::Windows &windows) {
    nn::Dims dims;
    for (int64_t extent : windows.kernel)
      dims.push_back(task.dim(extent));
    return dims;
  }
  static nn::Dims kernelDims(TaskBuilder &task, ArrayRef<Segment> part) {
    nn::Dims dims;
    for (const Segment &segment : part)
      dims.push_back(task.dim(segment.end - segment.begin));
    return dims;
  }
  static nn::Dims partDims(TaskBuilder &task, const Tensor &y, ArrayRef<Segment> part) {
    nn::Dims dims = {y.dims[0], y.dims[1]};
    for (const Segment &segment : part)
      dims.push_back(task.dim(segment.count));
    return dims;
  }
  Nest nest;
};
} // namespace

/// The windows of dimension `i`, of which there are `outputs` over `extent` elements. With `withPads`, pads
/// are counted.
static SmallVector<Segment> findSegments(const nn::Windows &windows, size_t i, int64_t extent,
                                         int64_t outputs, bool withPads) {
  SmallVector<Segment> segments;
  int64_t dilation = windows.dilations[i], kernel = windows.kernel[i];
  // Positions of the kernel in [low, high) of a window that begins at `start`.
  auto inside = [&](int64_t start, int64_t low, int64_t high) {
    int64_t begin = low > start ? int64_t(llvm::divideCeil(low - start, dilation)) : 0;
    int64_t end = high > start ? std::min<int64_t>(kernel, llvm::divideCeil(high - start, dilation)) : 0;
    return std::pair(begin, end);
  };
  for (int64_t o = 0; o < outputs; ++o) {
    int64_t start = o * windows.strides[i] - windows.begin(i);
    auto [begin, end] = inside(start, 0, extent);
    auto [first, last] =
        inside(start, withPads ? -windows.begin(i) : 0, extent + (withPads ? windows.end(i) : 0));
    Segment next{o, 1, begin, end, std::max<int64_t>(last - first, 0)};
    Segment *previous = segments.empty() ? nullptr : &segments.back();
    if (previous && previous->begin == begin && previous->end == end && previous->counted == next.counted)
      ++previous->count;
    else
      segments.push_back(next);
  }
  return segments;
}

/// Parts of the windows, a segment per dimension each, that together are all; none if extents are only known
/// at run time, if there would be many, or if a window is empty.
static SmallVector<SmallVector<Segment>> findParts(const Tensor &x, const Tensor &y,
                                                   const nn::Windows &windows, bool withPads) {
  constexpr size_t kMost = 16;
  constexpr int64_t kLongest = 1 << 16;
  SmallVector<SmallVector<Segment>> parts = {{}};
  for (size_t i = 0; i < windows.rank(); ++i) {
    std::optional<int64_t> extent = nn::getStatic(x.dims[2 + i]), outputs = nn::getStatic(y.dims[2 + i]);
    if (!extent || !outputs || *outputs > kLongest)
      return {};
    SmallVector<SmallVector<Segment>> next;
    for (const Segment &segment : findSegments(windows, i, *extent, *outputs, withPads)) {
      if (segment.begin >= segment.end)
        return {};
      for (auto &part : parts) {
        next.push_back(part);
        next.back().push_back(segment);
      }
    }
    if (next.size() > kMost)
      return {};
    parts = next;
  }
  return parts;
}

/// Emits the loops of a pool, once for all windows over a copy of `x` with pads of `padValue`, or, better,
/// part by part without pads. `emit` takes the nest, and how many positions each window of the part counts,
/// 0 if that is not known.
static void emitPool(TaskBuilder &task, const Tensor &x, const Tensor &y, const nn::Windows &windows,
                     double padValue, bool ceil, bool withPads,
                     llvm::function_ref<void(Nest &, int64_t)> emit) {
  SmallVector<SmallVector<Segment>> parts = findParts(x, y, windows, withPads);
  for (ArrayRef<Segment> part : parts) {
    PoolLoops loops(task, x, y, windows, part);
    int64_t counted = 1;
    for (const Segment &segment : part)
      counted *= segment.counted;
    emit(loops.nest, counted);
  }
  if (!parts.empty())
    return;
  PoolLoops loops(task, padSpatial(task, x, windows, padValue, ceil), y, windows);
  emit(loops.nest, 0);
}

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
  if (op.getWithIndices()) {
    Tensor padded = padSpatial(task, x, windows, pad, op.getCeilMode());
    lowerMaxPoolWithIndices(op, task, windows, padded, x, y);
    return success();
  }
  bool u = isUnsigned(x.element);
  emitPool(task, x, y, windows, pad, op.getCeilMode(), false, [&](Nest &nest, int64_t) {
    nest.acc(lowest(task, x.element));
    nest.emit([&](ScalarBuilder &s, ValueRange in,
                  ValueRange acc) { return Nest::Values{s.max(acc[0], in[0], u)}; },
              [&](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[0]}; });
  });
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
  emitPool(task, x, y, windows, 0, op.getCeilMode(), withPads, [&](Nest &nest, int64_t counted) {
    SmallVector<Value> low, high;
    for (size_t i = 0; !counted && i < windows.rank(); ++i) {
      low.push_back(task.index(withPads ? -windows.begin(i) : 0));
      high.push_back(task.extent(x.dims[2 + i] + (withPads ? windows.end(i) : 0)));
    }
    nest.acc(task.scalars().constant(type, 0));
    nest.emit(
        [&](ScalarBuilder &s, ValueRange in, ValueRange acc) { return Nest::Values{s.add(acc[0], in[0])}; },
        [&](ScalarBuilder &s, ValueRange acc) {
          if (counted)
            return Nest::Values{s.div(acc[0], s.constant(type, double(counted)))};
          Value inside;
          for (size_t i = 0; i < windows.rank(); ++i) {
            Value count = countInside(s, windows, i, low[i], high[i]);
            inside = inside ? s.mul(inside, count) : count;
          }
          Value count = s.fromIndex(s.max(inside, s.index(1)), i32);
          return Nest::Values{s.div(acc[0], s.cast(count, i32, type))};
        });
  });
  return success();
}

static LogicalResult lowerLpPool(nn::LpPoolOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, op.getKernel());
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type type = computeType(x.element);
  int64_t p = op.getP();
  emitPool(task, x, y, windows, 0, op.getCeilMode(), false, [&](Nest &nest, int64_t) {
    nest.acc(task.scalars().constant(type, 0));
    nest.emit(
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
