#include "passes/Lower/Expand/NestCost.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace tenon::kernel;

/// Stands for an extent that is only known at run time.
static constexpr double kUnknownExtent = 64;
/// Cycles until an accumulation can take the next product.
static constexpr double kLatency = 4;
/// Bytes per cycle from the second cache to the first, and from beyond to the second.
static constexpr double kNearBandwidth = 28, kFarBandwidth = 5.5;
/// Shares of the first and the second cache that a nest can count on; the rest holds what lies between.
static constexpr double kNearUsable = 0.6, kFarUsable = 0.7;
/// Cycles around the reductions of one register tile: addresses, the end of a loop that is mispredicted.
static constexpr double kTileOverhead = 12;

int64_t Tile::size() const {
  int64_t count = vectors;
  for (auto [d, u] : points)
    count *= u;
  return count;
}

int64_t Tile::along(int64_t d, int64_t vectorDim) const {
  if (d == vectorDim)
    return vectors;
  for (auto [dim, u] : points)
    if (dim == d)
      return u;
  return 1;
}

NestCost::NestCost(GenericOp op, const Core &core)
    : op(op), core(core), loops(op.getNumLoops()), parallel(op.getNumParallel()),
      extents(op.getStaticExtents()), numInputs(op.getInputs().size()), numOutputs(op.getOutputs().size()),
      accumulators(int64_t(op.getInits().size())), isRanged(!op.getRange().empty()) {
  if (auto longest = op->getAttrOfType<IntegerAttr>(kLongestRangeAttr))
    extents[0] = longest.getInt();
  int64_t widest = 1;
  auto sizeOf = [&](Type type) {
    return type.isIntOrFloat() ? int64_t(llvm::divideCeil(type.getIntOrFloatBitWidth(), 8u)) : 1;
  };
  auto widen = [&](Type type) { widest = std::max(widest, sizeOf(type)); };
  for (auto [buffer, map] : getAccesses(op)) {
    auto type = cast<MemRefType>(buffer.getType());
    auto access = getLinearAccess(type, map);
    linear &= access.has_value();
    LinearAccess unknown{SmallVector<std::optional<int64_t>>(loops), {}, std::nullopt};
    unknown.blocks.assign(loops, std::nullopt);
    accesses.push_back(access.value_or(unknown));
    bytes.push_back(sizeOf(type.getElementType()));
    widen(type.getElementType());
    // Those of a window, such as the elements of Winograd's tiles, move alike.
    const LinearAccess &own = accesses.back();
    size_t shape = 0;
    while (shape < shapes.size() &&
           !(accesses[shapes[shape]].step == own.step && bytes[shapes[shape]] == bytes.back() &&
             accesses[shapes[shape]].blocks == own.blocks))
      ++shape;
    if (shape == shapes.size())
      shapes.push_back(unsigned(accesses.size() - 1));
    shapeOf.push_back(unsigned(shape));
  }
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
  for (Value init : op.getInits())
    widen(init.getType());
  lanes = llvm::bit_floor(uint64_t(std::max<int64_t>(core.vectorBytes / widest, 1)));
  for (int64_t d = parallel; d < loops; ++d)
    points *= extent(d);
}

double NestCost::extent(int64_t d) const {
  int64_t value = extents[d];
  return ShapedType::isDynamic(value) ? kUnknownExtent : double(value);
}

/// Whether the epilogue does more than pass the accumulators on.
bool NestCost::epilogueComputes() {
  return llvm::any_of(op.getEpilogue().front().without_terminator(),
                      [](Operation &inner) { return !inner.hasTrait<OpTrait::ConstantLike>(); });
}

/// Cycles to bring one vector of an operand into a register.
double NestCost::loadCycles(const LinearAccess &access, int64_t vectorDim) const {
  // Vectors do not cross blocks.
  const auto &block = access.blocks[vectorDim];
  std::optional<int64_t> step = block
                                    ? (block->size % lanes == 0 ? std::optional(block->inner) : std::nullopt)
                                    : access.step[vectorDim];
  return step == 0 ? 0.5 : step == 1 ? 0.5 : double(lanes);
}

