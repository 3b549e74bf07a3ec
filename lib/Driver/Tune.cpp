#include "autotune/Database/Database.h"
#include "autotune/Database/TaskFingerprint.h"
#include "autotune/Measure/Expectation.h"
#include "autotune/Measure/Measurers.h"
#include "autotune/Search/Search.h"
#include "autotune/Space/Features.h"
#include "autotune/Space/Variants.h"
#include "lib/Driver/Confirm.h"
#include "lib/Driver/TaskCompiler.h"
#include "tenon/Tuning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <sched.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

using Clock = std::chrono::steady_clock;
static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static int64_t millisecondsNow() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The processors besides the one that is measured on.
static cpu_set_t otherProcessors(int core) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    CPU_ZERO(&set);
  else if (core >= 0)
    CPU_CLR(core, &set);
  return set;
}

/// The last processor that this process may use.
static int lastCore() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int core = CPU_SETSIZE - 1; core >= 0; --core)
      if (CPU_ISSET(core, &set))
        return core;
  return -1;
}

namespace {
/// A task of the model while it is tuned, or another way to compute one.
struct TunedTask {
  PlannedTask planned;
  std::unique_ptr<TaskCompiler> compiler;
  /// Of the other threads that compile, once they did: a compiler belongs to one thread at a time.
  std::vector<std::unique_ptr<TaskCompiler>> others;
  std::string fingerprint;
  size_t of = 0;                          ///< the number of the task as planned, also of that itself
  std::string variant = kAsPlanned.str(); ///< TaskVariant::name
  std::string expectation;                ///< its file, once it was written
  std::string analytic;                   ///< text of the schedule that the compiler chooses
  int64_t trials = 0, failed = 0;
  double analyticNs = 0;
  std::string yardstick; ///< library of that schedule, once it was compiled
};

/// The fingerprint of a task before it has places.
static std::string plannedFingerprint(sched::TaskOp task) {
  mlir::OwningOpRef<sched::TaskOp> plain(task.clone());
  plain->removeInPlaceAttr();
  return fingerprint(*plain);
}

/// A point that was compiled, or why not.
struct CompiledPoint {
  Point point;
  std::string schedule;
  Candidate candidate;
  std::string problem;
};

/// One run of the tuner.
class Session {
public:
  Session(StringRef path, const CompileOptions &compile, const TuningOptions &options)
      : path(path), compile(compile), options(options) {}
  ~Session() {
    if (!folder.empty())
      llvm::sys::fs::remove_directories(folder);
  }
  llvm::Expected<TuningReport> run();

private:
  /// A batch that is compiled, by all threads that have time: each takes the next point, so that what is done
  /// when time is over is the first part of it.
  struct CompiledBatch {
    Search::Batch batch;
    std::vector<CompiledPoint> points;
    std::once_flag prepared;
    std::string problem; ///< that all points have
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    double seconds = 0; ///< of all threads, by `mutex`
    std::vector<std::future<void>> threads;
  };

  llvm::Error open();
  llvm::Error makeMeasurer();
  llvm::Error readTasks();
  llvm::Error addVariants();
  llvm::Error readRecords();
  llvm::Error loop();
  llvm::Expected<Search::Batch> next();
  void prepare(CompiledBatch &compiled);
  llvm::Error compilePoint(TaskCompiler &compiler, CompiledPoint &point);
  void compilePoints(CompiledBatch &compiled, size_t thread);
  bool writeExpectationOf(TunedTask &task, std::string &problem);
  llvm::Expected<std::vector<double>> measure(CompiledBatch &compiled);
  double driftOf(TunedTask &way);
  llvm::Error confirm();
  void addMoment(StringRef task);
  bool isLate() const {
    return (options.stop && *options.stop) || (options.minutes > 0 && secondsSince(start) >= searchSeconds);
  }
  bool isOver() const { return isLate() || (options.trials && report.trials >= options.trials); }
  double totalMs(bool analytic);

