#include "passes/Plan/Layouts.h"
#include "dialects/NN/NN.h"
#include "lib/Support/Winograd.h"
#include "passes/Plan/Views.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isDepthwise(nn::ConvOp conv) {
  int64_t group = conv.getGroup();
  return group > 1 && group == typeOf(conv.getX()).getShape()[1] &&
         group == typeOf(conv.getY()).getShape()[1];
}

/// Whether groups of a convolution begin where blocks begin: all in one group, one channel each, or
/// multiples.
static bool hasBlockedGroups(nn::ConvOp conv, int64_t lanes) {
  int64_t group = conv.getGroup(), channels = typeOf(conv.getX()).getShape()[1],
          outputs = typeOf(conv.getY()).getShape()[1];
  if (group == 1 || isDepthwise(conv))
    return true;
  return channels / group % lanes == 0 && outputs / group % lanes == 0;
}

/// Whether channels of a slice begin where blocks begin, one after the other.
static bool startsBlocks(nn::SliceOp slice, int64_t lanes) {
  std::optional<SmallVector<int64_t>> starts = nn::getStatic(slice.getStarts().getResults());
  return starts && (*starts)[1] % lanes == 0 && slice.getSteps()[1] == 1;
}

bool Layouts::isBlockable(Value value) const {
  RankedTensorType type = typeOf(value);
  if (type.getRank() != 4 || !type.hasStaticShape() || !type.getElementType().isF32())
    return false;
  // The last block may be in part empty, of no more than a third of the channels.
  int64_t channels = type.getShape()[1], padded = int64_t(llvm::alignTo(channels, lanes));
  return 3 * (padded - channels) <= channels;
}

bool Layouts::hasWholeBlocks(Value value) const {
  return isBlockable(value) && typeOf(value).getShape()[1] % lanes == 0;
}

sched::LayoutAttr Layouts::blockedChannels(Value value, ArrayRef<int64_t> halo) {
  bool any = llvm::any_of(halo, [](int64_t h) { return h > 0; });
  return sched::LayoutAttr::get(context, {0, 1, 2, 3}, {1, lanes}, any ? halo : ArrayRef<int64_t>(), {});
}

/// Whether the group's nests can read this operand with blocked channels.
bool Layouts::canRead(const Group &group, OpOperand &operand) const {
  if (!isBlockable(operand.get()))
    return false;
  Operation *op = operand.getOwner();
  if (isElementwise(op)) {
    // A broadcast operand stays as it is; it is small.
    return typeOf(operand.get()).getShape() == typeOf(op->getResult(0)).getShape() && canWrite(group);
  }
  if (auto conv = dyn_cast<nn::ConvOp>(op))
    return operand.getOperandNumber() == 0 && hasBlockedGroups(conv, lanes) && isBlockable(conv.getY()) &&
           conv.getW().getDefiningOp<nn::ConstantOp>();
  if (auto pool = dyn_cast<nn::MaxPoolOp>(op))
    return !pool.getWithIndices();
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return llvm::equal(reduce.getAxes(), ArrayRef<int64_t>{2, 3});
  if (isa<nn::ConcatOp, nn::SliceOp, nn::PadOp>(op))
    return operand.getOperandNumber() == 0 || isa<nn::ConcatOp>(op) ? canWrite(group) : false;
  if (auto copy = dyn_cast<nn::ReshapeOp>(op))
    return typeOf(copy.getX()) == typeOf(copy.getY());
  return isa<nn::AvgPoolOp>(op);
}

/// Whether the group's nests can write their result with blocked channels.
bool Layouts::canWrite(const Group &group) const {
  Operation *anchor = anchorOf(group);
  Value result = group.back()->getResult(0);
  if (group.back()->getNumResults() != 1 || !isa<RankedTensorType>(result.getType()) || !isBlockable(result))
    return false;
  if (auto concat = dyn_cast<nn::ConcatOp>(anchor))
    return concat.getAxis() == 1 && isBlockable(concat.getInputs().back()) &&
           llvm::all_of(concat.getInputs().drop_back(), [&](Value x) { return hasWholeBlocks(x); });
  if (auto slice = dyn_cast<nn::SliceOp>(anchor))
    return isBlockable(slice.getX()) && startsBlocks(slice, lanes);
  if (auto pad = dyn_cast<nn::PadOp>(anchor))
    return isBlockable(pad.getX()) && pad.getMode() == "constant" && pad.getPads()[1] == 0 &&
           pad.getPads()[5] == 0;
  if (auto conv = dyn_cast<nn::ConvOp>(anchor))
    return hasBlockedGroups(conv, lanes) && isBlockable(conv.getY()) &&
           conv.getW().getDefiningOp<nn::ConstantOp>();
  if (auto pool = dyn_cast<nn::MaxPoolOp>(anchor))
    return !pool.getWithIndices();
  if (auto copy = dyn_cast<nn::ReshapeOp>(anchor))
    return typeOf(copy.getX()) == typeOf(copy.getY());
  return isElementwise(anchor) || isa<nn::AvgPoolOp>(anchor);
}

