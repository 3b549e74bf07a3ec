#include "passes/Lower/MovementUtils.h"
#include "passes/Lower/Rows.h"
#include <array>
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

/// An index as a number of type `work` (f32 or f64), and the whole number `x` as an index. f32 counts exactly
/// up to 2^24, so that i32, which vector units convert at once, holds all there is; larger ones saturate.
static Value indexToFloat(ScalarBuilder &s, Value index, Type work) {
  Type via = work.isF64() ? s.b.getI64Type() : s.b.getI32Type();
  return s.cast(s.fromIndex(index, via), via, work);
}
static Value floatToIndex(ScalarBuilder &s, Value x) {
  Type via = x.getType().isF64() ? s.b.getI64Type() : s.b.getI32Type();
  return s.toIndex(s.cast(x, x.getType(), via));
}

/// An operand's element (compute type) as `work`.
static Value loadAs(ScalarBuilder &s, const Tensor &t, ArrayRef<Value> at, Type work) {
  return toWork(s, s.load(t, at), t.element, work);
}

//===----------------------------------------------------------------------===//
// interpolate
//===----------------------------------------------------------------------===//

static LogicalResult lowerInterpolate(nn::InterpolateOp op, TaskBuilder &task) {
  // Taps that are written out rather than looped over.
  constexpr int64_t kUnrolled = 4;
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Tensor indices = task.tensor(op.getIndices()), weights = task.tensor(op.getWeights());
  int64_t axis = op.getAxis();
  nn::Dim outer = product(task, ArrayRef(x.dims).take_front(axis)),
          inner = product(task, ArrayRef(x.dims).drop_front(axis + 1));
  Value last = task.scalars().sub(task.extent(x.dims[axis]), task.index(1));
  x = task.reshape(x, {outer, x.dims[axis], inner});
  y = task.reshape(y, {outer, y.dims[axis], inner});
  std::optional<Tensor> offset;
  if (op.getOffset())
    offset = task.tensor(op.getOffset());
  // Where the last index is one of the indices' type, comparisons are as narrow as they are.
  std::optional<int64_t> fixed = nn::getStatic(x.dims[1]);
  bool narrow = indices.element.isSignlessInteger(32) && fixed && *fixed > 0 && *fixed <= INT32_MAX;
  auto tap = [&](ScalarBuilder &s, Value index) {
    Value from;
    if (narrow) {
      Type type = index.getType();
      from = s.toIndex(s.max(s.min(index, s.constantInt(type, *fixed - 1)), s.constantInt(type, 0)));
    } else {
      from = s.clampIndex(s.toIndex(index, isUnsigned(indices.element)), s.index(0), last);
    }
    return s.load(x, {s.loop(0), from, s.loop(2)});
  };
  std::optional<int64_t> taps = nn::getStatic(indices.dims[1]);
  if (taps && *taps <= kUnrolled) {
    Nest nest(task, y.dims);
    for (int64_t k = 0; k < *taps; ++k)
      nest.in(indices, {nest.d(1), nest.c(k)}).in(weights, {nest.d(1), nest.c(k)});
    if (offset)
      nest.in(*offset, {nest.d(1)});
    nest.out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value sum = offset ? in.back() : Value();
      for (int64_t k = 0; k < *taps; ++k) {
        Value element = tap(s, in[2 * k]), weight = in[2 * k + 1];
        sum = sum ? s.fma(weight, element, sum) : s.mul(weight, element);
      }
      return Nest::Values{sum ? sum : s.constant(computeType(y.element), 0)};
    });
    return success();
  }
  Nest nest(task, y.dims, {indices.dims[1]});
  nest.in(indices, {nest.d(1), nest.d(3)}).in(weights, {nest.d(1), nest.d(3)}).out(y);
  nest.acc(task.scalars().constant(computeType(y.element), 0));
  nest.emit([&](ScalarBuilder &s, ValueRange in,
                ValueRange acc) { return Nest::Values{s.fma(in[1], tap(s, in[0]), acc[0])}; },
            [&](ScalarBuilder &s, ValueRange acc) {
              return Nest::Values{offset ? s.add(acc[0], s.load(*offset, {s.loop(1)})) : acc[0]};
            });
  return success();
}