  std::string path;
  CompileOptions compile;
  TuningOptions options;
  Clock::time_point start = Clock::now();
  double searchSeconds = 0; ///< of which the rest of the minutes is for confirming
  TargetSpec target;
  int core = -1;
  llvm::SmallString<64> folder;
  std::unique_ptr<Database> database;
  std::unique_ptr<Measurer> measurer;
  std::string machine;
  std::vector<TunedTask>
      tasks; ///< first the model's own, `numPlanned` of them, then other ways to compute them
  size_t numPlanned = 0;
  std::unique_ptr<Search> search;
  int64_t compiledPoints = 0;
  size_t turn = 0;                 ///< of the tasks that are explored
  std::vector<int64_t> unexplored; ///< points that each task lacks
  uint64_t files = 0;              ///< written for candidates
  TuningReport report;
};
} // namespace

llvm::Error Session::makeMeasurer() {
  core = options.core >= 0 ? options.core : lastCore();
  MeasureOptions measure;
  measure.core = core;
  // Thousands of points: those that matter are measured again, in the whole model.
  measure.seconds = 0.05;
  measure.interval = 0.02;
  // A step finds its weights in the last cache at best, as a sweep of some times the second one leaves them,
  // but what the step before computed in the second one. What is fastest in warm caches was up to 12 % slower
  // in whole models.
  measure.sweepBytes = int64_t(8 * target.l2Bytes);
  measure.coldRuns = 24;
  llvm::Expected<std::unique_ptr<Measurer>> made = [&]() -> llvm::Expected<std::unique_ptr<Measurer>> {
    if (options.measurer == "local") {
      if (std::string refusal = target.refusal(); !refusal.empty())
        return llvm::createStringError("this machine cannot run target '" + target.name + "': " + refusal +
                                       "; see --measurer");
      return createLocalMeasurer(measure, options.runner);
    }
    if (options.measurer == "command") {
      if (options.copyCommand.empty() || options.runCommand.empty())
        return llvm::createStringError("measurer 'command': expected a command to copy and one to run");
      measure.core = options.core;
      return createCommandMeasurer({options.copyCommand, options.runCommand, options.runner}, measure);
    }
    if (options.measurer == "mca") {
      if (options.cpu.empty())
        return llvm::createStringError("measurer 'mca': expected a processor, as LLVM names it");
      McaOptions mca;
      mca.target = target.name;
      mca.cpu = options.cpu;
      return createMcaMeasurer(mca);
    }
    return llvm::createStringError("expected a measurer out of local, mca, command, but got '" +
                                   options.measurer + "'");
  }();
  if (!made)
    return made.takeError();
  measurer = std::move(*made);
  machine = measurer->fingerprint();
  return llvm::Error::success();
}

llvm::Error Session::open() {
  llvm::Expected<std::vector<TargetSpec>> targets = parseTargets(compile.target);
  if (!targets)
    return targets.takeError();
  if (targets->size() != 1)
    return llvm::createStringError("expected one target to tune for, but got '" + compile.target + "'");
  target = targets->front();
  if (options.minutes <= 0 && options.trials <= 0 && options.explore <= 0)
    return llvm::createStringError("expected a limit: minutes, trials, or points per task to explore");
  if (llvm::Error e = makeMeasurer())
    return e;
  llvm::Expected<std::unique_ptr<Database>> opened = Database::open(options.database);
  if (!opened)
    return opened.takeError();
  database = std::move(*opened);
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("tenon-tune", folder))
    return llvm::createStringError("cannot make a folder for candidates: " + code.message());
  return database->putMachine(measurer->machine());
}

llvm::Error Session::readTasks() {
  std::vector<PlannedTask> planned;
  {
    llvm::Expected<std::unique_ptr<Compilation>> compilation = prepareCompilation(compile);
    if (!compilation)
      return compilation.takeError();
    // With places: a task whose result lies where an operand does has another space, and is another task.
    if (llvm::Error e = (*compilation)->run(path, Phase::Schedule))
      return e;
    planned = listTasks((*compilation)->module());
  }
  // Making a space lowers the task in several ways: by all processors at once.
  std::vector<TunedTask> all(planned.size());
  std::vector<std::string> problems(planned.size());
  {
    llvm::DefaultThreadPool pool;
    for (size_t i = 0; i < planned.size(); ++i)
      pool.async([&, i] {
        if (options.stop && *options.stop)
          return;
        all[i].planned = std::move(planned[i]);
        llvm::Expected<std::unique_ptr<TaskCompiler>> compiler =
            TaskCompiler::create(all[i].planned.text, target);
        if (compiler)
          all[i].compiler = std::move(*compiler);
        else
          problems[i] = llvm::toString(compiler.takeError());
      });
  }
  for (auto [task, problem] : llvm::zip_equal(all, problems)) {
    if (task.compiler && task.compiler->space().hasChoice()) {
      task.fingerprint = fingerprint(task.compiler->task());
      task.analytic = task.compiler->space().print(task.compiler->space().analytic());
      if (llvm::Error e = database->putTask(task.fingerprint, task.planned.text))
        return e;
      task.of = tasks.size();
      tasks.push_back(std::move(task));
    } else if (!task.planned.name.empty()) {
      report.skipped.push_back(task.planned.name + ": " + (task.compiler ? "it has one schedule" : problem));
    }
  }
  numPlanned = tasks.size();
  return llvm::Error::success();
}

