#include "lib/Import/Translate.h"

using namespace mlir;
using namespace tenon;
using nn::ReduceKind;
using nn::SoftmaxKind;
using onnx_import::NodeImporter;
using onnx_import::Translators;

/// `axis` made non-negative.
static FailureOr<int64_t> positiveAxis(NodeImporter &n, int64_t axis, int64_t rank) {
  if (std::optional<int64_t> result = nn::normalizeAxis(axis, rank))
    return *result;
  return n.fail("expected an axis in [" + Twine(-rank) + ", " + Twine(rank) + "), but got " + Twine(axis));
}

/// ReduceSum and its kin. Axes are an attribute in older operator sets and an operand in newer ones.
static LogicalResult importReduce(NodeImporter &n, ReduceKind kind) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  FailureOr<std::optional<SmallVector<int64_t>>> given = n.intsFrom("axes", 1);
  bool keepdims = n.attrs.getInt("keepdims", 1) != 0;
  bool noop = n.attrs.getInt("noop_with_empty_axes", 0) != 0;
  if (failed(given))
    return failure();
  int64_t rank = nn::getRank(x);
  SmallVector<int64_t> axes;
  if (*given)
    for (int64_t axis : **given) {
      FailureOr<int64_t> positive = positiveAxis(n, axis, rank);
      if (failed(positive))
        return failure();
      axes.push_back(*positive);
    }
  llvm::sort(axes);
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return n.fail("expected distinct axes, but got one twice");
  if (axes.empty() && !noop)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  n.out(0,
        n.create<nn::ReduceOp>({x}, {n.attr("kind", nn::ReduceKindAttr::get(n.b.getContext(), kind)),
                                     n.attr("axes", ArrayRef<int64_t>(axes)), n.attr("keepdims", keepdims)}));
  return success();
}

static LogicalResult importArgReduce(NodeImporter &n, bool min) {
  mlir::Value x = n.require(0);
  int64_t axis = n.attrs.getInt("axis", 0);
  bool keepdims = n.attrs.getInt("keepdims", 1) != 0, last = n.attrs.getInt("select_last_index", 0) != 0;
  if (!x)
    return failure();
  FailureOr<int64_t> positive = positiveAxis(n, axis, nn::getRank(x));
  if (failed(positive))
    return failure();
  n.out(0, n.create<nn::ArgReduceOp>({x}, {n.attr("axis", *positive), n.attr("min", min),
                                           n.attr("keepdims", keepdims), n.attr("select_last", last)}));
  return success();
}

static mlir::Value createSoftmax(NodeImporter &n, mlir::Value x, SoftmaxKind kind, ArrayRef<int64_t> axes) {
  return n.create<nn::SoftmaxOp>(
      {x}, {n.attr("kind", nn::SoftmaxKindAttr::get(n.b.getContext(), kind)), n.attr("axes", axes)});
}

/// Before operator set 13, the operand counts as a matrix whose rows are all dimensions from `axis` on.
static LogicalResult importSoftmax(NodeImporter &n, SoftmaxKind kind) {
  mlir::Value x = n.require(0);
  bool flattens = n.opset() < 13;
  int64_t axis = n.attrs.getInt("axis", flattens ? 1 : -1);
  if (!x)
    return failure();
  int64_t rank = nn::getRank(x);
  FailureOr<int64_t> positive = positiveAxis(n, axis, rank);
  if (failed(positive))
    return failure();
  n.out(0, createSoftmax(n, x, kind,
                         llvm::to_vector(llvm::seq<int64_t>(*positive, flattens ? rank : *positive + 1))));
  return success();
}

static LogicalResult importCumulative(NodeImporter &n, bool product) {
  mlir::Value x = n.require(0);
  bool exclusive = n.attrs.getInt("exclusive", 0) != 0, reverse = n.attrs.getInt("reverse", 0) != 0;
  FailureOr<int64_t> axis = n.scalarInt(n.require(1), "axis");
  if (!x || failed(axis))
    return failure();
  FailureOr<int64_t> positive = positiveAxis(n, *axis, nn::getRank(x));
  if (failed(positive))
    return failure();
  n.out(0, n.create<nn::CumulativeOp>({x}, {n.attr("axis", *positive), n.attr("product", product),
                                            n.attr("exclusive", exclusive), n.attr("reverse", reverse)}));
  return success();
}

