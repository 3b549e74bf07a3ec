#include "dialects/NN/ConvReference.h"
#include "passes/Lower/Rows.h"
#include "passes/Lower/Windows.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

//===----------------------------------------------------------------------===//
// Fourier transforms
//===----------------------------------------------------------------------===//

namespace {
/// The `length` roots of unity e^(2 pi i j / length), as cosines and sines. A transform reads root k n modulo
/// `length`, so that no angle is large. All is f64: terms cancel, and what is left of a long sum of f32 would
/// be rounding errors where the result should be near zero.
struct Roots {
  Roots(TaskBuilder &task, int64_t length)
      : length(length), cosines(task.scratch(task.b.getF64Type(), task.dim(length))),
        sines(task.scratch(task.b.getF64Type(), task.dim(length))) {
    Type type = task.b.getF64Type(), i64 = task.b.getI64Type();
    Nest nest(task, task.dim(length));
    nest.out(cosines).out(sines);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      // Angles from -pi to pi are the most precise ones.
      Value j = s.loop(0);
      j = s.select(s.cmp("gt", j, s.index(length / 2)), s.sub(j, s.index(length)), j);
      Value turns = s.div(s.cast(s.fromIndex(j, i64), i64, type), s.constant(type, double(length)));
      Value angle = s.mul(turns, s.constant(type, 2 * M_PI));
      return Nest::Values{s.math("cos", angle), s.math("sin", angle)};
    });
  }

  /// Lays the roots k n of all `points` k and n out as matrices, where many transforms share them and they
  /// fit into a cache: then the transforms are a matrix product, without a division and two gathers per term.
  void spread(TaskBuilder &task, nn::Dim given, nn::Dim points, nn::Dim transforms) {
    constexpr int64_t kMaxElements = int64_t(1) << 17, kFewTransforms = 8;
    // Either extent first, so that their product does not overflow.
    auto isLarge = [](std::optional<int64_t> extent) { return !extent || *extent > kMaxElements; };
    std::optional<int64_t> count = nn::getStatic(transforms);
    if (isLarge(nn::getStatic(given)) || isLarge(nn::getStatic(points)) ||
        isLarge(nn::getStatic(given * points)) || (count && *count < kFewTransforms))
      return;
    Type type = task.b.getF64Type();
    Tensor wideCosines = task.scratch(type, {given, points}), wideSines = task.scratch(type, {given, points});
    Nest nest(task, {given, points});
    nest.out(wideCosines).out(wideSines);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      Value at = s.modIndex(s.mul(s.loop(0), s.loop(1)), length);
      return Nest::Values{s.load(cosines, {at}), s.load(sines, {at})};
    });
    cosines = wideCosines;
    sines = wideSines;
  }

  /// Adds the roots to the inputs of a nest, as the last ones, if `spread` laid them out.
  void addTo(Nest &nest, AffineExpr k, AffineExpr n) const {
    if (cosines.rank() == 2)
      nest.in(cosines, {n, k}).in(sines, {n, k});
  }

  /// Adds (re + i im) times root k n to the accumulators; to the conjugated root unless `inverse`. `im` may
  /// be null; `in` are the inputs of the nest.
  Nest::Values accumulate(ScalarBuilder &s, ValueRange in, Value k, Value n, Value re, Value im,
                          ValueRange acc, bool inverse) const {
    Value c, d;
    if (cosines.rank() == 2) {
      c = in[in.size() - 2];
      d = in.back();
    } else {
      Value at = s.modIndex(s.mul(k, n), length);
      c = s.load(cosines, {at});
      d = s.load(sines, {at});
    }
    if (!inverse)
      d = s.neg(d);
    Value sumRe = s.fma(re, c, acc[0]), sumIm = s.fma(re, d, acc[1]);
    if (im) {
      sumRe = s.fma(s.neg(im), d, sumRe);
      sumIm = s.fma(im, c, sumIm);
    }
    return {sumRe, sumIm};
  }

  int64_t length;
  Tensor cosines, sines;
};
} // namespace

