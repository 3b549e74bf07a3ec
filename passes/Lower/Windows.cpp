#include "passes/Lower/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

SmallVector<int64_t> lower::kernelOf(Value weights) {
  return SmallVector<int64_t>(cast<RankedTensorType>(weights.getType()).getShape().drop_front(2));
}

Tensor lower::padSpatial(TaskBuilder &task, const Tensor &x, const nn::Windows &windows, double value,
                         bool ceil) {
  nn::Dims dims = x.dims;
  bool grows = windows.padded();
  for (size_t i = 0; i < windows.rank(); ++i) {
    int64_t extra = ceil ? windows.strides[i] - 1 : 0;
    grows |= extra != 0;
    dims[i + 2] = dims[i + 2] + (windows.begin(i) + windows.end(i) + extra);
  }
  if (!grows)
    return x;
  Tensor padded = task.scratch(x.element, dims);
  task.fill(padded, value);
  // Elements move as they lie in memory, so that every bit pattern survives.
  Type raw = storageType(x.element);
  Nest nest(task, x.dims);
  SmallVector<AffineExpr> target = nest.parallelDims();
  for (size_t i = 0; i < windows.rank(); ++i)
    target[i + 2] = target[i + 2] + windows.begin(i);
  nest.in({x.memref, raw, x.dims}, nest.parallelDims()).out({padded.memref, raw, dims}, target);
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  return padded;
}

/// `t` with dimension `d` split into (group, rest).
static Tensor splitGroups(TaskBuilder &task, const Tensor &t, size_t d, int64_t group) {
  nn::Dims dims = t.dims;
  dims[d] = dims[d].floorDiv(group);
  dims.insert(dims.begin() + d, task.dim(group));
  return task.reshape(t, dims);
}

void ConvLoops::emit(TaskBuilder &task, Value init, Step step, Finish finish) const {
  Tensor gx = splitGroups(task, x, 1, group), gw = splitGroups(task, w, 0, group),
         gy = splitGroups(task, y, 1, group);
  size_t rank = kernel.size();
  nn::Dims reduction = {gx.dims[2]};
  for (int64_t extent : kernel)
    reduction.push_back(task.dim(extent));
  Nest nest(task, gy.dims, reduction);
  int64_t channel = 3 + rank;
  SmallVector<AffineExpr> xs = {nest.d(0), nest.d(1), nest.d(channel)}, ws = {nest.d(1)};
  ws.push_back(nest.d(transposed ? channel : 2));
  ws.push_back(nest.d(transposed ? 2 : channel));
  for (size_t i = 0; i < rank; ++i) {
    AffineExpr k = nest.d(channel + 1 + i);
    xs.push_back(nest.d(3 + i) * strides[i] + k * dilations[i] + (offsets.empty() ? 0 : offsets[i]));
    ws.push_back(transposed ? (kernel[i] - 1) - k : k);
  }
  nest.in(gx, xs).in(gw, ws).out(gy).acc(init);
  nest.emit([&](ScalarBuilder &s, ValueRange in,
                ValueRange acc) { return Nest::Values{step(s, in[0], in[1], acc[0])}; },
            [&](ScalarBuilder &s, ValueRange acc) { return Nest::Values{finish(s, acc[0])}; });
}
