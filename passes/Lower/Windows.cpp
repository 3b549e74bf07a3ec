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
  sched::LayoutAttr layout = x.layout;
  if (layout)
    layout = sched::LayoutAttr::get(task.context(), layout.getOrder(), layout.getBlocks(), {}, {});
  Tensor padded = task.scratch(x.element, dims, layout);
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

bool lower::coversHalo(const Tensor &x, const nn::Windows &windows) {
  sched::LayoutAttr layout = x.layout;
  if (!layout || !windows.padded())
    return false;
  for (size_t i = 0; i < windows.rank(); ++i)
    if (layout.getHaloOf(i + 2) < std::max(windows.begin(i), windows.end(i)))
      return false;
  return true;
}

void ConvLoops::emit(TaskBuilder &task, Value init, Step step, Finish finish) const {
  size_t rank = kernel.size();
  nn::Dim channels = x.dims[1].floorDiv(group), outputs = y.dims[1].floorDiv(group);
  nn::Dims parallel = {y.dims[0], task.dim(group), outputs}, reduction = {channels};
  llvm::append_range(parallel, ArrayRef(y.dims).drop_front(2));
  for (int64_t extent : kernel)
    reduction.push_back(task.dim(extent));
  Nest nest(task, parallel, reduction);
  int64_t channel = 3 + rank;
  // Channels of groups follow each other; with several groups their number is static.
  auto ofGroup = [&](AffineExpr i, nn::Dim each) {
    if (group == 1)
      return i;
    int64_t count = *nn::getStatic(each);
    return count == 1 ? nest.d(1) : nest.d(1) * count + i;
  };
  AffineExpr c = nest.d(channel), o = nest.d(2);
  SmallVector<AffineExpr> xs = {nest.d(0), ofGroup(c, channels)}, ys = {nest.d(0), ofGroup(o, outputs)};
  SmallVector<AffineExpr> ws = {transposed ? ofGroup(c, channels) : ofGroup(o, outputs), transposed ? o : c};
  for (size_t i = 0; i < rank; ++i) {
    AffineExpr k = nest.d(channel + 1 + i);
    ys.push_back(nest.d(3 + i));
    xs.push_back(nest.d(3 + i) * strides[i] + k * dilations[i] + (offsets.empty() ? 0 : offsets[i]));
    ws.push_back(transposed ? (kernel[i] - 1) - k : k);
    if (!skips)
      continue;
    int64_t first = offsets[i], size = *nn::getStatic(x.dims[2 + i]),
            last = (*nn::getStatic(y.dims[2 + i]) - 1) * strides[i] + (kernel[i] - 1) * dilations[i] +
                   offsets[i];
    if (first < 0)
      nest.where(xs.back());
    if (last >= size)
      nest.where((size - 1) - xs.back());
  }
  nest.in(x, xs).in(w, ws).out(y, ys).acc(init);
  nest.emit([&](ScalarBuilder &s, ValueRange in,
                ValueRange acc) { return Nest::Values{step(s, in[0], in[1], acc[0])}; },
            [&](ScalarBuilder &s, ValueRange acc) { return Nest::Values{finish(s, acc[0])}; });
}
