#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/Expand/Expander.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

Value RegionVectorizer::constIndex(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value RegionVectorizer::addIndex(Value x, Value y) {
  if (matchPattern(x, m_Zero()))
    return y;
  if (matchPattern(y, m_Zero()))
    return x;
  return arith::AddIOp::create(b, loc, x, y);
}

Value RegionVectorizer::mulIndex(Value x, Value y) {
  if (matchPattern(x, m_One()))
    return y;
  if (matchPattern(y, m_One()))
    return x;
  if (matchPattern(x, m_Zero()) || matchPattern(y, m_Zero()))
    return constIndex(0);
  return arith::MulIOp::create(b, loc, x, y);
}

Value RegionVectorizer::iota(int64_t step, Type element) {
  SmallVector<Attribute> values;
  for (int64_t lane = 0; lane < lanes; ++lane)
    values.push_back(b.getIntegerAttr(element, lane * step));
  auto type = VectorType::get({lanes}, element);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value RegionVectorizer::vectorOf(const Lane &value) {
  Type element = value.base.getType();
  if (isa<VectorType>(element))
    return value.base;
  Value vector = vector::BroadcastOp::create(b, loc, VectorType::get({lanes}, element), value.base);
  if (value.step)
    vector = arith::AddIOp::create(b, loc, vector, iota(value.step, element));
  return vector;
}

/// The result of an index operation that keeps the form base + lane * step.
std::optional<Lane> RegionVectorizer::linear(Operation *op, ArrayRef<Lane> operands) {
  if (operands.size() != 2 || !op->getResult(0).getType().isIndex() ||
      llvm::any_of(operands, [](const Lane &l) { return isa<VectorType>(l.base.getType()); }))
    return std::nullopt;
  const Lane &x = operands[0], &y = operands[1];
  if (isa<arith::AddIOp>(op))
    return Lane{addIndex(x.base, y.base), x.step + y.step};
  if (isa<arith::SubIOp>(op))
    return Lane{arith::SubIOp::create(b, loc, x.base, y.base), x.step - y.step};
  if (isa<arith::MulIOp>(op)) {
    if (std::optional<int64_t> factor = getConstantIntValue(y.base); factor && !y.step)
      return Lane{mulIndex(x.base, y.base), x.step * *factor};
    if (std::optional<int64_t> factor = getConstantIntValue(x.base); factor && !x.step)
      return Lane{mulIndex(x.base, y.base), y.step * *factor};
  }
  return std::nullopt;
}

Lane RegionVectorizer::load(Value flat, const Lane &position, Value mask) {
  Type element = cast<MemRefType>(flat.getType()).getElementType();
  auto type = VectorType::get({lanes}, element);
  bool isVector = isa<VectorType>(position.base.getType());
  if (!isVector && position.step == 0)
    return {memref::LoadOp::create(b, loc, flat, position.base), 0};
  if (!isVector && position.step == 1) {
    if (!mask)
      return {vector::LoadOp::create(b, loc, type, flat, position.base), 0};
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    return {vector::MaskedLoadOp::create(b, loc, type, flat, position.base, mask, zero), 0};
  }
  Value base = isVector ? constIndex(0) : position.base;
  Value offsets = isVector ? position.base : iota(position.step, b.getI32Type());
  if (!isVector && std::abs(position.step) * lanes > INT32_MAX)
    offsets = iota(position.step, b.getIndexType());
  Value all = mask ? mask : fullMask();
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return {vector::GatherOp::create(b, loc, type, flat, base, offsets, all, zero), 0};
}

void RegionVectorizer::store(Value value, Value flat, const Lane &position, Value mask) {
  if (position.step == 1) {
    if (mask)
      vector::MaskedStoreOp::create(b, loc, flat, position.base, mask, value);
    else
      vector::StoreOp::create(b, loc, value, flat, position.base);
    return;
  }
  vector::ScatterOp::create(b, loc, Type(), flat, position.base, iota(position.step, b.getIndexType()),
                            mask ? mask : fullMask(), value);
}

Value RegionVectorizer::fullMask() {
  auto type = VectorType::get({lanes}, b.getI1Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, true));
}

Lane RegionVectorizer::clone(Operation *op, llvm::DenseMap<Value, Lane> &values, ArrayRef<Lane> coordinates,
                             Value mask) {
  if (auto index = dyn_cast<IndexOp>(op))
    return coordinates[index.getDim()];
  auto lookup = [&](Value value) {
    auto it = values.find(value);
    return it == values.end() ? Lane{value, 0} : it->second;
  };
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return regionLoad(load, lookup, mask);
  SmallVector<Lane> operands;
  bool uniform = true;
  for (Value operand : op->getOperands()) {
    operands.push_back(lookup(operand));
    uniform &= !isa<VectorType>(operands.back().base.getType()) && operands.back().step == 0;
  }
  if (auto result = linear(op, operands))
    return *result;
  // Floats are computed in vectors even where all lanes agree: scalar and vector code must not differ in its
  // rounding, and a loop's arithmetic stays in vector registers.
  bool isFloat = llvm::any_of(op->getOperandTypes(), llvm::IsaPred<FloatType>) ||
                 isa<FloatType>(op->getResult(0).getType());
  bool scalar = lanes == 1 || (uniform && (!isFloat || op->getNumOperands() == 0));
  OperationState state(loc, op->getName());
  for (const Lane &operand : operands)
    state.operands.push_back(scalar ? operand.base : vectorOf(operand));
  for (Type type : op->getResultTypes())
    state.addTypes(scalar ? type : VectorType::get({lanes}, type));
  state.attributes = NamedAttrList(op->getAttrDictionary());
  return {b.create(state)->getResult(0), 0};
}

Lane RegionVectorizer::regionLoad(memref::LoadOp load, llvm::function_ref<Lane(Value)> lookup, Value mask) {
  Value buffer = load.getMemRef();
  const FlatBuffer &flat = flatten(buffer);
  // position = base + sum of subscript * stride, kept linear in the lane where possible.
  Lane position{flat.offset, 0};
  Value vector;
  for (auto [subscript, stride] : llvm::zip(load.getIndices(), flat.strides)) {
    Lane lane = lookup(subscript);
    std::optional<int64_t> fixed = getConstantIntValue(stride);
    if (isa<VectorType>(lane.base.getType()) || (lane.step && !fixed)) {
      Value wide = vectorOf(lane);
      Value factor = vector::BroadcastOp::create(b, loc, wide.getType(), stride);
      Value term = fixed == 1 ? wide : Value(arith::MulIOp::create(b, loc, wide, factor));
      vector = vector ? Value(arith::AddIOp::create(b, loc, vector, term)) : term;
    } else {
      position.base = addIndex(position.base, mulIndex(lane.base, stride));
      position.step += lane.step ? lane.step * *fixed : 0;
    }
  }
  if (vector)
    position = Lane{arith::AddIOp::create(b, loc, vector, vectorOf(position)), 0};
  return this->load(flat.memref, position, mask);
}

const FlatBuffer &RegionVectorizer::flatten(Value buffer) {
  auto it = flats.find(buffer);
  if (it != flats.end())
    return it->second;
  // Outside of all loops of this nest, so that it is computed once.
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(outside);
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  FlatBuffer flat;
  Value base = buffer;
  bool needsMetadata = ShapedType::isDynamic(offset) || llvm::any_of(strides, ShapedType::isDynamic);
  memref::ExtractStridedMetadataOp metadata;
  if (needsMetadata) {
    metadata = memref::ExtractStridedMetadataOp::create(b, loc, buffer);
    base = metadata.getBaseBuffer();
  }
  for (auto [i, stride] : llvm::enumerate(strides))
    flat.strides.push_back(ShapedType::isDynamic(stride) ? Value(metadata.getStrides()[i])
                                                         : constIndex(stride));
  Value start = ShapedType::isDynamic(offset) ? Value(metadata.getOffset()) : constIndex(offset);
  // Subscripts are checked by construction; the view's size bounds nothing.
  constexpr int64_t kSpan = int64_t(1) << 40;
  auto flatType = MemRefType::get({kSpan}, type.getElementType());
  flat.memref = memref::ReinterpretCastOp::create(b, loc, flatType, base, OpFoldResult(b.getIndexAttr(0)),
                                                  ArrayRef<OpFoldResult>{b.getIndexAttr(kSpan)},
                                                  ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  flat.offset = start;
  return flats[buffer] = flat;
}
