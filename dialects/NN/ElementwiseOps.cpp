#include "dialects/NN/Broadcast.h"
#include "dialects/NN/NN.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

FailureOr<Dims> nn::inferBroadcast(Operation *op) {
  Dims dims;
  for (Value operand : op->getOperands()) {
    FailureOr<Dims> next = broadcastDims(dims, getDims(operand));
    if (failed(next))
      return op->emitOpError(isa<WhereOp>(op) ? "C3" : "C2")
             << ": expected shapes that broadcast, but got " << dimsToString(dims) << " and "
             << dimsToString(getDims(operand));
    dims = *next;
  }
  return dims;
}

//===-- Ops given by formulas --------------------------------------------------------------------------===//

/// Inference of every NN_Map.
template <typename Op>
static LogicalResult inferMap(Op op, SmallVectorImpl<Type> &types) {
  Type element = getElementType(op->getOperand(0));
  bool supported = isa<FloatType>(element) ? Op::kFloat : Op::kInt;
  if (element.isInteger(1) && !Op::kBoolOperands)
    supported = false;
  if (!supported)
    return op.emitOpError("C1: element type ") << element << " is not supported";
  for (Value operand : op->getOperands())
    if (getElementType(operand) != element)
      return op.emitOpError("C1: expected operands of one element type, but got ")
             << element << " and " << getElementType(operand);
  FailureOr<Dims> dims = inferBroadcast(op);
  if (failed(dims))
    return failure();
  types.push_back(
      getTensorType(*dims, Op::kBoolResult ? Type(IntegerType::get(op->getContext(), 1)) : element));
  return success();
}

/// Applies the op's formula on the elements of all operands.
template <typename T, typename Formula, size_t... I>
static void applyMap(Operation *op, EvalContext &ctx, HostTensor &y, Formula formula,
                     std::index_sequence<I...>) {
  const HostTensor *operands[] = {&ctx.get(op->getOperand(I))...};
  BroadcastIndex index[] = {BroadcastIndex(operands[I]->shape(), y.shape())...};
  bool same = ((operands[I]->shape() == y.shape()) && ...);
  auto read = [](const HostTensor &t, int64_t i) {
    if constexpr (std::is_same_v<T, double>)
      return t.getF(i);
    else
      return t.getI(i);
  };
  for (int64_t i = 0; i < y.size(); ++i) {
    T value = same ? formula(read(*operands[I], i)...) : formula(read(*operands[I], index[I](i))...);
    if constexpr (std::is_same_v<T, double>)
      y.setF(i, value);
    else
      y.setI(i, value);
  }
}

template <typename Op>
static LogicalResult evaluateMap(Op op, EvalContext &ctx) {
  constexpr auto operands = std::make_index_sequence<Op::template hasTrait<OpTrait::OneOperand>() ? 1 : 2>();
  HostTensor y = ctx.make(op.getY());
  if constexpr (Op::kFloat)
    if (isa<FloatType>(getElementType(op->getOperand(0))))
      applyMap<double>(op, ctx, y, op.FloatFormula(), operands);
  if constexpr (Op::kInt)
    if (isa<IntegerType>(getElementType(op->getOperand(0))))
      applyMap<Int>(op, ctx, y, op.IntFormula(), operands);
  ctx.set(op.getY(), y);
  return success();
}

#define MAP(OP)                                                                                              \
  LogicalResult OP::inferTypes(SmallVectorImpl<Type> &types) {                                               \
    return inferMap(*this, types);                                                                           \
  }                                                                                                          \
  LogicalResult OP::evaluate(EvalContext &ctx) {                                                             \
    return evaluateMap(*this, ctx);                                                                          \
  }
