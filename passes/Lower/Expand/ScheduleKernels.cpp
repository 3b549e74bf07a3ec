#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Expand/Expand.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

namespace tenon {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "passes/Lower/Expand/Expand.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

namespace {
/// Stands for an extent that is only known at run time.
constexpr double kUnknownExtent = 64;

/// Estimates of one nest, in cycles of a machine that issues two vector operations and two loads per cycle.
class Chooser {
public:
  Chooser(GenericOp op, int64_t vectorBytes, int64_t registers)
      : op(op), loops(op.getNumLoops()), parallel(op.getNumParallel()), registers(registers) {
    for (auto [buffer, map] : getAccesses(op)) {
      auto access = getLinearAccess(cast<MemRefType>(buffer.getType()), map);
      linear &= access.has_value();
      LinearAccess unknown{SmallVector<std::optional<int64_t>>(loops), {}, std::nullopt};
      unknown.blocks.assign(loops, std::nullopt);
      accesses.push_back(access.value_or(unknown));
    }
    int64_t bytes = 1;
    auto widen = [&](Type type) {
      if (type.isIntOrFloat())
        bytes = std::max<int64_t>(bytes, llvm::divideCeil(type.getIntOrFloatBitWidth(), 8u));
    };
    op->walk([&](Operation *inner) {
      if (inner == op)
        return;
      for (Type type : inner->getOperandTypes())
        widen(type);
      for (Type type : inner->getResultTypes())
        widen(type);
      bool computes = !isa<YieldOp, IndexOp>(inner) && !inner->hasTrait<OpTrait::ConstantLike>();
      arithmetic += computes;
      bodyArithmetic += computes && inner->getParentRegion() == &op.getBody();
      // Only element-wise operations and loads have a vector form.
      vectorizable &=
          inner->getNumRegions() == 0 &&
          (isa<YieldOp, IndexOp, LoadOp, memref::LoadOp>(inner) || inner->hasTrait<OpTrait::ConstantLike>() ||
           inner->hasTrait<OpTrait::Elementwise>() || OpTrait::hasElementwiseMappableTraits(inner));
    });
    for (auto [buffer, map] : getAccesses(op))
      widen(cast<MemRefType>(buffer.getType()).getElementType());
    for (Value init : op.getInits())
      widen(init.getType());
    lanes = llvm::bit_floor(uint64_t(std::max<int64_t>(vectorBytes / bytes, 1)));
    for (int64_t d = parallel; d < loops; ++d)
      points *= extent(d);
  }

  ScheduleAttr choose() {
    int64_t vectorDim = chooseVectorDim();
    SmallVector<int64_t> tile(loops, 1), order;
    for (int64_t d = 0; d < parallel; ++d)
      order.push_back(d);
    if (vectorDim >= 0 && parallel < loops)
      chooseTile(vectorDim, tile, order);
    // Inside a block the points of a reduction lie side by side.
    for (int64_t d = parallel; d < loops; ++d)
      if (d != vectorDim)
        tile[d] = std::max<int64_t>(1, std::min<int64_t>(blockOf(d), extent(d)));
    return ScheduleAttr::get(op.getContext(), vectorDim, vectorDim < 0 ? 1 : lanes, tile, order);
  }

private:
  double extent(int64_t d) {
    int64_t value = op.getStaticExtents()[d];
    return ShapedType::isDynamic(value) ? kUnknownExtent : double(value);
  }

  /// The largest block of dimension `d`, 1 if there is none.
  int64_t blockOf(int64_t d) const {
    int64_t size = 1;
    for (const LinearAccess &access : accesses)
      if (access.blocks[d])
        size = std::max(size, access.blocks[d]->size);
    return size;
  }

  /// Cycles to bring one vector of an operand in (or out, times 1.5 for a scatter).
  double loadCost(const LinearAccess &access, int64_t vectorDim) const {
    // Vectors do not cross blocks.
    const auto &block = access.blocks[vectorDim];
    std::optional<int64_t> step =
        block ? (block->size % lanes == 0 ? std::optional(block->inner) : std::nullopt) : access.step[vectorDim];
    return step == 0 ? 0.5 : step == 1 ? 0.5 : double(lanes);
  }

  /// Whether the epilogue does more than pass the accumulators on.
  bool epilogueComputes() {
    return llvm::any_of(op.getEpilogue().front().without_terminator(),
                        [](Operation &inner) { return !inner.hasTrait<OpTrait::ConstantLike>(); });
  }

  int64_t chooseVectorDim() {
    if (!vectorizable || !linear || lanes < 2)
      return -1;
    int64_t best = -1;
    double bestCost = INFINITY;
    bool combinable = parallel < loops && isCombinable(op);
    for (int64_t d = 0; d < loops; ++d) {
      if (extent(d) < 2 || (d >= parallel && !combinable))
        continue;
      // A reduction that is one vector long leaves no loop; its scalar epilogue would be the innermost code.
      if (d >= parallel && points <= double(lanes) && epilogueComputes())
        continue;
      double cost = 0.5 * double(arithmetic);
      for (auto [i, access] : llvm::enumerate(accesses)) {
        bool isOutput = i >= op.getInputs().size(); // kernel.loads are as rare
        if (isOutput && d >= parallel)
          continue;
        cost += isOutput ? 1.5 * loadCost(access, d) / std::max(points, 1.0) : loadCost(access, d);
      }
      // A horizontal reduction at the end of every accumulation.
      if (d >= parallel)
        cost += 8.0 * double(lanes) / std::max(points, 1.0);
      double vectors = std::ceil(extent(d) / double(lanes));
      cost = cost * vectors / extent(d);
      if (cost < bestCost * (d < parallel ? 1.0001 : 0.9999)) {
        best = d;
        bestCost = cost;
      }
    }
    return best;
  }