//===----------------------------------------------------------------------===//
// grid_sample
//===----------------------------------------------------------------------===//

namespace {
/// Sampling along one axis of an image: where the elements around a point are and what they weigh.
class AxisSampler {
public:
  AxisSampler(nn::GridSampleOp op, Type work, Value extent)
      : mode(op.getMode()), padding(op.getPadding()), alignCorners(op.getAlignCorners()), work(work),
        extent(extent) {}

  struct Tap {
    Value position; ///< index, in the image
    Value inside;   ///< i1; null where everything counts
    Value weight;   ///< null for 1
  };

  SmallVector<Tap> taps(ScalarBuilder &s, Value coordinate) const {
    Value one = s.constant(work, 1), half = s.constant(work, 0.5), zero = s.constant(work, 0);
    Value size = indexToFloat(s, extent, work), last = s.sub(size, one);
    // The outer ends, and half their distance by which coordinates scale.
    Value low = s.constant(work, alignCorners ? 0 : -0.5);
    Value high = alignCorners ? last : s.sub(size, half);
    Value shifted = s.add(coordinate, one);
    Value at =
        alignCorners ? s.mul(s.mul(shifted, half), last) : s.mul(s.sub(s.mul(shifted, size), one), half);
    if (mode == "nearest")
      at = s.roundEven(at);
    if (padding == "border") {
      Value outside = s.orOp(s.cmp("lt", at, low), s.cmp("gt", at, high));
      at = s.select(outside, s.min(s.max(at, zero), last), at);
    } else if (padding == "reflection") {
      at = reflect(s, at, low, high);
    }
    // Far outside, everything is the same; NaN stays in the weights.
    Value four = s.constant(work, 4), isNan = s.isNan(at);
    Value near = s.min(s.max(s.select(isNan, zero, at), s.constant(work, -4)), s.add(size, four));
    Value floor = s.floor(near), fraction = s.sub(s.select(isNan, at, near), floor);
    int64_t first = mode == "cubic" ? -1 : 0;
    SmallVector<Value> weights = this->weights(s, fraction);
    SmallVector<Tap> result;
    for (auto [k, weight] : llvm::enumerate(weights)) {
      Value position = s.add(floor, s.constant(work, double(first + int64_t(k))));
      Tap tap{Value(), Value(), weight};
      if (padding == "zeros")
        tap.inside = s.andOp(s.cmp("ge", position, zero), s.cmp("le", position, last));
      else if (padding == "reflection")
        position = reflect(s, position, low, high);
      // Between two elements is only what rounding moved from one of them.
      Value whole = floatToIndex(s, padding == "reflection" ? s.floor(s.add(position, half)) : position);
      tap.position = s.clampIndex(whole, s.index(0), s.sub(extent, s.index(1)));
      result.push_back(tap);
    }
    return result;
  }

private:
  /// `x` mirrored at `low` and `high` until it is between them.
  Value reflect(ScalarBuilder &s, Value x, Value low, Value high) const {
    Value range = s.sub(high, low), period = s.add(range, range);
    Value distance = s.abs(s.sub(x, low));
    Value folds = s.floor(s.div(distance, period));
    Value rest = s.abs(s.sub(distance, s.mul(folds, period)));
    Value folded = s.add(low, s.min(rest, s.abs(s.sub(period, rest))));
    return s.select(s.cmp("gt", range, s.constant(work, 0)), folded, low);
  }

