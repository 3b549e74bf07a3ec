#include "dialects/NN/ConvReference.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

//===----------------------------------------------------------------------===//
// Fourier transforms
//===----------------------------------------------------------------------===//

LogicalResult DftOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  std::optional<int64_t> parts = dims.empty() ? std::nullopt : getStatic(dims.back());
  bool allowed =
      parts && (*parts == 1 || *parts == 2) && !(getOnesided() && *parts != (getInverse() ? 2 : 1));
  if (!isa<FloatType>(getElementType(getX())) || dims.size() < 2 || !allowed)
    return emitOpError("C1: expected floats with a last extent of 1 or 2 that fits the direction, but got ")
           << getX().getType();
  int64_t axis = getAxis(), length = getLength();
  if (axis < 0 || axis >= int64_t(dims.size()) - 1 || !getStatic(dims[axis]) ||
      *getStatic(dims[axis]) > kMaxExtent)
    return emitOpError("C2: expected a dimension of static extent before the last, but got ") << axis;
  if (length <= 0 || length > kMaxExtent)
    return emitOpError("C3: expected a positive length, but got ") << length;
  bool half = getOnesided() && !getInverse();
  dims[axis] = constDim(getContext(), half ? length / 2 + 1 : length);
  dims.back() = constDim(getContext(), getOnesided() && getInverse() ? 1 : 2);
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

LogicalResult DftOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  int64_t axis = getAxis(), length = getLength(), parts = x.dim(-1), results = y.dim(-1),
          points = y.dim(axis);
  int64_t outer = tenon::numElements(x.shape().take_front(axis)),
          inner = tenon::numElements(x.shape().drop_front(axis + 1).drop_back());
  bool inverse = getInverse(), half = inverse && getOnesided();
  int64_t given = std::min(x.dim(axis), half ? length / 2 + 1 : length);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t k = 0; k < points; ++k)
      for (int64_t i = 0; i < inner; ++i) {
        double re = 0, im = 0;
        for (int64_t n = 0; n < given; ++n) {
          int64_t at = ((o * x.dim(axis) + n) * inner + i) * parts;
          double a = x.getF(at), b = parts == 2 ? x.getF(at + 1) : 0;
          // k n modulo the length keeps the angle small and exact.
          double angle = 2 * M_PI * double(Int(k) * n % length) / double(length) * (inverse ? 1 : -1);
          // A half spectrum stands for its mirror image too, but for its ends, whose imaginary parts do not
          // count.
          bool isEnd = half && (n == 0 || 2 * n == length);
          if (isEnd)
            b = 0;
          double weight = half && !isEnd ? 2 : 1;
          re += weight * (a * std::cos(angle) - b * std::sin(angle));
          im += weight * (a * std::sin(angle) + b * std::cos(angle));
        }
        double scale = inverse ? 1 / double(length) : 1;
        int64_t at = ((o * points + k) * inner + i) * results;
        y.setF(at, re * scale);
        if (results == 2)
          y.setF(at + 1, im * scale);
      }
  ctx.set(getY(), y);
  return success();
}

LogicalResult StftOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  std::optional<int64_t> parts = dims.size() == 3 ? getStatic(dims[2]) : std::nullopt;
  if (!isa<FloatType>(getElementType(getX())) || !parts || (*parts != 1 && (*parts != 2 || getOnesided())))
    return emitOpError("C1: expected floats of shape (batch, length, 1), or 2 if not onesided, but got ")
           << getX().getType();
  int64_t step = getFrameStep(), length = getFrameLength();
  std::optional<int64_t> extent = getStatic(dims[1]);
  if (step <= 0 || step > kMaxExtent || length <= 0 || length > kMaxExtent ||
      (extent && (*extent < length || *extent > kMaxExtent)))
    return emitOpError("C2: expected positive frames that fit into the signal, but got length ")
           << length << ", step " << step << " and signal " << dimsToString(dims[1]);
  if (getWindow() && (getElementType(getWindow()) != getElementType(getX()) || getRank(getWindow()) != 1 ||
                      getDims(getWindow())[0] != constDim(getContext(), length)))
    return emitOpError("C3: expected a window of ")
           << length << " elements, but got " << getWindow().getType();
  types.push_back(getTensorType({dims[0], (dims[1] - length).floorDiv(step) + 1,
                                 constDim(getContext(), getOnesided() ? length / 2 + 1 : length),
                                 constDim(getContext(), 2)},
                                getElementType(getX())));
  return success();
}

