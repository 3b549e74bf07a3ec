#include "autotune/Search/Search.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

using namespace tenon;
using namespace tenon::autotune;

/// What counts as faster.
static constexpr double kGain = 0.99;

TaskSearch::TaskSearch(const Space &space, const SearchOptions &options, uint64_t seed)
    : domain(&space), options(options), rng(seed) {}

void TaskSearch::record(const Point &point, double nanoseconds) {
  bool isProposed = !seen.insert(point).second;
  rows.resize(rows.size() + domain->numFeatures());
  domain->features(point, llvm::MutableArrayRef<float>(rows).take_back(domain->numFeatures()));
  points.push_back(point);
  times.push_back(nanoseconds);
  if (nanoseconds > 0 && domain->keepsSplit(point) && (fastest == 0 || nanoseconds < fastest)) {
    if (fastest == 0 || nanoseconds < kGain * fastest)
      lastGain = times.size();
    fastest = nanoseconds;
  }
  // What was measured by others, at random perhaps, is no reason to give up.
  if (!isProposed)
    lastGain = times.size();
  curve.push_back(fastest);
}

std::vector<std::pair<double, Point>> TaskSearch::fastestPoints(size_t count) const {
  std::vector<size_t> order;
  for (size_t i = 0; i < points.size(); ++i)
    if (times[i] > 0 && domain->keepsSplit(points[i]))
      order.push_back(i);
  llvm::stable_sort(order, [&](size_t a, size_t b) { return times[a] < times[b]; });
  std::vector<std::pair<double, Point>> found;
  std::set<Point> known;
  for (size_t i : order)
    if (found.size() < count && known.insert(points[i]).second)
      found.emplace_back(times[i], points[i]);
  return found;
}

bool TaskSearch::isDone() const {
  return exhausted || (options.patience && times.size() >= lastGain + options.patience);
}

bool TaskSearch::propose(const Point &point, std::vector<Point> &proposed) {
  if ((options.strategy == Strategy::Guided && !domain->keepsSplit(point)) || !seen.insert(point).second)
    return false;
  proposed.push_back(point);
  return true;
}

llvm::Error TaskSearch::score(llvm::ArrayRef<Point> candidates, std::vector<float> &scores,
                              const CostModel &model) const {
  std::vector<float> features(candidates.size() * domain->numFeatures());
  for (auto [i, point] : llvm::enumerate(candidates))
    domain->features(point, llvm::MutableArrayRef<float>(features).slice(i * domain->numFeatures(),
                                                                         domain->numFeatures()));
  scores.resize(candidates.size());
  return model.predict(features, scores);
}

/// The unseen points of the highest scores that some generations come across, best first.
llvm::Expected<std::vector<Point>> TaskSearch::evolve(unsigned count, const CostModel &model) {
  if (count == 0)
    return std::vector<Point>();
  // It starts from what was measured to be fast, and from anywhere.
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::erase_if(order, [&](size_t i) { return times[i] <= 0; });
  llvm::sort(order, [&](size_t x, size_t y) { return std::pair(times[x], x) < std::pair(times[y], y); });
  constexpr unsigned kKnown = 5; // a fifth
  std::vector<Point> generation;
  for (size_t i : llvm::ArrayRef(order).take_front(options.population / kKnown))
    generation.push_back(points[i]);
  if (options.fromAnalytic)
    generation.push_back(domain->analytic());
  while (generation.size() < options.population)
    generation.push_back(domain->sample(rng));

  std::set<std::pair<float, Point>> found; // the best so far, at most `count`
  std::vector<float> scores;
  for (unsigned round = 0;; ++round) {
    if (llvm::Error e = score(generation, scores, model))
      return std::move(e);
    for (auto [point, value] : llvm::zip_equal(generation, scores)) {
      if (seen.count(point) || !domain->keepsSplit(point) ||
          (found.size() == count && value <= found.begin()->first))
        continue;
      found.emplace(value, point);
      if (found.size() > count)
        found.erase(found.begin());
    }
    if (round == options.generations)
      break;
    // Parents are the best of a few that chance picks: only the order of the scores matters.
    constexpr unsigned kTournament = 4;
    std::uniform_int_distribution<size_t> pick(0, generation.size() - 1);
    auto parent = [&]() -> const Point & {
      size_t best = pick(rng);
      for (unsigned i = 1; i < kTournament; ++i)
        if (size_t other = pick(rng); scores[other] > scores[best])
          best = other;
      return generation[best];
    };
    std::bernoulli_distribution mutates(options.mutation);
    std::vector<Point> children;
    while (children.size() < options.population) {
      const Point &first = parent();
      children.push_back(mutates(rng) ? domain->mutate(first, rng) : domain->cross(first, parent(), rng));
    }
    generation = std::move(children);
  }
  std::vector<Point> best;
  for (auto &[value, point] : llvm::reverse(found))
    best.push_back(point);
  return best;
}