double NestCost::vectorDimCycles(int64_t d) {
  // A reduction that is one vector long leaves no loop; its scalar epilogue would be the innermost code of
  // the parallel loops.
  auto isLoop = [&](int64_t other) { return extent(other) > 1; };
  if (d >= parallel && points <= double(lanes) && epilogueComputes() &&
      llvm::any_of(llvm::seq<int64_t>(0, parallel), isLoop))
    return INFINITY;
  double cost = 0.5 * double(arithmetic);
  for (auto [i, access] : llvm::enumerate(accesses)) {
    bool isOutput = i >= numInputs; // kernel.loads are as rare
    if (isOutput && d >= parallel)
      continue;
    // A scatter costs more than a gather.
    cost += isOutput ? 1.5 * loadCycles(access, d) / std::max(points, 1.0) : loadCycles(access, d);
  }
  // A horizontal reduction at the end of every accumulation.
  if (d >= parallel)
    cost += 8.0 * double(lanes) / std::max(points, 1.0);
  return cost * std::ceil(extent(d) / double(lanes)) / extent(d);
}

bool NestCost::isWindow(int64_t vectorDim) {
  auto inputs = ArrayRef(accesses).take_front(numInputs);
  if (!linear || inputs.size() != 2 || accumulators != 1 || bodyArithmetic != 1 || vectorDim < 0 ||
      vectorDim >= parallel ||
      !llvm::all_of(inputs, [&](const LinearAccess &access) { return access.dependsOn(vectorDim); }))
    return false;
  auto overlap = [&](const LinearAccess &access, int64_t d) {
    int64_t along = access.step[d].value_or(0), step = access.step[loops - 1].value_or(0);
    return d != vectorDim && step && along && along % step == 0 && double(along / step) < extent(loops - 1);
  };
  return llvm::any_of(inputs, [&](const LinearAccess &access) {
    return llvm::any_of(llvm::seq<int64_t>(0, parallel), [&](int64_t d) { return overlap(access, d); });
  });
}

/// Whether the nest is a product of which one factor moves with the vector dimension and the other does not.
bool NestCost::isTwoSided(int64_t vectorDim) const {
  auto inputs = ArrayRef(accesses).take_front(numInputs);
  return inputs.size() == 2 && accumulators == 1 && bodyArithmetic == 1 &&
         !llvm::all_of(inputs, [&](const LinearAccess &access) { return access.dependsOn(vectorDim); });
}

bool NestCost::mayFit(const Schedule &schedule) {
  if (schedule.vectorDim < 0)
    return true;
  Tile tile = tileOf(schedule);
  if (schedule.vectorDim >= parallel || !isTwoSided(schedule.vectorDim))
    return fits(tile, schedule.vectorDim) || tile.size() <= 4;
  // A broadcast may be an operand in memory.
  return tile.size() + std::min(tile.vectors, tile.size() / tile.vectors) <= core.registers;
}

bool NestCost::fits(const Tile &tile, int64_t vectorDim) {
  // Beside the accumulators, the vectors that all points of the tile share, and one for each in turn. With
  // many registers, LLVM begins with the next step's loads before it is done with this one's, but where at
  // most two vectors go through a single loop.
  bool isEarly = core.registers >= 32 && (loops - parallel > 1 || tile.vectors > 2);
  int64_t shared = isTwoSided(vectorDim) ? tile.vectors + (isEarly ? 3 : 1) : core.registers / 2;
  // A row of weights, and what comes of the image.
  if (isWindow(vectorDim) && core.registers < 32)
    shared = std::min(shared, int64_t(extent(loops - 1)) + 2);
  return tile.size() == 1 || tile.size() * accumulators + shared <= core.registers;
}

