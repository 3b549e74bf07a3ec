#include "passes/Lower/Expand/Access.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

/// x + factor * y; nullopt if a dimension has blocks of different sizes.
static std::optional<Coefficients> addCoefficients(Coefficients x, const Coefficients &y, int64_t factor) {
  for (auto [i, block] : llvm::enumerate(y.blocks)) {
    x.dims[i] += y.dims[i] * factor;
    if (block && x.blocks[i] && x.blocks[i]->size != block->size)
      return std::nullopt;
    if (block && !x.blocks[i])
      x.blocks[i] = BlockStep<int64_t>{block->size, 0, 0};
    if (!x.blocks[i])
      continue;
    int64_t size = x.blocks[i]->size;
    if (block) {
      x.blocks[i]->outer += block->outer * factor;
      x.blocks[i]->inner += block->inner * factor;
    }
    // The linear part belongs to the block.
    x.blocks[i]->outer += x.dims[i] * size;
    x.blocks[i]->inner += x.dims[i];
    x.dims[i] = 0;
    if (x.blocks[i]->outer == x.blocks[i]->inner * size) {
      x.dims[i] = x.blocks[i]->inner;
      x.blocks[i] = std::nullopt;
    }
  }
  x.constant += y.constant * factor;
  return x;
}

std::optional<Coefficients> tenon::kernel::getCoefficients(AffineExpr expr, unsigned numDims) {
  Coefficients result;
  result.dims.assign(numDims, 0);
  result.blocks.assign(numDims, std::nullopt);
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    result.constant = constant.getValue();
    return result;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    result.dims[dim.getPosition()] = 1;
    return result;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (auto dim = dyn_cast<AffineDimExpr>(binary.getLHS());
      dim && factor &&
      (expr.getKind() == AffineExprKind::FloorDiv || expr.getKind() == AffineExprKind::Mod)) {
    bool isOuter = expr.getKind() == AffineExprKind::FloorDiv;
    result.blocks[dim.getPosition()] =
        BlockStep<int64_t>{factor.getValue(), isOuter ? 1 : 0, isOuter ? 0 : 1};
    return result;
  }
  auto lhs = getCoefficients(binary.getLHS(), numDims), rhs = getCoefficients(binary.getRHS(), numDims);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return addCoefficients(*lhs, *rhs, 1);
  if (expr.getKind() != AffineExprKind::Mul || !factor)
    return std::nullopt;
  return addCoefficients(result, *lhs, factor.getValue());
}

std::optional<LinearAccess> tenon::kernel::getLinearAccess(MemRefType type, AffineMap map) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  unsigned dims = map.getNumDims();
  bool fixed = !llvm::is_contained(strides, ShapedType::kDynamic);
  if (fixed) {
    Coefficients sum;
    sum.dims.assign(dims, 0);
    sum.blocks.assign(dims, std::nullopt);
    for (auto [expr, stride] : llvm::zip(map.getResults(), strides)) {
      auto coefficients = getCoefficients(expr, dims);
      auto next = coefficients ? addCoefficients(sum, *coefficients, stride) : std::nullopt;
      if (!next)
        return std::nullopt;
      sum = *next;
    }
    return LinearAccess{SmallVector<std::optional<int64_t>>(sum.dims.begin(), sum.dims.end()), sum.blocks,
                        sum.constant};
  }
  LinearAccess access;
  access.step.assign(dims, 0);
  access.blocks.assign(dims, std::nullopt);
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
    if (!coefficients || llvm::any_of(coefficients->blocks, [](auto &block) { return block.has_value(); }))
      return std::nullopt;
    for (unsigned d = 0; d < dims; ++d)
      accumulate(access.step[d], coefficients->dims[d], stride);
    accumulate(access.offset, coefficients->constant, stride);
  }
  return access;
}

AffineExpr tenon::kernel::getExpr(const LinearAccess &access, MLIRContext *context) {
  AffineExpr expr = getAffineConstantExpr(*access.offset, context);
  for (auto [d, step] : llvm::enumerate(access.step)) {
    AffineExpr dim = getAffineDimExpr(d, context);
    if (auto &block = access.blocks[d])
      expr = expr + dim.floorDiv(block->size) * block->outer + dim % block->size * block->inner;
    else
      expr = expr + dim * *step;
  }
  return expr;
}

SmallVector<LoadOp> tenon::kernel::getLoads(GenericOp op) {
  SmallVector<LoadOp> loads;
  op->walk([&](LoadOp load) { loads.push_back(load); });
  return loads;
}

SmallVector<std::pair<Value, AffineMap>> tenon::kernel::getAccesses(GenericOp op) {
  SmallVector<std::pair<Value, AffineMap>> accesses;
  SmallVector<Value> buffers(op.getInputs());
  llvm::append_range(buffers, op.getOutputs());
  for (auto [i, buffer] : llvm::enumerate(buffers))
    accesses.emplace_back(buffer, op.getMap(i));
  for (LoadOp load : getLoads(op))
    accesses.emplace_back(load.getBuffer(), load.getMap());
  return accesses;
}

