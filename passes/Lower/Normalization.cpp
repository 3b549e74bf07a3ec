#include "passes/Lower/Rows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

/// All axes from `axis` on.
static SmallVector<int64_t> axesFrom(int64_t axis, int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(axis, rank));
}

/// Subscripts of a tensor that is broadcast to the one with subscripts `whole`.
static SmallVector<AffineExpr> broadcastSubscripts(TaskBuilder &task, const Tensor &t,
                                                   ArrayRef<AffineExpr> whole) {
  SmallVector<AffineExpr> subscripts;
  for (auto [i, dim] : llvm::enumerate(t.dims))
    subscripts.push_back(nn::getStatic(dim) == 1 ? getAffineConstantExpr(0, task.context())
                                                 : whole[whole.size() - t.rank() + i]);
  return subscripts;
}

/// y = (x - mean) * inverse * scale + bias, where mean, inverse and bias may be absent.
static void applyRows(TaskBuilder &task, const RowLoops &loops, const Tensor &x, const Tensor *mean,
                      const Tensor &inverse, const RowInput &scale, const RowInput *bias, const Tensor &y,
                      Type work) {
  nn::Dims all = loops.kept;
  all.append(loops.along);
  Nest nest(task, all);
  SmallVector<Type> elements = {x.element, inverse.element, scale.tensor.element};
  nest.in(x, loops.whole).in(inverse, loops.row).in(scale.tensor, scale.subscripts);
  if (mean) {
    nest.in(*mean, loops.row);
    elements.push_back(mean->element);
  }
  if (bias) {
    nest.in(bias->tensor, bias->subscripts);
    elements.push_back(bias->tensor.element);
  }
  nest.out(y, loops.whole);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<Value> v;
    for (auto [value, element] : llvm::zip(in, elements))
      v.push_back(toWork(s, value, element, work));
    Value scaled = s.mul(mean ? s.sub(v[0], v[3]) : v[0], v[1]);
    Value out = bias ? s.fma(scaled, v[2], v.back()) : s.mul(scaled, v[2]);
    return Nest::Values{toWork(s, out, work, computeType(y.element))};
  });
}

static LogicalResult lowerLayerNorm(nn::LayerNormOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY()), scale = task.tensor(op.getScale());
  RowLoops loops(task, x.dims, axesFrom(op.getAxis(), x.rank()));
  Type work = lower::workType(task.context(), x.element);
  Tensor mean = task.scratch(work, loops.rowDims), inverse = task.scratch(work, loops.rowDims);
  normalizeRows(task, loops, x, mean, inverse, nullptr, work, op.getEpsilon().convertToDouble());
  RowInput scaleInput{scale, broadcastSubscripts(task, scale, loops.whole)}, biasInput;
  if (op.getBias()) {
    biasInput.tensor = task.tensor(op.getBias());
    biasInput.subscripts = broadcastSubscripts(task, biasInput.tensor, loops.whole);
  }
  applyRows(task, loops, x, &mean, inverse, scaleInput, op.getBias() ? &biasInput : nullptr, y, work);
  const Tensor *rows[] = {&mean, &inverse};
  for (auto [i, result] : llvm::enumerate(op.getStats()))
    mapElements(task, *rows[i], task.reshape(task.tensor(result), loops.rowDims), work,
                [](ScalarBuilder &, ValueRange in) { return in[0]; });
  return success();
}

static LogicalResult lowerRMSNorm(nn::RMSNormOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY()), scale = task.tensor(op.getScale());
  RowLoops loops(task, x.dims, axesFrom(op.getAxis(), x.rank()));
  Type work = lower::workType(task.context(), x.element);
  Tensor inverse = task.scratch(work, loops.rowDims);
  sumRows(task, loops, {{x, loops.whole}}, inverse, work,
          [](ScalarBuilder &s, ValueRange in, Value acc) { return s.fma(in[0], in[0], acc); });
  Value count = countAs(task, loops.count, work);
  double epsilon = op.getEpsilon().convertToDouble();
  mapElements(task, inverse, inverse, work, [&](ScalarBuilder &s, ValueRange in) {
    return s.div(s.constant(work, 1), s.sqrt(s.add(s.div(in[0], count), s.constant(work, epsilon))));
  });
  applyRows(task, loops, x, nullptr, inverse, {scale, broadcastSubscripts(task, scale, loops.whole)}, nullptr,
            y, work);
  return success();
}

