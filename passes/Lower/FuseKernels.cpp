#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_FUSEKERNELS
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

/// The only writer of `alloc`, if `consumer` is its only reader. It may be in a loop before the consumer.
static GenericOp findProducer(memref::AllocOp alloc, GenericOp consumer) {
  GenericOp producer;
  for (OpOperand &use : alloc->getUses()) {
    auto op = dyn_cast<GenericOp>(use.getOwner());
    if (!op)
      return nullptr;
    auto [first, count] = op.getODSOperandIndexAndLength(2); // outputs
    bool writes = use.getOperandNumber() >= first && use.getOperandNumber() < first + count;
    if (writes ? op == consumer || (producer && producer != op) : op != consumer)
      return nullptr;
    if (writes)
      producer = op;
  }
  Operation *place = producer ? consumer->getBlock()->findAncestorOpInBlock(*producer) : nullptr;
  if (!place || !place->isBeforeInBlock(consumer) || producer.getNumParallel() == 0 ||
      llvm::any_of(producer.getOutputs(), [&](Value output) { return output != alloc.getResult(); }))
    return nullptr;
  return producer;
}

/// Whether `consumer`, but for what it reads from `alloc`, gives the same in the loop where `producer`
/// stands.
static bool canMoveUp(GenericOp producer, GenericOp consumer, Value alloc) {
  Operation *place = consumer->getBlock()->findAncestorOpInBlock(*producer);
  bool available = true;
  auto check = [&](Value value) {
    Operation *source = value.getDefiningOp();
    available &= !source || source->getBlock() != consumer->getBlock() || source->isBeforeInBlock(place);
  };
  llvm::for_each(consumer->getOperands(), check);
  consumer->walk([&](Operation *inner) {
    for (Value value : inner->getOperands())
      if (!consumer->isAncestor(value.getParentRegion()->getParentOp()))
        check(value);
  });
  for (Operation *op = place; available && op != consumer; op = op->getNextNode())
    op->walk([&](Operation *inner) {
      if (auto nest = dyn_cast<GenericOp>(inner))
        for (Value output : nest.getOutputs())
          available &= rootOf(output) == alloc || !reads(consumer, rootOf(output));
      else if (auto store = dyn_cast<memref::StoreOp>(inner))
        available &= !reads(consumer, rootOf(store.getMemRef()));
    });
  return available;
}

/// Whether `producer` gives the same where `consumer` stands.
static bool canMove(GenericOp producer, GenericOp consumer) {
  for (Operation *op = producer->getNextNode(); op != consumer; op = op->getNextNode()) {
    if (auto nest = dyn_cast<GenericOp>(op)) {
      if (llvm::any_of(nest.getOutputs(), [&](Value output) { return reads(producer, rootOf(output)); }))
        return false;
    } else if (!isMemoryEffectFree(op) && !isa<memref::AllocOp>(op)) {
      return false;
    }
  }
  return true;
}

