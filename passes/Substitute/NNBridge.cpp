#include "passes/Substitute/NNBridge.h"
#include "dialects/NN/NN.h"
#include "dialects/NN/Shape.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

/// A map of no symbols with these results.
static AffineMap constants(Builder &builder, ArrayRef<int64_t> values) {
  SmallVector<AffineExpr> results;
  for (int64_t value : values)
    results.push_back(builder.getAffineConstantExpr(value));
  return AffineMap::get(0, 0, results, builder.getContext());
}

/// A constant of the values that an operator without operands has.
static Value buildConstant(OpBuilder &builder, Location loc, OpKind op, ArrayRef<int64_t> params,
                           Type elementType) {
  std::vector<IntTensor> values = *evaluateOperator(op, {}, params);
  HostTensor tensor(elementType, values[0].shape);
  for (auto [i, value] : llvm::enumerate(values[0].data))
    tensor.setF(i, op == OpKind::PoolKernel ? 1.0 / double(params[1] * params[2]) : double(value));
  auto type = RankedTensorType::get(values[0].shape, elementType);
  return nn::ConstantOp::create(builder, loc, type, tensor.toAttr());
}

SmallVector<Value, 2> tenon::substitute::buildNN(OpBuilder &b, Location loc, OpKind op,
                                                 ArrayRef<Value> operands, ArrayRef<int64_t> p,
                                                 Type elementType) {
  auto shapeOf = [](Value value) { return cast<RankedTensorType>(value.getType()).getShape(); };
  std::vector<ShapeOf<int64_t>> shapes;
  for (Value operand : operands)
    shapes.emplace_back(shapeOf(operand));
  auto results = inferShapes(op, shapes, p);
  assert(results && "the operator is defined");
  Type type = RankedTensorType::get((*results)[0], elementType);
  auto ints = [&](ArrayRef<int64_t> values) { return b.getDenseI64ArrayAttr(values); };
  auto rankOf = [&](unsigned i) { return int64_t(shapes[i].size()); };
  auto i64 = [&](int64_t value) { return b.getI64IntegerAttr(value); };
  switch (op) {
  case OpKind::MatMul:
    return {nn::MatMulOp::create(b, loc, type, operands[0], operands[1])};
  case OpKind::Conv: {
    Value y = nn::ConvOp::create(b, loc, type, operands[0], operands[1], Value(),
                                 ints(p.slice(conv::Stride, 2)), ints(p.slice(conv::Pad, 4)),
                                 ints(p.slice(conv::Dilation, 2)), i64(p[conv::Groups]));
    if (p[conv::Activation])
      y = nn::ReluOp::create(b, loc, type, y);
    return {y};
  }
  case OpKind::Add:
    return {nn::AddOp::create(b, loc, type, operands[0], operands[1])};
  case OpKind::Mul:
    return {nn::MulOp::create(b, loc, type, operands[0], operands[1])};
  case OpKind::Sub:
    return {nn::SubOp::create(b, loc, type, operands[0], operands[1])};
  case OpKind::BiasAdd: {
    // The vector, with dimensions of one element after its own.
    SmallVector<int64_t> shape(size_t(-p[0]), 1);
    shape[0] = shapes[1][0];
    Value bias = operands[1];
    if (shape.size() > 1)
      bias =
          nn::ReshapeOp::create(b, loc, RankedTensorType::get(shape, elementType), bias, constants(b, shape));
    return {nn::AddOp::create(b, loc, type, operands[0], bias)};
  }
  case OpKind::Relu:
    return {nn::ReluOp::create(b, loc, type, operands[0])};
  case OpKind::Concat:
    return {nn::ConcatOp::create(b, loc, type, ValueRange(operands), i64(rankOf(0) + p[0]))};
  case OpKind::Split: {
    SmallVector<Value, 2> parts;
    SmallVector<int64_t> starts(rankOf(0), 0), steps(rankOf(0), 1);
    for (const ShapeOf<int64_t> &shape : *results) {
      parts.push_back(nn::SliceOp::create(b, loc, RankedTensorType::get(shape, elementType), operands[0],
                                          constants(b, starts), constants(b, shape), ints(steps)));
      starts[rankOf(0) + p[0]] += shape[rankOf(0) + p[0]];
    }
    return parts;
  }
  case OpKind::Transpose: {
    // The parameters permute the last dimensions.
    SmallVector<int64_t> perm;
    int64_t leading = rankOf(0) - int64_t(p.size());
    for (int64_t i = 0; i < rankOf(0); ++i)
      perm.push_back(i < leading ? i : leading + p[i - leading]);
    return {nn::TransposeOp::create(b, loc, type, operands[0], ints(perm))};
  }
  case OpKind::Reshape:
    return {nn::ReshapeOp::create(b, loc, type, operands[0], constants(b, p))};
  case OpKind::Enlarge:
    return {nn::PadOp::create(b, loc, type, operands[0], Value(), ints({0, 0, p[0], p[1], 0, 0, p[2], p[3]}),
                              b.getStringAttr("constant"))};
  case OpKind::MaxPool: {
    auto y = nn::MaxPoolOp::create(b, loc, TypeRange{type}, operands[0], ints(p.slice(pool::Kernel, 2)),
                                   ints(p.slice(pool::Stride, 2)), ints(p.slice(pool::Pad, 4)), ints({1, 1}),
                                   b.getBoolAttr(false), UnitAttr(), UnitAttr());
    return {y.getY()};
  }
  case OpKind::AvgPool:
    return {nn::AvgPoolOp::create(b, loc, type, operands[0], ints(p.slice(pool::Kernel, 2)),
                                  ints(p.slice(pool::Stride, 2)), ints(p.slice(pool::Pad, 4)), ints({1, 1}),
                                  b.getBoolAttr(false), b.getBoolAttr(true))};
  case OpKind::BatchNorm: {
    auto y =
        nn::BatchNormOp::create(b, loc, TypeRange{type}, operands[0], operands[1], operands[2], operands[3],
                                operands[4], b.getF64FloatAttr(1e-5), b.getF64FloatAttr(0.9));
    return {y.getY()};
  }
  case OpKind::Zeros:
  case OpKind::Ones:
  case OpKind::Identity:
  case OpKind::IdentityKernel:
  case OpKind::PoolKernel:
    return {buildConstant(b, loc, op, p, elementType)};
  }
  llvm_unreachable("every operator is listed");
}