static LogicalResult lowerDft(nn::DftOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  int64_t axis = op.getAxis(), length = op.getLength();
  bool inverse = op.getInverse(), half = inverse && op.getOnesided();
  int64_t parts = *nn::getStatic(x.dims.back()), results = *nn::getStatic(y.dims.back());
  int64_t given = std::min(*nn::getStatic(x.dims[axis]), half ? length / 2 + 1 : length);
  nn::Dim outer = nn::numElements(ArrayRef(x.dims).take_front(axis), task.context());
  nn::Dim inner = nn::numElements(ArrayRef(x.dims).drop_front(axis + 1).drop_back(), task.context());
  nn::Dim points = y.dims[axis];
  x = task.reshape(x, {outer, x.dims[axis], inner, task.dim(parts)});
  y = task.reshape(y, {outer, points, inner, task.dim(results)});

  Type type = task.b.getF64Type();
  Roots roots(task, length);
  roots.spread(task, task.dim(given), points, outer * inner);
  // The results of one transform are the innermost loop where there is nothing else inside.
  bool alone = nn::getStatic(inner) == 1;
  int64_t kAt = alone ? 2 : 1, innerAt = alone ? 1 : 2;
  nn::Dims loops = {outer, alone ? inner : points, alone ? points : inner};
  Nest nest(task, loops, task.dim(given));
  for (int64_t part = 0; part < parts; ++part)
    nest.in(x, {nest.d(0), nest.d(3), nest.d(innerAt), nest.c(part)});
  for (int64_t part = 0; part < results; ++part)
    nest.out(y, {nest.d(0), nest.d(kAt), nest.d(innerAt), nest.c(part)});
  roots.addTo(nest, nest.d(kAt), nest.d(3));
  Value zero = task.scalars().constant(type, 0);
  nest.acc(zero).acc(zero);
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        Value n = s.loop(3), re = toWork(s, in[0], x.element, type), im;
        if (parts == 2)
          im = toWork(s, in[1], x.element, type);
        if (half) {
          // A half spectrum stands for its mirror image too, but for its ends, whose imaginary parts do not
          // count.
          Value isEnd = s.cmp("eq", n, s.index(0));
          if (length % 2 == 0)
            isEnd = s.orOp(isEnd, s.cmp("eq", n, s.index(length / 2)));
          re = s.select(isEnd, re, s.add(re, re));
          im = s.select(isEnd, s.constant(type, 0), s.add(im, im));
        }
        return roots.accumulate(s, in, s.loop(kAt), n, re, im, acc, inverse);
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        Nest::Values values;
        for (int64_t part = 0; part < results; ++part)
          values.push_back(inverse ? s.div(acc[part], s.constant(type, double(length))) : acc[part]);
        for (Value &value : values)
          value = toWork(s, value, type, computeType(y.element));
        return values;
      });
  return success();
}

static LogicalResult lowerStft(nn::StftOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  int64_t length = op.getFrameLength(), step = op.getFrameStep(), parts = *nn::getStatic(x.dims[2]);
  Type type = task.b.getF64Type();
  Roots roots(task, length);
  roots.spread(task, task.dim(length), y.dims[2], y.dims[0] * y.dims[1]);
  Nest nest(task, ArrayRef(y.dims).take_front(3), task.dim(length));
  for (int64_t part = 0; part < parts; ++part)
    nest.in(x, {nest.d(0), nest.d(1) * step + nest.d(3), nest.c(part)});
  if (op.getWindow())
    nest.in(task.tensor(op.getWindow()), {nest.d(3)});
  for (int64_t part = 0; part < 2; ++part)
    nest.out(y, {nest.d(0), nest.d(1), nest.d(2), nest.c(part)});
  roots.addTo(nest, nest.d(2), nest.d(3));
  Value zero = task.scalars().constant(type, 0);
  nest.acc(zero).acc(zero);
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        SmallVector<Value> signal;
        for (int64_t part = 0; part < parts; ++part) {
          signal.push_back(toWork(s, in[part], x.element, type));
          if (op.getWindow())
            signal.back() = s.mul(signal.back(), toWork(s, in[parts], x.element, type));
        }
        return roots.accumulate(s, in, s.loop(2), s.loop(3), signal[0], parts == 2 ? signal[1] : Value(), acc,
                                false);
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        Type result = computeType(y.element);
        return Nest::Values{toWork(s, acc[0], type, result), toWork(s, acc[1], type, result)};
      });
  return success();
}