/// Other ways to compute the tasks that take most time: those that pack weights otherwise and leave images as
/// they are, and that the estimate does not expect to be much slower.
llvm::Error Session::addVariants() {
  constexpr double kLeastShare = 0.02, kSlower = 1.25;
  constexpr size_t kMostWays = 3;
  double all = 0;
  for (const TunedTask &task : tasks)
    all += double(task.planned.runs) * task.compiler->space().estimate();
  std::vector<std::vector<TunedTask>> found(numPlanned);
  {
    llvm::DefaultThreadPool pool;
    for (size_t i = 0; i < numPlanned; ++i)
      pool.async([&, i] {
        TunedTask &task = tasks[i];
        double own = task.compiler->space().estimate();
        if (double(task.planned.runs) * own < kLeastShare * all)
          return;
        std::vector<TaskVariant> variants = listVariants(task.compiler->task(), int64_t(target.vectorBytes),
                                                         compile.numerics == Numerics::Fast);
        for (const TaskVariant &variant : llvm::drop_begin(variants)) {
          if (!variant.hasSameImages || (options.stop && *options.stop))
            continue;
          llvm::Expected<std::unique_ptr<TaskCompiler>> compiler = TaskCompiler::create(variant.text, target);
          if (!compiler) {
            llvm::consumeError(compiler.takeError());
            continue;
          }
          if ((*compiler)->space().estimate() > kSlower * own)
            continue;
          TunedTask way;
          way.planned = task.planned;
          way.planned.text = variant.text;
          way.compiler = std::move(*compiler);
          way.fingerprint = fingerprint(way.compiler->task());
          way.of = i;
          way.variant = variant.name;
          found[i].push_back(std::move(way));
        }
        llvm::stable_sort(found[i], [](const TunedTask &a, const TunedTask &b) {
          return a.compiler->space().estimate() < b.compiler->space().estimate();
        });
        if (found[i].size() > kMostWays)
          found[i].resize(kMostWays);
      });
  }
  for (std::vector<TunedTask> &ways : found)
    for (TunedTask &way : ways) {
      if (llvm::Error e = database->putTask(way.fingerprint, way.planned.text))
        return e;
      tasks.push_back(std::move(way));
    }
  return llvm::Error::success();
}

llvm::Error Session::readRecords() {
  CostModelOptions learning;
  learning.seed = unsigned(options.seed);
  std::optional<CostModel> model(std::in_place, TaskFeatures::kCount, kFeaturesVersion, learning);
  llvm::Expected<std::optional<CostModel>> loaded = loadCostModel(options.costModel, learning);
  if (!loaded)
    return loaded.takeError();
  if (*loaded && (*loaded)->knows(kindOf(target)))
    model.emplace(std::move(**loaded));
  SearchOptions searching;
  searching.seed = options.seed;
  std::string wanted = !options.strategy.empty() ? options.strategy : options.explore ? "random" : "guided";
  for (auto [name, strategy] :
       {std::pair("guided", Strategy::Guided), std::pair("random", Strategy::Random),
        std::pair("exhaustive", Strategy::Exhaustive), std::pair("", Strategy::Guided)}) {
    if (!*name)
      return llvm::createStringError("expected a strategy out of guided, random, exhaustive, but got '" +
                                     wanted + "'");
    searching.strategy = strategy;
    if (wanted == name)
      break;
  }
  if (options.explore)
    searching.patience = 0;
  else if (searching.strategy == Strategy::Guided)
    if (llvm::Error e = addVariants())
      return e;
  search = std::make_unique<Search>(std::move(*model), searching);
  for (auto [i, task] : llvm::enumerate(tasks)) {
    const TaskSpace &space = task.compiler->space();
    if (task.of == i)
      search->addTask(space, double(task.planned.runs));
    else
      search->addWay(task.of, space, tasks[task.of].compiler->space().estimate() / space.estimate());
    TaskSearch &known = search->task(i);
    auto records = database->records(task.fingerprint, target.name, machine);
    if (!records)
      return records.takeError();
    for (const Record &record : *records) {
      bool isOk = record.measurement.outcome == Outcome::Ok;
      if (isOk && record.schedule == task.analytic)
        task.analyticNs = record.measurement.stepNs();
      // What is no point of the space any more says nothing about it.
      if (std::optional<Point> point = task.compiler->space().parse(record.schedule)) {
        known.record(*point, record.measurement.stepNs());
        ++task.trials;
        task.failed += !isOk;
      }
    }
    unexplored.push_back(options.explore - task.trials);
  }
  return llvm::Error::success();
}

