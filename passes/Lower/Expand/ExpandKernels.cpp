#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/Expand/Combiners.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Expand/Expander.h"
#include "passes/Lower/Expand/Schedules.h"
#include <numeric>

namespace tenon {
#define GEN_PASS_DEF_EXPANDKERNELS
#include "passes/Lower/Expand/Expand.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

namespace {
/// Expands one kernel.generic.
class Expander {
public:
  Expander(GenericOp op)
      : op(op), nest(op), schedule(*op.getSchedule()), b(op), loc(op.getLoc()),
        region(b, loc, schedule.lanes, op), loops(nest.loops), parallel(nest.parallel),
        vectorDim(schedule.vectorDim), bounds(nest.bounds) {}

  void run() {
    for (OpFoldResult extent : op.getMixedExtents())
      extents.push_back(getValueOrCreateConstantIndexOp(b, loc, extent));
    SmallVector<Value> buffers(op.getInputs());
    llvm::append_range(buffers, op.getOutputs());
    for (auto [i, buffer] : llvm::enumerate(buffers))
      operands.push_back(makeOperand(buffer, op.getMap(i)));
    for (LoadOp load : getLoads(op))
      loads[load] = makeOperand(load.getBuffer(), load.getMap());
    // What the regions read at computed subscripts is viewed before the loops too.
    op->walk([&](memref::LoadOp load) { region.flatten(load.getMemRef()); });
    coordinates.assign(loops, Value());
    tile.assign(loops, 1);
    alignment.assign(loops, 1);
    blocks.assign(loops, std::nullopt);
    emitParallel(0, Value());
  }

private:
  /// Address of an operand: flat[offset + sum of coordinate * step], and where a dimension has a block
  /// (coordinate floordiv size) * outer + (coordinate mod size) * inner.
  struct Operand {
    Value memref;
    Value offset;
    SmallVector<Value> steps; ///< per loop dimension; null where the operand does not depend on it
    SmallVector<std::optional<BlockStep<Value>>> blocks;

    Value start; ///< the position where the iteration being emitted begins, if that is all LLVM shall know

    bool dependsOn(int64_t d) const { return steps[d] || blocks[d]; }
  };

  Operand makeOperand(Value buffer, AffineMap map) {
    const FlatBuffer &flat = region.flatten(buffer);
    Operand operand{flat.memref, flat.offset, SmallVector<Value>(loops), {}, {}};
    operand.blocks.assign(loops, std::nullopt);
    auto accumulate = [&](Value &sum, int64_t coefficient, Value stride) {
      Value step = region.mulIndex(region.constIndex(coefficient), stride);
      sum = sum ? region.addIndex(sum, step) : step;
    };
    for (auto [expr, stride] : llvm::zip(map.getResults(), flat.strides)) {
      Coefficients coefficients = *getCoefficients(expr, loops);
      accumulate(operand.offset, coefficients.constant, stride);
      for (int64_t d = 0; d < loops; ++d) {
        if (coefficients.dims[d])
          accumulate(operand.steps[d], coefficients.dims[d], stride);
        if (auto &block = coefficients.blocks[d]) {
          if (!operand.blocks[d])
            operand.blocks[d] = BlockStep<Value>{block->size, Value(), Value()};
          assert(operand.blocks[d]->size == block->size && "checked by getLinearAccess");
          accumulate(operand.blocks[d]->outer, block->outer, stride);
          accumulate(operand.blocks[d]->inner, block->inner, stride);
        }
      }
    }
    return operand;
  }

  /// Position along a blocked dimension of the point `offset` after the tile's coordinate, which is a
  /// multiple of the dimension's alignment.
  Value blockPosition(const BlockStep<Value> &block, int64_t d, int64_t offset) {
    Value base = coordinates[d];
    Value size = region.constIndex(block.size);
    auto at = [&](Value outer, Value inner) {
      return region.addIndex(region.mulIndex(outer, block.outer), region.mulIndex(inner, block.inner));
    };
    if (std::optional<int64_t> fixed = getConstantIntValue(base))
      return at(region.constIndex((*fixed + offset) / block.size),
                region.constIndex((*fixed + offset) % block.size));
    // The base starts a block, or lies in one with all points of the tile.
    bool starts = alignment[d] % block.size == 0,
         inside = block.size % alignment[d] == 0 && offset < alignment[d];
    if (!starts && !inside) {
      base = region.addIndex(base, region.constIndex(offset));
      offset = 0;
    }
    Value outer = arith::DivUIOp::create(b, loc, base, size);
    Value inner = starts ? region.constIndex(0) : Value(arith::RemUIOp::create(b, loc, base, size));
    return region.addIndex(
        at(outer, inner), at(region.constIndex(offset / block.size), region.constIndex(offset % block.size)));
  }

  /// Points [low, high) of a dimension, and how many these are, if that is known.
  struct Interval {
    Value low, high;
    std::optional<int64_t> length;
  };

  static Interval between(Value low, Value high) {
    std::optional<int64_t> first = getConstantIntValue(low), last = getConstantIntValue(high);
    return {low, high, first && last ? std::optional(std::max<int64_t>(*last - *first, 0)) : std::nullopt};
  }

