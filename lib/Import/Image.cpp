#include "lib/Import/MovementHelpers.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;
using nn::Dims;

namespace {

/// How Resize computes, from its attributes.
struct ResizeMode {
  StringRef mode, coordinates, nearest;
  double cubicA = -0.75, extrapolation = 0;
  bool excludeOutside = false, antialias = false;
};

/// One axis of a Resize.
struct ResizeAxis {
  int64_t from, to;
  double scale;
  double roiStart = 0, roiEnd = 1;
};

/// Which elements an element of the result is made of, with which weights, along one axis.
struct ResizeTable {
  int64_t taps = 0;
  SmallVector<int64_t> indices; // to x taps
  SmallVector<double> weights;  // to x taps
  SmallVector<double> offsets;  // to
  bool hasOffsets = false;
};

} // namespace

/// Tables beyond this size are refused: a scale near zero would make kernels of any width.
static constexpr int64_t kMaxTable = int64_t(1) << 24;

/// The point in the operand that element `i` of the result is at.
static double sourcePoint(const ResizeMode &mode, const ResizeAxis &axis, int64_t i) {
  double from = double(axis.from), to = axis.scale * from, x = double(i);
  if (mode.coordinates == "align_corners")
    return to == 1 ? 0 : x * (from - 1) / (to - 1);
  if (mode.coordinates == "asymmetric")
    return x / axis.scale;
  if (mode.coordinates == "tf_crop_and_resize") {
    double size = (axis.roiEnd - axis.roiStart) * (from - 1);
    return (to == 1 ? size / 2 : x * size / (to - 1)) + axis.roiStart * (from - 1);
  }
  if (mode.coordinates == "pytorch_half_pixel" && to == 1)
    return -0.5;
  double offset = 0;
  if (mode.coordinates == "half_pixel_symmetric")
    offset = from / 2 * (1 - double(axis.to) / to);
  return offset + (x + 0.5) / axis.scale - 0.5;
}

