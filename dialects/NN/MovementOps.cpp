#include "dialects/NN/Broadcast.h"
#include "dialects/NN/MovementUtils.h"
#include "mlir/IR/PatternMatch.h"
#include <cstring>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

//===----------------------------------------------------------------------===//
// Shared helpers
//===----------------------------------------------------------------------===//

bool nn::isShapeMap(AffineMap map) {
  return map.getNumDims() == 0 &&
         llvm::all_of(map.getResults(), [](Dim dim) { return getStatic(dim).value_or(0) >= 0; });
}

AffineMapAttr nn::shapeMap(ArrayRef<Dim> dims, MLIRContext *context) {
  unsigned symbols = 0;
  for (Dim dim : dims)
    dim.walk([&](AffineExpr expr) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
        symbols = std::max(symbols, symbol.getPosition() + 1);
    });
  return AffineMapAttr::get(AffineMap::get(0, symbols, dims, context));
}

bool nn::isIndexElement(Type type) {
  return isa<IntegerType>(type) && !type.isInteger(1);
}

int64_t nn::wrapClampIndex(Int index, int64_t extent) {
  if (index < 0)
    index += extent;
  return int64_t(std::clamp<Int>(index, 0, std::max<int64_t>(extent - 1, 0)));
}

template <typename T>
static void copyStridedAs(const char *from, int64_t offset, ArrayRef<int64_t> strides, HostTensor &y) {
  const T *x = reinterpret_cast<const T *>(from);
  T *out = reinterpret_cast<T *>(y.raw());
  if (y.rank() == 0) {
    out[0] = x[offset];
    return;
  }
  int64_t inner = y.dim(-1), step = strides.back();
  SmallVector<int64_t> index(y.rank() - 1, 0);
  ArrayRef<int64_t> outer = y.shape().drop_back();
  do {
    const T *row = x + offset + linearIndex(index, strides.drop_back());
    for (int64_t i = 0; i < inner; ++i)
      *out++ = row[i * step];
  } while (nextIndex(index, outer));
}

void nn::copyStrided(const HostTensor &x, int64_t offset, ArrayRef<int64_t> strides, HostTensor &y) {
  if (!y.size())
    return;
  switch (elementBytes(x.elementType())) {
  case 1:
    return copyStridedAs<uint8_t>(x.raw(), offset, strides, y);
  case 2:
    return copyStridedAs<uint16_t>(x.raw(), offset, strides, y);
  case 4:
    return copyStridedAs<uint32_t>(x.raw(), offset, strides, y);
  default:
    assert(elementBytes(x.elementType()) == 8 && "expected an element of 1, 2, 4 or 8 bytes");
    return copyStridedAs<uint64_t>(x.raw(), offset, strides, y);
  }
}

void nn::copyFrom(const HostTensor &x, HostTensor &y, function_ref<int64_t(ArrayRef<int64_t>)> source) {
  if (!y.size())
    return;
  SmallVector<int64_t> index(y.rank(), 0);
  for (int64_t i = 0; i < y.size(); ++i, nextIndex(index, y.shape()))
    if (int64_t from = source(index); from >= 0)
      y.copyElement(i, x, from);
}

/// Folds to the operand where the op changes nothing.
static OpFoldResult foldIdentity(Value x, Value y, bool identity = true) {
  return identity && x.getType() == y.getType() ? OpFoldResult(x) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isShapeMap(getShape()))
    return emitOpError("C1: expected extents of symbols only, none negative, but got ")
           << AffineMapAttr::get(getShape());
  Dims from = getDims(getX());
  ArrayRef<Dim> to = getShape().getResults();
  std::optional<Dim> before = productDims(from, getContext()), after = productDims(to, getContext());
  if (!before || !after || !sameDim(*before, *after))
    return emitOpError("C2: expected a shape of as many elements as ")
           << dimsToString(from) << ", but got " << dimsToString(to);
  types.push_back(getTensorType(to, getElementType(getX())));
  return success();
}

LogicalResult ReshapeOp::evaluate(EvalContext &ctx) {
  ctx.set(getY(), ctx.get(getX()).reshaped(ctx.shape(getY())));
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY());
}

/// reshape(reshape(x)) is one reshape.
static LogicalResult mergeReshapes(ReshapeOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<ReshapeOp>();
  if (!inner)
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getXMutable().assign(inner.getX()); });
  return success();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeReshapes);
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims from = getDims(getX()), to;
  SmallVector<bool> seen(from.size(), false);
  for (int64_t p : getPerm()) {
    if (p < 0 || p >= int64_t(from.size()) || seen[p])
      break;
    seen[p] = true;
    to.push_back(from[p]);
  }
  if (to.size() != from.size() || getPerm().size() != from.size())
    return emitOpError("C1: expected a permutation of ")
           << from.size() << " dimensions, but got " << getPerm();
  types.push_back(getTensorType(to, getElementType(getX())));
  return success();
}

