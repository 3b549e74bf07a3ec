#include "autotune/Space/Features.h"
#include "dialects/Sched/Sched.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::kernel;

namespace {
/// Takes features one after the other, and their names where somebody wants to know them.
class Writer {
public:
  explicit Writer(MutableArrayRef<float> out, std::vector<std::string> *names = nullptr, const char *of = "")
      : out(out), names(names), of(of) {}

  void operator()(const char *name, double value, const char *part = "", const char *buffer = "") {
    if (names)
      names->push_back(of + std::string(name) + part + buffer);
    out[next++] = float(value);
  }
  /// A size: its logarithm, 0 for less than one.
  void log(const char *name, double value, const char *part = "", const char *buffer = "") {
    (*this)(name, std::log2(std::max(value, 1.0)), part, buffer);
  }
  /// Zeros up to the end.
  void fill() {
    while (next < out.size())
      (*this)("unused", 0);
  }

private:
  MutableArrayRef<float> out;
  std::vector<std::string> *names;
  const char *of;
  size_t next = 0;
};
} // namespace

static const char *const kBufferNames[] = {".a", ".b", ".out"};
static const char *const kLevelNames[] = {".tile", ".loop1", ".loop2", ".loop3", ".loop4"};
static constexpr unsigned kLevels = 5, kBuffers = 3, kCaches = 3;
static const char *const kNestNames[TaskFeatures::kNests] = {"nest0.", "nest1."};
static const char *const kCacheNames[] = {".l1", ".l2", ".l3"};

static void writeMachine(Writer &w, const TargetSpec &target) {
  w.log("machine.vector_bytes", target.vectorBytes);
  w.log("machine.registers", target.vectorRegisters);
  w.log("machine.l1_bytes", double(target.l1Bytes));
  w.log("machine.l2_bytes", double(target.l2Bytes));
  w.log("machine.l3_bytes", double(target.l3Bytes));
  w.log("machine.line_bytes", target.lineBytes);
  w("machine.is_x86", target.arch == Arch::X86_64);
  w("machine.has_masks", target.has("avx512f"));
  w.fill();
}

/// How much of the tiles' work is about points that exist: `extent` points in tiles of `size`.
static double efficiency(double extent, double size) {
  return extent / (std::ceil(extent / size) * size);
}

/// How even parts of `range` units are among so many threads.
static double evenness(double range, double threads) {
  return range / (threads * std::ceil(range / threads));
}

/// Points of a range that is static, 1 else.
static double valueOf(AffineExpr expr) {
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return constant ? double(std::max<int64_t>(constant.getValue(), 1)) : 1;
}

static void writeSteady(Writer &w, const NestSpace &space, double flops, double bytes) {
  const NestInfo &nest = space.info();
  NestCost &cost = space.cost();
  double parallel = 1;
  for (int64_t d = 0; d < nest.parallel; ++d)
    parallel *= cost.extent(d);
  w.log("points", parallel);
  w.log("reduced_points", cost.getPoints());
  w("parallel_dims", double(nest.parallel));
  w("reduction_dims", double(nest.loops - nest.parallel));
  w("body_arithmetic", double(cost.getBodyArithmetic()));
  w("other_arithmetic", double(cost.getArithmetic() - cost.getBodyArithmetic()));
  w("accumulators", nest.accumulators);
  w("inputs", nest.inputs);
  w("outputs", nest.outputs);
  w("accesses", double(nest.accesses.size()));
  w("shapes", double(cost.getShapes().size()));
  w("has_domain", !nest.bounds.empty());
  w("is_ranged", nest.isRanged);
  w.log("flops", flops);
  w.log("bytes", bytes);
  w("intensity", std::log2(std::max(flops, 1.0) / std::max(bytes, 1.0)));
}

