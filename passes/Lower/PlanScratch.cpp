#include "dialects/Kernel/Kernel.h"
#include "dialects/NN/NN.h"
#include "lib/Support/ArenaPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/Lower/Expand/Access.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_PLANSCRATCH
#define GEN_PASS_DEF_ASSIGNRANGE
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

/// First and last position, among the function's top-level operations, where `value` or a view of it is used.
static void extendLifetime(Value value, const DenseMap<Operation *, int64_t> &positions, Block *top,
                           int64_t &last) {
  for (Operation *user : value.getUsers()) {
    Operation *ancestor = top->findAncestorOpInBlock(*user);
    last = std::max(last, positions.lookup(ancestor));
    for (Value result : user->getResults())
      if (isa<MemRefType>(result.getType()))
        extendLifetime(result, positions, top, last);
  }
}

namespace {
struct PlanScratch : tenon::impl::PlanScratchBase<PlanScratch> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("kernel");
    if (!func)
      return;
    Block &top = func.getBody().front();
    DenseMap<Operation *, int64_t> positions;
    for (auto [i, op] : llvm::enumerate(top))
      positions[&op] = i;
    auto bounds = nn::getSymbolBounds(module);
    SmallVector<memref::AllocOp> allocs;
    func.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    if (allocs.empty())
      return;
    std::vector<Lifetime> lifetimes;
    for (memref::AllocOp alloc : allocs) {
      MemRefType type = alloc.getType();
      int64_t bytes = elementBytes(type.getElementType());
      auto extents = alloc->getAttrOfType<AffineMapAttr>(kExtentsAttr);
      for (auto [i, extent] : llvm::enumerate(type.getShape())) {
        int64_t maximum = extent;
        if (ShapedType::isDynamic(extent)) {
          auto range = extents ? nn::getBounds(extents.getValue().getResult(i), bounds) : std::nullopt;
          if (!range) {
            alloc.emitOpError("expected a bounded size");
            return signalPassFailure();
          }
          maximum = range->second;
        }
        if (llvm::MulOverflow(bytes, std::max<int64_t>(maximum, 0), bytes)) {
          alloc.emitOpError("the temporary buffer's size overflows");
          return signalPassFailure();
        }
      }
      int64_t first = positions.lookup(top.findAncestorOpInBlock(*alloc)), last = first;
      extendLifetime(alloc, positions, &top, last);
      lifetimes.push_back({first, last + 1, bytes});
    }
    ArenaPlan plan = planArena(lifetimes);
    OpBuilder b(&top, top.begin());
    Value pointer = func.getArgument(func.getNumArguments() - 4);
    auto bytesType = MemRefType::get({plan.bytes}, b.getI8Type());
    Value scratch = memref::ReinterpretCastOp::create(
        b, func.getLoc(), bytesType, pointer, OpFoldResult(b.getIndexAttr(0)),
        ArrayRef<OpFoldResult>{b.getIndexAttr(plan.bytes)}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
    for (auto [alloc, offset] : llvm::zip(allocs, plan.offsets)) {
      b.setInsertionPoint(alloc);
      Value shift = arith::ConstantIndexOp::create(b, alloc.getLoc(), offset);
      Value view =
          memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), scratch, shift, alloc.getDynamicSizes());
      alloc.replaceAllUsesWith(view);
      alloc.erase();
    }
    module->setAttr("tenon.scratch", b.getI64IntegerAttr(plan.bytes));
  }
};

struct AssignRange : tenon::impl::AssignRangeBase<AssignRange> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("kernel");
    if (!func)
      return;
    SmallVector<kernel::GenericOp> nests;
    bool simple = true;
    func.walk([&](Operation *op) {
      if (auto nest = dyn_cast<kernel::GenericOp>(op))
        nests.push_back(nest);
      simple &= !isa<LoopLikeOpInterface, memref::AllocOp, memref::StoreOp>(op);
    });
    auto extents = nests.empty() ? AffineMapAttr() : nests[0]->getAttrOfType<AffineMapAttr>(kExtentsAttr);
    if (!simple || !extents || !areIndependent(nests))
      return;
    if (llvm::any_of(nests, [](kernel::GenericOp nest) { return nest.getNumParallel() == 0; }))
      return;
    int64_t extent = nests[0].getStaticExtents()[0], unit = 1;
    for (kernel::GenericOp nest : nests) {
      if (nest.getStaticExtents()[0] != extent || !nest.getRange().empty() ||
          (nests.size() > 1 && ShapedType::isDynamic(extent)))
        return;
      unit = std::max(unit, kernel::getRangeUnit(nest));
    }
    if (llvm::any_of(nests, [&](kernel::GenericOp nest) { return unit % kernel::getRangeUnit(nest) != 0; }))
      return;
    // Too few iterations are not worth splitting, and a loop over a range hides that they are few.
    constexpr int64_t kMinRange = 8;
    if (!ShapedType::isDynamic(extent) && extent < kMinRange)
      return;
    unsigned arguments = func.getNumArguments();
    Value begin = func.getArgument(arguments - 2), end = func.getArgument(arguments - 1);
    AffineMap map = extents.getValue();
    AffineExpr range = map.getResult(0);
    // A range over a blocked dimension counts blocks.
    if (unit > 1) {
      OpBuilder b(nests[0]);
      Location loc = nests[0].getLoc();
      Value size = arith::ConstantIndexOp::create(b, loc, unit);
      Value whole = getValueOrCreateConstantIndexOp(b, loc, nests[0].getMixedExtents()[0]);
      begin = arith::MulIOp::create(b, loc, begin, size);
      end = arith::MinSIOp::create(b, loc, whole, arith::MulIOp::create(b, loc, end, size));
      range = range.ceilDiv(unit);
    }
    for (kernel::GenericOp nest : nests)
      nest.getRangeMutable().assign({begin, end});
    module->setAttr("tenon.range", AffineMapAttr::get(AffineMap::get(0, map.getNumSymbols(), range)));
  }

private:
  /// Whether no nest reads what another writes.
  static bool areIndependent(ArrayRef<kernel::GenericOp> nests) {
    llvm::DenseSet<Value> written;
    for (kernel::GenericOp nest : nests)
      for (Value output : nest.getOutputs())
        written.insert(rootOf(output));
    if (nests.size() == 1)
      return true;
    for (kernel::GenericOp nest : nests) {
      bool reads =
          llvm::any_of(nest.getInputs(), [&](Value input) { return written.contains(rootOf(input)); });
      nest->walk([&](Operation *op) {
        if (auto load = dyn_cast<kernel::LoadOp>(op))
          reads |= written.contains(rootOf(load.getBuffer()));
        else if (auto load = dyn_cast<memref::LoadOp>(op))
          reads |= written.contains(rootOf(load.getMemRef()));
      });
      if (reads)
        return false;
    }
    return true;
  }
  /// The buffer that `memref` is a view of.
  static Value rootOf(Value memref) {
    while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
      memref = view.getViewSource();
    return memref;
  }
};
} // namespace
