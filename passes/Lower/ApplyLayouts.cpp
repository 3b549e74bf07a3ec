#include "dialects/Kernel/Kernel.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Lower/Lower.h"

namespace tenon {
#define GEN_PASS_DEF_APPLYLAYOUTS
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::kernel;

/// Has every access to `logical` go to `buffer`, which holds its elements in `layout`.
static LogicalResult redirect(Value logical, Value buffer, sched::LayoutAttr layout) {
  AffineMap physical = layout.getMap();
  for (OpOperand &use : llvm::make_early_inc_range(logical.getUses())) {
    if (auto load = dyn_cast<LoadOp>(use.getOwner())) {
      load.setMap(simplifyAffineMap(physical.compose(load.getMap())));
    } else if (auto op = dyn_cast<GenericOp>(use.getOwner())) {
      unsigned first = op.getDynamicExtents().size(), count = op.getInputs().size() + op.getOutputs().size();
      unsigned i = use.getOperandNumber() - first;
      assert(i < count && "memrefs are inputs and outputs");
      (void)count;
      SmallVector<Attribute> maps(op.getMaps().getValue());
      maps[i] = AffineMapAttr::get(simplifyAffineMap(physical.compose(op.getMap(i))));
      op.setMapsAttr(ArrayAttr::get(op.getContext(), maps));
    } else {
      return use.getOwner()->emitError("expected only loop nests to use a buffer in ") << layout;
    }
    use.set(buffer);
  }
  return success();
}

namespace {
struct ApplyLayouts : tenon::impl::ApplyLayoutsBase<ApplyLayouts> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("kernel");
    if (!func)
      return;
    OpBuilder b(&getContext());
    auto bufferType = [](MemRefType type, sched::LayoutAttr layout) {
      // The lowering has given transformed weights their shape already.
      auto plain = sched::LayoutAttr::get(layout.getContext(), layout.getOrder(), layout.getBlocks(),
                                          layout.getHalo(), {});
      return MemRefType::get(plain.getBufferShape(type.getShape()), type.getElementType());
    };
    for (BlockArgument pointer : func.getArguments()) {
      auto layout = func.getArgAttrOfType<sched::LayoutAttr>(pointer.getArgNumber(), kLayoutAttr);
      if (!layout)
        continue;
      func.removeArgAttr(pointer.getArgNumber(), kLayoutAttr);
      for (Operation *user : llvm::make_early_inc_range(pointer.getUsers())) {
        auto view = cast<memref::ReinterpretCastOp>(user);
        b.setInsertionPoint(view);
        MemRefType type = bufferType(view.getType(), layout);
        auto [strides, offset] = type.getStridesAndOffset();
        auto buffer = memref::ReinterpretCastOp::create(b, view.getLoc(), type, pointer, offset,
                                                        type.getShape(), strides);
        if (failed(redirect(view, buffer, layout)))
          return signalPassFailure();
        view.erase();
      }
    }
    SmallVector<memref::AllocOp> allocs;
    func.walk([&](memref::AllocOp alloc) {
      if (alloc->hasAttr(kLayoutAttr))
        allocs.push_back(alloc);
    });
    for (memref::AllocOp alloc : allocs) {
      auto layout = alloc->getAttrOfType<sched::LayoutAttr>(kLayoutAttr);
      b.setInsertionPoint(alloc);
      auto buffer = memref::AllocOp::create(b, alloc.getLoc(), bufferType(alloc.getType(), layout));
      if (failed(redirect(alloc, buffer, layout)))
        return signalPassFailure();
      alloc.erase();
    }
  }
};
} // namespace