/// The consumer's loops as expressions over the producer's, by how it reads the buffer and the producer
/// writes it; null if the consumer does not walk the whole buffer.
static AffineMap substitution(GenericOp producer, GenericOp consumer, AffineMap written, AffineMap read,
                              memref::AllocOp alloc) {
  ArrayRef<int64_t> shape = alloc.getType().getShape();
  auto extents = consumer->getAttrOfType<AffineMapAttr>(kExtentsAttr),
       sizes = alloc->getAttrOfType<AffineMapAttr>(kExtentsAttr);
  for (auto [i, from] : llvm::enumerate(read.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(from);
    bool all = dim ? consumer.getStaticExtents()[dim.getPosition()] == shape[i] : shape[i] == 1;
    if (all && ShapedType::isDynamic(shape[i]))
      all = extents && sizes &&
            extents.getValue().getResult(dim.getPosition()) == sizes.getValue().getResult(i);
    if (!all)
      return AffineMap();
  }
  SmallVector<AffineExpr> loops(consumer.getNumLoops());
  for (auto [from, to] : llvm::zip(read.getResults(), written.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(from);
    if (dim && !loops[dim.getPosition()])
      loops[dim.getPosition()] = to;
    else if (from != getAffineConstantExpr(0, read.getContext()))
      return AffineMap();
  }
  for (auto [loop, extent] : llvm::zip(loops, consumer.getStaticExtents())) {
    if (!loop && extent != 1)
      return AffineMap();
    if (!loop)
      loop = getAffineConstantExpr(0, read.getContext());
  }
  return AffineMap::get(producer.getNumLoops(), 0, loops, producer.getContext());
}

/// Moves the ops of the consumer's body, where `loops` are its coordinates, to the end of `target`.
static void moveBody(OpBuilder &b, GenericOp consumer, AffineMap loops, IRMapping &mapping) {
  Location loc = consumer.getLoc();
  for (Operation &op : consumer.getBody().front().without_terminator()) {
    if (auto index = dyn_cast<IndexOp>(op)) {
      SmallVector<Value> coordinates;
      for (unsigned d = 0; d < loops.getNumDims(); ++d)
        coordinates.push_back(loops.getResult(index.getDim()).isFunctionOfDim(d)
                                  ? IndexOp::create(b, loc, int64_t(d)).getResult()
                                  : Value());
      mapping.map(index.getResult(),
                  affine::expandAffineExpr(b, loc, loops.getResult(index.getDim()), coordinates, {}));
      continue;
    }
    Operation *clone = b.clone(op, mapping);
    if (auto load = dyn_cast<LoadOp>(clone))
      load.setMap(load.getMap().compose(loops));
  }
}

/// Computes `consumer`, which reads `alloc`, where `producer` has its results in registers: once for each of
/// them, with `loops` as the consumer's coordinates.
static void fuse(GenericOp producer, GenericOp consumer, Value alloc, ArrayRef<AffineMap> loops) {
  bool nested = producer->getBlock() != consumer->getBlock();
  OpBuilder b(nested ? producer : consumer);
  Location loc = consumer.getLoc();
  bool reduces = producer.getReductions() > 0;
  SmallVector<Value> inputs(producer.getInputs()), outputs;
  SmallVector<Attribute> maps;
  for (unsigned i = 0; i < inputs.size(); ++i)
    maps.push_back(AffineMapAttr::get(producer.getMap(i)));
  auto composed = [&](unsigned i, AffineMap by) {
    return AffineMapAttr::get(consumer.getMap(i).compose(by));
  };
  for (AffineMap by : loops)
    for (auto [i, input] : llvm::enumerate(consumer.getInputs()))
      if (!reduces && input != alloc) {
        inputs.push_back(input);
        maps.push_back(composed(i, by));
      }
  for (AffineMap by : loops)
    for (auto [i, output] : llvm::enumerate(consumer.getOutputs())) {
      outputs.push_back(output);
      maps.push_back(composed(consumer.getInputs().size() + i, by));
    }
  auto fused = GenericOp::create(b, loc, producer.getDynamicExtents(), inputs, outputs, producer.getInits(),
                                 producer.getRange(), producer.getStaticExtents(), b.getArrayAttr(maps),
                                 producer.getReductions(), producer.getDomainAttr(), ScheduleAttr());
  if (Attribute extents = producer->getAttr(kExtentsAttr))
    fused->setAttr(kExtentsAttr, extents);
  fused.getBody().takeBody(producer.getBody());
  fused.getEpilogue().takeBody(producer.getEpilogue());

  Block &last = reduces ? fused.getEpilogue().front() : fused.getBody().front();
  Operation *yield = last.getTerminator();
  b.setInsertionPoint(yield);
  SmallVector<Value> results;
  for (auto [value, by] : llvm::zip(yield->getOperands(), loops)) {
    IRMapping mapping;
    for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
      BlockArgument argument = consumer.getBody().front().getArgument(i);
      if (input == alloc)
        mapping.map(argument, value);
      else if (reduces)
        mapping.map(argument, LoadOp::create(b, loc, argument.getType(), input, composed(i, by)).getResult());
      else
        mapping.map(argument, last.addArgument(argument.getType(), loc));
    }
    moveBody(b, consumer, by, mapping);
    for (Value result : consumer.getBody().front().getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(result));
  }
  YieldOp::create(b, loc, results);
  yield->erase();
  consumer.erase();
  producer.erase();
}

/// Fuses `consumer` with one of its producers, if it can.
static bool fuseOne(GenericOp consumer) {
  if (consumer.getReductions() > 0 || !consumer.getRange().empty())
    return false;
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    auto alloc = input.getDefiningOp<memref::AllocOp>();
    GenericOp producer = alloc ? findProducer(alloc, consumer) : nullptr;
    if (!producer || !(producer->getBlock() == consumer->getBlock() ? canMove(producer, consumer)
                                                                    : canMoveUp(producer, consumer, alloc)))
      continue;
    SmallVector<AffineMap> loops;
    for (unsigned j = 0; j < producer.getOutputs().size(); ++j)
      loops.push_back(substitution(producer, consumer, producer.getOutputMap(j), consumer.getMap(i), alloc));
    bool sameReads = true;
    for (auto [j, other] : llvm::enumerate(consumer.getInputs()))
      sameReads &= other != input || consumer.getMap(j) == consumer.getMap(i);
    // The fused nest may not overwrite what it has yet to read.
    bool overwrites =
        llvm::any_of(consumer.getOutputs(), [&](Value output) { return reads(producer, rootOf(output)); });
    if (llvm::is_contained(loops, AffineMap()) || !sameReads || overwrites)
      continue;
    fuse(producer, consumer, alloc, loops);
    alloc.erase();
    return true;
  }
  return false;
}

namespace {
struct FuseKernels : tenon::impl::FuseKernelsBase<FuseKernels> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      if (!isa<GenericOp>(block->getParentOp()))
        blocks.push_back(block);
    });
    for (Block *block : blocks) {
      bool changed = true;
      while (changed) {
        changed = false;
        for (GenericOp op : llvm::make_early_inc_range(block->getOps<GenericOp>()))
          if (fuseOne(op)) {
            changed = true;
            break;
          }
      }
    }
  }
};
} // namespace