  /// Runs `body` with the dimension's coordinate over the interval in steps of `step`; a single iteration
  /// needs no loop.
  void emitLoop(int64_t d, const Interval &all, int64_t step, llvm::function_ref<void()> body) {
    if (all.length && *all.length == 0)
      return;
    if (all.length && *all.length <= step) {
      coordinates[d] = all.low;
      return body();
    }
    auto loop = scf::ForOp::create(b, loc, all.low, all.high, region.constIndex(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    coordinates[d] = loop.getInductionVar();
    body();
  }

  /// The whole steps of an interval, and the rest.
  std::pair<Interval, Interval> splitAt(const Interval &all, int64_t step) {
    if (!all.length) {
      Value middle = floorTo(all.low, all.high, step);
      return {between(all.low, middle), between(middle, all.high)};
    }
    int64_t whole = *all.length / step * step;
    std::optional<int64_t> first = getConstantIntValue(all.low);
    Value middle = first                  ? region.constIndex(*first + whole)
                   : whole == *all.length ? all.high
                                          : region.addIndex(all.low, region.constIndex(whole));
    return {{all.low, middle, whole}, {middle, all.high, *all.length - whole}};
  }

  /// low + floor((high - low) / step) * step
  Value floorTo(Value low, Value high, int64_t step) {
    std::optional<int64_t> first = getConstantIntValue(low), last = getConstantIntValue(high);
    if (first && last)
      return region.constIndex(*first + std::max<int64_t>(*last - *first, 0) / step * step);
    Value length = arith::SubIOp::create(b, loc, high, low);
    Value rest = arith::RemUIOp::create(b, loc, length, region.constIndex(step));
    return arith::SubIOp::create(b, loc, high, rest);
  }

  void emitParallel(unsigned depth, Value mask) {
    if (depth == schedule.order.size())
      return emitTile(mask);
    int64_t d = schedule.order[depth];
    if (d == parallel)
      return emitPasses(depth, mask);
    bool ranged = d == 0 && nest.isRanged;
    Interval all = blocks[d] ? *blocks[d]
                   : ranged  ? between(op.getRange()[0], op.getRange()[1])
                             : between(region.constIndex(0), extents[d]);
    if (schedule.getBlock(d) && !blocks[d])
      return emitBlocks(d, depth, all, mask);
    int64_t size = schedule.tile[d];
    // Tiles start at multiples of their size, unless the range starts anywhere.
    auto inner = [&](int64_t points, Value innerMask, int64_t start) {
      return [this, d, depth, points, innerMask, start, ranged] {
        tile[d] = points;
        alignment[d] = ranged ? std::gcd(start, getRangeUnit(op)) : start;
        emitParallel(depth + 1, innerMask);
      };
    };
    if (d == vectorDim) {
      int64_t lanes = schedule.lanes;
      auto [wide, left] = splitAt(all, size * lanes);
      emitLoop(d, wide, size * lanes, inner(size, mask, size * lanes));
      if (left.length) {
        // One tile of all that is left, of which the last vector may be in part empty.
        int64_t rest = *left.length, count = llvm::divideCeil(rest, lanes);
        coordinates[d] = left.low;
        maskedVector = (count - 1) * lanes;
        if (rest > 0)
          inner(count, rest % lanes ? makeMask(rest % lanes) : mask, size * lanes)();
        maskedVector = 0;
      } else {
        Value narrow = size > 1 ? floorTo(left.low, left.high, lanes) : left.low;
        if (size > 1)
          emitLoop(d, between(left.low, narrow), lanes, inner(1, mask, lanes));
        emitTail(d, narrow, left.high, [&](Value tailMask) { inner(1, tailMask, lanes)(); });
      }
    } else {
      auto [full, left] = splitAt(all, size);
      emitTiles(d, full, size, inner(size, mask, size));
      if (left.length && *left.length > 0) {
        coordinates[d] = left.low;
        inner(*left.length, mask, size)();
      } else if (size > 1 && !left.length) {
        int64_t few = getRestSize(size, llvm::product_of(ArrayRef(schedule.tile).take_front(parallel)));
        auto [some, rest] = splitAt(left, few);
        emitLoop(d, some, few, inner(few, mask, few));
        if (few > 1)
          emitLoop(d, rest, 1, inner(1, mask, 1));
      }
    }
    tile[d] = 1;
  }

  /// A loop over the blocks of a dimension, whose tiles are a loop further inside. Where it is known, the
  /// last and smaller block is code of its own.
  void emitBlocks(int64_t d, unsigned depth, const Interval &all, Value mask) {
    int64_t size = schedule.getBlock(d);
    auto inner = [&](std::optional<Value> end, std::optional<int64_t> length) {
      Value start = coordinates[d];
      blocks[d] = Interval{start, end ? *end : region.addIndex(start, region.constIndex(size)), length};
      emitParallel(depth + 1, mask);
      blocks[d] = std::nullopt;
    };
    if (!all.length)
      return emitLoop(d, all, size, [&] {
        Value end = region.addIndex(coordinates[d], region.constIndex(size));
        inner(arith::MinSIOp::create(b, loc, end, all.high).getResult(), std::nullopt);
      });
    auto [full, left] = splitAt(all, size);
    emitLoop(d, full, size, [&] { inner(std::nullopt, size); });
    if (*left.length > 0) {
      coordinates[d] = left.low;
      inner(left.high, left.length);
    }
  }

  /// Runs `body` with the dimension's coordinate over tiles of `size` points. Tiles of which unrolled
  /// reductions have no point outside of the domain share a loop; the others are code of their own.
  void emitTiles(int64_t d, const Interval &all, int64_t size, llvm::function_ref<void()> body) {
    auto isInner = [&](int64_t start) {
      return llvm::all_of(bounds, [&](const DomainBound &bound) {
        if (bound.parallelDim != d || !isUnrolled(bound.reductionDim))
          return true;
        int64_t last = op.getStaticExtents()[bound.reductionDim] - 1, end = start + size - 1;
        return bound.holds(start, 0) && bound.holds(start, last) && bound.holds(end, 0) &&
               bound.holds(end, last);
      });
    };
    std::optional<int64_t> first = getConstantIntValue(all.low), last = getConstantIntValue(all.high);
    if (!first || !last)
      return emitLoop(d, all, size, body);
    for (int64_t start = *first; start < *last;) {
      int64_t end = start + size;
      while (isInner(start) && end < *last && isInner(end))
        end += size;
      emitLoop(d, between(region.constIndex(start), region.constIndex(end)), size, body);
      start = end;
    }
  }

  /// Whether an iteration of the reductions' loops has all points along `d`.
  bool isUnrolled(int64_t d) { return schedule.tile[d] == op.getStaticExtents()[d]; }

  /// Where the loop over the reduction `d` begins and ends at the present point of the parallel dimensions.
  std::pair<Value, Value> reductionRange(int64_t d) {
    Value low = region.constIndex(0), high = extents[d];
    for (const DomainBound &bound : bounds) {
      if (bound.reductionDim != d || isUnrolled(d))
        continue;
      // constant + parallelStep * p
      Value rest = region.constIndex(bound.constant);
      if (bound.parallelDim >= 0)
        rest = region.addIndex(
            rest, region.mulIndex(coordinates[bound.parallelDim], region.constIndex(bound.parallelStep)));
      int64_t step = std::abs(bound.reductionStep);
      auto divide = [&](Value value) {
        value = arith::MaxSIOp::create(b, loc, value, region.constIndex(0));
        return step == 1 ? value : arith::DivUIOp::create(b, loc, value, region.constIndex(step)).getResult();
      };
      if (bound.reductionStep > 0) {
        Value before = arith::SubIOp::create(b, loc, region.constIndex(step - 1), rest);
        Value first = divide(before);
        low = getConstantIntValue(low) == 0 ? first : arith::MaxSIOp::create(b, loc, low, first).getResult();
      } else {
        high = arith::MinSIOp::create(b, loc, high, divide(region.addIndex(rest, region.constIndex(step))));
      }
    }
    return {low, high};
  }

  /// Whether a point of the present tile, given as offsets from its coordinates, is in the domain. Where a
  /// coordinate is only known at run time, a loop sees to it.
  bool isInDomain(ArrayRef<int64_t> point) {
    return llvm::all_of(bounds, [&](const DomainBound &bound) {
      std::optional<int64_t> p = 0;
      if (bound.parallelDim >= 0)
        p = getConstantIntValue(coordinates[bound.parallelDim]);
      if (!p || !isUnrolled(bound.reductionDim))
        return true;
      return bound.holds(bound.parallelDim < 0 ? 0 : *p + point[bound.parallelDim],
                         point[bound.reductionDim]);
    });
  }

  /// The inner loops again for every part of the first reduction.
  void emitPasses(unsigned depth, Value mask) {
    Value pass = region.constIndex(schedule.pass);
    auto loop = scf::ForOp::create(b, loc, region.constIndex(0), extents[parallel], pass);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    passStart = loop.getInductionVar();
    passEnd = region.addIndex(passStart, pass);
    emitParallel(depth + 1, mask);
    passStart = passEnd = Value();
  }

  /// A mask of the first `count` lanes.
  Value makeMask(int64_t count) {
    SmallVector<bool> bits(schedule.lanes, false);
    std::fill_n(bits.begin(), count, true);
    auto type = VectorType::get({schedule.lanes}, b.getI1Type());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, bits));
  }

