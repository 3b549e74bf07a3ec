#include "passes/Simplify/Recognize.h"
#include "passes/Simplify/Simplify.h"

namespace tenon {
#define GEN_PASS_DEF_RECOGNIZE
#include "passes/Simplify/Simplify.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

std::optional<double> tenon::getNumber(Value value) {
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  auto type = cast<RankedTensorType>(value.getType());
  if (!constant || !type.hasStaticShape() || type.getNumElements() != 1)
    return std::nullopt;
  HostTensor t = HostTensor::fromAttr(constant.getValue());
  return t.isFloat() ? std::optional(t.getF(0)) : std::nullopt;
}

/// The operator of type `Op` that computes `value`, if nothing else uses that.
template <typename Op>
static Op onlyUse(Value value) {
  return value.hasOneUse() ? value.getDefiningOp<Op>() : Op();
}

/// `value` as a reduction of its own that keeps its dimensions, used once; null if it is none.
static nn::ReduceOp findReduction(Value value, nn::ReduceKind kind) {
  auto reduce = onlyUse<nn::ReduceOp>(value);
  return reduce && reduce.getKind() == kind && reduce.getKeepdims() ? reduce : nn::ReduceOp();
}

/// What `value` is the square of; null if it is none.
static Value findRoot(Value value) {
  if (auto mul = value.getDefiningOp<nn::MulOp>())
    return mul->getOperand(0) == mul->getOperand(1) ? mul->getOperand(0) : Value();
  auto pow = value.getDefiningOp<nn::PowOp>();
  bool isSquare =
      pow && getNumber(pow->getOperand(1)) == 2.0 && pow->getOperand(0).getType() == value.getType();
  return isSquare ? pow->getOperand(0) : Value();
}

static bool areUsers(Value value, ArrayRef<Operation *> users) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) { return llvm::is_contained(users, user); });
}

namespace {
/// x / sqrt(mean of squares + epsilon), where x may have had its mean subtracted.
struct Normalized {
  Value x;
  bool centered = false;
  int64_t axis = 0;
  double epsilon = 0;
};
} // namespace

/// The divisor of `value` = x / divisor or x * (1 / divisor), and x.
static std::pair<Value, Value> findQuotient(Value value) {
  if (auto div = onlyUse<nn::DivOp>(value))
    return {div->getOperand(0), div->getOperand(1)};
  auto mul = onlyUse<nn::MulOp>(value);
  for (unsigned i : {0, 1})
    if (auto inverse = mul ? onlyUse<nn::DivOp>(mul->getOperand(i)) : nn::DivOp();
        inverse && getNumber(inverse->getOperand(0)) == 1.0)
      return {mul->getOperand(1 - i), inverse->getOperand(1)};
  return {};
}

static std::optional<Normalized> findNormalized(Value value) {
  auto [centered, divisor] = findQuotient(value);
  auto root = divisor ? onlyUse<nn::SqrtOp>(divisor) : nn::SqrtOp();
  auto shifted = root ? onlyUse<nn::AddOp>(root->getOperand(0)) : nn::AddOp();
  if (!shifted || centered.getType() != value.getType())
    return std::nullopt;
  unsigned number = getNumber(shifted->getOperand(1)) ? 1 : 0;
  std::optional<double> epsilon = getNumber(shifted->getOperand(number));
  Value variance = shifted->getOperand(1 - number);
  auto mean = epsilon && *epsilon >= 0 ? findReduction(variance, nn::ReduceKind::Mean) : nn::ReduceOp();
  if (!mean || variance.getType() != shifted->getResult(0).getType() || !mean.getX().hasOneUse() ||
      findRoot(mean.getX()) != centered)
    return std::nullopt;
  // The last dimensions, without a gap.
  int64_t rank = nn::getRank(value), first = rank - int64_t(mean.getAxes().size());
  if (first == rank || !llvm::equal(mean.getAxes(), llvm::seq<int64_t>(first, rank)))
    return std::nullopt;
  Normalized result{centered, false, first, *epsilon};
  Operation *users[] = {value.getDefiningOp(), mean.getX().getDefiningOp()};
  auto difference = centered.getDefiningOp<nn::SubOp>();
  if (!difference || !areUsers(centered, users))
    return result;
  auto center = findReduction(difference->getOperand(1), nn::ReduceKind::Mean);
  if (center && center.getX() == difference->getOperand(0) && center.getAxes() == mean.getAxes() &&
      center.getX().getType() == centered.getType()) {
    result.x = center.getX();
    result.centered = true;
  }
  return result;
}