/// Cycles of one step of the reductions: two arithmetic operations and two loads per cycle; each accumulator
/// waits for its own last result. The nearer arithmetic and latency are to each other, the more often an
/// operation is ready when its unit is not: 5 cycles of arithmetic take 5.4, 6 take 6.2, 8 take 8.1.
double NestCost::stepCycles(const Tile &tile, int64_t vectorDim) {
  double work = double(tile.size() * bodyArithmetic) / 2, loads = 0;
  for (unsigned i = 0; i < numInputs; ++i) {
    double reads = accesses[i].dependsOn(vectorDim) ? double(tile.vectors) : 1;
    for (auto [d, u] : tile.points)
      if (accesses[i].dependsOn(d))
        reads *= double(u);
    loads += reads * loadCycles(accesses[i], vectorDim);
  }
  // Of equal tiles, that with more arithmetic per load, and with whole blocks.
  constexpr double kPerLoad = 0.2, kAcrossBlocks = 1.03;
  bool across = llvm::any_of(ArrayRef(accesses).take_front(numInputs), [&](const LinearAccess &a) {
    int64_t size = a.blocks[vectorDim] ? a.blocks[vectorDim]->size : 1, wide = tile.vectors * lanes;
    return wide % size != 0 && size % wide != 0;
  });
  constexpr double kSharpness = 4.5;
  double busy = std::pow(std::pow(work, kSharpness) + std::pow(kLatency, kSharpness), 1 / kSharpness);
  return (std::max(busy, loads) + kPerLoad * loads) * (across ? kAcrossBlocks : 1);
}

double NestCost::tileCycles(const Tile &tile, int64_t vectorDim) {
  double vectors = std::ceil(extent(vectorDim) / double(lanes)), total = 0, covered = vectors;
  // All combinations of whole tiles and rests, dimension by dimension.
  SmallVector<std::pair<Tile, double>> parts = {{tile, 1.0}};
  auto split = [&](int64_t d, double length, llvm::function_ref<int64_t &(Tile &)> sizeOf) {
    SmallVector<std::pair<Tile, double>> next;
    for (auto &[part, times] : parts) {
      double size = double(sizeOf(part)), whole = std::floor(length / size), rest = length - whole * size;
      if (whole > 0)
        next.emplace_back(part, times * whole);
      if (rest > 0) {
        Tile smaller = part;
        if (d == 0 && isRanged) {
          // A range ends anywhere, so that what is left of it goes by few points.
          int64_t few = d == vectorDim ? 1 : getRestSize(tile.along(d, vectorDim), tile.size());
          sizeOf(smaller) = few;
          next.emplace_back(smaller, times * std::floor(rest / double(few)));
          rest -= std::floor(rest / double(few)) * double(few);
          sizeOf(smaller) = 1;
          next.emplace_back(smaller, times * rest);
        } else {
          sizeOf(smaller) = int64_t(rest);
          next.emplace_back(smaller, times);
        }
      }
    }
    parts = next;
  };
  split(vectorDim, vectors, [](Tile &t) -> int64_t & { return t.vectors; });
  for (size_t i = 0; i < tile.points.size(); ++i) {
    split(tile.points[i].first, extent(tile.points[i].first),
          [i](Tile &t) -> int64_t & { return t.points[i].second; });
    covered *= extent(tile.points[i].first);
  }
  for (auto &[part, times] : parts)
    total += times * (stepCycles(part, vectorDim) + kTileOverhead / std::max(points, 1.0));
  return total / covered;
}

double NestCost::footprint(const LinearAccess &access, ArrayRef<double> counts) const {
  SmallVector<std::pair<double, double>> steps; // (step in elements, points)
  for (int64_t d = 0; d < loops; ++d) {
    if (auto &block = access.blocks[d]) {
      double inside = std::min(counts[d], double(block->size));
      steps.emplace_back(std::abs(double(block->inner)), inside);
      steps.emplace_back(std::abs(double(block->outer)), std::ceil(counts[d] / double(block->size)));
    } else {
      constexpr double kUnknownStep = 1024;
      steps.emplace_back(access.step[d] ? std::abs(double(*access.step[d])) : kUnknownStep, counts[d]);
    }
  }
  llvm::erase_if(steps, [](auto &step) { return step.first == 0 || step.second <= 1; });
  llvm::sort(steps);
  // A run of neighbours begins and ends somewhere in a cache line.
  constexpr double kLine = 16; // elements
  double elements = 1, span = 1;
  bool runs = true;
  for (auto &step : steps) {
    double reach = (step.second - 1) * step.first;
    bool dense = step.first <= span;
    if (runs && !dense)
      elements += std::min(kLine / 2, step.first - span);
    runs &= dense;
    elements *= dense ? (span + reach) / span : step.second;
    span += reach;
  }
  return elements;
}

