#include "lib/Import/MovementHelpers.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using onnx_import::NodeImporter;
using onnx_import::Translators;

/// The axis and epsilon of LayerNormalization and RMSNormalization, as attributes.
static FailureOr<SmallVector<NamedAttribute>> axisAndEpsilon(NodeImporter &n, mlir::Value x) {
  int64_t axis = n.attrs.getInt("axis", -1);
  float epsilon = n.attrs.getFloat("epsilon", 1e-5f);
  if (!x)
    return failure();
  std::optional<int64_t> positive = nn::normalizeAxis(axis, nn::getRank(x));
  if (!positive)
    return n.fail("expected an axis of rank " + Twine(nn::getRank(x)) + ", but got " + Twine(axis));
  return SmallVector<NamedAttribute>{n.attr("axis", *positive), n.attr("epsilon", double(epsilon))};
}

/// The type that a normalization's statistics are computed in: an attribute that may only widen.
static FailureOr<Type> stashType(NodeImporter &n) {
  FailureOr<Type> stash = n.elementType(n.attrs.getInt("stash_type", 1));
  if (succeeded(stash) && !isa<FloatType>(*stash))
    return n.fail("expected a float stash_type, but got " + Twine(n.attrs.getInt("stash_type", 1)));
  return stash;
}

static LogicalResult importLayerNorm(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1);
  auto attributes = axisAndEpsilon(n, x);
  FailureOr<Type> stash = stashType(n);
  if (failed(attributes) || failed(stash) || !scale)
    return failure();
  bool wantsStats = n.wants(1) || n.wants(2);
  if (wantsStats)
    attributes->push_back(n.attr("stash", TypeAttr::get(*stash)));
  SmallVector<mlir::Value> results =
      n.createMulti<nn::LayerNormOp>({x, scale, n.in(2)}, *attributes, wantsStats ? 3 : 1);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success(!results.empty());
}

static LogicalResult importRMSNorm(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1);
  auto attributes = axisAndEpsilon(n, x);
  if (failed(attributes) || failed(stashType(n)) || !scale)
    return failure();
  n.out(0, n.create<nn::RMSNormOp>({x, scale}, *attributes));
  return success();
}

static LogicalResult importGroupNorm(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1), bias = n.require(2);
  int64_t groups = n.attrs.requireInt("num_groups");
  float epsilon = n.attrs.getFloat("epsilon", 1e-5f);
  if (!x || !scale || !bias || failed(stashType(n)))
    return failure();
  n.out(0, n.create<nn::GroupNormOp>({x, scale, bias},
                                     {n.attr("groups", groups), n.attr("epsilon", double(epsilon))}));
  return success();
}

/// Group normalization with a group per channel.
static LogicalResult importInstanceNorm(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1), bias = n.require(2);
  float epsilon = n.attrs.getFloat("epsilon", 1e-5f);
  if (!x || !scale || !bias)
    return failure();
  nn::Dims dims = nn::getDims(x);
  std::optional<int64_t> channels = dims.size() < 2 ? std::nullopt : nn::getStatic(dims[1]);
  if (!channels)
    return n.fail("expected (N, C, ...) with a static number of channels, but got " + nn::dimsToString(dims));
  n.out(0, n.create<nn::GroupNormOp>({x, scale, bias},
                                     {n.attr("groups", *channels), n.attr("epsilon", double(epsilon))}));
  return success();
}

static LogicalResult importBatchNorm(NodeImporter &n) {
  SmallVector<mlir::Value> operands;
  for (size_t i = 0; i < 5; ++i)
    operands.push_back(n.require(i));
  if (llvm::is_contained(operands, mlir::Value()))
    return failure();
  SmallVector<NamedAttribute> attributes = {n.attr("epsilon", double(n.attrs.getFloat("epsilon", 1e-5f)))};
  float momentum = n.attrs.getFloat("momentum", 0.9f);
  if (n.attrs.getInt("spatial", 1) != 1)
    return n.fail("expected spatial 1, but got 0 (statistics per element are not supported)");
  bool training = n.opset() >= 14 && n.attrs.getInt("training_mode", 0) != 0;
  bool wantsStats = false;
  for (size_t i = 1; i < n.numOutputs(); ++i)
    wantsStats |= n.wants(i);
  if (wantsStats && !training)
    return n.fail("expected one result outside of training, but got " + Twine(n.numOutputs()));
  if (training)
    attributes.push_back(n.attr("momentum", double(momentum)));
  SmallVector<mlir::Value> results = n.createMulti<nn::BatchNormOp>(operands, attributes, training ? 3 : 1);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success(!results.empty());
}