//===----------------------------------------------------------------------===//
// Determinant
//===----------------------------------------------------------------------===//

namespace {
/// Gaussian elimination with partial pivoting of all matrices at once.
class Elimination {
public:
  Elimination(TaskBuilder &task, const Tensor &x, int64_t n)
      : task(task), size(n), batch(nn::numElements(ArrayRef(x.dims).drop_back(2), task.context())),
        n(task.dim(n)), work(workType(task.context(), x.element)), type(computeType(work)) {
    a = task.scratch(work, {batch, this->n, this->n});
    Nest nest(task, a.dims);
    nest.in(task.reshape(x, a.dims), nest.parallelDims()).out(a);
    nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
    magnitudes = task.scratch(work, {batch, this->n});
    pivotRow = task.scratch(work, {batch, this->n});
    oldRow = task.scratch(work, {batch, this->n});
    factors = task.scratch(work, {batch, this->n});
    pivots = task.scratch(i64(), batch);
    det = task.scratch(work, batch);
  }

  /// The determinants, one per matrix.
  Tensor run() {
    task.fill(det, 1);
    task.loop(task.index(0), task.index(size), [&](Value k) {
      choosePivots(k);
      takeRows(k);
      eliminate(k);
    });
    return det;
  }

private:
  Type i64() { return task.b.getI64Type(); }
  /// Column `k` of all matrices, as (batch, n, 1).
  Tensor column(Value k) {
    return task.window(a, {task.index(0), task.index(0), k}, {batch, n, task.dim(1)});
  }
  Tensor row(Value k) { return task.window(a, {task.index(0), k, task.index(0)}, {batch, task.dim(1), n}); }

  /// pivots[b] = the row from k on with the greatest magnitude in column k; NaN counts as the greatest.
  void choosePivots(Value k) {
    Nest sizes(task, {batch, n});
    sizes.in(column(k), {sizes.d(0), sizes.d(1), sizes.c(0)}).out(magnitudes);
    sizes.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value size = s.select(s.isNan(in[0]), s.constant(type, INFINITY), s.abs(in[0]));
      return Nest::Values{s.select(s.cmp("ge", s.loop(1), k), size, s.constant(type, -1))};
    });
    Nest nest(task, batch, n);
    nest.in(magnitudes, {nest.d(0), nest.d(1)}).out(pivots);
    ScalarBuilder outside = task.scalars();
    nest.acc(outside.constant(type, -1)).acc(outside.constantInt(i64(), 0));
    nest.emit(
        [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
          Value greater = s.cmp("gt", in[0], acc[0]);
          return Nest::Values{s.select(greater, in[0], acc[0]),
                              s.select(greater, s.fromIndex(s.loop(1), i64()), acc[1])};
        },
        [&](ScalarBuilder &, ValueRange acc) { return Nest::Values{acc[1]}; });
  }

  /// The pivot's row as it is, and the row that takes its place; the determinant's next factor.
  void takeRows(Value k) {
    Nest nest(task, {batch, n});
    nest.in(pivots, {nest.d(0)}).in(row(k), {nest.d(0), nest.c(0), nest.d(1)}).out(pivotRow).out(oldRow);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{s.load(a, {s.loop(0), s.toIndex(in[0]), s.loop(1)}), in[1]};
    });
    Nest product(task, batch);
    product.in(det, {product.d(0)}).in(pivots, {product.d(0)}).out(det);
    product.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value pivot = s.load(pivotRow, {s.loop(0), k});
      Value moved = s.cmp("ne", s.toIndex(in[1]), k);
      return Nest::Values{s.mul(in[0], s.select(moved, s.neg(pivot), pivot))};
    });
  }

  /// Subtracts the pivot's row from the rows below, so that column k of them is zero.
  void eliminate(Value k) {
    Nest quotient(task, {batch, n});
    quotient.in(column(k), {quotient.d(0), quotient.d(1), quotient.c(0)})
        .in(pivots, {quotient.d(0)})
        .out(factors);
    quotient.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value i = s.loop(1), pivot = s.load(pivotRow, {s.loop(0), k}), zero = s.constant(type, 0);
      Value isPivot = s.cmp("eq", i, s.toIndex(in[1]));
      Value element = s.select(isPivot, s.load(oldRow, {s.loop(0), k}), in[0]);
      // Below a pivot of zero there are only zeros.
      Value skipped = s.orOp(s.cmp("le", i, k), s.cmp("eq", pivot, zero));
      return Nest::Values{s.select(skipped, zero, s.div(element, pivot))};
    });
    Nest nest(task, a.dims);
    AffineExpr b = nest.d(0), i = nest.d(1), j = nest.d(2);
    nest.in(a, {b, i, j}).in(factors, {b, i}).in(pivotRow, {b, j}).in(oldRow, {b, j}).in(pivots, {b}).out(a);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value isPivot = s.cmp("eq", s.loop(1), s.toIndex(in[4]));
      return Nest::Values{s.fma(s.neg(in[1]), in[2], s.select(isPivot, in[3], in[0]))};
    });
  }

  TaskBuilder &task;
  int64_t size;
  nn::Dim batch, n;
  Type work, type;
  Tensor a, magnitudes, pivotRow, oldRow, factors, pivots, det;
};
} // namespace

