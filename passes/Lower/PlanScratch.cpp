#include "dialects/Kernel/Kernel.h"
#include "dialects/NN/NN.h"
#include "lib/Support/ArenaPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_PLANSCRATCH
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

/// The largest bytes of a temporary buffer; nullopt, with a diagnostic, if they are not known.
static std::optional<int64_t> getBytes(memref::AllocOp alloc, ArrayRef<std::pair<int64_t, int64_t>> bounds) {
  MemRefType type = alloc.getType();
  int64_t bytes = elementBytes(type.getElementType());
  auto extents = alloc->getAttrOfType<AffineMapAttr>(kExtentsAttr);
  for (auto [i, extent] : llvm::enumerate(type.getShape())) {
    int64_t maximum = extent;
    if (ShapedType::isDynamic(extent)) {
      auto range = extents ? nn::getBounds(extents.getValue().getResult(i), bounds) : std::nullopt;
      if (!range) {
        alloc.emitOpError("expected a bounded size");
        return std::nullopt;
      }
      maximum = range->second;
    }
    if (llvm::MulOverflow(bytes, std::max<int64_t>(maximum, 0), bytes)) {
      alloc.emitOpError("the temporary buffer's size overflows");
      return std::nullopt;
    }
  }
  return bytes;
}

static bool isOfOneIteration(memref::AllocOp alloc) {
  for (Operation *parent = alloc->getParentOp(); parent; parent = parent->getParentOp())
    if (parent->hasAttr(kParallelAttr))
      return true;
  return false;
}

namespace {
struct PlanScratch : tenon::impl::PlanScratchBase<PlanScratch> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("kernel");
    if (!func)
      return;
    SmallVector<memref::AllocOp> shared, scratch;
    func.walk([&](memref::AllocOp alloc) { (isOfOneIteration(alloc) ? scratch : shared).push_back(alloc); });
    unsigned pointer = func.getNumArguments() - 4;
    if (!scratch.empty() && failed(place(func, scratch, func.getArgument(pointer), "tenon.scratch")))
      return signalPassFailure();
    if (shared.empty())
      return;
    // One more buffer of the task, the same for all parts of its range.
    OpBuilder b(func);
    if (failed(func.insertArgument(pointer, MemRefType::get({}, b.getI8Type()),
                                   b.getDictionaryAttr(b.getNamedAttr("llvm.noalias", b.getUnitAttr())),
                                   func.getLoc())) ||
        failed(place(func, shared, func.getArgument(pointer), "tenon.shared")))
      return signalPassFailure();
  }

private:
  /// Makes `allocs` views of the memory at `pointer`, whose size becomes the module's attribute `name`.
  LogicalResult place(func::FuncOp func, MutableArrayRef<memref::AllocOp> allocs, Value pointer,
                      StringRef name) {
    ModuleOp module = getOperation();
    Block &top = func.getBody().front();
    DenseMap<Operation *, int64_t> positions;
    for (auto [i, op] : llvm::enumerate(top))
      positions[&op] = i;
    auto bounds = nn::getSymbolBounds(module);
    std::vector<Lifetime> lifetimes;
    for (memref::AllocOp alloc : allocs) {
      std::optional<int64_t> bytes = getBytes(alloc, bounds);
      if (!bytes)
        return failure();
      int64_t first = positions.lookup(top.findAncestorOpInBlock(*alloc)), last = first;
      extendLifetime(alloc, positions, &top, last);
      lifetimes.push_back({first, last + 1, *bytes});
    }
    ArenaPlan plan = planArena(lifetimes);
    OpBuilder b(&top, top.begin());
    auto bytesType = MemRefType::get({plan.bytes}, b.getI8Type());
    Value memory = memref::ReinterpretCastOp::create(
        b, func.getLoc(), bytesType, pointer, OpFoldResult(b.getIndexAttr(0)),
        ArrayRef<OpFoldResult>{b.getIndexAttr(plan.bytes)}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
    for (auto [alloc, offset] : llvm::zip(allocs, plan.offsets)) {
      b.setInsertionPoint(alloc);
      Value shift = arith::ConstantIndexOp::create(b, alloc.getLoc(), offset);
      Value view =
          memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), memory, shift, alloc.getDynamicSizes());
      alloc.replaceAllUsesWith(view);
      alloc.erase();
    }
    module->setAttr(name, b.getI64IntegerAttr(plan.bytes));
    return success();
  }
};
} // namespace
