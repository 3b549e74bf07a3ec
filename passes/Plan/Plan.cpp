#include "passes/Plan/Plan.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace tenon {
#define GEN_PASS_DEF_PLAN
#include "passes/Plan/Plan.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

/// The task as text, without locations: its identity within the module. Its name, yet to be made unique, is
/// the operator's.
static std::string identity(sched::TaskOp task) {
  std::string text;
  llvm::raw_string_ostream os(text);
  task->print(os, OpPrintingFlags().useLocalScope().printGenericOpForm());
  return text;
}

namespace {
struct Plan : tenon::impl::PlanBase<Plan> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main) {
      module.emitError("expected a function @main");
      return signalPassFailure();
    }
    if (!main.getBody().hasOneBlock()) {
      main.emitError("expected @main to have one block");
      return signalPassFailure();
    }
    Block &body = main.getBody().front();
    if (failed(copyReturnedViews(body)))
      return signalPassFailure();
    SymbolTable symbols(module);
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator())
      if (isa<nn::NNDialect>(op.getDialect()) &&
          (!isa<nn::ConstantOp, nn::ReshapeOp>(op) || copies.contains(&op)))
        ops.push_back(&op);
    for (Operation *op : ops)
      outline(op, symbols);
  }

private:
  /// Makes every returned value the result of a task, each returned once: the caller's buffers are written by
  /// tasks.
  LogicalResult copyReturnedViews(Block &body) {
    Operation *terminator = body.getTerminator();
    llvm::DenseSet<Value> seen;
    OpBuilder b(terminator);
    for (OpOperand &operand : terminator->getOpOperands()) {
      Value value = operand.get();
      Operation *source = value.getDefiningOp();
      bool computed =
          source && !isa<nn::ConstantOp, nn::ReshapeOp>(source) && isa<nn::NNDialect>(source->getDialect());
      if (computed && seen.insert(value).second)
        continue;
      auto type = cast<RankedTensorType>(value.getType());
      nn::Dims dims = nn::getDims(type);
      unsigned symbolCount = nn::getSymbolBounds(getOperation()).size();
      auto shape = AffineMapAttr::get(AffineMap::get(0, symbolCount, dims, b.getContext()));
      auto copy = nn::create<nn::ReshapeOp>(b, value.getLoc(), {value}, {b.getNamedAttr("shape", shape)});
      if (failed(copy))
        return failure();
      copies.insert(*copy);
      operand.set(copy->getResult());
    }
    return success();
  }

  void outline(Operation *op, SymbolTable &symbols) {
    OpBuilder b(op);
    auto task = sched::TaskOp::create(b, op->getLoc(), op->getName().stripDialect());
    Block *block = b.createBlock(&task.getBody());
    SmallVector<Value> operands;
    IRMapping mapping;
    for (Value operand : op->getOperands())
      if (!mapping.contains(operand)) {
        operands.push_back(operand);
        mapping.map(operand, block->addArgument(operand.getType(), operand.getLoc()));
      }
    b.setInsertionPointToStart(block);
    Operation *clone = b.clone(*op, mapping);
    sched::YieldOp::create(b, op->getLoc(), clone->getResults());
    auto [it, isNew] = tasks.try_emplace(identity(task));
    if (isNew) {
      task->remove();
      // Tasks stand before the function, in the order of their first use.
      it->second = symbols.insert(task, Block::iterator(op->getParentOp()));
    } else {
      task.erase();
    }
    b.setInsertionPoint(op);
    auto run = sched::RunOp::create(b, op->getLoc(), op->getResultTypes(), FlatSymbolRefAttr::get(it->second),
                                    operands, nullptr);
    op->replaceAllUsesWith(run);
    op->erase();
  }

  llvm::StringMap<StringAttr> tasks;
  llvm::DenseSet<Operation *> copies;
};
} // namespace
