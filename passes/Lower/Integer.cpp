#include "dialects/NN/ConvReference.h"
#include "passes/Lower/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

/// An element of `t` in the epilogue or body of a nest, where the extents `dims` (equal in size to those of
/// `t`) are broadcast to the loop dimensions that end with `last`.
static Value loadBroadcast(ScalarBuilder &s, const Tensor &t, int64_t last) {
  SmallVector<Value> subscripts;
  for (auto [i, dim] : llvm::enumerate(t.dims))
    subscripts.push_back(nn::getStatic(dim) == 1 ? s.index(0) : s.loop(last - t.rank() + 1 + i));
  return s.load(t, subscripts);
}

/// `x` minus its zero point in i32, with zeros around it.
static Tensor centre(TaskBuilder &task, const Tensor &x, const std::optional<Tensor> &zero,
                     const nn::Windows &windows) {
  Type i32 = task.b.getI32Type();
  nn::Dims dims = x.dims;
  for (size_t i = 0; i < windows.rank(); ++i)
    dims[i + 2] = dims[i + 2] + (windows.begin(i) + windows.end(i));
  Tensor result = task.scratch(i32, dims);
  if (windows.padded())
    task.fill(result, 0);
  Nest nest(task, x.dims);
  SmallVector<AffineExpr> target = nest.parallelDims();
  for (size_t i = 0; i < windows.rank(); ++i)
    target[i + 2] = target[i + 2] + windows.begin(i);
  nest.in(x, nest.parallelDims());
  if (zero)
    nest.in(*zero, SmallVector<AffineExpr>(zero->rank(), nest.c(0)));
  nest.out(result, target);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value value = s.cast(in[0], x.element, i32);
    return Nest::Values{zero ? s.sub(value, s.cast(in[1], zero->element, i32)) : value};
  });
  return result;
}

static std::optional<Tensor> optionalTensor(TaskBuilder &task, Value value) {
  if (!value)
    return std::nullopt;
  return task.tensor(value);
}

static LogicalResult lowerConvInteger(nn::ConvIntegerOp op, TaskBuilder &task) {
  nn::Windows windows = windowsOf(op, kernelOf(op.getW()));
  Type i32 = task.b.getI32Type();
  int64_t group = op.getGroup();
  Tensor w = task.tensor(op.getW());
  Tensor x = centre(task, task.tensor(op.getX()), optionalTensor(task, op.getXZeroPoint()), windows);
  // Per output: (group, outputs of the group), or one for all.
  auto perOutput = [&](Value value) -> std::optional<Tensor> {
    if (!value)
      return std::nullopt;
    Tensor t = task.tensor(value);
    bool one = t.rank() == 0 || nn::getStatic(t.dims[0]) == 1;
    return one ? task.reshape(t, {task.dim(1), task.dim(1)})
               : task.reshape(t, {task.dim(group), t.dims[0].floorDiv(group)});
  };
  std::optional<Tensor> zero = perOutput(op.getWZeroPoint()), bias = perOutput(op.getBias());
  ConvLoops loops{x,     w, task.tensor(op.getY()), group, windows.kernel, windows.strides, windows.dilations,
                  false, {}};
  loops.emit(
      task, task.scalars().constantInt(i32, 0),
      [&](ScalarBuilder &s, Value xv, Value wv, Value acc) {
        Value weight = s.cast(wv, w.element, i32);
        if (zero)
          weight = s.sub(weight, s.cast(loadBroadcast(s, *zero, 2), zero->element, i32));
        return s.add(acc, s.mul(xv, weight));
      },
      [&](ScalarBuilder &s, Value acc) { return bias ? s.add(acc, loadBroadcast(s, *bias, 2)) : acc; });
  return success();
}

static LogicalResult lowerMatMulInteger(nn::MatMulIntegerOp op, TaskBuilder &task) {
  Type i32 = task.b.getI32Type();
  Tensor a = task.tensor(op.getA()), b = task.tensor(op.getB());
  // The rows, columns and the batch of the loops: dimensions of the result with both matrix dimensions.
  int64_t rank = std::max({a.rank(), b.rank(), int64_t(2)});
  auto aligned = [&](Value zero, Value operand, bool isB) -> std::optional<Tensor> {
    if (!zero)
      return std::nullopt;
    nn::Dims dims = nn::matmulZeroPointDims(zero, operand, isB);
    // A rank-1 operand has no free dimension, so its zero point is one element.
    if (nn::getRank(operand) == 1)
      dims.clear();
    return task.reshape(task.tensor(zero), dims);
  };
  std::optional<Tensor> aZero = aligned(op.getAZeroPoint(), op.getA(), false),
                        bZero = aligned(op.getBZeroPoint(), op.getB(), true);
  emitMatMul(task, a, b, task.tensor(op.getY()), task.scalars().constantInt(i32, 0),
             [&](ScalarBuilder &s, Value av, Value bv, Value acc) {
               Value x = s.cast(av, a.element, i32), w = s.cast(bv, b.element, i32);
               if (aZero)
                 x = s.sub(x, s.cast(loadBroadcast(s, *aZero, rank - 1), a.element, i32));
               if (bZero)
                 w = s.sub(w, s.cast(loadBroadcast(s, *bZero, rank - 1), b.element, i32));
               return s.add(acc, s.mul(x, w));
             });
  return success();
}

static LogicalResult lowerRequantize(nn::RequantizeOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type i32 = task.b.getI32Type(), f32 = task.b.getF32Type();
  Nest nest(task, x.dims);
  nest.in(x, nest.parallelDims());
  for (unsigned i = 1; i <= 4; ++i) {
    nn::Dims dims = op.alignedDims(i);
    if (x.rank() == 0)
      dims.clear();
    nest.inBroadcast(task.reshape(task.tensor(op.getOperand(i)), dims));
  }
  nest.out(y);
  unsigned width = y.element.getIntOrFloatBitWidth();
  int64_t low = isUnsigned(y.element) ? 0 : -(int64_t(1) << (width - 1)),
          high = low + (int64_t(1) << width) - 1;
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value factor = s.div(s.mul(in[1], in[2]), in[3]);
    Value value = s.roundEven(s.mul(s.cast(in[0], i32, f32), factor));
    value = s.min(s.max(value, s.constant(f32, -1e6)), s.constant(f32, 1e6));
    Value rounded = s.add(s.cast(value, f32, i32), s.cast(in[4], y.element, i32));
    rounded = s.min(s.max(rounded, s.constantInt(i32, low)), s.constantInt(i32, high));
    return Nest::Values{s.cast(rounded, i32, y.element)};
  });
  return success();
}

void lower::populateInteger(Lowerings &lowerings) {
  lowerings.add<nn::ConvIntegerOp>(lowerConvInteger);
  lowerings.add<nn::MatMulIntegerOp>(lowerMatMulInteger);
  lowerings.add<nn::RequantizeOp>(lowerRequantize);
}