LogicalResult StftOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  int64_t step = getFrameStep(), length = getFrameLength(), parts = x.dim(2);
  std::vector<double> window(length, 1.0);
  if (getWindow())
    window = toDoubles(ctx.get(getWindow()));
  int64_t at = 0;
  for (int64_t b = 0; b < y.dim(0); ++b)
    for (int64_t f = 0; f < y.dim(1); ++f)
      for (int64_t k = 0; k < y.dim(2); ++k) {
        double re = 0, im = 0;
        for (int64_t n = 0; n < length; ++n) {
          int64_t from = (b * x.dim(1) + f * step + n) * parts;
          double a = x.getF(from) * window[n], c = parts == 2 ? x.getF(from + 1) * window[n] : 0;
          double angle = -2 * M_PI * double(Int(k) * n % length) / double(length);
          re += a * std::cos(angle) - c * std::sin(angle);
          im += a * std::sin(angle) + c * std::cos(angle);
        }
        y.setF(at++, re);
        y.setF(at++, im);
      }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// Determinant
//===----------------------------------------------------------------------===//

LogicalResult DetOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  if (!isa<FloatType>(getElementType(getX())) || dims.size() < 2)
    return emitOpError("C1: expected floats of rank 2 at least, but got ") << getX().getType();
  if (dims.back() != dims[dims.size() - 2] || !getStatic(dims.back()))
    return emitOpError("C2: expected square matrices of static extent, but got ") << dimsToString(dims);
  types.push_back(getTensorType(ArrayRef(dims).drop_back(2), getElementType(getX())));
  return success();
}

LogicalResult DetOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  int64_t n = x.dim(-1);
  std::vector<double> all = toDoubles(x);
  for (int64_t m = 0; m < y.size(); ++m) {
    // Gaussian elimination with partial pivoting.
    std::vector<double> a(all.begin() + m * n * n, all.begin() + (m + 1) * n * n);
    double det = 1;
    for (int64_t k = 0; k < n; ++k) {
      int64_t pivot = k;
      for (int64_t i = k + 1; i < n; ++i)
        if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k]))
          pivot = i;
      if (pivot != k) {
        for (int64_t j = 0; j < n; ++j)
          std::swap(a[k * n + j], a[pivot * n + j]);
        det = -det;
      }
      det *= a[k * n + k];
      for (int64_t i = k + 1; i < n && a[k * n + k] != 0; ++i)
        for (int64_t j = k + 1; j < n; ++j)
          a[i * n + j] -= a[i * n + k] / a[k * n + k] * a[k * n + j];
    }
    y.setF(m, det);
  }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// Windows of images
//===----------------------------------------------------------------------===//

