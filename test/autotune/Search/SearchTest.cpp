#include "autotune/Search/Search.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace tenon;
using namespace tenon::autotune;

namespace {

constexpr unsigned kFeatures = 5;

/// A space of four knobs with `values` values each, of which those with an even sum are valid.
class Grid : public Space {
public:
  explicit Grid(unsigned values) : values(values) {}
  bool isValid(const Point &p) const { return (p[0] + p[1] + p[2] + p[3]) % 2 == 0; }
  uint64_t size() const override { return uint64_t(values) * values * values * values / 2; }
  Point sample(Rng &rng) const override {
    Point point(4, 0);
    do
      for (auto &knob : point)
        knob = uint16_t(rng() % values);
    while (!isValid(point));
    return point;
  }
  Point mutate(const Point &point, Rng &rng) const override {
    Point next;
    do {
      next = point;
      next[rng() % 4] = uint16_t(rng() % values);
      next[rng() % 4] = uint16_t(rng() % values);
    } while (!isValid(next));
    return next;
  }
  Point cross(const Point &a, const Point &b, Rng &rng) const override {
    Point next = a;
    do
      for (unsigned i = 0; i < 4; ++i)
        next[i] = rng() % 2 ? a[i] : b[i];
    while (!isValid(next));
    return next;
  }
  void enumerate(llvm::function_ref<bool(const Point &)> visit) const override {
    for (unsigned i = 0; i < values * values * values * values; ++i) {
      Point point = {uint16_t(i % values), uint16_t(i / values % values),
                     uint16_t(i / values / values % values), uint16_t(i / values / values / values)};
      if (isValid(point) && !visit(point))
        return;
    }
  }
  Point analytic() const override { return {0, 0, 0, 0}; }
  unsigned numFeatures() const override { return kFeatures; }
  void features(const Point &point, llvm::MutableArrayRef<float> out) const override {
    std::copy(point.begin(), point.end(), out.begin());
    out[4] = 1;
  }
  std::string print(const Point &) const override { return ""; }
  std::optional<Point> parse(llvm::StringRef) const override { return std::nullopt; }

private:
  unsigned values;
};

/// A bowl with its bottom, 1000 ns, at (11, 4, 7, 2).
double bowl(const Point &p) {
  auto square = [](double x) { return x * x; };
  return 1000 *
         (1 + 0.05 * (square(p[0] - 11.0) + square(p[1] - 4.0) + square(p[2] - 7.0) + square(p[3] - 2.0)));
}

CostModel untrained() {
  CostModelOptions options;
  options.rounds = 40;
  options.depth = 5;
  return CostModel(kFeatures, 1, options);
}

SearchOptions withoutSeed(Strategy strategy) {
  SearchOptions options;
  options.strategy = strategy;
  options.fromAnalytic = false;
  options.patience = 0;
  return options;
}

/// Measures what the search wants until it wants no more.
void measureAll(Search &search, llvm::function_ref<double(const Point &)> measure) {
  while (true) {
    Search::Batch batch = llvm::cantFail(search.next());
    if (batch.points.empty())
      return;
    std::vector<double> times;
    for (const Point &point : batch.points)
      times.push_back(measure(point));
    search.finish(batch, times);
  }
}

/// The best time after so many trials of one task.
double bestAfter(const SearchOptions &options, size_t trials) {
  Grid grid(16);
  Search search(untrained(), options);
  search.addTask(grid, 1);
  while (search.task(0).numTrials() < trials) {
    Search::Batch batch = llvm::cantFail(search.next());
    std::vector<double> times;
    for (const Point &point : batch.points)
      times.push_back(bowl(point));
    search.finish(batch, times);
  }
  return search.task(0).bestNs();
}

TEST(Search, GuidedBeatsRandom) {
  // 32,768 points. Random search needs a thousand trials for what guided search finds in some hundred.
  double guided = 0, random = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SearchOptions options = withoutSeed(Strategy::Guided);
    options.seed = seed;
    guided += bestAfter(options, 200);
    options.strategy = Strategy::Random;
    random += bestAfter(options, 800);
  }
  EXPECT_LT(guided, random);
  EXPECT_LT(guided / 5, 1150);
}

TEST(Search, KeepsTheSplitAmongThreads) {
  struct Split : Grid {
    using Grid::Grid;
    bool keepsSplit(const Point &point) const override { return point[0] == 0; }
  } grid(8);
  SearchOptions options;
  options.patience = 0;
  Search search(untrained(), options);
  search.addTask(grid, 1);
  // Whoever measured it: another split is no result.
  search.task(0).record({5, 4, 7, 2}, 1);
  size_t proposed = 0;
  measureAll(search, [&](const Point &point) {
    EXPECT_EQ(point[0], 0);
    ++proposed;
    return bowl(point);
  });
  EXPECT_EQ(proposed, 8u * 8 * 8 / 2);
  EXPECT_EQ(search.task(0).fastestPoints(1).at(0).second[0], 0);
  EXPECT_GT(search.task(0).bestNs(), 1);
}