LogicalResult TransposeOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> own = x.strides(), strides;
  for (int64_t p : getPerm())
    strides.push_back(own[p]);
  copyStrided(x, 0, strides, y);
  ctx.set(getY(), y);
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY(), llvm::is_sorted(getPerm()));
}

/// transpose(transpose(x)) is one transpose.
static LogicalResult mergeTransposes(TransposeOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<TransposeOp>();
  if (!inner)
    return failure();
  SmallVector<int64_t> perm;
  for (int64_t p : op.getPerm())
    perm.push_back(inner.getPerm()[p]);
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(inner.getX());
    op.setPerm(perm);
  });
  return success();
}

/// A transpose that moves dimensions of extent 1 only leaves the elements where they are.
static LogicalResult transposeToReshape(TransposeOp op, PatternRewriter &rewriter) {
  Dims dims = getDims(op.getX());
  int64_t last = -1;
  for (int64_t p : op.getPerm()) {
    if (getStatic(dims[p]) == std::optional<int64_t>(1))
      continue;
    if (p < last)
      return failure();
    last = p;
  }
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX(),
                                         shapeMap(getDims(op.getY()), op.getContext()).getValue());
  return success();
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeTransposes);
  patterns.add(transposeToReshape);
}

//===----------------------------------------------------------------------===//
// concat
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (getInputs().empty())
    return emitOpError("C1: expected at least one operand");
  Dims dims = getDims(getInputs().front());
  Type element = getElementType(getInputs().front());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= int64_t(dims.size()))
    return emitOpError("C2: expected an axis in [0, ") << dims.size() << "), but got " << axis;
  for (Value input : getInputs().drop_front()) {
    Dims next = getDims(input);
    if (getElementType(input) != element)
      return emitOpError("C3: expected operands of element type ")
             << element << ", but got " << getElementType(input);
    bool same = next.size() == dims.size();
    for (size_t i = 0; same && i < dims.size(); ++i)
      same = int64_t(i) == axis || sameDim(dims[i], next[i]);
    if (!same)
      return emitOpError("C3: expected operands that agree but along axis ")
             << axis << ", but got " << dimsToString(dims) << " and " << dimsToString(next);
    std::optional<Dim> sum = addDims(dims[axis], next[axis]);
    if (!sum)
      return emitOpError("C4: the extents along axis ") << axis << " overflow";
    dims[axis] = *sum;
  }
  types.push_back(getTensorType(dims, element));
  return success();
}

LogicalResult ConcatOp::evaluate(EvalContext &ctx) {
  HostTensor y = ctx.make(getY());
  int64_t axis = getAxis(), width = elementBytes(y.elementType());
  int64_t outer = tenon::numElements(y.shape().take_front(axis));
  int64_t inner = width * tenon::numElements(y.shape().drop_front(axis + 1));
  int64_t row = inner * y.dim(axis), offset = 0;
  for (Value input : getInputs()) {
    const HostTensor &x = ctx.get(input);
    int64_t block = inner * x.dim(axis);
    if (block)
      for (int64_t i = 0; i < outer; ++i)
        std::memcpy(y.raw() + i * row + offset, x.raw() + i * block, block);
    offset += block;
  }
  ctx.set(getY(), y);
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? foldIdentity(getInputs()[0], getY()) : OpFoldResult();
}

/// Empty operands add nothing, and operands that are concatenations along the same axis are spliced in.
static LogicalResult flattenConcat(ConcatOp op, PatternRewriter &rewriter) {
  SmallVector<Value> inputs;
  for (Value input : op.getInputs()) {
    auto inner = input.getDefiningOp<ConcatOp>();
    if (inner && inner.getAxis() == op.getAxis() && inner->hasOneUse())
      llvm::append_range(inputs, inner.getInputs());
    else if (getStatic(getDims(input)[op.getAxis()]) != std::optional<int64_t>(0))
      inputs.push_back(input);
  }
  if (inputs.empty() || ValueRange(inputs) == op.getInputs())
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable().assign(inputs); });
  return success();
}

void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(flattenConcat);
}

//===----------------------------------------------------------------------===//
// slice
//===----------------------------------------------------------------------===//

