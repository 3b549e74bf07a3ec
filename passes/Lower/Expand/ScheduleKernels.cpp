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
  Chooser(GenericOp op, int64_t vectorBytes, int64_t registers, int64_t l1Bytes, int64_t l2Bytes)
      : op(op), loops(op.getNumLoops()), parallel(op.getNumParallel()), registers(registers),
        l1Bytes(l1Bytes), l2Bytes(l2Bytes) {
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
        block ? (block->size % lanes == 0 ? std::optional(block->inner) : std::nullopt)
              : access.step[vectorDim];
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

  /// Sizes of a register tile: points of parallel dimensions beside the vector dimension, and vectors of
  /// that.
  struct Tile {
    SmallVector<std::pair<int64_t, int64_t>, 2> points; ///< (dimension, size)
    int64_t vectors = 1;
    int64_t size() const {
      int64_t count = vectors;
      for (auto [d, u] : points)
        count *= u;
      return count;
    }
  };

  /// How many of its points a tile reads from an operand in one step of the reductions: (vectors or
  /// broadcasts).
  double tileReads(const LinearAccess &access, const Tile &tile, int64_t vectorDim) const {
    double count = access.dependsOn(vectorDim) ? double(tile.vectors) : 1;
    for (auto [d, u] : tile.points)
      if (access.dependsOn(d))
        count *= double(u);
    return count;
  }

  /// Cycles of one step of the reductions: two arithmetic operations and two loads per cycle; each
  /// accumulator waits for its own last result (four cycles); what does not stay in the first cache comes
  /// from the next at its bandwidth. `inner`: the innermost parallel loop.
  double stepCycles(const Tile &tile, int64_t vectorDim, int64_t inner) {
    double work = double(tile.size() * bodyArithmetic) / 2, loads = 0, traffic = 0, resident = 0;
    for (unsigned i = 0; i < op.getInputs().size(); ++i) {
      double reads = tileReads(accesses[i], tile, vectorDim);
      loads += reads * loadCost(accesses[i], vectorDim);
      bool isVector = accesses[i].dependsOn(vectorDim);
      double bytes = reads * 4 * (isVector ? double(lanes) : 1);
      // What the innermost loop does not move along is read again by every tile of it.
      bool reused = inner < 0 || !accesses[i].dependsOn(inner);
      double footprint = bytes * points * (reused ? 1 : extent(inner));
      resident += bytes * points;
      constexpr double kNextBandwidth = 24, kFarBandwidth = 8; // bytes per cycle
      if (resident > double(l1Bytes) * 0.75)
        traffic += bytes / (footprint > double(l2Bytes) * 0.75 && reused ? kFarBandwidth : kNextBandwidth);
    }
    constexpr double kLatency = 4;
    return std::max({work, loads, traffic, kLatency});
  }

  /// Cycles per step and vector, with what is left over at the ends of the dimensions.
  double tileCost(const Tile &tile, int64_t vectorDim, int64_t inner) {
    double vectors = std::ceil(extent(vectorDim) / double(lanes)), total = 0, covered = vectors;
    // All combinations of whole tiles and rests, dimension by dimension.
    SmallVector<std::pair<Tile, double>> parts = {{tile, 1.0}};
    auto split = [&](double length, llvm::function_ref<int64_t &(Tile &)> sizeOf) {
      SmallVector<std::pair<Tile, double>> next;
      for (auto &[part, times] : parts) {
        double size = double(sizeOf(part)), whole = std::floor(length / size), rest = length - whole * size;
        if (whole > 0)
          next.emplace_back(part, times * whole);
        if (rest > 0) {
          Tile smaller = part;
          sizeOf(smaller) = int64_t(rest);
          next.emplace_back(smaller, times);
        }
      }
      parts = next;
    };
    split(vectors, [](Tile &t) -> int64_t & { return t.vectors; });
    for (size_t i = 0; i < tile.points.size(); ++i) {
      split(extent(tile.points[i].first), [i](Tile &t) -> int64_t & { return t.points[i].second; });
      covered *= extent(tile.points[i].first);
    }
    for (auto &[part, times] : parts)
      total += times * stepCycles(part, vectorDim, inner);
    return total / covered;
  }

  void chooseTile(int64_t vectorDim, SmallVectorImpl<int64_t> &tile, SmallVectorImpl<int64_t> &order) {
    int64_t accumulators = op.getInits().size();
    // Along these some operand stays the same, so that one load serves the points of a tile.
    SmallVector<int64_t> others;
    // The last ones first: of equal tiles, that of neighbouring points.
    for (int64_t d = parallel - 1; d >= 0; --d)
      if (d != vectorDim && extent(d) > 1 &&
          llvm::any_of(ArrayRef(accesses).take_front(op.getInputs().size()),
                       [&](const LinearAccess &a) { return !a.dependsOn(d); }))
        others.push_back(d);
    // A product: one factor moves with the vector dimension, the other does not.
    auto movesWithLanes = [&](const LinearAccess &access) { return access.dependsOn(vectorDim); };
    auto inputs = ArrayRef(accesses).take_front(op.getInputs().size());
    bool isTwoSided = inputs.size() == 2 && accumulators == 1 && bodyArithmetic == 1 &&
                      !llvm::all_of(inputs, movesWithLanes);
    auto fits = [&](const Tile &t) {
      // Beside the accumulators, the vectors that all points of the tile share, and one for each in turn.
      int64_t shared = isTwoSided ? t.vectors + 1 : registers / 2;
      return t.size() == 1 || t.size() * accumulators + shared <= registers;
    };
    double bestCost = INFINITY;
    Tile best;
    auto consider = [&](const Tile &t) {
      if (!fits(t))
        return;
      double cost = tileCost(t, vectorDim, innermost(t, vectorDim));
      if (cost < bestCost * 0.999) {
        bestCost = cost;
        best = t;
      }
    };
    for (int64_t v = 1; v <= 4; ++v) {
      consider({{}, v});
      for (int64_t other : others)
        for (int64_t u = 2; u <= std::min<int64_t>(registers, int64_t(extent(other))); ++u) {
          consider({{{other, u}}, v});
          // A tile over a whole dimension may go on in another.
          for (int64_t second : others)
            if (second != other && u == int64_t(extent(other)))
              for (int64_t w = 2; w * u <= registers; ++w)
                consider({{{other, u}, {second, w}}, v});
        }
    }
    tile[vectorDim] = best.vectors;
    for (auto [d, u] : best.points)
      tile[d] = u;
    int64_t inner = innermost(best, vectorDim);
    if (best.points.empty() || vectorDim >= parallel)
      return;
    order.clear();
    auto isTiled = [&](int64_t d) {
      return d == vectorDim || llvm::any_of(best.points, [&](auto &point) { return point.first == d; });
    };
    for (int64_t d = 0; d < parallel; ++d)
      if (!isTiled(d))
        order.push_back(d);
    if (inner == vectorDim) {
      for (auto [d, u] : llvm::reverse(best.points))
        order.push_back(d);
      order.push_back(vectorDim);
    } else {
      order.push_back(vectorDim);
      for (auto [d, u] : llvm::reverse(best.points))
        order.push_back(d);
    }
  }

  /// Of the operands that the tile's dimensions re-read, the larger should be read once: the loop along which
  /// it moves goes outside.
  int64_t innermost(const Tile &tile, int64_t vectorDim) {
    if (tile.points.empty())
      return vectorDim;
    int64_t other = tile.points.front().first;
    double otherBytes = 0, vectorDimBytes = 0;
    for (unsigned i = 0; i < op.getInputs().size(); ++i) {
      double size = 1;
      for (int64_t d = 0; d < loops; ++d)
        if (accesses[i].dependsOn(d))
          size *= extent(d);
      if (accesses[i].dependsOn(other))
        otherBytes += size;
      if (accesses[i].dependsOn(vectorDim))
        vectorDimBytes += size;
    }
    return otherBytes > vectorDimBytes ? vectorDim : other;
  }

  GenericOp op;
  int64_t loops, parallel, registers, l1Bytes, l2Bytes, lanes = 1;
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
        op.setScheduleAttr(Chooser(op, vectorBytes, registers, l1Bytes, l2Bytes).choose());
    });
  }
};
} // namespace