MAP(AddOp)
MAP(SubOp)
MAP(MulOp)
MAP(DivOp)
MAP(ModOp)
MAP(RemOp)
MAP(PowOp)
MAP(MaxOp)
MAP(MinOp)
MAP(PReluOp)
MAP(AbsOp)
MAP(NegOp)
MAP(SignOp)
MAP(CeilOp)
MAP(FloorOp)
MAP(RoundOp)
MAP(SqrtOp)
MAP(ExpOp)
MAP(LogOp)
MAP(SinOp)
MAP(CosOp)
MAP(TanOp)
MAP(AsinOp)
MAP(AcosOp)
MAP(AtanOp)
MAP(SinhOp)
MAP(CoshOp)
MAP(TanhOp)
MAP(AsinhOp)
MAP(AcoshOp)
MAP(AtanhOp)
MAP(ErfOp)
MAP(ReluOp)
MAP(SigmoidOp)
MAP(SoftplusOp)
MAP(EluOp)
MAP(LeakyReluOp)
MAP(ThresholdedReluOp)
MAP(HardSigmoidOp)
MAP(HardSwishOp)
MAP(SwishOp)
MAP(MishOp)
MAP(GeluOp)
MAP(GeluTanhOp)
MAP(ShrinkOp)
MAP(EqualOp)
MAP(LessOp)
MAP(LessEqualOp)
MAP(AndOp)
MAP(OrOp)
MAP(XorOp)
MAP(ShlOp)
MAP(ShrOp)
MAP(IsNaNOp)
MAP(IsInfOp)
#undef MAP

//===-- Others -----------------------------------------------------------------------------------------===//

LogicalResult NotOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isa<IntegerType>(getElementType(getX())))
    return emitOpError("C1: expected booleans or integers, but got ") << getElementType(getX());
  types.push_back(getX().getType());
  return success();
}

LogicalResult NotOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  bool isBool = x.elementType().isInteger(1);
  for (int64_t i = 0; i < y.size(); ++i)
    y.setI(i, isBool ? Int(!x.getI(i)) : ~x.getI(i));
  ctx.set(getY(), y);
  return success();
}

LogicalResult WhereOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!getElementType(getCondition()).isInteger(1))
    return emitOpError("C1: expected a condition of booleans, but got ") << getElementType(getCondition());
  if (getElementType(getX()) != getElementType(getZ()))
    return emitOpError("C2: expected operands of one element type, but got ")
           << getElementType(getX()) << " and " << getElementType(getZ());
  FailureOr<Dims> dims = inferBroadcast(*this);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(*dims, getElementType(getX())));
  return success();
}

LogicalResult WhereOp::evaluate(EvalContext &ctx) {
  const HostTensor &condition = ctx.get(getCondition()), &x = ctx.get(getX()), &z = ctx.get(getZ());
  HostTensor y = ctx.make(getY());
  BroadcastIndex c(condition.shape(), y.shape()), a(x.shape(), y.shape()), b(z.shape(), y.shape());
  for (int64_t i = 0; i < y.size(); ++i)
    if (condition.getI(c(i)))
      y.copyElement(i, x, a(i));
    else
      y.copyElement(i, z, b(i));
  ctx.set(getY(), y);
  return success();
}

