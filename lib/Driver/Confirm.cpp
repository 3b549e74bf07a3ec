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

/// Times of two variants that ran in turns: medians over the rounds, in nanoseconds.
struct Times {
  double first = 0, second = 0;
  double difference = 0;           ///< of whole runs, second minus first
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

/// In the process that measures: runs both, and returns what Times holds as a list.
static llvm::Expected<std::vector<double>> runInTurns(const Variant &first, const Variant &second,
                                                      double seconds) {
  constexpr size_t kLeastRounds = 15, kMostRounds = 400, kCold = 2;
  const Variant *variants[] = {&first, &second};
  std::unique_ptr<Invocation> invocations[2];
  std::vector<RawTensor> inputs[2];
  for (int i : {0, 1}) {
    llvm::Expected<std::vector<RawTensor>> made = variants[i]->model->syntheticInputs({});
    if (!made)
      return made.takeError();
    inputs[i] = std::move(*made);
    llvm::Expected<std::unique_ptr<Invocation>> invocation =
        Invocation::create(*variants[i]->model, inputs[i], nullptr);
    if (!invocation)
      return invocation.takeError();
    invocations[i] = std::move(*invocation);
  }
  size_t steps = first.steps.size();
  std::vector<uint64_t> ns[2] = {std::vector<uint64_t>(steps), std::vector<uint64_t>(steps)};
  std::vector<double> totals[2], difference;
  std::vector<std::vector<double>> differences(steps);
  auto start = std::chrono::steady_clock::now();
  for (size_t round = 0; round < kMostRounds + kCold; ++round) {
    // Whoever comes second finds the caches as the other one left them: both are that as often.
    for (size_t turn : {0, 1}) {
      size_t i = (round + turn) % 2;
      if (llvm::Error e = invocations[i]->run(ns[i].data()))
        return std::move(e);
    }
    if (round < kCold)
      continue;
    double sums[2] = {};
    for (size_t s = 0; s < steps; ++s) {
      differences[s].push_back(double(ns[1][s]) - double(ns[0][s]));
      for (int i : {0, 1})
        sums[i] += double(ns[i][s]);
    }
    for (int i : {0, 1})
      totals[i].push_back(sums[i]);
    difference.push_back(sums[1] - sums[0]);
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (difference.size() >= kLeastRounds && spent.count() > seconds)
      break;
  }
  std::vector<double> result = {medianOf(totals[0]), medianOf(totals[1]), medianOf(difference)};
  for (auto &list : differences)
    result.push_back(medianOf(list));
  return result;
}

static llvm::Expected<Times> measureInTurns(const Variant &first, const Variant &second, int core,
                                            double seconds) {
  if (first.steps != second.steps)
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
    llvm::Expected<std::vector<double>> result = runInTurns(first, second, seconds);
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
  std::vector<double> result(first.steps.size() + 3);
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
  return Times{result[0], result[1], result[2], std::vector<double>(result.begin() + 3, result.end())};
}

llvm::Expected<Confirmation> tenon::confirmWinners(StringRef path, const CompileOptions &options,
                                                   llvm::MutableArrayRef<Winner> winners, int core,
                                                   double seconds) {
  for (Winner &winner : winners)
    winner.isKept = true;
  llvm::Expected<Variant> before = compileVariant(path, options, {});
  if (!before)
    return before.takeError();
  Confirmation result;
  // The first time finds out whose steps are slower, the next times look at what is left.
  constexpr int kLooks = 3;
  for (int look = 0;; ++look) {
    llvm::StringMap<std::string> schedules;
    for (const Winner &winner : winners)
      if (winner.isKept)
        schedules[winner.task] = winner.schedule;
    if (schedules.empty())
      break;
    llvm::Expected<Variant> after = compileVariant(path, options, schedules);
    if (!after)
      return after.takeError();
    llvm::Expected<Times> times = measureInTurns(*before, *after, core, seconds);
    if (!times)
      return times.takeError();
    llvm::StringMap<double> differences;
    for (auto [task, difference] : llvm::zip_equal(before->steps, times->differences))
      differences[task] += difference;
    bool isChanged = false;
    for (Winner &winner : winners)
      if (winner.isKept && differences.lookup(winner.task) > 0) {
        winner.isKept = false;
        isChanged = true;
      }
    constexpr double kMilli = 1e-6;
    result = {times->first * kMilli, times->second * kMilli};
    bool isLast = look + 1 == kLooks;
    if (times->difference > 0 && (isLast || !isChanged))
      for (Winner &winner : winners)
        winner.isKept = false;
    if (!isChanged || isLast)
      break;
  }
  if (llvm::none_of(winners, [](const Winner &winner) { return winner.isKept; }))
    result.afterMs = result.beforeMs;
  return result;
}