static LogicalResult lowerDet(nn::DetOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Tensor det = Elimination(task, x, *nn::getStatic(x.dims.back())).run();
  Nest nest(task, det.dims);
  nest.in(det, nest.parallelDims()).out(task.reshape(y, det.dims));
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  return success();
}

//===----------------------------------------------------------------------===//
// Windows of images
//===----------------------------------------------------------------------===//

/// Calls `body` at every position in `extents`, by loops at run time.
static void eachPosition(TaskBuilder &task, ArrayRef<int64_t> extents, SmallVector<Value> position,
                         llvm::function_ref<void(ArrayRef<Value>)> body) {
  if (position.size() == extents.size())
    return body(position);
  task.loop(task.index(0), task.index(extents[position.size()]), [&](Value i) {
    SmallVector<Value> next = position;
    next.push_back(i);
    eachPosition(task, extents, next, body);
  });
}

/// Adds up in the padded image, one kernel position of all windows at a time: those never meet.
static LogicalResult lowerCol2Im(nn::Col2ImOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  nn::Windows windows = windowsOf(op, op.getKernel());
  size_t rank = windows.rank();
  FailureOr<nn::Dims> counts = nn::countWindows(op, windows, ArrayRef(y.dims).drop_front(2), "C3");
  if (failed(counts))
    return failure();
  nn::Dims kernel;
  for (int64_t extent : windows.kernel)
    kernel.push_back(task.dim(extent));
  nn::Dims split = {y.dims[0], y.dims[1]}, padded = y.dims, reach = {y.dims[0], y.dims[1]},
           onePosition = split;
  llvm::append_range(split, kernel);
  llvm::append_range(split, *counts);
  onePosition.append(rank, task.dim(1));
  llvm::append_range(onePosition, *counts);
  x = task.reshape(x, split);
  for (size_t i = 0; i < rank; ++i) {
    padded[2 + i] = padded[2 + i] + (windows.begin(i) + windows.end(i));
    reach.push_back(((*counts)[i] - 1) * windows.strides[i] + 1);
  }
  Type work = isa<FloatType>(x.element) ? workType(task.context(), x.element) : x.element;
  Tensor sums = task.scratch(work, padded);
  task.fill(sums, 0);
  nn::Dims loops = {y.dims[0], y.dims[1]};
  llvm::append_range(loops, *counts);
  Value zero = task.index(0);
  eachPosition(task, windows.kernel, {}, [&](ArrayRef<Value> k) {
    ScalarBuilder s = task.scalars();
    SmallVector<Value> from = {zero, zero}, to = {zero, zero};
    for (size_t i = 0; i < rank; ++i) {
      from.push_back(k[i]);
      to.push_back(s.mul(k[i], s.index(windows.dilations[i])));
    }
    from.append(rank, zero);
    Tensor source = task.window(x, from, onePosition), target = task.window(sums, to, reach);
    Nest nest(task, loops);
    SmallVector<AffineExpr> sourceAt = {nest.d(0), nest.d(1)}, targetAt = sourceAt;
    sourceAt.append(rank, nest.c(0));
    for (size_t i = 0; i < rank; ++i) {
      sourceAt.push_back(nest.d(2 + i));
      targetAt.push_back(nest.d(2 + i) * windows.strides[i]);
    }
    nest.in(target, targetAt).in(source, sourceAt).out(target, targetAt);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) { return Nest::Values{s.add(in[0], in[1])}; });
  });
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> interior = nest.parallelDims();
  for (size_t i = 0; i < rank; ++i)
    interior[2 + i] = interior[2 + i] + windows.begin(i);
  nest.in(sums, interior).out(y);
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  return success();
}

