#include "dialects/NN/MovementUtils.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

static bool isZero(Dim dim) {
  return getStatic(dim) == std::optional<int64_t>(0);
}

static bool isFloat(Value x) {
  return isa<FloatType>(getElementType(x));
}

//===----------------------------------------------------------------------===//
// interpolate
//===----------------------------------------------------------------------===//

LogicalResult InterpolateOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX()), indices = getDims(getIndices());
  int64_t axis = getAxis();
  Type element = getElementType(getX());
  if (axis < 0 || axis >= int64_t(dims.size()))
    return emitOpError("C1: expected an axis in [0, ") << dims.size() << "), but got " << axis;
  if (!isFloat(getX()))
    return emitOpError("C2: expected floats, but got ") << element;
  if (!isIndexElement(getElementType(getIndices())) || indices.size() != 2)
    return emitOpError("C3: expected integer indices in two dimensions, but got ") << getIndices().getType();
  if (getElementType(getWeights()) != element || !sameDims(getDims(getWeights()), indices))
    return emitOpError("C4: expected weights of shape ") << dimsToString(indices) << " and element type "
                                                         << element << ", but got " << getWeights().getType();
  if (getOffset() &&
      (getElementType(getOffset()) != element || !sameDims(getDims(getOffset()), {indices[0]})))
    return emitOpError("C5: expected an offset of shape ")
           << dimsToString(indices[0]) << " and element type " << element << ", but got "
           << getOffset().getType();
  Dim extent = dims[axis];
  dims[axis] = indices[0];
  if (isZero(extent) && !llvm::any_of(dims, isZero))
    return emitOpError("C1: expected an axis that is not empty, but got ") << getX().getType();
  types.push_back(getTensorType(dims, element));
  return success();
}

LogicalResult InterpolateOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &indices = ctx.get(getIndices()), &weights = ctx.get(getWeights());
  HostTensor y = ctx.make(getY());
  int64_t axis = getAxis(), taps = indices.dim(1), rows = indices.dim(0), extent = x.dim(axis);
  int64_t outer = tenon::numElements(x.shape().take_front(axis)),
          inner = tenon::numElements(x.shape().drop_front(axis + 1));
  for (int64_t a = 0; a < outer; ++a)
    for (int64_t o = 0; o < rows; ++o)
      for (int64_t i = 0; i < inner; ++i) {
        double sum = getOffset() ? ctx.get(getOffset()).getF(o) : 0;
        for (int64_t k = 0; k < taps; ++k) {
          int64_t from = int64_t(std::clamp<Int>(indices.getI(o * taps + k), 0, extent - 1));
          sum += weights.getF(o * taps + k) * x.getF((a * extent + from) * inner + i);
        }
        y.setF((a * rows + o) * inner + i, sum);
      }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// grid_sample
//===----------------------------------------------------------------------===//

LogicalResult GridSampleOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX()), grid = getDims(getGrid());
  int64_t rank = x.size();
  if (!isFloat(getX()) || rank < 3)
    return emitOpError("C1: expected floats of rank at least 3, but got ") << getX().getType();
  if (!isFloat(getGrid()) || int64_t(grid.size()) != rank || !sameDim(grid[0], x[0]) ||
      getStatic(grid.back()) != std::optional<int64_t>(rank - 2))
    return emitOpError("C2: expected a grid of floats of rank ")
           << rank << " with " << dimsToString(x[0]) << " batches and " << rank - 2
           << " coordinates, but got " << getGrid().getType();
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, getMode()) ||
      !llvm::is_contained({"zeros", "border", "reflection"}, getPadding()))
    return emitOpError(
               "C3: expected mode nearest, linear or cubic and padding zeros, border or reflection, but got ")
           << getMode() << " and " << getPadding();
  Dims dims = {x[0], x[1]};
  dims.append(grid.begin() + 1, grid.end() - 1);
  bool empty = llvm::any_of(ArrayRef(x).drop_front(2), isZero) && !llvm::any_of(dims, isZero);
  if (rank > 5 || empty)
    return emitOpError("C4: expected 1 to 3 spatial dimensions that are not empty, but got ")
           << getX().getType();
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