LogicalResult IotaOp::inferTypes(SmallVectorImpl<Type> &types) {
  AffineMap shape = getShape();
  if (shape.getNumDims())
    return emitOpError("C1: expected a map of symbols only, but got ") << AffineMapAttr::get(shape);
  if (getDim() >= shape.getNumResults())
    return emitOpError("C2: expected a dimension below ")
           << shape.getNumResults() << ", but got " << getDim();
  types.push_back(getTensorType(shape.getResults(), IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult IotaOp::evaluate(EvalContext &ctx) {
  HostTensor y = ctx.make(getY());
  int64_t stride = y.strides()[getDim()], extent = y.dim(getDim());
  for (int64_t i = 0; i < y.size(); ++i)
    y.setI(i, i / stride % extent);
  ctx.set(getY(), y);
  return success();
}

//===-- Folding ----------------------------------------------------------------------------------------===//

/// Whether `attr`, the value of an operand or null, is a constant of elements that all satisfy `test`, which
/// is called on a tensor and an index.
template <typename Test>
static bool isAll(Attribute attr, Test test) {
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(attr)) {
    if (dense.isSplat() && dense.getNumElements() > 1)
      dense = dense.resizeSplat(RankedTensorType::get({1}, dense.getElementType()));
    attr = dense;
  } else {
    auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(attr);
    if (!resource || !resource.getRawHandle().getBlob())
      return false;
  }
  HostTensor tensor = HostTensor::fromAttr(cast<ElementsAttr>(attr));
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (!test(tensor, i))
      return false;
  return true;
}

/// Whether all elements are `value`; 0 and -0 are different floats.
static bool isAll(Attribute attr, double value) {
  return isAll(attr, [&](const HostTensor &t, int64_t i) {
    double element = t.getF(i);
    return element == value && (!t.isFloat() || std::signbit(element) == std::signbit(value));
  });
}

/// Whether all bits of all elements are set.
static bool isAllOnes(Attribute attr) {
  return isAll(attr, [](const HostTensor &t, int64_t i) {
    Int element = t.getI(i);
    unsigned width = t.elementType().getIntOrFloatBitWidth();
    return element == -1 || element == (Int(1) << width) - 1;
  });
}

/// Folds to `x` where it has the op's type (it does not where it is broadcast).
static OpFoldResult foldTo(Value x, Value y, bool condition) {
  return condition && x.getType() == y.getType() ? OpFoldResult(x) : OpFoldResult();
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  // 0 is not neutral: -0 + 0 = 0.
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), isa<FloatType>(getElementType(getY())) ? -0.0 : 0.0));
}
OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 0.0));
}
OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 1.0));
}
OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 1.0));
}
OpFoldResult PowOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 1.0));
}
OpFoldResult MaxOp::fold(FoldAdaptor) {
  return foldTo(getX(), getY(), getX() == getZ());
}
OpFoldResult MinOp::fold(FoldAdaptor) {
  return foldTo(getX(), getY(), getX() == getZ());
}
OpFoldResult ShlOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 0.0));
}
OpFoldResult ShrOp::fold(FoldAdaptor adaptor) {
  return foldTo(getX(), getY(), isAll(adaptor.getZ(), 0.0));
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  if (getX() == getZ() || isAllOnes(adaptor.getZ()))
    return foldTo(getX(), getY(), true);
  return foldTo(getZ(), getY(), isAll(adaptor.getZ(), 0.0));
}
OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  if (getX() == getZ() || isAll(adaptor.getZ(), 0.0))
    return foldTo(getX(), getY(), true);
  return foldTo(getZ(), getY(), isAllOnes(adaptor.getZ()));
}

/// f(f(x)) is x.
template <typename Op>
static OpFoldResult foldInverse(Op op) {
  auto inner = op.getX().template getDefiningOp<Op>();
  return inner ? OpFoldResult(inner.getX()) : OpFoldResult();
}
OpFoldResult NegOp::fold(FoldAdaptor) {
  return foldInverse(*this);
}
OpFoldResult NotOp::fold(FoldAdaptor) {
  return foldInverse(*this);
}

/// f(x) is x, where x is a result of one of `Inner`.
template <typename... Inner>
static OpFoldResult foldAfter(Value x) {
  Operation *op = x.getDefiningOp();
  return op && isa<Inner...>(op) ? OpFoldResult(x) : OpFoldResult();
}
OpFoldResult AbsOp::fold(FoldAdaptor) {
  return foldAfter<AbsOp>(getX());
}
OpFoldResult SignOp::fold(FoldAdaptor) {
  return foldAfter<SignOp>(getX());
}
OpFoldResult CeilOp::fold(FoldAdaptor) {
  return foldAfter<CeilOp, FloorOp, RoundOp>(getX());
}
OpFoldResult FloorOp::fold(FoldAdaptor) {
  return foldAfter<CeilOp, FloorOp, RoundOp>(getX());
}
OpFoldResult RoundOp::fold(FoldAdaptor) {
  return foldAfter<CeilOp, FloorOp, RoundOp>(getX());
}
OpFoldResult ReluOp::fold(FoldAdaptor) {
  return foldAfter<ReluOp>(getX());
}

