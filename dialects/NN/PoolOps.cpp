#include "dialects/NN/NN.h"
#include "dialects/NN/Windows.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

template <typename Op>
static Windows windowsOf(Op op) {
  return Windows(op.getKernel(), op.getStrides(), op.getDilations(), op.getPads());
}

/// Result extents of a pooling op; checks C1 (but for the element type) to C4.
template <typename Op>
static FailureOr<Dims> inferPool(Op op) {
  Dims x = getDims(op.getX());
  if (x.size() < 3 || x.size() > 5)
    return op.emitOpError("C1: expected rank 3 to 5, but got ") << x.size();
  Windows windows = windowsOf(op);
  if (failed(checkWindows(op, windows, x.size() - 2, "C2")))
    return failure();
  for (size_t i = 0; i < windows.rank(); ++i)
    if (std::max(windows.begin(i), windows.end(i)) >= windows.span(i))
      return op.emitOpError("C2: expected pads smaller than the window of ")
             << windows.span(i) << ", but got " << std::max(windows.begin(i), windows.end(i));
  FailureOr<Dims> spatial =
      countWindows(op, windows, ArrayRef(x).drop_front(2), "C3", op.getCeilMode(), "C4");
  if (failed(spatial))
    return failure();
  Dims dims = {x[0], x[1]};
  llvm::append_range(dims, *spatial);
  return dims;
}

template <typename Op>
static LogicalResult checkFloat(Op op) {
  if (isa<FloatType>(getElementType(op.getX())))
    return success();
  return op.emitOpError("C1: expected floats, but got ") << getElementType(op.getX());
}

/// Calls `window(i, offsets)` for every result element `i` with the positions in `x` that its window covers,
/// in row-major order, and `covered(i, n)` with how many positions of the padded extents it covers.
template <typename Visit>
static void forEachWindow(const Windows &windows, ArrayRef<int64_t> xShape, ArrayRef<int64_t> yShape,
                          Visit visit) {
  if (!tenon::numElements(yShape))
    return;
  ArrayRef<int64_t> xSpatial = xShape.drop_front(2), ySpatial = yShape.drop_front(2);
  int64_t plane = tenon::numElements(xSpatial), planes = yShape[0] * yShape[1], i = 0;
  SmallVector<int64_t> strides = rowMajorStrides(xSpatial);
  std::vector<int64_t> offsets;
  for (int64_t c = 0; c < planes; ++c) {
    SmallVector<int64_t> p(ySpatial.size(), 0);
    do {
      offsets.clear();
      int64_t padded = 0;
      SmallVector<int64_t> k(ySpatial.size(), 0);
      do {
        int64_t offset = c * plane;
        bool inside = true, insidePads = true;
        for (size_t d = 0; d < k.size(); ++d) {
          int64_t q = p[d] * windows.strides[d] + k[d] * windows.dilations[d] - windows.begin(d);
          inside &= q >= 0 && q < xSpatial[d];
          insidePads &= q < xSpatial[d] + windows.end(d);
          offset += q * strides[d];
        }
        if (inside)
          offsets.push_back(offset);
        padded += insidePads;
      } while (nextIndex(k, windows.kernel));
      visit(i++, ArrayRef<int64_t>(offsets), padded);
    } while (nextIndex(p, ySpatial));
  }
}

LogicalResult MaxPoolOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getX());
  if (!isa<FloatType, IntegerType>(element) || element.isInteger(1))
    return emitOpError("C1: expected floats or integers, but got ") << element;
  FailureOr<Dims> dims = inferPool(*this);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, element));
  if (getWithIndices())
    types.push_back(getTensorType(*dims, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult MaxPoolOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY()), indices;
  if (getWithIndices())
    indices = ctx.make(getIndices());
  bool isFloat = x.isFloat();
  ArrayRef<int64_t> spatial = x.shape().drop_front(2);
  int64_t plane = tenon::numElements(spatial);
  SmallVector<int64_t> strides = rowMajorStrides(spatial);
  auto position = [&](int64_t offset) {
    if (!getColumnMajor() || !plane)
      return offset;
    int64_t result = offset / plane * plane, rest = offset % plane, scale = 1;
    for (size_t d = 0; d < spatial.size(); ++d) {
      result += rest / strides[d] % spatial[d] * scale;
      scale *= spatial[d];
    }
    return result;
  };
  forEachWindow(windowsOf(*this), x.shape(), y.shape(), [&](int64_t i, ArrayRef<int64_t> offsets, int64_t) {
    int64_t best = -1;
    for (int64_t offset : offsets) {
      bool better = best < 0;
      if (!better && isFloat) {
        double value = x.getF(offset), largest = x.getF(best);
        better = value > largest || (std::isnan(value) && !std::isnan(largest));
      } else if (!better) {
        better = x.getI(offset) > x.getI(best);
      }
      if (better)
        best = offset;
    }
    if (best >= 0)
      y.copyElement(i, x, best);
    else if (isFloat)
      y.setF(i, -INFINITY);
    else if (!y.elementType().isUnsignedInteger())
      y.setI(i, -(Int(1) << (y.elementType().getIntOrFloatBitWidth() - 1)));
    if (getWithIndices())
      indices.setI(i, best < 0 ? 0 : position(best));
  });
  ctx.set(getY(), y);
  if (getWithIndices())
    ctx.set(getIndices(), indices);
  return success();
}

LogicalResult AvgPoolOp::inferTypes(SmallVectorImpl<Type> &types) {
  FailureOr<Dims> dims = failed(checkFloat(*this)) ? FailureOr<Dims>() : inferPool(*this);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, getElementType(getX())));
  return success();
}