llvm::Expected<Point> TaskSearch::choose(const CostModel &model) {
  llvm::Expected<std::vector<Point>> best = evolve(1, model);
  if (!best)
    return best.takeError();
  return best->empty() ? domain->analytic() : best->front();
}

llvm::Expected<std::vector<Point>> TaskSearch::propose(unsigned count, const CostModel *model) {
  std::vector<Point> proposed;
  if (exhausted || count == 0)
    return proposed;
  if (options.fromAnalytic)
    propose(domain->analytic(), proposed);
  if (options.strategy == Strategy::Exhaustive) {
    // The spaces that are measured whole are small: it is enumerated again up to where it was.
    size_t at = 0;
    exhausted = true;
    domain->enumerate([&](const Point &point) {
      if (at++ < enumerated)
        return true;
      if (proposed.size() >= count)
        return exhausted = false;
      ++enumerated;
      propose(point, proposed);
      return true;
    });
    return proposed;
  }
  if (options.strategy == Strategy::Guided && model && model->isTrained() && proposed.size() < count) {
    unsigned guided = count - unsigned(proposed.size());
    // Rounded by chance, so that small batches explore, too.
    for (unsigned i = 0, all = guided; i < all; ++i)
      guided -= std::bernoulli_distribution(options.exploration)(rng);
    llvm::Expected<std::vector<Point>> best = evolve(guided, *model);
    if (!best)
      return best.takeError();
    for (const Point &point : *best)
      propose(point, proposed);
  }
  // Points are drawn until new ones do not turn up any more: a small space, most of it seen.
  constexpr unsigned kDraws = 200;
  for (unsigned missed = 0; proposed.size() < count && missed < kDraws;)
    missed = propose(domain->sample(rng), proposed) ? 0 : missed + 1;
  if (proposed.size() < count)
    domain->enumerate([&, visited = 0](const Point &point) mutable {
      constexpr int kMost = 100000;
      propose(point, proposed);
      return proposed.size() < count && ++visited < kMost;
    });
  exhausted = proposed.size() < count;
  return proposed;
}

//===----------------------------------------------------------------------===//
// Several tasks
//===----------------------------------------------------------------------===//

size_t Search::addTask(const Space &space, double runs) {
  size_t number = tasks.size();
  tasks.push_back(
      std::make_unique<Task>(Task{TaskSearch(space, options, options.seed + number), runs, number}));
  return number;
}

size_t Search::addWay(size_t of, const Space &space, double promise) {
  size_t number = addTask(space, tasks[of]->runs);
  tasks[number]->of = of;
  tasks[number]->promise = promise;
  return number;
}

double Search::bestNs(size_t of) const {
  double best = 0;
  for (auto &task : tasks)
    if (double own = task->search.bestNs(); task->of == of && own > 0 && (best == 0 || own < best))
      best = own;
  return best;
}

bool Search::isExtra(size_t i) const {
  const Task &task = *tasks[i];
  return task.of != i && (task.search.bestNs() == 0 || task.search.bestNs() > bestNs(task.of));
}

bool Search::isBehind(size_t i) const {
  const Task &task = *tasks[i];
  size_t trials = task.search.numTrials();
  if (trials == 0)
    return false;
  // The first points are the compiler's and those that the model expects to be fast, so nearly as fast as it
  // gets; after a batch more, little is to be expected.
  constexpr double kOpened = 1.15, kTried = 1.03;
  double best = task.search.bestNs(), fastest = bestNs(task.of);
  if (best == 0)
    return task.of != i && trials >= options.opening;
  return best > (trials < options.opening + options.batch ? kOpened : kTried) * fastest;
}

