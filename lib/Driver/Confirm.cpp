#include "lib/Driver/Confirm.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include <chrono>

using namespace mlir;
using namespace tenon;
using autotune::TurnTimes;

namespace {
/// A model with some choices, in a file that is gone with the object.
struct Model {
  Model() = default;
  Model(Model &&other) : library(std::exchange(other.library, "")), steps(std::move(other.steps)) {}
  ~Model() {
    if (!library.empty())
      llvm::sys::fs::remove(library);
  }
  std::string library;
  std::vector<std::string> steps; ///< their tasks' names
};

/// By the tasks' names.
using Choices = llvm::StringMap<Choice>;

/// Compiles a model with some choices, and measures several in turns.
class Models {
public:
  Models(StringRef path, const CompileOptions &options, autotune::Measurer &measurer, StringRef folder)
      : path(path), options(options), measurer(measurer), folder(folder) {}
  /// Tasks without a choice are as they are now.
  llvm::Expected<Model> compile(const Choices &choices);
  llvm::Expected<std::vector<TurnTimes>> measure(ArrayRef<const Model *> compiled, double seconds);

private:
  StringRef path;
  const CompileOptions &options;
  autotune::Measurer &measurer;
  StringRef folder;
  int files = 0;
};
} // namespace

llvm::Expected<Model> Models::compile(const Choices &choices) {
  llvm::Expected<std::unique_ptr<Compilation>> prepared = prepareCompilation(options);
  if (!prepared)
    return prepared.takeError();
  Compilation &compilation = **prepared;
  CompilerOptions &compiler = compilation.options();
  compiler.setVariants = [&, present = compiler.setVariants](ModuleOp module, const TargetSpec &target) {
    if (present)
      present(module, target);
    auto source = [&](sched::TaskOp task, const TargetSpec &) -> std::optional<std::string> {
      auto it = choices.find(task.getSymName());
      return it == choices.end() ? std::nullopt : std::optional(it->second.variant);
    };
    chooseVariants(module, target, compiler.fastNumerics, source, options.onWarning);
  };
  compiler.setSchedules = [&, present = compiler.setSchedules](ModuleOp module, const TargetSpec &target) {
    if (present)
      present(module, target);
    auto source = [&](sched::TaskOp task, const TargetSpec &) -> std::optional<ChosenSchedule> {
      auto it = choices.find(task.getSymName());
      return it == choices.end() ? std::nullopt
                                 : std::optional(ChosenSchedule{it->second.schedule, "database"});
    };
    applySchedules(module, target, source, options.onWarning);
  };
  if (llvm::Error e = compilation.run(path, Phase::LLVM))
    return std::move(e);
  Model model;
  for (auto run : compilation.module().lookupSymbol<func::FuncOp>("main").getOps<sched::RunOp>())
    model.steps.push_back(run.getTask().str());
  llvm::Expected<ModelObjects> objects = compilation.objects();
  if (!objects)
    return objects.takeError();
  std::string library = (folder + "/model" + llvm::Twine(files++) + ".so").str();
  if (llvm::Error e = writeSharedObject(library, *objects))
    return std::move(e);
  model.library = library;
  return model;
}

llvm::Expected<std::vector<TurnTimes>> Models::measure(ArrayRef<const Model *> compiled, double seconds) {
  std::vector<std::string> libraries;
  for (const Model *model : compiled) {
    if (model->steps != compiled[0]->steps)
      return llvm::createStringError("expected the same steps whatever the schedules");
    libraries.push_back(model->library);
  }
  llvm::Expected<std::vector<TurnTimes>> times = measurer.runInTurns(libraries, seconds);
  if (times && times->front().differences.size() != compiled[0]->steps.size())
    return llvm::createStringError("expected the times of " + llvm::Twine(compiled[0]->steps.size()) +
                                   " steps, but got those of " +
                                   llvm::Twine(times->front().differences.size()));
  return times;
}