void Layouts::pack(OpOperand &operand, ArrayRef<int64_t> order, ArrayRef<int64_t> blocks,
                   ArrayRef<int64_t> winograd) {
  auto constant = operand.get().getDefiningOp<nn::ConstantOp>();
  auto layout = sched::LayoutAttr::get(context, order, blocks, {}, winograd);
  auto [it, isNew] = packed.try_emplace({constant.getValue(), layout});
  if (isNew) {
    OpBuilder b(constant);
    auto clone = cast<nn::ConstantOp>(b.clone(*constant));
    clone->setAttr(kLayoutAttr, layout);
    it->second = clone.getY();
    layouts[clone.getY()] = layout;
  }
  operand.set(it->second);
  if (constant.use_empty())
    constant.erase();
}

/// Weights lie in the order in which a register tile reads them: two vectors of outputs (of the target with
/// the shortest ones) side by side, the products' other factor next.
void Layouts::packOperands(const Group &group) {
  Operation *anchor = anchorOf(group);
  auto packConv = [&](nn::ConvOp conv) {
    auto w = typeOf(conv.getW());
    if (!conv.getW().getDefiningOp<nn::ConstantOp>() || w.getRank() != 4 || !w.getElementType().isF32() ||
        !of(group.back()->getResult(0)))
      return;
    int64_t groups = conv.getGroup(), outputs = w.getShape()[0] / groups;
    OpOperand &weights = conv.getWMutable();
    if (groups > 1 && outputs == 1)
      return pack(weights, {0, 1, 2, 3}, {0, lanes});
    int64_t wide = groups == 1 || outputs % packedOutputs == 0 ? packedOutputs : lanes;
    // Threads share blocks: of few, an odd number would leave one of two threads waiting.
    constexpr int64_t kFew = 8;
    if (int64_t count = llvm::divideCeil(outputs, wide);
        count % 2 == 1 && count > 1 && count < kFew && wide == 2 * lanes)
      wide = lanes;
    if (auto tile = winogradTiles.find(conv); tile != winogradTiles.end())
      return pack(weights, {0, 1, 2}, {1, wide}, tile->second);
    if (of(conv.getX()) || conv != anchorOf(group))
      return pack(weights, {0, 1, 2, 3}, {1, lanes, 0, wide});
    return pack(weights, {0, 1, 2, 3}, {0, wide});
  };
  for (Operation *op : group)
    if (auto conv = dyn_cast<nn::ConvOp>(op))
      packConv(conv);
  auto packMatrix = [&](OpOperand &operand, bool transposed) {
    auto type = typeOf(operand.get());
    if (!operand.get().getDefiningOp<nn::ConstantOp>() || type.getRank() != 2 ||
        !type.getElementType().isF32())
      return;
    int64_t columns = transposed ? 0 : 1;
    if (type.getShape()[columns] >= packedOutputs)
      pack(operand, {columns, 1 - columns}, {columns, packedOutputs});
  };
  if (auto matmul = dyn_cast<nn::MatMulOp>(anchor))
    if (typeOf(matmul.getA()).getRank() > 1)
      packMatrix(matmul.getBMutable(), false);
  if (auto gemm = dyn_cast<nn::GemmOp>(anchor))
    packMatrix(gemm.getBMutable(), gemm.getTransB());
}

/// The tile of Winograd's convolution that computes the group's in the fewest cycles, nullopt if the direct
/// way does.
std::optional<Layouts::WinogradTile> Layouts::chooseWinograd(const Group &group) const {
  auto conv = dyn_cast<nn::ConvOp>(anchorOf(group));
  auto isOne = [](int64_t value) { return value == 1; };
  if (!winograd || !conv || conv.getGroup() != 1 || !llvm::all_of(conv.getStrides(), isOne) ||
      !llvm::all_of(conv.getDilations(), isOne) || !isBlockable(conv.getX()))
    return std::nullopt;
  ArrayRef<int64_t> w = typeOf(conv.getW()).getShape(), y = typeOf(conv.getY()).getShape();
  int64_t height = w[2], width = w[3];
  if (y[0] != 1)
    return std::nullopt;
  // Per cycle: products of two vector units at what register tiles reach, elements transformed, bytes of
  // weights from beyond the second cache, which both ways read at least once.
  double products = 1.7 * double(lanes), farBandwidth = 4;
  double channels = double(w[1]), outputs = double(w[0]);
  // More weights and fewer tiles must promise more than the estimate's error.
  constexpr double kBetter = 0.87;
  double best = kBetter * double(height * width) * channels * outputs *
                (double(y[2] * y[3]) / products + 4 / farBandwidth);
  std::optional<WinogradTile> choice;
  auto sizes = [](int64_t taps) {
    return taps == 1 ? SmallVector<int64_t, 2>{1} : SmallVector<int64_t, 2>{2, 4};
  };
  for (int64_t m : sizes(height))
    for (int64_t n : sizes(width)) {
      double points = double((m + height - 1) * (n + width - 1));
      // A transform of two dimensions has all its values in registers, or nearly so.
      constexpr double kMostPoints = 36;
      if (!Winograd::supports(m, height) || !Winograd::supports(n, width) || points > kMostPoints)
        continue;
      double tiles = double(llvm::divideCeil(y[2], m) * llvm::divideCeil(y[3], n));
      double transforms = tiles * points * (channels + outputs) * 6 / double(lanes);
      double cost = points * channels * outputs * (tiles / products + 4 / farBandwidth) + transforms;
      if (cost < best) {
        best = cost;
        choice = {m, n};
      }
    }
  return choice;
}