double Search::gain(size_t i) const {
  const Task &task = *tasks[i];
  const TaskSearch &search = task.search;
  double best = search.bestNs(), fastest = bestNs(task.of);
  if (task.asked == 0 && search.numTrials() == 0)
    return task.of == i ? INFINITY : task.runs * fastest * task.promise;
  if (best <= 0)
    return 0;
  llvm::ArrayRef<double> history = search.history();
  // How it went lately, and what is possible if the best time goes on falling with the number of trials.
  constexpr double kLately = 0.2;
  constexpr size_t kBatches = 3;
  size_t back = std::min(history.size() - 1, kBatches * options.batch);
  double before = history[history.size() - 1 - back];
  double lately = before > 0 && back ? (before - best) / double(back) : 0;
  double trials = double(std::max(task.asked, search.numTrials()));
  // What is not the fastest way must catch up first.
  double behind = (best - fastest) / double(options.batch);
  return task.runs * std::max(kLately * lately + (1 - kLately) * best / trials - behind, 0.0);
}

/// Trains the model once there are enough new points.
llvm::Error Search::learn() {
  if (options.strategy != Strategy::Guided || tasks.empty())
    return llvm::Error::success();
  size_t all = 0;
  for (auto &task : tasks)
    all += task->search.numTrials();
  constexpr double kGrowth = 1.2;
  if (all < options.leastData || double(all) < kGrowth * double(learned))
    return llvm::Error::success();
  TrainingSet data(tasks[0]->search.space().numFeatures());
  for (auto &task : tasks)
    task->search.addTo(data);
  // What other tasks taught stays; what these ones taught is learned anew, from more points.
  if (learned == 0 && cost.isTrained()) {
    llvm::Expected<CostModel> copy = cost.clone();
    if (!copy)
      return copy.takeError();
    prior = std::make_unique<CostModel>(std::move(*copy));
  }
  learned = all;
  if (!prior)
    return cost.train(data);
  llvm::Expected<CostModel> copy = prior->clone();
  if (!copy)
    return copy.takeError();
  cost = std::move(*copy);
  return cost.update(data, options.updateRounds);
}

llvm::Expected<Search::Batch> Search::next() {
  if (llvm::Error e = learn())
    return std::move(e);
  while (true) {
    size_t all = 0, extra = 0;
    for (size_t i = 0; i < tasks.size(); ++i) {
      all += tasks[i]->asked;
      extra += isExtra(i) ? tasks[i]->asked : 0;
    }
    // Every task has its analytic point measured before any has another.
    Task *chosen = nullptr;
    unsigned count = options.batch;
    double most = -1;
    for (auto [i, task] : llvm::enumerate(tasks)) {
      if (task->search.isDone())
        continue;
      bool isWay = task->of != i, isNew = task->asked == 0 && task->search.numTrials() == 0;
      if (!isWay && task->asked == 0 && options.fromAnalytic && task->search.bestNs() == 0) {
        chosen = task.get();
        count = 1;
        break;
      }
      unsigned own = isWay && isNew ? options.opening : options.batch;
      if (isBehind(i) || (isWay && bestNs(task->of) == 0) ||
          (isExtra(i) && double(extra + own) > options.waysShare * double(all + own)))
        continue;
      if (double expected = gain(i); expected > most) {
        most = expected;
        chosen = task.get();
        count = own;
      }
    }
    if (!chosen)
      return Batch();
    llvm::Expected<std::vector<Point>> points = chosen->search.propose(count, &cost);
    if (!points)
      return points.takeError();
    chosen->asked += points->size();
    if (points->empty())
      continue; // it is exhausted now
    size_t index = llvm::find_if(tasks, [&](auto &task) { return task.get() == chosen; }) - tasks.begin();
    return Batch{index, std::move(*points)};
  }
}

void Search::finish(const Batch &batch, llvm::ArrayRef<double> nanoseconds) {
  Task &task = *tasks[batch.task];
  for (auto [i, point] : llvm::enumerate(batch.points)) {
    if (i < nanoseconds.size()) {
      task.search.record(point, nanoseconds[i]);
    } else {
      task.search.withdraw(point);
      --task.asked;
    }
  }
}

double Search::bestTotalNs() const {
  double sum = 0;
  for (auto [i, task] : llvm::enumerate(tasks))
    if (task->of == i)
      sum += task->runs * bestNs(i);
  return sum;
}