namespace {
/// Samples one image into columns, (channels, kernel..., result...), and multiplies them by the weights.
class DeformConvLowering {
public:
  DeformConvLowering(nn::DeformConvOp op, TaskBuilder &task)
      : op(op), task(task), windows(windowsOf(op, kernelOf(op.getW()))), rank(windows.rank()),
        x(task.tensor(op.getX())), w(task.tensor(op.getW())), y(task.tensor(op.getY())),
        work(workType(task.context(), x.element)), type(computeType(work)) {
    for (int64_t extent : windows.kernel)
      kernel.push_back(task.dim(extent));
    spatial.append(y.dims.begin() + 2, y.dims.end());
  }

  void run() {
    nn::Dim groups = task.dim(op.getOffsetGroup());
    columnDims = {groups, x.dims[1].floorDiv(op.getOffsetGroup())};
    llvm::append_range(columnDims, kernel);
    llvm::append_range(columnDims, spatial);
    columns = task.scratch(work, columnDims);
    task.loop(task.index(0), task.extent(x.dims[0]), [&](Value image) {
      sample(image);
      multiply(image);
    });
  }

private:
  /// (offset groups, kernel..., [spatial rank,] result...) of one image's offsets or mask.
  Tensor perTap(Value all, Value image, bool vectors) {
    nn::Dims dims = {columnDims[0]};
    llvm::append_range(dims, kernel);
    if (vectors)
      dims.push_back(task.dim(rank));
    llvm::append_range(dims, spatial);
    return task.reshape(task.slice(task.tensor(all), image), dims);
  }

