#include "passes/Lower/Control.h"
#include "passes/Lower/MovementUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

//===----------------------------------------------------------------------===//
// Sorting
//===----------------------------------------------------------------------===//

using Order = llvm::function_ref<Value(Value a, Value b)>;

/// Merges neighbouring sorted runs of `width` of the first `n` positions.
static void mergeRuns(TaskBuilder &task, const Tensor &from, const Tensor &to, Value n, Value width,
                      Order before) {
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0), one = s.index(1), last = s.sub(n, one), both = s.add(width, width);
  Value pairs = arith::CeilDivSIOp::create(task.b, task.loc, n, both);
  task.loop(zero, pairs, [&](Value pair) {
    Value low = s.mul(pair, both), middle = s.min(s.add(low, width), n), high = s.min(s.add(low, both), n);
    task.loop(low, high, ValueRange{low, middle}, [&](Value k, ValueRange heads) {
      Value i = heads[0], j = heads[1];
      Value left = task.load(from, s.min(i, last)), right = task.load(from, s.min(j, last));
      Value leftEnds = s.cmp("ge", i, middle), rightEnds = s.cmp("ge", j, high);
      // Of equal ones the left goes first: the sort is stable.
      Value takeRight = s.orOp(leftEnds, s.andOp(s.notOp(rightEnds), before(right, left)));
      task.store(s.select(takeRight, right, left), to, k);
      return SmallVector<Value>{s.select(takeRight, i, s.add(i, one)), s.select(takeRight, s.add(j, one), j)};
    });
  });
}

void lower::sortPositions(TaskBuilder &task, const Tensor &positions, const Tensor &spare, Value n,
                          Order before) {
  ScalarBuilder s = task.scalars();
  auto unsorted = [&](ValueRange width) { return s.cmp("lt", width[0], n); };
  whileLoop(task, s.index(1), unsorted, [&](ValueRange width) {
    // Two turns, so that the result is where it was; one beyond the end changes nothing.
    Value twice = s.add(width[0], width[0]);
    mergeRuns(task, positions, spare, n, width[0], before);
    mergeRuns(task, spare, positions, n, twice, before);
    return SmallVector<Value>{s.add(twice, twice)};
  });
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

/// A tensor as slices along an axis (nullopt: elements): outer x slices x inner.
static Tensor asSlices(TaskBuilder &task, const Tensor &t, std::optional<int64_t> axis) {
  if (!axis)
    return task.reshape(t, {task.dim(1), product(task, t.dims), task.dim(1)});
  return task.reshape(t, {product(task, ArrayRef(t.dims).take_front(*axis)), t.dims[*axis],
                          product(task, ArrayRef(t.dims).drop_front(*axis + 1))});
}

static nn::Dim symbolDim(TaskBuilder &task, int64_t symbol) {
  return getAffineSymbolExpr(symbol, task.context());
}

/// The slices of `x` at the first `count` of `positions`, into `y`, whose layout is that of `count` slices.
static void takeSlices(TaskBuilder &task, const Tensor &x, const Tensor &positions, nn::Dim count,
                       const Tensor &y) {
  Tensor from = rawBits(x), to = rawBits(task.reshape(y, {x.dims[0], count, x.dims[2]}));
  Nest nest(task, to.dims);
  nest.in(positions, {nest.d(1)}).out(to);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    return Nest::Values{s.load(from, {s.loop(0), s.toIndex(in[0]), s.loop(2)})};
  });
}

/// Writes those of 0 ... n - 1 that are `chosen` to `positions`, in order; returns their number.
static Value choosePositions(TaskBuilder &task, Value n, const Tensor &positions,
                             llvm::function_ref<Value(Value i)> chosen) {
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0), one = s.index(1);
  return task.loop(zero, n, ValueRange{zero}, [&](Value i, ValueRange count) {
    // Overwritten by the next one if it was not chosen.
    task.store(s.fromIndex(i, positions.element), positions, count[0]);
    return SmallVector<Value>{s.select(chosen(i), s.add(count[0], one), count[0])};
  })[0];
}

//===----------------------------------------------------------------------===//
// non_zero, compress
//===----------------------------------------------------------------------===//