TaskFeatures::TaskFeatures(ModuleOp code, ArrayRef<std::unique_ptr<NestSpace>> spaces,
                           const TargetSpec &target)
    : target(target) {
  Writer machineWriter(machine, &commonNames);
  writeMachine(machineWriter, target);
  SmallVector<double> cycles;
  double flops = 0, bytes = 0;
  for (auto &space : spaces) {
    Nest nest;
    nest.space = space.get();
    NestCost &cost = space->cost();
    const NestInfo &info = space->info();
    Schedule chosen = space->schedule(space->analytic());
    auto levels = cost.getLevels(chosen);
    double parallel = 1;
    for (int64_t d = 0; d < info.parallel; ++d)
      parallel *= cost.extent(d);
    // A fused multiplication and addition is two operations.
    bool isProduct = info.accumulators == 1 && info.inputs == 2 && cost.getBodyArithmetic() == 1;
    nest.flops = parallel * (cost.getPoints() * double(cost.getBodyArithmetic()) * (isProduct ? 2 : 1) +
                             double(cost.getArithmetic() - cost.getBodyArithmetic()));
    nest.bytes = 0;
    for (double part : levels[0].bytes)
      nest.bytes += part;
    // The largest inputs, of those that move differently.
    SmallVector<unsigned> inputs;
    for (unsigned shape = 0; shape < cost.getShapes().size(); ++shape)
      if (cost.getShapes()[shape] < info.inputs)
        inputs.push_back(shape);
    llvm::stable_sort(inputs,
                      [&](unsigned x, unsigned y) { return levels[0].bytes[x] > levels[0].bytes[y]; });
    unsigned out = info.outputs ? cost.getShapeOf()[info.inputs] : 0;
    nest.buffers[0] = !inputs.empty() ? inputs[0] : out;
    nest.buffers[1] = inputs.size() > 1 ? inputs[1] : nest.buffers[0];
    nest.buffers[2] = out;
    Writer steady(nest.steady);
    writeSteady(steady, *space, nest.flops, nest.bytes);
    cycles.push_back(cost.estimate(chosen).total);
    flops += nest.flops;
    bytes += nest.bytes;
    nests.push_back(nest);
  }
  SmallVector<unsigned> order;
  for (unsigned i = 0; i < nests.size(); ++i)
    order.push_back(i);
  llvm::stable_sort(order, [&](unsigned x, unsigned y) { return cycles[x] > cycles[y]; });
  for (unsigned i = 0; i < std::min<size_t>(order.size(), kNests); ++i)
    heaviest.push_back(order[i]);

  Writer w(MutableArrayRef<float>(task).drop_back(kSums), &commonNames);
  double sum = std::accumulate(cycles.begin(), cycles.end(), 0.0);
  w("task.nests", double(nests.size()));
  w.log("task.flops", flops);
  w.log("task.bytes", bytes);
  w.log("task.chosen_cycles", sum);
  for (unsigned i = 0; i < kNests; ++i)
    w("task.share", i < heaviest.size() ? cycles[heaviest[i]] / std::max(sum, 1.0) : 0,
      i ? ".nest1" : ".nest0");
  sched::ScheduleAttr schedule = getSchedule(code);
  w.log("task.rows", schedule && !schedule.getRows().empty() ? double(schedule.getRows()[0]) : 0);
  w.log("task.strip", schedule && schedule.getStrips().size() > 1 ? double(schedule.getStrips()[1]) : 0);
  auto bytesOf = [&](StringRef name) {
    auto attr = code->getAttrOfType<IntegerAttr>(name);
    return attr ? double(attr.getInt()) : 0;
  };
  w.log("task.scratch_bytes", bytesOf("tenon.scratch"));
  w.log("task.shared_bytes", bytesOf("tenon.shared"));
  SmallVector<AffineExpr> ranges;
  if (auto range = code->getAttrOfType<AffineMapAttr>("tenon.range"))
    ranges.assign(range.getValue().getResults().begin(), range.getValue().getResults().end());
  double least2 = 1, least4 = 1, smallest = INFINITY;
  for (AffineExpr range : ranges) {
    least2 = std::min(least2, evenness(valueOf(range), 2));
    least4 = std::min(least4, evenness(valueOf(range), 4));
    smallest = std::min(smallest, valueOf(range));
  }
  w("task.phases", double(ranges.size()));
  w("task.even_for_2", least2);
  w("task.even_for_4", least4);
  w.log("task.range", ranges.empty() ? 1 : smallest);
  w.fill();
}

