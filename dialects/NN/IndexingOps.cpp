#include "dialects/NN/MovementUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

/// Whether the product of `dims` is the constant 0.
static bool isEmpty(ArrayRef<Dim> dims) {
  return llvm::any_of(dims, [](Dim dim) { return getStatic(dim) == std::optional<int64_t>(0); });
}

static bool isZero(Dim dim) {
  return getStatic(dim) == std::optional<int64_t>(0);
}

/// Whether `small` <= `large` for all symbol values; not knowing the symbols' bounds yet counts as yes.
static bool fitsIn(Dim small, Dim large, Operation *op) {
  if (sameDim(small, large))
    return true;
  std::optional<int64_t> a = getStatic(small), b = getStatic(large);
  if (a && b)
    return *a <= *b;
  auto bounds = symbolBoundsAround(op);
  return !bounds || provablyAtLeast(large - small, 0, *bounds);
}

//===----------------------------------------------------------------------===//
// gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX()), indices = getDims(getIndices());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= int64_t(x.size()))
    return emitOpError("C1: expected an axis in [0, ") << x.size() << "), but got " << axis;
  if (!isIndexElement(getElementType(getIndices())))
    return emitOpError("C2: expected integer indices, but got ") << getElementType(getIndices());
  Dims dims(ArrayRef(x).take_front(axis));
  dims.append(indices);
  dims.append(x.begin() + axis + 1, x.end());
  if (isZero(x[axis]) && !isEmpty(dims))
    return emitOpError("C3: expected an axis that is not empty, but got ") << dimsToString(x);
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

LogicalResult GatherOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &indices = ctx.get(getIndices());
  HostTensor y = ctx.make(getY());
  int64_t axis = getAxis();
  int64_t outer = tenon::numElements(x.shape().take_front(axis)),
          inner = tenon::numElements(x.shape().drop_front(axis + 1));
  int64_t out = 0;
  if (y.size())
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < indices.size(); ++i) {
        int64_t at = (o * x.dim(axis) + wrapClampIndex(indices.getI(i), x.dim(axis))) * inner;
        for (int64_t k = 0; k < inner; ++k)
          y.copyElement(out++, x, at + k);
      }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// gather_elements and scatter_elements
//===----------------------------------------------------------------------===//

/// (C1), (C2) and the last constraint of ops that index elements along an axis.
template <typename Op>
static LogicalResult checkElementIndices(Op op, StringRef emptyConstraint) {
  Dims x = getDims(op.getX()), indices = getDims(op.getIndices());
  int64_t axis = op.getAxis();
  if (axis < 0 || axis >= int64_t(x.size()))
    return op.emitOpError("C1: expected an axis in [0, ") << x.size() << "), but got " << axis;
  if (!isIndexElement(getElementType(op.getIndices())))
    return op.emitOpError("C2: expected integer indices, but got ") << getElementType(op.getIndices());
  bool fits = x.size() == indices.size();
  for (size_t i = 0; fits && i < x.size(); ++i)
    fits = int64_t(i) == axis || fitsIn(indices[i], x[i], op);
  if (!fits)
    return op.emitOpError("C2: expected indices of a shape within ")
           << dimsToString(x) << " but along axis " << axis << ", but got " << dimsToString(indices);
  if (isZero(x[axis]) && !isEmpty(indices))
    return op.emitOpError() << emptyConstraint << ": expected an axis that is not empty, but got "
                            << dimsToString(x);
  return success();
}

/// Position in x of the element that an index at multi-index `index` selects along `axis`.
static int64_t elementPosition(const HostTensor &x, ArrayRef<int64_t> strides, ArrayRef<int64_t> index,
                               int64_t axis, Int selected) {
  return linearIndex(index, strides) + (wrapClampIndex(selected, x.dim(axis)) - index[axis]) * strides[axis];
}

LogicalResult GatherElementsOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (failed(checkElementIndices(*this, "C3")))
    return failure();
  types.push_back(getTensorType(getDims(getIndices()), getElementType(getX())));
  return success();
}

LogicalResult GatherElementsOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &indices = ctx.get(getIndices());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> strides = x.strides();
  int64_t i = 0;
  copyFrom(x, y, [&](ArrayRef<int64_t> index) {
    return elementPosition(x, strides, index, getAxis(), indices.getI(i++));
  });
  ctx.set(getY(), y);
  return success();
}

/// The combination of the elements y[i] and u[j] by a scatter's reduction.
static void combine(HostTensor &y, int64_t i, const HostTensor &u, int64_t j, StringRef reduction) {
  if (reduction == "none")
    return y.copyElement(i, u, j);
  if (y.isFloat()) {
    double a = y.getF(i), b = u.getF(j);
    if (reduction == "add")
      y.setF(i, a + b);
    else if (reduction == "mul")
      y.setF(i, a * b);
    else if (a != a || b != b)
      y.setF(i, a != a ? a : b);
    else
      y.setF(i, reduction == "max" ? std::max(a, b) : std::min(a, b));
    return;
  }
  Int a = y.getI(i), b = u.getI(j);
  // Wrapping arithmetic modulo 2^64 holds for every narrower type too, and cannot overflow the wide one.
  if (reduction == "add")
    y.setI(i, Int(uint64_t(a) + uint64_t(b)));
  else if (reduction == "mul")
    y.setI(i, Int(uint64_t(a) * uint64_t(b)));
  else
    y.setI(i, reduction == "max" ? std::max(a, b) : std::min(a, b));
}

