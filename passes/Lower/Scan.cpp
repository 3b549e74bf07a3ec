#include "passes/Lower/Control.h"
#include "passes/Lower/Rows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

/// ceil(log2(n)) at run time (index values), by halving.
static Value ceilLog2(TaskBuilder &task, Value n) {
  constexpr int64_t kMost = 48; // more than the bits of any extent
  ScalarBuilder s = task.scalars();
  Value one = s.index(1);
  return task.loop(s.index(0), s.index(kMost), {s.index(0), n}, [&](Value, ValueRange carried) {
    Value more = s.cmp("gt", carried[1], one);
    Value next = s.select(more, s.add(carried[0], one), carried[0]);
    return SmallVector<Value>{next, s.floorDivIndex(s.add(carried[1], one), 2)};
  })[0];
}

// nn.cumulative

/// A scan of a vector without a sequential loop over its elements: at step w, every element takes up the one
/// w before it (Hillis and Steele, "Data parallel algorithms", 1986).
static void scanVector(TaskBuilder &task, const Tensor &x, const Tensor &y, bool product, bool exclusive,
                       bool reverse) {
  nn::Dim n = x.dims[0];
  Type work = isa<FloatType>(x.element) ? workType(task.context(), x.element) : x.element;
  Type type = computeType(work);
  Tensor a = task.scratch(work, n), b = task.scratch(work, n);
  ScalarBuilder outside = task.scalars();
  Value last = outside.sub(task.extent(n), outside.index(1)), zero = outside.index(0);
  Value neutral = outside.constant(type, product ? 1 : 0);
  // The element `shift` before i in the direction of the scan, or neutral.
  auto before = [&](ScalarBuilder &s, const Tensor &t, Value shift, Value i) {
    Value at = s.sub(i, shift);
    Value element = s.load(t, s.clampIndex(at, zero, last));
    return s.select(s.cmp("ge", at, zero), toWork(s, element, t.element, type), neutral);
  };
  {
    Nest nest(task, n);
    nest.out(a);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      Value i = s.loop(0), shift = s.index(exclusive ? 1 : 0);
      if (!reverse)
        return Nest::Values{before(s, x, shift, i)};
      Value at = s.add(s.sub(last, i), shift);
      Value element = s.load(x, s.clampIndex(at, zero, last));
      return Nest::Values{s.select(s.cmp("le", at, last), toWork(s, element, x.element, type), neutral)};
    });
  }
  auto step = [&](const Tensor &from, const Tensor &to, Value shift) {
    Nest nest(task, n);
    nest.in(from, nest.parallelDims()).out(to);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value other = before(s, from, shift, s.loop(0));
      return Nest::Values{product ? s.mul(in[0], other) : s.add(in[0], other)};
    });
  };
  // Two steps per turn, so that the result is in `a`; a step beyond the end changes nothing.
  Value turns = outside.floorDivIndex(outside.add(ceilLog2(task, task.extent(n)), outside.index(1)), 2);
  task.loop(zero, turns, outside.index(1), [&](Value, ValueRange carried) {
    Value twice = outside.add(carried[0], carried[0]);
    step(a, b, carried[0]);
    step(b, a, twice);
    return SmallVector<Value>{outside.add(twice, twice)};
  });
  Nest nest(task, n);
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
    Value i = s.loop(0);
    return Nest::Values{s.load(a, reverse ? s.sub(last, i) : i)};
  });
}

static LogicalResult lowerCumulative(nn::CumulativeOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  int64_t axis = op.getAxis();
  nn::Dim outer = nn::numElements(ArrayRef(x.dims).take_front(axis), task.context());
  nn::Dim inner = nn::numElements(ArrayRef(x.dims).drop_front(axis + 1), task.context());
  nn::Dim n = x.dims[axis];
  bool product = op.getProduct(), exclusive = op.getExclusive(), reverse = op.getReverse();
  if (nn::getStatic(outer) == 1 && nn::getStatic(inner) == 1) {
    scanVector(task, task.reshape(x, n), task.reshape(y, n), product, exclusive, reverse);
    return success();
  }
  // One step at a time along the axis, all other positions at once.
  x = task.reshape(x, {outer, n, inner});
  y = task.reshape(y, {outer, n, inner});
  Type work = isa<FloatType>(x.element) ? workType(task.context(), x.element) : x.element;
  Tensor sum = task.scratch(work, {outer, inner});
  task.fill(sum, product ? 1 : 0);
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0), last = s.sub(task.extent(n), s.index(1));
  task.loop(zero, task.extent(n), [&](Value i) {
    Value at = reverse ? s.sub(last, i) : i;
    nn::Dims slab = {outer, task.dim(1), inner};
    Tensor from = task.window(x, {zero, at, zero}, slab), to = task.window(y, {zero, at, zero}, slab);
    Nest nest(task, {outer, inner});
    SmallVector<AffineExpr> here = {nest.d(0), nest.c(0), nest.d(1)};
    nest.in(sum, nest.parallelDims()).in(from, here).out(sum).out(to, here);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value next = product ? s.mul(in[0], in[1]) : s.add(in[0], in[1]);
      return Nest::Values{next, exclusive ? in[0] : next};
    });
  });
  return success();
}

