#include "lib/Import/MovementHelpers.h"
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;
using nn::Dims;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

FailureOr<int64_t> onnx_import::checkAxis(NodeImporter &n, int64_t axis, int64_t rank) {
  if (std::optional<int64_t> normal = nn::normalizeAxis(axis, rank))
    return *normal;
  return n.fail("expected an axis in [" + llvm::Twine(-rank) + ", " + llvm::Twine(rank) + "), but got " +
                llvm::Twine(axis));
}

FailureOr<SmallVector<int64_t>> onnx_import::checkAxes(NodeImporter &n, ArrayRef<int64_t> axes,
                                                       int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    FailureOr<int64_t> normal = checkAxis(n, axis, rank);
    if (failed(normal))
      return failure();
    if (llvm::is_contained(result, *normal))
      return n.fail("expected different axes, but got " + llvm::Twine(axis) + " twice");
    result.push_back(*normal);
  }
  return result;
}

nn::Dim onnx_import::dimOf(NodeImporter &n, int64_t value) {
  return nn::constDim(n.b.getContext(), value);
}

SmallVector<std::pair<int64_t, int64_t>> onnx_import::symbolBounds(NodeImporter &n) {
  Operation *around = n.b.getInsertionBlock()->getParentOp();
  return nn::symbolBoundsAround(around).value_or(SmallVector<std::pair<int64_t, int64_t>>());
}

mlir::Value onnx_import::reshapeTo(NodeImporter &n, mlir::Value x, ArrayRef<nn::Dim> dims) {
  if (!x || nn::getDims(x) == Dims(dims))
    return x;
  return n.create<nn::ReshapeOp>({x}, n.attr("shape", nn::shapeMap(dims, n.b.getContext())));
}

mlir::Value onnx_import::broadcastTo(NodeImporter &n, mlir::Value x, ArrayRef<nn::Dim> dims) {
  if (!x || nn::getDims(x) == Dims(dims))
    return x;
  return n.create<nn::BroadcastOp>({x}, n.attr("shape", nn::shapeMap(dims, n.b.getContext())));
}

mlir::Value onnx_import::transposeOf(NodeImporter &n, mlir::Value x, ArrayRef<int64_t> perm) {
  if (!x || llvm::equal(perm, llvm::seq<int64_t>(0, nn::getRank(x))))
    return x;
  return n.create<nn::TransposeOp>({x}, n.attr("perm", perm));
}

mlir::Value onnx_import::sliceOf(NodeImporter &n, mlir::Value x, ArrayRef<nn::Dim> starts,
                                 ArrayRef<nn::Dim> sizes, ArrayRef<int64_t> steps) {
  if (!x)
    return x;
  if (nn::getDims(x) == Dims(sizes) && llvm::all_of(steps, [](int64_t step) { return step == 1; }))
    return x;
  return n.create<nn::SliceOp>({x}, {n.attr("starts", nn::shapeMap(starts, n.b.getContext())),
                                     n.attr("sizes", nn::shapeMap(sizes, n.b.getContext())),
                                     n.attr("steps", steps)});
}

mlir::Value onnx_import::asScalar(NodeImporter &n, mlir::Value x) {
  return x && nn::getRank(x) ? reshapeTo(n, x, {}) : x;
}

//===----------------------------------------------------------------------===//
// Reshape, Flatten, Squeeze, Unsqueeze
//===----------------------------------------------------------------------===//

static LogicalResult translateReshape(NodeImporter &n) {
  mlir::Value x = n.require(0);
  FailureOr<Dims> shape = n.dims(n.require(1), "shape");
  bool allowZero = n.attrs.getInt("allowzero", 0) != 0;
  if (!x || failed(shape))
    return failure();
  Dims from = nn::getDims(x), others;
  std::optional<size_t> inferred;
  for (size_t i = 0; i < shape->size(); ++i) {
    nn::Dim &dim = (*shape)[i];
    std::optional<int64_t> value = nn::getStatic(dim);
    if (value == std::optional<int64_t>(-1)) {
      if (inferred)
        return n.fail("expected at most one -1 in the shape");
      inferred = i;
      continue;
    }
    if (value && *value < 0)
      return n.fail("expected extents of at least -1, but got " + llvm::Twine(*value));
    if (value == std::optional<int64_t>(0) && !allowZero) {
      if (i >= from.size())
        return n.fail("a 0 in the shape copies an extent, but the operand has only " +
                      llvm::Twine(from.size()) + " dimensions");
      dim = from[i];
    }
    others.push_back(dim);
  }
  if (inferred) {
    std::optional<nn::Dim> rest = nn::divideDims(from, others, n.b.getContext());
    if (!rest)
      return n.fail("-1 in the shape has no definite value");
    (*shape)[*inferred] = *rest;
  }
  n.out(0, reshapeTo(n, x, *shape));
  return success();
}