/// By name, how much longer a task's steps take, all together.
static llvm::StringMap<double> sumByTask(const Model &model, const TurnTimes &times) {
  llvm::StringMap<double> sums;
  for (auto [task, difference] : llvm::zip_equal(model.steps, times.differences))
    sums[task] += difference;
  return sums;
}

llvm::Expected<Confirmation> tenon::confirmFinalists(StringRef path, const CompileOptions &options,
                                                     MutableArrayRef<Finalists> finalists,
                                                     autotune::Measurer &measurer, StringRef folder,
                                                     double budget) {
  constexpr double kSeconds = 3, kMilli = 1e-6;
  // The first look finds out whose steps are slower, the next ones see what is left.
  constexpr int kLooks = 3;
  auto start = std::chrono::steady_clock::now();
  Models models(path, options, measurer, folder);
  llvm::Expected<Model> before = models.compile({});
  if (!before)
    return before.takeError();
  // Once before all others: what a turn takes is to compile and, on another machine, to copy.
  constexpr double kMoment = 0.1;
  if (llvm::Expected<std::vector<TurnTimes>> once = models.measure(&*before, kMoment); !once)
    return once.takeError();
  std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  for (Finalists &task : finalists)
    task.kept = 0;

  Confirmation result;
  // Those of one rank have a model together.
  size_t ranks = 1;
  for (const Finalists &task : finalists)
    ranks = std::max(ranks, task.choices.size());
  double left = budget - (kLooks + 1) * (spent.count() + kSeconds);
  ranks = size_t(std::clamp(left / spent.count(), 0.0, double(ranks)));
  if (ranks > 1) {
    std::vector<Model> ranked;
    for (size_t rank = 0; rank < ranks; ++rank) {
      Choices choices;
      for (const Finalists &task : finalists)
        if (rank < task.choices.size())
          choices[task.task] = task.choices[rank];
      llvm::Expected<Model> model = models.compile(choices);
      if (!model)
        return model.takeError();
      ranked.push_back(std::move(*model));
    }
    std::vector<const Model *> all = {&*before};
    for (const Model &model : ranked)
      all.push_back(&model);
    llvm::Expected<std::vector<TurnTimes>> times = models.measure(all, kSeconds);
    if (!times)
      return times.takeError();
    result.beforeMs = times->front().total * kMilli;
    std::vector<double> least(finalists.size(), 0);
    for (Finalists &task : finalists)
      task.kept = std::nullopt;
    for (size_t rank = 0; rank < ranks; ++rank) {
      llvm::StringMap<double> sums = sumByTask(*before, (*times)[1 + rank]);
      for (auto [task, best] : llvm::zip_equal(finalists, least))
        if (double sum = sums.lookup(task.task); rank < task.choices.size() && sum < best) {
          task.kept = rank;
          best = sum;
        }
    }
  }

  for (int look = 0;; ++look) {
    Choices choices;
    for (const Finalists &task : finalists)
      if (task.kept)
        choices[task.task] = task.choices[*task.kept];
    if (choices.empty())
      break;
    llvm::Expected<Model> after = models.compile(choices);
    if (!after)
      return after.takeError();
    llvm::Expected<std::vector<TurnTimes>> times = models.measure({&*before, &*after}, kSeconds);
    if (!times)
      return times.takeError();
    const TurnTimes &own = times->back();
    llvm::StringMap<double> sums = sumByTask(*before, own);
    bool isChanged = false;
    for (Finalists &task : finalists)
      if (task.kept && sums.lookup(task.task) > 0) {
        task.kept = std::nullopt;
        isChanged = true;
      }
    // What is decided by: differences of runs in turns, which a machine whose speed changes leaves alone.
    result = {times->front().total * kMilli, (times->front().total + own.difference) * kMilli};
    bool isLast = look + 1 == kLooks;
    if (own.difference > 0 && (isLast || !isChanged))
      for (Finalists &task : finalists)
        task.kept = std::nullopt;
    if (!isChanged || isLast)
      break;
  }
  if (llvm::none_of(finalists, [](const Finalists &task) { return task.kept.has_value(); }))
    result.afterMs = result.beforeMs;
  return result;
}
