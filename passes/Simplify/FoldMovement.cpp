#include "dialects/NN/MovementUtils.h"
#include "dialects/NN/NN.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Simplify/Simplify.h"

namespace tenon {
#define GEN_PASS_DEF_FOLDMOVEMENT
#include "passes/Simplify/Simplify.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

/// Whether `pad` adds to spatial dimensions only, and only what `isValue` holds for.
static bool isBorder(nn::PadOp pad, llvm::function_ref<bool(double)> isValue) {
  if (!pad || pad.getMode() != "constant" || !isa<FloatType>(nn::getElementType(pad.getX())))
    return false;
  double value = 0;
  if (pad.getValue()) {
    auto constant = pad.getValue().getDefiningOp<nn::ConstantOp>();
    if (!constant)
      return false;
    value = HostTensor::fromAttr(constant.getValue()).getF(0);
  }
  ArrayRef<int64_t> pads = pad.getPads();
  int64_t rank = pads.size() / 2;
  return isValue(value) && rank > 2 && llvm::all_of(pads, [](int64_t p) { return p >= 0; }) && !pads[0] &&
         !pads[1] && !pads[rank] && !pads[rank + 1];
}

/// The pads of a window's operator and those of `pad` before it, in the spatial dimensions; nullopt if they
/// are too large to count.
static std::optional<SmallVector<int64_t>> addPads(ArrayRef<int64_t> own, nn::PadOp pad) {
  SmallVector<int64_t> sums;
  int64_t spatial = own.size() / 2, rank = spatial + 2;
  for (int64_t i = 0; i < 2 * spatial; ++i) {
    int64_t other = pad.getPads()[i < spatial ? 2 + i : rank + 2 + i - spatial];
    if (llvm::AddOverflow(own[i], other, sums.emplace_back()))
      return std::nullopt;
  }
  return sums;
}

/// Whether a pool can have these pads, of which each is smaller than the window. With ceil_mode, no window
/// starts in the end pads, but one may start in a border.
template <typename Pool>
static bool fitPads(Pool pool, ArrayRef<int64_t> pads) {
  if (pool.getCeilMode())
    return false;
  int64_t spatial = pads.size() / 2;
  for (int64_t i = 0; i < 2 * spatial; ++i)
    if (pads[i] > (pool.getKernel()[i % spatial] - 1) * pool.getDilations()[i % spatial])
      return false;
  return true;
}

template <typename Op>
static void absorbPad(Op op, nn::PadOp pad, ArrayRef<int64_t> pads, PatternRewriter &rewriter) {
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(pad.getX());
    op.setPads(pads);
  });
}

/// A border of zeros before a convolution is what its pads are.
static LogicalResult padToConv(nn::ConvOp op, PatternRewriter &rewriter) {
  auto pad = op.getX().getDefiningOp<nn::PadOp>();
  if (!isBorder(pad, [](double value) { return value == 0; }))
    return failure();
  std::optional<SmallVector<int64_t>> pads = addPads(op.getPads(), pad);
  if (!pads)
    return failure();
  absorbPad(op, pad, *pads, rewriter);
  return success();
}

/// The border of a maximum is smaller than every number.
static LogicalResult padToMaxPool(nn::MaxPoolOp op, PatternRewriter &rewriter) {
  auto pad = op.getX().getDefiningOp<nn::PadOp>();
  if (op.getWithIndices() || !isBorder(pad, [](double value) { return value == -INFINITY; }))
    return failure();
  std::optional<SmallVector<int64_t>> pads = addPads(op.getPads(), pad);
  if (!pads || !fitPads(op, *pads))
    return failure();
  absorbPad(op, pad, *pads, rewriter);
  return success();
}

/// A border of zeros counts in a mean, as pads do that are included.
static LogicalResult padToAvgPool(nn::AvgPoolOp op, PatternRewriter &rewriter) {
  auto pad = op.getX().getDefiningOp<nn::PadOp>();
  bool hasPads = llvm::any_of(op.getPads(), [](int64_t p) { return p != 0; });
  if ((hasPads && !op.getCountIncludePad()) || !isBorder(pad, [](double value) { return value == 0; }))
    return failure();
  std::optional<SmallVector<int64_t>> pads = addPads(op.getPads(), pad);
  if (!pads || !fitPads(op, *pads))
    return failure();
  absorbPad(op, pad, *pads, rewriter);
  rewriter.modifyOpInPlace(op, [&] { op.setCountIncludePad(true); });
  return success();
}

static nn::SliceOp createSlice(PatternRewriter &rewriter, Location loc, Value x, ArrayRef<int64_t> starts,
                               ArrayRef<nn::Dim> sizes, ArrayRef<int64_t> steps) {
  MLIRContext *context = rewriter.getContext();
  nn::Dims from;
  for (int64_t start : starts)
    from.push_back(nn::constDim(context, start));
  return nn::SliceOp::create(rewriter, loc, nn::getTensorType(sizes, nn::getElementType(x)), x,
                             nn::shapeMap(from, context).getValue(), nn::shapeMap(sizes, context).getValue(),
                             steps);
}

