#include "dialects/NN/AxisSplit.h"
#include "dialects/NN/Broadcast.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

/// Mean and biased variance of some elements, in two passes.
static std::pair<double, double> moments(const HostTensor &x, int64_t base, ArrayRef<int64_t> along) {
  double sum = 0, squares = 0;
  for (int64_t offset : along)
    sum += x.getF(base + offset);
  double mean = sum / double(along.size());
  for (int64_t offset : along) {
    double d = x.getF(base + offset) - mean;
    squares += d * d;
  }
  return {mean, squares / double(along.size())};
}

/// Whether `value` (may be absent) has the element type of `x` and broadcasts to its shape.
static bool broadcastsTo(Value value, Value x) {
  if (!value)
    return true;
  FailureOr<Dims> dims = broadcastDims(getDims(value), getDims(x));
  return getElementType(value) == getElementType(x) && succeeded(dims) && *dims == getDims(x);
}

/// Whether `value` is a float tensor of shape (extent).
static bool isChannelVector(Value value, Dim extent) {
  return isa<FloatType>(getElementType(value)) && getDims(value) == Dims{extent};
}

// nn.layer_norm

LogicalResult LayerNormOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t axis = getAxis();
  if (!areAxes(axis, getRank(getX())) || !isa<FloatType>(getElementType(getX())))
    return emitOpError("C1: expected floats and an axis in [0, ")
           << getRank(getX()) << "), but got " << getElementType(getX()) << " and " << axis;
  if (!broadcastsTo(getScale(), getX()) || !broadcastsTo(getBias(), getX()))
    return emitOpError("C2: expected scale and bias that broadcast to ") << getX().getType();
  Type stash = getStash().value_or(Float32Type::get(getContext()));
  int64_t results = (*this)->getNumResults();
  if ((results != 1 && results != 3) || !isa<FloatType>(stash))
    return emitOpError("C3: expected 1 or 3 results and a float stash type, but got ")
           << results << " and " << stash;
  types.push_back(getX().getType());
  Type stats = getTensorType(
      reduceDims(getDims(getX()), axesFrom(axis, getRank(getX())), /*keep=*/true, getContext()), stash);
  types.append(results - 1, stats);
  return success();
}

LogicalResult LayerNormOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), axesFrom(getAxis(), x.rank()));
  BroadcastIndex scaleAt(scale.shape(), x.shape());
  std::optional<BroadcastIndex> biasAt;
  if (getBias())
    biasAt.emplace(ctx.get(getBias()).shape(), x.shape());
  HostTensor means, deviations;
  if (!getStats().empty()) {
    means = ctx.make(getStats()[0]);
    deviations = ctx.make(getStats()[1]);
  }
  for (auto [i, base] : llvm::enumerate(split.kept)) {
    auto [mean, variance] = moments(x, base, split.along);
    double inverse = 1 / std::sqrt(variance + getEpsilon().convertToDouble());
    for (int64_t offset : split.along) {
      int64_t at = base + offset;
      double v = (x.getF(at) - mean) * inverse * scale.getF(scaleAt(at));
      y.setF(at, v + (biasAt ? ctx.get(getBias()).getF((*biasAt)(at)) : 0));
    }
    if (!getStats().empty()) {
      means.setF(i, mean);
      deviations.setF(i, inverse);
    }
  }
  ctx.set(getY(), y);
  if (!getStats().empty()) {
    ctx.set(getStats()[0], means);
    ctx.set(getStats()[1], deviations);
  }
  return success();
}

// nn.rms_norm

LogicalResult RMSNormOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t axis = getAxis();
  if (!areAxes(axis, getRank(getX())) || !isa<FloatType>(getElementType(getX())))
    return emitOpError("C1: expected floats and an axis in [0, ")
           << getRank(getX()) << "), but got " << getElementType(getX()) << " and " << axis;
  if (!broadcastsTo(getScale(), getX()))
    return emitOpError("C2: expected a scale that broadcasts to ")
           << getX().getType() << ", but got " << getScale().getType();
  types.push_back(getX().getType());
  return success();
}

LogicalResult RMSNormOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale());
  HostTensor y = ctx.make(getY());
  AxisSplit split(x.shape(), axesFrom(getAxis(), x.rank()));
  BroadcastIndex scaleAt(scale.shape(), x.shape());
  for (int64_t base : split.kept) {
    double squares = 0;
    for (int64_t offset : split.along)
      squares += x.getF(base + offset) * x.getF(base + offset);
    double root = std::sqrt(squares / double(split.along.size()) + getEpsilon().convertToDouble());
    for (int64_t offset : split.along)
      y.setF(base + offset, x.getF(base + offset) / root * scale.getF(scaleAt(base + offset)));
  }
  ctx.set(getY(), y);
  return success();
}

