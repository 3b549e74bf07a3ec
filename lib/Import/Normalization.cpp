#include "lib/Import/Translate.h"

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

void onnx_import::populateNormalization(Translators &translators) {
  translators.add("LayerNormalization", importLayerNorm);
  translators.add("RMSNormalization", importRMSNorm);
  translators.add("GroupNormalization", importGroupNorm);
  translators.add("InstanceNormalization", importInstanceNorm);
  translators.add("BatchNormalization", importBatchNorm);
}