static LogicalResult importTopK(NodeImporter &n) {
  mlir::Value x = n.require(0);
  int64_t axis = n.attrs.getInt("axis", -1);
  bool largest = n.attrs.getInt("largest", 1) != 0;
  // What is sorted is also a valid answer where the order does not matter.
  n.attrs.ignore("sorted");
  FailureOr<int64_t> k =
      n.opset() < 10 ? FailureOr<int64_t>(n.attrs.requireInt("k")) : n.scalarInt(n.require(1), "K");
  if (!x || failed(k))
    return failure();
  FailureOr<int64_t> positive = positiveAxis(n, axis, nn::getRank(x));
  if (failed(positive))
    return failure();
  SmallVector<mlir::Value> results = n.createMulti<nn::TopKOp>(
      {x}, {n.attr("axis", *positive), n.attr("k", *k), n.attr("largest", largest)}, 2);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success(!results.empty());
}

/// NegativeLogLikelihoodLoss, and SoftmaxCrossEntropyLoss, which is the same of a log-softmax.
static LogicalResult importLoss(NodeImporter &n, bool ofScores) {
  mlir::Value x = n.require(0), target = n.require(1);
  StringRef reduction = n.attrs.getString("reduction", "mean");
  std::optional<nn::LossReduction> kind = nn::symbolizeLossReduction(reduction);
  SmallVector<NamedAttribute> attributes;
  if (n.attrs.has("ignore_index"))
    attributes.push_back(n.attr("ignore_index", n.attrs.getInt("ignore_index", 0)));
  if (!kind)
    return n.fail("expected reduction none, mean or sum, but got " + onnx_import::quoted(reduction));
  if (!x || !target)
    return failure();
  attributes.push_back(n.attr("reduction", nn::LossReductionAttr::get(n.b.getContext(), *kind)));
  if (ofScores) {
    if (nn::getRank(x) < 2)
      return n.fail("expected scores of rank 2 or more, but got " + Twine(nn::getRank(x)));
    x = createSoftmax(n, x, SoftmaxKind::LogSoftmax, int64_t(1));
    if (!x)
      return failure();
    n.out(1, x);
  }
  n.out(0, n.create<nn::NLLLossOp>({x, target, n.in(2)}, attributes));
  return success();
}

void onnx_import::populateReduction(Translators &translators) {
  static constexpr std::pair<const char *, ReduceKind> kReductions[] = {
      {"ReduceSum", ReduceKind::Sum},
      {"ReduceMean", ReduceKind::Mean},
      {"ReduceMax", ReduceKind::Max},
      {"ReduceMin", ReduceKind::Min},
      {"ReduceProd", ReduceKind::Prod},
      {"ReduceL1", ReduceKind::L1},
      {"ReduceL2", ReduceKind::L2},
      {"ReduceLogSum", ReduceKind::LogSum},
      {"ReduceLogSumExp", ReduceKind::LogSumExp},
      {"ReduceSumSquare", ReduceKind::SumSquare}};
  for (auto [name, kind] : kReductions)
    translators.add(name, [kind = kind](NodeImporter &n) { return importReduce(n, kind); });
  translators.add("ArgMax", [](NodeImporter &n) { return importArgReduce(n, false); });
  translators.add("ArgMin", [](NodeImporter &n) { return importArgReduce(n, true); });
  translators.add("Softmax", [](NodeImporter &n) { return importSoftmax(n, SoftmaxKind::Softmax); });
  translators.add("LogSoftmax", [](NodeImporter &n) { return importSoftmax(n, SoftmaxKind::LogSoftmax); });
  translators.add("Hardmax", [](NodeImporter &n) { return importSoftmax(n, SoftmaxKind::Hardmax); });
  translators.add("CumSum", [](NodeImporter &n) { return importCumulative(n, false); });
  translators.add("CumProd", [](NodeImporter &n) { return importCumulative(n, true); });
  translators.add("TopK", importTopK);
  translators.add("NegativeLogLikelihoodLoss", [](NodeImporter &n) { return importLoss(n, false); });
  translators.add("SoftmaxCrossEntropyLoss", [](NodeImporter &n) { return importLoss(n, true); });
}
