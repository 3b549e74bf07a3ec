#include "lib/Driver/Schedules.h"
#include "autotune/Database/Database.h"
#include "autotune/Database/TaskFingerprint.h"
#include "autotune/Search/Search.h"
#include "autotune/Space/Features.h"
#include "autotune/Space/TaskSpace.h"
#include "autotune/Space/Variants.h"
#include "dialects/NN/NN.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"
#include "passes/Plan/Plan.h"

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

/// What a database kept of a task, the latest first: of the machine whose fingerprint begins so.
template <typename Kept>
static std::optional<Kept> firstOf(llvm::Expected<std::vector<Kept>> kept, StringRef machine) {
  if (!kept) {
    llvm::consumeError(kept.takeError());
    return std::nullopt;
  }
  for (const Kept &entry : *kept)
    if (StringRef(entry.machine).starts_with(machine))
      return entry;
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

llvm::Expected<StoredChoices> tenon::storedChoices(StringRef path, StringRef costModel, StringRef tunedOn) {
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
  StoredChoices stored;
  if (!database && !model)
    return stored;
  std::string here = database ? describeThisMachine().fingerprint() : "", wanted = tunedOn.str();
  auto machineOf = [=](const TargetSpec &target) {
    return wanted.empty() && target.runsHere() ? here : wanted;
  };
  stored.schedules = [=](sched::TaskOp task, const TargetSpec &target) -> std::optional<ChosenSchedule> {
    if (database)
      if (auto kept = firstOf(database->kept(fingerprint(task), target.name), machineOf(target)))
        return ChosenSchedule{kept->schedule, "database"};
    return model ? predict(*model, task, target) : std::nullopt;
  };
  if (database)
    stored.variants = [=](sched::TaskOp task, const TargetSpec &target) -> std::optional<std::string> {
      if (auto kept = firstOf(database->keptVariants(fingerprint(task), target.name), machineOf(target)))
        return kept->variant;
      return std::nullopt;
    };
  return stored;
}

void tenon::chooseVariants(ModuleOp module, const TargetSpec &target, bool fastNumerics,
                           const VariantSource &source,
                           const std::function<void(const std::string &)> &warn) {
  Builder b(module.getContext());
  for (auto task : module.getOps<sched::TaskOp>()) {
    std::optional<std::string> name = source(task, target);
    if (!name)
      continue;
    for (StringRef attr : {StringRef(kWantedLayoutsAttr), StringRef(kVariantAttr), StringRef(kOriginAttr)})
      task->removeAttr(attr);
    if (*name == kAsPlanned)
      continue;
    std::vector<TaskVariant> variants = listVariants(task, int64_t(target.vectorBytes), fastNumerics);
    auto chosen = llvm::find_if(
        variants, [&](const TaskVariant &variant) { return variant.name == *name && variant.hasSameImages; });
    if (chosen == variants.end()) {
      if (warn)
        warn("task '" + task.getSymName().str() + "': the variant '" + *name +
             "' from the database is none of it here and is ignored");
      continue;
    }
    SmallVector<Attribute> layouts;
    for (sched::LayoutAttr layout : chosen->layouts)
      layouts.push_back(layout ? Attribute(layout) : b.getUnitAttr());
    task->setAttr(kWantedLayoutsAttr, b.getArrayAttr(layouts));
    task->setAttr(kVariantAttr, b.getStringAttr(*name));
    task->setAttr(kOriginAttr, b.getStringAttr("database"));
  }
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
