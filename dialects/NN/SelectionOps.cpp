#include "dialects/NN/MovementUtils.h"
#include "dialects/NN/Selection.h"
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

/// (C1) of all: `symbol` is a data symbol that may be as large as the smallest of `counts` may be.
static LogicalResult checkDataSymbol(Operation *op, int64_t symbol, ArrayRef<Dim> counts) {
  auto module = op->getParentOfType<ModuleOp>();
  if (symbol < 0)
    return op->emitOpError("C1: expected the position of a symbol, but got ") << symbol;
  if (!module) // the verifier asks again, when the op is in its module
    return success();
  auto symbols = module->getAttrOfType<ArrayAttr>(NNDialect::kSymbolsAttr);
  auto attr =
      symbols && symbol < int64_t(symbols.size()) ? dyn_cast<SymbolAttr>(symbols[symbol]) : SymbolAttr();
  if (!attr || !attr.getData())
    return op->emitOpError("C1: expected the position of a data symbol, but got ") << symbol;
  auto bounds = getSymbolBounds(module);
  std::optional<int64_t> most;
  for (Dim count : counts)
    if (auto range = getBounds(count, bounds))
      most = std::min(most.value_or(range->second), range->second);
  if (!most || attr.getMin() > 0 || attr.getMax() < *most)
    return op->emitOpError("C1: expected a symbol from 0 to at least ")
           << most.value_or(INT64_MAX) << ", but got " << attr;
  return success();
}

static Dim symbolDim(Operation *op, int64_t symbol) {
  return getAffineSymbolExpr(symbol, op->getContext());
}

static Type i64(Operation *op) {
  return IntegerType::get(op->getContext(), 64);
}

/// The elements of `x` as a number of slices along an axis: outer x slices x inner.
struct Slices {
  Slices(ArrayRef<int64_t> shape, std::optional<int64_t> axis)
      : outer(axis ? tenon::numElements(shape.take_front(*axis)) : 1),
        count(axis ? shape[*axis] : tenon::numElements(shape)),
        inner(axis ? tenon::numElements(shape.drop_front(*axis + 1)) : 1) {}
  int64_t outer, count, inner;
};

/// The slices at `positions`.
static HostTensor takeSlices(const HostTensor &x, std::optional<int64_t> axis, ArrayRef<int64_t> positions) {
  Slices slices(x.shape(), axis);
  SmallVector<int64_t> shape(x.shape());
  if (axis)
    shape[*axis] = positions.size();
  else
    shape = {int64_t(positions.size())};
  HostTensor y(x.elementType(), shape);
  int64_t out = 0;
  for (int64_t o = 0; o < slices.outer; ++o)
    for (int64_t position : positions)
      for (int64_t i = 0; i < slices.inner; ++i)
        y.copyElement(out++, x, (o * slices.count + position) * slices.inner + i);
  return y;
}

static HostTensor indexTensor(MLIRContext *context, ArrayRef<int64_t> values) {
  HostTensor tensor(IntegerType::get(context, 64), {int64_t(values.size())});
  llvm::copy(values, tensor.data<int64_t>().begin());
  return tensor;
}

/// Sets the symbol to the count that the evaluation found.
static void writeSymbol(EvalContext &ctx, int64_t symbol, int64_t value) {
  if (symbol >= int64_t(ctx.symbols.size()))
    ctx.symbols.resize(symbol + 1, 0);
  ctx.symbols[symbol] = value;
}

//===----------------------------------------------------------------------===//
// non_zero, compress
//===----------------------------------------------------------------------===//

HostTensor nn::nonZero(const HostTensor &x) {
  SmallVector<int64_t> found;
  for (int64_t i = 0; i < x.size(); ++i)
    if (x.isFloat() ? !(x.getF(i) == 0) : x.getI(i) != 0)
      found.push_back(i);
  HostTensor y(IntegerType::get(x.elementType().getContext(), 64), {x.rank(), int64_t(found.size())});
  SmallVector<int64_t> strides = x.strides();
  int64_t out = 0;
  for (int64_t d = 0; d < x.rank(); ++d)
    for (int64_t i : found)
      y.setI(out++, i / strides[d] % x.dim(d));
  return y;
}

LogicalResult NonZeroOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims dims = getDims(getX());
  std::optional<Dim> count = productDims(dims, getContext());
  if (!count)
    return emitOpError("C1: the number of elements overflows");
  if (failed(checkDataSymbol(*this, getSymbol(), *count)))
    return failure();
  types.push_back(
      getTensorType({constDim(getContext(), dims.size()), symbolDim(*this, getSymbol())}, i64(*this)));
  return success();
}

LogicalResult NonZeroOp::evaluate(EvalContext &ctx) {
  HostTensor y = nonZero(ctx.get(getX()));
  writeSymbol(ctx, getSymbol(), y.dim(1));
  ctx.set(getY(), y);
  return success();
}

