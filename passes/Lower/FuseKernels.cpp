#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_FUSEKERNELS
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

/// The buffer that `memref` is a view of.
static Value rootOf(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

static bool reads(GenericOp op, Value root) {
  bool found = llvm::any_of(op.getInputs(), [&](Value input) { return rootOf(input) == root; });
  op->walk([&](Operation *inner) {
    if (auto load = dyn_cast<LoadOp>(inner))
      found |= rootOf(load.getBuffer()) == root;
    else if (auto load = dyn_cast<memref::LoadOp>(inner))
      found |= rootOf(load.getMemRef()) == root;
  });
  return found;
}

/// The only writer of `alloc`, if `consumer` is its only reader and reads each element once.
static GenericOp findProducer(memref::AllocOp alloc, GenericOp consumer) {
  GenericOp producer;
  for (OpOperand &use : alloc->getUses()) {
    auto op = dyn_cast<GenericOp>(use.getOwner());
    if (!op || op->getBlock() != consumer->getBlock())
      return nullptr;
    auto [first, count] = op.getODSOperandIndexAndLength(2); // outputs
    bool writes = use.getOperandNumber() >= first && use.getOperandNumber() < first + count;
    if (writes ? op == consumer || (producer && producer != op) : op != consumer)
      return nullptr;
    if (writes)
      producer = op;
  }
  if (!producer || producer.getOutputs().size() != 1 || !producer->isBeforeInBlock(consumer) ||
      producer.getNumParallel() == 0)
    return nullptr;
  return producer;
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

/// The consumer's loops as expressions over the producer's, by what both do to the buffer at input `i`; null if
/// the consumer does not walk the whole buffer.
static AffineMap substitution(GenericOp producer, GenericOp consumer, unsigned i) {
  AffineMap written = producer.getOutputMap(0), read = consumer.getMap(i);
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

/// Computes `consumer`, which reads `alloc` at input `i`, where `producer` has its results in registers.
static void fuse(GenericOp producer, GenericOp consumer, Value alloc, AffineMap loops) {
  OpBuilder b(consumer);
  Location loc = consumer.getLoc();
  bool reduces = producer.getReductions() > 0;
  SmallVector<Value> inputs(producer.getInputs());
  SmallVector<Attribute> maps;
  for (unsigned i = 0; i < inputs.size(); ++i)
    maps.push_back(AffineMapAttr::get(producer.getMap(i)));
  auto composed = [&](unsigned i) { return AffineMapAttr::get(consumer.getMap(i).compose(loops)); };
  if (!reduces)
    for (auto [i, input] : llvm::enumerate(consumer.getInputs()))
      if (input != alloc) {
        inputs.push_back(input);
        maps.push_back(composed(i));
      }
  for (unsigned i = 0; i < consumer.getOutputs().size(); ++i)
    maps.push_back(composed(consumer.getInputs().size() + i));
  auto fused =
      GenericOp::create(b, loc, producer.getDynamicExtents(), inputs, consumer.getOutputs(), producer.getInits(),
                        producer.getRange(), producer.getStaticExtents(), b.getArrayAttr(maps),
                        producer.getReductions(), ScheduleAttr());
  if (Attribute extents = producer->getAttr(kExtentsAttr))
    fused->setAttr(kExtentsAttr, extents);
  fused.getBody().takeBody(producer.getBody());
  fused.getEpilogue().takeBody(producer.getEpilogue());

  Block &last = reduces ? fused.getEpilogue().front() : fused.getBody().front();
  Operation *yield = last.getTerminator();
  b.setInsertionPoint(yield);
  IRMapping mapping;
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    BlockArgument argument = consumer.getBody().front().getArgument(i);
    if (input == alloc)
      mapping.map(argument, yield->getOperand(0));
    else if (reduces)
      mapping.map(argument, LoadOp::create(b, loc, argument.getType(), input, composed(i)).getResult());
    else
      mapping.map(argument, last.addArgument(argument.getType(), loc));
  }
  moveBody(b, consumer, loops, mapping);
  SmallVector<Value> results;
  for (Value value : consumer.getBody().front().getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(value));
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
    if (!producer || !canMove(producer, consumer))
      continue;
    AffineMap loops = substitution(producer, consumer, i);
    bool sameReads = true;
    for (auto [j, other] : llvm::enumerate(consumer.getInputs()))
      sameReads &= other != input || consumer.getMap(j) == consumer.getMap(i);
    if (!loops || !sameReads)
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