// nn.group_norm

LogicalResult GroupNormOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getX());
  Dims dims = getDims(getX());
  if (dims.size() < 2 || !isa<FloatType>(element))
    return emitOpError("C1: expected floats of shape (N, C, ...), but got ") << getX().getType();
  std::optional<int64_t> channels = getStatic(dims[1]);
  int64_t groups = getGroups();
  if (!channels || groups < 1 || *channels % groups)
    return emitOpError("C2: expected groups that divide ")
           << dimsToString(dims[1]) << " channels, but got " << groups;
  for (Value vector : {getScale(), getBias()})
    if (!(isChannelVector(vector, dims[1]) || isChannelVector(vector, constDim(getContext(), groups))) ||
        getElementType(vector) != element)
      return emitOpError("C3: expected ") << *channels << " or " << groups << " elements of type " << element
                                          << ", but got " << vector.getType();
  types.push_back(getX().getType());
  return success();
}

LogicalResult GroupNormOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale()), &bias = ctx.get(getBias());
  HostTensor y = ctx.make(getY());
  int64_t groups = getGroups(), perGroup = x.dim(1) / groups;
  SmallVector<int64_t> shape = {x.dim(0), groups, perGroup, 1};
  for (int64_t i = 2; i < x.rank(); ++i)
    shape[3] *= x.dim(i);
  AxisSplit split(shape, {2, 3});
  for (auto [i, base] : llvm::enumerate(split.kept)) {
    auto [mean, variance] = moments(x, base, split.along);
    double inverse = 1 / std::sqrt(variance + getEpsilon().convertToDouble());
    for (auto [j, offset] : llvm::enumerate(split.along)) {
      int64_t group = int64_t(i) % groups, channel = group * perGroup + int64_t(j) / shape[3];
      double factor = scale.getF(scale.size() == groups ? group : channel);
      double shift = bias.getF(bias.size() == groups ? group : channel);
      y.setF(base + offset, (x.getF(base + offset) - mean) * inverse * factor + shift);
    }
  }
  ctx.set(getY(), y);
  return success();
}

// nn.batch_norm

LogicalResult BatchNormOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  if (dims.empty() || !isa<FloatType>(getElementType(getX())))
    return emitOpError("C1: expected floats of rank 1 or more, but got ") << getX().getType();
  Dim channels = dims.size() > 1 ? dims[1] : constDim(getContext(), 1);
  for (Value vector : {getScale(), getBias(), getMean(), getVariance()})
    if (!isChannelVector(vector, channels))
      return emitOpError("C2: expected ")
             << dimsToString(channels) << " floats, but got " << vector.getType();
  int64_t results = (*this)->getNumResults();
  if (results != 1 && results != 3)
    return emitOpError("C3: expected 1 or 3 results, but got ") << results;
  types.push_back(getX().getType());
  if (results == 3)
    types.append({getMean().getType(), getVariance().getType()});
  return success();
}

LogicalResult BatchNormOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &scale = ctx.get(getScale()), &bias = ctx.get(getBias());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> axes = axesFrom(0, x.rank());
  if (x.rank() > 1)
    axes.erase(axes.begin() + 1);
  AxisSplit split(x.shape(), axes);
  bool training = !getStats().empty();
  HostTensor nextMean, nextVariance;
  if (training) {
    nextMean = ctx.make(getStats()[0]);
    nextVariance = ctx.make(getStats()[1]);
  }
  double momentum = getMomentum().convertToDouble();
  for (auto [c, base] : llvm::enumerate(split.kept)) {
    double mean = ctx.get(getMean()).getF(c), variance = ctx.get(getVariance()).getF(c);
    if (training) {
      auto [batchMean, batchVariance] = moments(x, base, split.along);
      nextMean.setF(c, mean * momentum + batchMean * (1 - momentum));
      nextVariance.setF(c, variance * momentum + batchVariance * (1 - momentum));
      mean = batchMean;
      variance = batchVariance;
    }
    double factor = scale.getF(c) / std::sqrt(variance + getEpsilon().convertToDouble());
    for (int64_t offset : split.along)
      y.setF(base + offset, (x.getF(base + offset) - mean) * factor + bias.getF(c));
  }
  ctx.set(getY(), y);
  if (training) {
    ctx.set(getStats()[0], nextMean);
    ctx.set(getStats()[1], nextVariance);
  }
  return success();
}