TEST(Search, TheSameSeedProposesTheSamePoints) {
  EXPECT_EQ(bestAfter(withoutSeed(Strategy::Guided), 96), bestAfter(withoutSeed(Strategy::Guided), 96));
}

TEST(Search, ProposesEveryPointOnce) {
  for (Strategy strategy : {Strategy::Guided, Strategy::Random, Strategy::Exhaustive}) {
    Grid grid(4);
    SearchOptions options = withoutSeed(strategy);
    options.fromAnalytic = strategy != Strategy::Random;
    Search search(untrained(), options);
    search.addTask(grid, 1);
    std::set<Point> seen;
    measureAll(search, [&](const Point &point) {
      EXPECT_TRUE(grid.isValid(point));
      EXPECT_TRUE(seen.insert(point).second);
      return bowl(point);
    });
    EXPECT_EQ(seen.size(), 128u);
    EXPECT_TRUE(search.task(0).isDone());
  }
}

TEST(Search, BeginsWithTheAnalyticPointsOfAllTasks) {
  Grid grid(8);
  Search search(untrained(), {});
  for (double runs : {1.0, 5.0, 2.0})
    search.addTask(grid, runs);
  for (size_t i = 0; i < 3; ++i) {
    Search::Batch batch = llvm::cantFail(search.next());
    EXPECT_EQ(batch.task, i);
    ASSERT_EQ(batch.points.size(), 1u);
    EXPECT_EQ(batch.points[0], grid.analytic());
    search.finish(batch, {1000.0});
  }
  EXPECT_DOUBLE_EQ(search.bestTotalNs(), 8000);
}

TEST(Search, SpendsTrialsWhereTheModelGains) {
  // Two tasks of which one takes ten times as long, and one that takes long but cannot be improved.
  Grid grid(16);
  SearchOptions options;
  Search search(untrained(), options);
  search.addTask(grid, 1);
  search.addTask(grid, 10);
  search.addTask(grid, 10);
  for (unsigned trials = 0; trials < 480;) {
    Search::Batch batch = llvm::cantFail(search.next());
    if (batch.points.empty())
      break;
    std::vector<double> times;
    for (const Point &point : batch.points)
      times.push_back(batch.task == 2 ? 1000 : bowl(point));
    search.finish(batch, times);
    trials += unsigned(times.size());
  }
  EXPECT_GT(search.task(1).numTrials(), 2 * search.task(0).numTrials());
  EXPECT_GE(search.task(1).numTrials(), search.task(2).numTrials());
}

TEST(Search, EndsTasksThatDoNotImprove) {
  Grid grid(16);
  SearchOptions options;
  options.patience = 40;
  Search search(untrained(), options);
  search.addTask(grid, 1);
  size_t trials = 0;
  measureAll(search, [&](const Point &) {
    ++trials;
    return 1000.0;
  });
  EXPECT_GE(trials, 40u);
  EXPECT_LE(trials, 40 + options.batch + 1);
}

TEST(Search, GoesOnAfterFailures) {
  // Whatever has a first knob below 8 fails, and so does the analytic point.
  Grid grid(16);
  SearchOptions options;
  options.patience = 0;
  Search search(untrained(), options);
  search.addTask(grid, 1);
  size_t late = 0, lateFailures = 0;
  while (search.task(0).numTrials() < 250) {
    Search::Batch batch = llvm::cantFail(search.next());
    std::vector<double> times;
    for (const Point &point : batch.points) {
      times.push_back(point[0] < 8 ? 0 : bowl(point));
      if (search.task(0).numTrials() > 120) {
        ++late;
        lateFailures += point[0] < 8;
      }
    }
    search.finish(batch, times);
  }
  EXPECT_GT(search.task(0).bestNs(), 0);
  EXPECT_LT(search.task(0).bestNs(), 1200);
  EXPECT_LT(lateFailures, late / 4) << "it has not learned which points fail";
}

TEST(Search, TellsTheFastestPoints) {
  Grid grid(8);
  TaskSearch task(grid, SearchOptions(), 1);
  // One failed, one was measured twice.
  task.record({0, 0, 0, 2}, 30);
  task.record({0, 0, 2, 0}, 0);
  task.record({0, 2, 0, 0}, 10);
  task.record({2, 0, 0, 0}, 20);
  task.record({0, 2, 0, 0}, 40);
  using Found = std::vector<std::pair<double, Point>>;
  EXPECT_EQ(task.fastestPoints(2), (Found{{10, {0, 2, 0, 0}}, {20, {2, 0, 0, 0}}}));
  EXPECT_EQ(task.fastestPoints(9), (Found{{10, {0, 2, 0, 0}}, {20, {2, 0, 0, 0}}, {30, {0, 0, 0, 2}}}));
}

/// Spends `trials` on a search whose task number i takes `time(i, point)`. Returns how many each got.
std::vector<size_t> spend(Search &search, llvm::function_ref<double(size_t, const Point &)> time,
                          unsigned trials) {
  for (unsigned spent = 0; spent < trials;) {
    Search::Batch batch = llvm::cantFail(search.next());
    if (batch.points.empty())
      break;
    std::vector<double> times;
    for (const Point &point : batch.points)
      times.push_back(time(batch.task, point));
    search.finish(batch, times);
    spent += unsigned(times.size());
  }
  std::vector<size_t> each;
  for (size_t i = 0; i < search.numTasks(); ++i)
    each.push_back(search.task(i).numTrials());
  return each;
}