static LogicalResult translateFlatten(NodeImporter &n) {
  mlir::Value x = n.require(0);
  int64_t axis = n.attrs.getInt("axis", 1);
  if (!x)
    return failure();
  Dims dims = nn::getDims(x);
  int64_t rank = dims.size();
  // The axis may be the rank: everything before it.
  if (axis < -rank || axis > rank)
    return n.fail("expected an axis in [" + llvm::Twine(-rank) + ", " + llvm::Twine(rank) + "], but got " +
                  llvm::Twine(axis));
  axis += axis < 0 ? rank : 0;
  std::optional<nn::Dim> rows = nn::productDims(ArrayRef(dims).take_front(axis), n.b.getContext()),
                         columns = nn::productDims(ArrayRef(dims).drop_front(axis), n.b.getContext());
  if (!rows || !columns)
    return n.fail("the extents of the result overflow");
  n.out(0, reshapeTo(n, x, {*rows, *columns}));
  return success();
}

static LogicalResult translateSqueeze(NodeImporter &n) {
  mlir::Value x = n.require(0);
  auto given = n.intsFrom("axes", 1);
  if (!x || failed(given))
    return failure();
  Dims dims = nn::getDims(x), kept;
  auto isOne = [&](int64_t axis) { return nn::getStatic(dims[axis]) == std::optional<int64_t>(1); };
  FailureOr<SmallVector<int64_t>> axes = SmallVector<int64_t>();
  if (*given) {
    axes = checkAxes(n, **given, dims.size());
    if (failed(axes))
      return failure();
  }
  for (int64_t axis : *axes)
    if (!isOne(axis))
      return n.fail("expected dimension " + llvm::Twine(axis) + " to be 1, but got " +
                    nn::dimsToString(dims[axis]));
  for (int64_t axis = 0; axis < int64_t(dims.size()); ++axis)
    if (*given ? !llvm::is_contained(*axes, axis) : !isOne(axis))
      kept.push_back(dims[axis]);
  n.out(0, reshapeTo(n, x, kept));
  return success();
}

