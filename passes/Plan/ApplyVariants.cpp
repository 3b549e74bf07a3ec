#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Plan/Plan.h"

namespace tenon {
#define GEN_PASS_DEF_APPLYVARIANTS
#include "passes/Plan/Plan.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

namespace {
struct ApplyVariants : tenon::impl::ApplyVariantsBase<ApplyVariants> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main)
      return;
    for (auto constant : main.getOps<nn::ConstantOp>())
      constants.try_emplace({constant.getValue(), constant->getAttr(kLayoutAttr)}, constant.getY());
    for (auto task : getOperation().getOps<sched::TaskOp>())
      if (failed(apply(task, main)))
        return signalPassFailure();
    for (auto constant : llvm::make_early_inc_range(main.getOps<nn::ConstantOp>()))
      if (replaced.contains(constant) && constant.use_empty())
        constant.erase();
  }

private:
  LogicalResult apply(sched::TaskOp task, func::FuncOp main) {
    auto wanted = dyn_cast_if_present<ArrayAttr>(task->removeAttr(kWantedLayoutsAttr));
    if (!wanted)
      return success();
    size_t operands = task.getArgumentTypes().size(), values = operands + task.getResultTypes().size();
    if (wanted.size() != values)
      return task.emitOpError("expected ") << values << " layouts that are wanted, but got " << wanted.size();
    SmallVector<unsigned> changed;
    for (unsigned i = 0; i < values; ++i)
      if (dyn_cast<sched::LayoutAttr>(wanted[i]) != task.getLayout(i))
        changed.push_back(i);
    for (auto run : main.getOps<sched::RunOp>()) {
      if (run.getTask() != task.getSymName())
        continue;
      for (unsigned i : changed) {
        auto constant = i < operands ? run.getInputs()[i].getDefiningOp<nn::ConstantOp>() : nn::ConstantOp();
        if (!constant)
          return task.emitOpError("expected a constant where another layout is wanted, but ")
                 << (i < operands ? "operand " : "result ") << (i < operands ? i : i - operands)
                 << " is none";
        run.getInputsMutable()[i].set(pack(constant, dyn_cast<sched::LayoutAttr>(wanted[i])));
      }
    }
    task.setLayoutsAttr(wanted);
    return success();
  }

  /// The constant in another layout; one for all that read it so.
  Value pack(nn::ConstantOp constant, sched::LayoutAttr layout) {
    auto [it, isNew] = constants.try_emplace({constant.getValue(), layout});
    if (isNew) {
      OpBuilder b(constant);
      auto clone = cast<nn::ConstantOp>(b.clone(*constant));
      clone->removeAttr(kLayoutAttr);
      if (layout)
        clone->setAttr(kLayoutAttr, layout);
      it->second = clone.getY();
    } else if (Operation *other = it->second.getDefiningOp(); constant->isBeforeInBlock(other)) {
      // It serves the first of its readers, too.
      other->moveBefore(constant);
    }
    replaced.insert(constant);
    return it->second;
  }

  DenseMap<std::pair<Attribute, Attribute>, Value> constants;
  llvm::DenseSet<Operation *> replaced; ///< those that a task read before
};
} // namespace
