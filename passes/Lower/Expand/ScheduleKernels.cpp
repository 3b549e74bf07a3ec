#include "dialects/Sched/Sched.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Expand/NestCost.h"
#include "passes/Lower/Expand/Schedules.h"
#include "llvm/ADT/Sequence.h"
#include <algorithm>
#include <cmath>

namespace tenon {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "passes/Lower/Expand/Expand.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

namespace {
/// Chooses among the schedules of one nest by their estimated cost.
class Chooser {
public:
  Chooser(GenericOp op, const Core &core)
      : op(op), nest(op), cost(op, core), registers(core.registers), l1Bytes(core.l1Bytes),
        l2Bytes(core.l2Bytes), loops(op.getNumLoops()), parallel(op.getNumParallel()),
        bounds(op.getBounds()) {}

  ScheduleAttr choose() {
    vectorDim = chooseVectorDim();
    Schedule schedule;
    schedule.vectorDim = vectorDim;
    schedule.lanes = vectorDim < 0 ? 1 : cost.getLanes();
    auto &tile = schedule.tile;
    tile.assign(loops, 1);
    for (int64_t d = 0; d < parallel; ++d)
      schedule.order.push_back(d);
    if (vectorDim >= 0 && parallel < loops)
      chooseTile(tile, schedule.order, schedule.pass);
    else if (vectorDim >= 0 && vectorDim + 1 < loops)
      tile[vectorDim] = vectorsOfBlock();
    int64_t vectors = llvm::product_of(ArrayRef<int64_t>(tile).take_front(parallel));
    for (int64_t d = parallel; d < loops; ++d)
      if (d != vectorDim)
        tile[d] = unrollOf(d, vectors);
    schedule.prefetch = choosePrefetch(schedule);
    return schedule.toAttr(op.getContext());
  }

private:
  /// The largest block of dimension `d`, 1 if there is none.
  int64_t blockOf(int64_t d) {
    int64_t size = 1;
    for (unsigned i = 0; i < op.getInputs().size(); ++i)
      if (auto &block = cost.getInput(i).blocks[d])
        size = std::max(size, block->size);
    return size;
  }

  /// Vectors of the vector dimension's largest block. Loops over the rest of the block would touch every
  /// cache line again.
  int64_t vectorsOfBlock() {
    int64_t size = 1;
    for (unsigned i = 0; i < getAccesses(op).size(); ++i)
      if (auto &block = cost.getAccess(i).blocks[vectorDim])
        size = std::max(size, block->size);
    constexpr int64_t kMost = 4;
    return std::clamp<int64_t>(size / cost.getLanes(), 1, kMost);
  }

  /// Points of a reduction that follow each other without a jump; a register tile has `vectors`.
  int64_t unrollOf(int64_t d, int64_t vectors) {
    // Inside a block they lie side by side.
    int64_t block = std::min<int64_t>(blockOf(d), int64_t(cost.extent(d)));
    if (block > 1)
      return block;
    if (ShapedType::isDynamic(op.getStaticExtents()[d]))
      return 1;
    // So do those of a row of a window, of which neighbours read the most part too.
    if (unrollsWindow(d))
      return op.getStaticExtents()[d];
    // So do those of a small window. What it is weighted with then stays in registers, if there are as many.
    constexpr double kSmall = 16;
    constexpr int64_t kManyRegisters = 28;
    if (cost.getPoints() <= kSmall && (op.getInputs().size() == 1 || registers >= kManyRegisters) &&
        llvm::none_of(bounds, [&](const DomainBound &bound) { return bound.reductionDim == d; }))
      return std::max<int64_t>(op.getStaticExtents()[d], 1);
    // An iteration also counts, finds addresses and prefetches, in units that could have computed: let it
    // have enough else to do.
    constexpr int64_t kFew = 4, kMany = 8, kEnough = 64; // steps; vectors of arithmetic
    int64_t extent = op.getStaticExtents()[d],
            unroll = vectors * kFew < kEnough && extent % kMany == 0 ? kMany : kFew;
    bool isLong = d == parallel && d + 1 == loops && extent >= 16 * unroll && extent % unroll == 0;
    return isLong && vectorDim >= 0 && vectorDim < parallel ? unroll : 1;
  }

  /// Whether `d` is the last loop over a window and can be unrolled: the tiles along the dimension that its
  /// bounds depend on are known.
  bool unrollsWindow(int64_t d) {
    return cost.isWindow(vectorDim) && d + 1 == loops && llvm::all_of(bounds, [&](const DomainBound &bound) {
             int64_t p = bound.parallelDim;
             return bound.reductionDim != d || p < 0 ||
                    (!ShapedType::isDynamic(op.getStaticExtents()[p]) && (p > 0 || op.getRange().empty()));
           });
  }

  /// Whether tiles can have several points along the parallel dimension `d`: no reduction whose bounds depend
  /// on it has a loop.
  bool canTile(int64_t d) {
    return llvm::all_of(bounds, [&](const DomainBound &bound) {
      return bound.parallelDim != d || unrollsWindow(bound.reductionDim);
    });
  }

