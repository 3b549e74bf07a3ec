#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/IR/IntegerSet.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Lowering.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

const Lowerings &Lowerings::get() {
  static const Lowerings lowerings = [] {
    Lowerings all;
    populateAttention(all);
    populateContraction(all);
    populateConversion(all);
    populateElementwise(all);
    populateImage(all);
    populateIndexing(all);
    populateInteger(all);
    populateMovement(all);
    populateNormalization(all);
    populatePool(all);
    populateRecurrent(all);
    populateReduction(all);
    populateScan(all);
    populateSelection(all);
    populateSignal(all);
    return all;
  }();
  return lowerings;
}

//===----------------------------------------------------------------------===//
// TaskBuilder
//===----------------------------------------------------------------------===//

Tensor TaskBuilder::tensor(Value nnValue) {
  auto it = values.find(nnValue);
  assert(it != values.end() && "expected an operand or result of the op being lowered");
  return it->second;
}

Value TaskBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value TaskBuilder::extent(nn::Dim dim) {
  if (std::optional<int64_t> value = nn::getStatic(dim))
    return index(*value);
  SmallVector<Value> operands;
  dim.walk([&](AffineExpr expr) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      operands.resize(std::max<size_t>(operands.size(), symbol.getPosition() + 1));
  });
  for (auto [i, operand] : llvm::enumerate(operands))
    operand = arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                         memref::LoadOp::create(b, loc, symbols, ValueRange{index(i)}));
  return affine::expandAffineExpr(b, loc, dim, {}, operands);
}

void TaskBuilder::setSymbol(nn::Dim symbol, Value value) {
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), value);
  memref::StoreOp::create(b, loc, wide, symbols,
                          ValueRange{index(cast<AffineSymbolExpr>(symbol).getPosition())});
}

static MemRefType memrefType(Type element, ArrayRef<nn::Dim> dims) {
  SmallVector<int64_t> shape;
  for (nn::Dim dim : dims)
    shape.push_back(nn::getStatic(dim).value_or(ShapedType::kDynamic));
  return MemRefType::get(shape, storageType(element));
}

Tensor TaskBuilder::scratch(Type element, ArrayRef<nn::Dim> dims, sched::LayoutAttr layout) {
  MemRefType type = memrefType(element, dims);
  SmallVector<Value> dynamic;
  for (nn::Dim dim : dims)
    if (!nn::getStatic(dim))
      dynamic.push_back(extent(dim));
  auto alloc = memref::AllocOp::create(b, loc, type, dynamic);
  // The planner of scratch memory reserves the size at the symbols' maxima.
  auto map = AffineMap::get(0, symbolCount, dims, b.getContext());
  alloc->setAttr(kExtentsAttr, AffineMapAttr::get(map));
  if (layout)
    alloc->setAttr(kLayoutAttr, layout);
  return {alloc, element, nn::Dims(dims), layout};
}

/// A row-major view of the memory at `memref`, which is contiguous.
static Value viewAs(TaskBuilder &task, Value memref, OpFoldResult offset, MemRefType contiguous,
                    ArrayRef<nn::Dim> dims) {
  OpBuilder &b = task.b;
  SmallVector<OpFoldResult> sizes, strides(dims.size());
  for (nn::Dim dim : dims)
    sizes.push_back(getAsOpFoldResult(task.extent(dim)));
  OpFoldResult stride = b.getIndexAttr(1);
  for (int64_t i = int64_t(dims.size()) - 1; i >= 0; --i) {
    strides[i] = stride;
    std::optional<int64_t> s = getConstantIntValue(stride), size = getConstantIntValue(sizes[i]);
    if (s && size)
      stride = b.getIndexAttr(*s * *size);
    else
      stride = getAsOpFoldResult(arith::MulIOp::create(b, task.loc,
                                                       getValueOrCreateConstantIndexOp(b, task.loc, stride),
                                                       getValueOrCreateConstantIndexOp(b, task.loc, sizes[i]))
                                     .getResult());
  }
  bool plain = getConstantIntValue(offset) == 0;
  if (plain)
    return memref::ReinterpretCastOp::create(b, task.loc, contiguous, memref, offset, sizes, strides);
  SmallVector<int64_t> staticStrides;
  for (OpFoldResult s : strides)
    staticStrides.push_back(getConstantIntValue(s).value_or(ShapedType::kDynamic));
  auto layout = StridedLayoutAttr::get(
      b.getContext(), getConstantIntValue(offset).value_or(ShapedType::kDynamic), staticStrides);
  auto type = MemRefType::get(contiguous.getShape(), contiguous.getElementType(), layout);
  return memref::ReinterpretCastOp::create(b, task.loc, type, memref, offset, sizes, strides);
}

Tensor TaskBuilder::view(Value pointer, Type element, ArrayRef<nn::Dim> dims) {
  return {viewAs(*this, pointer, b.getIndexAttr(0), memrefType(element, dims), dims), element,
          nn::Dims(dims)};
}