HostTensor nn::compress(const HostTensor &x, const HostTensor &condition, std::optional<int64_t> axis) {
  SmallVector<int64_t> chosen;
  int64_t count = std::min(Slices(x.shape(), axis).count, condition.size());
  for (int64_t i = 0; i < count; ++i)
    if (condition.getI(i) != 0)
      chosen.push_back(i);
  return takeSlices(x, axis, chosen);
}

/// Number of slices along an axis; failure if it overflows or (C2) does not hold.
template <typename Op>
static FailureOr<Dim> countSlices(Op op) {
  Dims dims = getDims(op.getX());
  if (std::optional<int64_t> axis = op.getAxis()) {
    if (*axis < 0 || *axis >= int64_t(dims.size()))
      return op.emitOpError("C2: expected an axis in [0, ") << dims.size() << "), but got " << *axis;
    return dims[*axis];
  }
  if (std::optional<Dim> count = productDims(dims, op.getContext()))
    return *count;
  return op.emitOpError("C1: the number of elements overflows");
}

/// The shape of `count` slices.
template <typename Op>
static Dims slicesShape(Op op, Dim count) {
  if (!op.getAxis())
    return {count};
  Dims dims = getDims(op.getX());
  dims[*op.getAxis()] = count;
  return dims;
}

LogicalResult CompressOp::inferTypes(SmallVectorImpl<Type> &types) {
  FailureOr<Dim> count = countSlices(*this);
  if (failed(count))
    return failure();
  if (!getElementType(getCondition()).isInteger(1) || getRank(getCondition()) != 1)
    return emitOpError("C3: expected a condition of booleans in one dimension, but got ")
           << getCondition().getType();
  if (failed(checkDataSymbol(*this, getSymbol(), {*count, getDims(getCondition())[0]})))
    return failure();
  types.push_back(getTensorType(slicesShape(*this, symbolDim(*this, getSymbol())), getElementType(getX())));
  return success();
}

LogicalResult CompressOp::evaluate(EvalContext &ctx) {
  HostTensor y = compress(ctx.get(getX()), ctx.get(getCondition()), getAxis());
  writeSymbol(ctx, getSymbol(), y.dim(getAxis().value_or(0)));
  ctx.set(getY(), y);
  return success();
}

//===----------------------------------------------------------------------===//
// unique
//===----------------------------------------------------------------------===//

/// -1, 0, 1 as element i is less than, equal to or greater than element j.
static int compareElements(const HostTensor &x, int64_t i, int64_t j) {
  if (!x.isFloat()) {
    Int a = x.getI(i), b = x.getI(j);
    return a < b ? -1 : a > b;
  }
  double a = x.getF(i), b = x.getF(j);
  if (a != a || b != b)
    return int(a != a) - int(b != b);
  return a < b ? -1 : a > b;
}

std::array<HostTensor, 4> nn::unique(const HostTensor &x, std::optional<int64_t> axis, bool sorted) {
  Slices slices(x.shape(), axis);
  auto compareSlices = [&](int64_t a, int64_t b) {
    for (int64_t o = 0; o < slices.outer; ++o)
      for (int64_t i = 0; i < slices.inner; ++i) {
        int64_t base = o * slices.count;
        if (int order = compareElements(x, (base + a) * slices.inner + i, (base + b) * slices.inner + i))
          return order;
      }
    return 0;
  };
  SmallVector<int64_t> order(slices.count), first, inverse(slices.count), counts;
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) {
    int difference = compareSlices(a, b);
    return difference ? difference < 0 : a < b;
  });
  for (int64_t slice : order) {
    if (first.empty() || compareSlices(first.back(), slice) != 0) {
      first.push_back(slice);
      counts.push_back(0);
    }
    ++counts.back();
    inverse[slice] = first.size() - 1;
  }
  if (!sorted) {
    SmallVector<int64_t> byOccurrence(first.size()), rank(first.size()), oldFirst = first, oldCounts = counts;
    std::iota(byOccurrence.begin(), byOccurrence.end(), 0);
    llvm::sort(byOccurrence, [&](int64_t a, int64_t b) { return oldFirst[a] < oldFirst[b]; });
    for (auto [i, old] : llvm::enumerate(byOccurrence)) {
      rank[old] = i;
      first[i] = oldFirst[old];
      counts[i] = oldCounts[old];
    }
    for (int64_t &position : inverse)
      position = rank[position];
  }
  MLIRContext *context = x.elementType().getContext();
  return {takeSlices(x, axis, first), indexTensor(context, first), indexTensor(context, inverse),
          indexTensor(context, counts)};
}

LogicalResult UniqueOp::inferTypes(SmallVectorImpl<Type> &types) {
  FailureOr<Dim> count = countSlices(*this);
  if (failed(count) || failed(checkDataSymbol(*this, getSymbol(), *count)))
    return failure();
  Dim different = symbolDim(*this, getSymbol());
  types.push_back(getTensorType(slicesShape(*this, different), getElementType(getX())));
  types.push_back(getTensorType({different}, i64(*this)));
  types.push_back(getTensorType({*count}, i64(*this)));
  types.push_back(getTensorType({different}, i64(*this)));
  return success();
}