static bool isReduction(StringRef reduction, Type element) {
  return llvm::is_contained({"none", "max", "min"}, reduction) ||
         (llvm::is_contained({"add", "mul"}, reduction) && !element.isInteger(1));
}

/// A copy that does not share its storage.
static HostTensor deepCopy(const HostTensor &x) {
  HostTensor y(x.elementType(), x.shape());
  llvm::copy(ArrayRef<char>(x.raw(), x.bytes()), y.raw());
  return y;
}

LogicalResult ScatterElementsOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (failed(checkElementIndices(*this, "C5")))
    return failure();
  Type element = getElementType(getX());
  if (getElementType(getUpdates()) != element || !sameDims(getDims(getUpdates()), getDims(getIndices())))
    return emitOpError("C3: expected updates of shape ")
           << dimsToString(getDims(getIndices())) << " and element type " << element << ", but got "
           << getUpdates().getType();
  if (!isReduction(getReduction(), element))
    return emitOpError("C4: expected a reduction none, add, mul, max or min on ")
           << element << ", but got " << getReduction();
  types.push_back(getX().getType());
  return success();
}

LogicalResult ScatterElementsOp::evaluate(EvalContext &ctx) {
  const HostTensor &indices = ctx.get(getIndices()), &updates = ctx.get(getUpdates());
  HostTensor y = deepCopy(ctx.get(getX()));
  SmallVector<int64_t> strides = y.strides(), index(indices.rank(), 0);
  for (int64_t i = 0; i < indices.size(); ++i, nextIndex(index, indices.shape()))
    combine(y, elementPosition(y, strides, index, getAxis(), indices.getI(i)), updates, i, getReduction());
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// gather_nd and scatter_nd
//===----------------------------------------------------------------------===//

LogicalResult GatherNDOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX()), indices = getDims(getIndices());
  std::optional<int64_t> length = indices.empty() ? std::nullopt : getStatic(indices.back());
  if (!isIndexElement(getElementType(getIndices())) || !length)
    return emitOpError("C1: expected integer indices of rank at least 1 and static last extent, but got ")
           << getIndices().getType();
  int64_t batch = getBatchDims();
  if (batch < 0 || batch >= int64_t(indices.size()) || batch >= int64_t(x.size()) ||
      !sameDims(ArrayRef(x).take_front(batch), ArrayRef(indices).take_front(batch)))
    return emitOpError("C2: expected ") << batch << " batch dimensions that agree, but got "
                                        << dimsToString(x) << " and " << dimsToString(indices);
  if (*length > int64_t(x.size()) - batch)
    return emitOpError("C3: expected tuples of at most ")
           << int64_t(x.size()) - batch << " indices, but got " << *length;
  Dims dims(ArrayRef(indices).drop_back());
  dims.append(x.begin() + batch + *length, x.end());
  if (isEmpty(ArrayRef(x).slice(batch, *length)) && !isEmpty(dims))
    return emitOpError("C4: expected indexed dimensions that are not empty, but got ") << dimsToString(x);
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

LogicalResult GatherNDOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &indices = ctx.get(getIndices());
  HostTensor y = ctx.make(getY());
  int64_t batch = getBatchDims(), length = indices.dim(-1);
  SmallVector<int64_t> strides = x.strides();
  int64_t slice = tenon::numElements(x.shape().drop_front(batch + length));
  int64_t batches = tenon::numElements(x.shape().take_front(batch));
  if (y.size()) {
    int64_t tuples = y.size() / slice, perBatch = tuples / batches;
    int64_t batchStride = x.size() / batches;
    for (int64_t t = 0; t < tuples; ++t) {
      int64_t at = t / perBatch * batchStride;
      for (int64_t k = 0; k < length; ++k)
        at += wrapClampIndex(indices.getI(t * length + k), x.dim(batch + k)) * strides[batch + k];
      for (int64_t i = 0; i < slice; ++i)
        y.copyElement(t * slice + i, x, at + i);
    }
  }
  ctx.set(getY(), y);
  return success();
}