/// Cache lines of operand `i` that one step of the reductions reads for a tile; those of a gather count as if
/// its lanes were neighbours.
double NestCost::linesAtOnce(unsigned i, const Tile &tile, int64_t vectorDim) const {
  constexpr int64_t kLine = 64; // bytes
  int64_t lines = 1, span = 1;  // span: elements that follow each other
  auto advance = [&](int64_t step, int64_t count) {
    if (step * bytes[i] < kLine)
      span += step * (count - 1);
    else
      lines *= count;
  };
  auto walk = [&](int64_t d, int64_t count) {
    if (auto &block = accesses[i].blocks[d]) {
      int64_t inside = std::min(count, block->size);
      advance(std::abs(block->inner), inside);
      advance(std::abs(block->outer), llvm::divideCeil(count, block->size));
    } else {
      advance(std::abs(accesses[i].step[d].value_or(kLine)), count);
    }
  };
  if (accesses[i].dependsOn(vectorDim))
    span = tile.vectors * lanes;
  for (auto [d, count] : tile.points)
    walk(d, count);
  return double(lines) * double(llvm::divideCeil(span * bytes[i], kLine));
}

double NestCost::inputBytes(unsigned i) {
  SmallVector<double> counts(loops);
  for (int64_t d = 0; d < loops; ++d)
    counts[d] = extent(d);
  return footprint(accesses[i], counts) * double(bytes[i]);
}

double NestCost::nestCycles(const Tile &tile, int64_t vectorDim, ArrayRef<int64_t> order, int64_t pass) {
  Schedule schedule;
  schedule.vectorDim = vectorDim;
  schedule.lanes = lanes;
  schedule.tile.assign(loops, 1);
  schedule.tile[vectorDim] = tile.vectors;
  for (auto [d, u] : tile.points)
    schedule.tile[d] = u;
  schedule.order.assign(order.begin(), order.end());
  schedule.pass = pass;
  return estimate(schedule, tile, getLevels(schedule)).total;
}

/// The loops right around the part that fits along which the operand does not move find it still there.
size_t NestCost::reuseLevel(unsigned shape, ArrayRef<Level> levels, const Fit &fit) const {
  size_t p = fit.level;
  double own = levels[p].bytes[shape];
  while (fit.fits && p > 0 && levels[p - 1].bytes[shape] <= own * 1.001)
    --p;
  return p;
}

SmallVector<NestCost::Level, 8> NestCost::getLevels(const Schedule &schedule) const {
  SmallVector<double, 6> counts(loops);
  for (int64_t d = 0; d < loops; ++d)
    counts[d] = extent(d);
  SmallVector<Level, 8> levels;
  double outside = 1;
  auto add = [&](int64_t dim) {
    Level level{dim, counts, outside, {}, 0};
    for (unsigned shape : shapes)
      level.bytes.push_back(footprint(accesses[shape], counts) * double(bytes[shape]));
    for (unsigned i = 0; i < accesses.size(); ++i)
      level.total += level.bytes[shapeOf[i]];
    levels.push_back(std::move(level));
  };
  add(-1);
  SmallVector<bool, 6> begun(loops, false);
  for (int64_t d : schedule.order) {
    // The first loop of a dimension with blocks is over these.
    double whole = counts[d], block = begun[d] ? 0 : double(schedule.getBlock(d));
    double step = d == parallel ? double(schedule.pass) : block > 0 ? block : double(schedule.getStep(d));
    outside *= std::ceil(whole / step);
    counts[d] = std::min(whole, step);
    begun[d] = true;
    add(d);
  }
  return levels;
}

Tile NestCost::tileOf(const Schedule &schedule) const {
  Tile tile;
  for (int64_t d = 0; d < parallel; ++d)
    if (d != schedule.vectorDim && schedule.tile[d] > 1)
      tile.points.emplace_back(d, schedule.tile[d]);
  tile.vectors = schedule.vectorDim < 0 ? 1 : schedule.tile[schedule.vectorDim];
  return tile;
}