/// A pool of single elements takes every so many of them.
template <typename Pool>
static LogicalResult poolToSlice(Pool op, PatternRewriter &rewriter) {
  auto type = cast<RankedTensorType>(op.getX().getType());
  if constexpr (std::is_same_v<Pool, nn::MaxPoolOp>)
    if (op.getWithIndices())
      return failure();
  if (!type.hasStaticShape() || llvm::any_of(op.getKernel(), [](int64_t k) { return k != 1; }))
    return failure();
  SmallVector<int64_t> starts(type.getRank(), 0), steps(2, 1);
  llvm::append_range(steps, op.getStrides());
  rewriter.replaceOp(
      op, createSlice(rewriter, op.getLoc(), op.getX(), starts, nn::getDims(op.getY()), steps).getY());
  return success();
}

/// A slice of a tensor with a border is a slice of the tensor, with what is left of the border.
static LogicalResult sliceOfPad(nn::SliceOp op, PatternRewriter &rewriter) {
  auto pad = op.getX().getDefiningOp<nn::PadOp>();
  auto starts = nn::getStatic(op.getStarts().getResults()), sizes = nn::getStatic(op.getSizes().getResults());
  if (!pad || !starts || !sizes || !cast<RankedTensorType>(pad.getX().getType()).hasStaticShape())
    return failure();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(pad.getX().getType()).getShape();
  int64_t rank = shape.size();
  SmallVector<int64_t> pads(2 * rank);
  nn::Dims left;
  for (int64_t i = 0; i < rank; ++i) {
    // The first and last element that are no border, and which points of the slice lie between.
    int64_t low = std::max<int64_t>(-pad.getPads()[i], 0),
            high = shape[i] - 1 - std::max<int64_t>(-pad.getPads()[rank + i], 0);
    int64_t &first = (*starts)[i], step = op.getSteps()[i];
    first -= pad.getPads()[i];
    int64_t from =
        step > 0 ? llvm::divideCeilSigned(low - first, step) : llvm::divideCeilSigned(first - high, -step);
    int64_t to =
        step > 0 ? llvm::divideFloorSigned(high - first, step) : llvm::divideFloorSigned(first - low, -step);
    from = std::max<int64_t>(from, 0);
    to = std::min(to, (*sizes)[i] - 1);
    if (from > to)
      return failure();
    first += from * step;
    pads[i] = from;
    pads[rank + i] = (*sizes)[i] - 1 - to;
    left.push_back(nn::constDim(op.getContext(), to - from + 1));
  }
  bool isInside = llvm::all_of(pads, [](int64_t p) { return p == 0; });
  if (!isInside && pad.getMode() != "constant")
    return failure();
  Value inside = createSlice(rewriter, op.getLoc(), pad.getX(), *starts, left, op.getSteps()).getY();
  if (isInside)
    rewriter.replaceOp(op, inside);
  else
    rewriter.replaceOpWithNewOp<nn::PadOp>(op, op.getType(), inside, pad.getValue(), pads, pad.getMode());
  return success();
}

/// A convolution of single points of what a slice leaves has the slice's steps as strides.
static LogicalResult sliceToConv(nn::ConvOp op, PatternRewriter &rewriter) {
  auto slice = op.getX().getDefiningOp<nn::SliceOp>();
  if (!slice || slice.getX().getDefiningOp<nn::PadOp>())
    return failure();
  auto starts = nn::getStatic(slice.getStarts().getResults()),
       sizes = nn::getStatic(slice.getSizes().getResults()),
       from = nn::getStatic(ArrayRef<nn::Dim>(nn::getDims(slice.getX()))),
       window = nn::getStatic(ArrayRef<nn::Dim>(nn::getDims(op.getW())));
  if (!starts || !sizes || !from || !window || !llvm::all_of(*starts, [](int64_t s) { return s == 0; }) ||
      llvm::any_of(op.getPads(), [](int64_t p) { return p != 0; }) ||
      llvm::any_of(ArrayRef(*window).drop_front(2), [](int64_t k) { return k != 1; }))
    return failure();
  SmallVector<int64_t> strides;
  for (size_t i = 0; i < from->size(); ++i) {
    int64_t step = slice.getSteps()[i], stride = i < 2 ? 1 : op.getStrides()[i - 2];
    // All points that the steps reach, or else the result would have another shape.
    if (step < 1 || (*sizes)[i] != int64_t(llvm::divideCeil((*from)[i], step)) || (i < 2 && step != 1) ||
        llvm::MulOverflow(step, stride, stride))
      return failure();
    if (i >= 2)
      strides.push_back(stride);
  }
  rewriter.modifyOpInPlace(op, [&] {
    op.getXMutable().assign(slice.getX());
    op.setStrides(strides);
  });
  return success();
}