bool Layouts::shouldFuseRows(Operation *producer, Value value, Operation *consumer) const {
  auto first = dyn_cast<nn::ConvOp>(producer), second = dyn_cast<nn::ConvOp>(consumer);
  if (!first || !second || second.getX() != value || second.getW() == value || second.getBias() == value)
    return false;
  auto canTake = [&](nn::ConvOp conv) {
    return isBlockable(conv.getX()) && isBlockable(conv.getY()) && hasBlockedGroups(conv, lanes) &&
           conv.getW().getDefiningOp<nn::ConstantOp>();
  };
  auto isOne = [](int64_t x) { return x == 1; };
  auto isPointwise = [&](nn::ConvOp conv) {
    ArrayRef<int64_t> kernel = typeOf(conv.getW()).getShape().drop_front(2);
    return conv.getGroup() == 1 && llvm::all_of(kernel, isOne) && llvm::all_of(conv.getStrides(), isOne) &&
           llvm::all_of(conv.getPads(), [](int64_t pad) { return pad == 0; });
  };
  if (!canTake(first) || !canTake(second) ||
      !(isDepthwise(first) ? isPointwise(second) : isPointwise(first) && isDepthwise(second)))
    return false;
  // As tenon-fuse-rows cuts strips.
  ArrayRef<int64_t> shape = typeOf(value).getShape(), w = typeOf(second.getW()).getShape(),
                    v = typeOf(first.getW()).getShape();
  int64_t rowBytes = shape[0] * int64_t(llvm::alignTo(shape[1], lanes)) * shape[3] * 4,
          bytes = rowBytes * shape[2];
  int64_t span = (w[2] - 1) * second.getDilations()[0] + 1, rows = l2Bytes / 4 / rowBytes;
  // Half of the cache still holds what was written last when the next task reads it.
  if (bytes <= l2Bytes / 2 || rows < 2 * span)
    return false;
  // Cycles to compute rows twice, beside those of writing the image to beyond the second cache and reading
  // it.
  double twice = double(span - second.getStrides()[0]) / double(rows) * double(bytes / 4) *
                 double(v[1] * v[2] * v[3]) / (1.6 * double(lanes));
  constexpr double kFarBytes = 5.5; // per cycle
  return twice < double(bytes) * 2 / kFarBytes;
}

/// What a convolution reads beyond its operand's elements, per dimension.
SmallVector<int64_t> Layouts::readHalo(Operation *op) const {
  auto conv = cast<nn::ConvOp>(op);
  SmallVector<int64_t> halo(4, 0);
  // Few products per element: writing zeros around an image would cost more than leaving out their products.
  if (isDepthwise(conv))
    return halo;
  auto tile = winogradTiles.find(op);
  for (int64_t i = 0; i < 2; ++i) {
    halo[2 + i] = std::max(conv.getPads()[i], conv.getPads()[2 + i]);
    if (tile != winogradTiles.end()) {
      auto reached = int64_t(llvm::alignTo(typeOf(conv.getY()).getShape()[2 + i], tile->second[i])) +
                     typeOf(conv.getW()).getShape()[2 + i] - 1;
      halo[2 + i] =
          std::max(halo[2 + i], reached - conv.getPads()[i] - typeOf(conv.getX()).getShape()[2 + i]);
    }
  }
  return halo;
}

/// What a group with this anchor writes beyond its result's elements, per dimension.
SmallVector<int64_t> Layouts::writtenHalo(Operation *anchor) const {
  SmallVector<int64_t> halo(4, 0);
  if (auto tile = winogradTiles.find(anchor); tile != winogradTiles.end())
    for (int64_t i = 0; i < 2; ++i) {
      int64_t extent = typeOf(anchor->getResult(0)).getShape()[2 + i];
      halo[2 + i] = int64_t(llvm::alignTo(extent, tile->second[i])) - extent;
    }
  return halo;
}