NestCost::Parts NestCost::estimate(const Schedule &schedule) {
  return estimate(schedule, tileOf(schedule), getLevels(schedule));
}

NestCost::Parts NestCost::estimate(const Schedule &schedule, const Tile &tile, ArrayRef<Level> levels) {
  int64_t vectorDim = schedule.vectorDim, pass = schedule.pass;
  double total = 1;
  for (int64_t d = 0; d < parallel; ++d)
    total *= d == vectorDim ? std::ceil(extent(d) / double(lanes)) : extent(d);
  double passes = pass ? extent(parallel) / double(pass) : 1, tiles = total / double(tile.size());
  // Without lanes, as many cycles as half of the operations.
  double perPoint = vectorDim < 0 ? double(arithmetic) / 2 : tileCycles(tile, vectorDim);
  double compute = total * points * perPoint / (vectorDim >= parallel ? double(lanes) : 1);
  if (vectorDim < 0)
    return {perPoint, compute, 0, 0, 0, compute, {}};
  // At the end of a tile's pass, what the epilogue reads and writes.
  double ends = double(tile.size()) * double(accesses.size() - numInputs);
  if (pass)
    ends += 2 * double(tile.size()) * (passes - 1) / passes;
  compute += tiles * passes * (ends * 0.75 + kTileOverhead);

  auto bytesOf = [&](unsigned i, const Level &level) { return level.bytes[shapeOf[i]]; };
  // The first cache waits for so many lines at once: of a step that touches more of them, the rest come late,
  // and the next step is too far away to begin early.
  constexpr double kLinesInFlight = 14, kLateBandwidth = 14;
  double crowded = 0; // bytes that come late
  // Cycles to fill a cache of `capacity` bytes.
  Fit fit[2];
  SmallVector<double, 4> lines; // by shape
  for (unsigned shape : shapes)
    lines.push_back(linesAtOnce(shape, tile, vectorDim));
  auto traffic = [&](double capacity, double bandwidth, Fit &found) {
    crowded = 0;
    size_t fitting = levels.size() - 1;
    bool fits = false;
    for (size_t p = 0; p < levels.size(); ++p) {
      fits = levels[p].total <= capacity;
      if (fits) {
        fitting = p;
        break;
      }
    }
    found = {fitting, fits};
    double sum = 0;
    for (unsigned i = 0; i < accesses.size(); ++i) {
      size_t p = reuseLevel(shapeOf[i], levels, found);
      double own = bytesOf(i, levels[fitting]);
      // What is written is read before and written back after.
      bool isOutput = i >= numInputs && i < numInputs + numOutputs;
      sum += own * levels[p].outside * (isOutput ? 2 : 1);
      if (i < numInputs)
        crowded += own * levels[p].outside * std::max(0.0, 1 - kLinesInFlight / lines[shapeOf[i]]);
    }
    return sum / bandwidth;
  };
  double far = traffic(double(core.l2Bytes) * kFarUsable, kFarBandwidth, fit[1]),
         near = traffic(double(core.l1Bytes) * kNearUsable, kNearBandwidth, fit[0]),
         late = crowded / kLateBandwidth;
  // Prefetching hides the smaller ones, but not wholly: the more there is to hide, the less. Passes jump, so
  // that the processor's own prefetching finds less.
  constexpr double kNearExposed = 0.03, kNearCrowded = 0.08, kFarExposed = 0.1, kFarCrowded = 0.2,
                   kFarWithPasses = 0.35;
  double nearCrowd = std::min(1.0, near / compute), hidden = std::min(compute, far);
  double farExposed = pass ? kFarWithPasses : kFarExposed + kFarCrowded * hidden / compute;
  return {perPoint,
          compute,
          near,
          far,
          late,
          std::max({compute, near, far}) + (kNearExposed + kNearCrowded * nearCrowd) * near +
              farExposed * hidden + late,
          {fit[0], fit[1]}};
}