static LogicalResult lowerNonZero(nn::NonZeroOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX());
  nn::Dim size = product(task, x.dims), symbol = symbolDim(task, op.getSymbol());
  Tensor flat = task.reshape(x, {size}), positions = task.scratch(task.b.getI64Type(), {size});
  ScalarBuilder s = task.scalars();
  Value count = choosePositions(task, task.extent(size), positions, [&](Value i) {
    Value element = task.load(flat, i);
    return s.cmp("ne", element, s.constantInt(element.getType(), 0));
  });
  task.setSymbol(symbol, count);
  Tensor y = task.reshape(task.tensor(op.getY()), {task.dim(x.rank()), symbol});
  for (int64_t d = 0; d < x.rank(); ++d) {
    Value stride = task.extent(product(task, ArrayRef(x.dims).drop_front(d + 1))),
          extent = task.extent(x.dims[d]);
    Nest nest(task, {symbol});
    nest.in(positions, {nest.d(0)}).out(y, {nest.c(d), nest.d(0)});
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Type wide = in[0].getType();
      Value row = arith::DivUIOp::create(s.b, s.loc, in[0], s.fromIndex(stride, wide));
      return Nest::Values{arith::RemUIOp::create(s.b, s.loc, row, s.fromIndex(extent, wide))};
    });
  }
  return success();
}

static LogicalResult lowerCompress(nn::CompressOp op, TaskBuilder &task) {
  Tensor x = asSlices(task, task.tensor(op.getX()), op.getAxis());
  Tensor condition = task.tensor(op.getCondition());
  nn::Dim symbol = symbolDim(task, op.getSymbol());
  Tensor positions = task.scratch(task.b.getI64Type(), {condition.dims[0]});
  ScalarBuilder s = task.scalars();
  Value n = s.min(task.extent(x.dims[1]), task.extent(condition.dims[0]));
  task.setSymbol(symbol,
                 choosePositions(task, n, positions, [&](Value i) { return task.load(condition, i); }));
  takeSlices(task, x, positions, symbol, task.tensor(op.getY()));
  return success();
}

//===----------------------------------------------------------------------===//
// unique
//===----------------------------------------------------------------------===//

namespace {
/// Lexicographic comparison of slices.
class SliceOrder {
public:
  SliceOrder(TaskBuilder &task, const Tensor &x) : task(task), s(task.scalars()), x(x) {}

  /// Negative, 0, positive (i32) as slice `a` (i64) is less than, equal to or greater than slice `b`.
  Value compare(Value a, Value b) {
    Value zero = s.index(0), one = s.index(1), same = s.constantInt(task.b.getI32Type(), 0);
    a = s.toIndex(a);
    b = s.toIndex(b);
    if (nn::getStatic(x.dims[0]) == 1 && nn::getStatic(x.dims[2]) == 1)
      return compareElements(task.load(x, {zero, a, zero}), task.load(x, {zero, b, zero}));
    Value outer = task.extent(x.dims[0]), inner = task.extent(x.dims[2]);
    // Slices without elements are equal.
    Value start = s.select(s.cmp("eq", inner, zero), outer, zero);
    auto goesOn = [&](ValueRange at) { return s.andOp(s.cmp("lt", at[0], outer), s.cmp("eq", at[2], same)); };
    return whileLoop(task, {start, zero, same}, goesOn, [&](ValueRange at) {
      Value order = compareElements(task.load(x, {at[0], a, at[1]}), task.load(x, {at[0], b, at[1]}));
      Value next = s.add(at[1], one), ends = s.cmp("ge", next, inner);
      return SmallVector<Value>{s.select(ends, s.add(at[0], one), at[0]), s.select(ends, zero, next), order};
    })[2];
  }

  Value before(Value a, Value b) { return s.cmp("lt", compare(a, b), s.constantInt(task.b.getI32Type(), 0)); }

private:
  Value compareElements(Value a, Value b) {
    Type type = task.b.getI32Type();
    Value zero = s.constantInt(type, 0);
    return s.select(less(a, b), s.constantInt(type, -1), s.select(less(b, a), s.constantInt(type, 1), zero));
  }
  /// NaN is the greatest.
  Value less(Value a, Value b) {
    Value result = s.cmp("lt", a, b, isUnsigned(x.element));
    if (isa<FloatType>(a.getType()))
      result = s.orOp(result, s.andOp(s.isNan(b), s.notOp(s.isNan(a))));
    return result;
  }

  TaskBuilder &task;
  ScalarBuilder s;
  const Tensor &x;
};
} // namespace