  /// `mask`, where it is about the vector of this point of the tile.
  Value maskAt(ArrayRef<int64_t> point, Value mask) const {
    return vectorDim >= parallel || vectorDim < 0 || point[vectorDim] == maskedVector ? mask : Value();
  }

  /// The last, partial vector of a length that is only known at run time.
  void emitTail(int64_t d, Value low, Value high, llvm::function_ref<void(Value)> body) {
    auto type = VectorType::get({schedule.lanes}, b.getI1Type());
    Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, low, high);
    auto branch = scf::IfOp::create(b, loc, some, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value mask = vector::CreateMaskOp::create(b, loc, type, Value(arith::SubIOp::create(b, loc, high, low)));
    coordinates[d] = low;
    body(mask);
  }

  /// All points of the current register tile: per parallel dimension, the offset from its coordinate.
  SmallVector<SmallVector<int64_t>> tilePoints() {
    SmallVector<SmallVector<int64_t>> points = {SmallVector<int64_t>(loops, 0)};
    // Neighbouring points share what does not move with the vector dimension: one broadcast lives at a time.
    SmallVector<int64_t> order;
    for (int64_t d = 0; d < loops; ++d)
      if (d != vectorDim)
        order.push_back(d);
    if (vectorDim >= 0)
      order.push_back(vectorDim);
    for (int64_t d : order) {
      SmallVector<SmallVector<int64_t>> next;
      int64_t step = d == vectorDim ? schedule.lanes : 1;
      for (auto &point : points)
        for (int64_t i = 0; i < (d < parallel ? tile[d] : 1); ++i) {
          next.push_back(point);
          next.back()[d] = i * step;
        }
      points = next;
    }
    return points;
  }

  Lane coordinate(int64_t d, int64_t offset) {
    Value base = offset ? region.addIndex(coordinates[d], region.constIndex(offset)) : coordinates[d];
    return {base, d == vectorDim ? 1 : 0};
  }