/// The next points: as the search wants, or, to explore, of each task in turn.
llvm::Expected<Search::Batch> Session::next() {
  Search::Batch batch;
  if (!options.explore) {
    llvm::Expected<Search::Batch> found = search->next();
    if (!found)
      return found.takeError();
    batch = std::move(*found);
  } else {
    // A batch of each task in turn: whenever this ends, all tasks have about as many.
    constexpr int64_t kBatch = 16;
    for (size_t passed = 0; passed < tasks.size() && batch.points.empty(); ++passed) {
      batch.task = turn++ % tasks.size();
      int64_t &left = unexplored[batch.task], wanted = std::min(left, kBatch);
      llvm::Expected<std::vector<Point>> points =
          search->task(batch.task).propose(unsigned(std::max<int64_t>(wanted, 0)), &search->model());
      if (!points)
        return points.takeError();
      batch.points = std::move(*points);
      left = int64_t(batch.points.size()) < wanted ? 0 : left - wanted;
    }
  }
  // No more than may be measured: the rest of the batch is given back.
  int64_t left = options.trials ? options.trials - compiledPoints : INT64_MAX;
  if (int64_t(batch.points.size()) > left) {
    for (const Point &point : llvm::ArrayRef(batch.points).drop_front(size_t(std::max<int64_t>(left, 0))))
      search->task(batch.task).withdraw(point);
    batch.points.resize(size_t(std::max<int64_t>(left, 0)));
  }
  compiledPoints += int64_t(batch.points.size());
  return batch;
}

/// Writes what a task's candidates compute, once. Whether that is there; else why not.
bool Session::writeExpectationOf(TunedTask &task, std::string &problem) {
  if (!task.expectation.empty())
    return true;
  std::string file = (folder + "/" + task.fingerprint + ".expectation").str();
  if (llvm::Error e =
          writeTaskExpectation(file, task.compiler->task(), OperandForm::Buffers, task.planned.constants)) {
    problem = llvm::toString(std::move(e));
    return false;
  }
  task.expectation = file;
  return true;
}

/// Writes what all points of a batch need: what they compute, and what the machine's speed is seen by.
void Session::prepare(CompiledBatch &compiled) {
  TunedTask &task = tasks[compiled.batch.task], &yardstick = tasks[task.of];
  if (writeExpectationOf(yardstick, compiled.problem) && yardstick.yardstick.empty()) {
    std::string file = (folder + "/" + yardstick.fingerprint + ".so").str();
    if (llvm::Error e = yardstick.compiler->compile(yardstick.compiler->space().analytic(), file))
      llvm::consumeError(std::move(e));
    else
      yardstick.yardstick = file;
  }
  if (compiled.problem.empty())
    writeExpectationOf(task, compiled.problem);
}

llvm::Error Session::compilePoint(TaskCompiler &compiler, CompiledPoint &point) {
  Candidate &candidate = point.candidate;
  if (llvm::Error e = compiler.compile(point.point, candidate.library))
    return e;
  if (options.measurer != "mca")
    return llvm::Error::success();
  candidate.code = candidate.library + ".ll";
  llvm::Expected<int64_t> range = compiler.writeCode(point.point, candidate.code);
  if (!range)
    return range.takeError();
  candidate.range = *range;
  return llvm::Error::success();
}