  SmallVector<Value> weights(ScalarBuilder &s, Value fraction) const {
    Value one = s.constant(work, 1);
    if (mode == "nearest")
      return {Value()};
    if (mode == "linear")
      return {s.sub(one, fraction), fraction};
    // Keys' convolution: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    constexpr double a = -0.75;
    auto polynomial = [&](Value t, std::array<double, 4> c) {
      Value sum = s.constant(work, c[0]);
      for (double next : ArrayRef(c).drop_front())
        sum = s.fma(sum, t, s.constant(work, next));
      return sum;
    };
    auto near = [&](Value t) { return polynomial(t, {a + 2, -(a + 3), 0, 1}); };
    auto far = [&](Value t) { return polynomial(t, {a, -5 * a, 8 * a, -4 * a}); };
    return {far(s.add(fraction, one)), near(fraction), near(s.sub(one, fraction)),
            far(s.sub(s.constant(work, 2), fraction))};
  }

  StringRef mode, padding;
  bool alignCorners;
  Type work;
  Value extent;
};
} // namespace

static LogicalResult lowerGridSample(nn::GridSampleOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), grid = task.tensor(op.getGrid()), y = task.tensor(op.getY());
  int64_t spatial = x.rank() - 2;
  Type work = workType(task.context(), {x.element, grid.element});
  SmallVector<AxisSampler> axes;
  for (int64_t d = 0; d < spatial; ++d)
    axes.emplace_back(op, work, task.extent(x.dims[2 + d]));
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> subscripts = nest.parallelDims();
  subscripts.erase(subscripts.begin() + 1);
  subscripts.emplace_back();
  for (int64_t d = 0; d < spatial; ++d) {
    subscripts.back() = nest.c(spatial - 1 - d);
    nest.in(grid, subscripts);
  }
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<SmallVector<AxisSampler::Tap>> taps;
    for (int64_t d = 0; d < spatial; ++d)
      taps.push_back(axes[d].taps(s, toWork(s, in[d], grid.element, work)));
    // The sum over the taps of the axes from `d` on, at the positions of those before.
    SmallVector<Value> at = {s.loop(0), s.loop(1)};
    std::function<Value(int64_t, Value)> sumFrom = [&](int64_t d, Value inside) -> Value {
      if (d == spatial) {
        Value element = loadAs(s, x, at, work);
        return inside ? s.select(inside, element, s.constant(work, 0)) : element;
      }
      Value sum;
      for (const AxisSampler::Tap &tap : taps[d]) {
        at.push_back(tap.position);
        Value both = inside && tap.inside ? s.andOp(inside, tap.inside) : inside ? inside : tap.inside;
        Value term = sumFrom(d + 1, both);
        at.pop_back();
        if (sum)
          sum = s.fma(tap.weight, term, sum);
        else
          sum = tap.weight ? s.mul(tap.weight, term) : term;
      }
      return sum;
    };
    return Nest::Values{toWork(s, sumFrom(0, Value()), work, computeType(y.element))};
  });
  return success();
}

//===----------------------------------------------------------------------===//
// roi_align
//===----------------------------------------------------------------------===//

namespace {
/// The geometry of a region's bins, and the samples in them.
class RegionSampler {
public:
  RegionSampler(nn::RoiAlignOp op, TaskBuilder &task)
      : op(op), x(task.tensor(op.getX())), element(x.element), work(workType(task.context(), {x.element})),
        isMax(op.getMode() == "max"), bins{int64_t(op.getHeight()), int64_t(op.getWidth())} {
    for (int axis : {0, 1})
      extents[axis] = task.extent(x.dims[2 + axis]);
  }

  /// A region along an axis: where it starts, and the size of its bins.
  struct Axis {
    Value start, bin;
  };

  /// From the region's two coordinates along the axis, as they are in the operand.
  Axis axisOf(ScalarBuilder &s, int axis, Value begin, Value end) const {
    Value scale = s.constant(work, op.getSpatialScale().convertToDouble());
    Value shift = s.constant(work, op.getHalfPixel() ? 0.5 : 0);
    Value start = s.sub(s.mul(toWork(s, begin, element, work), scale), shift);
    Value size = s.sub(s.sub(s.mul(toWork(s, end, element, work), scale), shift), start);
    if (!op.getHalfPixel())
      size = s.max(size, s.constant(work, 1));
    return {start, s.div(size, s.constant(work, double(bins[axis])))};
  }