LogicalResult AvgPoolOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  forEachWindow(windowsOf(*this), x.shape(), y.shape(),
                [&](int64_t i, ArrayRef<int64_t> offsets, int64_t padded) {
                  double sum = 0;
                  for (int64_t offset : offsets)
                    sum += x.getF(offset);
                  int64_t count = getCountIncludePad() ? padded : int64_t(offsets.size());
                  y.setF(i, sum / double(std::max<int64_t>(count, 1)));
                });
  ctx.set(getY(), y);
  return success();
}

LogicalResult LpPoolOp::inferTypes(SmallVectorImpl<Type> &types) {
  FailureOr<Dims> dims = failed(checkFloat(*this)) ? FailureOr<Dims>() : inferPool(*this);
  if (failed(dims))
    return failure();
  if (int64_t(getP()) <= 0)
    return emitOpError("C5: expected a positive p, but got ") << int64_t(getP());
  types.push_back(getTensorType(*dims, getElementType(getX())));
  return success();
}

LogicalResult LpPoolOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  double p = double(getP());
  forEachWindow(windowsOf(*this), x.shape(), y.shape(), [&](int64_t i, ArrayRef<int64_t> offsets, int64_t) {
    double sum = 0;
    for (int64_t offset : offsets)
      sum += std::pow(std::abs(x.getF(offset)), p);
    y.setF(i, std::pow(sum, 1 / p));
  });
  ctx.set(getY(), y);
  return success();
}

LogicalResult LrnOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isa<FloatType>(getElementType(getX())) || getRank(getX()) < 2)
    return emitOpError("C1: expected floats of rank 2 at least, but got ") << getX().getType();
  int64_t size = getSize();
  if (size <= 0 || size > kMaxWindow)
    return emitOpError("C2: expected a size from 1 to ") << kMaxWindow << ", but got " << size;
  types.push_back(getX().getType());
  return success();
}

LogicalResult LrnOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  int64_t size = getSize(), channels = x.dim(1), plane = tenon::numElements(x.shape().drop_front(2));
  double alpha = getAlpha().convertToDouble(), beta = getBeta().convertToDouble(),
         bias = getBias().convertToDouble();
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t channel = i / plane % channels;
    double sum = 0;
    for (int64_t c = std::max<int64_t>(0, channel - (size - 1) / 2);
         c < std::min(channels, channel + size / 2 + 1); ++c)
      sum += x.getF(i + (c - channel) * plane) * x.getF(i + (c - channel) * plane);
    y.setF(i, x.getF(i) / std::pow(bias + alpha / double(size) * sum, beta));
  }
  ctx.set(getY(), y);
  return success();
}

LogicalResult MaxUnpoolOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX());
  if (x.size() < 3 || getDims(getIndices()) != x || !getElementType(getIndices()).isSignlessInteger(64))
    return emitOpError("C1: expected i64 indices of the shape of x, of rank 3 at least, but got ")
           << getX().getType() << " and " << getIndices().getType();
  size_t n = x.size() - 2;
  if (getShape().size() != n || getDefaultScale().size() != n || getDefaultOffset().size() != n)
    return emitOpError("C2: expected ")
           << n << " shapes, scales and offsets, but got " << getShape().size() << ", "
           << getDefaultScale().size() << " and " << getDefaultOffset().size();
  Dims dims = {x[0], x[1]};
  for (size_t i = 0; i < n; ++i) {
    int64_t extent = getShape()[i], scale = getDefaultScale()[i], offset = getDefaultOffset()[i];
    std::optional<int64_t> size = getStatic(x[i + 2]);
    if (extent < -1 || extent > kMaxExtent || scale <= 0 || scale > kMaxWindow ||
        std::abs(offset) > kMaxExtent || (size && *size > kMaxExtent))
      return emitOpError("C2: expected shapes from -1 and positive scales within bounds, but got ")
             << extent << ", " << scale << " and " << offset;
    Dim inferred = getDefaultDims()[i + 2];
    if (getStatic(inferred) && *getStatic(inferred) < 0)
      return emitOpError("C3: expected default extents of at least 0, but got ") << dimsToString(inferred);
    dims.push_back(extent >= 0 ? constDim(getContext(), extent) : inferred);
  }
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

Dims MaxUnpoolOp::getDefaultDims() {
  Dims dims = getDims(getX());
  for (size_t i = 2; i < dims.size(); ++i)
    dims[i] = dims[i] * getDefaultScale()[i - 2] + getDefaultOffset()[i - 2];
  return dims;
}

LogicalResult MaxUnpoolOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &indices = ctx.get(getIndices());
  HostTensor y = ctx.make(getY());
  std::optional<SmallVector<int64_t>> shape = nn::evaluate(getDefaultDims(), ctx.symbols);
  if (!shape)
    return emitOpError("the default shape overflows or is negative");
  SmallVector<int64_t> strides = y.strides();
  for (int64_t i = 0; i < x.size(); ++i) {
    Int rest = indices.getI(i);
    int64_t target = 0;
    bool inside = rest >= 0;
    for (int64_t d = int64_t(shape->size()) - 1; d >= 0 && inside; --d) {
      int64_t extent = (*shape)[d];
      int64_t p = extent ? int64_t(rest % extent) : 0;
      inside = extent && p < y.dim(d);
      target += p * strides[d];
      rest = extent ? rest / extent : 0;
    }
    if (inside && rest == 0)
      y.copyElement(target, x, i);
  }
  ctx.set(getY(), y);
  return success();
}