/// A point mirrored at `low` and `high` until it is between them.
static double reflectPoint(double x, double low, double high) {
  double range = high - low;
  if (range <= 0)
    return low;
  double distance = x < low ? low - x : x > high ? x - high : 0;
  if (distance == 0)
    return x;
  double folds = std::trunc(distance / range), rest = distance - folds * range;
  bool even = std::fmod(folds, 2) == 0;
  return (x < low) == even ? low + rest : high - rest;
}

/// Weights of the elements around a point: those at floor(point) + first, first + 1, ...
struct Taps {
  int64_t first;
  SmallVector<double> weights;
};

static Taps tapsAt(double fraction, StringRef mode) {
  if (mode == "nearest")
    return {0, {1.0}};
  if (mode == "linear")
    return {0, {1 - fraction, fraction}};
  // Keys' convolution: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
  constexpr double a = -0.75;
  auto near = [&](double t) { return ((a + 2) * t - (a + 3)) * t * t + 1; };
  auto far = [&](double t) { return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a; };
  return {-1, {far(fraction + 1), near(fraction), near(1 - fraction), far(2 - fraction)}};
}

LogicalResult GridSampleOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &grid = ctx.get(getGrid());
  HostTensor y = ctx.make(getY());
  int64_t spatial = x.rank() - 2;
  ArrayRef<int64_t> extents = x.shape().drop_front(2);
  int64_t image = tenon::numElements(extents);
  int64_t points = tenon::numElements(y.shape().drop_front(2)), channels = x.dim(1);
  StringRef padding = getPadding();
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t p = 0; p < points; ++p) {
      SmallVector<Taps> taps;
      for (int64_t d = 0; d < spatial; ++d) {
        double extent = double(extents[d]), g = grid.getF((n * points + p) * spatial + (spatial - 1 - d));
        double low = getAlignCorners() ? 0 : -0.5, high = getAlignCorners() ? extent - 1 : extent - 0.5;
        double at = getAlignCorners() ? (g + 1) / 2 * (extent - 1) : ((g + 1) * extent - 1) / 2;
        if (getMode() == "nearest")
          at = std::nearbyint(at);
        if (padding == "border" && (at < low || at > high))
          at = std::clamp(at, 0.0, extent - 1);
        else if (padding == "reflection")
          at = reflectPoint(at, low, high);
        // Far outside, everything is the same; NaN stays in the weights.
        double near = std::isnan(at) ? 0 : std::clamp(at, -4.0, extent + 4);
        taps.push_back(tapsAt((std::isnan(at) ? at : near) - std::floor(near), getMode()));
        taps.back().first += int64_t(std::floor(near));
      }
      SmallVector<int64_t> counts, k(spatial, 0);
      for (const Taps &t : taps)
        counts.push_back(t.weights.size());
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        llvm::fill(k, 0);
        do {
          double weight = 1;
          int64_t position = 0;
          bool inside = true;
          for (int64_t d = 0; d < spatial; ++d) {
            int64_t at = taps[d].first + k[d], extent = extents[d];
            weight *= taps[d].weights[k[d]];
            if (padding == "zeros")
              inside &= at >= 0 && at < extent;
            else if (padding == "reflection")
              at = int64_t(getAlignCorners() ? reflectPoint(at, 0, extent - 1)
                                             : reflectPoint(at, -0.5, extent - 0.5));
            position = position * extent + std::clamp<int64_t>(at, 0, extent - 1);
          }
          sum += weight * (inside ? x.getF((n * channels + c) * image + position) : 0);
        } while (nextIndex(k, counts));
        y.setF((n * channels + c) * points + p, sum);
      }
    }
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// roi_align
//===----------------------------------------------------------------------===//