// nn.top_k

/// Whether `a` goes strictly before `b`; NaN is the greatest.
static Value goesBefore(ScalarBuilder &s, Value a, Value b, bool largest, Type element) {
  Value greater = largest ? a : b, less = largest ? b : a;
  Value result = s.cmp("gt", greater, less, isUnsigned(element));
  if (isa<FloatType>(a.getType()))
    result = s.orOp(result, s.andOp(s.isNan(greater), s.notOp(s.isNan(less))));
  return result;
}

static LogicalResult lowerTopK(nn::TopKOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), values = task.tensor(op.getValues()),
         indices = task.tensor(op.getIndices());
  int64_t axis = op.getAxis();
  nn::Dim outer = nn::numElements(ArrayRef(x.dims).take_front(axis), task.context());
  nn::Dim inner = nn::numElements(ArrayRef(x.dims).drop_front(axis + 1), task.context());
  nn::Dim n = x.dims[axis], k = values.dims[axis];
  if (nn::getStatic(k) == 0)
    return success();
  x = task.reshape(x, {outer, n, inner});
  values = task.reshape(values, {outer, k, inner});
  indices = task.reshape(indices, {outer, k, inner});
  Tensor order = task.scratch(task.b.getI64Type(), n), spare = task.scratch(task.b.getI64Type(), n);
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0);
  task.loop(zero, task.extent(outer), [&](Value o) {
    task.loop(zero, task.extent(inner), [&](Value i) {
      task.loop(zero, task.extent(n),
                [&](Value p) { task.store(s.fromIndex(p, task.b.getI64Type()), order, p); });
      sortPositions(task, order, spare, task.extent(n), [&](Value a, Value b) {
        Value left = task.load(x, {o, s.toIndex(a), i}), right = task.load(x, {o, s.toIndex(b), i});
        return goesBefore(s, left, right, op.getLargest(), x.element);
      });
      task.loop(zero, task.extent(k), [&](Value j) {
        Value position = task.load(order, j);
        task.store(task.load(x, {o, s.toIndex(position), i}), values, {o, j, i});
        task.store(position, indices, {o, j, i});
      });
    });
  });
  return success();
}

// nn.nll_loss

static LogicalResult lowerNLLLoss(nn::NLLLossOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), target = task.tensor(op.getTarget()), y = task.tensor(op.getY());
  nn::Dim batch = x.dims[0], classes = x.dims[1];
  nn::Dim rest = nn::numElements(ArrayRef(x.dims).drop_front(2), task.context());
  x = task.reshape(x, {batch, classes, rest});
  target = task.reshape(target, {batch, rest});
  Type work = workType(task.context(), x.element), label = target.element;
  bool reduces = op.getReduction() != nn::LossReduction::None;
  bool divides = op.getReduction() == nn::LossReduction::Mean;
  Tensor losses = reduces ? task.scratch(work, {batch, rest}) : task.reshape(y, {batch, rest});
  Tensor weights = divides ? task.scratch(work, {batch, rest}) : Tensor();
  Value most = task.scalars().sub(task.extent(classes), task.index(1));
  std::optional<Tensor> weight;
  if (op.getWeight())
    weight = task.tensor(op.getWeight());
  {
    Nest nest(task, {batch, rest});
    nest.in(target, nest.parallelDims()).out(losses);
    if (divides)
      nest.out(weights);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value c = s.clampIndex(s.toIndex(in[0]), s.index(0), most);
      Value score = s.load(x, {s.loop(0), c, s.loop(1)}), one = s.constant(work, 1),
            zero = s.constant(work, 0);
      Value factor = weight ? s.load(*weight, c) : one, loss = s.mul(s.neg(score), factor);
      if (op.getIgnoreIndex()) {
        Value ignored = s.cmp("eq", s.cast(in[0], label, task.b.getI64Type()),
                              s.constantInt(task.b.getI64Type(), int64_t(*op.getIgnoreIndex())));
        loss = s.select(ignored, zero, loss);
        factor = s.select(ignored, zero, factor);
      }
      Nest::Values results = {loss};
      if (divides)
        results.push_back(factor);
      return results;
    });
  }
  if (!reduces)
    return success();
  RowLoops loops(task, {batch, rest}, {0, 1});
  auto add = [](ScalarBuilder &s, ValueRange in, Value acc) { return s.add(acc, in[0]); };
  Tensor total = task.scratch(work, {});
  sumRows(task, loops, {{losses, loops.whole}}, total, work, add);
  if (!divides) {
    mapElements(task, total, y, work, [](ScalarBuilder &, ValueRange in) { return in[0]; });
    return success();
  }
  Tensor used = task.scratch(work, {});
  sumRows(task, loops, {{weights, loops.whole}}, used, work, add);
  mapElements(task, {total, used}, y, work,
              [](ScalarBuilder &s, ValueRange in) { return s.div(in[0], in[1]); });
  return success();
}

void lower::populateScan(Lowerings &lowerings) {
  lowerings.add<nn::CumulativeOp>(lowerCumulative);
  lowerings.add<nn::TopKOp>(lowerTopK);
  lowerings.add<nn::NLLLossOp>(lowerNLLLoss);
}