Tensor TaskBuilder::reshape(const Tensor &t, ArrayRef<nn::Dim> dims) {
  auto type = cast<MemRefType>(t.memref.getType());
  OpFoldResult offset = b.getIndexAttr(0);
  if (!type.getLayout().isIdentity()) {
    auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, t.memref);
    offset = getAsOpFoldResult(metadata.getOffset());
    return {viewAs(*this, metadata.getBaseBuffer(), offset, memrefType(t.element, dims), dims), t.element,
            nn::Dims(dims)};
  }
  return {viewAs(*this, t.memref, offset, memrefType(t.element, dims), dims), t.element, nn::Dims(dims)};
}

Tensor TaskBuilder::slice(const Tensor &t, Value i) {
  SmallVector<OpFoldResult> offsets(t.rank(), b.getIndexAttr(0)), sizes, strides(t.rank(), b.getIndexAttr(1));
  offsets[0] = getAsOpFoldResult(i);
  for (nn::Dim dim : t.dims)
    sizes.push_back(getAsOpFoldResult(extent(dim)));
  sizes[0] = b.getIndexAttr(1);
  auto source = cast<MemRefType>(t.memref.getType());
  auto type = memref::SubViewOp::inferRankReducedResultType(source.getShape().drop_front(), source, offsets,
                                                            sizes, strides);
  Value view = memref::SubViewOp::create(b, loc, cast<MemRefType>(type), t.memref, offsets, sizes, strides);
  return {view, t.element, nn::Dims(ArrayRef(t.dims).drop_front())};
}

Tensor TaskBuilder::window(const Tensor &t, ArrayRef<Value> starts, ArrayRef<nn::Dim> dims) {
  SmallVector<OpFoldResult> offsets, sizes, strides(t.rank(), b.getIndexAttr(1));
  for (auto [start, dim] : llvm::zip(starts, dims)) {
    offsets.push_back(getAsOpFoldResult(start));
    sizes.push_back(getAsOpFoldResult(extent(dim)));
  }
  return {memref::SubViewOp::create(b, loc, t.memref, offsets, sizes, strides), t.element, nn::Dims(dims)};
}

Value TaskBuilder::load(const Tensor &t, ValueRange subscripts) {
  ScalarBuilder s = scalars();
  return s.load(t, SmallVector<Value>(subscripts));
}

void TaskBuilder::store(Value value, const Tensor &t, ValueRange subscripts) {
  ScalarBuilder s = scalars();
  memref::StoreOp::create(b, loc, toStorage(s, value, t.element), t.memref, subscripts);
}

void TaskBuilder::loop(Value begin, Value end, llvm::function_ref<void(Value)> body) {
  loop(begin, end, {}, [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

SmallVector<Value> TaskBuilder::loop(Value begin, Value end, ValueRange carried,
                                     llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, index(1), carried);
  std::optional<int64_t> first = getConstantIntValue(begin), last = getConstantIntValue(end);
  int64_t outer = repeats;
  if (first && last && *last > *first)
    repeats *= *last - *first;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  // Without carried values the builder made the terminator already.
  if (!carried.empty())
    scf::YieldOp::create(b, loc, next);
  repeats = outer;
  return SmallVector<Value>(loop.getResults());
}

void TaskBuilder::fill(const Tensor &t, double value) {
  Nest nest(*this, t.dims);
  nest.out(t);
  nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
    return Nest::Values{s.constant(computeType(t.element), value)};
  });
}

void TaskBuilder::copy(const Tensor &from, const Tensor &to) {
  // Moved as it lies in memory, so that every bit pattern survives.
  Type raw = storageType(from.element);
  Nest nest(*this, to.dims);
  nest.in({from.memref, raw, from.dims}, nest.parallelDims()).out({to.memref, raw, to.dims});
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
}

//===----------------------------------------------------------------------===//
// Nest
//===----------------------------------------------------------------------===//

Nest::Nest(TaskBuilder &task, ArrayRef<nn::Dim> parallel, ArrayRef<nn::Dim> reduction)
    : task(task), extents(parallel), numParallel(parallel.size()) {
  extents.append(reduction.begin(), reduction.end());
}

AffineExpr Nest::d(int64_t i) {
  return getAffineDimExpr(i, task.context());
}
AffineExpr Nest::c(int64_t value) {
  return getAffineConstantExpr(value, task.context());
}

SmallVector<AffineExpr> Nest::parallelDims() {
  SmallVector<AffineExpr> dims;
  for (int64_t i = 0; i < numParallel; ++i)
    dims.push_back(d(i));
  return dims;
}

Nest &Nest::in(const Tensor &t, ArrayRef<AffineExpr> subscripts) {
  inputs.push_back(t);
  inputMaps.push_back(AffineMap::get(extents.size(), 0, subscripts, task.context()));
  return *this;
}

Nest &Nest::inBroadcast(const Tensor &t) {
  SmallVector<AffineExpr> subscripts;
  int64_t shift = numParallel - t.rank();
  for (auto [i, dim] : llvm::enumerate(t.dims))
    subscripts.push_back(nn::getStatic(dim) == 1 ? c(0) : d(shift + i));
  return in(t, subscripts);
}