LogicalResult UniqueOp::evaluate(EvalContext &ctx) {
  std::array<HostTensor, 4> results = unique(ctx.get(getX()), getAxis(), getSorted());
  writeSymbol(ctx, getSymbol(), results[1].size());
  for (auto [value, tensor] : llvm::zip(getResults(), results))
    ctx.set(value, tensor);
  return success();
}

//===----------------------------------------------------------------------===//
// non_max_suppression
//===----------------------------------------------------------------------===//

LogicalResult NonMaxSuppressionOp::inferTypes(SmallVectorImpl<Type> &types) {
  Dims boxes = getDims(getBoxes()), scores = getDims(getScores());
  if (!getElementType(getBoxes()).isF32() || boxes.size() != 3 ||
      getStatic(boxes[2]) != std::optional<int64_t>(4))
    return emitOpError("C2: expected f32 boxes of shape batches x boxes x 4, but got ")
           << getBoxes().getType();
  if (!getElementType(getScores()).isF32() || scores.size() != 3 || !sameDim(scores[0], boxes[0]) ||
      !sameDim(scores[2], boxes[1]))
    return emitOpError("C3: expected f32 scores of shape batches x classes x boxes, but got ")
           << getScores().getType();
  for (Value threshold : {getIouThreshold(), getScoreThreshold()})
    if (threshold && (getRank(threshold) != 0 || !getElementType(threshold).isF32()))
      return emitOpError("C4: expected thresholds of type tensor<f32>, but got ") << threshold.getType();
  if (int64_t(getMaxBoxes()) < 0)
    return emitOpError("C5: expected a number of boxes that is not negative, but got ")
           << int64_t(getMaxBoxes());
  Dim limit = constDim(getContext(), getMaxBoxes());
  std::optional<Dim> all = productDims(scores, getContext()),
                     limited = productDims({scores[0], scores[1], limit}, getContext());
  SmallVector<Dim> counts;
  for (std::optional<Dim> count : {all, limited})
    if (count)
      counts.push_back(*count);
  if (failed(checkDataSymbol(*this, getSymbol(), counts)))
    return failure();
  types.push_back(getTensorType({symbolDim(*this, getSymbol()), constDim(getContext(), 3)}, i64(*this)));
  return success();
}

/// Whether boxes `a` and `b` (four numbers each) overlap by more than `threshold`.
static bool overlaps(const float *a, const float *b, bool center, float threshold) {
  // Lower and upper ends along both axes.
  auto ends = [&](const float *box, int axis) -> std::pair<float, float> {
    if (!center)
      return std::minmax(box[axis], box[axis + 2]);
    float half = box[axis + 2] / 2;
    return {box[axis] - half, box[axis] + half};
  };
  float intersection = 1, areaA = 1, areaB = 1;
  for (int axis : {0, 1}) {
    auto [lowA, highA] = ends(a, axis);
    auto [lowB, highB] = ends(b, axis);
    intersection *= std::max(std::min(highA, highB) - std::max(lowA, lowB), 0.0f);
    areaA *= highA - lowA;
    areaB *= highB - lowB;
  }
  float all = areaA + areaB - intersection;
  return intersection > 0 && areaA > 0 && areaB > 0 && all > 0 && intersection / all > threshold;
}

LogicalResult NonMaxSuppressionOp::evaluate(EvalContext &ctx) {
  const HostTensor &boxes = ctx.get(getBoxes()), &scores = ctx.get(getScores());
  float iouThreshold = ctx.get(getIouThreshold()).getF(0);
  std::optional<float> scoreThreshold;
  if (getScoreThreshold())
    scoreThreshold = ctx.get(getScoreThreshold()).getF(0);
  int64_t batches = scores.dim(0), classes = scores.dim(1), count = scores.dim(2);
  SmallVector<std::array<int64_t, 3>> rows;
  for (int64_t batch = 0; batch < batches; ++batch)
    for (int64_t c = 0; c < classes; ++c) {
      const float *score = scores.data<float>().data() + (batch * classes + c) * count;
      const float *box = boxes.data<float>().data() + batch * count * 4;
      SmallVector<int64_t> candidates, taken;
      for (int64_t i = 0; i < count; ++i)
        if (score[i] == score[i] && (!scoreThreshold || score[i] > *scoreThreshold))
          candidates.push_back(i);
      llvm::sort(candidates, [&](int64_t a, int64_t b) {
        return score[a] > score[b] || (score[a] == score[b] && a < b);
      });
      for (int64_t i : candidates) {
        if (int64_t(taken.size()) >= int64_t(getMaxBoxes()))
          break;
        if (llvm::none_of(taken, [&](int64_t j) {
              return overlaps(box + 4 * j, box + 4 * i, getCenterPoint(), iouThreshold);
            })) {
          taken.push_back(i);
          rows.push_back({batch, c, i});
        }
      }
    }
  writeSymbol(ctx, getSymbol(), rows.size());
  HostTensor y = ctx.make(getY());
  for (auto [i, row] : llvm::enumerate(rows))
    for (int64_t k = 0; k < 3; ++k)
      y.setI(i * 3 + k, row[k]);
  ctx.set(getY(), y);
  return success();
}