/// Compiles points of the batch until all are taken, as one of several threads.
void Session::compilePoints(CompiledBatch &compiled, size_t thread) {
  Clock::time_point begin = Clock::now();
  TunedTask &task = tasks[compiled.batch.task];
  std::call_once(compiled.prepared, [&] { prepare(compiled); });
  // Reading a task takes as long as a few points do.
  constexpr size_t kFewest = 4;
  std::unique_ptr<TaskCompiler> &own = thread ? task.others[thread - 1] : task.compiler;
  if (!own && compiled.points.size() > compiled.next + kFewest) {
    if (llvm::Expected<std::unique_ptr<TaskCompiler>> made = TaskCompiler::create(task.planned.text, target))
      own = std::move(*made);
    else
      llvm::consumeError(made.takeError()); // the other threads do without this one
  }
  while (own && !isLate()) {
    size_t i = compiled.next++;
    if (i >= compiled.points.size())
      break;
    CompiledPoint &point = compiled.points[i];
    point.candidate.expectation = task.expectation;
    point.problem = compiled.problem;
    if (point.problem.empty())
      if (llvm::Error e = compilePoint(*own, point))
        point.problem = llvm::toString(std::move(e));
  }
  std::lock_guard<std::mutex> lock(compiled.mutex);
  compiled.seconds += secondsSince(begin);
}

/// How much faster the machine is than when the task's analytic schedule was measured first: by the hour and
/// by what else runs, a shared machine changes by more than schedules differ. All ways to compute a task are
/// compared to that of the task as planned.
double Session::driftOf(TunedTask &way) {
  const TunedTask &task = tasks[way.of];
  if (options.measurer == "mca" || task.analyticNs <= 0 || task.yardstick.empty())
    return 1;
  std::vector<Measurement> now = measurer->measure(Candidate{task.yardstick, task.expectation});
  return !now.empty() && now[0].stepNs() > 0 ? task.analyticNs / now[0].stepNs() : 1;
}

/// Measures and records. Returns the times, fewer if tuning is over.
llvm::Expected<std::vector<double>> Session::measure(CompiledBatch &compiled) {
  TunedTask &task = tasks[compiled.batch.task];
  Clock::time_point begin = Clock::now();
  std::vector<double> times;
  double drift = driftOf(task);
  // On another machine, batches go over at once.
  size_t atOnce = options.measurer == "command" ? compiled.points.size() : 1;
  for (size_t first = 0; first < compiled.points.size() && !isOver(); first += atOnce) {
    llvm::MutableArrayRef<CompiledPoint> part =
        llvm::MutableArrayRef(compiled.points).drop_front(first).take_front(atOnce);
    std::vector<Candidate> candidates;
    for (CompiledPoint &point : part)
      if (point.problem.empty())
        candidates.push_back(point.candidate);
    std::vector<Measurement> measured = measurer->measure(candidates);
    // What an interrupt ends is not the candidates' fault.
    if (options.stop && *options.stop)
      break;
    std::vector<Record> records;
    size_t next = 0;
    for (CompiledPoint &point : part) {
      Measurement result;
      if (point.problem.empty())
        result = measured[next++];
      else
        result.message = point.problem;
      bool isOk = result.outcome == Outcome::Ok;
      for (double *time : {&result.ns, &result.low, &result.high, &result.coldNs})
        *time *= drift;
      times.push_back(result.stepNs());
      if (isOk && point.schedule == task.analytic)
        task.analyticNs = result.stepNs();
      ++task.trials;
      ++report.trials;
      task.failed += !isOk;
      report.failed += !isOk;
      records.push_back(
          {task.fingerprint, target.name, machine, point.schedule, std::move(result), millisecondsNow()});
    }
    if (llvm::Error e = database->put(records))
      return std::move(e);
  }
  for (CompiledPoint &point : compiled.points) {
    llvm::sys::fs::remove(point.candidate.library);
    if (!point.candidate.code.empty())
      llvm::sys::fs::remove(point.candidate.code);
  }
  report.measureSeconds += secondsSince(begin);
  report.compileSeconds += compiled.seconds;
  return times;
}