static LogicalResult lowerUnique(nn::UniqueOp op, TaskBuilder &task) {
  Tensor x = asSlices(task, task.tensor(op.getX()), op.getAxis());
  nn::Dim n = x.dims[1], symbol = symbolDim(task, op.getSymbol());
  Type wide = task.b.getI64Type();
  Tensor order = task.scratch(wide, {n}), spare = task.scratch(wide, {n});
  Tensor first = task.scratch(wide, {n}), sizes = task.scratch(wide, {n});
  Tensor indices = task.tensor(op.getIndices()), inverse = task.tensor(op.getInverse()),
         counts = task.tensor(op.getCounts());
  ScalarBuilder s = task.scalars();
  SliceOrder slices(task, x);
  Value zero = s.index(0), one = s.index(1), extent = task.extent(n);
  Value none = s.constantInt(wide, 0), single = s.constantInt(wide, 1);
  task.loop(zero, extent, [&](Value i) { task.store(s.fromIndex(i, wide), order, i); });
  sortPositions(task, order, spare, extent, [&](Value a, Value b) { return slices.before(a, b); });
  // Groups of equal slices; the first of a group is its first occurrence, since the sort is stable.
  Value groups = task.loop(zero, extent, ValueRange{zero}, [&](Value i, ValueRange carried) {
    Value slice = task.load(order, i), previous = task.load(order, s.max(s.sub(i, one), zero));
    Value differs = s.cmp("ne", slices.compare(previous, slice), s.constantInt(task.b.getI32Type(), 0));
    Value starts = s.orOp(s.cmp("eq", i, zero), differs);
    Value next = s.select(starts, s.add(carried[0], one), carried[0]), group = s.sub(next, one);
    task.store(s.select(starts, slice, task.load(first, group)), first, group);
    task.store(s.add(s.select(starts, none, task.load(sizes, group)), single), sizes, group);
    task.store(s.fromIndex(group, wide), inverse, s.toIndex(slice));
    return SmallVector<Value>{next};
  })[0];
  task.setSymbol(symbol, groups);
  if (op.getSorted()) {
    task.loop(zero, groups, [&](Value i) {
      task.store(task.load(first, i), indices, i);
      task.store(task.load(sizes, i), counts, i);
    });
  } else {
    // The new place of each group: how many groups have begun before its first occurrence.
    Tensor places = spare;
    task.loop(zero, extent, ValueRange{none}, [&](Value i, ValueRange carried) {
      Value group = s.toIndex(task.load(inverse, i)), slice = s.fromIndex(i, wide);
      Value begins = s.cmp("eq", task.load(first, group), slice);
      Value place = s.select(begins, carried[0], task.load(places, group));
      task.store(place, places, group);
      task.store(place, inverse, i);
      task.store(task.load(first, group), indices, s.toIndex(place));
      task.store(task.load(sizes, group), counts, s.toIndex(place));
      return SmallVector<Value>{s.select(begins, s.add(carried[0], single), carried[0])};
    });
  }
  takeSlices(task, x, indices, symbol, task.tensor(op.getY()));
  return success();
}

//===----------------------------------------------------------------------===//
// non_max_suppression
//===----------------------------------------------------------------------===//

namespace {
/// The boxes of one image: their lower and upper ends along both axes, and their areas.
struct Boxes {
  Boxes(TaskBuilder &task, nn::Dim count) {
    for (Tensor *t : {&low[0], &low[1], &high[0], &high[1], &area})
      *t = task.scratch(task.b.getF32Type(), {count});
  }

