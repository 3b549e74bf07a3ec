#include "passes/Lower/MovementUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

//===----------------------------------------------------------------------===//
// Gathers
//===----------------------------------------------------------------------===//

static LogicalResult lowerGather(nn::GatherOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Tensor indices = task.tensor(op.getIndices());
  int64_t axis = op.getAxis(), count = indices.rank();
  Value extent = task.extent(x.dims[axis]);
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> dims = nest.parallelDims();
  nest.in(indices, ArrayRef(dims).slice(axis, count)).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<Value> at = loopCoordinates(s, y.rank());
    at.erase(at.begin() + axis, at.begin() + axis + count);
    at.insert(at.begin() + axis, wrapClamp(s, in[0], indices.element, extent));
    return Nest::Values{s.load(x, at)};
  });
  return success();
}

static LogicalResult lowerGatherElements(nn::GatherElementsOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Tensor indices = task.tensor(op.getIndices());
  int64_t axis = op.getAxis();
  Value extent = task.extent(x.dims[axis]);
  Nest nest(task, y.dims);
  nest.in(indices, nest.parallelDims()).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<Value> at = loopCoordinates(s, y.rank());
    at[axis] = wrapClamp(s, in[0], indices.element, extent);
    return Nest::Values{s.load(x, at)};
  });
  return success();
}

static LogicalResult lowerGatherND(nn::GatherNDOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Tensor indices = task.tensor(op.getIndices());
  int64_t batch = op.getBatchDims(), tuple = indices.rank() - 1, length = *nn::getStatic(indices.dims.back());
  SmallVector<Value> extents;
  for (int64_t k = 0; k < length; ++k)
    extents.push_back(task.extent(x.dims[batch + k]));
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> dims = nest.parallelDims();
  dims.resize(tuple);
  dims.push_back({});
  for (int64_t k = 0; k < length; ++k) {
    dims.back() = nest.c(k);
    nest.in(indices, dims);
  }
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<Value> here = loopCoordinates(s, y.rank()), at(here.begin(), here.begin() + batch);
    for (int64_t k = 0; k < length; ++k)
      at.push_back(wrapClamp(s, in[k], indices.element, extents[k]));
    at.append(here.begin() + tuple, here.end());
    return Nest::Values{s.load(x, at)};
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Scatters
//===----------------------------------------------------------------------===//

/// `old` combined with `update` by a scatter's reduction.
static Value combine(ScalarBuilder &s, StringRef reduction, Value old, Value update, Type element) {
  bool u = isUnsigned(element);
  if (reduction == "add")
    return s.add(old, update);
  if (reduction == "mul")
    return s.mul(old, update);
  if (reduction == "max")
    return s.max(old, update, u);
  return reduction == "min" ? s.min(old, update, u) : update;
}

namespace {

/// Updates of single elements, one after another since their positions may repeat. Float arithmetic on one
/// element would be scalar, so it is done on a vector's worth of elements from there on, of which only the
/// first changes; `y` is then a copy with room after its end.
class ElementUpdater {
public:
  ElementUpdater(TaskBuilder &task, const Tensor &y, StringRef reduction)
      : task(task), y(y), reduction(reduction), total(product(task, y.dims)) {
    flat = task.reshape(y, {total});
    inVectors = isa<FloatType>(computeType(y.element)) && (reduction == "add" || reduction == "mul");
    if (!inVectors)
      return;
    roomy = task.scratch(y.element, {total + kRoom});
    task.fill(task.window(roomy, {task.extent(total)}, {task.dim(kRoom)}), 0);
    task.copy(flat, task.window(roomy, {task.index(0)}, {total}));
  }

  void update(Value position, const Tensor &updates, ValueRange at) {
    Value value = task.load(updates, at);
    if (!inVectors) {
      ScalarBuilder s = task.scalars();
      Value old = task.load(flat, position);
      task.store(combine(s, reduction, old, value, y.element), flat, position);
      return;
    }
    Tensor window = task.window(roomy, {position}, {task.dim(kRoom)});
    Nest nest(task, window.dims);
    nest.in(window, nest.parallelDims()).out(window);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value first = s.cmp("eq", s.loop(0), s.index(0));
      return Nest::Values{s.select(first, combine(s, reduction, in[0], value, y.element), in[0])};
    });
  }

  void finish() {
    if (inVectors)
      task.copy(task.window(roomy, {task.index(0)}, {total}), flat);
  }

private:
  /// No fewer than any machine's vector has lanes.
  static constexpr int64_t kRoom = 16;
  TaskBuilder &task;
  Tensor y, flat, roomy;
  StringRef reduction;
  nn::Dim total;
  bool inVectors;
};

} // namespace

/// Nothing but moves: elements are taken as they lie in memory.
static Tensor forReduction(const Tensor &t, StringRef reduction) {
  return reduction == "none" ? rawBits(t) : t;
}

static LogicalResult lowerScatterElements(nn::ScatterElementsOp op, TaskBuilder &task) {
  StringRef reduction = op.getReduction();
  Tensor x = task.tensor(op.getX()), y = forReduction(task.tensor(op.getY()), reduction);
  Tensor indices = task.tensor(op.getIndices()),
         updates = forReduction(task.tensor(op.getUpdates()), reduction);
  task.copy(x, y);
  ElementUpdater updater(task, y, reduction);
  int64_t rank = y.rank(), axis = op.getAxis();
  SmallVector<Value> extents, at(rank);
  for (nn::Dim dim : y.dims)
    extents.push_back(task.extent(dim));
  std::function<void(int64_t)> loops = [&](int64_t d) {
    if (d < rank)
      return task.loop(task.index(0), task.extent(indices.dims[d]), [&](Value i) {
        at[d] = i;
        loops(d + 1);
      });
    ScalarBuilder s = task.scalars();
    Value selected = wrapClamp(s, task.load(indices, at), indices.element, extents[axis]);
    Value position = s.index(0);
    for (int64_t i = 0; i < rank; ++i)
      position = s.add(s.mul(position, extents[i]), i == axis ? selected : at[i]);
    updater.update(position, updates, at);
  };
  loops(0);
  updater.finish();
  return success();
}