bool tenon::recognizeNorm(Operation *op) {
  auto scaled = dyn_cast<nn::MulOp>(op);
  if (!scaled)
    return false;
  for (unsigned i : {0, 1}) {
    std::optional<Normalized> found = findNormalized(scaled->getOperand(i));
    Value y = scaled->getResult(0), scale = scaled->getOperand(1 - i);
    if (!found || !isa<FloatType>(nn::getElementType(y)) || y.getType() != found->x.getType())
      continue;
    OpBuilder b(op);
    NamedAttribute attributes[] = {b.getNamedAttr("axis", b.getI64IntegerAttr(found->axis)),
                                   b.getNamedAttr("epsilon", b.getF64FloatAttr(found->epsilon))};
    if (!found->centered) {
      auto norm = nn::create<nn::RMSNormOp>(b, op->getLoc(), {found->x, scale}, attributes);
      y.replaceAllUsesWith(norm->getY());
      return true;
    }
    Value bias;
    if (auto sum = y.hasOneUse() ? dyn_cast<nn::AddOp>(*y.user_begin()) : nn::AddOp();
        sum && sum->getResult(0).getType() == y.getType()) {
      bias = sum->getOperand(sum->getOperand(0) == y ? 1 : 0);
      y = sum->getResult(0);
      b.setInsertionPoint(sum);
    }
    auto norm = nn::create<nn::LayerNormOp>(b, op->getLoc(), {found->x, scale, bias}, attributes);
    y.replaceAllUsesWith(norm->getY());
    return true;
  }
  return false;
}

bool tenon::recognizeSoftmax(Operation *op) {
  auto quotient = dyn_cast<nn::DivOp>(op);
  Value y = quotient ? quotient->getResult(0) : Value();
  auto exps = quotient ? quotient->getOperand(0).getDefiningOp<nn::ExpOp>() : nn::ExpOp();
  auto sum = exps ? findReduction(quotient->getOperand(1), nn::ReduceKind::Sum) : nn::ReduceOp();
  if (!sum || sum.getX() != exps->getResult(0) || sum.getAxes().empty() ||
      !areUsers(exps->getResult(0), {op, sum}))
    return false;
  auto difference = onlyUse<nn::SubOp>(exps->getOperand(0));
  auto max = difference ? findReduction(difference->getOperand(1), nn::ReduceKind::Max) : nn::ReduceOp();
  if (!max || max.getX() != difference->getOperand(0) || max.getAxes() != sum.getAxes() ||
      max.getX().getType() != y.getType())
    return false;
  OpBuilder b(op);
  auto softmax = nn::create<nn::SoftmaxOp>(b, op->getLoc(), {max.getX()},
                                           {b.getNamedAttr("axes", b.getDenseI64ArrayAttr(sum.getAxes()))});
  y.replaceAllUsesWith(softmax->getY());
  return true;
}

namespace {
struct Recognize : tenon::impl::RecognizeBase<Recognize> {
  using RecognizeBase::RecognizeBase;
  void runOnOperation() override {
    // Softmax first: an attention may be written out with one that is.
    Block &block = getOperation().getBody().front();
    for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
      if (!recognizeSoftmax(&op))
        (void)recognizeNorm(&op);
    eraseUnused(block);
    for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
      (void)recognizeAttention(&op, fast);
    eraseUnused(block);
  }

private:
  /// What was recognised has one use where it had several.
  static void eraseUnused(Block &block) {
    for (Operation *op = &block.back(); op;) {
      Operation *before = op->getPrevNode();
      if (isOpTriviallyDead(op))
        op->erase();
      op = before;
    }
  }
};
} // namespace