static LogicalResult translateUnsqueeze(NodeImporter &n) {
  mlir::Value x = n.require(0);
  auto given = n.intsFrom("axes", 1);
  if (!x || failed(given))
    return failure();
  if (!*given)
    return n.fail("axes are missing");
  Dims dims = nn::getDims(x);
  FailureOr<SmallVector<int64_t>> axes = checkAxes(n, **given, dims.size() + (**given).size());
  if (failed(axes))
    return failure();
  llvm::sort(*axes);
  for (int64_t axis : *axes)
    dims.insert(dims.begin() + axis, dimOf(n, 1));
  n.out(0, reshapeTo(n, x, dims));
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose, Concat, Split
//===----------------------------------------------------------------------===//

static LogicalResult translateTranspose(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  SmallVector<int64_t> perm(nn::getRank(x));
  std::iota(perm.rbegin(), perm.rend(), 0);
  ArrayRef<int64_t> given = n.attrs.getInts("perm", perm);
  n.out(0, transposeOf(n, x, SmallVector<int64_t>(given)));
  return success();
}

static LogicalResult translateConcat(NodeImporter &n) {
  auto inputs = n.all();
  int64_t given = n.attrs.requireInt("axis");
  if (failed(inputs))
    return failure();
  if (inputs->empty())
    return n.fail("expected at least one operand");
  FailureOr<int64_t> axis = checkAxis(n, given, nn::getRank(inputs->front()));
  if (failed(axis))
    return failure();
  n.out(0, inputs->size() == 1 ? inputs->front() : n.create<nn::ConcatOp>(*inputs, n.attr("axis", *axis)));
  return success();
}

/// Extents of the parts of a Split along a dimension of extent `extent`.
static FailureOr<Dims> splitSizes(NodeImporter &n, nn::Dim extent) {
  int64_t count = n.numOutputs();
  if (n.attrs.has("split")) {
    Dims sizes;
    for (int64_t size : n.attrs.getInts("split", {}))
      sizes.push_back(dimOf(n, size));
    return sizes;
  }
  if (n.in(1))
    return n.dims(n.in(1), "split");
  int64_t parts = n.attrs.getInt("num_outputs", count);
  if (parts != count)
    return n.fail("expected as many outputs as num_outputs, but got " + llvm::Twine(count) + " and " +
                  llvm::Twine(parts));
  if (std::optional<int64_t> size = nn::getStatic(extent)) {
    if (n.opset() < 18 && *size % count)
      return n.fail("expected an extent divisible by " + llvm::Twine(count) + ", but got " +
                    llvm::Twine(*size));
    int64_t chunk = llvm::divideCeil(uint64_t(*size), uint64_t(count));
    Dims sizes(count, dimOf(n, chunk));
    sizes.back() = dimOf(n, *size - chunk * (count - 1));
    return sizes;
  }
  std::optional<nn::Dim> chunk = nn::divideDims({extent}, {dimOf(n, count)}, n.b.getContext());
  if (!chunk || !nn::sameDim(*chunk * count, extent))
    return n.fail("cannot tell that the extent " + nn::dimsToString(extent) + " is divisible by " +
                  llvm::Twine(count));
  return Dims(count, *chunk);
}

static LogicalResult translateSplit(NodeImporter &n) {
  mlir::Value x = n.require(0);
  int64_t given = n.attrs.getInt("axis", 0);
  if (!x)
    return failure();
  FailureOr<int64_t> axis = checkAxis(n, given, nn::getRank(x));
  if (failed(axis))
    return failure();
  Dims sizes = nn::getDims(x), starts(sizes.size(), dimOf(n, 0));
  nn::Dim extent = sizes[*axis];
  FailureOr<Dims> parts = splitSizes(n, extent);
  if (failed(parts))
    return failure();
  if (parts->size() != n.numOutputs())
    return n.fail("expected " + llvm::Twine(n.numOutputs()) + " split sizes, but got " +
                  llvm::Twine(parts->size()));
  std::optional<nn::Dim> sum = dimOf(n, 0);
  auto bounds = symbolBounds(n);
  for (nn::Dim part : *parts) {
    if (!nn::provablyAtLeast(part, 0, bounds))
      return n.fail("expected split sizes that are not negative, but got " + nn::dimsToString(part));
    sum = sum ? nn::addDims(*sum, part) : sum;
  }
  if (!sum || !nn::sameDim(*sum, extent))
    return n.fail("expected split sizes that add up to " + nn::dimsToString(extent) + ", but got " +
                  nn::dimsToString(*parts));
  SmallVector<int64_t> steps(sizes.size(), 1);
  for (size_t i = 0; i < parts->size(); ++i) {
    sizes[*axis] = (*parts)[i];
    if (n.wants(i))
      n.out(i, sliceOf(n, x, starts, sizes, steps));
    starts[*axis] = *nn::addDims(starts[*axis], (*parts)[i]);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {

/// ONNX's clamping of slices, on dimension expressions: each step must be decided for all symbol values.
class SliceResolver {
public:
  SliceResolver(NodeImporter &n) : n(n), bounds(symbolBounds(n)) {}

  /// Turns start:end:step along a dimension into start and size.
  LogicalResult resolve(nn::Dim extent, int64_t step, nn::Dim &start, nn::Dim end, nn::Dim &size) {
    nn::Dim low = dimOf(n, step > 0 ? 0 : -1), high = step > 0 ? extent : nn::simplifyDim(extent - 1);
    FailureOr<nn::Dim> first = clamp(start, extent, step > 0 ? low : dimOf(n, 0), high);
    FailureOr<nn::Dim> last = clamp(end, extent, low, high);
    if (failed(first) || failed(last))
      return failure();
    nn::Dim distance = nn::simplifyDim(step > 0 ? *last - *first : *first - *last);
    start = *first;
    if (atLeast(distance * -1, 0)) {
      size = dimOf(n, 0);
      start = dimOf(n, 0);
    } else if (atLeast(distance, 0)) {
      size = distance.ceilDiv(uint64_t(std::abs(step)));
    } else {
      return undecided(distance);
    }
    return success();
  }

private:
  bool atLeast(nn::Dim dim, int64_t bound) { return nn::provablyAtLeast(dim, bound, bounds); }

  LogicalResult undecided(nn::Dim dim) {
    return n.fail("the slice depends on " + nn::dimsToString(nn::simplifyDim(dim)) +
                  " being negative or not; bind the dimensions or narrow their bounds with --dim");
  }

  /// `position`, counted from the end if negative, clamped to [low, high].
  FailureOr<nn::Dim> clamp(nn::Dim position, nn::Dim extent, nn::Dim low, nn::Dim high) {
    // Extents are far smaller; sums with such a value cannot overflow.
    constexpr int64_t kFar = int64_t(1) << 60;
    if (std::optional<int64_t> value = nn::getStatic(position))
      position = dimOf(n, std::clamp(*value, -kFar, kFar));
    if (atLeast(position * -1, 1))
      position = position + extent;
    else if (!atLeast(position, 0))
      return undecided(position);
    // An empty dimension may leave nothing between the limits; then the lower one counts.
    if (atLeast(low - position, 0))
      return low;
    if (atLeast(position - high, 0))
      return high;
    if (atLeast(position - low, 0) && atLeast(high - position, 0))
      return nn::simplifyDim(position);
    return FailureOr<nn::Dim>(undecided(atLeast(position - low, 0) ? high - position : position - low));
  }

  NodeImporter &n;
  SmallVector<std::pair<int64_t, int64_t>> bounds;
};

} // namespace

static LogicalResult translateSlice(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  auto positions = [&](StringRef name, size_t i) -> FailureOr<Dims> {
    if (n.opset() >= 10)
      return n.dims(n.require(i), name);
    Dims dims;
    for (int64_t value : n.attrs.requireInts(name))
      dims.push_back(dimOf(n, value));
    return dims;
  };
  FailureOr<Dims> givenStarts = positions("starts", 1), givenEnds = positions("ends", 2);
  auto givenAxes = n.intsFrom("axes", 3);
  auto givenSteps = n.opset() >= 10 ? n.intsFrom("steps", 4) : std::optional<SmallVector<int64_t>>();
  if (failed(givenStarts) || failed(givenEnds) || failed(givenAxes) || failed(givenSteps))
    return failure();
  SmallVector<int64_t> range(givenStarts->size());
  std::iota(range.begin(), range.end(), 0);
  Dims sizes = nn::getDims(x), starts(sizes.size(), dimOf(n, 0));
  FailureOr<SmallVector<int64_t>> axes = checkAxes(n, givenAxes->value_or(range), sizes.size());
  SmallVector<int64_t> axisSteps = givenSteps->value_or(SmallVector<int64_t>(range.size(), 1));
  SmallVector<int64_t> steps(sizes.size(), 1);
  if (failed(axes))
    return failure();
  if (givenEnds->size() != range.size() || axes->size() != range.size() || axisSteps.size() != range.size())
    return n.fail("expected as many ends, axes and steps as starts, but got " +
                  llvm::Twine(givenEnds->size()) + ", " + llvm::Twine(axes->size()) + ", " +
                  llvm::Twine(axisSteps.size()) + " and " + llvm::Twine(range.size()));
  SliceResolver resolver(n);
  for (size_t i = 0; i < range.size(); ++i) {
    int64_t axis = (*axes)[i];
    // A step beyond any extent takes one element, as any other large one.
    steps[axis] = std::clamp<int64_t>(axisSteps[i], -(int64_t(1) << 40), int64_t(1) << 40);
    if (!steps[axis])
      return n.fail("expected steps other than 0");
    starts[axis] = (*givenStarts)[i];
    if (failed(resolver.resolve(sizes[axis], steps[axis], starts[axis], (*givenEnds)[i], sizes[axis])))
      return failure();
  }
  n.out(0, sliceOf(n, x, starts, sizes, steps));
  return success();
}

//===----------------------------------------------------------------------===//
// Pad, Expand, Tile
//===----------------------------------------------------------------------===//

static LogicalResult translatePad(NodeImporter &n) {
  mlir::Value x = n.require(0);
  StringRef mode = n.attrs.getString("mode", "constant");
  auto given = n.intsFrom("pads", 1);
  auto givenAxes = n.opset() >= 18 ? n.intsFrom("axes", 3) : std::optional<SmallVector<int64_t>>();
  if (!x || failed(given) || failed(givenAxes))
    return failure();
  if (!*given)
    return n.fail("pads are missing");
  int64_t rank = nn::getRank(x);
  SmallVector<int64_t> range(rank);
  std::iota(range.begin(), range.end(), 0);
  FailureOr<SmallVector<int64_t>> axes = checkAxes(n, givenAxes->value_or(range), rank);
  if (failed(axes))
    return failure();
  if ((*given)->size() != 2 * axes->size())
    return n.fail("expected " + llvm::Twine(2 * axes->size()) + " pads, but got " +
                  llvm::Twine((*given)->size()));
  SmallVector<int64_t> pads(2 * rank, 0);
  for (size_t i = 0; i < axes->size(); ++i) {
    pads[(*axes)[i]] = (**given)[i];
    pads[rank + (*axes)[i]] = (**given)[axes->size() + i];
  }
  mlir::Value value;
  if (n.opset() < 11) {
    double fill = n.attrs.getFloat("value", 0);
    if (mode == "constant")
      value = n.scalar(nn::getElementType(x), fill);
  } else if (mode == "constant") {
    value = asScalar(n, n.in(2));
  }
  n.out(0, n.create<nn::PadOp>({x, value}, {n.attr("pads", ArrayRef<int64_t>(pads)), n.attr("mode", mode)}));
  return success();
}

static LogicalResult translateExpand(NodeImporter &n) {
  mlir::Value x = n.require(0);
  FailureOr<Dims> shape = n.dims(n.require(1), "shape");
  if (!x || failed(shape))
    return failure();
  FailureOr<Dims> dims = nn::broadcastDims(nn::getDims(x), *shape);
  if (failed(dims))
    return n.fail("expected shapes that broadcast, but got " + nn::dimsToString(nn::getDims(x)) + " and " +
                  nn::dimsToString(*shape));
  n.out(0, broadcastTo(n, x, *dims));
  return success();
}

static LogicalResult translateTile(NodeImporter &n) {
  mlir::Value x = n.require(0);
  FailureOr<Dims> repeats = n.dims(n.require(1), "repeats");
  if (!x || failed(repeats))
    return failure();
  n.out(0, n.create<nn::TileOp>({x},
                                n.attr("repeats", AffineMapAttr(nn::shapeMap(*repeats, n.b.getContext())))));
  return success();
}

//===----------------------------------------------------------------------===//
// DepthToSpace, SpaceToDepth, CenterCropPad
//===----------------------------------------------------------------------===//

/// Operand and attributes of the two: N, C, H and W, the block size, and whether the mode is DCR.
static FailureOr<Dims> blockOperand(NodeImporter &n, mlir::Value &x, int64_t &block, bool &depthFirst) {
  x = n.require(0);
  block = n.attrs.requireInt("blocksize");
  StringRef mode = n.attrs.getString("mode", "DCR");
  if (!x)
    return failure();
  if (mode != "DCR" && mode != "CRD")
    return n.fail("expected mode DCR or CRD, but got " + quoted(mode));
  depthFirst = mode == "DCR";
  if (block < 1 || block > INT32_MAX)
    return n.fail("expected a block size of at least 1, but got " + llvm::Twine(block));
  Dims dims = nn::getDims(x);
  if (dims.size() != 4)
    return n.fail("expected an operand of 4 dimensions, but got " + llvm::Twine(dims.size()));
  return dims;
}

static FailureOr<nn::Dim> divideExactly(NodeImporter &n, nn::Dim dim, int64_t divisor) {
  std::optional<nn::Dim> quotient = nn::divideDims({dim}, {dimOf(n, divisor)}, n.b.getContext());
  if (!quotient || !nn::sameDim(*quotient * divisor, dim))
    return n.fail("expected an extent divisible by " + llvm::Twine(divisor) + ", but got " +
                  nn::dimsToString(dim));
  return *quotient;
}

static LogicalResult translateDepthToSpace(NodeImporter &n) {
  mlir::Value x;
  int64_t block;
  bool depthFirst;
  FailureOr<Dims> dims = blockOperand(n, x, block, depthFirst);
  if (failed(dims))
    return failure();
  FailureOr<nn::Dim> depth = divideExactly(n, (*dims)[1], block * block);
  std::optional<nn::Dim> height = nn::mulDims((*dims)[2], dimOf(n, block)),
                         width = nn::mulDims((*dims)[3], dimOf(n, block));
  if (failed(depth) || !height || !width)
    return failed(depth) ? failure() : n.fail("the extents of the result overflow");
  nn::Dim b = dimOf(n, block);
  Dims split = {(*dims)[0], b, b, *depth, (*dims)[2], (*dims)[3]};
  if (!depthFirst)
    split = {(*dims)[0], *depth, b, b, (*dims)[2], (*dims)[3]};
  SmallVector<int64_t> perm = {0, 3, 4, 1, 5, 2};
  if (!depthFirst)
    perm = {0, 1, 4, 2, 5, 3};
  mlir::Value y = transposeOf(n, reshapeTo(n, x, split), perm);
  n.out(0, reshapeTo(n, y, {(*dims)[0], *depth, *height, *width}));
  return success();
}

static LogicalResult translateSpaceToDepth(NodeImporter &n) {
  mlir::Value x;
  int64_t block;
  bool depthFirst;
  FailureOr<Dims> dims = blockOperand(n, x, block, depthFirst);
  if (failed(dims))
    return failure();
  FailureOr<nn::Dim> height = divideExactly(n, (*dims)[2], block),
                     width = divideExactly(n, (*dims)[3], block);
  std::optional<nn::Dim> depth = nn::mulDims((*dims)[1], dimOf(n, block * block));
  if (failed(height) || failed(width) || !depth)
    return failed(height) || failed(width) ? failure() : n.fail("the extents of the result overflow");
  nn::Dim b = dimOf(n, block);
  SmallVector<int64_t> perm = {0, 3, 5, 1, 2, 4};
  if (!depthFirst)
    perm = {0, 1, 3, 5, 2, 4};
  mlir::Value y = transposeOf(n, reshapeTo(n, x, {(*dims)[0], (*dims)[1], *height, b, *width, b}), perm);
  n.out(0, reshapeTo(n, y, {(*dims)[0], *depth, *height, *width}));
  return success();
}

/// Crops and pads around the center: the odd element is cut, or added, at the end.
static LogicalResult translateCenterCropPad(NodeImporter &n) {
  mlir::Value x = n.require(0);
  FailureOr<SmallVector<int64_t>> shape = n.ints(n.require(1), "shape");
  if (!x || failed(shape))
    return failure();
  Dims dims = nn::getDims(x);
  int64_t rank = dims.size();
  SmallVector<int64_t> range(rank);
  std::iota(range.begin(), range.end(), 0);
  FailureOr<SmallVector<int64_t>> axes =
      checkAxes(n, SmallVector<int64_t>(n.attrs.getInts("axes", range)), rank);
  if (failed(axes))
    return failure();
  if (axes->size() != shape->size())
    return n.fail("expected " + llvm::Twine(axes->size()) + " extents, but got " +
                  llvm::Twine(shape->size()));
  // One nn.pad does both: its negative pads remove elements.
  SmallVector<int64_t> pads(2 * rank, 0);
  for (auto [axis, wanted] : llvm::zip(*axes, *shape)) {
    std::optional<int64_t> extent = nn::getStatic(dims[axis]);
    if (!extent || wanted < 0 || wanted > (int64_t(1) << 40))
      return n.fail("expected a static extent to crop or pad to a size that is not negative, but got " +
                    nn::dimsToString(dims[axis]) + " and " + llvm::Twine(wanted));
    int64_t cut = std::max<int64_t>(*extent - wanted, 0), added = std::max<int64_t>(wanted - *extent, 0);
    pads[axis] = added / 2 - cut / 2;
    pads[rank + axis] = (added - added / 2) - (cut - cut / 2);
  }
  n.out(0, n.create<nn::PadOp>({x, mlir::Value()}, {n.attr("pads", ArrayRef<int64_t>(pads)),
                                                    n.attr("mode", StringRef("constant"))}));
  return success();
}

void onnx_import::populateMovement(Translators &translators) {
  translators.add("Reshape", translateReshape);
  translators.add("Flatten", translateFlatten);
  translators.add("Squeeze", translateSqueeze);
  translators.add("Unsqueeze", translateUnsqueeze);
  translators.add("Transpose", translateTranspose);
  translators.add("Concat", translateConcat);
  translators.add("Split", translateSplit);
  translators.add("Slice", translateSlice);
  translators.add("Pad", translatePad);
  translators.add("Expand", translateExpand);
  translators.add("Tile", translateTile);
  translators.add("DepthToSpace", translateDepthToSpace);
  translators.add("SpaceToDepth", translateSpaceToDepth);
  translators.add("CenterCropPad", translateCenterCropPad);
}
