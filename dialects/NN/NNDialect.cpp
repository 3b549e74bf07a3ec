#include "dialects/NN/NN.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

#include "dialects/NN/NNDialect.cpp.inc"
#include "dialects/NN/NNEnums.cpp.inc"
#include "dialects/NN/NNInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/NN/NNAttrs.cpp.inc"

void NNDialect::initialize() {
  registerNNDialectOperations(this);
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/NN/NNAttrs.cpp.inc"
      >();
}

Operation *NNDialect::materializeConstant(OpBuilder &b, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type)
    return nullptr;
  return ConstantOp::create(b, loc, type, elements);
}

/// Whether elements of `type` have a meaning in the dialect (see HostTensor).
static bool isElement(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return !integer.isSigned() && llvm::isPowerOf2_32(integer.getWidth()) && integer.getWidth() <= 64;
  return isa<FloatType>(type) &&
         llvm::is_contained({4u, 6u, 8u, 16u, 32u, 64u}, type.getIntOrFloatBitWidth());
}

/// Whether the encoding of `type` is what getTensorType makes of its dimensions, which getDims relies on.
static bool isCanonical(RankedTensorType type) {
  auto encoding = dyn_cast_if_present<AffineMapAttr>(type.getEncoding());
  if (type.hasStaticShape())
    return !type.getEncoding();
  return encoding && encoding.getValue().getNumDims() == 0 &&
         int64_t(encoding.getValue().getNumResults()) == type.getRank() &&
         getTensorType(getDims(type), type.getElementType()) == type;
}

LogicalResult nn::verifyInferredTypes(Operation *op) {
  // Results are checked by the comparison below, but for the element type, which may come from an attribute.
  for (Type type : op->getOperandTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && !isCanonical(tensor))
      return op->emitOpError(
                 "expected an affine map of symbols, with one result per dimension, as encoding of a "
                 "tensor with symbolic dimensions only, but got ")
             << tensor;
  for (TypeRange range : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : range)
      if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && !isElement(tensor.getElementType()))
        return op->emitOpError(
                   "expected elements of booleans, of signless or unsigned integers of at most 64 bits "
                   "or of floats of at most 64 bits, but got ")
               << tensor.getElementType();
  SmallVector<Type> types;
  if (failed(cast<InferOpInterface>(op).inferTypes(types)))
    return failure();
  if (types.size() != op->getNumResults())
    return op->emitOpError("expected ") << types.size() << " results, but got " << op->getNumResults();
  for (auto [i, type] : llvm::enumerate(types))
    if (type != op->getResult(i).getType())
      return op->emitOpError("expected result ")
             << i << " of type " << type << ", but got " << op->getResult(i).getType();
  return success();
}

Operation *nn::createInferred(OpBuilder &b, Location loc, StringRef name, ArrayRef<Value> operands,
                              ArrayRef<NamedAttribute> attrs, unsigned numResults) {
  OperationState state(loc, name);
  SmallVector<int32_t> segments;
  for (Value operand : operands) {
    if (operand)
      state.addOperands(operand);
    segments.push_back(operand ? 1 : 0);
  }
  state.addAttributes(attrs);
  if (state.name.hasTrait<OpTrait::AttrSizedOperandSegments>() &&
      !state.attributes.get("operandSegmentSizes"))
    state.addAttribute("operandSegmentSizes", b.getDenseI32ArrayAttr(segments));
  NamedAttrList checked = state.attributes;
  if (failed(state.name.verifyInherentAttrs(checked, [&] { return emitError(loc) << name << ": "; })))
    return nullptr;
  // The result types follow from inference on the op itself; until then they are a placeholder.
  state.addTypes(SmallVector<Type>(numResults, RankedTensorType::get({}, b.getI1Type())));
  Operation *op = Operation::create(state);
  // Inference asks the module around the op for the symbols' bounds, as verification will. Listeners hear of
  // the op once it is whole.
  Block *block = b.getInsertionBlock();
  if (block)
    block->getOperations().insert(b.getInsertionPoint(), op);
  SmallVector<Type> types;
  bool inferred = succeeded(cast<InferOpInterface>(op).inferTypes(types)) && types.size() == numResults;
  if (block)
    op->remove();
  if (!inferred) {
    op->destroy();
    return nullptr;
  }
  for (auto [result, type] : llvm::zip(op->getResults(), types))
    result.setType(type);
  b.insert(op);
  return op;
}

LogicalResult ConstantOp::inferTypes(SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(getValue().getShapedType());
  if (!type || !type.hasStaticShape())
    return emitOpError("C1: expected a value of static ranked tensor type, but got ")
           << getValue().getShapedType();
  types.push_back(RankedTensorType::get(type.getShape(), type.getElementType()));
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) {
  return getValue();
}

LogicalResult ConstantOp::evaluate(EvalContext &ctx) {
  ctx.set(getY(), HostTensor::fromAttr(getValue()));
  return success();
}

LogicalResult ShapeOfOp::inferTypes(SmallVectorImpl<Type> &types) {
  AffineMap map = getExprs();
  if (map.getNumDims())
    return emitOpError("C1: expected a map of symbols only, but got ") << AffineMapAttr::get(map);
  types.push_back(RankedTensorType::get({map.getNumResults()}, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult ShapeOfOp::evaluate(EvalContext &ctx) {
  HostTensor y = ctx.make(getY());
  for (auto [i, expr] : llvm::enumerate(getExprs().getResults())) {
    std::optional<int64_t> value = nn::evaluate(expr, ctx.symbols);
    if (!value)
      return emitOpError("a dimension overflows");
    y.setI(i, *value);
  }
  ctx.set(getY(), y);
  return success();
}

std::optional<Dims> ShapeOfOp::evaluateDims(const KnownDims &) {
  return Dims(getExprs().getResults().begin(), getExprs().getResults().end());
}