/// `x` in a precision that holds sums of squares: f32 for narrower floats.
static mlir::Value widen(NodeImporter &n, mlir::Value x) {
  Type element = nn::getElementType(x);
  if (!isa<FloatType>(element)) {
    (void)n.fail("expected floats, but got " + nn::dimsToString(nn::getDims(x)) + " of integers");
    return {};
  }
  if (element.getIntOrFloatBitWidth() >= 32)
    return x;
  return n.create<nn::CastOp>({x}, n.attr("to", TypeAttr::get(n.b.getF32Type())));
}

static mlir::Value narrow(NodeImporter &n, mlir::Value y, mlir::Value x) {
  Type element = nn::getElementType(x);
  if (!y || nn::getElementType(y) == element)
    return y;
  return n.create<nn::CastOp>({y}, n.attr("to", TypeAttr::get(element)));
}

static mlir::Value reduceKept(NodeImporter &n, mlir::Value x, nn::ReduceKind kind, ArrayRef<int64_t> axes) {
  return n.create<nn::ReduceOp>({x}, {n.attr("kind", nn::ReduceKindAttr::get(n.b.getContext(), kind)),
                                      n.attr("axes", axes), n.attr("keepdims", true)});
}

/// x / norm, and 0 where the norm is: a norm of zero is replaced by infinity.
static LogicalResult importLpNorm(NodeImporter &n) {
  mlir::Value x = n.require(0);
  int64_t p = n.attrs.getInt("p", 2), given = n.attrs.getInt("axis", -1);
  if (!x)
    return failure();
  if (p != 1 && p != 2)
    return n.fail("expected p 1 or 2, but got " + Twine(p));
  FailureOr<int64_t> axis = onnx_import::checkAxis(n, given, nn::getRank(x));
  mlir::Value wide = failed(axis) ? mlir::Value() : widen(n, x);
  if (!wide)
    return failure();
  Type type = nn::getElementType(wide);
  mlir::Value norm = reduceKept(n, wide, p == 1 ? nn::ReduceKind::L1 : nn::ReduceKind::L2, *axis);
  if (!norm)
    return failure();
  mlir::Value isZero = n.create<nn::EqualOp>({norm, n.scalar(type, 0)});
  if (!isZero)
    return failure();
  mlir::Value divisor = n.create<nn::WhereOp>({isZero, n.scalar(type, INFINITY), norm});
  n.out(0, divisor ? narrow(n, n.create<nn::DivOp>({wide, divisor}), x) : mlir::Value());
  return success();
}

/// (x - mean) / (sqrt(variance) + epsilon), the variance from the differences, which is more exact than the
/// difference of squares that ONNX writes.
static LogicalResult importMeanVarianceNorm(NodeImporter &n) {
  constexpr double kEpsilon = 1e-9;
  mlir::Value x = n.require(0);
  SmallVector<int64_t> given(n.attrs.getInts("axes", {0, 2, 3}));
  if (!x)
    return failure();
  FailureOr<SmallVector<int64_t>> axes = onnx_import::checkAxes(n, given, nn::getRank(x));
  mlir::Value wide = failed(axes) ? mlir::Value() : widen(n, x);
  if (!wide)
    return failure();
  llvm::sort(*axes);
  mlir::Value mean = reduceKept(n, wide, nn::ReduceKind::Mean, *axes);
  mlir::Value centred = mean ? n.create<nn::SubOp>({wide, mean}) : mlir::Value();
  mlir::Value squares = centred ? n.create<nn::MulOp>({centred, centred}) : mlir::Value();
  mlir::Value variance = squares ? reduceKept(n, squares, nn::ReduceKind::Mean, *axes) : mlir::Value();
  mlir::Value deviation = variance ? n.create<nn::SqrtOp>({variance}) : mlir::Value();
  if (!deviation)
    return failure();
  mlir::Value divisor = n.create<nn::AddOp>({deviation, n.scalar(nn::getElementType(wide), kEpsilon)});
  n.out(0, divisor ? narrow(n, n.create<nn::DivOp>({centred, divisor}), x) : mlir::Value());
  return success();
}

void onnx_import::populateNormalization(Translators &translators) {
  translators.add("LayerNormalization", importLayerNorm);
  translators.add("RMSNormalization", importRMSNorm);
  translators.add("GroupNormalization", importGroupNorm);
  translators.add("InstanceNormalization", importInstanceNorm);
  translators.add("BatchNormalization", importBatchNorm);
  translators.add("LpNormalization", importLpNorm);
  translators.add("MeanVarianceNormalization", importMeanVarianceNorm);
}
