#include "dialects/Kernel/Kernel.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Lower/Lower.h"
#include "passes/Lower/Lowering.h"

namespace tenon {
#define GEN_PASS_DEF_LOWERTASKS
#include "passes/Lower/Lower.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

/// Zeros around the elements of `t`, as its layout wants them. Only the last two dimensions have them, rows
/// and columns, which lie one after the other: in memory, the zeros after a row are followed by those before
/// the next one, and are written with them.
static void fillHalo(TaskBuilder &task, const Tensor &t) {
  if (!t.layout)
    return;
  int64_t row = t.rank() - 2, column = t.rank() - 1, rows = *nn::getStatic(t.dims[row]),
          columns = *nn::getStatic(t.dims[column]), above = t.layout.getHaloOf(row),
          beside = t.layout.getHaloOf(column);
  // `count` neighbours from (first + i, start) on, for `lines` values of i.
  auto fill = [&](int64_t first, int64_t lines, int64_t start, int64_t count) {
    if (lines * count == 0)
      return;
    nn::Dims dims = t.dims;
    dims[row] = task.dim(lines);
    dims[column] = task.dim(count);
    Nest nest(task, dims);
    SmallVector<AffineExpr> subscripts = nest.parallelDims();
    subscripts[row] = subscripts[row] + first;
    subscripts[column] = subscripts[column] + start;
    nest.out(t, subscripts);
    nest.emit([&](ScalarBuilder &s, ValueRange, ValueRange) {
      return Nest::Values{s.constant(computeType(t.element), 0)};
    });
  };
  int64_t outside = above * (columns + 2 * beside) + beside;
  fill(-above, 1, -beside, outside);
  fill(0, rows - 1, columns, 2 * beside);
  fill(rows - 1, 1, columns, outside);
}

/// How a value between the operators of a task lies: on the way to a result of its type as that one, else
/// with its blocks; without a halo where a convolution reads it.
static sched::LayoutAttr layoutBetween(Value value, ArrayRef<Value> results, TaskBuilder &task) {
  sched::LayoutAttr layout = results.size() == 1 ? task.values[results[0]].layout : sched::LayoutAttr();
  if (!layout || nn::getDims(value).size() != nn::getDims(results[0]).size() ||
      nn::getElementType(value) != nn::getElementType(results[0]))
    return {};
  if (results[0].getType() == value.getType() &&
      llvm::none_of(value.getUsers(), [](Operation *user) { return isa<nn::ConvOp>(user); }))
    return layout;
  return sched::LayoutAttr::get(task.context(), layout.getOrder(), layout.getBlocks(), {}, {});
}

int64_t TaskBuilder::takeRows(int64_t choice, int64_t most) {
  size_t place = rows.size();
  rows.push_back(place < givenRows.size() ? givenRows[place] : choice);
  // What does not fit is reported once, when all is lowered.
  if (rows.back() < 1 || rows.back() > most)
    rows.back() = choice;
  return rows.back();
}

/// Lowers the body of `task` into `@kernel` of a new module beside it.
static LogicalResult lowerTask(sched::TaskOp task, ArrayAttr symbols, MathLibrary &library, int64_t l2Bytes) {
  OpBuilder b(task);
  b.setInsertionPointAfter(task);
  Location loc = task.getLoc();
  auto module = ModuleOp::create(b, loc, (task.getSymName() + kTaskModuleSuffix).str());
  if (symbols)
    module->setAttr(nn::NNDialect::kSymbolsAttr, symbols);

  Block &body = task.getBody().front();
  SmallVector<Value> results(body.getTerminator()->getOperands());
  SmallVector<Type> arguments;
  auto addPointer = [&](Type element) { arguments.push_back(MemRefType::get({}, storageType(element))); };
  for (Value operand : body.getArguments())
    addPointer(nn::getElementType(operand));
  for (Value result : results)
    addPointer(nn::getElementType(result));
  addPointer(b.getI8Type());  // scratch
  addPointer(b.getI64Type()); // symbols
  arguments.append(2, b.getIndexType());
  b.setInsertionPointToStart(module.getBody());
  auto func = func::FuncOp::create(b, loc, "kernel", b.getFunctionType(arguments, {}));
  // The planner gives every buffer of a run its own place, but for operands that are views of each other,
  // which are only read, and a result that may be written where an operand is read.
  ArrayRef<int64_t> inPlace = task.getInPlace().value_or(ArrayRef<int64_t>());
  for (unsigned i = 0; i < arguments.size() - 2; ++i) {
    bool mayBeOne = llvm::is_contained(inPlace, i) || (!inPlace.empty() && i == body.getNumArguments());
    func.setArgAttr(i, mayBeOne ? StringRef(kInPlaceAttr) : "llvm.noalias", b.getUnitAttr());
  }
  b.setInsertionPointToStart(func.addEntryBlock());

  TaskBuilder builder(b, loc, library);
  builder.l2Bytes = l2Bytes;
  builder.symbolCount = symbols ? symbols.size() : 0;
  sched::ScheduleAttr schedule = task.getScheduleAttr();
  if (!schedule)
    schedule = sched::ScheduleAttr::get(b.getContext(), {}, {}, {}, {});
  builder.givenRows = schedule.getRows();
  ArrayRef<BlockArgument> pointers = func.getArguments();
  builder.symbols =
      builder.view(pointers[arguments.size() - 3], b.getI64Type(), {builder.dim(builder.symbolCount)}).memref;
  unsigned next = 0;
  auto bind = [&](Value value) {
    Tensor &tensor = builder.values[value];
    nn::Dims dims = nn::getDims(value);
    sched::LayoutAttr layout = task.getLayout(next);
    if (layout && layout.isTransformed()) {
      dims.clear();
      for (int64_t extent : layout.getTransformedShape(cast<RankedTensorType>(value.getType()).getShape()))
        dims.push_back(builder.dim(extent));
    }
    tensor = builder.view(pointers[next], nn::getElementType(value), dims);
    tensor.layout = layout;
    if (tensor.layout)
      func.setArgAttr(next, kLayoutAttr, tensor.layout);
    ++next;
  };
  for (Value operand : body.getArguments())
    bind(operand);
  for (Value result : results)
    bind(result);
  for (Operation &op : body.without_terminator()) {
    builder.loc = op.getLoc();
    if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
      Value y = constant.getY();
      builder.values[y] = {Value(), nn::getElementType(y), nn::getDims(y), {}, constant.getValue()};
      continue;
    }
    for (Value result : op.getResults())
      if (!builder.values.count(result)) {
        builder.values[result] = builder.scratch(nn::getElementType(result), nn::getDims(result),
                                                 layoutBetween(result, results, builder));
      }
    const Lowering *lowering = Lowerings::get().find(op.getName().getStringRef());
    if (!lowering)
      return op.emitOpError("has no lowering");
    if (failed((*lowering)(&op, builder)))
      return failure();
  }
  if (!builder.givenRows.empty() && builder.givenRows != ArrayRef(builder.rows))
    return task.emitOpError("expected rows that fit the task, such as ")
           << ArrayRef(builder.rows) << ", but got " << builder.givenRows;
  module->setAttr(kScheduleAttr, sched::ScheduleAttr::get(b.getContext(), builder.rows, schedule.getStrips(),
                                                          schedule.getPhases(), schedule.getNests()));
  for (Value result : results)
    fillHalo(builder, builder.values[result]);
  func::ReturnOp::create(b, loc);
  module->setAttr("tenon.flops", AffineMapAttr::get(AffineMap::get(0, builder.symbolCount, builder.flops)));
  // One phase, of which nobody knows yet how to split it.
  for (auto [name, value] : {std::pair("tenon.range", 1), std::pair("tenon.work", 0)})
    module->setAttr(
        name, AffineMapAttr::get(AffineMap::get(0, builder.symbolCount, b.getAffineConstantExpr(value))));
  for (StringRef name : {"tenon.scratch", "tenon.shared"})
    module->setAttr(name, b.getI64IntegerAttr(0));
  return success();
}

namespace {
struct LowerTasks : tenon::impl::LowerTasksBase<LowerTasks> {
  using LowerTasksBase::LowerTasksBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto symbols = module->getAttrOfType<ArrayAttr>(nn::NNDialect::kSymbolsAttr);
    MathLibrary library(&getContext());
    SmallVector<sched::TaskOp> tasks(module.getOps<sched::TaskOp>());
    for (sched::TaskOp task : tasks)
      if (failed(lowerTask(task, symbols, library, l2Bytes)))
        return signalPassFailure();
  }
};
} // namespace
