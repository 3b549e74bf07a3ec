#include "lib/Driver/PlannedCost.h"
#include "autotune/Database/TaskFingerprint.h"
#include "autotune/Space/Features.h"
#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Expand/NestCost.h"
#include "passes/Lower/Lower.h"
#include "passes/Schedule/Schedule.h"

using namespace mlir;
using namespace tenon;

/// How often the loops around a nest run all of it, as far as that is constant. The loop that gives a nest
/// the range of its first dimension runs all of it once.
static double countRuns(kernel::GenericOp nest) {
  double count = 1;
  bool givesRange = !nest.getRange().empty();
  for (Operation *parent = nest->getParentOp(); parent; parent = parent->getParentOp())
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      std::optional<int64_t> low = getConstantIntValue(loop.getLowerBound()),
                             high = getConstantIntValue(loop.getUpperBound()),
                             step = getConstantIntValue(loop.getStep());
      if (low && high && step && *step > 0 && !givesRange)
        count *= double(std::max<int64_t>(llvm::divideCeil(*high - *low, *step), 1));
      givesRange = false;
    }
  return count;
}

/// Cycles of a nest within a model. NestCost takes all that the second cache has no room for from memory.
/// That is so of weights; what another task has just written comes from the third cache, if there is one.
static double countCycles(kernel::GenericOp nest, const kernel::Core &core) {
  constexpr double kThirdCache = 3.5;  // times as fast as memory
  constexpr double kCopies = 0.5;      // of the cycles of loops that only copy: their iterations overlap
  constexpr double kManyTimesMore = 8; // an input that has so many bytes more than the result is weights
  kernel::NestCost cost(nest, core);
  kernel::NestCost::Parts parts = cost.estimate(kernel::Schedule(*nest.getSchedule()));
  unsigned inputs = unsigned(nest.getInputs().size());
  double read = 0, written = cost.inputBytes(inputs);
  for (unsigned i = 0; i < inputs; ++i)
    read = std::max(read, cost.inputBytes(i));
  if (read > kManyTimesMore * written)
    return parts.total;
  double compute = parts.compute * (cost.getArithmetic() == 0 ? kCopies : 1);
  return parts.total - std::max({parts.compute, parts.near, parts.far}) +
         std::max({compute, parts.near, parts.far / kThirdCache});
}

std::optional<TaskEstimate> AnalyticTaskCost::lower(Operation *task) const {
  ScopedDiagnosticHandler quiet(task->getContext(), [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = isolateTask(cast<sched::TaskOp>(task));
  kernel::Core core = autotune::coreOf(target);
  PassManager pm(task->getContext());
  pm.enableVerifier(false);
  pm.addPass(createLowerTasks({core.l2Bytes}));
  // As buildNestPipeline, for one thread: loops keep their extents.
  OpPassManager &code = pm.nest<ModuleOp>();
  code.addPass(createFuseKernels());
  code.addPass(createApplyLayouts());
  code.addPass(createFuseRows({core.l2Bytes}));
  code.addPass(createCollapseLoops());
  code.addPass(createScheduleKernels({core.vectorBytes, core.registers, core.l1Bytes, core.l2Bytes}));
  code.addPass(createPlanScratch());
  if (failed(pm.run(*module)))
    return std::nullopt;
  // A task's call, at about 3 GHz.
  constexpr double kCall = 200, kCyclesPerNs = 3;
  TaskEstimate estimate{kCall, 0};
  module->walk([&](kernel::GenericOp nest) {
    estimate.nanoseconds += countRuns(nest) * countCycles(nest, core) / kCyclesPerNs;
  });
  for (auto lowered : module->getOps<ModuleOp>())
    for (StringRef name : {"tenon.scratch", "tenon.shared"})
      if (auto bytes = lowered->getAttrOfType<IntegerAttr>(name))
        estimate.scratchBytes += int64_t(llvm::alignTo(bytes.getInt(), kPlaceAlignment));
  return estimate;
}

std::optional<TaskEstimate> AnalyticTaskCost::best(Operation *task, int threads) {
  auto [it, isNew] = known.try_emplace(autotune::fingerprint(cast<sched::TaskOp>(task)));
  if (isNew)
    it->second = lower(task);
  std::optional<TaskEstimate> estimate = it->second;
  // Threads share the work, as evenly as may be.
  if (estimate)
    estimate->nanoseconds /= std::max(threads, 1);
  return estimate;
}

std::optional<GraphEstimate> PlannedGraphCost::estimate(ModuleOp module) {
  ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> planned(module.clone());
  PassManager pm(module.getContext());
  pm.enableVerifier(false);
  // As after substitution.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addPass(createPlan(plan));
  pm.addPass(createSchedule());
  if (failed(pm.run(*planned)))
    return std::nullopt;
  GraphEstimate sum;
  llvm::StringMap<TaskEstimate> costs;
  for (auto task : planned->getOps<sched::TaskOp>()) {
    std::optional<TaskEstimate> cost = tasks.best(task, 1);
    if (!cost)
      return std::nullopt;
    costs[task.getSymName()] = *cost;
    sum.bytes = std::max(sum.bytes, cost->scratchBytes);
  }
  auto main = planned->lookupSymbol<func::FuncOp>("main");
  for (auto run : main.getOps<sched::RunOp>())
    sum.nanoseconds += costs[run.getTask()].nanoseconds;
  for (StringRef name : {"tenon.arena", "tenon.weights"})
    if (auto bytes = (*planned)->getAttrOfType<IntegerAttr>(name))
      sum.bytes += bytes.getInt();
  return sum;
}