/// One known index of an axis is a slice.
static LogicalResult gatherToSlice(nn::GatherOp op, PatternRewriter &rewriter) {
  auto constant = op.getIndices().getDefiningOp<nn::ConstantOp>();
  auto type = cast<RankedTensorType>(op.getX().getType());
  if (!constant || constant.getValue().getNumElements() != 1 || !type.hasStaticShape() ||
      type.getNumElements() == 0)
    return failure();
  int64_t extent = type.getShape()[op.getAxis()];
  SmallVector<int64_t> starts(type.getRank(), 0), steps(type.getRank(), 1);
  starts[op.getAxis()] = nn::wrapClampIndex(HostTensor::fromAttr(constant.getValue()).getI(0), extent);
  nn::Dims sizes = nn::getDims(op.getX());
  sizes[op.getAxis()] = nn::constDim(op.getContext(), 1);
  nn::SliceOp slice = createSlice(rewriter, op.getLoc(), op.getX(), starts, sizes, steps);
  rewriter.replaceOpWithNewOp<nn::ReshapeOp>(
      op, op.getType(), slice.getY(), nn::shapeMap(nn::getDims(op.getY()), op.getContext()).getValue());
  return success();
}

/// Channels of several tensors by turns (a shuffle of their concatenation) are a concatenation along a new
/// dimension: transpose(reshape(concat(x...))), where the reshape parts the operands again, and each stays
/// in its order.
static LogicalResult shuffleToConcat(nn::TransposeOp op, PatternRewriter &rewriter) {
  auto reshape = op.getX().getDefiningOp<nn::ReshapeOp>();
  auto concat =
      reshape && reshape->hasOneUse() ? reshape.getX().getDefiningOp<nn::ConcatOp>() : nn::ConcatOp();
  if (!concat || !concat->hasOneUse())
    return failure();
  int64_t axis = concat.getAxis(), count = concat.getInputs().size();
  nn::Dims parted = nn::getDims(concat.getInputs().front());
  for (Value input : concat.getInputs())
    if (nn::getDims(input) != parted)
      return failure();
  parted.insert(parted.begin() + axis, nn::constDim(op.getContext(), count));
  if (nn::getDims(reshape.getY()) != parted)
    return failure();
  SmallVector<int64_t> others(op.getPerm());
  int64_t place = llvm::find(others, axis) - others.begin();
  others.erase(others.begin() + place);
  if (!llvm::is_sorted(others))
    return failure();
  nn::Dims dims = nn::getDims(op.getY());
  dims[place] = nn::constDim(op.getContext(), 1);
  SmallVector<Value> parts;
  for (Value input : concat.getInputs())
    parts.push_back(nn::ReshapeOp::create(rewriter, op.getLoc(),
                                          nn::getTensorType(dims, nn::getElementType(input)), input,
                                          nn::shapeMap(dims, op.getContext()).getValue()));
  rewriter.replaceOpWithNewOp<nn::ConcatOp>(op, op.getType(), parts, place);
  return success();
}

/// Concatenations that begin alike, as those of a dense block, build upon each other: each adds to the one
/// before, and all can lie in the memory of the last.
static LogicalResult growConcat(nn::ConcatOp op, PatternRewriter &rewriter) {
  nn::ConcatOp longest;
  for (Operation *user : op.getInputs().front().getUsers()) {
    auto other = dyn_cast<nn::ConcatOp>(user);
    if (!other || other->getBlock() != op->getBlock() || !other->isBeforeInBlock(op) ||
        other.getAxis() != op.getAxis() || other.getInputs().size() >= op.getInputs().size() ||
        (longest && other.getInputs().size() <= longest.getInputs().size()))
      continue;
    if (op.getInputs().take_front(other.getInputs().size()) == other.getInputs())
      longest = other;
  }
  if (!longest || longest.getInputs().size() == 1)
    return failure();
  SmallVector<Value> inputs = {longest.getY()};
  llvm::append_range(inputs, op.getInputs().drop_front(longest.getInputs().size()));
  rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable().assign(inputs); });
  return success();
}

namespace {
struct FoldMovement : tenon::impl::FoldMovementBase<FoldMovement> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(padToConv);
    patterns.add(padToMaxPool);
    patterns.add(padToAvgPool);
    patterns.add(poolToSlice<nn::MaxPoolOp>);
    patterns.add(poolToSlice<nn::AvgPoolOp>);
    patterns.add(sliceOfPad);
    patterns.add(sliceToConv);
    patterns.add(gatherToSlice);
    patterns.add(shuffleToConcat);
    patterns.add(growConcat);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
  }
};
} // namespace
