#include "dialects/Kernel/Kernel.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Ranges.h"

namespace tenon {
#define GEN_PASS_DEF_FUSEROWS
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

namespace {
/// A buffer between two nests: the `producer` writes row `p` at the point `p` of its dimension `producerDim`,
/// the `consumer` reads rows [first + p * step, first + p * step + rows) at the point p of `consumerDim`.
struct Link {
  memref::AllocOp buffer;
  GenericOp producer, consumer;
  int64_t subscript; ///< of the rows
  int64_t producerDim, consumerDim, step, first, rows;

  int64_t extent() { return buffer.getType().getShape()[subscript]; }
  /// Rows that `count` points of the consumer read.
  int64_t rowsFor(int64_t count) const { return (count - 1) * step + rows; }
  /// Bytes of one row.
  int64_t rowBytes() {
    MemRefType type = buffer.getType();
    return type.getNumElements() / extent() * llvm::divideCeil(type.getElementTypeBitWidth(), 8u);
  }
};
} // namespace

/// The nests of the buffer, if there are two and nothing else uses it.
static std::optional<Link> findNests(memref::AllocOp buffer) {
  Link link{buffer, nullptr, nullptr, -1, -1, -1, 1, 0, 1};
  if (!buffer.getType().hasStaticShape())
    return std::nullopt;
  for (OpOperand &use : buffer->getUses()) {
    auto op = dyn_cast<GenericOp>(use.getOwner());
    if (!op || op->getBlock() != buffer->getBlock() || !op.getRange().empty() || !op->hasAttr(kExtentsAttr))
      return std::nullopt;
    GenericOp &side = llvm::is_contained(op.getOutputs(), use.get()) ? link.producer : link.consumer;
    if (side)
      return std::nullopt;
    side = op;
  }
  if (!link.producer || !link.consumer || link.producer == link.consumer ||
      !link.producer->isBeforeInBlock(link.consumer) || link.producer.getOutputs().size() != 1)
    return std::nullopt;
  return link;
}

/// Finds rows of the buffer along subscript `i`.
static bool findRows(Link &link, int64_t i) {
  GenericOp producer = link.producer, consumer = link.consumer;
  auto dim = dyn_cast<AffineDimExpr>(producer.getOutputMap(0).getResult(i));
  if (!dim || producer.getStaticExtents()[dim.getPosition()] != link.buffer.getType().getShape()[i])
    return false;
  link.subscript = i;
  link.producerDim = dim.getPosition();
  AffineMap map;
  for (auto [number, input] : llvm::enumerate(consumer.getInputs()))
    if (input == link.buffer.getResult())
      map = consumer.getMap(number);
  auto read = map ? getCoefficients(map.getResult(i), consumer.getNumLoops()) : std::nullopt;
  if (!read || llvm::any_of(read->blocks, [](auto &block) { return block.has_value(); }))
    return false;
  link.first = read->constant;
  link.rows = 1;
  link.consumerDim = -1;
  for (auto [d, step] : llvm::enumerate(read->dims)) {
    if (step == 0)
      continue;
    int64_t extent = consumer.getStaticExtents()[d];
    if (step < 0 || ShapedType::isDynamic(extent))
      return false;
    if (int64_t(d) >= consumer.getNumParallel()) {
      link.rows += (extent - 1) * step;
      continue;
    }
    if (link.consumerDim >= 0)
      return false;
    link.consumerDim = d;
    link.step = step;
  }
  return link.consumerDim >= 0;
}

/// Whether only what has no effect stands between the two nests.
static bool areNeighbours(GenericOp producer, GenericOp consumer) {
  for (Operation *op = producer->getNextNode(); op != consumer; op = op->getNextNode())
    if (!isMemoryEffectFree(op) && !isa<memref::AllocOp>(op))
      return false;
  return true;
}

namespace {
struct FuseRows : tenon::impl::FuseRowsBase<FuseRows> {
  using FuseRowsBase::FuseRowsBase;
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("kernel");
    if (!func)
      return;
    sched::ScheduleAttr schedule = getSchedule(getOperation());
    ArrayRef<int64_t> given = schedule ? schedule.getStrips() : ArrayRef<int64_t>();
    SmallVector<int64_t> strips; // (subscript, rows) of each buffer
    for (auto buffer : llvm::make_early_inc_range(func.getBody().front().getOps<memref::AllocOp>())) {
      std::optional<Link> link = findNests(buffer);
      if (!link || !areNeighbours(link->producer, link->consumer))
        continue;
      SmallVector<int64_t> candidates;
      for (int64_t i = 0; i < buffer.getType().getRank(); ++i)
        if (findRows(*link, i) && !ShapedType::isDynamic(extentOf(*link)))
          candidates.push_back(i);
      if (candidates.empty())
        continue;
      std::pair<int64_t, int64_t> strip(candidates[0], 0);
      if (!given.empty()) {
        if (strips.size() + 2 > given.size())
          return refuse(func, given);
        strip = {given[strips.size()], given[strips.size() + 1]};
      } else {
        for (int64_t i : candidates)
          if (findRows(*link, i))
            if (int64_t length = chooseLength(*link)) {
              strip = {i, length};
              break;
            }
      }
      strips.append({strip.first, strip.second});
      if (strip.second == 0)
        continue;
      if (!llvm::is_contained(candidates, strip.first) || !findRows(*link, strip.first) || strip.second < 0 ||
          strip.second >= extentOf(*link))
        return refuse(func, given);
      fuse(*link, strip.second);
    }
    if (!given.empty() && given != ArrayRef(strips))
      return refuse(func, given);
    if (schedule)
      getOperation()->setAttr(kScheduleAttr, schedule.withStrips(strips));
  }

private:
  static int64_t extentOf(Link &link) { return link.consumer.getStaticExtents()[link.consumerDim]; }