LogicalResult Col2ImOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getX());
  Dims x = getDims(getX());
  if (!isa<FloatType, IntegerType>(element) || element.isInteger(1) || x.size() != 3)
    return emitOpError("C1: expected numbers of rank 3, but got ") << getX().getType();
  Windows windows(getKernel(), getStrides(), getDilations(), getPads());
  if (getImage().empty() || failed(checkWindows(*this, windows, getImage().size(), "C2")))
    return failure();
  Dims image;
  for (int64_t extent : getImage()) {
    if (extent <= 0 || extent > kMaxExtent)
      return emitOpError("C2: expected positive image extents, but got ") << extent;
    image.push_back(constDim(getContext(), extent));
  }
  FailureOr<Dims> counts = countWindows(*this, windows, image, "C3");
  if (failed(counts))
    return failure();
  int64_t total = 1, taps = 1;
  for (Dim count : *counts)
    if (llvm::MulOverflow(total, *getStatic(count), total))
      return emitOpError("C3: expected fewer windows, but their number overflows");
  for (int64_t extent : getKernel())
    if (llvm::MulOverflow(taps, extent, taps))
      return emitOpError("C4: expected fewer kernel elements, but their number overflows");
  if (x[2] != constDim(getContext(), total))
    return emitOpError("C3: expected ") << total << " windows, but got " << dimsToString(x[2]);
  std::optional<int64_t> channels = getStatic(x[1]);
  if (!channels || *channels % taps)
    return emitOpError("C4: expected a multiple of ") << taps << " channels, but got " << dimsToString(x[1]);
  Dims dims = {x[0], constDim(getContext(), *channels / taps)};
  llvm::append_range(dims, image);
  types.push_back(getTensorType(dims, element));
  return success();
}

LogicalResult Col2ImOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  Windows windows(getKernel(), getStrides(), getDilations(), getPads());
  FailureOr<Dims> dims = countWindows(*this, windows, ArrayRef(getDims(getY())).drop_front(2), "C3");
  if (failed(dims))
    return failure();
  SmallVector<int64_t> counts = *getStatic(*dims), image(getImage()), strides = rowMajorStrides(image);
  int64_t plane = tenon::numElements(image), at = 0;
  std::vector<double> floats(y.isFloat() ? y.size() : 0, 0.0);
  std::vector<uint64_t> ints(y.isFloat() ? 0 : y.size(), 0);
  for (int64_t c = 0; c < y.dim(0) * y.dim(1); ++c) {
    SmallVector<int64_t> k(counts.size(), 0);
    do {
      SmallVector<int64_t> l(counts.size(), 0);
      do {
        int64_t target = c * plane;
        bool inside = true;
        for (size_t d = 0; d < counts.size(); ++d) {
          int64_t q = l[d] * windows.strides[d] + k[d] * windows.dilations[d] - windows.begin(d);
          inside &= q >= 0 && q < image[d];
          target += q * strides[d];
        }
        if (inside && y.isFloat())
          floats[target] += x.getF(at);
        else if (inside)
          ints[target] += uint64_t(x.getI(at));
        ++at;
      } while (nextIndex(l, counts));
    } while (nextIndex(k, windows.kernel));
  }
  for (int64_t i = 0; i < y.size(); ++i)
    if (y.isFloat())
      y.setF(i, floats[i]);
    else
      y.setI(i, Int(ints[i]));
  ctx.set(getY(), y);
  return success();
}

LogicalResult DeformConvOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getX());
  for (Value value : getOperands())
    if (!isa<FloatType>(element) || getElementType(value) != element)
      return emitOpError("C1: expected operands of the same float type, but got ")
             << element << " and " << getElementType(value);
  if (failed(checkConvWeights(*this, getX(), getW(), getBias(), getGroup(), false)))
    return failure();
  Windows windows = convWindows(cast<RankedTensorType>(getW().getType()).getShape(), getStrides(),
                                getDilations(), getPads());
  Dims x = getDims(getX());
  FailureOr<Dims> dims = inferWindowed(*this, windows, x, getDims(getW())[0], "C6");
  if (failed(dims))
    return failure();
  int64_t groups = getOffsetGroup();
  std::optional<int64_t> channels = getStatic(x[1]);
  if (groups <= 0 || !channels || *channels % groups)
    return emitOpError("C7: expected an offset group count that divides ")
           << dimsToString(x[1]) << ", but got " << groups;
  int64_t taps = groups, numbers;
  bool overflow = false;
  for (int64_t extent : windows.kernel)
    overflow |= llvm::MulOverflow(taps, extent, taps);
  overflow |= llvm::MulOverflow(taps, int64_t(windows.rank()), numbers);
  Dims offset = {x[0], constDim(getContext(), overflow ? -1 : numbers)},
       mask = {x[0], constDim(getContext(), overflow ? -1 : taps)};
  llvm::append_range(offset, ArrayRef(*dims).drop_front(2));
  llvm::append_range(mask, ArrayRef(*dims).drop_front(2));
  if (getDims(getOffset()) != offset || (getMask() && getDims(getMask()) != mask))
    return emitOpError("C8: expected offsets of shape ")
           << dimsToString(offset) << " and a mask of shape " << dimsToString(mask) << ", but got "
           << dimsToString(getDims(getOffset()))
           << (getMask() ? " and " + dimsToString(getDims(getMask())) : "");
  for (Dim dim : ArrayRef(x).drop_front(2))
    if (getStatic(dim) == 0)
      return emitOpError("C9: expected spatial extents of at least 1, but got ") << dimsToString(x);
  types.push_back(getTensorType(*dims, element));
  return success();
}

