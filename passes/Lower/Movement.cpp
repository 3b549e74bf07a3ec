#include "passes/Lower/MovementUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

Value lower::wrapClamp(ScalarBuilder &s, Value element, Type elementType, Value extent) {
  Value index = s.toIndex(element, isUnsigned(elementType)), zero = s.index(0);
  index = s.select(s.cmp("lt", index, zero), s.add(index, extent), index);
  return s.clampIndex(index, zero, s.sub(extent, s.index(1)));
}

SmallVector<Value> lower::loopCoordinates(ScalarBuilder &s, int64_t rank) {
  SmallVector<Value> coordinates;
  for (int64_t i = 0; i < rank; ++i)
    coordinates.push_back(s.loop(i));
  return coordinates;
}

nn::Dim lower::product(TaskBuilder &task, ArrayRef<nn::Dim> dims) {
  return nn::numElements(dims, task.context());
}

/// Body of nests that store what they read.
static Nest::Values moved(ScalarBuilder &, ValueRange in, ValueRange) {
  return {in[0]};
}

static LogicalResult lowerReshape(nn::ReshapeOp op, TaskBuilder &task) {
  Tensor y = task.tensor(op.getY());
  Tensor x = task.tensor(op.getX());
  task.copy(x.dims == y.dims ? x : task.reshape(x, y.dims), y);
  return success();
}

static LogicalResult lowerTranspose(nn::TransposeOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> subscripts(x.rank());
  for (auto [i, p] : llvm::enumerate(op.getPerm()))
    subscripts[p] = nest.d(i);
  nest.in(rawBits(x), subscripts).out(rawBits(y));
  nest.emit(moved);
  return success();
}

static LogicalResult lowerConcat(nn::ConcatOp op, TaskBuilder &task) {
  Tensor y = rawBits(task.tensor(op.getY()));
  int64_t axis = op.getAxis();
  nn::Dim offset = task.dim(0);
  for (Value input : op.getInputs()) {
    Tensor x = rawBits(task.tensor(input)), part = y;
    Nest nest(task, x.dims);
    SmallVector<AffineExpr> subscripts = nest.parallelDims();
    if (std::optional<int64_t> start = nn::getStatic(offset)) {
      subscripts[axis] = subscripts[axis] + *start;
    } else {
      SmallVector<Value> starts(y.rank(), task.index(0));
      starts[axis] = task.extent(offset);
      part = task.window(y, starts, x.dims);
    }
    nest.in(x, nest.parallelDims()).out(part, subscripts);
    nest.emit(moved);
    offset = offset + x.dims[axis];
  }
  return success();
}

static LogicalResult lowerSlice(nn::SliceOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Nest nest(task, y.dims);
  SmallVector<AffineExpr> subscripts;
  SmallVector<Value> starts;
  bool isStatic = true;
  for (int64_t i = 0; i < x.rank(); ++i) {
    std::optional<int64_t> start = nn::getStatic(op.getStarts().getResult(i));
    isStatic &= start.has_value();
    subscripts.push_back(nest.d(i) * op.getSteps()[i] + start.value_or(0));
    starts.push_back(start ? task.index(0) : task.extent(op.getStarts().getResult(i)));
  }
  nest.in(isStatic ? x : task.window(x, starts, y.dims), subscripts).out(y);
  nest.emit(moved);
  return success();
}

/// Where element `i` of a padded dimension (relative to what negative pads left, of `extent` elements) comes
/// from.
static Value padSource(ScalarBuilder &s, Value i, nn::Dim dim, Value extent, StringRef mode) {
  Value zero = s.index(0), one = s.index(1), last = s.sub(extent, one);
  if (mode == "edge")
    return s.clampIndex(i, zero, last);
  std::optional<int64_t> fixed = nn::getStatic(dim);
  if (mode == "wrap") {
    if (fixed)
      return s.modIndex(i, *fixed);
    // One repetition to either side is enough for pads below the extent.
    i = s.select(s.cmp("lt", i, zero), s.add(i, extent), i);
    return s.select(s.cmp("lt", i, extent), i, s.sub(i, extent));
  }
  if (fixed == 1)
    return zero;
  if (fixed)
    i = s.modIndex(i, 2 * (*fixed - 1));
  else
    i = s.select(s.cmp("lt", i, zero), s.sub(zero, i), i);
  return s.select(s.cmp("lt", i, extent), i, s.sub(s.mul(last, s.index(2)), i));
}