LogicalResult RoiAlignOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims x = getDims(getX()), regions = getDims(getRois());
  Type element = getElementType(getX());
  bool empty = x.size() == 4 && (isZero(x[0]) || isZero(x[2]) || isZero(x[3])) && !isZero(x[1]) &&
               !(regions.size() == 2 && isZero(regions[0]));
  if (!isFloat(getX()) || x.size() != 4 || empty)
    return emitOpError("C1: expected floats of 4 dimensions that are not empty, but got ")
           << getX().getType();
  if (getElementType(getRois()) != element || regions.size() != 2 ||
      getStatic(regions[1]) != std::optional<int64_t>(4))
    return emitOpError("C2: expected regions x 4 of ") << element << ", but got " << getRois().getType();
  if (!isIndexElement(getElementType(getBatches())) || !sameDims(getDims(getBatches()), {regions[0]}))
    return emitOpError("C3: expected one integer per region, but got ") << getBatches().getType();
  if (getMode() != "avg" && getMode() != "max")
    return emitOpError("C4: expected mode avg or max, but got ") << getMode();
  int64_t height = getHeight(), width = getWidth(), ratio = getSamplingRatio();
  if (height < 1 || width < 1 || ratio < 0 || ratio > 4096)
    return emitOpError("C5: expected positive height and width and a sampling ratio in [0, 4096], but got ")
           << height << ", " << width << " and " << ratio;
  types.push_back(getTensorType(
      {regions[0], x[1], constDim(getContext(), height), constDim(getContext(), width)}, element));
  return success();
}

/// Points per bin along an axis of a bin of `size` in an image of `extent` elements.
static int64_t gridPoints(double size, int64_t ratio, int64_t extent) {
  if (ratio > 0)
    return ratio;
  return int64_t(std::clamp(std::ceil(std::isnan(size) ? 0 : size), 0.0, double(extent)));
}

LogicalResult RoiAlignOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX()), &regions = ctx.get(getRois()), &batches = ctx.get(getBatches());
  HostTensor y = ctx.make(getY());
  bool isMax = getMode() == "max";
  int64_t channels = x.dim(1), extents[2] = {x.dim(2), x.dim(3)};
  int64_t bins[2] = {int64_t(getHeight()), int64_t(getWidth())};
  double scale = getSpatialScale().convertToDouble(), shift = getHalfPixel() ? 0.5 : 0;
  for (int64_t r = 0; r < regions.dim(0); ++r) {
    int64_t batch = wrapClampIndex(batches.getI(r), x.dim(0));
    double start[2], bin[2];
    int64_t grid[2];
    for (int axis : {0, 1}) {
      start[axis] = regions.getF(r * 4 + 1 - axis) * scale - shift;
      double size = regions.getF(r * 4 + 3 - axis) * scale - shift - start[axis];
      bin[axis] = (getHalfPixel() ? size : std::max(size, 1.0)) / double(bins[axis]);
      grid[axis] = gridPoints(bin[axis], getSamplingRatio(), extents[axis]);
    }
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t b = 0; b < bins[0] * bins[1]; ++b) {
        int64_t at[2] = {b / bins[1], b % bins[1]};
        double sum = 0, most = -INFINITY;
        for (int64_t g = 0; g < grid[0] * grid[1]; ++g) {
          int64_t point[2] = {g / grid[1], g % grid[1]};
          // Two neighbors and their weights along each axis.
          int64_t neighbor[2][2];
          double weight[2][2];
          bool outside = false;
          for (int axis : {0, 1}) {
            double last = double(extents[axis] - 1);
            double p = start[axis] + double(at[axis]) * bin[axis] +
                       (double(point[axis]) + 0.5) * bin[axis] / double(grid[axis]);
            outside |= !(p >= -1 && p <= last + 1);
            double inside = std::clamp(std::isnan(p) ? 0 : p, 0.0, last), low = std::floor(inside);
            neighbor[axis][0] = int64_t(low);
            neighbor[axis][1] = std::min(int64_t(low) + 1, extents[axis] - 1);
            weight[axis][1] = inside - low;
            weight[axis][0] = 1 - weight[axis][1];
          }
          for (int i : {0, 1})
            for (int j : {0, 1}) {
              int64_t row = (batch * channels + c) * extents[0] + neighbor[0][i];
              double value =
                  outside ? 0 : weight[0][i] * weight[1][j] * x.getF(row * extents[1] + neighbor[1][j]);
              sum += value;
              most = value > most || value != value ? value : most;
            }
        }
        int64_t points = grid[0] * grid[1];
        double result = isMax ? (points ? most : 0) : sum / double(std::max<int64_t>(points, 1));
        y.setF((r * channels + c) * bins[0] * bins[1] + b, result);
      }
  }
  ctx.set(getY(), y);
  return success();
}