/// Whether start and start + (size - 1) * step are in [0, extent), or the size is 0.
static bool isInside(Dim extent, Dim start, Dim size, int64_t step,
                     std::optional<ArrayRef<std::pair<int64_t, int64_t>>> bounds) {
  std::optional<int64_t> d = getStatic(extent), b = getStatic(start), n = getStatic(size);
  if (n == std::optional<int64_t>(0))
    return true;
  if (d && b && n) {
    int64_t last;
    return *b >= 0 && *b < *d && !llvm::MulOverflow(*n - 1, step, last) &&
           !llvm::AddOverflow(last, *b, last) && last >= 0 && last < *d;
  }
  if (!bounds) // the verifier asks again, when the op is in its module
    return true;
  Dim last = start + (size - 1) * step;
  Dim low = step > 0 ? start : last, high = step > 0 ? last : start;
  // Where the size may be 0, the last element is before the first: starts up to the extent are harmless.
  if (provablyAtLeast(low, 0, *bounds) && provablyAtLeast(extent - high, 1, *bounds))
    return true;
  return step == 1 && provablyAtLeast(start, 0, *bounds) && provablyAtLeast(size, 0, *bounds) &&
         provablyAtLeast(extent - start - size, 0, *bounds);
}

LogicalResult SliceOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  if (getStarts().getNumResults() != dims.size() || getSizes().getNumResults() != dims.size() ||
      getSteps().size() != dims.size() || getStarts().getNumDims() || getSizes().getNumDims())
    return emitOpError("C1: expected one start, size and step per dimension of ")
           << dimsToString(dims) << ", but got " << AffineMapAttr::get(getStarts()) << ", "
           << AffineMapAttr::get(getSizes()) << ", " << getSteps();
  if (llvm::is_contained(getSteps(), 0))
    return emitOpError("C2: expected steps other than 0");
  if (!isShapeMap(getSizes()))
    return emitOpError("C3: expected sizes that are not negative, but got ")
           << AffineMapAttr::get(getSizes());
  auto bounds = symbolBoundsAround(*this);
  for (size_t i = 0; i < dims.size(); ++i)
    if (!isInside(dims[i], getStarts().getResult(i), getSizes().getResult(i), getSteps()[i],
                  bounds ? std::optional(ArrayRef(*bounds)) : std::nullopt))
      return emitOpError("C4: expected a slice inside of dimension ")
             << i << " of extent " << dimsToString(dims[i]) << ", but got start "
             << dimsToString(getStarts().getResult(i)) << ", size " << dimsToString(getSizes().getResult(i))
             << ", step " << getSteps()[i];
  types.push_back(getTensorType(getSizes().getResults(), getElementType(getX())));
  return success();
}

LogicalResult SliceOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> strides = x.strides();
  int64_t offset = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    std::optional<int64_t> start = nn::evaluate(getStarts().getResult(i), ctx.symbols);
    if (!start)
      return emitOpError("a start overflows");
    offset += *start * strides[i];
    strides[i] *= getSteps()[i];
  }
  copyStrided(x, offset, strides, y);
  ctx.set(getY(), y);
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY(), llvm::all_of(getSteps(), [](int64_t step) { return step == 1; }));
}

/// slice(slice(x)) is one slice.
static LogicalResult mergeSlices(SliceOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<SliceOp>();
  if (!inner)
    return failure();
  SmallVector<Dim> starts;
  SmallVector<int64_t> steps;
  for (auto [start, innerStart, step, innerStep] : llvm::zip(
           op.getStarts().getResults(), inner.getStarts().getResults(), op.getSteps(), inner.getSteps())) {
    starts.push_back(simplifyDim(innerStart + start * innerStep));
    int64_t product;
    if (llvm::MulOverflow(step, innerStep, product))
      return failure();
    steps.push_back(product);
  }
  // Sizes that are 0 leave the start free, and then the sum may be outside.
  if (llvm::any_of(op.getSizes().getResults(),
                   [](Dim size) { return getStatic(size) == std::optional<int64_t>(0); }))
    return failure();
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(inner.getX());
    op.setStartsAttr(shapeMap(starts, op.getContext()));
    op.setSteps(steps);
  });
  return success();
}