static LogicalResult lowerGroupNorm(nn::GroupNormOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  int64_t groups = op.getGroups(), perGroup = *nn::getStatic(x.dims[1]) / groups;
  nn::Dim rest = nn::numElements(ArrayRef(x.dims).drop_front(2), task.context());
  nn::Dims dims = {x.dims[0], task.dim(groups), task.dim(perGroup), rest};
  x = task.reshape(x, dims);
  y = task.reshape(y, dims);
  RowLoops loops(task, dims, {2, 3});
  Type work = lower::workType(task.context(), x.element);
  Tensor mean = task.scratch(work, loops.rowDims), inverse = task.scratch(work, loops.rowDims);
  normalizeRows(task, loops, x, mean, inverse, nullptr, work, op.getEpsilon().convertToDouble());
  auto perChannel = [&](Value value) {
    Tensor t = task.tensor(value);
    if (nn::getStatic(t.dims[0]) == groups)
      return RowInput{t, {loops.whole[1]}};
    return RowInput{task.reshape(t, {task.dim(groups), task.dim(perGroup)}),
                    {loops.whole[1], loops.whole[2]}};
  };
  RowInput scale = perChannel(op.getScale()), bias = perChannel(op.getBias());
  applyRows(task, loops, x, &mean, inverse, scale, &bias, y, work);
  return success();
}

static LogicalResult lowerBatchNorm(nn::BatchNormOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  nn::Dim channels = x.rank() > 1 ? x.dims[1] : task.dim(1);
  nn::Dim rest = nn::numElements(ArrayRef(x.dims).drop_front(std::min<size_t>(x.rank(), 2)), task.context());
  nn::Dims dims = {x.dims[0], channels, rest};
  x = task.reshape(x, dims);
  y = task.reshape(y, dims);
  Tensor scale = task.tensor(op.getScale()), bias = task.tensor(op.getBias()),
         mean = task.tensor(op.getMean()), variance = task.tensor(op.getVariance());
  Type work = lower::workType(task.context(),
                              {x.element, scale.element, bias.element, mean.element, variance.element});
  double epsilon = op.getEpsilon().convertToDouble(), momentum = op.getMomentum().convertToDouble();
  // The channels are kept, in the middle.
  RowLoops loops(task, dims, {0, 2});
  Tensor inverse = task.scratch(work, loops.rowDims);
  if (op.getStats().empty()) {
    mapElements(task, variance, inverse, work, [&](ScalarBuilder &s, ValueRange in) {
      return s.div(s.constant(work, 1), s.sqrt(s.add(in[0], s.constant(work, epsilon))));
    });
  } else {
    Tensor batchMean = task.scratch(work, loops.rowDims), batchVariance = task.scratch(work, loops.rowDims);
    normalizeRows(task, loops, x, batchMean, inverse, &batchVariance, work, epsilon);
    auto blend = [&](ScalarBuilder &s, ValueRange in) {
      Value old = s.mul(in[0], s.constant(work, momentum));
      return s.fma(in[1], s.constant(work, 1 - momentum), old);
    };
    mapElements(task, {mean, batchMean}, task.tensor(op.getStats()[0]), work, blend);
    mapElements(task, {variance, batchVariance}, task.tensor(op.getStats()[1]), work, blend);
    mean = batchMean;
  }
  RowInput scaleInput{scale, loops.row}, biasInput{bias, loops.row};
  applyRows(task, loops, x, &mean, inverse, scaleInput, &biasInput, y, work);
  return success();
}

void lower::populateNormalization(Lowerings &lowerings) {
  lowerings.add<nn::LayerNormOp>(lowerLayerNorm);
  lowerings.add<nn::RMSNormOp>(lowerRMSNorm);
  lowerings.add<nn::GroupNormOp>(lowerGroupNorm);
  lowerings.add<nn::BatchNormOp>(lowerBatchNorm);
}