  void refuse(func::FuncOp func, ArrayRef<int64_t> strips) {
    func.emitError("expected strips = a subscript of rows, and fewer rows than it has, for each buffer that "
                   "can be computed by strips, but got ")
        << strips;
    signalPassFailure();
  }

  /// How many rows of the consumer make a strip; 0 if it is better without.
  int64_t chooseLength(Link &link) {
    // A quarter of the second cache, so that what the nests read and write beside it has room, too.
    int64_t extent = extentOf(link), most = l2Bytes / 4 / link.rowBytes();
    if (most < link.rows)
      return 0;
    int64_t longest = std::min(extent, (most - link.rows) / link.step + 1),
            strips = llvm::divideCeil(extent, longest), length = llvm::divideCeil(extent, strips);
    strips = llvm::divideCeil(extent, length);
    // Rows that neighbours both need are computed twice.
    constexpr double kMostTwice = 0.25;
    double twice = double(link.rowsFor(length) - length * link.step) / double(length * link.step);
    return strips < 2 || twice > kMostTwice ? 0 : length;
  }

  /// Computes what the consumer reads where it reads it, strip by strip of `length` rows.
  void fuse(Link &link, int64_t length) {
    GenericOp consumer = link.consumer, producer = link.producer;
    int64_t extent = extentOf(link), strips = llvm::divideCeil(extent, length);
    OpBuilder b(consumer);
    Location loc = consumer.getLoc();
    auto index = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
    auto loop = scf::ForOp::create(b, loc, index(0), index(strips), index(1));
    loop->setAttr(kParallelAttr, b.getUnitAttr());
    moveToFront(producer, {unsigned(link.producerDim)});
    moveToFront(consumer, {unsigned(link.consumerDim)});
    producer->moveBefore(loop.getBody()->getTerminator());
    consumer->moveBefore(loop.getBody()->getTerminator());
    b.setInsertionPointToStart(loop.getBody());
    auto scaled = [&](Value value, int64_t factor, int64_t shift) -> Value {
      if (factor != 1)
        value = arith::MulIOp::create(b, loc, value, index(factor));
      return shift ? arith::AddIOp::create(b, loc, value, index(shift)).getResult() : value;
    };
    Value low = scaled(loop.getInductionVar(), length, 0),
          high = arith::MinSIOp::create(b, loc, scaled(low, 1, length), index(extent));
    consumer.getRangeMutable().assign({low, high});
    consumer->setAttr(kLongestRangeAttr, b.getI64IntegerAttr(length));
    producer->setAttr(kLongestRangeAttr, b.getI64IntegerAttr(link.rowsFor(length)));
    Value first = scaled(low, link.step, link.first),
          end = scaled(high, link.step, link.first + link.rows - link.step);
    producer.getRangeMutable().assign({arith::MaxSIOp::create(b, loc, first, index(0)),
                                       arith::MinSIOp::create(b, loc, end, index(link.extent()))});

    // The strip's rows, seen as part of all rows.
    MemRefType whole = link.buffer.getType();
    SmallVector<int64_t> shape(whole.getShape());
    shape[link.subscript] = link.rowsFor(length);
    auto type = MemRefType::get(shape, whole.getElementType());
    auto strip = memref::AllocOp::create(b, loc, type);
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    Value shift = arith::MulIOp::create(b, loc, first, index(-strides[link.subscript]));
    auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, strides);
    SmallVector<OpFoldResult> sizes, steps;
    for (auto [size, stride] : llvm::zip(whole.getShape(), strides)) {
      sizes.push_back(b.getIndexAttr(size));
      steps.push_back(b.getIndexAttr(stride));
    }
    auto view = memref::ReinterpretCastOp::create(
        b, loc, MemRefType::get(whole.getShape(), whole.getElementType(), layout), strip, OpFoldResult(shift),
        sizes, steps);
    link.buffer.replaceAllUsesWith(view.getResult());
    link.buffer.erase();
  }
};
} // namespace