/// Cubic convolution kernel (Keys 1981) with parameter `a`.
static double cubicKernel(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// Weight of the element at `distance` from the point, before normalisation. Antialiasing widens the kernel
/// by 1 / scale when the result is smaller.
static double kernelWeight(const ResizeMode &mode, double distance) {
  return mode.mode == "cubic" ? cubicKernel(distance, mode.cubicA) : std::max(1 - std::abs(distance), 0.0);
}

/// Index of the nearest element by the rounding rule.
static double nearestIndex(StringRef rule, double x) {
  double below = std::floor(x), fraction = x - below;
  if (fraction == 0 || rule == "floor")
    return below;
  bool up = rule == "ceil" || fraction > 0.5 || (fraction == 0.5 && rule == "round_prefer_ceil");
  return up ? below + 1 : below;
}

static FailureOr<ResizeTable> resizeTable(NodeImporter &n, const ResizeMode &mode, const ResizeAxis &axis) {
  ResizeTable table;
  bool isNearest = mode.mode == "nearest";
  double stretch = mode.antialias ? std::min(axis.scale, 1.0) : 1.0, radius = mode.mode == "cubic" ? 2 : 1;
  double reach = std::floor(-radius / stretch) + 1;
  if (reach < -double(kMaxTable))
    return n.fail("the scale " + std::to_string(axis.scale) + " is too small");
  int64_t first = int64_t(reach);
  table.taps = isNearest ? 1 : 2 - 2 * first;
  if (axis.to > kMaxTable / table.taps)
    return n.fail("a resize of this size is not supported");
  for (int64_t i = 0; i < axis.to; ++i) {
    double x = sourcePoint(mode, axis, i);
    if (!std::isfinite(x))
      return n.fail("the scale " + std::to_string(axis.scale) + " has no definite source points");
    // Where TensorFlow's crop leaves the image.
    bool outside = mode.coordinates == "tf_crop_and_resize" && (x < 0 || x > double(axis.from - 1));
    table.hasOffsets |= outside;
    table.offsets.push_back(outside ? mode.extrapolation : 0);
    x = std::clamp(x, -double(kMaxTable), double(axis.from) + double(kMaxTable));
    if (isNearest) {
      table.indices.push_back(std::clamp<int64_t>(int64_t(nearestIndex(mode.nearest, x)), 0, axis.from - 1));
      table.weights.push_back(outside ? 0 : 1);
      continue;
    }
    // At an element, the kernel is centered one to the left, as ONNX has it.
    double base = std::ceil(x) - 1, sum = 0;
    size_t begin = table.weights.size();
    for (int64_t k = first; k < first + table.taps; ++k) {
      int64_t index = int64_t(base) + k;
      bool excluded = mode.excludeOutside && (index < 0 || index >= axis.from);
      double weight = excluded ? 0 : kernelWeight(mode, (double(index) - x) * stretch);
      sum += weight;
      table.indices.push_back(std::clamp<int64_t>(index, 0, axis.from - 1));
      table.weights.push_back(weight);
    }
    bool normalise = (mode.antialias || mode.excludeOutside) && sum != 0;
    for (double &weight : MutableArrayRef(table.weights).drop_front(begin))
      weight = outside ? 0 : normalise ? weight / sum : weight;
  }
  return table;
}

/// Resizes along one axis. Nearest elements are gathered, the rest are weighted sums.
static mlir::Value resizeAlong(NodeImporter &n, mlir::Value x, int64_t axis, const ResizeTable &table,
                               bool isNearest) {
  int64_t rows = table.offsets.size();
  if (isNearest && !table.hasOffsets)
    return n.create<nn::GatherOp>({x, n.intTensor(table.indices)}, n.attr("axis", axis));
  Type element = nn::getElementType(x);
  // Narrow where they can be, so that vectors of them are as long as those of what they select.
  bool narrow = llvm::all_of(table.indices, [](int64_t index) { return index <= INT32_MAX; });
  HostTensor indices(n.b.getIntegerType(narrow ? 32 : 64), {rows, table.taps}),
      weights(element, {rows, table.taps}), offsets(element, {rows});
  for (int64_t i = 0; i < indices.size(); ++i) {
    indices.setI(i, table.indices[i]);
    weights.setF(i, table.weights[i]);
  }
  for (int64_t i = 0; i < rows; ++i)
    offsets.setF(i, table.offsets[i]);
  mlir::Value offset = table.hasOffsets ? n.constant(offsets) : mlir::Value();
  return n.create<nn::InterpolateOp>({x, n.constant(indices), n.constant(weights), offset},
                                     n.attr("axis", axis));
}

/// The operand, or null if it is absent or empty.
static mlir::Value nonEmpty(NodeImporter &n, size_t i) {
  mlir::Value value = n.in(i);
  return value && nn::getDims(value) != Dims{dimOf(n, 0)} ? value : mlir::Value();
}

static FailureOr<SmallVector<double>> doubles(NodeImporter &n, mlir::Value value, StringRef what) {
  FailureOr<HostTensor> tensor = n.constant(value, what);
  if (failed(tensor))
    return failure();
  SmallVector<double> values;
  for (int64_t i = 0; i < tensor->size(); ++i)
    values.push_back(tensor->getF(i));
  return values;
}

/// What an axis needs: nullopt if it stays as it is.
using AxisPlans = SmallVector<std::optional<ResizeAxis>>;

static LogicalResult planScales(NodeImporter &n, ArrayRef<double> scales, const Dims &dims,
                                ArrayRef<int64_t> axes, bool isCrop, AxisPlans &plans) {
  if (scales.size() != axes.size())
    return n.fail("expected " + llvm::Twine(axes.size()) + " scales, but got " + llvm::Twine(scales.size()));
  for (auto [axis, scale] : llvm::zip(axes, scales)) {
    if (!(scale > 0) || scale > 1e9)
      return n.fail("expected positive scales, but got " + std::to_string(scale));
    std::optional<int64_t> from = nn::getStatic(dims[axis]);
    if (scale == 1 && !isCrop)
      continue;
    if (!from)
      return n.fail("expected a static extent to resize, but got " + nn::dimsToString(dims[axis]) +
                    "; bind the dimension with --dim");
    plans[axis] = ResizeAxis{*from, int64_t(scale * double(*from)), scale};
  }
  return success();
}

static LogicalResult planSizes(NodeImporter &n, const Dims &sizes, const Dims &dims, ArrayRef<int64_t> axes,
                               StringRef policy, bool isCrop, AxisPlans &plans) {
  if (sizes.size() != axes.size())
    return n.fail("expected " + llvm::Twine(axes.size()) + " sizes, but got " + llvm::Twine(sizes.size()));
  std::optional<double> common;
  for (auto [axis, size] : llvm::zip(axes, sizes)) {
    if (nn::sameDim(size, dims[axis]) && !isCrop && policy == "stretch")
      continue;
    std::optional<int64_t> from = nn::getStatic(dims[axis]), to = nn::getStatic(size);
    if (!from || !to || *to < 0 || *to > (int64_t(1) << 40) || (*from == 0 && *to != 0))
      return n.fail("expected a static extent to resize and a size, but got " + nn::dimsToString(dims[axis]) +
                    " and " + nn::dimsToString(size));
    double scale = *from ? double(*to) / double(*from) : 1;
    plans[axis] = ResizeAxis{*from, *to, scale};
    common = !common ? scale : policy == "not_larger" ? std::min(*common, scale) : std::max(*common, scale);
  }
  if (policy == "stretch")
    return success();
  if (policy != "not_larger" && policy != "not_smaller")
    return n.fail("expected keep_aspect_ratio_policy stretch, not_larger or not_smaller, but got " +
                  quoted(policy));
  for (int64_t axis : axes) {
    plans[axis]->scale = *common;
    plans[axis]->to = int64_t(std::floor(*common * double(plans[axis]->from) + 0.5));
  }
  return success();
}

/// Applies the plans, axis by axis. Half floats and integers are computed in floats of more precision.
static LogicalResult resizeAll(NodeImporter &n, mlir::Value x, const ResizeMode &mode,
                               const AxisPlans &plans) {
  Type element = nn::getElementType(x), wide = n.b.getF32Type();
  if (element.isF64() || (isa<IntegerType>(element) && element.getIntOrFloatBitWidth() > 16))
    wide = n.b.getF64Type();
  mlir::Value y = x;
  for (auto [axis, plan] : llvm::enumerate(plans)) {
    if (!plan)
      continue;
    FailureOr<ResizeTable> table = resizeTable(n, mode, *plan);
    if (failed(table))
      return failure();
    bool isNearest = mode.mode == "nearest";
    if ((!isNearest || table->hasOffsets) && y && nn::getElementType(y) != wide)
      y = n.create<nn::CastOp>({y}, n.attr("to", TypeAttr::get(wide)));
    if (!y)
      return failure();
    y = resizeAlong(n, y, axis, *table, isNearest);
  }
  if (y && nn::getElementType(y) != element) {
    if (isa<IntegerType>(element))
      y = n.create<nn::RoundOp>({y});
    y = n.create<nn::CastOp>({y}, n.attr("to", TypeAttr::get(element)));
  }
  n.out(0, y);
  return success();
}

static LogicalResult translateResize(NodeImporter &n) {
  mlir::Value x = n.require(0);
  ResizeMode mode;
  mode.mode = n.attrs.getString("mode", "nearest");
  // Version 10 knows scales only, and one rule.
  bool isOld = n.opset() < 11;
  mode.coordinates = isOld ? "asymmetric" : n.attrs.getString("coordinate_transformation_mode", "half_pixel");
  mode.nearest = isOld ? "floor" : n.attrs.getString("nearest_mode", "round_prefer_floor");
  mode.cubicA = n.attrs.getFloat("cubic_coeff_a", -0.75f);
  mode.extrapolation = n.attrs.getFloat("extrapolation_value", 0);
  mode.excludeOutside = n.attrs.getInt("exclude_outside", 0) != 0;
  mode.antialias = n.attrs.getInt("antialias", 0) != 0;
  StringRef policy = n.attrs.getString("keep_aspect_ratio_policy", "stretch");
  if (!x)
    return failure();
  if (mode.mode == "bilinear")
    mode.mode = "linear";
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, mode.mode))
    return n.fail("expected mode nearest, linear or cubic, but got " + quoted(mode.mode));
  if (!llvm::is_contained({"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                           "asymmetric", "tf_crop_and_resize"},
                          mode.coordinates))
    return n.fail("the coordinate transformation " + quoted(mode.coordinates) + " is not supported");
  if (!llvm::is_contained({"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}, mode.nearest))
    return n.fail("expected a nearest_mode round_prefer_floor, round_prefer_ceil, floor or ceil, but got " +
                  quoted(mode.nearest));
  if (mode.antialias && mode.mode == "nearest")
    return n.fail("antialiasing is not defined for mode nearest");
  Dims dims = nn::getDims(x);
  SmallVector<int64_t> range = llvm::to_vector(llvm::seq<int64_t>(0, dims.size()));
  FailureOr<SmallVector<int64_t>> axes =
      checkAxes(n, SmallVector<int64_t>(n.attrs.getInts("axes", range)), dims.size());
  if (failed(axes))
    return failure();
  bool isCrop = mode.coordinates == "tf_crop_and_resize";
  mlir::Value scales = nonEmpty(n, isOld ? 1 : 2), sizes = isOld ? mlir::Value() : nonEmpty(n, 3);
  AxisPlans plans(dims.size());
  if (bool(scales) == bool(sizes))
    return n.fail("expected either scales or sizes");
  if (scales) {
    FailureOr<SmallVector<double>> values = doubles(n, scales, "scales");
    if (failed(values) || failed(planScales(n, *values, dims, *axes, isCrop, plans)))
      return failure();
  } else {
    FailureOr<Dims> values = n.dims(sizes, "sizes");
    if (failed(values) || failed(planSizes(n, *values, dims, *axes, policy, isCrop, plans)))
      return failure();
  }
  if (isCrop) {
    FailureOr<SmallVector<double>> roi = doubles(n, n.require(1), "roi");
    if (failed(roi))
      return failure();
    if (roi->size() != 2 * axes->size())
      return n.fail("expected " + llvm::Twine(2 * axes->size()) + " elements of roi, but got " +
                    llvm::Twine(roi->size()));
    for (auto [i, axis] : llvm::enumerate(*axes)) {
      plans[axis]->roiStart = (*roi)[i];
      plans[axis]->roiEnd = (*roi)[axes->size() + i];
      if (plans[axis]->scale == 1 && plans[axis]->to == plans[axis]->from && (*roi)[i] == 0 &&
          (*roi)[axes->size() + i] == 1)
        plans[axis].reset();
    }
  }
  // Copying an axis one to one needs no table.
  for (std::optional<ResizeAxis> &plan : plans)
    if (plan && !isCrop && plan->to == plan->from && plan->scale == 1)
      plan.reset();
  return resizeAll(n, x, mode, plans);
}

/// Upsample is Resize without choices.
static LogicalResult translateUpsample(NodeImporter &n) {
  mlir::Value x = n.require(0);
  ResizeMode mode;
  mode.mode = n.attrs.getString("mode", "nearest");
  mode.coordinates = "asymmetric";
  mode.nearest = "floor";
  if (!x)
    return failure();
  if (mode.mode == "bilinear")
    mode.mode = "linear";
  if (mode.mode != "nearest" && mode.mode != "linear")
    return n.fail("expected mode nearest or linear, but got " + quoted(mode.mode));
  FailureOr<SmallVector<double>> scales = SmallVector<double>();
  if (n.opset() < 9) {
    if (!n.attrs.has("scales"))
      return n.fail("expected the attribute 'scales'");
    for (float scale : n.attrs.getFloats("scales", {}))
      scales->push_back(scale);
  } else {
    scales = doubles(n, n.require(1), "scales");
  }
  if (failed(scales))
    return failure();
  Dims dims = nn::getDims(x);
  AxisPlans plans(dims.size());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, dims.size()));
  if (failed(planScales(n, *scales, dims, axes, /*isCrop=*/false, plans)))
    return failure();
  return resizeAll(n, x, mode, plans);
}

static LogicalResult translateGridSample(NodeImporter &n) {
  mlir::Value x = n.require(0), grid = n.require(1);
  StringRef mode = n.attrs.getString("mode", "linear"), padding = n.attrs.getString("padding_mode", "zeros");
  bool align = n.attrs.getInt("align_corners", 0) != 0;
  if (!x || !grid)
    return failure();
  // The names before version 20.
  if (mode == "bilinear")
    mode = "linear";
  if (mode == "bicubic")
    mode = "cubic";
  n.out(0, n.create<nn::GridSampleOp>({x, grid}, {n.attr("mode", mode), n.attr("padding", padding),
                                                  n.attr("align_corners", align)}));
  return success();
}

static LogicalResult translateRoiAlign(NodeImporter &n) {
  mlir::Value x = n.require(0), regions = n.require(1), batches = n.require(2);
  StringRef mode = n.attrs.getString("mode", "avg");
  StringRef coordinates = n.opset() < 16 ? "output_half_pixel"
                                         : n.attrs.getString("coordinate_transformation_mode", "half_pixel");
  int64_t height = n.attrs.getInt("output_height", 1), width = n.attrs.getInt("output_width", 1);
  int64_t ratio = n.attrs.getInt("sampling_ratio", 0);
  double scale = n.attrs.getFloat("spatial_scale", 1);
  if (!x || !regions || !batches)
    return failure();
  if (coordinates != "half_pixel" && coordinates != "output_half_pixel")
    return n.fail("expected coordinate_transformation_mode half_pixel or output_half_pixel, but got " +
                  quoted(coordinates));
  n.out(0, n.create<nn::RoiAlignOp>({x, regions, batches},
                                    {n.attr("mode", mode), n.attr("height", height), n.attr("width", width),
                                     n.attr("sampling_ratio", ratio), n.attr("spatial_scale", scale),
                                     n.attr("half_pixel", coordinates == "half_pixel")}));
  return success();
}

void onnx_import::populateImage(Translators &translators) {
  translators.add("Resize", translateResize);
  translators.add("Upsample", translateUpsample);
  translators.add("GridSample", translateGridSample);
  translators.add("RoiAlign", translateRoiAlign);
}