std::vector<std::string> TaskFeatures::names(ArrayRef<uint16_t> knobs) const {
  std::vector<float> out(kCount);
  std::vector<std::string> sums, parts[kNests];
  write(knobs, out, &sums, parts);
  // Tasks of one nest have the names of two.
  if (parts[1].empty())
    for (const std::string &name : parts[0])
      parts[1].push_back(kNestNames[1] + name.substr(StringRef(kNestNames[0]).size()));
  std::vector<std::string> all = commonNames;
  for (const auto *part : {&sums, &parts[0], &parts[1]})
    all.insert(all.end(), part->begin(), part->end());
  return all;
}

/// Features of the nest that depend on the point, from its levels and estimate.
static void writePoint(Writer &w, const NestSpace &space, const Schedule &s, ArrayRef<NestCost::Level> levels,
                       const NestCost::Parts &parts, const Tile &tile, const unsigned (&buffers)[kBuffers],
                       double flops, const TargetSpec &target) {
  const NestInfo &nest = space.info();
  NestCost &cost = space.cost();
  bool isVector = s.vectorDim >= 0;
  double lanes = double(s.lanes), peak = 4 * double(target.vectorBytes) / 4;
  // The estimate and what it is made of.
  w.log("cycles", parts.total);
  w.log("cycles.compute", parts.compute);
  w("cycles.near", parts.near / parts.compute);
  w("cycles.far", parts.far / parts.compute);
  w("cycles.late", parts.late / parts.compute);
  w("of_peak", flops / std::max(parts.total * peak, 1.0));
  w("step.cycles", parts.perStep);
  // The vector dimension.
  w("vector.is_reduction", s.vectorDim >= nest.parallel);
  w("vector.is_scalar", !isVector);
  double extent = isVector ? cost.extent(s.vectorDim) : 1;
  w.log("vector.extent", extent);
  double gathers = 0, broadcasts = 0, loads = 0;
  for (unsigned i = 0; isVector && i < nest.inputs; ++i) {
    const LinearAccess &access = nest.accesses[i];
    double cycles = cost.loadCycles(access, s.vectorDim),
           reads = access.dependsOn(s.vectorDim) ? double(tile.vectors) : 1;
    for (auto [d, u] : tile.points)
      reads *= access.dependsOn(d) ? double(u) : 1;
    gathers += cycles > 0.5;
    broadcasts += !access.dependsOn(s.vectorDim);
    loads += reads;
  }
  w("vector.gathers", gathers);
  w("vector.broadcasts", broadcasts);
  w("vector.lane_efficiency", efficiency(extent, lanes));
  // The register tile.
  double vectors = double(tile.vectors), size = double(tile.size());
  int64_t u = 1, v = 1, du = -1, dv = -1;
  for (auto [d, points] : tile.points) {
    if (points > u) {
      v = u;
      dv = du;
      u = points;
      du = d;
    } else {
      v = points;
      dv = d;
    }
  }
  w("tile.vectors", vectors);
  w("tile.points", double(u));
  w("tile.more_points", double(v));
  w("tile.size", size);
  w("tile.of_registers", size * std::max(1u, nest.accumulators) / double(target.vectorRegisters));
  w("tile.loads_per_step", loads / size);
  w("tile.vector_efficiency", efficiency(std::ceil(extent / lanes), vectors));
  double pointEfficiency = du >= 0 ? efficiency(cost.extent(du), double(u)) : 1,
         moreEfficiency = dv >= 0 ? efficiency(cost.extent(dv), double(v)) : 1;
  w("tile.point_efficiency", pointEfficiency);
  w("tile.more_efficiency", moreEfficiency);
  w("tile.dim", double(du));
  // Unrolled reductions, and how long the code gets: each rest of a dimension is code of its own.
  double unrolled = 1, iterations = 1;
  for (int64_t d = nest.parallel; d < nest.loops; ++d)
    if (d != s.vectorDim) {
      unrolled *= double(s.tile[d]);
      iterations *= std::ceil(cost.extent(d) / double(s.tile[d]));
    } else {
      iterations *= std::ceil(cost.extent(d) / double(s.getStep(d)));
    }
  w.log("unroll", unrolled);
  w.log("unroll.first", nest.loops > nest.parallel ? double(s.tile[nest.parallel]) : 1);
  w.log("unroll.last", nest.loops > nest.parallel ? double(s.tile[nest.loops - 1]) : 1);
  w.log("unroll.iterations", iterations);
  w.log("code.steps", size * unrolled);
  double copies = (efficiency(std::ceil(extent / lanes), vectors) < 1 ? 2 : 1) *
                  (pointEfficiency < 1 ? 2 : 1) * (moreEfficiency < 1 ? 2 : 1) *
                  double(1 << (s.blocks.size() / 2));
  w.log("code.size", size * unrolled * copies * double(cost.getBodyArithmetic() + 1));
  // Loops.
  w.log("loops.tiles", levels.back().outside);
  w("loops.has_passes", s.pass > 0);
  w.log("loops.pass_points", double(s.pass));
  w.log("loops.passes", s.pass ? cost.extent(nest.parallel) / double(s.pass) : 1);
  w("loops.blocked_dims", double(s.blocks.size()) / 2);
  w.log("loops.vector_block", isVector ? double(s.getBlock(s.vectorDim)) : 0);
  double otherBlock = 0;
  for (size_t i = 0; i < s.blocks.size(); i += 2)
    if (s.blocks[i] != s.vectorDim)
      otherBlock = double(s.blocks[i + 1]);
  w.log("loops.other_block", otherBlock);
  int64_t vectorDepth = 0, pointDepth = 0, depth = 0;
  for (int64_t d : llvm::reverse(s.order)) {
    ++depth;
    if (d == s.vectorDim && !vectorDepth)
      vectorDepth = depth;
    if (d == du && !pointDepth)
      pointDepth = depth;
  }
  w("loops.vector_depth", double(vectorDepth));
  w("loops.point_depth", double(pointDepth));
  // From the tile outwards: points of the loop, and bytes per buffer.
  for (unsigned l = 0; l < kLevels; ++l) {
    size_t at = levels.size() - 1 - std::min<size_t>(l, levels.size() - 1);
    w.log("level.bytes", levels[at].total, kLevelNames[l]);
    w.log("level.outside", levels[at].outside, kLevelNames[l]);
    for (unsigned b = 0; b < kBuffers; ++b)
      w.log("level.footprint", levels[at].bytes[buffers[b]], kLevelNames[l], kBufferNames[b]);
  }
  // What each cache is filled with.
  double usable[kCaches] = {double(target.l1Bytes), double(target.l2Bytes), double(target.l3Bytes)};
  for (unsigned c = 0; c < kCaches; ++c) {
    NestCost::Fit fit{levels.size() - 1, false};
    for (size_t p = 0; p < levels.size() && !fit.fits; ++p)
      if (levels[p].total <= usable[c] * 0.7)
        fit = {p, true};
    w("cache.level", fit.fits ? double(levels.size() - 1 - fit.level) : -1, kCacheNames[c]);
    for (unsigned b = 0; b < kBuffers; ++b) {
      size_t p = cost.reuseLevel(buffers[b], levels, fit);
      w.log("cache.traffic", levels[fit.level].bytes[buffers[b]] * levels[p].outside, kCacheNames[c],
            kBufferNames[b]);
    }
  }
  // How addresses of neighbours in the tile and in the reduction lie to the cache's sets.
  for (unsigned b = 0; b < kBuffers; ++b) {
    const LinearAccess &access = nest.accesses[cost.getShapes()[buffers[b]]];
    double bytes = double(cost.elementBytes(cost.getShapes()[buffers[b]]));
    auto alignment = [&](int64_t d) {
      if (d < 0)
        return 0.0;
      int64_t step = access.blocks[d] ? access.blocks[d]->outer : access.step[d].value_or(0);
      int64_t distance = std::abs(step) * int64_t(bytes);
      return distance ? double(llvm::countr_zero(uint64_t(distance))) : 0.0;
    };
    w("stride.tile", alignment(du), kBufferNames[b]);
    w("stride.reduction", nest.loops > nest.parallel ? alignment(nest.parallel) : 0, kBufferNames[b]);
    w("stride.lines", isVector ? cost.linesAtOnce(cost.getShapes()[buffers[b]], tile, s.vectorDim) : 1,
      kBufferNames[b]);
  }
  // Prefetches.
  std::optional<Stretch> stretch = getStretch(nest, s);
  w("prefetch.has_stretch", stretch.has_value());
  w("prefetch.lines", double(s.prefetch));
  w.log("prefetch.ahead", s.prefetch ? double(s.ahead) : 0);
  w.log("prefetch.repetitions", stretch ? stretch->repetitions : 0);
  w.log("prefetch.stretch", stretch ? double(stretch->elements) : 0);
}