  /// The operand's position at a tile point; loop coordinates not yet set (reductions, for outputs) do not
  /// matter.
  Lane position(const Operand &operand, ArrayRef<int64_t> point) {
    Lane lane{operand.start ? operand.start : operand.offset, 0};
    for (int64_t d = 0; d < loops; ++d) {
      // What comes before `startDims` is in the start already.
      if (operand.start && d < startDims) {
        if (auto &block = operand.blocks[d]) {
          lane.base = region.addIndex(
              lane.base,
              region.addIndex(region.mulIndex(region.constIndex(point[d] / block->size), block->outer),
                              region.mulIndex(region.constIndex(point[d] % block->size), block->inner)));
          if (d == vectorDim)
            lane.step = *getConstantIntValue(block->inner);
        } else if (Value step = operand.steps[d]) {
          lane.base = region.addIndex(lane.base, region.mulIndex(region.constIndex(point[d]), step));
          if (d == vectorDim)
            lane.step = *getConstantIntValue(step);
        }
        continue;
      }
      if (auto &block = operand.blocks[d]) {
        lane.base = region.addIndex(lane.base, blockPosition(*block, d, point[d]));
        if (d == vectorDim)
          lane.step = *getConstantIntValue(block->inner);
      }
      Value step = operand.steps[d];
      if (!step)
        continue;
      lane.base = region.addIndex(lane.base, region.mulIndex(coordinates[d], step));
      if (point[d])
        lane.base = region.addIndex(lane.base, region.mulIndex(region.constIndex(point[d]), step));
      if (d != vectorDim)
        continue;
      std::optional<int64_t> fixed = getConstantIntValue(step);
      if (fixed) {
        lane.step = *fixed;
      } else {
        // Strides known at run time only: positions of all lanes.
        Value ramp = region.iota(1, b.getIndexType());
        Value wide = vector::BroadcastOp::create(b, loc, ramp.getType(), step);
        rampOf = arith::MulIOp::create(b, loc, ramp, wide);
      }
    }
    if (rampOf) {
      lane = Lane{arith::AddIOp::create(b, loc, region.vectorOf(lane), rampOf), 0};
      rampOf = Value();
    }
    return lane;
  }

  using Points = ArrayRef<SmallVector<int64_t>>;

  /// One evaluation of the body at every tile point, with equal loads done once.
  SmallVector<SmallVector<Value>> emitBody(Points points, ArrayRef<SmallVector<Value>> accs, Value mask) {
    std::map<std::pair<unsigned, SmallVector<int64_t>>, Lane> loaded;
    SmallVector<SmallVector<Value>> results;
    Block &body = op.getBody().front();
    for (auto [p, point] : llvm::enumerate(points)) {
      llvm::DenseMap<Value, Lane> values;
      for (unsigned i = 0; i < op.getInputs().size(); ++i) {
        SmallVector<int64_t> relevant(loops, 0);
        for (int64_t d = 0; d < loops; ++d)
          if (operands[i].dependsOn(d))
            relevant[d] = point[d];
        auto [it, isNew] = loaded.try_emplace({i, relevant});
        if (isNew) {
          it->second = region.load(operands[i].memref, position(operands[i], relevant), maskAt(point, mask));
          // Broadcast once, not at each use.
          if (region.lanes > 1 && isa<FloatType>(it->second.base.getType()))
            it->second = Lane{region.vectorOf(it->second), 0};
        }
        values[body.getArgument(i)] = it->second;
      }
      if (!accs.empty())
        for (auto [i, acc] : llvm::enumerate(accs[p]))
          values[body.getArgument(op.getInputs().size() + i)] = Lane{acc, 0};
      results.push_back(emitRegion(body, values, point, maskAt(point, mask)));
    }
    return results;
  }

  /// Clones a region's block; returns the yielded values as vectors (scalars if not vectorised).
  SmallVector<Value> emitRegion(Block &block, llvm::DenseMap<Value, Lane> &values, ArrayRef<int64_t> point,
                                Value mask) {
    SmallVector<Lane> at;
    for (int64_t d = 0; d < loops; ++d)
      at.push_back(coordinates[d] ? coordinate(d, point[d]) : Lane{Value(), 0});
    for (Operation &inner : block.without_terminator()) {
      if (auto load = dyn_cast<LoadOp>(inner)) {
        const Operand &operand = loads[load];
        values[load] = region.load(operand.memref, position(operand, point), mask);
        continue;
      }
      values[inner.getResult(0)] = region.clone(&inner, values, at, mask);
    }
    SmallVector<Value> yielded;
    for (Value value : block.getTerminator()->getOperands()) {
      auto it = values.find(value);
      Lane lane = it == values.end() ? Lane{value, 0} : it->second;
      yielded.push_back(isVector() ? region.vectorOf(lane) : lane.base);
    }
    return yielded;
  }

  bool isVector() const { return vectorDim >= 0 && region.lanes > 1; }

  void emitTile(Value mask) {
    SmallVector<SmallVector<int64_t>> points = tilePoints();
    if (op.getReductions() == 0) {
      storeOutputs(points, emitBody(points, {}, mask), mask);
      return;
    }
    bool reducesLanes = vectorDim >= parallel;
    int64_t vectors = reducesLanes ? schedule.tile[vectorDim] : 1;
    // Accumulators: [tile point][vector of the reduction][accumulator].
    SmallVector<Value> accs;
    for (size_t p = 0; p < points.size() * vectors; ++p)
      for (auto [i, init] : llvm::enumerate(op.getInits())) {
        Value start = init;
        if (reducesLanes)
          start = arith::ConstantOp::create(b, loc, neutralElement(b, getCombiner(op, i)));
        accs.push_back(isVector() ? region.vectorOf(Lane{start, 0}) : start);
      }
    if (passStart)
      accs = onlyIn(
          passStart, region.constIndex(0), ValueRange(accs).getTypes(), [&] { return accs; },
          [&] { return loadAccumulators(points, mask); });
    tileMask = mask;
    findPrefetches();
    if (!isLongIteration(points.size()))
      fixStarts(points.size(), parallel);
    accs = emitReduction(parallel, points, accs, vectors);
    forgetStarts();
    if (!passStart)
      return finishTile(points, accs, mask);
    SmallVector<SmallVector<Value>> raw;
    for (Value acc : accs)
      raw.push_back({acc});
    auto finish = [&]() -> SmallVector<Value> {
      finishTile(points, accs, mask);
      return {};
    };
    auto keep = [&]() -> SmallVector<Value> {
      storeOutputs(points, raw, mask);
      return {};
    };
    onlyIn(passEnd, extents[parallel], {}, finish, keep);
  }

