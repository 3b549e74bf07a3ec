#include "passes/Plan/Views.h"
#include "dialects/NN/MovementUtils.h"
#include "passes/Plan/Layouts.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

namespace {
/// The points of one dimension that a part has. `size` is ShapedType::kDynamic where it is symbolic.
struct Cut {
  int64_t start, size;
  bool all;
};
} // namespace

static int64_t staticOr(nn::Dim dim) {
  return nn::getStatic(dim).value_or(ShapedType::kDynamic);
}

/// Elements from the start of a tensor's buffer to the part that `cuts` describes, one per dimension; nullopt
/// if it is not one piece of memory in `layout`.
static std::optional<int64_t> offsetOf(ArrayRef<nn::Dim> dims, ArrayRef<Cut> cuts, sched::LayoutAttr layout) {
  int64_t rank = dims.size();
  auto dimAt = [&](int64_t i) { return layout ? layout.getOrder()[i] : i; };
  // From the inner dimensions to the outer: `stride` elements lie inside of dimension `d`, kDynamic where
  // that is symbolic. Once a dimension is cut, those outside of it have one point.
  int64_t stride = 1, offset = 0;
  for (size_t i = 1; layout && i < layout.getBlocks().size(); i += 2)
    stride *= layout.getBlocks()[i];
  bool isCut = false;
  for (int64_t i = rank - 1; i >= 0; --i) {
    int64_t d = dimAt(i), extent = staticOr(dims[d]);
    int64_t block = layout ? layout.getBlock(d) : 1, halo = layout ? layout.getHaloOf(d) : 0;
    auto [start, size, all] = cuts[d];
    bool whole = !ShapedType::isDynamic(extent) && start == 0 && size == extent;
    if (isCut && (size < 0 || size + 2 * halo > block || (block > 1 && !whole)))
      return std::nullopt;
    if (!all) {
      if (halo || start % block || (size % block && start + size != extent))
        return std::nullopt;
      if (start && (ShapedType::isDynamic(stride) || llvm::MulOverflow(stride, start / block, start) ||
                    llvm::AddOverflow(offset, start, offset)))
        return std::nullopt;
      isCut = true;
    }
    if (ShapedType::isDynamic(stride) || ShapedType::isDynamic(extent))
      stride = ShapedType::kDynamic;
    else if (llvm::MulOverflow(stride, int64_t(llvm::divideCeil(extent + 2 * halo, block)), stride))
      return std::nullopt;
  }
  return offset;
}

static std::optional<SmallVector<View>> viewsOf(nn::SliceOp op, sched::LayoutAttr layout) {
  nn::Dims dims = nn::getDims(op.getX());
  SmallVector<Cut> cuts;
  for (auto [dim, from, size, step] :
       llvm::zip(dims, op.getStarts().getResults(), op.getSizes().getResults(), op.getSteps())) {
    std::optional<int64_t> start = nn::getStatic(from);
    if (!start || (step != 1 && nn::getStatic(size) != std::optional<int64_t>(1)))
      return std::nullopt;
    cuts.push_back({*start, staticOr(size), *start == 0 && size == dim});
  }
  std::optional<int64_t> offset = offsetOf(dims, cuts, layout);
  if (!offset)
    return std::nullopt;
  return SmallVector<View>{{op.getY(), op.getX(), *offset * elementBytes(nn::getElementType(op.getX()))}};
}

static std::optional<SmallVector<View>> viewsOf(nn::ConcatOp op, sched::LayoutAttr layout) {
  nn::Dims dims = nn::getDims(op.getY());
  SmallVector<Cut> cuts;
  for (nn::Dim dim : dims)
    cuts.push_back({0, staticOr(dim), true});
  SmallVector<View> views;
  int64_t axis = op.getAxis(), start = 0;
  for (Value input : op.getInputs()) {
    if (ShapedType::isDynamic(start))
      return std::nullopt;
    int64_t size = staticOr(nn::getDims(input)[axis]);
    cuts[axis] = {start, size, false};
    std::optional<int64_t> offset = offsetOf(dims, cuts, layout);
    if (!offset)
      return std::nullopt;
    views.push_back({input, op.getY(), *offset * elementBytes(nn::getElementType(input))});
    start = ShapedType::isDynamic(size) ? size : start + size;
  }
  return views;
}

