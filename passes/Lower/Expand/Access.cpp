#include "passes/Lower/Expand/Access.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon::kernel;

std::optional<SmallVector<int64_t>> tenon::kernel::getCoefficients(AffineExpr expr, unsigned numDims) {
  SmallVector<int64_t> result(numDims + 1, 0);
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    result.back() = constant.getValue();
    return result;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    result[dim.getPosition()] = 1;
    return result;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto lhs = getCoefficients(binary.getLHS(), numDims), rhs = getCoefficients(binary.getRHS(), numDims);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add) {
    for (unsigned i = 0; i <= numDims; ++i)
      result[i] = (*lhs)[i] + (*rhs)[i];
    return result;
  }
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() != AffineExprKind::Mul || !factor)
    return std::nullopt;
  for (unsigned i = 0; i <= numDims; ++i)
    result[i] = (*lhs)[i] * factor.getValue();
  return result;
}

std::optional<LinearAccess> tenon::kernel::getLinearAccess(MemRefType type, AffineMap map) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  unsigned dims = map.getNumDims();
  LinearAccess access;
  access.step.assign(dims, 0);
  access.offset = 0;
  auto accumulate = [](std::optional<int64_t> &sum, int64_t coefficient, int64_t stride) {
    if (coefficient == 0)
      return;
    if (ShapedType::isDynamic(stride) || !sum)
      sum = std::nullopt;
    else
      sum = *sum + coefficient * stride;
  };
  for (auto [expr, stride] : llvm::zip(map.getResults(), strides)) {
    auto coefficients = getCoefficients(expr, dims);
    if (!coefficients)
      return std::nullopt;
    for (unsigned d = 0; d < dims; ++d)
      accumulate(access.step[d], (*coefficients)[d], stride);
    accumulate(access.offset, coefficients->back(), stride);
  }
  return access;
}

Operation *tenon::kernel::getCombiner(GenericOp op, unsigned i) {
  Block &body = op.getBody().front();
  BlockArgument acc = body.getArgument(op.getInputs().size() + i);
  Operation *combiner = body.getTerminator()->getOperand(i).getDefiningOp();
  if (!combiner || combiner->getBlock() != &body || !acc.hasOneUse() || *acc.user_begin() != combiner ||
      !combiner->getResult(0).hasOneUse())
    return nullptr;
  if (isa<math::FmaOp>(combiner))
    return combiner->getOperand(2) == acc ? combiner : nullptr;
  if (isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp, arith::MaximumFOp, arith::MinimumFOp,
          arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp,
          arith::XOrIOp>(combiner))
    return combiner;
  return nullptr;
}

bool tenon::kernel::isCombinable(GenericOp op) {
  // Each accumulator is used by its own combiner only, so no value depends on another accumulator.
  for (unsigned i = 0; i < op.getInits().size(); ++i)
    if (!getCombiner(op, i))
      return false;
  return true;
}
