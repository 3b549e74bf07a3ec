#include "passes/Schedule/Schedule.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "lib/Support/ArenaPlan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Plan/Views.h"

namespace tenon {
#define GEN_PASS_DEF_SCHEDULE
#include "passes/Schedule/Schedule.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;
using sched::PlaceAttr;
using sched::PlaceKind;

namespace {
struct Schedule : tenon::impl::ScheduleBase<Schedule> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock()) {
      module.emitError("expected a function @main of one block");
      return signalPassFailure();
    }
    Block &body = main.getBody().front();
    auto bounds = nn::getSymbolBounds(module);
    MLIRContext *context = &getContext();

    for (BlockArgument argument : body.getArguments())
      places[argument] = PlaceAttr::get(context, PlaceKind::Input, argument.getArgNumber(), 0);
    for (Value value : body.getTerminator()->getOperands())
      if (layoutOf(value)) {
        body.getTerminator()->emitError("expected results in rows, but got ") << layoutOf(value);
        return signalPassFailure();
      }
    for (Operation &op : body.without_terminator())
      if (failed(addViews(&op)))
        return signalPassFailure();
    for (OpOperand &operand : body.getTerminator()->getOpOperands()) {
      if (parents.contains(operand.get())) {
        body.getTerminator()->emitError("expected results that tasks write, but got a part of another value");
        return signalPassFailure();
      }
      places[operand.get()] = PlaceAttr::get(context, PlaceKind::Output, operand.getOperandNumber(), 0);
    }

    // Parts share the place of what they are in; lifetimes count for the value at the root.
    SmallVector<Value> arenaValues;
    std::vector<Lifetime> lifetimes;
    DenseMap<Value, size_t> slot;
    int64_t step = 0;
    std::optional<int64_t> weights = placeWeights(body, bounds);
    if (!weights)
      return signalPassFailure();
    for (Operation &op : body.without_terminator()) {
      ++step;
      auto run = dyn_cast<sched::RunOp>(op);
      if (!run)
        continue;
      if (failed(verifyLayouts(run)))
        return signalPassFailure();
      for (Value operand : op.getOperands())
        if (auto it = slot.find(rootOf(operand).first); it != slot.end())
          lifetimes[it->second].end = step + 1;
      for (Value result : op.getResults()) {
        // A whole lives from its first part on.
        Value root = rootOf(result).first;
        if (places.count(root))
          continue;
        auto [it, isNew] = slot.try_emplace(root, lifetimes.size());
        if (!isNew) {
          lifetimes[it->second].end = step + 1;
          continue;
        }
        std::optional<int64_t> bytes = maxBytes(root, bounds);
        if (!bytes) {
          op.emitError("expected results of bounded size");
          return signalPassFailure();
        }
        arenaValues.push_back(root);
        lifetimes.push_back({step, step + 1, *bytes});
      }
    }
    step = 0;
    for (Operation &op : body.without_terminator()) {
      ++step;
      if (auto run = dyn_cast<sched::RunOp>(op))
        writeInPlace(run, step, slot, lifetimes);
    }
    ArenaPlan plan = planArena(lifetimes, kPlaceAlignment);
    for (Value value : arenaValues)
      places[value] = PlaceAttr::get(context, PlaceKind::Arena, plan.offsets[slot[value]], 0);
    for (auto run : body.getOps<sched::RunOp>()) {
      SmallVector<Attribute> attrs;
      for (Value value :
           llvm::concat<Value>(SmallVector<Value>(run.getInputs()), SmallVector<Value>(run.getOutputs())))
        attrs.push_back(placeOf(value));
      run.setPlacesAttr(ArrayAttr::get(context, attrs));
    }
    Builder b(context);
    module->setAttr("tenon.arena", b.getI64IntegerAttr(plan.bytes));
    module->setAttr("tenon.weights", b.getI64IntegerAttr(*weights));
  }