OpFoldResult WhereOp::fold(FoldAdaptor adaptor) {
  if (getX() == getZ() || isAll(adaptor.getCondition(), 1.0))
    return foldTo(getX(), getY(), true);
  return foldTo(getZ(), getY(), isAll(adaptor.getCondition(), 0.0));
}

//===-- Shape arithmetic -------------------------------------------------------------------------------===//

/// Applies `f` to the operands' expressions, broadcast to the static shape of the result.
static std::optional<Dims> mapDims(Operation *op, const KnownDims &known,
                                   llvm::function_ref<std::optional<Dim>(ArrayRef<Dim>)> f) {
  SmallVector<const Dims *> operands;
  SmallVector<BroadcastIndex> index;
  auto shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  for (Value operand : op->getOperands()) {
    auto type = cast<RankedTensorType>(operand.getType());
    operands.push_back(known.get(operand));
    if (!operands.back() || !type.hasStaticShape())
      return std::nullopt;
    index.emplace_back(type.getShape(), shape);
  }
  Dims result;
  for (int64_t i = 0, end = numElements(shape); i < end; ++i) {
    SmallVector<Dim> elements;
    for (auto [operand, position] : llvm::zip(operands, index))
      elements.push_back((*operand)[position(i)]);
    std::optional<Dim> element = f(elements);
    if (!element)
      return std::nullopt;
    result.push_back(*element);
  }
  return result;
}

/// An expression that stands for itself only if no symbol value takes it out of i64: then wrapping cannot
/// matter.
static std::optional<Dim> ifBounded(const KnownDims &known, Dim dim) {
  return isSmall(dim) && known.bounds(dim) ? std::optional(dim) : std::nullopt;
}

/// -1, 0 or 1 if a < b, a == b, a > b for all values of the symbols.
static std::optional<int> compare(const KnownDims &known, Dim a, Dim b) {
  Dim difference = a - b;
  if (!isSmall(difference))
    return std::nullopt;
  auto bounds = known.bounds(difference);
  if (!bounds)
    return std::nullopt;
  if (bounds->second < 0)
    return -1;
  if (bounds->first > 0)
    return 1;
  return bounds->first == 0 && bounds->second == 0 ? std::optional(0) : std::nullopt;
}

/// Whether wrapping or sign cannot matter: 64-bit signed elements.
static bool isWide(Value value) {
  return getElementType(value).isSignlessInteger(64);
}

std::optional<Dims> AddOp::evaluateDims(const KnownDims &known) {
  if (!isWide(getY()))
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) { return ifBounded(known, x[0] + x[1]); });
}

std::optional<Dims> SubOp::evaluateDims(const KnownDims &known) {
  if (!isWide(getY()))
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) { return ifBounded(known, x[0] - x[1]); });
}

std::optional<Dims> MulOp::evaluateDims(const KnownDims &known) {
  if (!isWide(getY()))
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) { return ifBounded(known, x[0] * x[1]); });
}

/// Division and remainder by rounding down agree with truncation where nothing is negative.
template <typename F>
static std::optional<Dims> divideDims(Operation *op, const KnownDims &known, F f) {
  if (!isWide(op->getResult(0)))
    return std::nullopt;
  return mapDims(op, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    auto numerator = known.bounds(x[0]), divisor = known.bounds(x[1]);
    if (!numerator || !divisor || numerator->first < 0 || divisor->first <= 0)
      return std::nullopt;
    return ifBounded(known, f(x[0], x[1]));
  });
}

std::optional<Dims> DivOp::evaluateDims(const KnownDims &known) {
  return divideDims(*this, known, [](Dim a, Dim b) { return a.floorDiv(b); });
}

std::optional<Dims> ModOp::evaluateDims(const KnownDims &known) {
  return divideDims(*this, known, [](Dim a, Dim b) { return a % b; });
}