/// A slice of a concatenation that takes one operand's elements along the axis is a slice of that operand.
static LogicalResult sliceOperand(SliceOp op, PatternRewriter &rewriter) {
  auto concat = op.getX().getDefiningOp<ConcatOp>();
  if (!concat || op.getSteps()[concat.getAxis()] != 1)
    return failure();
  int64_t axis = concat.getAxis();
  SmallVector<Dim> starts(op.getStarts().getResults());
  Dim offset = constDim(op.getContext(), 0);
  for (Value input : concat.getInputs()) {
    Dim extent = getDims(input)[axis];
    if (sameDim(offset, starts[axis]) && sameDim(extent, op.getSizes().getResult(axis))) {
      starts[axis] = constDim(op.getContext(), 0);
      rewriter.modifyOpInPlace(op, [&] {
        op.getXMutable().assign(input);
        op.setStartsAttr(shapeMap(starts, op.getContext()));
      });
      return success();
    }
    offset = simplifyDim(offset + extent);
  }
  return failure();
}

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeSlices);
  patterns.add(sliceOperand);
}

//===----------------------------------------------------------------------===//
// pad
//===----------------------------------------------------------------------===//

LogicalResult PadOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  int64_t rank = dims.size();
  if (int64_t(getPads().size()) != 2 * rank)
    return emitOpError("C1: expected ") << 2 * rank << " pads, but got " << getPads().size();
  if (!llvm::is_contained({"constant", "edge", "reflect", "wrap"}, getMode()))
    return emitOpError("C2: expected mode constant, edge, reflect or wrap, but got ") << getMode();
  if (getValue() && (getMode() != "constant" || getRank(getValue()) != 0 ||
                     getElementType(getValue()) != getElementType(getX())))
    return emitOpError("C3: expected a value, with mode constant only, of type tensor<")
           << getElementType(getX()) << ">, but got " << getValue().getType() << " with mode " << getMode();
  auto bounds = symbolBoundsAround(*this);
  for (int64_t i = 0; i < rank; ++i) {
    int64_t before = getPads()[i], after = getPads()[rank + i], removed;
    if (llvm::AddOverflow(std::min<int64_t>(before, 0), std::min<int64_t>(after, 0), removed))
      return emitOpError("C4: the pads of dimension ") << i << " overflow";
    int64_t needed = getMode() != "constant" && (before > 0 || after > 0) ? 1 : 0;
    std::optional<Dim> left = addDims(dims[i], constDim(getContext(), removed));
    bool enough = left && (getStatic(*left) ? *getStatic(*left) >= needed
                                            : !bounds || provablyAtLeast(*left, needed, *bounds));
    if (!enough)
      return emitOpError("C4: expected pads that leave at least ")
             << needed << " of dimension " << i << " of extent " << dimsToString(dims[i]) << ", but got "
             << before << " and " << after;
    int64_t reach = std::max(before, after) + (getMode() == "reflect" ? 1 : 0);
    if (bounds && !getStatic(*left) && (getMode() == "reflect" || getMode() == "wrap") &&
        !provablyAtLeast(*left, reach, *bounds))
      return emitOpError("C6: expected dimension ")
             << i << " of extent " << dimsToString(dims[i]) << " to be at least " << reach;
    int64_t added;
    std::optional<Dim> extent;
    if (!llvm::AddOverflow(std::max<int64_t>(before, 0), std::max<int64_t>(after, 0), added))
      extent = addDims(*left, constDim(getContext(), added));
    if (!extent)
      return emitOpError("C5: dimension ") << i << " of the result overflows";
    dims[i] = *extent;
  }
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

/// Where element `i` (relative to what negative pads left) of a padded dimension comes from; -1: added.
static int64_t padSource(int64_t i, int64_t extent, StringRef mode) {
  if (i >= 0 && i < extent)
    return i;
  if (mode == "constant")
    return -1;
  if (mode == "edge" || extent == 1)
    return i < 0 ? 0 : extent - 1;
  if (mode == "wrap")
    return llvm::mod(i, extent);
  int64_t period = 2 * (extent - 1), phase = llvm::mod(i, period);
  return phase < extent ? phase : period - phase;
}

LogicalResult PadOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  if (getValue())
    for (int64_t i = 0; i < y.size(); ++i)
      y.copyElement(i, ctx.get(getValue()), 0);
  SmallVector<int64_t> strides = x.strides();
  int64_t rank = x.rank();
  copyFrom(x, y, [&](ArrayRef<int64_t> index) {
    int64_t position = 0;
    for (int64_t d = 0; d < rank; ++d) {
      int64_t before = getPads()[d], after = getPads()[rank + d];
      int64_t cut = std::max<int64_t>(-before, 0), left = x.dim(d) - cut - std::max<int64_t>(-after, 0);
      int64_t from = padSource(index[d] - std::max<int64_t>(before, 0), left, getMode());
      if (from < 0)
        return int64_t(-1);
      position += (from + cut) * strides[d];
    }
    return position;
  });
  ctx.set(getY(), y);
  return success();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY(), llvm::all_of(getPads(), [](int64_t pad) { return pad == 0; }));
}