static LogicalResult lowerPad(nn::PadOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  ArrayRef<int64_t> pads = op.getPads();
  int64_t rank = x.rank();
  nn::Dims left;
  SmallVector<int64_t> cut, before;
  for (int64_t i = 0; i < rank; ++i) {
    cut.push_back(std::max<int64_t>(-pads[i], 0));
    before.push_back(std::max<int64_t>(pads[i], 0));
    left.push_back(x.dims[i] - cut[i] - std::max<int64_t>(-pads[rank + i], 0));
  }
  if (op.getMode() != "constant") {
    SmallVector<Value> extents;
    for (nn::Dim dim : left)
      extents.push_back(task.extent(dim));
    Nest nest(task, y.dims);
    nest.out(y);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      SmallVector<Value> subscripts;
      for (int64_t i = 0; i < rank; ++i) {
        Value position = s.loop(i);
        if (pads[i] > 0 || pads[rank + i] > 0)
          position = padSource(s, s.sub(position, s.index(before[i])), left[i], extents[i], op.getMode());
        subscripts.push_back(s.add(position, s.index(cut[i])));
      }
      return Nest::Values{s.load(x, subscripts)};
    });
    return success();
  }
  if (llvm::any_of(pads, [](int64_t pad) { return pad > 0; })) {
    Nest border(task, y.dims);
    if (op.getValue())
      border.in(rawBits(task.tensor(op.getValue())), {});
    border.out(y);
    border.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      return Nest::Values{in.empty() ? s.constantInt(computeType(y.element), 0) : in[0]};
    });
  }
  Nest inside(task, left);
  SmallVector<AffineExpr> from, to;
  for (int64_t i = 0; i < rank; ++i) {
    from.push_back(inside.d(i) + cut[i]);
    to.push_back(inside.d(i) + before[i]);
  }
  inside.in(x, from).out(y, to);
  inside.emit(moved);
  return success();
}

static LogicalResult lowerBroadcast(nn::BroadcastOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  Nest nest(task, y.dims);
  nest.inBroadcast(x).out(y);
  nest.emit(moved);
  return success();
}

static LogicalResult lowerTile(nn::TileOp op, TaskBuilder &task) {
  Tensor x = rawBits(task.tensor(op.getX())), y = rawBits(task.tensor(op.getY()));
  // Each tiled dimension as two: the repetition, and the position in it.
  nn::Dims split;
  SmallVector<int64_t> positions;
  for (int64_t i = 0; i < x.rank(); ++i) {
    nn::Dim repeat = op.getRepeats().getResult(i);
    if (nn::getStatic(repeat) != std::optional<int64_t>(1))
      split.push_back(repeat);
    positions.push_back(split.size());
    split.push_back(x.dims[i]);
  }
  Nest nest(task, split);
  SmallVector<AffineExpr> subscripts;
  for (int64_t position : positions)
    subscripts.push_back(nest.d(position));
  nest.in(x, subscripts).out(task.reshape(y, split));
  nest.emit(moved);
  return success();
}

void lower::populateMovement(Lowerings &lowerings) {
  lowerings.add<nn::ReshapeOp>(lowerReshape);
  lowerings.add<nn::TransposeOp>(lowerTranspose);
  lowerings.add<nn::ConcatOp>(lowerConcat);
  lowerings.add<nn::SliceOp>(lowerSlice);
  lowerings.add<nn::PadOp>(lowerPad);
  lowerings.add<nn::BroadcastOp>(lowerBroadcast);
  lowerings.add<nn::TileOp>(lowerTile);
}
