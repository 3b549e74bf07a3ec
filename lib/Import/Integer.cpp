#include "lib/Import/Translate.h"
#include "lib/Import/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

static LogicalResult translateConvInteger(NodeImporter &n) {
  FailureOr<Convolution> conv = readConvolution(n, 0, 1);
  if (failed(conv))
    return failure();
  n.out(0, n.create<nn::ConvIntegerOp>({conv->x, conv->weights, n.in(2), n.in(3), {}}, conv->attrs));
  return success();
}

static LogicalResult translateMatMulInteger(NodeImporter &n) {
  mlir::Value a = n.require(0), b = n.require(1);
  if (!a || !b)
    return failure();
  n.out(0, n.create<nn::MatMulIntegerOp>({a, b, n.in(2), n.in(3)}));
  return success();
}

/// Operands x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B.
static LogicalResult translateQLinearConv(NodeImporter &n) {
  for (size_t i = 0; i < 8; ++i)
    if (!n.require(i))
      return failure();
  FailureOr<Convolution> conv = readConvolution(n, 0, 3);
  if (failed(conv))
    return failure();
  mlir::Value sums =
      n.create<nn::ConvIntegerOp>({conv->x, conv->weights, n.in(2), n.in(5), n.in(8)}, conv->attrs);
  if (!sums)
    return failure();
  n.out(0, n.create<nn::RequantizeOp>({sums, n.in(1), n.in(4), n.in(6), n.in(7)},
                                      {n.attr("axes", ArrayRef<int64_t>{1, 1, 1})}));
  return success();
}

/// Operands a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point.
static LogicalResult translateQLinearMatMul(NodeImporter &n) {
  for (size_t i = 0; i < 8; ++i)
    if (!n.require(i))
      return failure();
  mlir::Value sums = n.create<nn::MatMulIntegerOp>({n.in(0), n.in(3), n.in(2), n.in(5)});
  if (!sums)
    return failure();
  // Scales of rank 1 are per row of a and of the result, per column of b.
  int64_t rank = nn::getRank(sums), row = std::max<int64_t>(rank - 2, 0),
          column = std::max<int64_t>(rank - 1, 0);
  n.out(0, n.create<nn::RequantizeOp>({sums, n.in(1), n.in(4), n.in(6), n.in(7)},
                                      {n.attr("axes", ArrayRef<int64_t>{row, column, row})}));
  return success();
}

void onnx_import::populateInteger(Translators &translators) {
  translators.add("ConvInteger", translateConvInteger);
  translators.add("MatMulInteger", translateMatMulInteger);
  translators.add("QLinearConv", translateQLinearConv);
  translators.add("QLinearMatMul", translateQLinearMatMul);
}