LogicalResult ScatterNDOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX()), indices = getDims(getIndices());
  std::optional<int64_t> length = indices.empty() ? std::nullopt : getStatic(indices.back());
  if (!isIndexElement(getElementType(getIndices())) || !length || *length > int64_t(x.size()))
    return emitOpError("C1: expected integer indices of rank at least 1 and a static last extent of at most ")
           << x.size() << ", but got " << getIndices().getType();
  Dims expected(ArrayRef(indices).drop_back());
  expected.append(x.begin() + *length, x.end());
  Type element = getElementType(getX());
  if (getElementType(getUpdates()) != element || !sameDims(getDims(getUpdates()), expected))
    return emitOpError("C2: expected updates of shape ") << dimsToString(expected) << " and element type "
                                                         << element << ", but got " << getUpdates().getType();
  if (!isReduction(getReduction(), element))
    return emitOpError("C3: expected a reduction none, add, mul, max or min on ")
           << element << ", but got " << getReduction();
  if (isEmpty(ArrayRef(x).take_front(*length)) && !isEmpty(ArrayRef(indices).drop_back()))
    return emitOpError("C4: expected indexed dimensions that are not empty, but got ") << dimsToString(x);
  types.push_back(getX().getType());
  return success();
}

LogicalResult ScatterNDOp::evaluate(EvalContext &ctx) {
  const HostTensor &indices = ctx.get(getIndices()), &updates = ctx.get(getUpdates());
  HostTensor y = deepCopy(ctx.get(getX()));
  int64_t length = indices.dim(-1), slice = tenon::numElements(y.shape().drop_front(length));
  int64_t tuples = tenon::numElements(indices.shape().drop_back());
  SmallVector<int64_t> strides = y.strides();
  for (int64_t t = 0; t < tuples; ++t) {
    int64_t at = 0;
    for (int64_t k = 0; k < length; ++k)
      at += wrapClampIndex(indices.getI(t * length + k), y.dim(k)) * strides[k];
    for (int64_t i = 0; i < slice; ++i)
      combine(y, at + i, updates, t * slice + i, getReduction());
  }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// one_hot, trilu, reverse_sequence
//===----------------------------------------------------------------------===//

LogicalResult OneHotOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getIndices());
  int64_t axis = getAxis();
  if (axis < 0 || axis > int64_t(dims.size()))
    return emitOpError("C1: expected an axis in [0, ") << dims.size() << "], but got " << axis;
  if (int64_t(getDepth()) < 0)
    return emitOpError("C2: expected a depth that is not negative, but got ") << int64_t(getDepth());
  Dims values = getDims(getValues());
  if (values.size() != 1 || getStatic(values[0]) != std::optional<int64_t>(2))
    return emitOpError("C3: expected two values, but got shape ") << dimsToString(values);
  dims.insert(dims.begin() + axis, constDim(getContext(), getDepth()));
  types.push_back(getTensorType(dims, getElementType(getValues())));
  return success();
}

LogicalResult OneHotOp::evaluate(EvalContext &ctx) {
  const HostTensor &indices = ctx.get(getIndices()), &values = ctx.get(getValues());
  HostTensor y = ctx.make(getY());
  int64_t inner = tenon::numElements(indices.shape().drop_front(getAxis())), depth = getDepth();
  copyFrom(values, y, [&, i = int64_t(0)](ArrayRef<int64_t> index) mutable {
    int64_t position = i++, block = inner * depth;
    Int hot = indices.getI(position / block * inner + position % inner);
    if (hot < 0)
      hot += depth;
    return int64_t(hot == Int(index[getAxis()]));
  });
  ctx.set(getY(), y);
  return success();
}

LogicalResult TriluOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (getRank(getX()) < 2)
    return emitOpError("C1: expected rank at least 2, but got ") << getX().getType();
  types.push_back(getX().getType());
  return success();
}

LogicalResult TriluOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  copyFrom(x, y, [&, i = int64_t(0)](ArrayRef<int64_t> index) mutable {
    Int diagonal = Int(index.back()) - index[index.size() - 2];
    int64_t position = i++;
    return (getUpper() ? diagonal >= int64_t(getK()) : diagonal <= int64_t(getK())) ? position : -1;
  });
  ctx.set(getY(), y);
  return success();
}

LogicalResult ReverseSequenceOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  int64_t rank = dims.size(), batch = getBatchAxis(), time = getTimeAxis();
  if (batch < 0 || batch >= rank || time < 0 || time >= rank || batch == time)
    return emitOpError("C1: expected two different axes in [0, ")
           << rank << "), but got " << batch << " and " << time;
  if (!isIndexElement(getElementType(getLengths())) || !sameDims(getDims(getLengths()), {dims[batch]}))
    return emitOpError("C2: expected integer lengths of shape ")
           << dimsToString(dims[batch]) << ", but got " << getLengths().getType();
  types.push_back(getX().getType());
  return success();
}

LogicalResult ReverseSequenceOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &lengths = ctx.get(getLengths());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> strides = x.strides();
  int64_t batch = getBatchAxis(), time = getTimeAxis();
  copyFrom(x, y, [&](ArrayRef<int64_t> index) {
    int64_t length = int64_t(std::clamp<Int>(lengths.getI(index[batch]), 0, x.dim(time)));
    int64_t position = linearIndex(index, strides), t = index[time];
    return t < length ? position + (length - 1 - 2 * t) * strides[time] : position;
  });
  ctx.set(getY(), y);
  return success();
}
