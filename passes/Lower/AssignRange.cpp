#include "dialects/Kernel/Kernel.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IntegerSet.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Ranges.h"
#include "runtime/Program.h"

namespace tenon {
#define GEN_PASS_DEF_ASSIGNRANGE
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

/// Points of a nest of which only those along dimensions [0, dims) count, over the symbols.
static AffineExpr countPoints(GenericOp nest, int64_t dims) {
  AffineExpr points = getAffineConstantExpr(1, nest.getContext());
  AffineMap extents = nest->getAttrOfType<AffineMapAttr>(kExtentsAttr).getValue();
  for (AffineExpr extent : extents.getResults().take_front(dims))
    points = points * extent;
  return points;
}

/// Additions that a region's operations cost per point.
static int64_t weigh(Region &region) {
  int64_t weight = 0;
  region.walk([&](Operation *op) {
    if (isa<math::FmaOp, math::AbsFOp, math::CopySignOp>(op))
      weight += 1;
    else if (isa<math::MathDialect>(op->getDialect()))
      weight += 12;
    else if (isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
                 memref::LoadOp>(op))
      weight += 6;
    else if (!isa<YieldOp, IndexOp>(op) && !op->hasTrait<OpTrait::ConstantLike>())
      weight += 1;
  });
  return weight;
}

/// Elements of `buffer` that a nest reads or writes at `map`, over the symbols.
static AffineExpr countElements(GenericOp nest, Value buffer, AffineMap map) {
  AffineMap extents = nest->getAttrOfType<AffineMapAttr>(kExtentsAttr).getValue();
  AffineExpr elements = getAffineConstantExpr(1, nest.getContext());
  for (unsigned d = 0; d < map.getNumDims(); ++d)
    if (map.isFunctionOfDim(d))
      elements = elements * extents.getResult(d);
  // Windows read an element several times.
  auto type = cast<MemRefType>(buffer.getType());
  auto fixed = dyn_cast<AffineConstantExpr>(elements);
  if (type.hasStaticShape() && (!fixed || fixed.getValue() > type.getNumElements()))
    elements = getAffineConstantExpr(type.getNumElements(), nest.getContext());
  return elements;
}

/// Nanoseconds that a nest takes one thread, over the symbols: a rough estimate, which decides how many
/// threads the nest is worth.
static AffineExpr estimateWork(GenericOp nest, int64_t additionsPerNs) {
  constexpr int64_t kElementsPerNs = 5; // from memory
  AffineExpr parallel = countPoints(nest, nest.getNumParallel()), all = countPoints(nest, nest.getNumLoops());
  AffineExpr work = all * weigh(nest.getBody()) + parallel * weigh(nest.getEpilogue());
  for (auto [buffer, map] : getAccesses(nest))
    work = work + countElements(nest, buffer, map) * (additionsPerNs / kElementsPerNs);
  return work.ceilDiv(additionsPerNs);
}

//===----------------------------------------------------------------------===//
// Independence
//===----------------------------------------------------------------------===//

namespace {
/// Parallel dimensions of a nest that become the dimension of the range: consecutive ones, unit dimensions
/// aside, along which all accesses walk memory as along one. All but the first are static.
struct Group {
  SmallVector<unsigned> dims;
  /// The dimension whose steps are the merged dimension's.
  unsigned last() const { return dims.back(); }
};

/// What one access touches while the range is at unit u: [low, high] + u * step, in elements or subscripts.
struct Reach {
  int64_t step, low, high;
};
} // namespace

/// Adds the positions [0, count) * step.
static void extend(Reach &reach, int64_t step, int64_t count) {
  (step < 0 ? reach.low : reach.high) += step * std::max<int64_t>(count - 1, 0);
}

/// nullopt where it is only known at run time.
static std::optional<Reach> getReach(GenericOp nest, const Group &group, int64_t unit,
                                     ArrayRef<std::optional<int64_t>> steps,
                                     ArrayRef<std::optional<BlockStep<int64_t>>> blocks, int64_t offset) {
  Reach reach{0, offset, offset};
  for (auto [d, extent] : llvm::enumerate(nest.getStaticExtents())) {
    bool inGroup = llvm::is_contained(group.dims, unsigned(d)), isLast = d == group.last();
    if (extent == 1 || (inGroup && !isLast))
      continue;
    if (auto &block = blocks[d]) {
      if (isLast && unit % block->size)
        return std::nullopt;
      int64_t count = isLast ? unit : extent;
      if (ShapedType::isDynamic(count))
        return std::nullopt;
      extend(reach, block->outer, llvm::divideCeil(count, block->size));
      extend(reach, block->inner, std::min(block->size, count));
      if (isLast)
        reach.step = block->outer * (unit / block->size);
    } else if (steps[d] != 0) {
      int64_t count = isLast ? unit : extent;
      if (!steps[d] || ShapedType::isDynamic(count))
        return std::nullopt;
      extend(reach, *steps[d], count);
      if (isLast)
        reach.step = *steps[d] * unit;
    }
  }
  return reach;
}

/// Reach in the memory of the buffer that `buffer` is a view of.
static std::optional<Reach> getMemoryReach(GenericOp nest, const Group &group, int64_t unit, Value buffer,
                                           AffineMap map) {
  for (Value view = buffer; auto op = view.getDefiningOp<ViewLikeOpInterface>(); view = op.getViewSource())
    if (!isa<memref::ReinterpretCastOp, memref::SubViewOp, memref::CastOp, memref::ExpandShapeOp,
             memref::CollapseShapeOp>(op.getOperation()))
      return std::nullopt;
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  auto access = getLinearAccess(type, map);
  if (failed(type.getStridesAndOffset(strides, offset)) || ShapedType::isDynamic(offset) || !access ||
      !access->offset)
    return std::nullopt;
  return getReach(nest, group, unit, access->step, access->blocks, offset + *access->offset);
}

/// Reach in subscript number `i`.
static std::optional<Reach> getSubscriptReach(GenericOp nest, const Group &group, int64_t unit, AffineMap map,
                                              unsigned i) {
  auto coefficients = getCoefficients(map.getResult(i), nest.getNumLoops());
  if (!coefficients || group.dims.size() > 1)
    return std::nullopt;
  SmallVector<std::optional<int64_t>> steps(coefficients->dims.begin(), coefficients->dims.end());
  return getReach(nest, group, unit, steps, coefficients->blocks, coefficients->constant);
}

/// Whether no two units of the range touch the same.
static bool areDisjoint(ArrayRef<std::optional<Reach>> reaches) {
  int64_t low = INT64_MAX, high = INT64_MIN;
  for (const std::optional<Reach> &reach : reaches) {
    if (!reach || reach->step != reaches[0]->step)
      return false;
    low = std::min(low, reach->low);
    high = std::max(high, reach->high);
  }
  return high - low < std::abs(reaches[0]->step);
}

/// Whether each unit of the range reads, of what the nests write, only what the same unit wrote.
static bool areIndependent(ArrayRef<GenericOp> nests, ArrayRef<Group> groups, int64_t unit) {
  struct Use {
    unsigned nest;
    Value buffer;
    AffineMap map; ///< null: at computed subscripts
  };
  llvm::MapVector<Value, SmallVector<Use>> uses;
  llvm::DenseSet<Value> written;
  for (unsigned i = 0; i < nests.size(); ++i) {
    GenericOp nest = nests[i];
    for (auto [buffer, map] : getAccesses(nest))
      uses[rootOf(buffer)].push_back({i, buffer, map});
    for (Value buffer : getGathered(nest))
      uses[rootOf(buffer)].push_back({i, buffer, AffineMap()});
    for (Value output : nest.getOutputs())
      written.insert(rootOf(output));
  }
  for (auto &entry : uses) {
    Value root = entry.first;
    const SmallVector<Use> &list = entry.second;
    // Points of one nest are independent by definition.
    if (!written.contains(root) ||
        llvm::all_of(list, [&](const Use &use) { return use.nest == list[0].nest; }))
      continue;
    if (llvm::any_of(list, [](const Use &use) { return !use.map; }))
      return false;
    auto disjoint = [&](llvm::function_ref<std::optional<Reach>(const Use &)> reachOf) {
      return areDisjoint(llvm::map_to_vector(list, reachOf));
    };
    bool separate = disjoint([&](const Use &use) {
      return getMemoryReach(nests[use.nest], groups[use.nest], unit, use.buffer, use.map);
    });
    if (llvm::all_equal(llvm::map_range(list, [](const Use &use) { return use.buffer; })))
      for (unsigned i = 0; !separate && i < list[0].map.getNumResults(); ++i)
        separate = disjoint([&](const Use &use) {
          return getSubscriptReach(nests[use.nest], groups[use.nest], unit, use.map, i);
        });
    if (!separate)
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// The parallel dimensions that are not of extent 1.
static SmallVector<unsigned> wideDims(GenericOp nest) {
  SmallVector<unsigned> dims;
  for (int64_t d = 0; d < nest.getNumParallel(); ++d)
    if (nest.getStaticExtents()[d] != 1)
      dims.push_back(d);
  return dims;
}

/// Whether dimension `next` goes on in memory where `last` ends, in all accesses.
static bool continues(GenericOp nest, unsigned last, unsigned next) {
  int64_t extent = nest.getStaticExtents()[next];
  if (ShapedType::isDynamic(extent))
    return false;
  bool indexed = llvm::any_of(nest.getBounds(), [&](const DomainBound &bound) {
    return bound.parallelDim == last || bound.parallelDim == next;
  });
  nest.walk([&](IndexOp index) { indexed |= index.getDim() == last || index.getDim() == next; });
  return !indexed && llvm::all_of(getAccesses(nest), [&](auto pair) {
    auto access = getLinearAccess(cast<MemRefType>(pair.first.getType()), pair.second);
    return access && access->offset && !llvm::is_contained(access->step, std::nullopt) &&
           !access->blocks[last] && !access->blocks[next] &&
           *access->step[last] == *access->step[next] * extent;
  });
}

/// Points of the group that one unit of the range stands for: its largest block.
static int64_t blockOf(GenericOp nest, const Group &group) {
  int64_t unit = 1;
  for (auto [buffer, map] : getAccesses(nest))
    for (AffineExpr expr : map.getResults())
      if (auto coefficients = getCoefficients(expr, nest.getNumLoops()))
        if (auto &block = coefficients->blocks[group.last()])
          unit = std::max(unit, block->size);
  return unit;
}

namespace {
/// How to split some nests over one range.
struct Split {
  SmallVector<Group> groups; ///< one per nest
  int64_t unit = 1;
  unsigned first = 0; ///< of the wide dimensions
  AffineExpr range;   ///< in units
  double score = 0;   ///< parts of the time that threads are busy
};
} // namespace

/// How even the parts are for several numbers of threads.
static double evenness(AffineExpr range) {
  auto fixed = dyn_cast<AffineConstantExpr>(range);
  if (!fixed)
    return 0.95;
  if (fixed.getValue() < 2)
    return 0;
  // Few threads are more common than many.
  constexpr std::pair<int64_t, double> kThreads[] = {{2, 0.25}, {3, 0.25}, {4, 0.25}, {6, 0.125}, {8, 0.125}};
  double sum = 0, units = double(fixed.getValue());
  for (auto [threads, weight] : kThreads)
    sum += weight * units / (double(threads) * std::ceil(units / double(threads)));
  return sum;
}

/// What part of a thread's time goes into operands that all parts read whole.
static double sharedReading(ArrayRef<GenericOp> nests, ArrayRef<Group> groups, int64_t additionsPerNs) {
  constexpr double kElementsPerNs = 4; // from a far cache
  double elements = 0, work = 1;
  for (size_t i = 0; i < nests.size(); ++i) {
    GenericOp nest = nests[i];
    if (auto fixed = dyn_cast<AffineConstantExpr>(estimateWork(nest, additionsPerNs)))
      work += double(fixed.getValue());
    for (auto [buffer, map] : getAccesses(nest)) {
      AffineMap subscripts = map;
      if (llvm::any_of(groups[i].dims, [&](unsigned d) { return subscripts.isFunctionOfDim(d); }))
        continue;
      if (auto fixed = dyn_cast<AffineConstantExpr>(countElements(nest, buffer, map)))
        elements += double(fixed.getValue());
    }
  }
  return std::min(0.5, elements / kElementsPerNs / work);
}

/// The split of `nests` along their wide dimensions number [first, first + count); nullopt if there is none.
static std::optional<Split> trySplit(ArrayRef<GenericOp> nests, unsigned first, unsigned count,
                                     int64_t additionsPerNs) {
  Split split;
  SmallVector<AffineExpr> common;
  for (GenericOp nest : nests) {
    SmallVector<unsigned> wide = wideDims(nest);
    if (first + count > wide.size())
      return std::nullopt;
    Group group{SmallVector<unsigned>(ArrayRef(wide).slice(first, count))};
    for (unsigned i = 1; i < count; ++i)
      if (!continues(nest, group.dims[i - 1], group.dims[i]))
        return std::nullopt;
    AffineMap extents = nest->getAttrOfType<AffineMapAttr>(kExtentsAttr).getValue();
    SmallVector<AffineExpr> own;
    for (unsigned d : group.dims)
      own.push_back(extents.getResult(d));
    if (!common.empty() && own != common)
      return std::nullopt;
    common = own;
    split.unit = std::max(split.unit, blockOf(nest, group));
    split.groups.push_back(group);
  }
  split.range = getAffineConstantExpr(1, nests[0]->getContext());
  for (AffineExpr extent : common)
    split.range = split.range * extent;
  int64_t loops = 0;
  for (GenericOp nest : nests)
    loops = std::max(loops, int64_t(wideDims(nest).size()) + int64_t(nest.getReductions()));
  bool isBlocked = split.unit > 1, cutsRows = false, isFlat = true, reduces = false;
  for (size_t i = 0; i < nests.size(); ++i) {
    GenericOp nest = nests[i];
    const Group &group = split.groups[i];
    if (split.unit % blockOf(nest, group))
      return std::nullopt;
    SmallVector<unsigned> wide = wideDims(nest);
    isFlat &= group.dims.size() == wide.size() && nest.getReductions() == 0;
    reduces |= nest.getReductions() > 0;
    // A nest of fewer loops than others is a small part of the work.
    cutsRows |= group.last() == wide.back() && nest.getReductions() == 0 && int64_t(wide.size()) == loops &&
                group.dims.size() < wide.size();
  }
  double penalty = cutsRows && !isBlocked ? 0.85 : 1;
  if (!isBlocked && (isFlat || reduces)) {
    // Flat parts begin and end with a cache line; those of a product with a register tile, most of which have
    // 2, 3, 4, 6 or 12 points, or they cut tiles.
    constexpr int64_t kLine = 16, kTiles = 12, kManyUnits = 64;
    auto fixed = dyn_cast<AffineConstantExpr>(split.range);
    if (isFlat)
      split.unit = kLine;
    else if (!fixed || fixed.getValue() >= kTiles * kManyUnits)
      split.unit = kTiles;
    else if (first + count + 1 >= wideDims(nests[0]).size())
      penalty *= 0.9;
  }
  split.range = split.range.ceilDiv(split.unit);
  split.score = penalty * evenness(split.range) * (1 - sharedReading(nests, split.groups, additionsPerNs));
  if (split.score == 0 || !areIndependent(nests, split.groups, split.unit))
    return std::nullopt;
  return split;
}

/// The split of `nests` along their wide dimension `first`, or along several from there on that are one in
/// memory.
static std::optional<Split> splitAlong(ArrayRef<GenericOp> nests, unsigned first, int64_t additionsPerNs) {
  // As many as possible: where the range ends, loops no longer walk memory as one.
  for (size_t count = wideDims(nests[0]).size(); count > first; --count)
    if (std::optional<Split> split = trySplit(nests, first, count - first, additionsPerNs)) {
      split->first = first;
      return split;
    }
  return std::nullopt;
}

/// The best split of `nests`.
static std::optional<Split> chooseSplit(ArrayRef<GenericOp> nests, int64_t additionsPerNs) {
  std::optional<Split> best;
  for (unsigned first = 0; first < wideDims(nests[0]).size(); ++first)
    if (std::optional<Split> split = splitAlong(nests, first, additionsPerNs))
      if (!best || split->score > best->score + 0.02)
        best = std::move(split);
  return best;
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

void tenon::moveToFront(GenericOp nest, ArrayRef<unsigned> dims) {
  OpBuilder b(nest);
  Location loc = nest.getLoc();
  if (dims.size() > 1) {
    // Where the dimensions are one in memory, so it is in a flat view.
    SmallVector<Attribute> maps;
    unsigned inputs = nest.getInputs().size();
    SmallVector<LoadOp> loads = getLoads(nest);
    for (auto [i, pair] : llvm::enumerate(getAccesses(nest))) {
      LinearAccess access = *getLinearAccess(cast<MemRefType>(pair.first.getType()), pair.second);
      AffineMap map = AffineMap::get(nest.getNumLoops(), 0, getExpr(access, b.getContext()));
      Value flat = flatten(b, loc, pair.first);
      unsigned operands = inputs + nest.getOutputs().size();
      if (i >= operands) {
        loads[i - operands].getBufferMutable().assign(flat);
        loads[i - operands].setMap(map);
        continue;
      }
      (i < inputs ? nest.getInputsMutable()[i] : nest.getOutputsMutable()[i - inputs]).assign(flat);
      maps.push_back(AffineMapAttr::get(map));
    }
    nest.setMapsAttr(b.getArrayAttr(maps));
  }
  // The merged dimension takes the place of the last; the others stand still.
  SmallVector<AffineExpr> places(nest.getNumLoops(), b.getAffineConstantExpr(0));
  SmallVector<unsigned> order = {dims.back()};
  for (unsigned d = 0; d < places.size(); ++d)
    if (!llvm::is_contained(dims, d))
      order.push_back(d);
  for (auto [i, d] : llvm::enumerate(order))
    places[d] = b.getAffineDimExpr(i);
  auto reorder = [&](AffineMap map) {
    return simplifyAffineMap(map.replaceDimsAndSymbols(places, {}, order.size(), 0));
  };
  SmallVector<Attribute> maps;
  for (AffineMap map : nest.getMaps().getAsValueRange<AffineMapAttr>())
    maps.push_back(AffineMapAttr::get(reorder(map)));
  nest.setMapsAttr(b.getArrayAttr(maps));
  for (LoadOp load : getLoads(nest))
    load.setMap(reorder(load.getMap()));
  if (IntegerSetAttr domain = nest.getDomainAttr())
    nest.setDomainAttr(
        IntegerSetAttr::get(domain.getValue().replaceDimsAndSymbols(places, {}, order.size(), 0)));
  nest.walk([&](IndexOp index) { index.setDim(cast<AffineDimExpr>(places[index.getDim()]).getPosition()); });

  SmallVector<OpFoldResult> mixed = nest.getMixedExtents();
  AffineMap old = nest->getAttrOfType<AffineMapAttr>(kExtentsAttr).getValue();
  SmallVector<AffineExpr> exprs;
  SmallVector<Value> dynamic;
  SmallVector<int64_t> fixed;
  for (unsigned d : order) {
    AffineExpr expr = old.getResult(d);
    OpFoldResult extent = mixed[d];
    for (unsigned other : dims.drop_back()) {
      if (d != dims.back())
        break;
      expr = old.getResult(other) * expr;
      if (auto a = getConstantIntValue(extent), c = getConstantIntValue(mixed[other]); a && c)
        extent = b.getIndexAttr(*a * *c);
      else
        extent = arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, mixed[other]),
                                       getValueOrCreateConstantIndexOp(b, loc, extent))
                     .getResult();
    }
    exprs.push_back(expr);
    dispatchIndexOpFoldResult(extent, dynamic, fixed);
  }
  nest.getDynamicExtentsMutable().assign(dynamic);
  nest.setStaticExtents(fixed);
  nest->setAttr(kExtentsAttr,
                AffineMapAttr::get(AffineMap::get(0, old.getNumSymbols(), exprs, b.getContext())));
}

namespace {
/// Neighbouring parts of a task that run over one range: nests, or a parallel loop.
struct Stage {
  SmallVector<Operation *> ops;
  std::optional<Split> split; ///< of nests; nullopt: one point
  AffineExpr range, work;
};

struct AssignRange : tenon::impl::AssignRangeBase<AssignRange> {
  using AssignRangeBase::AssignRangeBase;
  void runOnOperation() override {
    // More than a vector per cycle, of numbers of four bytes.
    additionsPerNs = std::max<int64_t>(vectorBytes / 4 * 5, 1);
    ModuleOp module = getOperation();
    func = module.lookupSymbol<func::FuncOp>("kernel");
    stages.clear();
    if (!func)
      return;
    sched::ScheduleAttr schedule = getSchedule(module);
    given = schedule ? schedule.getPhases() : ArrayRef<int64_t>();
    if (!collect()) {
      if (!given.empty())
        refuse();
      return;
    }
    if (!given.empty() && failed(divideAsGiven()))
      return refuse();
    SmallVector<int64_t> phases;
    for (const Stage &stage : stages)
      phases.append({int64_t(stage.ops.size()), stage.split ? int64_t(stage.split->first) : -1});
    if (schedule)
      module->setAttr(kScheduleAttr, schedule.withPhases(phases));
    if (llvm::all_of(stages, [](const Stage &stage) { return isOne(stage.range); }))
      return;
    // Two threads could save half; small values, which lie in caches, take less time than estimated.
    bool isWorthIt = lostTime() < workingTime() / 5;
    apply();
    unsigned symbols = nn::getSymbolBounds(module).size();
    SmallVector<AffineExpr> ranges, works;
    for (const Stage &stage : stages) {
      ranges.push_back(stage.range);
      works.push_back(isWorthIt ? stage.work : getAffineConstantExpr(0, &getContext()));
    }
    auto map = [&](ArrayRef<AffineExpr> exprs) {
      return AffineMapAttr::get(AffineMap::get(0, symbols, exprs, &getContext()));
    };
    module->setAttr("tenon.range", map(ranges));
    module->setAttr("tenon.work", map(works));
  }

private:
  void refuse() {
    func.emitError(
        "expected phases = the number of neighbouring nests, and a dimension that they can be split "
        "along, for each phase, but got ")
        << given;
    signalPassFailure();
  }

  /// Divides what the stages hold as the schedule says.
  LogicalResult divideAsGiven() {
    SmallVector<std::pair<Operation *, Stage>> ops;
    for (const Stage &stage : stages)
      for (Operation *op : stage.ops)
        ops.emplace_back(op, stage);
    stages.clear();
    size_t next = 0;
    for (size_t i = 0; i + 1 < given.size(); i += 2) {
      if (given[i] < 1 || next + given[i] > ops.size())
        return failure();
      Stage stage;
      SmallVector<GenericOp> nests;
      stage.work = getAffineConstantExpr(0, &getContext());
      stage.range = getAffineConstantExpr(1, &getContext());
      for (auto &[op, old] : ArrayRef(ops).slice(next, given[i])) {
        stage.ops.push_back(op);
        if (auto nest = dyn_cast<GenericOp>(op)) {
          nests.push_back(nest);
          stage.work = stage.work + estimateWork(nest, additionsPerNs);
        } else {
          stage.work = old.work;
          stage.range = old.range;
        }
      }
      bool isLoop = nests.empty();
      if (isLoop ? given[i] > 1 || given[i + 1] != -1 : nests.size() < stage.ops.size())
        return failure();
      if (given[i + 1] >= 0) {
        if (llvm::any_of(
                nests, [](GenericOp nest) { return !nest.getRange().empty() || nest.getNumParallel() == 0; }))
          return failure();
        stage.split = splitAlong(nests, unsigned(given[i + 1]), additionsPerNs);
        if (!stage.split)
          return failure();
        stage.range = stage.split->range;
      }
      next += given[i];
      stages.push_back(std::move(stage));
    }
    return success(given.size() % 2 == 0 && next == ops.size());
  }

  /// Nanoseconds in all stages, as far as they are known.
  int64_t workingTime() {
    int64_t sum = 0;
    for (const Stage &stage : stages)
      if (auto fixed = dyn_cast<AffineConstantExpr>(stage.work))
        sum += fixed.getValue();
      else
        return std::numeric_limits<int64_t>::max();
    return sum;
  }

  /// Nanoseconds that several threads lose because they meet between the stages, and because what lies there
  /// is in each other's caches.
  int64_t lostTime() {
    // Elements per nanosecond; measured: 25 GB/s to read or to overwrite.
    constexpr int64_t kMovedPerNs = 12, kMeetingNs = 2000;
    int64_t moved = 0;
    if (stages.size() > 1)
      func.walk([&](GenericOp nest) {
        for (auto [buffer, map] : getAccesses(nest))
          if (auto alloc = rootOf(buffer).getDefiningOp<memref::AllocOp>();
              alloc && alloc->getParentOp() == func)
            if (auto fixed = dyn_cast<AffineConstantExpr>(countElements(nest, buffer, map)))
              moved += fixed.getValue();
      });
    return moved / kMovedPerNs + int64_t(stages.size() - 1) * kMeetingNs;
  }

  static bool isOne(AffineExpr expr) { return expr == 1; }

  /// Divides the function into stages; fails where it does anything but nests and parallel loops.
  bool collect() {
    Block &body = func.getBody().front();
    llvm::DenseSet<Value> written, loaded;
    for (Operation &op : body) {
      if (auto nest = dyn_cast<GenericOp>(op)) {
        if (!nest->hasAttr(kExtentsAttr))
          return false;
        for (Value output : nest.getOutputs())
          written.insert(rootOf(output));
        addNest(nest);
      } else if (op.hasAttr(kParallelAttr)) {
        if (!addLoop(cast<scf::ForOp>(op), written))
          return false;
      } else if (auto load = dyn_cast<memref::LoadOp>(op)) {
        loaded.insert(rootOf(load.getMemRef()));
      } else if (!isMemoryEffectFree(&op) && !isa<memref::AllocOp, func::ReturnOp>(op)) {
        return false;
      }
    }
    // What is loaded between the stages is loaded by every part, before or after it was written.
    return llvm::none_of(loaded, [&](Value root) { return written.contains(root); });
  }

  bool addLoop(scf::ForOp loop, llvm::DenseSet<Value> &written) {
    auto count = loop->getAttrOfType<AffineMapAttr>(kExtentsAttr);
    std::optional<int64_t> low = getConstantIntValue(loop.getLowerBound()),
                           high = getConstantIntValue(loop.getUpperBound());
    if (low != 0 || !(high || count) || getConstantIntValue(loop.getStep()) != 1 || loop.getNumResults())
      return false;
    AffineExpr range = high ? getAffineConstantExpr(*high, &getContext()) : count.getValue().getResult(0);
    AffineExpr work = getAffineConstantExpr(0, &getContext());
    bool known = true;
    loop.walk([&](GenericOp nest) {
      known &= nest->hasAttr(kExtentsAttr);
      for (Value output : nest.getOutputs())
        written.insert(rootOf(output));
      // A nest with a range covers its extents once in all iterations.
      if (known && nest.getRange().empty())
        work = work + estimateWork(nest, additionsPerNs) * range * countRepeats(nest, loop);
      else if (known)
        work = work + estimateWork(nest, additionsPerNs);
    });
    stages.push_back({{loop}, std::nullopt, range, work});
    return known;
  }

  /// How often the loops inside `outer` run `op` in each of its iterations, as far as that is constant.
  static int64_t countRepeats(Operation *op, Operation *outer) {
    int64_t count = 1;
    for (Operation *parent = op->getParentOp(); parent != outer; parent = parent->getParentOp())
      if (auto loop = dyn_cast<scf::ForOp>(parent)) {
        std::optional<int64_t> low = getConstantIntValue(loop.getLowerBound()),
                               high = getConstantIntValue(loop.getUpperBound());
        count *= low && high ? std::max<int64_t>(*high - *low, 1) : 1;
      }
    return count;
  }

  void addNest(GenericOp nest) {
    AffineExpr one = getAffineConstantExpr(1, &getContext()), work = estimateWork(nest, additionsPerNs);
    std::optional<Split> own;
    // A loop over a range hides how long it is; what is never split need not pay for that.
    auto fixed = dyn_cast<AffineConstantExpr>(work);
    bool isSmall = fixed && fixed.getValue() < 2 * TN_PART_NS;
    if (nest.getRange().empty() && nest.getNumParallel() > 0 && !isSmall)
      own = chooseSplit(nest, additionsPerNs);
    Stage *last = stages.empty() || isa<scf::ForOp>(stages.back().ops[0]) ? nullptr : &stages.back();
    if (last && !last->split && !own) {
      last->ops.push_back(nest);
      last->work = last->work + work;
      return;
    }
    // One range for both spares the threads a meeting, unless it is much less even.
    if (last && nest.getRange().empty() && (last->split || own)) {
      SmallVector<GenericOp> nests;
      for (Operation *op : last->ops)
        nests.push_back(cast<GenericOp>(op));
      nests.push_back(nest);
      double expected = std::min(last->split ? last->split->score : 1, own ? own->score : 1);
      bool canSplit = llvm::all_of(
          nests, [](GenericOp other) { return other.getRange().empty() && other.getNumParallel() > 0; });
      std::optional<Split> joint = canSplit ? chooseSplit(nests, additionsPerNs) : std::nullopt;
      if (joint && joint->score > 0.85 * expected) {
        last->ops.push_back(nest);
        last->work = last->work + work;
        last->range = joint->range;
        last->split = std::move(joint);
        return;
      }
    }
    stages.push_back({{nest}, own, own ? own->range : one, work});
  }

  void apply() {
    OpBuilder b(func);
    Location loc = func.getLoc();
    unsigned arguments = func.getNumArguments();
    Value begin = func.getArgument(arguments - 2), end = func.getArgument(arguments - 1);
    // Where the current stage begins in the task's range.
    Value start;
    for (Stage &stage : stages) {
      if (stage.split)
        for (auto [op, group] : llvm::zip(stage.ops, stage.split->groups))
          moveToFront(cast<GenericOp>(op), group.dims);
      b.setInsertionPoint(stage.ops.back());
      Value low = begin, high = end;
      if (stages.size() > 1) {
        Value range = rangeOf(b, stage);
        if (start) {
          Value zero = arith::ConstantIndexOp::create(b, loc, 0);
          low = arith::MaxSIOp::create(b, loc, arith::SubIOp::create(b, loc, begin, start), zero);
          high = arith::SubIOp::create(b, loc, end, start);
        }
        high = arith::MinSIOp::create(b, loc, high, range);
        start = start ? arith::AddIOp::create(b, loc, start, range).getResult() : range;
      }
      if (stages.size() > 1 || stage.ops.size() > 1) {
        // One operation, so that all temporary buffers of a stage live at the same time: its parts are at
        // different nests.
        Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, low, high);
        auto branch = scf::IfOp::create(b, loc, some, /*withElseRegion=*/false);
        for (Operation *op : stage.ops)
          op->moveBefore(branch.thenBlock()->getTerminator());
        b.setInsertionPointToStart(branch.thenBlock());
      }
      if (auto loop = dyn_cast<scf::ForOp>(stage.ops[0])) {
        loop.setLowerBound(low);
        loop.setUpperBound(high);
      } else if (stage.split) {
        setRange(b, stage, low, high);
      }
    }
  }

  static Value extentOf(OpBuilder &b, GenericOp nest) {
    return getValueOrCreateConstantIndexOp(b, nest.getLoc(), nest.getMixedExtents()[0]);
  }

  Value rangeOf(OpBuilder &b, const Stage &stage) {
    Location loc = func.getLoc();
    if (auto fixed = dyn_cast<AffineConstantExpr>(stage.range))
      return arith::ConstantIndexOp::create(b, loc, fixed.getValue());
    if (auto loop = dyn_cast<scf::ForOp>(stage.ops[0]))
      return loop.getUpperBound();
    Value extent = extentOf(b, cast<GenericOp>(stage.ops[0]));
    if (stage.split->unit == 1)
      return extent;
    return arith::CeilDivSIOp::create(b, loc, extent,
                                      arith::ConstantIndexOp::create(b, loc, stage.split->unit));
  }

  /// The range counts units, the nests' dimension 0 counts points.
  void setRange(OpBuilder &b, const Stage &stage, Value low, Value high) {
    Location loc = func.getLoc();
    if (int64_t unit = stage.split->unit; unit > 1) {
      Value size = arith::ConstantIndexOp::create(b, loc, unit);
      Value whole = extentOf(b, cast<GenericOp>(stage.ops[0]));
      low = arith::MulIOp::create(b, loc, low, size);
      high = arith::MinSIOp::create(b, loc, whole, arith::MulIOp::create(b, loc, high, size));
    }
    for (Operation *op : stage.ops)
      cast<GenericOp>(op).getRangeMutable().assign({low, high});
  }

  func::FuncOp func;
  SmallVector<Stage> stages;
  ArrayRef<int64_t> given; ///< the schedule's phases
  int64_t additionsPerNs = 0;
};
} // namespace