double Session::totalMs(bool analytic) {
  double sum = 0;
  for (auto [i, task] : llvm::enumerate(llvm::ArrayRef(tasks).take_front(numPlanned))) {
    double best = search->bestNs(i);
    sum += double(task.planned.runs) * (analytic && task.analyticNs > 0 ? task.analyticNs : best);
  }
  return sum * 1e-6;
}

void Session::addMoment(StringRef task) {
  double seconds = secondsSince(start);
  // The sum means something once every task has a time.
  bool isWhole = llvm::all_of(llvm::seq(numPlanned), [&](size_t i) { return search->bestNs(i) > 0; });
  if (isWhole)
    report.curve.push_back({seconds, report.trials, totalMs(false)});
  if (options.onProgress)
    options.onProgress({seconds, options.minutes * 60, report.trials, options.trials, report.failed,
                        isWhole ? totalMs(true) : 0, isWhole ? totalMs(false) : 0, task.str()});
}

llvm::Error Session::loop() {
  // While a batch is measured on one processor, the next one is compiled on the others, and on that one, too,
  // once the measuring is done: to compile takes several times as long. A batch is chosen before the results
  // of the one before are there: the search is one batch late, and no processor waits. Spaces belong to one
  // thread at a time, so the search hears of results once nothing is being compiled. Where all has one
  // processor, nothing is compiled while it measures.
  constexpr int kMostThreads = 3;
  cpu_set_t others = otherProcessors(core);
  bool isLocal = options.measurer == "local", isAlone = isLocal && !CPU_COUNT(&others);
  size_t threads = size_t(std::clamp(CPU_COUNT(&others), 1, kMostThreads));
  auto begin = [&]() -> llvm::Expected<std::unique_ptr<CompiledBatch>> {
    llvm::Expected<Search::Batch> batch = next();
    if (!batch)
      return batch.takeError();
    auto compiling = std::make_unique<CompiledBatch>();
    if (batch->points.empty())
      return compiling;
    TunedTask &task = tasks[batch->task];
    for (const Point &point : batch->points) {
      CompiledPoint &entry = compiling->points.emplace_back();
      entry.point = point;
      entry.schedule = task.compiler->space().print(point);
      entry.candidate.library = (folder + "/" + llvm::Twine(files++) + ".so").str();
    }
    compiling->batch = std::move(*batch);
    task.others.resize(threads);
    // They stay off the processor that is measured on; the measurer's processes must not.
    for (size_t thread = 0; thread < threads; ++thread)
      compiling->threads.push_back(std::async(isAlone ? std::launch::deferred : std::launch::async,
                                              [this, isLocal, others, thread, work = compiling.get()] {
                                                if (isLocal && CPU_COUNT(&others))
                                                  sched_setaffinity(0, sizeof others, &others);
                                                compilePoints(*work, thread);
                                              }));
    return compiling;
  };
  auto finish = [&](CompiledBatch &compiling) {
    if (!isAlone && !compiling.points.empty())
      compilePoints(compiling, threads);
    for (std::future<void> &thread : compiling.threads)
      thread.get();
    compiling.points.resize(std::min<size_t>(compiling.next, compiling.points.size()));
  };
  llvm::Expected<std::unique_ptr<CompiledBatch>> current = begin();
  if (!current)
    return current.takeError();
  finish(**current);
  while (!(*current)->points.empty()) {
    llvm::Expected<std::unique_ptr<CompiledBatch>> following =
        isOver() ? std::make_unique<CompiledBatch>() : begin();
    if (!following)
      return following.takeError();
    llvm::Expected<std::vector<double>> times = measure(**current);
    finish(**following);
    if (!times)
      return times.takeError();
    search->finish((*current)->batch, *times);
    addMoment(tasks[(*current)->batch.task].planned.name);
    current = std::move(following);
  }
  return llvm::Error::success();
}