  /// Points per bin along the axis, where the region's size determines them.
  Value adaptivePoints(ScalarBuilder &s, int axis, Value bin) const {
    Value zero = s.constant(work, 0);
    Value rounded = s.ceil(s.select(s.isNan(bin), zero, bin));
    return s.min(s.max(rounded, zero), indexToFloat(s, extents[axis], work));
  }

  /// The weighted neighbors of one point of a bin, combined by the mode. `points` are numbers of points per
  /// bin.
  Value sample(ScalarBuilder &s, Value image, Value channel, ArrayRef<Axis> axes, ArrayRef<Value> at,
               ArrayRef<Value> point, ArrayRef<Value> points) const {
    Value zero = s.constant(work, 0), one = s.constant(work, 1), half = s.constant(work, 0.5), outside;
    Value neighbor[2][2], weight[2][2];
    for (int axis : {0, 1}) {
      Value last = s.sub(indexToFloat(s, extents[axis], work), one), bin = axes[axis].bin;
      Value inBin = s.div(s.mul(s.add(indexToFloat(s, point[axis], work), half), bin), points[axis]);
      Value p = s.add(s.add(axes[axis].start, s.mul(indexToFloat(s, at[axis], work), bin)), inBin);
      Value near = s.andOp(s.cmp("ge", p, s.constant(work, -1)), s.cmp("le", p, s.add(last, one)));
      outside = outside ? s.orOp(outside, s.notOp(near)) : s.notOp(near);
      Value inside = s.min(s.max(s.select(s.isNan(p), zero, p), zero), last), low = s.floor(inside);
      Value end = s.sub(extents[axis], s.index(1));
      neighbor[axis][0] = s.clampIndex(floatToIndex(s, low), s.index(0), end);
      neighbor[axis][1] = s.min(s.add(neighbor[axis][0], s.index(1)), end);
      weight[axis][1] = s.sub(inside, low);
      weight[axis][0] = s.sub(one, weight[axis][1]);
    }
    Value result;
    for (int i : {0, 1})
      for (int j : {0, 1}) {
        Value value = s.mul(s.mul(weight[0][i], weight[1][j]),
                            loadAs(s, x, {image, channel, neighbor[0][i], neighbor[1][j]}, work));
        result = !result ? value : isMax ? s.max(result, value) : s.add(result, value);
      }
    return s.select(outside, zero, result);
  }

  Value start(ScalarBuilder &s) const { return s.constant(work, startValue()); }
  double startValue() const { return isMax ? -std::numeric_limits<double>::infinity() : 0; }
  Value combine(ScalarBuilder &s, Value acc, Value value) const {
    return isMax ? s.max(acc, value) : s.add(acc, value);
  }
  /// The bin's value from what its samples combine to.
  Value finish(ScalarBuilder &s, Value acc, Value points) const {
    Value one = s.constant(work, 1);
    if (isMax)
      return s.select(s.cmp("ge", points, one), acc, s.constant(work, 0));
    return s.div(acc, s.max(points, one));
  }

  mutable nn::RoiAlignOp op; ///< mutable: the accessors of ops are not const
  Tensor x;
  Type element, work;
  bool isMax;
  int64_t bins[2];
  Value extents[2];
};
} // namespace

