#include "passes/Lower/Expand/Schedules.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

static int64_t blockOf(ArrayRef<int64_t> blocks, int64_t d) {
  for (size_t i = 0; i + 1 < blocks.size(); i += 2)
    if (blocks[i] == d)
      return blocks[i + 1];
  return 0;
}

int64_t Schedule::getBlock(int64_t d) const {
  return blockOf(blocks, d);
}

Schedule::Schedule(ScheduleAttr attr)
    : vectorDim(attr.getVectorDim()), lanes(attr.getLanes()), tile(attr.getTile()), order(attr.getOrder()),
      pass(attr.getPass()), prefetch(attr.getPrefetch()), blocks(attr.getBlocks()), ahead(attr.getAhead()) {}

ScheduleAttr Schedule::toAttr(MLIRContext *context) const {
  return ScheduleAttr::get(context, vectorDim, lanes, tile, order, pass, prefetch, blocks, ahead);
}

NestInfo::NestInfo(GenericOp op)
    : loops(op.getNumLoops()), parallel(op.getNumParallel()), extents(op.getStaticExtents()),
      isRanged(!op.getRange().empty()), isCombinable(kernel::isCombinable(op)),
      canKeepAccumulators(kernel::canKeepAccumulators(op)), inputs(op.getInputs().size()),
      outputs(op.getOutputs().size()), accumulators(op.getInits().size()), bounds(op.getBounds()),
      isLinear(true) {
  for (auto [buffer, map] : getAccesses(op)) {
    auto access = getLinearAccess(cast<MemRefType>(buffer.getType()), map);
    isLinear &= access.has_value();
    LinearAccess unknown{SmallVector<std::optional<int64_t>>(loops), {}, std::nullopt};
    unknown.blocks.assign(loops, std::nullopt);
    accesses.push_back(access.value_or(unknown));
  }
}

SmallVector<Loop> NestInfo::getLoops(const Schedule &schedule) const {
  SmallVector<Loop> result;
  for (int64_t d : schedule.order) {
    if (d == parallel) {
      result.push_back({d, extents[d], schedule.pass, true});
      continue;
    }
    int64_t block = schedule.getBlock(d);
    bool isInner = block && llvm::any_of(result, [&](const Loop &loop) { return loop.dim == d; });
    if (block && !isInner)
      result.push_back({d, extents[d], block});
    else
      result.push_back(
          {d, block && !isDynamic(d) ? std::min(block, extents[d]) : extents[d], schedule.getStep(d)});
  }
  return result;
}

/// Whether the loops are those of all parallel dimensions, blocks and passes.
static const char *checkOrder(const NestInfo &nest, const Schedule &schedule) {
  SmallVector<int64_t, 6> times(nest.loops, 0);
  for (int64_t d : schedule.order) {
    if (d < 0 || d > nest.parallel || d >= nest.loops)
      return "expected an order of parallel dimensions, and the first reduction where there are passes";
    ++times[d];
  }
  for (int64_t d = 0; d < nest.loops; ++d) {
    int64_t expected =
        d < nest.parallel ? (schedule.getBlock(d) ? 2 : 1) : d == nest.parallel && schedule.pass;
    if (times[d] != expected)
      return "expected every parallel dimension once in the order, those with blocks twice, and the first "
             "reduction where there are passes";
  }
  return nullptr;
}

static const char *checkBlocks(const NestInfo &nest, const Schedule &schedule) {
  if (schedule.blocks.size() % 2)
    return "expected pairs of dimension and points as blocks";
  for (size_t i = 0; i < schedule.blocks.size(); i += 2) {
    int64_t d = schedule.blocks[i], points = schedule.blocks[i + 1];
    if (d < 0 || d >= nest.parallel || blockOf(ArrayRef(schedule.blocks).drop_front(i + 2), d))
      return "expected blocks of different parallel dimensions";
    if (points < 1 || points % schedule.getStep(d))
      return "expected blocks of whole tiles";
    // Tiles at the edges are code of their own, which only loops over the whole dimension have.
    for (const DomainBound &bound : nest.bounds)
      if (bound.parallelDim == d && schedule.tile[bound.reductionDim] == nest.extents[bound.reductionDim])
        return "expected no blocks of a dimension that a domain's unrolled reductions depend on";
  }
  return nullptr;
}

/// Whether the schedule's loops can keep to the nest's domain: where a reduction goes point by point, so does
/// the dimension that its range depends on; where it is unrolled, that dimension's tiles are known.
static bool keepsDomain(const NestInfo &nest, const Schedule &schedule) {
  return llvm::all_of(nest.bounds, [&](const DomainBound &bound) {
    int64_t p = bound.parallelDim, r = bound.reductionDim, extent = nest.extents[r];
    if (p == schedule.vectorDim || r == schedule.vectorDim || schedule.pass)
      return false;
    if (schedule.tile[r] != extent)
      return schedule.tile[r] == 1 && (p < 0 || schedule.tile[p] == 1);
    return p < 0 || (!nest.isDynamic(p) && (p > 0 || !nest.isRanged));
  });
}

/// Whether the nest can be computed in passes over parts of its first reduction.
static bool canPass(const NestInfo &nest, const Schedule &schedule) {
  int64_t first = nest.parallel, extent = first < nest.loops ? nest.extents[first] : 0;
  return nest.canKeepAccumulators && !ShapedType::isDynamic(extent) && schedule.pass > 0 &&
         extent % schedule.pass == 0 && schedule.pass % schedule.tile[first] == 0 &&
         schedule.vectorDim < first;
}