  /// The values of `then` if a == b, else of `otherwise`.
  SmallVector<Value> onlyIn(Value a, Value b, TypeRange types, llvm::function_ref<SmallVector<Value>()> then,
                            llvm::function_ref<SmallVector<Value>()> otherwise) {
    OpBuilder &builder = this->b;
    Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
    auto branch = scf::IfOp::create(builder, loc, types, equal, /*addThenBlock=*/true, /*addElseBlock=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(builder, loc, then());
    builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(builder, loc, otherwise());
    return SmallVector<Value>(branch.getResults());
  }

  /// What the pass before left in the output.
  SmallVector<Value> loadAccumulators(Points points, Value mask) {
    const Operand &out = operands[op.getInputs().size()];
    SmallVector<Value> accs;
    for (auto &point : points)
      accs.push_back(region.vectorOf(region.load(out.memref, position(out, point), maskAt(point, mask))));
    return accs;
  }

  /// The epilogue at every point of a tile whose reductions are complete.
  void finishTile(Points points, ArrayRef<Value> accs, Value mask) {
    bool reducesLanes = vectorDim >= parallel;
    int64_t vectors = reducesLanes ? schedule.tile[vectorDim] : 1;
    unsigned perPoint = op.getInits().size();
    SmallVector<SmallVector<Value>> outputs;
    for (auto [p, point] : llvm::enumerate(points)) {
      SmallVector<Value> finals(accs.begin() + p * vectors * perPoint,
                                accs.begin() + (p * vectors + 1) * perPoint);
      if (reducesLanes)
        finals = combineLanes(accs.slice(p * vectors * perPoint, vectors * perPoint), perPoint);
      llvm::DenseMap<Value, Lane> values;
      Block &epilogue = op.getEpilogue().front();
      for (auto [argument, value] : llvm::zip(epilogue.getArguments(), finals))
        values[argument] = Lane{value, 0};
      if (!reducesLanes) {
        outputs.push_back(emitRegion(epilogue, values, point, maskAt(point, mask)));
        continue;
      }
      // After a reduction over lanes the epilogue is scalar.
      int64_t lanes = region.lanes;
      region.lanes = 1;
      outputs.push_back(emitRegion(epilogue, values, point, Value()));
      region.lanes = lanes;
    }
    if (reducesLanes) {
      for (auto [point, values] : llvm::zip(points, outputs))
        for (auto [i, value] : llvm::enumerate(values)) {
          const Operand &out = operands[op.getInputs().size() + i];
          memref::StoreOp::create(b, loc, value, out.memref, position(out, point).base);
        }
      return;
    }
    storeOutputs(points, outputs, mask);
  }

  /// Whether an iteration of the innermost loop is worth an address of its own.
  bool isLongIteration(size_t points) const {
    constexpr int64_t kLong = 32;
    int64_t steps = points;
    for (int64_t d = parallel; d < loops; ++d)
      steps *= schedule.tile[d];
    return steps >= kLong;
  }

  /// Hides from LLVM where the inputs of a tile (`dims` = parallel) or of one iteration (`dims` = loops)
  /// begin, so that it addresses all their elements by constant distances from there. It would hoist the
  /// addresses of an iteration out of the loop otherwise, one by one, and loads that several tiles share,
  /// and spill them.
  void fixStarts(size_t points, int64_t dims) {
    if (points < 4 || vectorDim >= parallel)
      return;
    startDims = dims;
    SmallVector<Value> saved(coordinates);
    for (int64_t d = dims; d < loops; ++d)
      coordinates[d] = region.constIndex(0);
    for (Operand &operand : MutableArrayRef(operands).take_front(op.getInputs().size()))
      if (hasFixedDistances(operand, dims))
        operand.start = hide(position(operand, SmallVector<int64_t>(loops, 0)).base);
    coordinates = saved;
  }

  void forgetStarts() {
    for (Operand &operand : operands)
      operand.start = Value();
  }

  /// `index`, of which LLVM knows nothing.
  Value hide(Value index) {
    Type wide = b.getI64Type();
    Value number = arith::IndexCastOp::create(b, loc, wide, index);
    auto hidden = LLVM::InlineAsmOp::create(
        b, loc, wide, ValueRange{number}, "", "=r,0", /*has_side_effects=*/true, /*is_align_stack=*/false,
        LLVM::tailcallkind::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr());
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), hidden.getResult(0));
  }

  /// Whether the points of the present tile are at distances from its first that do not depend on the
  /// coordinates of the first `dims` dimensions.
  bool hasFixedDistances(const Operand &operand, int64_t dims) {
    for (int64_t d = 0; d < dims; ++d) {
      if (auto &block = operand.blocks[d]) {
        int64_t points = tile[d] * (d == vectorDim ? schedule.lanes : 1);
        if (alignment[d] % block->size && (block->size % alignment[d] || points > alignment[d]))
          return false;
      } else if (d == vectorDim && operand.steps[d] && !getConstantIntValue(operand.steps[d])) {
        return false;
      }
    }
    return true;
  }

