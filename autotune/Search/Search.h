#pragma once

#include "autotune/CostModel/CostModel.h"
#include "autotune/Space/Space.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <set>
#include <vector>

/// Which points to measure next.
namespace tenon::autotune {

enum class Strategy {
  Guided,     ///< evolution towards what the cost model expects to be fast, and some points at random
  Random,     ///< uniform over the space
  Exhaustive, ///< all points, in the space's order
};

struct SearchOptions {
  Strategy strategy = Strategy::Guided;
  /// Points that are measured between two looks at the results.
  unsigned batch = 16;
  /// Of the points of a guided batch, how many are random.
  double exploration = 0.1;
  /// Evolution: points of a generation, generations, and how many children are mutated rather than crossed.
  unsigned population = 256, generations = 4;
  double mutation = 0.85;
  /// A task ends after so many points of which none was faster by 1 %; 0: never.
  unsigned patience = 96;
  /// Whether the point that the compiler takes by itself comes first.
  bool fromAnalytic = true;
  /// Trees that each training adds to a model that was trained before.
  int updateRounds = 60;
  /// Below so many measured points of all tasks, no model is trained.
  unsigned leastData = 48;
  /// Of another way to do a task: so many points come first, by which it shows what it is worth; and so much
  /// of all points goes to ways that are not the fastest of their task.
  unsigned opening = 4;
  double waysShare = 0.1;
  uint64_t seed = 1;
};

/// What is known of one task: its space and the points that were measured.
class TaskSearch {
public:
  TaskSearch(const Space &space, const SearchOptions &options, uint64_t seed);

  const Space &space() const { return *domain; }
  /// Up to `count` points that were neither measured nor proposed before; fewer or none if there are no
  /// others. `model` may be null or untrained, then guided search draws at random.
  llvm::Expected<std::vector<Point>> propose(unsigned count, const CostModel *model);
  /// The point that `model` expects to be fastest, measured or not.
  llvm::Expected<Point> choose(const CostModel &model);
  /// The time of a point, whoever chose it; 0: it failed.
  void record(const Point &point, double nanoseconds);
  /// Forgets that a point was proposed, so that it can be again.
  void withdraw(const Point &point) { seen.erase(point); }

  /// Points that were recorded.
  size_t numTrials() const { return times.size(); }
  /// Of the fastest point that threads share as the compiler chose; 0 while there is none.
  double bestNs() const { return fastest; }
  /// Up to `count` points that threads share as the compiler chose, the fastest first, and their times.
  std::vector<std::pair<double, Point>> fastestPoints(size_t count) const;
  /// bestNs after each trial.
  llvm::ArrayRef<double> history() const { return curve; }
  /// Whether it is of no use to go on: all points were proposed, or none was better for long.
  bool isDone() const;
  void addTo(TrainingSet &data) const { data.add(rows, times); }

private:
  llvm::Expected<std::vector<Point>> evolve(unsigned count, const CostModel &model);
  bool propose(const Point &point, std::vector<Point> &proposed);
  llvm::Error score(llvm::ArrayRef<Point> points, std::vector<float> &scores, const CostModel &model) const;

  const Space *domain;
  SearchOptions options;
  Rng rng;
  std::set<Point> seen; ///< proposed or recorded
  std::vector<Point> points;
  std::vector<float> rows;
  std::vector<double> times, curve;
  double fastest = 0;
  size_t lastGain = 0; ///< number of trials when the best one was last beaten by 1 %
  bool exhausted = false;
  size_t enumerated = 0;
};

/// Tunes several tasks with one budget. Each batch goes to the task where it is expected to gain most for the
/// whole model: runs of the task times how much a trial gained lately, or could gain if progress goes on as
/// it did (the gradient of Ansor's task scheduler: Zheng et al., 2020, section 6).
///
/// A task may be done in several *ways*, each with a space of its own, of which only the fastest counts. A
/// way is opened by few points; one that is far behind then gets no more, and one that is not the fastest
/// gains only what it may be faster than that.
///
///     while (auto batch = *search.next(); !batch.points.empty())
///       search.finish(batch, measure(batch));
class Search {
public:
  /// `model` may be trained already, on other tasks; it learns as points are finished.
  Search(CostModel model, SearchOptions options)
      : cost(std::move(model)), options(options), rng(options.seed) {}

  /// `runs`: of the task in the model. The space must live as long as this object. Returns its number.
  size_t addTask(const Space &space, double runs);
  /// Another way to do task `of`. `promise`: how fast it is expected to be, compared to the task as it is:
  /// the most promising ones are opened first. Returns its number, as if it were a task.
  size_t addWay(size_t of, const Space &space, double promise);
  TaskSearch &task(size_t i) { return tasks[i]->search; }
  size_t numTasks() const { return tasks.size(); }

  struct Batch {
    size_t task = 0;
    std::vector<Point> points;
  };
  /// The next points, of one task; none if all tasks are done. It need not be finished before the next one is
  /// asked for, but then that one knows nothing of it.
  llvm::Expected<Batch> next();
  /// The times of the batch's points, 0 for those that failed. A batch that ended early has fewer: the rest
  /// may be proposed again.
  void finish(const Batch &batch, llvm::ArrayRef<double> nanoseconds);
  /// Sum over the tasks of runs times best time, of those with a good point.
  double bestTotalNs() const;
  /// The best time of task `of`, whichever way; 0 while there is none.
  double bestNs(size_t of) const;
  const CostModel &model() const { return cost; }

private:
  struct Task {
    TaskSearch search;
    double runs;
    size_t of;          ///< the task that it is a way of: its own number for the task itself
    double promise = 1; ///< of a way
    size_t asked = 0;   ///< points
  };
  /// What one more point is expected to gain, in nanoseconds of the whole model; 0: nothing.
  double gain(size_t i) const;
  /// Whether a way, or a task that has others, is too far behind the fastest one.
  bool isBehind(size_t i) const;
  /// Whether it is a way that is not the fastest of its task.
  bool isExtra(size_t i) const;
  llvm::Error learn();

  CostModel cost;
  SearchOptions options;
  Rng rng;
  std::vector<std::unique_ptr<Task>> tasks;
  size_t learned = 0; ///< number of points that the model has seen
  /// What was there before this search, if it was trained.
  std::unique_ptr<CostModel> prior;
};

} // namespace tenon::autotune
