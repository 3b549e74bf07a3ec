#include "autotune/CostModel/Ranking.h"
#include "autotune/Database/Database.h"
#include "autotune/Space/Features.h"
#include "lib/Driver/Schedules.h"
#include "lib/Driver/TaskCompiler.h"
#include "tenon/Tuning.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ThreadPool.h"
#include <chrono>
#include <mutex>

using namespace tenon;
using namespace tenon::autotune;

namespace {
/// What was measured of one task for one target on one machine.
struct Group {
  std::string task, text;
  TargetSpec target;
  Machine machine;
  std::vector<Record> records;
  // From here on by readFeatures.
  std::vector<float> rows;
  std::vector<double> ns, estimates; ///< time, 0 for failures; and the compiler's estimate, in cycles
  int64_t unreadable = 0;
  double featureSeconds = 0;
};
} // namespace

/// The target that records were compiled for: "native" was another one on another machine.
static llvm::Expected<TargetSpec> targetOf(const std::string &name, const Machine &machine) {
  llvm::Expected<TargetSpec> target = parseTarget(name);
  if (!target || name != "native")
    return target;
  target->l1Bytes = uint64_t(machine.l1Bytes);
  target->l2Bytes = uint64_t(machine.l2Bytes);
  target->l3Bytes = uint64_t(machine.l3Bytes);
  target->lineBytes = unsigned(machine.lineBytes);
  target->vectorBytes = unsigned(machine.vectorBytes);
  target->vectorRegisters = unsigned(machine.vectorRegisters);
  return target;
}

static llvm::Error readGroups(const std::string &path, std::vector<Group> &groups) {
  auto database = Database::open(path, Database::Mode::Existing);
  if (!database)
    return database.takeError();
  auto statistics = (*database)->statistics();
  if (!statistics)
    return statistics.takeError();
  for (const TaskStatistics &entry : *statistics) {
    auto text = (*database)->taskText(entry.task);
    auto machine = (*database)->machine(entry.machine);
    auto records = (*database)->records(entry.task, entry.target, entry.machine);
    if (llvm::Error error =
            llvm::joinErrors(text.takeError(), llvm::joinErrors(machine.takeError(), records.takeError())))
      return error;
    Group group;
    group.task = entry.task;
    group.text = text->value_or("");
    group.machine = machine->value_or(describeThisMachine());
    llvm::Expected<TargetSpec> target = targetOf(entry.target, group.machine);
    if (!target)
      return target.takeError();
    group.target = *target;
    group.records = std::move(*records);
    groups.push_back(std::move(group));
  }
  return llvm::Error::success();
}

/// Makes the task again, and the features of its points.
static void readFeatures(Group &group) {
  auto compiler = TaskCompiler::create(group.text, group.target);
  if (!compiler) {
    llvm::consumeError(compiler.takeError());
    group.unreadable = int64_t(group.records.size());
    return;
  }
  const TaskSpace &space = (*compiler)->space();
  std::vector<std::string> names = space.featureNames();
  size_t estimate = llvm::find(names, "sum.cycles") - names.begin();
  std::vector<Point> points;
  for (const Record &record : group.records) {
    std::optional<Point> point = space.parse(record.schedule);
    if (!point) {
      ++group.unreadable;
      continue;
    }
    points.push_back(*point);
    group.ns.push_back(record.measurement.stepNs());
  }
  auto begin = std::chrono::steady_clock::now();
  group.rows.resize(points.size() * TaskFeatures::kCount);
  for (auto [i, point] : llvm::enumerate(points))
    space.features(
        point,
        llvm::MutableArrayRef<float>(group.rows).slice(i * TaskFeatures::kCount, TaskFeatures::kCount));
  group.featureSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (size_t i = 0; i < points.size(); ++i)
    group.estimates.push_back(estimate < names.size() ? group.rows[i * TaskFeatures::kCount + estimate] : 0);
}