  /// Where the stretch after the one that this tile reads lies, and which part of it this tile asks for.
  void findPrefetches() {
    prefetchBase = Value();
    prefetchesAhead = false;
    if (!schedule.prefetch)
      return;
    Stretch stretch = *getStretch(nest, schedule);
    prefetchOf = stretch.input;
    auto type = cast<MemRefType>(operands[prefetchOf].memref.getType());
    prefetchLine = kLine / llvm::divideCeil(type.getElementTypeBitWidth(), 8u);
    prefetchesAhead = stretch.repetitions < 2;
    if (prefetchesAhead)
      return;
    // The number of this tile among those that read the same.
    Value number = region.constIndex(0), place = coordinates[vectorDim];
    bool inside = false;
    if (stretch.parts > 1) {
      int64_t width = schedule.tile[vectorDim] * schedule.lanes;
      Value inBlock = arith::RemUIOp::create(b, loc, place, region.constIndex(stretch.parts * width));
      number = arith::DivUIOp::create(b, loc, inBlock, region.constIndex(width));
      place = arith::SubIOp::create(b, loc, place, inBlock);
    }
    SmallVector<bool> begun(loops, false);
    for (const Loop &loop : nest.getLoops(schedule)) {
      // Of a block's tiles, the number in the block; of blocks, that of the block.
      int64_t d = loop.dim;
      bool isBlock = schedule.getBlock(d) && !begun[d];
      if (d == vectorDim) {
        inside = !isBlock;
      } else if (inside && !loop.isPass) {
        Value from = blocks[d] && isBlock ? blocks[d]->low : coordinates[d];
        if (blocks[d] && !isBlock && getConstantIntValue(blocks[d]->low) != 0)
          from = arith::SubIOp::create(b, loc, from, blocks[d]->low);
        Value index = arith::DivUIOp::create(b, loc, from, region.constIndex(loop.step));
        number = region.addIndex(region.mulIndex(number, region.constIndex(loop.count())), index);
      }
      begun[d] = true;
    }
    int64_t perTile = getIterations(nest, schedule) * schedule.prefetch * prefetchLine;
    SmallVector<Value> saved(coordinates);
    for (int64_t d = parallel; d < loops; ++d)
      coordinates[d] = d == parallel && passStart ? passStart : region.constIndex(0);
    coordinates[vectorDim] = place;
    Value start = position(operands[prefetchOf], SmallVector<int64_t>(loops, 0)).base;
    coordinates = saved;
    // A tile that nothing is left for asks for the same lines all the time, which costs least; the one before
    // asks again for some.
    Value share = region.mulIndex(number, region.constIndex(perTile));
    int64_t last = std::max<int64_t>(stretch.elements - perTile, 0);
    Value isLeft =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, share, region.constIndex(stretch.elements));
    Value stride = region.constIndex(schedule.prefetch * prefetchLine);
    prefetchStride = arith::SelectOp::create(b, loc, isLeft, stride, region.constIndex(0));
    prefetchBase = region.addIndex(region.addIndex(start, region.constIndex(stretch.elements)),
                                   arith::MinUIOp::create(b, loc, share, region.constIndex(last)));
  }

  /// Asks for this iteration's lines of the stretch that comes next.
  void emitPrefetches() {
    if (!prefetchBase)
      return;
    // The number of this iteration among those of the tile.
    Value iteration = region.constIndex(0);
    for (int64_t d = parallel; d < loops; ++d) {
      int64_t size = schedule.tile[d];
      Value from = passStart && d == parallel
                       ? Value(arith::SubIOp::create(b, loc, coordinates[d], passStart))
                       : coordinates[d];
      iteration =
          region.mulIndex(iteration, region.constIndex(llvm::divideCeil(op.getStaticExtents()[d], size)));
      if (getConstantIntValue(from) != 0)
        iteration = region.addIndex(iteration, arith::DivUIOp::create(b, loc, from, region.constIndex(size)));
    }
    Value first = region.addIndex(prefetchBase, region.mulIndex(iteration, prefetchStride));
    // To the second cache: the first one is for what is read now.
    for (int64_t i = 0; i < schedule.prefetch; ++i)
      emitPrefetch(first, i * prefetchLine, 2);
  }

  /// Asks for what comes a little after the vectors of a step that nothing else reads, each cache line once.
  void prefetchAhead(Points points) {
    const Operand &operand = operands[prefetchOf];
    for (auto &point : points) {
      // Of the points that read the same, the first asks for it.
      auto moves = [&](int64_t d) {
        return d == vectorDim ? point[d] % prefetchLine : point[d] && !operand.dependsOn(d);
      };
      if (llvm::none_of(llvm::seq(loops), moves))
        emitPrefetch(position(operand, point).base, schedule.ahead / kLine * prefetchLine, 3);
    }
  }

  /// To the first cache with locality 3, to the second with 2.
  void emitPrefetch(Value from, int64_t distance, uint32_t locality) {
    Value at = region.addIndex(from, region.constIndex(distance));
    memref::PrefetchOp::create(b, loc, operands[prefetchOf].memref, at, /*isWrite=*/false, locality, true);
  }

  SmallVector<Value> combineLanes(ArrayRef<Value> accs, unsigned perPoint) {
    SmallVector<Value> finals;
    for (unsigned i = 0; i < perPoint; ++i) {
      Operation *combiner = getCombiner(op, i);
      Value vector = accs[i];
      for (size_t v = perPoint + i; v < accs.size(); v += perPoint)
        vector = vector::makeArithReduction(b, loc, combiningKind(combiner), vector, accs[v]);
      Value init = op.getInits()[i];
      auto flags =
          isa<FloatType>(init.getType()) ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none;
      Value scalar = vector::ReductionOp::create(b, loc, combiningKind(combiner), vector, flags);
      // Lanes start from the neutral element, so an accumulator that starts from it too is complete.
      Attribute start;
      bool isNeutral = matchPattern(init, m_Constant(&start)) && start == neutralElement(b, combiner);
      finals.push_back(isNeutral ? scalar
                                 : vector::makeArithReduction(b, loc, combiningKind(combiner), scalar, init));
    }
    return finals;
  }

  SmallVector<Value> emitReduction(int64_t d, Points points, SmallVector<Value> accs, int64_t vectors,
                                   Value mask = Value()) {
    if (d == loops) {
      bool isLong = isLongIteration(points.size());
      if (isLong)
        fixStarts(points.size(), loops);
      accs = unrollReduction(points, accs, vectors, mask);
      emitPrefetches();
      if (isLong)
        forgetStarts();
      return accs;
    }
    if (d != vectorDim) {
      int64_t size = schedule.tile[d];
      bool passes = passStart && d == parallel;
      auto [begin, end] = reductionRange(d);
      Value zero = passes ? passStart : begin,
            full = passes ? passEnd : (size == 1 ? end : floorTo(zero, end, size));
      auto inner = [&](int64_t count, int64_t start) {
        return [this, d, points, vectors, mask, count, start](SmallVector<Value> carried) {
          tile[d] = count;
          alignment[d] = start;
          carried = emitReduction(d + 1, points, carried, vectors, mask);
          tile[d] = 1;
          return carried;
        };
      };
      accs = carry(d, zero, full, size, accs, inner(size, size));
      if (passes)
        return accs;
      std::optional<int64_t> first = getConstantIntValue(full), last = getConstantIntValue(extents[d]);
      if (!first || !last || size == 1)
        return size == 1 ? accs : carry(d, full, extents[d], 1, accs, inner(1, 1));
      if (*last == *first)
        return accs;
      coordinates[d] = full;
      accs = inner(*last - *first, size)(accs);
      coordinates[d] = Value();
      return accs;
    }
    int64_t lanes = schedule.lanes;
    alignment[d] = lanes;
    Value zero = region.constIndex(0), wide = floorTo(zero, extents[d], vectors * lanes),
          narrow = floorTo(wide, extents[d], lanes);
    accs = carry(d, zero, wide, vectors * lanes, accs, [&](SmallVector<Value> inner) {
      return emitReduction(d + 1, points, inner, vectors, mask);
    });
    // What is left goes to the first vector of each point.
    unsigned perPoint = op.getInits().size();
    auto narrowStep = [&](SmallVector<Value> all, Value tailMask) {
      SmallVector<Value> first;
      for (size_t p = 0; p < points.size(); ++p)
        first.append(all.begin() + p * vectors * perPoint, all.begin() + (p * vectors + 1) * perPoint);
      first = emitReduction(d + 1, points, first, 1, tailMask);
      for (size_t p = 0; p < points.size(); ++p)
        std::copy_n(first.begin() + p * perPoint, perPoint, all.begin() + p * vectors * perPoint);
      return all;
    };
    if (vectors > 1)
      accs = carry(d, wide, narrow, lanes, accs,
                   [&](SmallVector<Value> inner) { return narrowStep(inner, Value()); });
    std::optional<int64_t> first = getConstantIntValue(narrow), last = getConstantIntValue(extents[d]);
    if (first && last && *first >= *last)
      return accs;
    auto type = VectorType::get({lanes}, b.getI1Type());
    Value rest = arith::SubIOp::create(b, loc, extents[d], narrow);
    Value tailMask = vector::CreateMaskOp::create(b, loc, type, rest);
    coordinates[d] = narrow;
    accs = narrowStep(accs, tailMask);
    coordinates[d] = Value();
    return accs;
  }

  /// The points of the reductions' tiles, one after the other, at all points of the tile.
  SmallVector<Value> unrollReduction(Points points, SmallVector<Value> accs, int64_t vectors, Value mask) {
    SmallVector<SmallVector<int64_t>> offsets = {SmallVector<int64_t>(loops, 0)};
    for (int64_t d = parallel; d < loops; ++d) {
      SmallVector<SmallVector<int64_t>> next;
      for (auto &offset : offsets)
        for (int64_t i = 0; i < (d == vectorDim ? 1 : tile[d]); ++i) {
          next.push_back(offset);
          next.back()[d] = i;
        }
      offsets = next;
    }
    /// One step of the accumulators of one point: the point with the reductions' offsets.
    struct Step {
      SmallVector<int64_t> at;
      size_t point;
    };
    SmallVector<Step> steps;
    for (auto &offset : offsets)
      for (auto [p, point] : llvm::enumerate(points)) {
        SmallVector<int64_t> at(point);
        std::copy(offset.begin() + parallel, offset.end(), at.begin() + parallel);
        if (isInDomain(at))
          steps.push_back({at, p});
      }
    // Windows of neighbours overlap: what is loaded once should be used at once, not kept.
    if (std::optional<LinearAccess> shared = findSharedInput(
            op, llvm::map_to_vector(steps, [](const Step &step) { return ArrayRef<int64_t>(step.at); })))
      llvm::stable_sort(steps, [&](const Step &x, const Step &y) {
        return getDistance(*shared, x.at) < getDistance(*shared, y.at);
      });
    // Those that follow each other at different points are one evaluation of the body.
    size_t perPoint = vectors * op.getInits().size();
    for (size_t first = 0; first < steps.size();) {
      SmallVector<SmallVector<int64_t>> at;
      SmallVector<Value> current;
      size_t end = first;
      for (; end < steps.size() && (end == first || steps[end].point > steps[end - 1].point); ++end) {
        at.push_back(steps[end].at);
        current.append(accs.begin() + steps[end].point * perPoint,
                       accs.begin() + (steps[end].point + 1) * perPoint);
      }
      current = stepAccumulators(at, current, vectors, mask);
      for (size_t i = first; i < end; ++i)
        std::copy_n(current.begin() + (i - first) * perPoint, perPoint,
                    accs.begin() + steps[i].point * perPoint);
      first = end;
    }
    return accs;
  }

  /// A reduction loop that carries the accumulators.
  SmallVector<Value> carry(int64_t d, Value low, Value high, int64_t step, SmallVector<Value> accs,
                           llvm::function_ref<SmallVector<Value>(SmallVector<Value>)> body) {
    std::optional<int64_t> first = getConstantIntValue(low), last = getConstantIntValue(high);
    if (first && last && *last <= *first)
      return accs;
    if (first && last && *last - *first <= step) {
      coordinates[d] = low;
      accs = body(accs);
      coordinates[d] = Value();
      return accs;
    }
    auto loop = scf::ForOp::create(b, loc, low, high, region.constIndex(step), accs);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    coordinates[d] = loop.getInductionVar();
    SmallVector<Value> next = body(SmallVector<Value>(loop.getRegionIterArgs()));
    scf::YieldOp::create(b, loc, next);
    coordinates[d] = Value();
    return SmallVector<Value>(loop.getResults());
  }

  /// One step of all accumulators: every tile point, and every vector of a vectorised reduction.
  SmallVector<Value> stepAccumulators(Points points, ArrayRef<Value> accs, int64_t vectors, Value mask) {
    unsigned perPoint = op.getInits().size();
    SmallVector<SmallVector<int64_t>> all;
    SmallVector<SmallVector<Value>> current;
    for (auto [p, point] : llvm::enumerate(points))
      for (int64_t v = 0; v < vectors; ++v) {
        all.push_back(SmallVector<int64_t>(point));
        if (vectorDim >= parallel)
          all.back()[vectorDim] = v * schedule.lanes;
        auto from = accs.begin() + (p * vectors + v) * perPoint;
        current.emplace_back(from, from + perPoint);
      }
    // A mask over a parallel dimension guards loads only; over the reduction it also keeps accumulators of
    // idle lanes.
    Value loadMask = mask ? mask : tileMask;
    SmallVector<SmallVector<Value>> next = emitBody(all, current, loadMask);
    if (prefetchesAhead)
      prefetchAhead(points);
    SmallVector<Value> flat;
    for (auto [before, after] : llvm::zip(current, next))
      for (auto [old, value] : llvm::zip(before, after))
        flat.push_back(mask ? Value(arith::SelectOp::create(b, loc, mask, value, old)) : value);
    return flat;
  }

  void storeOutputs(Points points, ArrayRef<SmallVector<Value>> results, Value mask) {
    for (auto [point, values] : llvm::zip(points, results)) {
      Value own = maskAt(point, mask);
      for (auto [i, value] : llvm::enumerate(values)) {
        const Operand &out = operands[op.getInputs().size() + i];
        Lane at = position(out, point);
        if (!isVector())
          memref::StoreOp::create(b, loc, value, out.memref, at.base);
        else if (isa<VectorType>(at.base.getType()))
          vector::ScatterOp::create(b, loc, Type(), out.memref, region.constIndex(0), at.base,
                                    own ? own : region.fullMask(), value);
        else
          region.store(value, out.memref, at, own);
      }
    }
  }

  GenericOp op;
  NestInfo nest;
  Schedule schedule;
  OpBuilder b;
  Location loc;
  RegionVectorizer region;
  int64_t loops, parallel, vectorDim;
  SmallVector<DomainBound> bounds;
  SmallVector<Value> extents, coordinates;
  SmallVector<std::optional<Interval>> blocks; ///< the present one, while its tiles are emitted
  SmallVector<Operand> operands;
  llvm::DenseMap<Operation *, Operand> loads; ///< of the kernel.loads
  int64_t startDims = 0;                      ///< dimensions whose coordinates are in the operands' starts
  SmallVector<int64_t> tile;                  ///< of the tile being emitted
  SmallVector<int64_t> alignment;             ///< what the tile's coordinates are multiples of
  int64_t maskedVector = 0;                   ///< what the tile's mask is about, as offset of its first lane
  Value tileMask;                             ///< of the tile being emitted, over a parallel vector dimension
  Value rampOf;
  static constexpr int64_t kLine = 64; ///< bytes of a cache line
  bool prefetchesAhead = false;        ///< what the tile itself reads, not the stretch after it
  Value prefetchBase;       ///< where the tile's part of the stretch begins; null if it prefetches nothing
  Value prefetchStride;     ///< from the lines of an iteration to those of the next
  unsigned prefetchOf = 0;  ///< the input
  int64_t prefetchLine = 0; ///< elements of a cache line
  Value passStart, passEnd; ///< of the first reduction, if the schedule has passes
};

struct ExpandKernels : tenon::impl::ExpandKernelsBase<ExpandKernels> {
  void runOnOperation() override {
    SmallVector<GenericOp> ops;
    getOperation()->walk([&](GenericOp op) { ops.push_back(op); });
    for (GenericOp op : ops) {
      if (!op.getSchedule()) {
        op.emitOpError("expected a schedule; run tenon-schedule-kernels first");
        return signalPassFailure();
      }
      for (auto [buffer, map] : getAccesses(op))
        for (AffineExpr expr : map.getResults())
          if (!getCoefficients(expr, op.getNumLoops())) {
            op.emitOpError("expected linear or blocked subscripts, but got ") << AffineMapAttr::get(map);
            return signalPassFailure();
          }
      if (const char *problem = checkSchedule(NestInfo(op), Schedule(*op.getSchedule()))) {
        op.emitOpError(problem) << ", but got " << *op.getSchedule();
        return signalPassFailure();
      }
      Expander(op).run();
      op.erase();
    }
  }
};
} // namespace