LogicalResult DeformConvOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &w = ctx.get(getW());
  HostTensor y = ctx.make(getY());
  Windows windows = convWindows(w.shape(), getStrides(), getDilations(), getPads());
  std::vector<double> xs = toDoubles(x), ws = toDoubles(w), offsets = toDoubles(ctx.get(getOffset()));
  std::vector<double> masks = getMask() ? toDoubles(ctx.get(getMask())) : std::vector<double>();
  std::vector<double> bias = getBias() ? toDoubles(ctx.get(getBias())) : std::vector<double>(y.dim(1), 0.0);
  size_t rank = windows.rank();
  ArrayRef<int64_t> in = x.shape().drop_front(2), out = y.shape().drop_front(2);
  int64_t inPlane = tenon::numElements(in), outPlane = tenon::numElements(out),
          taps = tenon::numElements(windows.kernel), group = getGroup(), groups = getOffsetGroup(),
          perGroup = w.dim(1), channels = x.dim(1);
  SmallVector<int64_t> inStrides = rowMajorStrides(in);
  // The interpolated element of one plane at a fractional position.
  auto sample = [&](const double *plane, ArrayRef<double> position) {
    double sum = 0;
    for (unsigned corner = 0; corner < 1u << rank; ++corner) {
      double weight = 1;
      int64_t offset = 0;
      bool inside = true;
      for (size_t d = 0; d < rank; ++d) {
        double low = std::floor(position[d]), part = position[d] - low;
        double at = low + (corner >> d & 1);
        weight *= corner >> d & 1 ? part : 1 - part;
        inside &= at >= 0 && at < double(in[d]);
        offset += inside ? int64_t(at) * inStrides[d] : 0;
      }
      if (inside)
        sum += weight * plane[offset];
    }
    return sum;
  };
  int64_t i = 0;
  if (y.size())
    for (int64_t n = 0; n < y.dim(0); ++n)
      for (int64_t o = 0; o < y.dim(1); ++o) {
        SmallVector<int64_t> p(rank, 0);
        int64_t point = 0;
        do {
          double sum = bias[o];
          for (int64_t c = 0; c < perGroup; ++c) {
            int64_t channel = o / (y.dim(1) / group) * perGroup + c, og = channel / (channels / groups);
            SmallVector<int64_t> k(rank, 0);
            int64_t tap = 0;
            do {
              SmallVector<double> position;
              for (size_t d = 0; d < rank; ++d)
                position.push_back(
                    double(p[d] * windows.strides[d] + k[d] * windows.dilations[d] - windows.begin(d)) +
                    offsets[(((n * groups + og) * taps + tap) * int64_t(rank) + int64_t(d)) * outPlane +
                            point]);
              double mask = masks.empty() ? 1 : masks[((n * groups + og) * taps + tap) * outPlane + point];
              sum += sample(&xs[(n * channels + channel) * inPlane], position) * mask *
                     ws[(o * perGroup + c) * taps + tap];
              ++tap;
            } while (nextIndex(k, windows.kernel));
          }
          y.setF(i++, sum);
          ++point;
        } while (nextIndex(p, out));
      }
  ctx.set(getY(), y);
  return success();
}