const char *tenon::kernel::checkSchedule(const NestInfo &nest, const Schedule &schedule) {
  int64_t v = schedule.vectorDim;
  if (v < -1 || v >= nest.loops)
    return "expected a vector dimension of the nest, or -1";
  if (schedule.lanes < 1 || (schedule.lanes & (schedule.lanes - 1)) || (v < 0 && schedule.lanes != 1))
    return "expected a power of two as lanes, 1 without vector dimension";
  if (int64_t(schedule.tile.size()) != nest.loops)
    return "expected a tile of as many sizes as there are loops";
  constexpr int64_t kMostPoints = 4096; // steps of one iteration
  int64_t points = 1;
  for (int64_t size : schedule.tile)
    if (size < 1 || size > kMostPoints || (points *= size) > kMostPoints)
      return "expected tiles of 1 to 4096 points";
  if (v >= nest.parallel && !nest.isCombinable)
    return "expected accumulators that can be combined, for lanes along a reduction";
  if (v >= 0)
    for (const LinearAccess &access : nest.accesses)
      if (auto &block = access.blocks[v];
          block && block->size % schedule.lanes && (nest.isDynamic(v) || nest.extents[v] > block->size))
        return "expected vectors that do not cross an operand's blocks";
  if (schedule.pass && !canPass(nest, schedule))
    return "expected passes of tiles that divide the first reduction, one accumulator that lies in the "
           "output, and "
           "lanes along a parallel dimension";
  if (const char *problem = checkBlocks(nest, schedule))
    return problem;
  if (const char *problem = checkOrder(nest, schedule))
    return problem;
  if (!keepsDomain(nest, schedule))
    return "expected reductions of the domain in steps of one with tiles of one, or unrolled over a static "
           "dimension without range";
  if (schedule.ahead < 0 || schedule.prefetch < 0)
    return "expected a distance and a number of lines to prefetch";
  if (schedule.prefetch && !getStretch(nest, schedule))
    return "expected an operand that is read stretch by stretch, for prefetches";
  return nullptr;
}

/// Elements from the first to the last that an access touches, if it touches all between: each loop over
/// `counts` points.
static std::optional<int64_t> denseSpan(const LinearAccess &access, ArrayRef<int64_t> counts) {
  SmallVector<std::pair<int64_t, int64_t>> steps;
  for (auto [d, count] : llvm::enumerate(counts)) {
    if (auto &block = access.blocks[d]) {
      steps.emplace_back(block->inner, std::min(count, block->size));
      steps.emplace_back(block->outer, llvm::divideCeil(count, block->size));
    } else if (!access.step[d]) {
      return std::nullopt;
    } else {
      steps.emplace_back(*access.step[d], count);
    }
  }
  llvm::erase_if(steps, [](auto &step) { return step.first == 0 || step.second <= 1; });
  llvm::sort(steps);
  int64_t span = 1;
  for (auto [step, count] : steps) {
    if (step < 0 || step > span)
      return std::nullopt;
    span += (count - 1) * step;
  }
  return span;
}

int64_t tenon::kernel::getIterations(const NestInfo &nest, const Schedule &schedule) {
  int64_t iterations = 1;
  for (int64_t d = nest.parallel; d < nest.loops; ++d) {
    bool passes = d == nest.parallel && schedule.pass;
    iterations *= llvm::divideCeil(passes ? schedule.pass : nest.extents[d], schedule.tile[d]);
  }
  return iterations;
}

std::optional<Stretch> tenon::kernel::getStretch(const NestInfo &nest, const Schedule &schedule) {
  int64_t vectorDim = schedule.vectorDim, parallel = nest.parallel;
  if (vectorDim < 0 || vectorDim >= parallel || nest.loops == parallel ||
      llvm::any_of(nest.extents, ShapedType::isDynamic))
    return std::nullopt;
  SmallVector<int64_t, 6> counts(nest.loops, 1), inside;
  counts[vectorDim] = schedule.getStep(vectorDim);
  for (int64_t d = parallel; d < nest.loops; ++d)
    counts[d] = d == parallel && schedule.pass ? schedule.pass : nest.extents[d];
  Stretch stretch{0, 0, 1, 1};
  SmallVector<Loop> loops = nest.getLoops(schedule);
  for (const Loop &loop : llvm::reverse(loops)) {
    if (loop.dim == vectorDim)
      break;
    if (loop.isPass)
      continue;
    inside.push_back(loop.dim);
    stretch.repetitions *= double(loop.count());
  }
  for (auto [i, access] : llvm::enumerate(ArrayRef(nest.accesses).take_front(nest.inputs))) {
    if (!access.dependsOn(vectorDim) ||
        llvm::any_of(inside, [&, &access = access](int64_t d) { return access.dependsOn(d); }))
      continue;
    SmallVector<int64_t, 6> reads(counts);
    auto &block = access.blocks[vectorDim];
    if (block && block->size % counts[vectorDim] == 0)
      reads[vectorDim] = block->size;
    std::optional<int64_t> span = denseSpan(access, reads);
    if (!span)
      continue;
    stretch.parts = reads[vectorDim] / counts[vectorDim];
    stretch.repetitions *= double(stretch.parts);
    stretch.input = i;
    stretch.elements = *span;
    return stretch;
  }
  return std::nullopt;
}