static double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Medians over the groups of how well scores rank the points.
static TrainingReport::Quality judge(llvm::ArrayRef<const Group *> groups,
                                     llvm::ArrayRef<std::vector<double>> scores) {
  std::vector<double> correlation, first, firstEight;
  for (auto [group, list] : llvm::zip_equal(groups, scores)) {
    std::vector<double> good, speeds;
    for (auto [score, ns] : llvm::zip_equal(list, group->ns))
      if (ns > 0) {
        good.push_back(score);
        speeds.push_back(1 / ns);
      }
    correlation.push_back(rankCorrelation(good, speeds));
    first.push_back(bestOfTop(list, group->ns, 1));
    firstEight.push_back(bestOfTop(list, group->ns, 8));
  }
  return {medianOf(correlation), medianOf(first), medianOf(firstEight)};
}

static llvm::Expected<TrainingReport> train(const std::vector<std::string> &databases,
                                            const std::vector<std::string> &heldOut, const std::string &file,
                                            const TrainingOptions &options) {
  std::vector<Group> known, unseen;
  for (const auto &[paths, groups] : {std::pair(&databases, &known), std::pair(&heldOut, &unseen)})
    for (const std::string &path : *paths)
      if (llvm::Error e = readGroups(path, *groups))
        return std::move(e);
  llvm::StringSet<> hidden;
  for (const Group &group : unseen)
    hidden.insert(group.task);
  llvm::erase_if(known, [&](const Group &group) { return hidden.contains(group.task); });
  {
    llvm::DefaultThreadPool pool;
    for (auto *groups : {&known, &unseen})
      for (Group &group : *groups)
        pool.async([&group] { readFeatures(group); });
  }
  TrainingReport report;
  TrainingSet data(TaskFeatures::kCount);
  llvm::StringSet<> tasks, machines;
  std::vector<std::string> kinds;
  for (const Group &group : known) {
    report.unreadable += group.unreadable;
    // Of one point nothing can be learned.
    if (group.ns.size() < 2)
      continue;
    data.add(group.rows, group.ns);
    tasks.insert(group.task);
    if (std::string kind = kindOf(group.target); !llvm::is_contained(kinds, kind))
      kinds.push_back(std::move(kind));
    machines.insert(group.machine.fingerprint());
    report.points += int64_t(group.ns.size());
    report.failed += llvm::count(group.ns, 0.0);
  }
  report.tasks = tasks.size();
  report.machines = machines.size();
  CostModelOptions modelOptions;
  modelOptions.objective = options.objective == "rank" ? Objective::Rank : Objective::Throughput;
  modelOptions.rounds = options.rounds;
  modelOptions.seed = options.seed;
  modelOptions.threads = options.threads;
  CostModel model(TaskFeatures::kCount, kFeaturesVersion, modelOptions);
  model.targets = std::move(kinds);
  auto begin = std::chrono::steady_clock::now();
  if (llvm::Error e = model.train(data))
    return std::move(e);
  report.trainSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  std::vector<const Group *> judged;
  std::vector<std::vector<double>> learned, analytic;
  double seconds = 0;
  constexpr size_t kFewest = 16;
  for (const Group &group : unseen) {
    report.unreadable += group.unreadable;
    if (group.ns.size() < kFewest)
      continue;
    std::vector<float> scores(group.ns.size());
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error e = model.predict(group.rows, scores))
      return std::move(e);
    seconds += group.featureSeconds +
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    judged.push_back(&group);
    learned.emplace_back(scores.begin(), scores.end());
    analytic.emplace_back();
    for (double cycles : group.estimates)
      analytic.back().push_back(-cycles);
    report.heldOutPoints += int64_t(group.ns.size());
  }
  report.heldOut = int64_t(judged.size());
  report.learned = judge(judged, learned);
  report.analytic = judge(judged, analytic);
  report.scoredPerSecond = seconds > 0 ? double(report.heldOutPoints) / seconds : 0;
  if (!file.empty())
    if (llvm::Error e = model.save(file))
      return std::move(e);
  return report;
}

Result<TrainingReport> tenon::trainCostModel(const std::vector<std::string> &databases,
                                             const std::vector<std::string> &heldOut, const std::string &file,
                                             const TrainingOptions &options) {
  if (options.objective != "rank" && options.objective != "throughput")
    return Status::failure("expected an objective out of rank, throughput, but got '" + options.objective +
                           "'");
  llvm::Expected<TrainingReport> report = train(databases, heldOut, file, options);
  if (!report)
    return Status::failure(llvm::toString(report.takeError()));
  return std::move(*report);
}