TEST(Search, AWayThatIsFarBehindGetsLittle) {
  Grid grid(16);
  SearchOptions options;
  Search search(untrained(), options);
  search.addTask(grid, 3);
  search.addWay(0, grid, 0.9);
  auto time = [](size_t i, const Point &point) { return double(i + 1) * bowl(point); };
  std::vector<size_t> trials = spend(search, time, 400);
  EXPECT_EQ(trials[1], options.opening);
  EXPECT_GT(trials[0], 100u);
  EXPECT_EQ(search.bestNs(0), search.task(0).bestNs());
  EXPECT_DOUBLE_EQ(search.bestTotalNs(), 3 * search.task(0).bestNs());
}

TEST(Search, AFasterWayTakesOver) {
  Grid grid(16);
  Search search(untrained(), {});
  search.addTask(grid, 3);
  search.addWay(0, grid, 0.9);
  auto time = [](size_t i, const Point &point) { return bowl(point) / double(i + 1); };
  std::vector<size_t> trials = spend(search, time, 400);
  EXPECT_GT(trials[1], 2 * trials[0]);
  EXPECT_EQ(search.bestNs(0), search.task(1).bestNs());
  EXPECT_DOUBLE_EQ(search.bestTotalNs(), 3 * search.task(1).bestNs());
}

TEST(Search, WaysShareASmallPartOfTheTrials) {
  Grid grid(16);
  SearchOptions options;
  options.patience = 0;
  Search search(untrained(), options);
  for (double runs : {1.0, 4.0})
    search.addTask(grid, runs);
  for (size_t i = 0; i < 20; ++i)
    search.addWay(i % 2, grid, 1);
  // None is so far behind after its opening that it would end by that.
  auto time = [](size_t i, const Point &) { return i < 2 ? 1000.0 : 1020.0; };
  std::vector<size_t> trials = spend(search, time, 800);
  size_t all = 0, extra = 0;
  for (size_t i = 0; i < trials.size(); ++i) {
    all += trials[i];
    extra += i >= 2 ? trials[i] : 0;
  }
  EXPECT_GE(all, 800u);
  EXPECT_GE(extra, 8u * options.opening);
  EXPECT_LE(double(extra), options.waysShare * double(all));
  // Where more time is spent comes first.
  size_t opened[2] = {0, 0};
  for (size_t i = 2; i < trials.size(); ++i)
    opened[i % 2] += trials[i] > 0;
  EXPECT_EQ(opened[1], 10u);
  EXPECT_GE(opened[1], opened[0]);
}

TEST(Search, WaysWaitForTheTaskItself) {
  Grid grid(8);
  Search search(untrained(), {});
  search.addTask(grid, 1);
  search.addWay(0, grid, 2);
  Search::Batch first = llvm::cantFail(search.next());
  EXPECT_EQ(first.task, 0u);
  // What is not known yet opens nothing.
  EXPECT_EQ(llvm::cantFail(search.next()).task, 0u);
}

TEST(Search, WhatIsKnownIsNotProposed) {
  Grid grid(4);
  Search search(untrained(), {});
  search.addTask(grid, 1);
  std::set<Point> known;
  Rng rng(3);
  while (known.size() < 100)
    if (Point point = grid.sample(rng); known.insert(point).second)
      search.task(0).record(point, bowl(point));
  Search::Batch first = llvm::cantFail(search.next());
  // A batch that was cut short: what was not measured comes again.
  search.finish(first, llvm::ArrayRef<double>(bowl(first.points[0])).take_front(1));
  known.insert(first.points[0]);
  std::set<Point> rest;
  measureAll(search, [&](const Point &point) {
    EXPECT_FALSE(known.count(point));
    rest.insert(point);
    return bowl(point);
  });
  EXPECT_EQ(known.size() + rest.size(), 128u);
}

TEST(Search, OtherTasksGuideTheFirstBatch) {
  // A model that knows the bowl already.
  Grid grid(16);
  CostModel model = untrained();
  TrainingSet data(kFeatures);
  Rng rng(1);
  std::vector<float> rows;
  std::vector<double> times;
  for (int i = 0; i < 2000; ++i) {
    Point point = grid.sample(rng);
    rows.insert(rows.end(), {float(point[0]), float(point[1]), float(point[2]), float(point[3]), 1});
    times.push_back(bowl(point));
  }
  data.add(rows, times);
  llvm::cantFail(model.train(data));
  Search search(std::move(model), withoutSeed(Strategy::Guided));
  search.addTask(grid, 1);
  Search::Batch batch = llvm::cantFail(search.next());
  double best = INFINITY;
  for (const Point &point : batch.points)
    best = std::min(best, bowl(point));
  EXPECT_LT(best, 1300);
}

} // namespace
