#include "dialects/NN/Selection.h"
#include "lib/Import/MovementHelpers.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;
using nn::Dims;

/// A symbol for a count of at most `limits` (the smallest counts), and its attribute.
static FailureOr<NamedAttribute> countSymbol(NodeImporter &n, ArrayRef<std::optional<nn::Dim>> limits) {
  auto bounds = symbolBounds(n);
  std::optional<int64_t> most;
  for (std::optional<nn::Dim> limit : limits)
    if (auto range = limit ? nn::getBounds(*limit, bounds) : std::nullopt)
      most = std::min(most.value_or(range->second), range->second);
  if (!most)
    return n.fail("the size of the result has no bound");
  const auto *name = llvm::find_if(n.node.outputs(), [](StringRef output) { return !output.empty(); });
  nn::Dim symbol =
      n.dataSymbol(name == n.node.outputs().end() ? StringRef("count") : *name, std::max<int64_t>(*most, 0));
  return n.attr("symbol", int64_t(cast<AffineSymbolExpr>(symbol).getPosition()));
}

static LogicalResult translateNonZero(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  if (std::optional<HostTensor> value = n.ifConstant(x)) {
    n.out(0, n.constant(nn::nonZero(*value)));
    return success();
  }
  auto symbol = countSymbol(n, nn::productDims(nn::getDims(x), n.b.getContext()));
  if (failed(symbol))
    return failure();
  n.out(0, n.create<nn::NonZeroOp>({x}, *symbol));
  return success();
}

/// The attribute `axis`, absent by default, and the number of slices along it.
static FailureOr<std::optional<int64_t>> sliceAxis(NodeImporter &n, mlir::Value x,
                                                   std::optional<nn::Dim> &count) {
  Dims dims = nn::getDims(x);
  if (!n.attrs.has("axis")) {
    count = nn::productDims(dims, n.b.getContext());
    return std::optional<int64_t>();
  }
  FailureOr<int64_t> axis = checkAxis(n, n.attrs.getInt("axis", 0), dims.size());
  if (failed(axis))
    return failure();
  count = dims[*axis];
  return std::optional<int64_t>(*axis);
}

static LogicalResult translateCompress(NodeImporter &n) {
  mlir::Value x = n.require(0), condition = n.require(1);
  if (!x || !condition)
    return failure();
  std::optional<nn::Dim> count;
  FailureOr<std::optional<int64_t>> axis = sliceAxis(n, x, count);
  if (failed(axis))
    return failure();
  std::optional<HostTensor> values = n.ifConstant(x), chosen = n.ifConstant(condition);
  if (values && chosen && chosen->rank() == 1 && chosen->elementType().isInteger(1)) {
    n.out(0, n.constant(nn::compress(*values, *chosen, *axis)));
    return success();
  }
  std::optional<nn::Dim> length;
  if (nn::getRank(condition) == 1)
    length = nn::getDims(condition)[0];
  auto symbol = countSymbol(n, {count, length});
  if (failed(symbol))
    return failure();
  SmallVector<NamedAttribute> attributes = {*symbol};
  if (*axis)
    attributes.push_back(n.attr("axis", **axis));
  n.out(0, n.create<nn::CompressOp>({x, condition}, attributes));
  return success();
}

static LogicalResult translateUnique(NodeImporter &n) {
  mlir::Value x = n.require(0);
  bool sorted = n.attrs.getInt("sorted", 1) != 0;
  if (!x)
    return failure();
  std::optional<nn::Dim> count;
  FailureOr<std::optional<int64_t>> axis = sliceAxis(n, x, count);
  if (failed(axis))
    return failure();
  if (std::optional<HostTensor> values = n.ifConstant(x)) {
    for (auto [i, result] : llvm::enumerate(nn::unique(*values, *axis, sorted)))
      if (n.wants(i))
        n.out(i, n.constant(result));
    return success();
  }
  auto symbol = countSymbol(n, count);
  if (failed(symbol))
    return failure();
  SmallVector<NamedAttribute> attributes = {*symbol, n.attr("sorted", sorted)};
  if (*axis)
    attributes.push_back(n.attr("axis", **axis));
  for (auto [i, result] : llvm::enumerate(n.createMulti<nn::UniqueOp>({x}, attributes, 4)))
    n.out(i, result);
  return success();
}

static LogicalResult translateNonMaxSuppression(NodeImporter &n) {
  mlir::Value boxes = n.require(0), scores = n.require(1);
  bool center = n.attrs.getInt("center_point_box", 0) != 0;
  FailureOr<int64_t> most =
      n.in(2) ? n.scalarInt(n.in(2), "max_output_boxes_per_class") : FailureOr<int64_t>(0);
  if (!boxes || !scores || failed(most))
    return failure();
  mlir::Value iou = n.in(3) ? asScalar(n, n.in(3)) : n.scalar(n.b.getF32Type(), 0);
  mlir::Value score = asScalar(n, n.in(4));
  std::optional<nn::Dim> all, limited;
  Dims dims = nn::getDims(scores);
  *most = std::max<int64_t>(*most, 0);
  if (dims.size() == 3) {
    all = nn::productDims(dims, n.b.getContext());
    limited = nn::productDims({dims[0], dims[1], dimOf(n, *most)}, n.b.getContext());
  }
  auto symbol = countSymbol(n, {all, limited});
  if (failed(symbol))
    return failure();
  n.out(0, n.create<nn::NonMaxSuppressionOp>(
               {boxes, scores, iou, score},
               {n.attr("max_boxes", *most), n.attr("center_point", center), *symbol}));
  return success();
}

void onnx_import::populateSelection(Translators &translators) {
  translators.add("NonZero", translateNonZero);
  translators.add("Compress", translateCompress);
  translators.add("Unique", translateUnique);
  translators.add("NonMaxSuppression", translateNonMaxSuppression);
}