/// As many points in each bin of each region: one nest over everything.
static void alignFixed(const RegionSampler &sampler, TaskBuilder &task) {
  nn::RoiAlignOp op = sampler.op;
  Tensor y = task.tensor(op.getY()), rois = task.tensor(op.getRois()), batches = task.tensor(op.getBatches());
  Value images = task.extent(sampler.x.dims[0]);
  nn::Dim ratio = task.dim(op.getSamplingRatio());
  Nest nest(task, y.dims, {ratio, ratio});
  for (int64_t k = 0; k < 4; ++k)
    nest.in(rois, {nest.d(0), nest.c(k)});
  ScalarBuilder outside = task.scalars();
  nest.in(batches, {nest.d(0)}).out(y).acc(sampler.start(outside));
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        Value points = s.constant(sampler.work, double(op.getSamplingRatio()));
        SmallVector<RegionSampler::Axis> axes;
        for (int axis : {0, 1})
          axes.push_back(sampler.axisOf(s, axis, in[1 - axis], in[3 - axis]));
        Value image = wrapClamp(s, in[4], batches.element, images);
        Value value = sampler.sample(s, image, s.loop(1), axes, {s.loop(2), s.loop(3)},
                                     {s.loop(4), s.loop(5)}, {points, points});
        return Nest::Values{sampler.combine(s, acc[0], value)};
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        Value points = s.constant(sampler.work, std::pow(double(op.getSamplingRatio()), 2));
        Value result = sampler.finish(s, acc[0], points);
        return Nest::Values{toWork(s, result, sampler.work, computeType(y.element))};
      });
}

/// The number of points depends on the region: one region, and one point of all its bins, at a time.
static void alignAdaptive(const RegionSampler &sampler, TaskBuilder &task) {
  nn::RoiAlignOp op = sampler.op;
  Tensor y = task.tensor(op.getY()), rois = task.tensor(op.getRois()), batches = task.tensor(op.getBatches());
  Type work = sampler.work;
  ScalarBuilder s = task.scalars();
  Value images = task.extent(sampler.x.dims[0]), zero = s.index(0);
  nn::Dims bins(ArrayRef(y.dims).drop_front()), repeated = bins;
  // A single bin would be scalar work; as many of the same as any machine's vector has lanes are not.
  repeated.push_back(task.dim(nn::getStatic(product(task, bins)) == 1 ? 16 : 1));
  Tensor sums = task.scratch(work, repeated);
  task.loop(zero, task.extent(y.dims[0]), [&](Value r) {
    Value image = wrapClamp(s, task.load(batches, r), batches.element, images);
    SmallVector<RegionSampler::Axis> axes;
    SmallVector<Value> points, counts;
    for (int64_t axis : {0, 1}) {
      Value begin = task.load(rois, {r, s.index(1 - axis)}), end = task.load(rois, {r, s.index(3 - axis)});
      axes.push_back(sampler.axisOf(s, axis, begin, end));
      points.push_back(sampler.adaptivePoints(s, axis, axes[axis].bin));
      counts.push_back(floatToIndex(s, points[axis]));
    }
    task.fill(sums, sampler.startValue());
    task.loop(zero, counts[0], [&](Value i) {
      task.loop(zero, counts[1], [&](Value j) {
        Nest nest(task, repeated);
        nest.in(sums, nest.parallelDims()).out(sums);
        nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
          Value value = sampler.sample(s, image, s.loop(0), axes, {s.loop(1), s.loop(2)}, {i, j}, points);
          return Nest::Values{sampler.combine(s, in[0], value)};
        });
      });
    });
    Nest nest(task, bins);
    SmallVector<AffineExpr> first = nest.parallelDims();
    first.push_back(nest.c(0));
    nest.in(sums, first).out(task.slice(y, r));
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value result = sampler.finish(s, in[0], s.mul(points[0], points[1]));
      return Nest::Values{toWork(s, result, work, computeType(y.element))};
    });
  });
}

static LogicalResult lowerRoiAlign(nn::RoiAlignOp op, TaskBuilder &task) {
  RegionSampler sampler(op, task);
  if (op.getSamplingRatio() > 0)
    alignFixed(sampler, task);
  else
    alignAdaptive(sampler, task);
  return success();
}

void lower::populateImage(Lowerings &lowerings) {
  lowerings.add<nn::InterpolateOp>(lowerInterpolate);
  lowerings.add<nn::GridSampleOp>(lowerGridSample);
  lowerings.add<nn::RoiAlignOp>(lowerRoiAlign);
}
