#include "passes/Plan/Plan.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Plan/Cover.h"
#include "passes/Plan/Layouts.h"
#include "passes/Plan/Views.h"

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
  using PlanBase::PlanBase;
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
    int64_t least = leastVectorBytes ? leastVectorBytes : vectorBytes;
    plan::Layouts layouts(&getContext(), vectorBytes / 4, least / 4, l2Bytes, winograd);
    std::vector<plan::Group> groups = plan::coverBlock(
        body,
        [&](Operation *op) {
          return isa<nn::NNDialect>(op->getDialect()) &&
                 (!isa<nn::ConstantOp, nn::ReshapeOp>(op) || copies.contains(op));
        },
        [&](Operation *producer, Value value, Operation *consumer) {
          return layouts.shouldFuseRows(producer, value, consumer);
        });
    layouts.assign(groups);
    plan::keepViews(groups, layouts);
    for (const plan::Group &group : groups)
      outline(group, layouts, symbols);
    // Those that went into tasks.
    for (auto constant : llvm::make_early_inc_range(body.getOps<nn::ConstantOp>()))
      if (constant.use_empty())
        constant.erase();
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

  void outline(const plan::Group &group, plan::Layouts &layouts, SymbolTable &symbols) {
    Operation *last = group.back();
    OpBuilder b(last);
    auto task = sched::TaskOp::create(b, last->getLoc(), nameOf(group), nullptr, nullptr, nullptr);
    Block *block = b.createBlock(&task.getBody());
    SmallVector<Value> operands;
    SmallVector<Attribute> taskLayouts;
    bool anyLayout = false;
    auto addLayout = [&](Value value) {
      sched::LayoutAttr layout = layouts.of(value);
      taskLayouts.push_back(layout ? Attribute(layout) : b.getUnitAttr());
      anyLayout |= layout != nullptr;
    };
    IRMapping mapping;
    b.setInsertionPointToStart(block);
    for (Operation *op : group) {
      for (Value operand : op->getOperands())
        if (isPartOfTask(operand, op)) {
          mapping.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
        } else if (!mapping.contains(operand)) {
          operands.push_back(operand);
          addLayout(operand);
          mapping.map(operand, block->addArgument(operand.getType(), operand.getLoc()));
        }
      b.clone(*op, mapping);
    }
    SmallVector<Value> results;
    for (Value result : last->getResults()) {
      results.push_back(mapping.lookup(result));
      addLayout(result);
    }
    sched::YieldOp::create(b, last->getLoc(), results);
    if (anyLayout)
      task.setLayoutsAttr(b.getArrayAttr(taskLayouts));
    auto [it, isNew] = tasks.try_emplace(identity(task));
    if (isNew) {
      task->remove();
      // Tasks stand before the function, in the order of their first use.
      it->second = symbols.insert(task, Block::iterator(last->getParentOp()));
    } else {
      task.erase();
    }
    b.setInsertionPoint(last);
    SmallVector<Location> nodes;
    for (Operation *op : group)
      nodes.push_back(op->getLoc());
    auto run = sched::RunOp::create(b, b.getFusedLoc(nodes), last->getResultTypes(),
                                    FlatSymbolRefAttr::get(it->second), operands, nullptr);
    for (auto [from, to] : llvm::zip(last->getResults(), run.getResults()))
      layouts.replace(from, to);
    last->replaceAllUsesWith(run);
    for (Operation *op : llvm::reverse(group))
      op->erase();
  }

  /// A single number, as the bounds of a clip are, is known to the code of the task.
  static bool isPartOfTask(Value operand, Operation *user) {
    auto constant = operand.getDefiningOp<nn::ConstantOp>();
    return constant && constant.getValue().getNumElements() == 1 && plan::isElementwise(user) &&
           user->getNumOperands() == 2;
  }

  /// "conv_relu_add": what the group computes.
  static std::string nameOf(const plan::Group &group) {
    std::string name;
    for (Operation *op : group)
      name += (name.empty() ? "" : "_") + op->getName().stripDialect().str();
    constexpr size_t kLongest = 60;
    return name.substr(0, kLongest);
  }

  llvm::StringMap<StringAttr> tasks;
  llvm::DenseSet<Operation *> copies;
};
} // namespace