private:
  static sched::LayoutAttr layoutOf(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto run = dyn_cast_or_null<sched::RunOp>(op))
      return SymbolTable::lookupNearestSymbolFrom<sched::TaskOp>(run, run.getTaskAttr())
          .getResultLayout(cast<OpResult>(value).getResultNumber());
    return op ? op->getAttrOfType<sched::LayoutAttr>(kLayoutAttr) : sched::LayoutAttr();
  }

  /// A run's operands lie in memory as its task expects them.
  static LogicalResult verifyLayouts(sched::RunOp run) {
    auto task = SymbolTable::lookupNearestSymbolFrom<sched::TaskOp>(run, run.getTaskAttr());
    for (auto [i, operand] : llvm::enumerate(run.getInputs()))
      if (layoutOf(operand) != task.getLayout(i))
        return run.emitError("expected operand ")
               << i << " in the layout that " << run.getTaskAttr() << " reads";
    return success();
  }

  static std::string nameOf(sched::LayoutAttr layout) {
    std::string name = "rows";
    if (layout)
      llvm::raw_string_ostream(name = "") << layout;
    return name;
  }

  /// Places every constant in the weight section, equal ones once; its bytes. They lie in the order of the
  /// steps that read them, so that what a step prefetches past the end of its own belongs to the next one.
  std::optional<int64_t> placeWeights(Block &body, ArrayRef<std::pair<int64_t, int64_t>> bounds) {
    SetVector<nn::ConstantOp> constants;
    for (auto run : body.getOps<sched::RunOp>())
      for (Value operand : run.getOperands())
        if (auto constant = operand.getDefiningOp<nn::ConstantOp>())
          constants.insert(constant);
    for (auto constant : body.getOps<nn::ConstantOp>())
      constants.insert(constant);
    int64_t weights = 0;
    DenseMap<std::pair<Attribute, Attribute>, int64_t> offsets;
    for (nn::ConstantOp constant : constants) {
      sched::LayoutAttr layout = layoutOf(constant.getY());
      if (layout && !layout.getHalo().empty()) {
        constant.emitError("expected a constant without halo, but got ") << layout;
        return std::nullopt;
      }
      auto [it, isNew] =
          offsets.try_emplace({constant.getValue(), layout}, llvm::alignTo(weights, kPlaceAlignment));
      if (isNew) {
        std::optional<int64_t> bytes = maxBytes(constant.getY(), bounds);
        if (!bytes || llvm::AddOverflow(it->second, *bytes, weights)) {
          constant.emitError("the weights are too large");
          return std::nullopt;
        }
      }
      constant->setAttr(kOffsetAttr, IntegerAttr::get(IntegerType::get(&getContext(), 64), it->second));
      places[constant.getY()] = PlaceAttr::get(&getContext(), PlaceKind::Weights, it->second, 0);
    }
    return weights;
  }

  /// Notes what lies in what. A task's result has one place: it can be a part of one value only.
  LogicalResult addViews(Operation *op) {
    if (isa<nn::ConstantOp, sched::RunOp>(op))
      return success();
    if (!isa<nn::ReshapeOp, nn::SliceOp, nn::ConcatOp>(op))
      return op->emitError("expected a run of a task; run tenon-plan first");
    Value result = op->getResult(0);
    sched::LayoutAttr layout = layoutOf(result);
    if (layout &&
        (layout.isTransformed() || !layout.fits(cast<RankedTensorType>(result.getType()).getShape())))
      return op->emitError("expected a layout of ") << result.getType() << ", but got " << layout;
    for (Value operand : op->getOperands())
      if (sched::LayoutAttr other = layoutOf(operand); other != layout || (layout && isa<nn::ReshapeOp>(op)))
        return op->emitError("expected a view of ") << nameOf(layout) << ", but got one of " << nameOf(other);
    std::optional<SmallVector<plan::View>> views = plan::getViews(op, layout);
    if (!views)
      return op->emitError("expected a part that is one piece of memory");
    for (plan::View view : *views) {
      while (auto reshape =
                 isa<nn::ConcatOp>(op) ? view.part.getDefiningOp<nn::ReshapeOp>() : nn::ReshapeOp())
        view.part = reshape.getX();
      bool isComputed = isa_and_nonnull<sched::RunOp, nn::ConcatOp>(view.part.getDefiningOp());
      if (isa<nn::ConcatOp>(op) && (!isComputed || parents.contains(view.part)))
        return op->emitError("expected operands that tasks compute for this concatenation alone");
      parents[view.part] = {view.whole, view.offset};
    }
    return success();
  }

  /// Whether a task can write its result where argument `i` lies: each element of that is read only to
  /// compute the same element of the result, by element-wise operators, of which the last writes the result.
  static bool canWriteInPlace(sched::TaskOp task, unsigned i) {
    Block &body = task.getBody().front();
    Operation *yield = body.getTerminator();
    BlockArgument argument = body.getArgument(i);
    if (yield->getNumOperands() != 1 || task.getLayout(i) != task.getResultLayout(0))
      return false;
    Value result = yield->getOperand(0);
    if (elementBytes(nn::getElementType(argument)) != elementBytes(nn::getElementType(result)) ||
        !llvm::hasSingleElement(result.getUses()))
      return false;
    llvm::SmallDenseSet<Value> dependent = {argument};
    for (Operation &op : body.without_terminator()) {
      if (llvm::none_of(op.getOperands(), [&](Value operand) { return dependent.contains(operand); }))
        continue;
      if (!plan::isElementwise(&op) || nn::getDims(op.getResult(0)) != nn::getDims(argument))
        return false;
      dependent.insert(op.getResult(0));
    }
    return result != argument && dependent.contains(result);
  }

  /// Has the run write its result where an operand lies that nobody reads after it, if there is one. Its task
  /// then knows that the two may be one buffer; the same task's other runs need not do so.
  void writeInPlace(sched::RunOp run, int64_t step, DenseMap<Value, size_t> &slot,
                    std::vector<Lifetime> &lifetimes) {
    auto task = SymbolTable::lookupNearestSymbolFrom<sched::TaskOp>(run, run.getTaskAttr());
    if (run.getNumResults() != 1)
      return;
    auto own = slot.find(run.getResult(0)); // not there if it is a part, or the caller's
    if (own == slot.end())
      return;
    for (auto [i, operand] : llvm::enumerate(run.getInputs())) {
      auto [root, offset] = rootOf(operand);
      auto it = slot.find(root);
      if (it == slot.end() || offset || !canWriteInPlace(task, i))
        continue;
      Lifetime &old = lifetimes[it->second], &now = lifetimes[own->second];
      int64_t readers = llvm::count_if(run.getInputs(), [&](Value other) {
        auto place = slot.find(rootOf(other).first);
        return place != slot.end() && place->second == it->second;
      });
      if (old.end != step + 1 || old.bytes != now.bytes || readers != 1)
        continue;
      old.end = now.end;
      now = {step, step, 0};
      own->second = it->second;
      SmallVector<int64_t> inPlace(task.getInPlace().value_or(ArrayRef<int64_t>()));
      if (!llvm::is_contained(inPlace, int64_t(i))) {
        inPlace.push_back(i);
        llvm::sort(inPlace);
        task.setInPlace(inPlace);
      }
      return;
    }
  }

  /// The value in whose memory `value` lies, and where in it, in bytes.
  std::pair<Value, int64_t> rootOf(Value value) const {
    int64_t offset = 0;
    for (auto it = parents.find(value); it != parents.end(); it = parents.find(value)) {
      value = it->second.first;
      offset += it->second.second;
    }
    return {value, offset};
  }

  PlaceAttr placeOf(Value value) const {
    auto [root, offset] = rootOf(value);
    PlaceAttr place = places.lookup(root);
    bool isCallers = place.getKind() == PlaceKind::Input || place.getKind() == PlaceKind::Output;
    return PlaceAttr::get(place.getContext(), place.getKind(), place.getPosition() + (isCallers ? 0 : offset),
                          isCallers ? offset : 0);
  }

  static std::optional<int64_t> maxBytes(Value value, ArrayRef<std::pair<int64_t, int64_t>> bounds) {
    SmallVector<int64_t> shape;
    if (sched::LayoutAttr layout = layoutOf(value))
      return HostTensor::byteSize(nn::getElementType(value),
                                  layout.getBufferShape(cast<RankedTensorType>(value.getType()).getShape()));
    for (nn::Dim dim : nn::getDims(value)) {
      auto range = nn::getBounds(dim, bounds);
      if (!range)
        return std::nullopt;
      shape.push_back(std::max<int64_t>(range->second, 0));
    }
    return HostTensor::byteSize(nn::getElementType(value), shape);
  }

  DenseMap<Value, PlaceAttr> places;
  DenseMap<Value, std::pair<Value, int64_t>> parents; ///< of what lies in another value's memory
};
} // namespace