Nest &Nest::out(const Tensor &t) {
  return out(t, parallelDims());
}

Nest &Nest::out(const Tensor &t, ArrayRef<AffineExpr> subscripts) {
  outputs.push_back(t);
  outputMaps.push_back(AffineMap::get(extents.size(), 0, subscripts, task.context()));
  return *this;
}

Nest &Nest::acc(Value init) {
  inits.push_back(init);
  return *this;
}

Nest &Nest::range(Value begin, Value end) {
  bounds = {begin, end};
  return *this;
}

Nest &Nest::where(AffineExpr expr) {
  constraints.push_back(expr);
  return *this;
}

void Nest::emit(Body body) {
  build(body, nullptr);
}
void Nest::emit(Body body, Epilogue epilogue) {
  build(body, &epilogue);
}

/// Float and integer operations per point of a region, fused multiply-add counted as two.
static int64_t countFlops(Region &region) {
  int64_t count = 0;
  region.walk([&](Operation *op) {
    if (isa<math::FmaOp>(op))
      count += 2;
    else if (isa<math::MathDialect>(op->getDialect()) ||
             isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::MaximumFOp,
                 arith::MinimumFOp>(op))
      count += 1;
    else if (isa<arith::MulIOp, arith::AddIOp>(op) && !op->getResult(0).getType().isIndex())
      count += 1;
  });
  return count;
}

/// The value of a constant of one element, in its compute type.
static Value constantOf(ScalarBuilder &s, const Tensor &t) {
  HostTensor value = HostTensor::fromAttr(t.constant);
  if (value.isFloat())
    return s.constant(computeType(t.element), value.getF(0));
  return s.constantInt(computeType(t.element), int64_t(value.getI(0)));
}

void Nest::build(Body body, const Epilogue *epilogue) {
  OpBuilder &b = task.b;
  SmallVector<Value> dynamic, ins, outs;
  SmallVector<int64_t> fixed;
  for (nn::Dim dim : extents) {
    fixed.push_back(nn::getStatic(dim).value_or(ShapedType::kDynamic));
    if (ShapedType::isDynamic(fixed.back()))
      dynamic.push_back(task.extent(dim));
  }
  SmallVector<Attribute> maps;
  for (auto [t, map] : llvm::zip(inputs, inputMaps)) {
    if (t.constant)
      continue;
    ins.push_back(t.memref);
    maps.push_back(AffineMapAttr::get(map));
  }
  for (auto [t, map] : llvm::zip(outputs, outputMaps)) {
    outs.push_back(t.memref);
    maps.push_back(AffineMapAttr::get(map));
  }
  int64_t reductions = extents.size() - numParallel;
  assert((reductions > 0) == (epilogue != nullptr || !inits.empty()) &&
         "accumulators and reductions come together");
  IntegerSetAttr domain;
  if (!constraints.empty())
    domain = IntegerSetAttr::get(
        IntegerSet::get(extents.size(), 0, constraints, SmallVector<bool>(constraints.size(), false)));
  auto op = kernel::GenericOp::create(b, task.loc, dynamic, ins, outs, inits, bounds, fixed,
                                      b.getArrayAttr(maps), reductions, domain, nullptr);
  op->setAttr(kExtentsAttr, AffineMapAttr::get(AffineMap::get(0, task.symbolCount, extents, b.getContext())));

  OpBuilder::InsertionGuard guard(b);
  Block *block = b.createBlock(&op.getBody());
  for (Tensor &t : inputs)
    if (!t.constant)
      block->addArgument(storageType(t.element), task.loc);
  for (Value init : inits)
    block->addArgument(init.getType(), task.loc);
  ScalarBuilder s = task.scalars();
  unsigned next = 0;
  SmallVector<Value> elements;
  for (Tensor &t : inputs) {
    if (t.constant)
      elements.push_back(constantOf(s, t));
    else
      elements.push_back(toCompute(s, block->getArgument(next++), t.element));
  }
  auto yieldOutputs = [&](Values values) {
    assert(values.size() == outputs.size() && "one value per output");
    for (auto [value, t] : llvm::zip(values, outputs))
      value = toStorage(s, value, t.element);
    kernel::YieldOp::create(b, task.loc, values);
  };
  Values values = body(s, elements, block->getArguments().drop_front(next));
  if (!reductions) {
    yieldOutputs(values);
  } else {
    kernel::YieldOp::create(b, task.loc, values);
    Block *last = b.createBlock(&op.getEpilogue());
    for (Value init : inits)
      last->addArgument(init.getType(), task.loc);
    yieldOutputs(epilogue ? (*epilogue)(s, last->getArguments()) : Values(last->getArguments()));
  }
  nn::Dim points = task.dim(task.repeats), parallelPoints = points;
  for (auto [i, dim] : llvm::enumerate(extents)) {
    points = points * dim;
    if (int64_t(i) < numParallel)
      parallelPoints = parallelPoints * dim;
  }
  task.flops = task.flops + points * countFlops(op.getBody()) + parallelPoints * countFlops(op.getEpilogue());
}
