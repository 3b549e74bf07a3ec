#include "lib/Import/MovementHelpers.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;
using nn::Dims;

/// The attribute `axis` (default `absent`), checked against the rank of `x`.
static FailureOr<int64_t> axisOf(NodeImporter &n, mlir::Value x, int64_t absent = 0) {
  int64_t axis = n.attrs.getInt("axis", absent);
  if (!x)
    return failure();
  return checkAxis(n, axis, nn::getRank(x));
}

template <typename Op>
static LogicalResult translateAxisGather(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1);
  FailureOr<int64_t> axis = axisOf(n, x);
  if (failed(axis) || !indices)
    return failure();
  n.out(0, n.create<Op>({x, indices}, n.attr("axis", *axis)));
  return success();
}

static LogicalResult translateGatherND(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1);
  int64_t batch = n.attrs.getInt("batch_dims", 0);
  if (!x || !indices)
    return failure();
  n.out(0, n.create<nn::GatherNDOp>({x, indices}, n.attr("batch_dims", batch)));
  return success();
}

static LogicalResult translateScatterElements(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1), updates = n.require(2);
  FailureOr<int64_t> axis = axisOf(n, x);
  StringRef reduction = n.attrs.getString("reduction", "none");
  if (failed(axis) || !indices || !updates)
    return failure();
  n.out(0, n.create<nn::ScatterElementsOp>({x, indices, updates},
                                           {n.attr("axis", *axis), n.attr("reduction", reduction)}));
  return success();
}

static LogicalResult translateScatterND(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1), updates = n.require(2);
  StringRef reduction = n.attrs.getString("reduction", "none");
  if (!x || !indices || !updates)
    return failure();
  n.out(0, n.create<nn::ScatterNDOp>({x, indices, updates}, n.attr("reduction", reduction)));
  return success();
}

static LogicalResult translateOneHot(NodeImporter &n) {
  mlir::Value indices = n.require(0), values = n.require(2);
  FailureOr<int64_t> depth = n.scalarInt(n.require(1), "depth");
  int64_t given = n.attrs.getInt("axis", -1);
  if (!indices || !values || failed(depth))
    return failure();
  FailureOr<int64_t> axis = checkAxis(n, given, nn::getRank(indices) + 1);
  if (failed(axis))
    return failure();
  n.out(0, n.create<nn::OneHotOp>({indices, values}, {n.attr("depth", *depth), n.attr("axis", *axis)}));
  return success();
}

static LogicalResult translateTrilu(NodeImporter &n) {
  mlir::Value x = n.require(0);
  bool upper = n.attrs.getInt("upper", 1) != 0;
  FailureOr<int64_t> k = n.in(1) ? n.scalarInt(n.in(1), "k") : FailureOr<int64_t>(0);
  if (!x || failed(k))
    return failure();
  n.out(0, n.create<nn::TriluOp>({x}, {n.attr("k", *k), n.attr("upper", upper)}));
  return success();
}

static LogicalResult translateReverseSequence(NodeImporter &n) {
  mlir::Value x = n.require(0), lengths = n.require(1);
  int64_t batchAxis = n.attrs.getInt("batch_axis", 1), timeAxis = n.attrs.getInt("time_axis", 0);
  if (!x || !lengths)
    return failure();
  FailureOr<int64_t> batch = checkAxis(n, batchAxis, nn::getRank(x)),
                     time = checkAxis(n, timeAxis, nn::getRank(x));
  if (failed(batch) || failed(time))
    return failure();
  n.out(0, n.create<nn::ReverseSequenceOp>({x, lengths},
                                           {n.attr("batch_axis", *batch), n.attr("time_axis", *time)}));
  return success();
}

void onnx_import::populateIndexing(Translators &translators) {
  translators.add("Gather", translateAxisGather<nn::GatherOp>);
  translators.add("GatherElements", translateAxisGather<nn::GatherElementsOp>);
  translators.add("GatherND", translateGatherND);
  translators.add("ScatterElements", translateScatterElements);
  // The name it had before version 11.
  translators.add("Scatter", translateScatterElements);
  translators.add("ScatterND", translateScatterND);
  translators.add("OneHot", translateOneHot);
  translators.add("Trilu", translateTrilu);
  translators.add("ReverseSequence", translateReverseSequence);
}