std::optional<SmallVector<View>> plan::getViews(Operation *op, sched::LayoutAttr layout) {
  if (auto reshape = dyn_cast<nn::ReshapeOp>(op))
    return layout ? std::nullopt : std::optional(SmallVector<View>{{reshape.getY(), reshape.getX(), 0}});
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return viewsOf(slice, layout);
  if (auto concat = dyn_cast<nn::ConcatOp>(op))
    return viewsOf(concat, layout);
  return std::nullopt;
}

static bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(),
                      [](Operation *user) { return user->hasTrait<OpTrait::IsTerminator>(); });
}

/// Symbolic dimensions count once.
static int64_t countElements(Value value) {
  int64_t count = 1;
  for (nn::Dim dim : nn::getDims(value))
    count *= nn::getStatic(dim).value_or(1);
  return count;
}

namespace {
/// The state of keepViews.
class ViewFinder {
public:
  explicit ViewFinder(Layouts &layouts) : layouts(layouts) {}

  void run(std::vector<Group> &groups) {
    for (Group &group : groups) {
      Operation *op = anchorOf(group);
      if (isView(op)) {
        if (sched::LayoutAttr layout = layouts.of(op->getResult(0)))
          op->setAttr(kLayoutAttr, layout);
        continue;
      }
      computed.insert(group.back()->result_begin(), group.back()->result_end());
      tasks.push_back(std::move(group));
    }
    groups = std::move(tasks);
  }

private:
  bool isView(Operation *op) {
    if (auto slice = dyn_cast<nn::SliceOp>(op)) {
      sched::LayoutAttr layout = layouts.of(slice.getX());
      return layout == layouts.of(slice.getY()) && !isReturned(slice.getY()) && getViews(slice, layout);
    }
    auto concat = dyn_cast<nn::ConcatOp>(op);
    return concat && getViews(concat, layouts.of(concat.getY())) && place(concat);
  }

  /// What a task would have to write elsewhere so that the operand lies there: null if that cannot be.
  Value sourceOf(Value operand, sched::LayoutAttr layout) const {
    if (layouts.of(operand) != layout)
      return Value();
    while (!computed.contains(operand)) {
      auto view = operand.getDefiningOp<nn::ReshapeOp>();
      if (!view)
        return Value();
      operand = view.getX();
    }
    return layouts.of(operand) == layout && !placed.contains(operand) && !isReturned(operand) ? operand
                                                                                              : Value();
  }

  /// Has the operands lie in the result, if that is worth it.
  bool place(nn::ConcatOp concat) {
    sched::LayoutAttr layout = layouts.of(concat.getY());
    llvm::SmallDenseSet<Value> sources;
    SmallVector<OpOperand *> others;
    int64_t here = 0, elsewhere = 0;
    for (OpOperand &operand : concat->getOpOperands()) {
      Value source = sourceOf(operand.get(), layout);
      bool isNew = source && sources.insert(source).second;
      (isNew ? here : elsewhere) += countElements(operand.get());
      if (!isNew)
        others.push_back(&operand);
    }
    if (here < elsewhere)
      return false;
    placed.insert(sources.begin(), sources.end());
    OpBuilder b(concat);
    for (OpOperand *operand : others) {
      Value value = operand->get();
      auto copy = nn::create<nn::ReshapeOp>(
          b, concat.getLoc(), {value},
          {b.getNamedAttr("shape", nn::shapeMap(nn::getDims(value), b.getContext()))});
      layouts.set(copy->getY(), layout);
      operand->set(copy->getY());
      placed.insert(copy->getY());
      computed.insert(copy->getY());
      tasks.push_back({*copy});
    }
    computed.insert(concat.getY());
    return true;
  }

  Layouts &layouts;
  std::vector<Group> tasks;
  /// What tasks write, and concatenations in which they do: it can lie where it is wanted.
  llvm::DenseSet<Value> computed;
  llvm::DenseSet<Value> placed; ///< what lies in a concatenation
};
} // namespace

void plan::keepViews(std::vector<Group> &groups, Layouts &layouts) {
  ViewFinder(layouts).run(groups);
}