  void sample(Value image) {
    Tensor offsets = perTap(op.getOffset(), image, true);
    nn::Dims planes = {columnDims[0], columnDims[1]};
    planes.append(x.dims.begin() + 2, x.dims.end());
    Tensor pixels = task.reshape(task.slice(x, image), planes);
    Type i64 = task.b.getI64Type();
    SmallVector<Value> last, extents;
    ScalarBuilder outside = task.scalars();
    for (size_t d = 0; d < rank; ++d) {
      Value extent = task.extent(x.dims[2 + d]);
      last.push_back(outside.sub(extent, outside.index(1)));
      extents.push_back(outside.cast(outside.fromIndex(extent, i64), i64, work));
    }
    Nest nest(task, columnDims);
    for (size_t d = 0; d < rank; ++d) {
      SmallVector<AffineExpr> subscripts = {nest.d(0)};
      for (size_t i = 0; i < rank; ++i)
        subscripts.push_back(nest.d(2 + i));
      subscripts.push_back(nest.c(d));
      for (size_t i = 0; i < rank; ++i)
        subscripts.push_back(nest.d(2 + rank + i));
      nest.in(offsets, subscripts);
    }
    if (op.getMask()) {
      SmallVector<AffineExpr> subscripts = {nest.d(0)};
      for (size_t i = 0; i < 2 * rank; ++i)
        subscripts.push_back(nest.d(2 + i));
      nest.in(perTap(op.getMask(), image, false), subscripts);
    }
    nest.out(columns);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value zero = s.constant(type, 0), one = s.constant(type, 1);
      // Per dimension and side: the index (in bounds), the weight, and whether it is inside of the image.
      SmallVector<std::array<Value, 2>> at(rank), weight(rank), inside(rank);
      for (size_t d = 0; d < rank; ++d) {
        Value start = s.add(s.mul(s.loop(2 + rank + d), s.index(windows.strides[d])),
                            s.mul(s.loop(2 + d), s.index(windows.dilations[d])));
        start = s.sub(start, s.index(windows.begin(d)));
        Value position = s.add(s.cast(s.fromIndex(start, i64), i64, work), in[d]);
        Value low = s.floor(position), part = s.sub(position, low);
        for (int side = 0; side < 2; ++side) {
          Value corner = side ? s.add(low, one) : low;
          inside[d][side] = s.andOp(s.cmp("ge", corner, zero), s.cmp("lt", corner, extents[d]));
          Value bounded = s.select(inside[d][side], corner, zero);
          at[d][side] = s.clampIndex(s.toIndex(s.cast(bounded, work, i64)), s.index(0), last[d]);
          weight[d][side] = side ? part : s.sub(one, part);
        }
      }
      Value sum = zero;
      for (size_t corner = 0; corner < size_t(1) << rank; ++corner) {
        SmallVector<Value> subscripts = {s.loop(0), s.loop(1)};
        Value product = one, valid;
        for (size_t d = 0; d < rank; ++d) {
          size_t side = corner >> d & 1;
          subscripts.push_back(at[d][side]);
          product = d ? s.mul(product, weight[d][side]) : weight[d][side];
          valid = d ? s.andOp(valid, inside[d][side]) : inside[d][side];
        }
        Value pixel = s.load(pixels, subscripts);
        sum = s.add(sum, s.select(valid, s.mul(product, pixel), zero));
      }
      return Nest::Values{op.getMask() ? s.mul(sum, in[rank]) : sum};
    });
  }

  void multiply(Value image) {
    int64_t group = op.getGroup();
    nn::Dim taps = nn::numElements(kernel, task.context()), points = nn::numElements(spatial, task.context()),
            groups = task.dim(group), terms = w.dims[1] * taps, outputs = w.dims[0].floorDiv(group);
    Tensor a = task.reshape(w, {groups, outputs, terms}), b = task.reshape(columns, {groups, terms, points}),
           c = task.reshape(task.slice(y, image), {groups, outputs, points});
    std::optional<Tensor> bias;
    if (op.getBias())
      bias = task.reshape(task.tensor(op.getBias()), {groups, outputs});
    Nest nest(task, c.dims, terms);
    AffineExpr g = nest.d(0), o = nest.d(1), p = nest.d(2), k = nest.d(3);
    nest.in(a, {g, o, k}).in(b, {g, k, p}).out(c).acc(task.scalars().constant(type, 0));
    nest.emit([&](ScalarBuilder &s, ValueRange in,
                  ValueRange acc) { return Nest::Values{s.fma(in[0], in[1], acc[0])}; },
              [&](ScalarBuilder &s, ValueRange acc) {
                return Nest::Values{bias ? s.add(acc[0], s.load(*bias, {s.loop(0), s.loop(1)})) : acc[0]};
              });
  }

  nn::DeformConvOp op;
  TaskBuilder &task;
  nn::Windows windows;
  size_t rank;
  Tensor x, w, y, columns;
  Type work, type;
  nn::Dims kernel, spatial, columnDims;
};
} // namespace

static LogicalResult lowerDeformConv(nn::DeformConvOp op, TaskBuilder &task) {
  // A sample has 2^rank corners.
  constexpr int64_t kMaxRank = 6;
  int64_t rank = nn::getRank(op.getX()) - 2;
  if (rank > kMaxRank)
    return op.emitOpError("expected at most ") << kMaxRank << " spatial dimensions, but got " << rank;
  DeformConvLowering(op, task).run();
  return success();
}

void lower::populateSignal(Lowerings &lowerings) {
  lowerings.add<nn::DftOp>(lowerDft);
  lowerings.add<nn::StftOp>(lowerStft);
  lowerings.add<nn::DetOp>(lowerDet);
  lowerings.add<nn::Col2ImOp>(lowerCol2Im);
  lowerings.add<nn::DeformConvOp>(lowerDeformConv);
}
