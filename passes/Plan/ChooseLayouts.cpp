#include "dialects/NN/NN.h"
#include "lib/Support/MinCut.h"
#include "passes/Plan/Layouts.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// `extent` as whole vectors, in `lanes`.
static double vectors(int64_t extent, int64_t lanes) {
  return double(llvm::divideCeil(extent, lanes));
}

/// Cycles of a convolution whose result has blocked channels, or rows: multiply-adds of whole vectors, two
/// per cycle at most, times what kernels of the kind reach of that.
static double convCycles(nn::ConvOp conv, bool blocked, int64_t lanes) {
  ArrayRef<int64_t> y = shapeOf(conv.getY()), w = shapeOf(conv.getW());
  int64_t pixels = y[0] * y[2] * y[3], steps = w[1] * w[2] * w[3];
  auto isOne = [](int64_t value) { return value == 1; };
  bool strided = !llvm::all_of(conv.getStrides(), isOne), isPointwise = w[2] == 1 && w[3] == 1;
  bool isDepthwise = w[1] == 1 && conv.getGroup() > 1;
  if (blocked) {
    double reached = isDepthwise ? 0.5 : 0.8;
    return double(pixels * steps) * vectors(y[1], lanes) / (2 * reached);
  }
  // Lanes along a row of pixels, or along all of them where they follow each other; strides are gathers.
  bool isFlat = isPointwise && !strided;
  double points = isFlat ? vectors(pixels, lanes) : double(y[0] * y[2]) * vectors(y[3], lanes);
  double reached = isDepthwise ? (strided ? 0.04 : 0.15) : strided ? 0.15 : isPointwise ? 0.65 : 0.5;
  double cycles = double(y[1] * steps) * points / (2 * reached);
  // The copy with zeros around it.
  if (llvm::any_of(conv.getPads(), [](int64_t pad) { return pad != 0; }))
    cycles += double(cast<RankedTensorType>(conv.getX().getType()).getNumElements());
  return cycles;
}

/// Cycles of a copy that changes how a value lies.
static double copyCycles(Value value) {
  constexpr double kPerElement = 2;
  return kPerElement * double(cast<RankedTensorType>(value.getType()).getNumElements());
}

llvm::DenseSet<Value> Layouts::chooseBlocked(const std::vector<Group> &groups, const GroupOf &groupOf) const {
  // The first label is blocked channels, the second rows. What no group writes lies in rows.
  MinCut cut;
  llvm::DenseMap<Value, int> nodes;
  for (const Group &group : groups) {
    if (!canWrite(group))
      continue;
    int node = nodes[group.back()->getResult(0)] = cut.addNode();
    for (Operation *op : group) {
      auto conv = dyn_cast<nn::ConvOp>(op);
      if (!conv)
        continue;
      cut.addCost(node, MinCut::kSecond, int64_t(convCycles(conv, true, lanes)));
      cut.addCost(MinCut::kFirst, node, int64_t(convCycles(conv, false, lanes)));
    }
  }
  auto nodeOf = [&](Value value) {
    auto it = nodes.find(value);
    return it == nodes.end() ? int(MinCut::kSecond) : it->second;
  };
  // One copy serves all readers that want it.
  auto addReaders = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.hasStaticShape() || value.getDefiningOp<nn::ConstantOp>())
      return;
    // What a group keeps in registers lies nowhere.
    auto source = groupOf.find(value.getDefiningOp());
    if (source != groupOf.end() && value.getDefiningOp() != source->second->back())
      return;
    int writer = nodeOf(value), toBlocks = -1, toRows = -1;
    auto cycles = int64_t(copyCycles(value));
    for (OpOperand &use : value.getUses()) {
      Operation *op = use.getOwner();
      auto it = groupOf.find(op);
      bool can = it != groupOf.end() && canRead(*it->second, use);
      if (can && isa<nn::ReduceOp>(op))
        continue;
      int reader = can ? nodeOf(it->second->back()->getResult(0)) : int(MinCut::kSecond);
      if (reader == writer)
        continue;
      if (reader != MinCut::kSecond) {
        if (toBlocks < 0)
          cut.addCost(toBlocks = cut.addNode(), writer, cycles);
        cut.addCost(reader, toBlocks, MinCut::kInfinite);
      }
      if (writer != MinCut::kSecond) {
        if (toRows < 0)
          cut.addCost(writer, toRows = cut.addNode(), cycles);
        cut.addCost(toRows, reader, MinCut::kInfinite);
      }
    }
  };
  llvm::SmallDenseSet<Value> seen;
  for (const Group &group : groups)
    for (Operation *op : group) {
      for (Value operand : op->getOperands())
        if (seen.insert(operand).second)
          addReaders(operand);
      for (Value result : op->getResults())
        if (seen.insert(result).second)
          addReaders(result);
    }
  cut.solve();
  llvm::DenseSet<Value> blocked;
  for (auto [value, node] : nodes)
    if (cut.isFirst(node))
      blocked.insert(value);
  return blocked;
}