  /// Vectors per operand that a tile of `u` points by `v` vectors loads per reduction step.
  double tileLoads(int64_t other, int64_t u, int64_t vectorDim, int64_t v) {
    double loads = 0;
    for (unsigned i = 0; i < op.getInputs().size(); ++i) {
      double count = 1;
      if (other >= 0 && accesses[i].dependsOn(other))
        count *= double(u);
      if (accesses[i].dependsOn(vectorDim))
        count *= double(v);
      loads += count * loadCost(accesses[i], vectorDim);
    }
    return loads;
  }

  void chooseTile(int64_t vectorDim, SmallVectorImpl<int64_t> &tile, SmallVectorImpl<int64_t> &order) {
    int64_t accumulators = op.getInits().size();
    SmallVector<int64_t> others = {-1};
    for (int64_t d = 0; d < parallel; ++d)
      if (d != vectorDim && extent(d) > 1 &&
          llvm::any_of(ArrayRef(accesses).take_front(op.getInputs().size()),
                       [&](const LinearAccess &a) { return !a.dependsOn(d); }))
        others.push_back(d);
    // A product: one factor moves with the vector dimension, the other does not.
    bool isTwoSided = op.getInputs().size() == 2 && accumulators == 1 && bodyArithmetic == 1;
    double bestCost = INFINITY;
    int64_t bestOther = -1, bestU = 1, bestV = 1;
    for (int64_t other : others)
      for (int64_t u = 1; u <= (other < 0 ? 1 : std::min<int64_t>(registers, int64_t(extent(other)))); ++u)
        for (int64_t v = 1; v <= 4; ++v) {
          // Beside the accumulators, the vectors that all points of the tile share, and one for each in turn.
          int64_t shared = isTwoSided ? v + 1 : registers / 4;
          if (u * v > 1 && u * v * accumulators + shared > registers)
            continue;
          // Two arithmetic operations per cycle; each accumulator waits for its own last result (four
          // cycles).
          auto cycles = [&](int64_t u, int64_t v) {
            double work = double(u * v * bodyArithmetic) / 2;
            return std::max({work, tileLoads(other, u, vectorDim, v), 4.0});
          };
          double vectors = std::ceil(extent(vectorDim) / double(lanes)), rows = other < 0 ? 1 : extent(other);
          double fullV = std::floor(vectors / double(v)), restV = vectors - fullV * double(v);
          double fullU = std::floor(rows / double(u)), restU = rows - fullU * double(u);
          double cost = fullU * (fullV * cycles(u, v) + restV * cycles(u, 1));
          if (restU > 0)
            cost += fullV * cycles(int64_t(restU), v) + restV * cycles(int64_t(restU), 1);
          cost /= rows * vectors;
          if (cost < bestCost * 0.999) {
            bestCost = cost;
            bestOther = other;
            bestU = u;
            bestV = v;
          }
        }
    tile[vectorDim] = bestV;
    if (bestOther < 0)
      return;
    tile[bestOther] = bestU;
    if (vectorDim >= parallel)
      return;
    // Of the operands that one tile dimension re-reads, the larger should be read once: its loop goes
    // outside.
    double otherBytes = 0, vectorDimBytes = 0;
    for (unsigned i = 0; i < op.getInputs().size(); ++i) {
      double size = 1;
      for (int64_t d = 0; d < loops; ++d)
        if (accesses[i].dependsOn(d))
          size *= extent(d);
      if (accesses[i].dependsOn(bestOther))
        otherBytes += size;
      if (accesses[i].dependsOn(vectorDim))
        vectorDimBytes += size;
    }
    order.clear();
    for (int64_t d = 0; d < parallel; ++d)
      if (d != vectorDim && d != bestOther)
        order.push_back(d);
    bool otherOutside = otherBytes > vectorDimBytes;
    order.push_back(otherOutside ? bestOther : vectorDim);
    order.push_back(otherOutside ? vectorDim : bestOther);
  }

  GenericOp op;
  int64_t loops, parallel, registers, lanes = 1;
  int64_t arithmetic = 0, bodyArithmetic = 0; ///< operations per point, and those per step of the reductions
  double points = 1;
  bool linear = true, vectorizable = true;
  SmallVector<LinearAccess> accesses;
};

struct ScheduleKernels : tenon::impl::ScheduleKernelsBase<ScheduleKernels> {
  using ScheduleKernelsBase::ScheduleKernelsBase;
  void runOnOperation() override {
    getOperation()->walk([&](GenericOp op) {
      if (!op.getSchedule())
        op.setScheduleAttr(Chooser(op, vectorBytes, registers).choose());
    });
  }
};
} // namespace