/// A border around a border of the same value is one border. (Mirrored and repeated ones do not add up.)
static LogicalResult mergePads(PadOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<PadOp>();
  if (!inner || inner.getMode() != op.getMode() || inner.getValue() != op.getValue() ||
      (op.getMode() != "constant" && op.getMode() != "edge"))
    return failure();
  SmallVector<int64_t> pads;
  for (auto [pad, innerPad] : llvm::zip(op.getPads(), inner.getPads()))
    if (pad < 0 || innerPad < 0 || llvm::AddOverflow(pad, innerPad, pads.emplace_back()))
      return failure();
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(inner.getX());
    op.setPads(pads);
  });
  return success();
}

void PadOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergePads);
}

//===----------------------------------------------------------------------===//
// broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::inferTypes(SmallVectorImpl<Type> &types) {
  if (!isShapeMap(getShape()))
    return emitOpError("C1: expected extents of symbols only, none negative, but got ")
           << AffineMapAttr::get(getShape());
  Dims from = getDims(getX());
  ArrayRef<Dim> to = getShape().getResults();
  bool fits = from.size() <= to.size();
  for (size_t i = 0; fits && i < from.size(); ++i)
    fits =
        getStatic(from[i]) == std::optional<int64_t>(1) || sameDim(from[i], to[to.size() - from.size() + i]);
  if (!fits)
    return emitOpError("C2: expected a shape that ")
           << dimsToString(from) << " broadcasts to, but got " << dimsToString(to);
  types.push_back(getTensorType(to, getElementType(getX())));
  return success();
}

LogicalResult BroadcastOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> strides(y.rank(), 0), own = x.strides();
  for (int64_t i = 0; i < x.rank(); ++i)
    if (x.dim(i) != 1)
      strides[y.rank() - x.rank() + i] = own[i];
  copyStrided(x, 0, strides, y);
  ctx.set(getY(), y);
  return success();
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY());
}

/// broadcast(broadcast(x)) is one broadcast.
static LogicalResult mergeBroadcasts(BroadcastOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<BroadcastOp>();
  if (!inner)
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getXMutable().assign(inner.getX()); });
  return success();
}

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeBroadcasts);
}

//===----------------------------------------------------------------------===//
// tile
//===----------------------------------------------------------------------===//

LogicalResult TileOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  if (!isShapeMap(getRepeats()) || getRepeats().getNumResults() != dims.size())
    return emitOpError("C1: expected ") << dims.size() << " repeats of symbols only, none negative, but got "
                                        << AffineMapAttr::get(getRepeats());
  for (auto [dim, repeat] : llvm::zip(dims, getRepeats().getResults())) {
    std::optional<Dim> extent = mulDims(dim, repeat);
    if (!extent)
      return emitOpError("C2: ") << dimsToString(dim) << " repeated " << dimsToString(repeat)
                                 << " times overflows";
    dim = *extent;
  }
  types.push_back(getTensorType(dims, getElementType(getX())));
  return success();
}

LogicalResult TileOp::evaluate(EvalContext &ctx) {
  const HostTensor &x = ctx.get(getX());
  HostTensor y = ctx.make(getY());
  SmallVector<int64_t> strides = x.strides();
  copyFrom(x, y, [&](ArrayRef<int64_t> index) {
    int64_t position = 0;
    for (size_t d = 0; d < strides.size(); ++d)
      position += index[d] % x.dim(d) * strides[d];
    return position;
  });
  ctx.set(getY(), y);
  return success();
}

OpFoldResult TileOp::fold(FoldAdaptor) {
  return foldIdentity(getX(), getY());
}

/// tile(tile(x)) is one tile.
static LogicalResult mergeTiles(TileOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<TileOp>();
  if (!inner)
    return failure();
  SmallVector<Dim> repeats;
  Dims dims = getDims(inner.getX());
  for (auto [dim, outerRepeat, innerRepeat] :
       llvm::zip(dims, op.getRepeats().getResults(), inner.getRepeats().getResults())) {
    std::optional<Dim> repeat = mulDims(innerRepeat, outerRepeat);
    std::optional<Dim> extent = repeat ? mulDims(dim, *repeat) : std::nullopt;
    if (!extent)
      return failure();
    repeats.push_back(*repeat);
    dim = *extent;
  }
  // Products of symbols may be equal and yet written otherwise.
  if (getTensorType(dims, getElementType(op.getX())) != op.getType())
    return failure();
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(inner.getX());
    op.setRepeatsAttr(shapeMap(repeats, op.getContext()));
  });
  return success();
}

void TileOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeTiles);
}