void TaskFeatures::extract(ArrayRef<uint16_t> knobs, MutableArrayRef<float> out) const {
  write(knobs, out, nullptr, nullptr);
}

void TaskFeatures::write(ArrayRef<uint16_t> knobs, MutableArrayRef<float> out,
                         std::vector<std::string> *sumNames, std::vector<std::string> *nestNames) const {
  std::copy(std::begin(machine), std::end(machine), out.begin());
  MutableArrayRef<float> taskPart = out.slice(kMachine, kTask);
  std::copy(std::begin(task), std::end(task), taskPart.begin());
  NestCost::Parts sum;
  double tiles = 0, slowest = 0;
  for (auto [i, nest] : llvm::enumerate(nests)) {
    const NestSpace &space = *nest.space;
    Schedule s = space.schedule(knobs.slice(i * NestSpace::kKnobs, NestSpace::kKnobs));
    NestCost &cost = space.cost();
    Tile tile = cost.tileOf(s);
    auto levels = cost.getLevels(s);
    NestCost::Parts parts = cost.estimate(s, tile, levels);
    sum.total += parts.total;
    sum.compute += parts.compute;
    sum.near += parts.near;
    sum.far += parts.far;
    sum.late += parts.late;
    tiles += levels.back().outside;
    slowest = std::max(slowest, parts.total);
    size_t rank = llvm::find(heaviest, unsigned(i)) - heaviest.begin();
    if (rank == heaviest.size())
      continue;
    MutableArrayRef<float> part = out.slice(kMachine + kTask + rank * kNest, kNest);
    std::vector<std::string> *names = nestNames ? &nestNames[rank] : nullptr;
    if (names) {
      Writer steady(part.take_front(kSteady), names, kNestNames[rank]);
      writeSteady(steady, space, nest.flops, nest.bytes);
    }
    std::copy(std::begin(nest.steady), std::end(nest.steady), part.begin());
    Writer w(part.drop_front(kSteady), names, kNestNames[rank]);
    writePoint(w, space, s, levels, parts, tile, nest.buffers, nest.flops, target);
    w.fill();
  }
  for (size_t i = heaviest.size(); i < kNests; ++i)
    llvm::fill(out.slice(kMachine + kTask + i * kNest, kNest), 0.0f);
  Writer w(taskPart.take_back(kSums), sumNames);
  w.log("sum.cycles", sum.total);
  w.log("sum.compute", sum.compute);
  w.log("sum.near", sum.near);
  w.log("sum.far", sum.far);
  w.log("sum.late", sum.late);
  w.log("sum.tiles", tiles);
  w("sum.to_chosen", sum.total / std::exp2(double(task[3])));
  w("sum.slowest", slowest / std::max(sum.total, 1.0));
}