/// Parts of one value have its halo, and it has theirs, so that they can lie in its memory.
void Layouts::joinHalos(const std::vector<Group> &groups) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Group &group : groups) {
      Operation *op = anchorOf(group);
      if (!isa<nn::ConcatOp, nn::SliceOp>(op) || !of(op->getResult(0)) || !getViews(op, of(op->getResult(0))))
        continue;
      SmallVector<Value> values = {op->getResult(0)};
      llvm::copy_if(op->getOperands(), std::back_inserter(values), [&](Value x) { return of(x) != nullptr; });
      SmallVector<int64_t> halo(4, 0);
      for (Value value : values)
        for (int64_t d = 0; d < 4; ++d)
          halo[d] = std::max(halo[d], of(value).getHaloOf(d));
      for (Value value : values) {
        sched::LayoutAttr layout = blockedChannels(value, halo);
        changed |= layout != of(value);
        layouts[value] = layout;
      }
    }
  }
}

void Layouts::assign(std::vector<Group> &groups) {
  GroupOf groupOf;
  for (const Group &group : groups)
    for (Operation *op : group)
      groupOf[op] = &group;
  llvm::DenseSet<Value> blocked = chooseBlocked(groups, groupOf);
  for (const Group &group : groups)
    if (blocked.contains(group.back()->getResult(0)))
      if (std::optional<WinogradTile> tile = chooseWinograd(group))
        winogradTiles[anchorOf(group)] = *tile;
  // The halo of a value is the widest that a convolution reads or writes.
  for (Value value : blocked) {
    SmallVector<int64_t> halo(4, 0);
    auto widen = [&](ArrayRef<int64_t> other) {
      for (int64_t d = 0; d < 4; ++d)
        halo[d] = std::max(halo[d], other[d]);
    };
    if (Operation *source = value.getDefiningOp(); source && groupOf.count(source))
      widen(writtenHalo(anchorOf(*groupOf[source])));
    for (OpOperand &use : value.getUses()) {
      auto it = groupOf.find(use.getOwner());
      if (it == groupOf.end() || !canRead(*it->second, use))
        continue;
      if (isa<nn::ConvOp>(use.getOwner()))
        widen(readHalo(use.getOwner()));
      // What is added to tiles is read where they are written.
      else
        widen(writtenHalo(anchorOf(*it->second)));
    }
    layouts[value] = blockedChannels(value, halo);
  }
  joinHalos(groups);
  // Copies where a reader cannot take what there is, or needs what there is not. A copy stands where its
  // value is made, so that it serves all readers.
  llvm::DenseMap<std::pair<Value, Attribute>, Value> copies;
  llvm::DenseSet<Operation *> isCopy;
  std::vector<Group> all;
  auto copyTo = [&](OpOperand &operand, sched::LayoutAttr layout) {
    Value value = operand.get();
    Value &copy = copies[{value, layout}];
    if (!copy) {
      OpBuilder b(context);
      b.setInsertionPointAfterValue(value);
      auto shape = AffineMapAttr::get(AffineMap::get(0, 0, nn::getDims(value), context));
      auto op = nn::create<nn::ReshapeOp>(b, value.getLoc(), {value}, {b.getNamedAttr("shape", shape)});
      copy = op->getY();
      if (layout)
        layouts[copy] = layout;
      isCopy.insert(*op);
      all.push_back({*op});
    }
    operand.set(copy);
  };
  for (Group &group : groups) {
    bool writesBlocks = of(group.back()->getResult(0)) != nullptr;
    for (Operation *op : group)
      for (OpOperand &operand : op->getOpOperands()) {
        Operation *source = operand.get().getDefiningOp();
        if (llvm::is_contained(group, source) || !isa<RankedTensorType>(operand.get().getType()))
          continue;
        bool can = canRead(group, operand), isConv = isa<nn::ConvOp>(op);
        if (of(operand.get())) {
          // Reductions give rows; else a group reads blocks where it writes them.
          if (!can || (!writesBlocks && !isa<nn::ReduceOp>(op)))
            copyTo(operand, {});
        } else if (can && writesBlocks) {
          copyTo(operand,
                 isa<nn::ConcatOp>(op)
                     ? of(op->getResult(0))
                     : blockedChannels(operand.get(), isConv ? readHalo(op) : writtenHalo(anchorOf(group))));
        }
      }
    packOperands(group);
    Value result = group.back()->getResult(0);
    all.push_back(group);
    // Views, and who calls the model, know rows only.
    if (of(result))
      for (OpOperand &use : llvm::make_early_inc_range(result.getUses()))
        if (!groupOf.count(use.getOwner()) && !isCopy.contains(use.getOwner()))
          copyTo(use, {});
  }
  groups = std::move(all);
}