  /// Cache lines to ask for in advance: weights that come from beyond the second cache should come evenly,
  /// not all while the first tile needs them.
  int64_t choosePrefetch(const Schedule &schedule) {
    std::optional<Stretch> stretch = getStretch(nest, schedule);
    constexpr int64_t kLine = 64;
    if (!stretch)
      return 0;
    double iterations = double(getIterations(nest, schedule)) * stretch->repetitions,
           lines = double(stretch->elements * 4) / kLine, bytes = cost.inputBytes(stretch->input);
    // What is read once is waited for all the time, so that every line counts.
    if (stretch->repetitions < 2)
      return bytes < double(l2Bytes) / 2 ? 0 : int64_t(std::ceil(lines / iterations));
    // Weights come from beyond the second cache, however few they are: the rest of the model has run since
    // they were read. A single stretch has none after it.
    if (bytes < double(l1Bytes) ||
        nest.extents[schedule.vectorDim] <= stretch->parts * schedule.getStep(schedule.vectorDim))
      return 0;
    // An unrolled iteration has time for more of them.
    double most = std::max(4.0, double(schedule.tile[parallel]) / 2);
    double perIteration = std::ceil(lines / iterations);
    return perIteration <= most ? int64_t(perIteration) : 0;
  }

  int64_t chooseVectorDim() {
    if (!cost.isVectorizable() || cost.getLanes() < 2)
      return -1;
    int64_t best = -1;
    double bestCycles = INFINITY;
    bool combinable = parallel < loops && isCombinable(op);
    for (int64_t d = 0; d < loops; ++d) {
      if (cost.extent(d) < 2 || (d >= parallel && !combinable) || crossesBlocks(d) ||
          llvm::any_of(bounds,
                       [&](auto &bound) { return bound.parallelDim == d || bound.reductionDim == d; }))
        continue;
      double cycles = cost.vectorDimCycles(d);
      if (cycles < bestCycles * (d < parallel ? 1.0001 : 0.9999)) {
        best = d;
        bestCycles = cycles;
      }
    }
    return best;
  }

  /// Whether a vector along `d` would begin in one block of an operand and end in another.
  bool crossesBlocks(int64_t d) {
    return llvm::any_of(nest.accesses, [&](const LinearAccess &access) {
      auto &block = access.blocks[d];
      return block && block->size % cost.getLanes() && cost.extent(d) > double(block->size);
    });
  }

  /// Register tiles worth a closer look: those whose cycles without caches are near the best.
  SmallVector<Tile> findTiles() {
    // Along these some operand stays the same, so that one load serves the points of a tile.
    SmallVector<int64_t> others;
    // The last ones first: of equal tiles, that of neighbouring points.
    for (int64_t d = parallel - 1; d >= 0; --d)
      if (d != vectorDim && cost.extent(d) > 1 && canTile(d) &&
          llvm::any_of(llvm::seq<unsigned>(0, op.getInputs().size()),
                       [&](unsigned i) { return !cost.getInput(i).dependsOn(d); }))
        others.push_back(d);
    SmallVector<std::pair<double, Tile>> found;
    auto consider = [&](const Tile &tile) {
      if (cost.fits(tile, vectorDim))
        found.emplace_back(cost.tileCycles(tile, vectorDim), tile);
    };
    for (int64_t v = 1; v <= 4; ++v) {
      consider({{}, v});
      for (int64_t other : others)
        for (int64_t u = 2; u <= std::min<int64_t>(registers, int64_t(cost.extent(other))); ++u) {
          consider({{{other, u}}, v});
          // A tile over a whole dimension may go on in another.
          for (int64_t second : others)
            if (second != other && u == int64_t(cost.extent(other)))
              for (int64_t w = 2; w * u <= registers; ++w)
                consider({{{other, u}, {second, w}}, v});
        }
    }
    llvm::stable_sort(found, [](auto &a, auto &b) { return a.first < b.first; });
    constexpr double kNear = 1.3;
    constexpr size_t kMost = 20;
    SmallVector<Tile> tiles;
    for (auto &[cycles, tile] : found)
      if (cycles <= found.front().first * kNear && tiles.size() < kMost)
        tiles.push_back(tile);
    return tiles;
  }

  /// Orders of the parallel loops: all permutations of those with more than one iteration, if they are few.
  SmallVector<SmallVector<int64_t>> findOrders() {
    SmallVector<int64_t> first;
    for (int64_t d = 0; d < parallel; ++d)
      first.push_back(d);
    SmallVector<SmallVector<int64_t>> orders = {first};
    constexpr int64_t kMost = 4;
    if (parallel <= kMost)
      while (std::next_permutation(first.begin(), first.end()))
        // Windows do so little per element that tiles must follow each other in memory: the processor fetches
        // in advance what comes next in a row, not the next row.
        if (!cost.isWindow(vectorDim) || vectorDim == parallel - 1 || first.back() == parallel - 1)
          orders.push_back(first);
    return orders;
  }