std::optional<Dims> MaxOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    std::optional<int> order = compare(known, x[0], x[1]);
    return order ? std::optional(*order < 0 ? x[1] : x[0]) : std::nullopt;
  });
}

std::optional<Dims> MinOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    std::optional<int> order = compare(known, x[0], x[1]);
    return order ? std::optional(*order < 0 ? x[0] : x[1]) : std::nullopt;
  });
}

std::optional<Dims> AbsOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    auto bounds = known.bounds(x[0]);
    return bounds && bounds->first >= 0 ? std::optional(x[0]) : std::nullopt;
  });
}

std::optional<Dims> NegOp::evaluateDims(const KnownDims &known) {
  if (!isWide(getY()))
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) { return ifBounded(known, x[0] * -1); });
}

std::optional<Dims> EqualOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    std::optional<int> order = compare(known, x[0], x[1]);
    return order ? std::optional(constDim(getContext(), *order == 0)) : std::nullopt;
  });
}

std::optional<Dims> LessOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    Dim difference = x[0] - x[1];
    auto bounds = isSmall(difference) ? known.bounds(difference) : std::nullopt;
    if (!bounds || (bounds->first < 0 && bounds->second >= 0))
      return std::nullopt;
    return constDim(getContext(), bounds->second < 0);
  });
}

std::optional<Dims> LessEqualOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    Dim difference = x[0] - x[1];
    auto bounds = isSmall(difference) ? known.bounds(difference) : std::nullopt;
    if (!bounds || (bounds->first <= 0 && bounds->second > 0))
      return std::nullopt;
    return constDim(getContext(), bounds->second <= 0);
  });
}

std::optional<Dims> AndOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    if (getStatic(x[0]) == 0 || getStatic(x[1]) == 0)
      return constDim(getContext(), 0);
    if (getStatic(x[0]) && getStatic(x[1]))
      return constDim(getContext(), *getStatic(x[0]) & *getStatic(x[1]));
    return std::nullopt;
  });
}

std::optional<Dims> OrOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    if (getStatic(x[0]) && getStatic(x[1]))
      return constDim(getContext(), *getStatic(x[0]) | *getStatic(x[1]));
    return std::nullopt;
  });
}

std::optional<Dims> NotOp::evaluateDims(const KnownDims &known) {
  if (!getElementType(getX()).isInteger(1))
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    return getStatic(x[0]) ? std::optional(constDim(getContext(), !*getStatic(x[0]))) : std::nullopt;
  });
}

std::optional<Dims> WhereOp::evaluateDims(const KnownDims &known) {
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    if (std::optional<int64_t> condition = getStatic(x[0]))
      return *condition ? x[1] : x[2];
    return x[1] == x[2] ? std::optional(x[1]) : std::nullopt;
  });
}

std::optional<Dims> CastOp::evaluateDims(const KnownDims &known) {
  auto to = dyn_cast<IntegerType>(getTo());
  if (!to)
    return std::nullopt;
  return mapDims(*this, known, [&](ArrayRef<Dim> x) -> std::optional<Dim> {
    auto bounds = known.bounds(x[0]);
    if (!bounds)
      return std::nullopt;
    unsigned width = to.getWidth();
    if (width == 1)
      return bounds->first > 0 || bounds->second < 0     ? std::optional(constDim(getContext(), 1))
             : bounds->first == 0 && bounds->second == 0 ? std::optional(constDim(getContext(), 0))
                                                         : std::nullopt;
    // Values that fit do not wrap.
    int64_t low = to.isUnsigned() ? 0 : width == 64 ? INT64_MIN : -(int64_t(1) << (width - 1));
    int64_t high = width == 64 ? INT64_MAX : (int64_t(1) << (to.isUnsigned() ? width : width - 1)) - 1;
    return bounds->first >= low && bounds->second <= high ? std::optional(x[0]) : std::nullopt;
  });
}
