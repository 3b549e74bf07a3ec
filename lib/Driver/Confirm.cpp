#include "lib/Driver/Confirm.h"
#include "autotune/Database/TaskFingerprint.h"
#include "autotune/Measure/Process.h"
#include "lib/Target/LoadedModel.h"
#include "llvm/ADT/StringMap.h"
#include <chrono>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace tenon;

namespace {
/// A model with some schedules.
struct Variant {
  std::unique_ptr<LoadedModel> model;
  std::vector<std::string> steps; ///< their tasks' fingerprints
};

/// Times of a variant that ran in turns with others: medians over the rounds, in nanoseconds.
struct Times {
  double total = 0;
  double difference = 0;           ///< of whole runs, from the first variant's
  std::vector<double> differences; ///< of each step
};
} // namespace

static llvm::Expected<Variant> compileVariant(StringRef path, const CompileOptions &options,
                                              const llvm::StringMap<std::string> &schedules) {
  llvm::Expected<std::unique_ptr<Compilation>> prepared = prepareCompilation(options);
  if (!prepared)
    return prepared.takeError();
  Compilation &compilation = **prepared;
  auto present = compilation.options().setSchedules;
  compilation.options().setSchedules = [&](ModuleOp module, const TargetSpec &target) {
    if (present)
      present(module, target);
    ScheduleSource source = [&](sched::TaskOp task, const TargetSpec &) -> std::optional<ChosenSchedule> {
      auto it = schedules.find(autotune::fingerprint(task));
      return it == schedules.end() ? std::nullopt : std::optional(ChosenSchedule{it->second, "database"});
    };
    applySchedules(module, target, source, options.onWarning);
  };
  if (llvm::Error e = compilation.run(path, Phase::LLVM))
    return std::move(e);
  Variant variant;
  SymbolTable symbols(compilation.module());
  for (auto run : compilation.module().lookupSymbol<func::FuncOp>("main").getOps<sched::RunOp>())
    variant.steps.push_back(autotune::fingerprint(symbols.lookup<sched::TaskOp>(run.getTask())));
  llvm::Expected<ModelObjects> objects = compilation.objects();
  if (!objects)
    return objects.takeError();
  llvm::Expected<std::unique_ptr<LoadedModel>> model = LoadedModel::fromObjects(*objects);
  if (!model)
    return model.takeError();
  variant.model = std::move(*model);
  return variant;
}

