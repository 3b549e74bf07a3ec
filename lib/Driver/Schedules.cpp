#include "lib/Driver/Schedules.h"
#include "autotune/Database/Database.h"
#include "autotune/Database/TaskFingerprint.h"
#include "autotune/Search/Search.h"
#include "autotune/Space/Features.h"
#include "autotune/Space/TaskSpace.h"
#include "dialects/NN/NN.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

llvm::Expected<std::optional<CostModel>> tenon::loadCostModel(StringRef path, CostModelOptions options) {
  if (path.empty() || path == "none")
    return std::nullopt;
  llvm::Expected<CostModel> model =
      path == "shipped" ? CostModel::parse(shippedCostModel(), "the model that comes with the compiler",
                                           TaskFeatures::kCount, kFeaturesVersion, options)
                        : CostModel::load(path, TaskFeatures::kCount, kFeaturesVersion, options);
  if (!model)
    return model.takeError();
  return std::move(*model);
}

/// What the database says of the task, for machines whose fingerprint begins so.
static std::optional<ChosenSchedule> findKept(Database &database, StringRef machine, sched::TaskOp task,
                                              const TargetSpec &target) {
  auto kept = database.kept(fingerprint(task), target.name);
  if (!kept) {
    llvm::consumeError(kept.takeError());
    return std::nullopt;
  }
  for (const KeptSchedule &entry : *kept)
    if (StringRef(entry.machine).starts_with(machine))
      return ChosenSchedule{entry.schedule, "database"};
  return std::nullopt;
}

/// What the model expects to be fastest.
static std::optional<ChosenSchedule> predict(const CostModel &model, sched::TaskOp task,
                                             const TargetSpec &target) {
  if (!model.knows(kindOf(target)))
    return std::nullopt;
  std::unique_ptr<TaskSpace> space;
  {
    // What cannot be tuned is no mistake.
    ScopedDiagnosticHandler silent(task.getContext(), [](Diagnostic &) { return success(); });
    space = TaskSpace::create(task, target);
  }
  if (!space || !space->hasChoice())
    return std::nullopt;
  TaskSearch search(*space, {}, /*seed=*/1);
  llvm::Expected<Point> point = search.choose(model);
  if (!point) {
    llvm::consumeError(point.takeError());
    return std::nullopt;
  }
  if (*point == space->analytic())
    return std::nullopt;
  return ChosenSchedule{space->print(*point), "learned"};
}

llvm::Expected<ScheduleSource> tenon::storedSchedules(StringRef path, StringRef costModel,
                                                      StringRef tunedOn) {
  std::shared_ptr<Database> database;
  std::shared_ptr<CostModel> model;
  if (!path.empty()) {
    llvm::Expected<std::unique_ptr<Database>> opened = Database::open(path, Database::Mode::Existing);
    if (!opened)
      return opened.takeError();
    database = std::move(*opened);
  }
  llvm::Expected<std::optional<CostModel>> loaded = loadCostModel(costModel);
  if (!loaded)
    return loaded.takeError();
  if (*loaded)
    model = std::make_shared<CostModel>(std::move(**loaded));
  if (!database && !model)
    return ScheduleSource();
  std::string here = database ? describeThisMachine().fingerprint() : "", wanted = tunedOn.str();
  return ScheduleSource([=](sched::TaskOp task, const TargetSpec &target) -> std::optional<ChosenSchedule> {
    StringRef machine = wanted.empty() && target.runsHere() ? here : wanted;
    if (database)
      if (std::optional<ChosenSchedule> kept = findKept(*database, machine, task, target))
        return kept;
    return model ? predict(*model, task, target) : std::nullopt;
  });
}

std::string tenon::misfit(sched::TaskOp task, StringRef schedule, const TargetSpec &target) {
  std::string problem;
  MLIRContext *context = task.getContext();
  ScopedDiagnosticHandler listen(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && problem.empty())
      problem = diagnostic.str();
    return success();
  });
  auto attr = dyn_cast_if_present<sched::ScheduleAttr>(parseAttribute(schedule, context));
  if (!attr)
    return problem.empty() ? "expected a schedule" : problem;
  OwningOpRef<ModuleOp> alone = isolateTask(task);
  (*alone->getOps<sched::TaskOp>().begin()).setScheduleAttr(attr);
  PassManager pm(context, ModuleOp::getOperationName());
  pm.enableVerifier(false);
  buildTasksToNestsPipeline(pm, lowerOptionsOf(target));
  if (failed(pm.run(*alone)) && problem.empty())
    problem = "the task cannot be lowered with it";
  return problem;
}

void tenon::applySchedules(ModuleOp module, const TargetSpec &target, const ScheduleSource &source,
                           const std::function<void(const std::string &)> &warn) {
  for (auto task : module.getOps<sched::TaskOp>()) {
    std::optional<ChosenSchedule> chosen = source(task, target);
    if (!chosen)
      continue;
    if (std::string problem = misfit(task, chosen->text, target); !problem.empty()) {
      std::replace(problem.begin(), problem.end(), '\n', ' ');
      if (warn)
        warn("task '" + task.getSymName().str() + "': the schedule from " +
             (chosen->origin == "database" ? "the database" : "the learned model") +
             " does not fit and is ignored: " + problem);
      continue;
    }
    task.setScheduleAttr(cast<sched::ScheduleAttr>(parseAttribute(chosen->text, module.getContext())));
    task->setAttr(kOriginAttr, StringAttr::get(module.getContext(), chosen->origin));
  }
}