  /// Points of the first reduction per pass over other loops.
  SmallVector<int64_t> findPasses() {
    SmallVector<int64_t> passes;
    int64_t extent = op.getStaticExtents()[parallel], unit = blockOf(parallel);
    constexpr int64_t kFewest = 64; // steps of all reductions
    if (!canKeepAccumulators(op) || ShapedType::isDynamic(extent) || vectorDim >= parallel)
      return passes;
    for (int64_t pass = unit; pass * 2 <= extent; pass += unit)
      if (extent % pass == 0 && double(pass) * cost.getPoints() / double(extent) >= kFewest)
        passes.push_back(pass);
    return passes;
  }

  void chooseTile(SmallVectorImpl<int64_t> &tile, SmallVectorImpl<int64_t> &order, int64_t &pass) {
    if (vectorDim >= parallel) {
      // Lanes hold partial sums; several vectors of them hide the latency.
      SmallVector<Tile> tiles = findTiles();
      apply(tiles.front(), tile);
      return;
    }
    SmallVector<SmallVector<int64_t>> orders = findOrders();
    SmallVector<int64_t> passes = findPasses();
    double best = INFINITY;
    for (const Tile &candidate : findTiles()) {
      auto consider = [&](ArrayRef<int64_t> candidateOrder, int64_t candidatePass) {
        // Passes, and a tile or an order other than the first, must promise more than the estimate's error.
        constexpr double kBetter = 0.99, kPassesBetter = 0.88;
        double cycles = cost.nestCycles(candidate, vectorDim, candidateOrder, candidatePass);
        if (cycles >= best * (candidatePass && !pass ? kPassesBetter : kBetter))
          return;
        best = cycles;
        std::fill(tile.begin(), tile.end(), 1);
        apply(candidate, tile);
        order.assign(candidateOrder.begin(), candidateOrder.end());
        pass = candidatePass;
      };
      for (ArrayRef<int64_t> candidateOrder : orders)
        consider(candidateOrder, 0);
      for (int64_t candidatePass : passes)
        for (ArrayRef<int64_t> candidateOrder : orders)
          for (size_t place = 0; place < candidateOrder.size(); ++place) {
            SmallVector<int64_t> withPasses(candidateOrder);
            withPasses.insert(withPasses.begin() + place, parallel);
            consider(withPasses, candidatePass);
          }
    }
  }

  void apply(const Tile &chosen, SmallVectorImpl<int64_t> &tile) {
    tile[vectorDim] = chosen.vectors;
    for (auto [d, u] : chosen.points)
      tile[d] = u;
  }

  GenericOp op;
  NestInfo nest;
  NestCost cost;
  int64_t registers, l1Bytes, l2Bytes, loops, parallel, vectorDim = -1;
  SmallVector<DomainBound> bounds;
};

struct ScheduleKernels : tenon::impl::ScheduleKernelsBase<ScheduleKernels> {
  using ScheduleKernelsBase::ScheduleKernelsBase;
  void runOnOperation() override {
    Core core{vectorBytes, registers, l1Bytes, l2Bytes};
    SmallVector<GenericOp> ops;
    getOperation()->walk([&](GenericOp op) { ops.push_back(op); });
    auto module = dyn_cast<ModuleOp>(getOperation());
    sched::ScheduleAttr known = module ? getSchedule(module) : sched::ScheduleAttr();
    ArrayRef<ScheduleAttr> given = known ? known.getNests() : ArrayRef<ScheduleAttr>();
    if (!given.empty() && given.size() != ops.size()) {
      module.emitError("expected a schedule for each of ")
          << ops.size() << " nests, but got " << given.size();
      return signalPassFailure();
    }
    SmallVector<ScheduleAttr> schedules;
    for (auto [i, op] : llvm::enumerate(ops)) {
      if (!given.empty() && failed(take(op, i, given[i], core)))
        return signalPassFailure();
      if (!op.getSchedule())
        op.setScheduleAttr(Chooser(op, core).choose());
      schedules.push_back(*op.getSchedule());
    }
    if (known)
      module->setAttr(kScheduleAttr, known.withNests(schedules));
  }

private:
  /// Gives nest number `i` a schedule that somebody else chose.
  static LogicalResult take(GenericOp op, size_t i, ScheduleAttr attr, const Core &core) {
    Schedule schedule(attr);
    NestCost cost(op, core);
    const char *problem = checkSchedule(NestInfo(op), schedule);
    if (!problem && schedule.vectorDim >= 0 && !cost.isVectorizable())
      problem = "expected no vector dimension, because an operation has no vector form";
    if (!problem && schedule.vectorDim >= 0 && schedule.lanes > cost.getLanes())
      problem = "expected at most as many lanes as a vector register has";
    if (!problem && !cost.mayFit(schedule))
      problem = "expected a tile whose accumulators and operands fit into the registers";
    if (problem)
      return op.emitOpError(problem) << ", but got " << attr << " for nest " << i;
    op.setScheduleAttr(attr);
    return success();
  }
};
} // namespace