llvm::Error Session::confirm() {
  if (options.measurer == "mca") {
    report.unconfirmed = "measurer 'mca' has no machine to run whole models on";
    return llvm::Error::success();
  }
  // The fastest of a hundred noisy times is one that was lucky: the model tells which of some it is.
  constexpr size_t kFinalists = 4;
  std::vector<Finalists> finalists;
  std::vector<size_t> indices;           // of their tasks
  std::vector<std::vector<size_t>> ways; // of each task's choices
  for (auto [i, task] : llvm::enumerate(llvm::ArrayRef(tasks).take_front(numPlanned))) {
    constexpr double kGain = 0.99;
    double best = search->bestNs(i);
    if (best <= 0 || best >= kGain * task.analyticNs)
      continue;
    std::vector<std::tuple<double, size_t, std::string>> fastest;
    for (auto [j, way] : llvm::enumerate(tasks))
      if (way.of == i)
        for (const auto &[ns, point] : search->task(j).fastestPoints(kFinalists))
          if (std::string schedule = way.compiler->space().print(point); j != i || schedule != task.analytic)
            fastest.emplace_back(ns, j, std::move(schedule));
    if (fastest.empty())
      continue;
    llvm::stable_sort(fastest, llvm::less_first());
    fastest.resize(std::min(fastest.size(), kFinalists));
    finalists.push_back({task.planned.name, {}, std::nullopt});
    indices.push_back(i);
    ways.emplace_back();
    for (auto &[ns, way, schedule] : fastest) {
      finalists.back().choices.push_back({tasks[way].variant, schedule});
      ways.back().push_back(way);
    }
  }
  if (finalists.empty()) {
    report.unconfirmed = "no task has a schedule that is faster by 1 %";
    return llvm::Error::success();
  }
  CompileOptions present = compile;
  present.tuningDatabase = options.database;
  present.tunedOn = machine;
  double left = options.minutes > 0 ? options.minutes * 60 - secondsSince(start) : INFINITY;
  llvm::Expected<Confirmation> confirmed =
      confirmFinalists(path, present, finalists, *measurer, folder, left);
  if (!confirmed) {
    report.unconfirmed = llvm::toString(confirmed.takeError());
    return llvm::Error::success();
  }
  report.beforeMs = confirmed->beforeMs;
  report.afterMs = confirmed->afterMs;
  std::vector<KeptSchedule> kept;
  std::vector<KeptVariant> variants;
  for (auto [task, index, way] : llvm::zip_equal(finalists, indices, ways)) {
    if (!task.kept)
      continue;
    const Choice &choice = task.choices[*task.kept];
    const TunedTask &chosen = tasks[way[*task.kept]];
    kept.push_back({chosen.fingerprint, target.name, machine, choice.schedule, millisecondsNow()});
    variants.push_back({plannedFingerprint(tasks[index].compiler->task()), target.name, machine,
                        choice.variant, millisecondsNow()});
    report.tasks[index].isKept = true;
    report.tasks[index].variant = chosen.of == way[*task.kept] ? "" : choice.variant;
  }
  // What is compiled here for another machine that could be this one must say so.
  if (!kept.empty() && target.runsHere() && machine != describeThisMachine().fingerprint())
    report.tunedOn = machine;
  return database->keep(kept, variants);
}

llvm::Expected<TuningReport> Session::run() {
  if (llvm::Error e = open())
    return std::move(e);
  if (llvm::Error e = readTasks())
    return std::move(e);
  if (llvm::Error e = readRecords())
    return std::move(e);
  // Confirming compiles the whole model some times.
  constexpr double kConfirmShare = 0.2, kConfirmMost = 120;
  double all = options.minutes * 60;
  searchSeconds = options.explore ? all : all - std::min(kConfirmShare * all, kConfirmMost);
  if (llvm::Error e = loop())
    return std::move(e);
  for (auto [i, task] : llvm::enumerate(tasks))
    if (task.of == i) {
      report.tasks.push_back({task.planned.name, task.fingerprint, task.planned.runs, task.trials,
                              task.failed, task.analyticNs, search->bestNs(i), false, ""});
    } else {
      report.tasks[task.of].trials += task.trials;
      report.tasks[task.of].failed += task.failed;
    }
  report.isStopped = options.stop && *options.stop;
  if (!options.explore && !report.isStopped)
    if (llvm::Error e = confirm())
      return std::move(e);
  report.seconds = secondsSince(start);
  return std::move(report);
}

Result<TuningReport> tenon::tuneModel(const std::string &path, const CompileOptions &compile,
                                      const TuningOptions &options) {
  CompileOptions plain = compile;
  plain.tuningDatabase.clear();
  plain.tunedOn.clear();
  plain.costModel.clear();
  llvm::Expected<TuningReport> report = Session(path, plain, options).run();
  if (!report)
    return Status::failure(llvm::toString(report.takeError()));
  return std::move(*report);
}