Value tenon::kernel::rootOf(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

SmallVector<Value> tenon::kernel::getGathered(GenericOp op) {
  SmallVector<Value> buffers;
  op->walk([&](memref::LoadOp load) { buffers.push_back(load.getMemRef()); });
  return buffers;
}

bool tenon::kernel::reads(GenericOp op, Value root) {
  SmallVector<Value> buffers = getGathered(op);
  llvm::append_range(buffers, op.getInputs());
  for (LoadOp load : getLoads(op))
    buffers.push_back(load.getBuffer());
  return llvm::any_of(buffers, [&](Value buffer) { return rootOf(buffer) == root; });
}

Value tenon::kernel::flatten(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  Value base = buffer;
  OpFoldResult start = b.getIndexAttr(offset);
  if (ShapedType::isDynamic(offset)) {
    auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, buffer);
    base = metadata.getBaseBuffer();
    start = metadata.getOffset();
  }
  // The size bounds no access; what matters is the address. A static buffer's span keeps the IR readable.
  int64_t span = 1;
  for (auto [extent, stride] : llvm::zip(type.getShape(), strides))
    span = ShapedType::isDynamic(extent) || ShapedType::isDynamic(span)
               ? ShapedType::kDynamic
               : span + std::max<int64_t>(extent - 1, 0) * stride;
  OpFoldResult size = b.getIndexAttr(span);
  if (ShapedType::isDynamic(span)) {
    size = OpFoldResult(arith::ConstantIndexOp::create(b, loc, int64_t(1) << 40).getResult());
  }
  auto layout = StridedLayoutAttr::get(b.getContext(), offset, {1});
  auto flat =
      MemRefType::get({span}, type.getElementType(), offset == 0 ? MemRefLayoutAttrInterface() : layout);
  return memref::ReinterpretCastOp::create(b, loc, flat, base, start, ArrayRef<OpFoldResult>{size},
                                           ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

int64_t tenon::kernel::getRangeUnit(GenericOp op) {
  int64_t unit = 1;
  for (auto [buffer, map] : getAccesses(op))
    for (AffineExpr expr : map.getResults())
      if (auto coefficients = getCoefficients(expr, op.getNumLoops());
          coefficients && coefficients->blocks[0])
        unit = std::max(unit, coefficients->blocks[0]->size);
  return unit;
}

int64_t tenon::kernel::getRestSize(int64_t size, int64_t points) {
  constexpr int64_t kInFlight = 8; // two per cycle, for four cycles
  return std::clamp<int64_t>(llvm::divideCeil(kInFlight, points / size), 1, std::max<int64_t>(size / 2, 1));
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

/// Whether `root` may be a buffer that `op` reads, although it is another argument of the function.
static bool readsInPlace(GenericOp op, Value root) {
  auto isShared = [](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    auto func = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
    return func && func.getArgAttr(argument.getArgNumber(), kInPlaceAttr);
  };
  func::FuncOp func = op->getParentOfType<func::FuncOp>();
  return isShared(root) && llvm::any_of(func.getArguments(), [&](BlockArgument argument) {
           return argument != root && isShared(argument) && reads(op, argument);
         });
}

bool tenon::kernel::canKeepAccumulators(GenericOp op) {
  if (op.getReductions() == 0 || op.getInits().size() != 1 || op.getOutputs().size() != 1)
    return false;
  Value output = op.getOutputs()[0];
  if (cast<MemRefType>(output.getType()).getElementType() != op.getInits()[0].getType())
    return false;
  return !reads(op, rootOf(output)) && !readsInPlace(op, rootOf(output));
}

int64_t tenon::kernel::getDistance(const LinearAccess &access, ArrayRef<int64_t> point) {
  int64_t sum = 0;
  for (auto [d, offset] : llvm::enumerate(point))
    if (auto &block = access.blocks[d])
      sum += offset / block->size * block->outer + offset % block->size * block->inner;
    else
      sum += offset * access.step[d].value_or(0);
  return sum;
}

std::optional<LinearAccess> tenon::kernel::findSharedInput(GenericOp op, ArrayRef<ArrayRef<int64_t>> steps) {
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    auto access = getLinearAccess(cast<MemRefType>(input.getType()), op.getMap(i));
    if (!access || llvm::is_contained(access->step, std::nullopt))
      continue;
    llvm::DenseMap<int64_t, ArrayRef<int64_t>> readers; // by the element, the reductions' point
    for (ArrayRef<int64_t> at : steps)
      if (auto [it, isNew] =
              readers.try_emplace(getDistance(*access, at), at.drop_front(op.getNumParallel()));
          !isNew && it->second != at.drop_front(op.getNumParallel()) &&
          access->dependsOn(op.getNumLoops() - 1))
        return access;
  }
  return std::nullopt;
}