static double medianOf(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// In the process that measures: runs all, and returns what their Times hold as a list.
static llvm::Expected<std::vector<double>> runInTurns(ArrayRef<const Variant *> variants, double seconds) {
  constexpr size_t kLeastRounds = 15, kMostRounds = 400, kCold = 2;
  size_t count = variants.size(), steps = variants[0]->steps.size();
  std::vector<std::vector<RawTensor>> inputs(count);
  std::vector<std::unique_ptr<Invocation>> invocations(count);
  for (auto [i, variant] : llvm::enumerate(variants)) {
    llvm::Expected<std::vector<RawTensor>> made = variant->model->syntheticInputs({});
    if (!made)
      return made.takeError();
    inputs[i] = std::move(*made);
    llvm::Expected<std::unique_ptr<Invocation>> invocation =
        Invocation::create(*variant->model, inputs[i], nullptr);
    if (!invocation)
      return invocation.takeError();
    invocations[i] = std::move(*invocation);
  }
  /// Of a variant, per round.
  struct Samples {
    std::vector<uint64_t> ns; ///< of the steps, in this round
    std::vector<double> totals, difference;
    std::vector<std::vector<double>> differences;
  };
  std::vector<Samples> samples(count);
  for (Samples &own : samples) {
    own.ns.resize(steps);
    own.differences.resize(steps);
  }
  auto start = std::chrono::steady_clock::now();
  for (size_t round = 0; round < kMostRounds + kCold; ++round) {
    // Whoever comes next finds the caches as another one left them: each begins as often.
    for (size_t turn = 0; turn < count; ++turn) {
      size_t i = (round + turn) % count;
      if (llvm::Error e = invocations[i]->run(samples[i].ns.data()))
        return std::move(e);
    }
    if (round < kCold)
      continue;
    for (Samples &own : samples) {
      double sum = 0;
      for (size_t s = 0; s < steps; ++s) {
        own.differences[s].push_back(double(own.ns[s]) - double(samples[0].ns[s]));
        sum += double(own.ns[s]);
      }
      own.totals.push_back(sum);
      own.difference.push_back(sum - samples[0].totals.back());
    }
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (round + 1 >= kLeastRounds + kCold && spent.count() > seconds)
      break;
  }
  std::vector<double> result;
  for (Samples &own : samples) {
    result.push_back(medianOf(own.totals));
    result.push_back(medianOf(own.difference));
    for (auto &list : own.differences)
      result.push_back(medianOf(list));
  }
  return result;
}

static llvm::Expected<std::vector<Times>> measureInTurns(ArrayRef<const Variant *> variants, int core,
                                                         double seconds) {
  size_t steps = variants[0]->steps.size();
  if (!llvm::all_of(variants, [&](auto *variant) { return variant->steps == variants[0]->steps; }))
    return llvm::createStringError("expected the same steps whatever the schedules");
  int ends[2];
  if (pipe(ends) != 0)
    return llvm::createStringError("cannot make a pipe");
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    if (core >= 0) {
      cpu_set_t set;
      CPU_ZERO(&set);
      CPU_SET(core, &set);
      sched_setaffinity(0, sizeof set, &set);
    }
    llvm::Expected<std::vector<double>> result = runInTurns(variants, seconds);
    if (!result)
      _exit(1);
    size_t bytes = result->size() * sizeof(double);
    for (size_t done = 0; done < bytes;) {
      ssize_t written = write(ends[1], reinterpret_cast<const char *>(result->data()) + done, bytes - done);
      if (written <= 0)
        _exit(1);
      done += size_t(written);
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<double> result(variants.size() * (steps + 2));
  size_t done = 0, bytes = result.size() * sizeof(double);
  while (child > 0 && done < bytes) {
    ssize_t got = read(ends[0], reinterpret_cast<char *>(result.data()) + done, bytes - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    done += size_t(got);
  }
  close(ends[0]);
  int status = child > 0 ? autotune::waitFor(child) : -1;
  if (status != 0 || done < bytes)
    return llvm::createStringError("the whole model did not run with the schedules found");
  std::vector<Times> times;
  for (auto it = result.begin(); it != result.end(); it += steps + 2)
    times.push_back({it[0], it[1], std::vector<double>(it + 2, it + 2 + steps)});
  return times;
}

/// By fingerprint, how much longer a task's steps take, all together.
static llvm::StringMap<double> sumByTask(const Variant &variant, const Times &times) {
  llvm::StringMap<double> sums;
  for (auto [task, difference] : llvm::zip_equal(variant.steps, times.differences))
    sums[task] += difference;
  return sums;
}

llvm::Expected<Confirmation> tenon::confirmFinalists(llvm::StringRef path, const CompileOptions &options,
                                                     llvm::MutableArrayRef<Finalists> finalists, int core,
                                                     double budget) {
  constexpr double kSeconds = 3, kMilli = 1e-6;
  // The first look finds out whose steps are slower, the next ones see what is left.
  constexpr int kLooks = 3;
  auto start = std::chrono::steady_clock::now();
  llvm::Expected<Variant> before = compileVariant(path, options, {});
  if (!before)
    return before.takeError();
  std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  for (Finalists &task : finalists)
    task.kept = 0;

  Confirmation result;
  // Those of one rank have a model together.
  size_t ranks = 1;
  for (const Finalists &task : finalists)
    ranks = std::max(ranks, task.schedules.size());
  double left = budget - (kLooks + 1) * (spent.count() + kSeconds);
  ranks = size_t(std::clamp(left / spent.count(), 0.0, double(ranks)));
  if (ranks > 1) {
    std::vector<Variant> models;
    for (size_t rank = 0; rank < ranks; ++rank) {
      llvm::StringMap<std::string> schedules;
      for (const Finalists &task : finalists)
        if (rank < task.schedules.size())
          schedules[task.task] = task.schedules[rank];
      llvm::Expected<Variant> model = compileVariant(path, options, schedules);
      if (!model)
        return model.takeError();
      models.push_back(std::move(*model));
    }
    std::vector<const Variant *> all = {&*before};
    for (const Variant &model : models)
      all.push_back(&model);
    llvm::Expected<std::vector<Times>> times = measureInTurns(all, core, kSeconds);
    if (!times)
      return times.takeError();
    result.beforeMs = times->front().total * kMilli;
    std::vector<double> least(finalists.size(), 0);
    for (Finalists &task : finalists)
      task.kept = std::nullopt;
    for (size_t rank = 0; rank < ranks; ++rank) {
      llvm::StringMap<double> sums = sumByTask(*before, (*times)[1 + rank]);
      for (auto [task, best] : llvm::zip_equal(finalists, least))
        if (double sum = sums.lookup(task.task); rank < task.schedules.size() && sum < best) {
          task.kept = rank;
          best = sum;
        }
    }
  }

  for (int look = 0;; ++look) {
    llvm::StringMap<std::string> schedules;
    for (const Finalists &task : finalists)
      if (task.kept)
        schedules[task.task] = task.schedules[*task.kept];
    if (schedules.empty())
      break;
    llvm::Expected<Variant> after = compileVariant(path, options, schedules);
    if (!after)
      return after.takeError();
    llvm::Expected<std::vector<Times>> times = measureInTurns({&*before, &*after}, core, kSeconds);
    if (!times)
      return times.takeError();
    const Times &own = times->back();
    llvm::StringMap<double> sums = sumByTask(*before, own);
    bool isChanged = false;
    for (Finalists &task : finalists)
      if (task.kept && sums.lookup(task.task) > 0) {
        task.kept = std::nullopt;
        isChanged = true;
      }
    result = {times->front().total * kMilli, own.total * kMilli};
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