  void fill(TaskBuilder &task, const Tensor &boxes, bool center) {
    Nest nest(task, area.dims);
    for (int64_t k = 0; k < 4; ++k)
      nest.in(boxes, {nest.d(0), nest.c(k)});
    nest.out(low[0]).out(low[1]).out(high[0]).out(high[1]).out(area);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value ends[2][2];
      for (int axis : {0, 1}) {
        Value a = in[axis], b = in[axis + 2], half = s.mul(b, s.constant(b.getType(), 0.5));
        ends[0][axis] = center ? s.sub(a, half) : s.select(s.cmp("lt", b, a), b, a);
        ends[1][axis] = center ? s.add(a, half) : s.select(s.cmp("lt", b, a), a, b);
      }
      Value size = s.mul(s.sub(ends[1][0], ends[0][0]), s.sub(ends[1][1], ends[0][1]));
      return Nest::Values{ends[0][0], ends[0][1], ends[1][0], ends[1][1], size};
    });
  }

  /// Marks the boxes that overlap box `i` by more than the threshold.
  void suppress(TaskBuilder &task, Value i, Value threshold, const Tensor &suppressed) {
    SmallVector<Value> own;
    Nest nest(task, area.dims);
    for (const Tensor *t : {&low[0], &low[1], &high[0], &high[1], &area}) {
      own.push_back(task.load(*t, i));
      nest.in(*t, nest.parallelDims());
    }
    nest.in(suppressed, nest.parallelDims()).out(suppressed);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value zero = s.constant(s.b.getF32Type(), 0);
      Value common = s.mul(s.max(s.sub(s.min(in[2], own[2]), s.max(in[0], own[0])), zero),
                           s.max(s.sub(s.min(in[3], own[3]), s.max(in[1], own[1])), zero));
      Value all = s.sub(s.add(in[4], own[4]), common);
      Value overlaps = s.cmp("gt", s.div(common, all), threshold);
      for (Value positive : {common, in[4], own[4], all})
        overlaps = s.andOp(overlaps, s.cmp("gt", positive, zero));
      return Nest::Values{s.orOp(in[5], overlaps)};
    });
  }

  Tensor low[2], high[2], area;
};
} // namespace

static LogicalResult lowerNonMaxSuppression(nn::NonMaxSuppressionOp op, TaskBuilder &task) {
  Tensor boxes = task.tensor(op.getBoxes()), scores = task.tensor(op.getScores()), y = task.tensor(op.getY());
  nn::Dim count = scores.dims[2];
  Type wide = task.b.getI64Type();
  Tensor order = task.scratch(wide, {count}), spare = task.scratch(wide, {count});
  Tensor suppressed = task.scratch(task.b.getI1Type(), {count});
  Boxes geometry(task, count);
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0), one = s.index(1), n = task.extent(count), classes = task.extent(scores.dims[1]);
  Value most = s.min(s.index(op.getMaxBoxes()), n),
        threshold = task.load(task.tensor(op.getIouThreshold()), {});
  Value least = op.getScoreThreshold() ? task.load(task.tensor(op.getScoreThreshold()), {}) : Value();
  // Rows go straight to the result: where a row lies does not depend on their number.
  auto ofImage = [&](Value image, ValueRange rows) -> SmallVector<Value> {
    geometry.fill(task, task.slice(boxes, image), op.getCenterPoint());
    return task.loop(zero, classes, rows, [&](Value label, ValueRange rows) -> SmallVector<Value> {
      Tensor score = task.slice(task.slice(scores, image), label);
      Value candidates = choosePositions(task, n, order, [&](Value i) {
        Value x = task.load(score, i);
        return least ? s.cmp("gt", x, least) : s.notOp(s.isNan(x));
      });
      sortPositions(task, order, spare, candidates, [&](Value a, Value b) {
        return s.cmp("gt", task.load(score, s.toIndex(a)), task.load(score, s.toIndex(b)));
      });
      task.fill(suppressed, 0);
      // At most `most` rows more; the loop ends there.
      Value limit = s.add(rows[0], most);
      auto goesOn = [&](ValueRange at) {
        return s.andOp(s.cmp("lt", at[0], candidates), s.cmp("lt", at[1], limit));
      };
      Value taken = whileLoop(task, {zero, rows[0]}, goesOn, [&](ValueRange at) {
        Value box = task.load(order, at[0]), i = s.toIndex(box), row = at[1];
        Value takes = s.notOp(task.load(suppressed, i));
        ifThen(task, takes, [&] {
          task.store(s.fromIndex(image, wide), y, {row, s.index(0)});
          task.store(s.fromIndex(label, wide), y, {row, s.index(1)});
          task.store(box, y, {row, s.index(2)});
          geometry.suppress(task, i, threshold, suppressed);
        });
        return SmallVector<Value>{s.add(at[0], one), s.select(takes, s.add(row, one), row)};
      })[1];
      return {taken};
    });
  };
  Value rows = task.loop(zero, task.extent(scores.dims[0]), ValueRange{zero}, ofImage)[0];
  task.setSymbol(symbolDim(task, op.getSymbol()), rows);
  return success();
}

void lower::populateSelection(Lowerings &lowerings) {
  lowerings.add<nn::NonZeroOp>(lowerNonZero);
  lowerings.add<nn::CompressOp>(lowerCompress);
  lowerings.add<nn::UniqueOp>(lowerUnique);
  lowerings.add<nn::NonMaxSuppressionOp>(lowerNonMaxSuppression);
}
