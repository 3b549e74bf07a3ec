#include "dialects/NN/NN.h"
#include "mlir/Pass/Pass.h"
#include "passes/Simplify/Simplify.h"

namespace tenon {
#define GEN_PASS_DEF_HOISTSLICES
#include "passes/Simplify/Simplify.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

namespace {
/// A box of a tensor with static shape.
struct Box {
  SmallVector<int64_t> starts, sizes, steps;
  SmallVector<int64_t> shape; ///< of the tensor
  bool cuts(int64_t dim) const { return sizes[dim] != shape[dim] || starts[dim] != 0 || steps[dim] != 1; }
  bool cutsFrom(int64_t dim) const {
    for (int64_t d = dim; d < int64_t(shape.size()); ++d)
      if (cuts(d))
        return true;
    return false;
  }
};
} // namespace

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The box that all readers of `value` take, if they take the same one.
static std::optional<Box> getCommonBox(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || value.use_empty())
    return std::nullopt;
  nn::SliceOp first;
  for (Operation *user : value.getUsers()) {
    auto slice = dyn_cast<nn::SliceOp>(user);
    if (!slice || (first && slice->getAttrDictionary() != first->getAttrDictionary()))
      return std::nullopt;
    first = slice;
  }
  std::optional<SmallVector<int64_t>> starts = nn::getStatic(first.getStarts().getResults()),
                                      sizes = nn::getStatic(first.getSizes().getResults());
  if (!starts || !sizes)
    return std::nullopt;
  return Box{*starts, *sizes, SmallVector<int64_t>(first.getSteps()), SmallVector<int64_t>(type.getShape())};
}

/// The part of `operand` that the box reads, where the operand broadcasts to the box's tensor.
static Value takeBox(OpBuilder &b, Location loc, Value operand, const Box &box) {
  ArrayRef<int64_t> shape = shapeOf(operand);
  size_t leading = box.shape.size() - shape.size();
  SmallVector<AffineExpr> starts, sizes;
  SmallVector<int64_t> steps;
  bool isWhole = true;
  for (size_t d = 0; d < shape.size(); ++d) {
    bool isCut = shape[d] == box.shape[leading + d] && box.cuts(int64_t(leading + d));
    isWhole &= !isCut;
    starts.push_back(b.getAffineConstantExpr(isCut ? box.starts[leading + d] : 0));
    sizes.push_back(b.getAffineConstantExpr(isCut ? box.sizes[leading + d] : shape[d]));
    steps.push_back(isCut ? box.steps[leading + d] : 1);
  }
  if (isWhole)
    return operand;
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMapAttr::get(AffineMap::get(0, 0, results, b.getContext()));
  };
  auto slice =
      nn::create<nn::SliceOp>(b, loc, {operand},
                              {b.getNamedAttr("starts", map(starts)), b.getNamedAttr("sizes", map(sizes)),
                               b.getNamedAttr("steps", b.getDenseI64ArrayAttr(steps))});
  return succeeded(slice) ? Value(slice->getY()) : Value();
}

/// Which operands of `op` to take the box of, so that the operator computes that box of its result alone;
/// nullopt if it reads more for it.
static std::optional<SmallVector<unsigned>> getCutOperands(Operation *op, const Box &box) {
  int64_t rank = int64_t(box.shape.size());
  if (op->hasTrait<nn::NNElementwise>())
    return llvm::to_vector(llvm::seq<unsigned>(0, op->getNumOperands()));
  if (auto norm = dyn_cast<nn::LayerNormOp>(op)) {
    bool isPerRow = !box.cutsFrom(int64_t(norm.getAxis()));
    for (Value operand : op->getOperands().drop_front())
      isPerRow &= int64_t(shapeOf(operand).size()) <= rank - int64_t(norm.getAxis());
    return isPerRow ? std::optional(SmallVector<unsigned>{0}) : std::nullopt;
  }
  if (auto norm = dyn_cast<nn::RMSNormOp>(op))
    return !box.cutsFrom(int64_t(norm.getAxis())) &&
                   int64_t(shapeOf(norm.getScale()).size()) <= rank - int64_t(norm.getAxis())
               ? std::optional(SmallVector<unsigned>{0})
               : std::nullopt;
  if (auto matmul = dyn_cast<nn::MatMulOp>(op)) {
    // All of a row of the result needs all of a row of `a`.
    bool rows = shapeOf(matmul.getA()).size() == size_t(rank) && shapeOf(matmul.getB()).size() == 2;
    return rows && !box.cuts(rank - 1) ? std::optional(SmallVector<unsigned>{0}) : std::nullopt;
  }
  if (auto gemm = dyn_cast<nn::GemmOp>(op)) {
    bool rows = !gemm.getTransA() && !box.cuts(1) && (!gemm.getC() || shapeOf(gemm.getC()).size() < 2);
    return rows ? std::optional(SmallVector<unsigned>{0}) : std::nullopt;
  }
  if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
    // Queries are independent, unless what they see depends on where they are.
    int64_t queries = rank - 2;
    bool isFree = !attention.getCausal() && attention.getLeftWindow() < 0 && attention.getRightWindow() < 0 &&
                  !attention.getValidKeys();
    for (int64_t d = 0; d < rank; ++d)
      isFree &= d == queries || !box.cuts(d);
    if (Value mask = attention.getMask()) {
      ArrayRef<int64_t> shape = shapeOf(mask);
      isFree &= shape.size() < 2 || shape[shape.size() - 2] == 1;
    }
    return isFree ? std::optional(SmallVector<unsigned>{0}) : std::nullopt;
  }
  return std::nullopt;
}

namespace {
struct HoistSlices : tenon::impl::HoistSlicesBase<HoistSlices> {
  void runOnOperation() override {
    // From the last operator on: what is cut may let what comes before it be cut, too.
    SmallVector<Operation *> ops;
    for (Operation &op : getOperation().getBody().front().without_terminator())
      if (!isa<nn::SliceOp>(op) && op.getNumResults() == 1)
        ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (std::optional<Box> box = getCommonBox(op->getResult(0)))
        hoist(op, *box);
  }

private:
  static void hoist(Operation *op, const Box &box) {
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.getType()); !type || !type.hasStaticShape())
        return;
    std::optional<SmallVector<unsigned>> cut = getCutOperands(op, box);
    if (!cut)
      return;
    OpBuilder b(op);
    SmallVector<Value> operands(op->getOperands());
    for (unsigned i : *cut) {
      operands[i] = takeBox(b, op->getLoc(), operands[i], box);
      if (!operands[i])
        return;
    }
    auto type = RankedTensorType::get(box.sizes, nn::getElementType(op->getResult(0)));
    OperationState state(op->getLoc(), op->getName(), operands, {type}, op->getAttrs());
    Operation *part = b.create(state);
    for (Operation *user : llvm::make_early_inc_range(op->getUsers())) {
      user->getResult(0).replaceAllUsesWith(part->getResult(0));
      user->erase();
    }
    op->erase();
  }
};
} // namespace