static LogicalResult lowerScatterND(nn::ScatterNDOp op, TaskBuilder &task) {
  StringRef reduction = op.getReduction();
  Tensor x = task.tensor(op.getX()), y = forReduction(task.tensor(op.getY()), reduction);
  Tensor indices = task.tensor(op.getIndices()),
         updates = forReduction(task.tensor(op.getUpdates()), reduction);
  task.copy(x, y);
  // Flat: tuples of indices, rows of y that they select, rows of updates.
  int64_t length = *nn::getStatic(indices.dims.back());
  nn::Dim tuples = product(task, ArrayRef(indices.dims).drop_back());
  nn::Dim rows = product(task, ArrayRef(y.dims).take_front(length));
  nn::Dim row = product(task, ArrayRef(y.dims).drop_front(length));
  Tensor flatIndices = task.reshape(indices, {tuples, task.dim(length)});
  Tensor flatUpdates = task.reshape(updates, {tuples, row}), flatY = task.reshape(y, {rows, row});
  SmallVector<Value> extents;
  for (int64_t k = 0; k < length; ++k)
    extents.push_back(task.extent(y.dims[k]));
  bool single = nn::getStatic(row) == std::optional<int64_t>(1);
  std::optional<ElementUpdater> updater;
  if (single)
    updater.emplace(task, y, reduction);
  task.loop(task.index(0), task.extent(tuples), [&](Value t) {
    ScalarBuilder s = task.scalars();
    Value position = s.index(0);
    for (int64_t k = 0; k < length; ++k) {
      Value selected = wrapClamp(s, task.load(flatIndices, {t, s.index(k)}), indices.element, extents[k]);
      position = s.add(s.mul(position, extents[k]), selected);
    }
    if (single)
      return updater->update(position, flatUpdates, {t, s.index(0)});
    Tensor target = task.slice(flatY, position), update = task.slice(flatUpdates, t);
    Nest nest(task, {row});
    nest.in(target, nest.parallelDims()).in(update, nest.parallelDims()).out(target);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{combine(s, reduction, in[0], in[1], y.element)};
    });
  });
  if (single)
    updater->finish();
  return success();
}

//===----------------------------------------------------------------------===//
// one_hot, trilu, reverse_sequence
//===----------------------------------------------------------------------===//

static LogicalResult lowerOneHot(nn::OneHotOp op, TaskBuilder &task) {
  Tensor indices = task.tensor(op.getIndices()), values = rawBits(task.tensor(op.getValues()));
  Tensor y = rawBits(task.tensor(op.getY()));
  int64_t axis = op.getAxis(), depth = op.getDepth();
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> subscripts = nest.parallelDims();
  subscripts.erase(subscripts.begin() + axis);
  nest.in(indices, subscripts).in(values, {nest.c(0)}).in(values, {nest.c(1)}).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Type element = indices.element, wide = s.b.getI64Type();
    Value hot = s.toIndex(s.cast(in[0], element, wide));
    hot = s.select(s.cmp("lt", hot, s.index(0)), s.add(hot, s.index(depth)), hot);
    return Nest::Values{s.select(s.cmp("eq", hot, s.loop(axis)), in[2], in[1])};
  });
  return success();
}

static LogicalResult lowerTrilu(nn::TriluOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Nest nest(task, y.dims);
  nest.in(x, nest.parallelDims()).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value diagonal = s.sub(s.loop(y.rank() - 1), s.loop(y.rank() - 2));
    Value kept = s.cmp(op.getUpper() ? "ge" : "le", diagonal, s.index(op.getK()));
    return Nest::Values{s.select(kept, in[0], s.constantInt(in[0].getType(), 0))};
  });
  return success();
}

static LogicalResult lowerReverseSequence(nn::ReverseSequenceOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Tensor lengths = task.tensor(op.getLengths());
  int64_t time = op.getTimeAxis();
  Value extent = task.extent(x.dims[time]);
  Nest nest(task, y.dims);
  nest.in(lengths, {nest.d(op.getBatchAxis())}).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value length = s.clampIndex(s.toIndex(in[0], isUnsigned(lengths.element)), s.index(0), extent);
    SmallVector<Value> at = loopCoordinates(s, y.rank());
    Value mirrored = s.sub(s.sub(length, s.index(1)), at[time]);
    at[time] = s.select(s.cmp("lt", at[time], length), mirrored, at[time]);
    return Nest::Values{s.load(x, at)};
  });
  return success();
}

void lower::populateIndexing(Lowerings &lowerings) {
  lowerings.add<nn::GatherOp>(lowerGather);
  lowerings.add<nn::GatherElementsOp>(lowerGatherElements);
  lowerings.add<nn::GatherNDOp>(lowerGatherND);
  lowerings.add<nn::ScatterElementsOp>(lowerScatterElements);
  lowerings.add<nn::ScatterNDOp>(lowerScatterND);
  lowerings.add<nn::OneHotOp>(lowerOneHot);
  lowerings.add<nn::TriluOp>(lowerTrilu);
  lowerings.add<nn::ReverseSequenceOp>(lowerReverseSequence);
}
