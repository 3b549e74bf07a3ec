#include "autotune/CostModel/CostModel.h"
#include "autotune/CostModel/Ranking.h"
#include "autotune/Space/Features.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace tenon;
using namespace tenon::autotune;

namespace {

std::string message(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "";
}

constexpr unsigned kColumns = 6;

/// A task whose points' times depend on their features and on the task's size, which is a feature, too.
struct Task {
  std::vector<float> rows;
  std::vector<double> ns;

  Task(unsigned seed, size_t count) {
    std::mt19937 rng(seed);
    std::uniform_real_distribution<float> uniform(0, 1);
    float size = 1 + 9 * uniform(rng);
    for (size_t i = 0; i < count; ++i) {
      float a = uniform(rng), b = uniform(rng), c = uniform(rng);
      rows.insert(rows.end(), {size, a, b, c, uniform(rng), 1});
      ns.push_back(1000 * size * (1 + (a - 0.5) * (a - 0.5) * 4 + (b > 0.7) + 0.3 * c));
    }
  }
};

CostModel trained(Objective objective, unsigned seed = 1) {
  CostModelOptions options;
  options.objective = objective;
  options.rounds = 60;
  options.seed = seed;
  CostModel model(kColumns, 7, options);
  TrainingSet data(kColumns);
  for (unsigned i = 0; i < 12; ++i) {
    Task task(i, 64);
    data.add(task.rows, task.ns);
  }
  EXPECT_EQ(message(model.train(data)), "");
  return model;
}

std::vector<float> scoresOf(const CostModel &model, const Task &task) {
  std::vector<float> scores(task.ns.size());
  EXPECT_EQ(message(model.predict(task.rows, scores)), "");
  return scores;
}

double correlation(const CostModel &model, const Task &task) {
  std::vector<double> scores, speeds;
  for (auto [score, ns] : llvm::zip_equal(scoresOf(model, task), task.ns)) {
    scores.push_back(score);
    speeds.push_back(1 / ns);
  }
  return rankCorrelation(scores, speeds);
}

/// A file that is gone with the object.
struct File {
  llvm::SmallString<64> path;
  File() { EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("cost", "model", path)); }
  ~File() { llvm::sys::fs::remove(path); }
};

TEST(CostModel, RanksPointsOfTasksThatItHasNotSeen) {
  for (Objective objective : {Objective::Rank, Objective::Throughput}) {
    CostModel model = trained(objective);
    for (unsigned seed : {100, 101, 102})
      EXPECT_GT(correlation(model, Task(seed, 200)), 0.85);
  }
}

TEST(CostModel, LearnsThatFailuresAreSlow) {
  Task task(1, 200);
  for (size_t i = 0; i < task.ns.size(); ++i)
    if (task.rows[i * kColumns + 4] > 0.5)
      task.ns[i] = 0;
  CostModel model(kColumns, 7, {Objective::Throughput, 60});
  TrainingSet data(kColumns);
  data.add(task.rows, task.ns);
  ASSERT_EQ(message(model.train(data)), "");
  std::vector<float> scores = scoresOf(model, task);
  double failed = 0, good = 0;
  for (size_t i = 0; i < scores.size(); ++i)
    (task.ns[i] > 0 ? good : failed) += scores[i];
  EXPECT_LT(failed, good / 2);
}

TEST(CostModel, TheSameSeedGivesTheSameModel) {
  Task task(100, 50);
  EXPECT_EQ(scoresOf(trained(Objective::Throughput), task), scoresOf(trained(Objective::Throughput), task));
  EXPECT_NE(scoresOf(trained(Objective::Throughput), task),
            scoresOf(trained(Objective::Throughput, 2), task));
}

TEST(CostModel, UpdatesCorrectWhatItPredicts) {
  // A task that goes against what all others taught.
  Task strange(200, 200);
  for (size_t i = 0; i < strange.ns.size(); ++i)
    strange.ns[i] = 1e6 / strange.ns[i];
  CostModel model = trained(Objective::Throughput);
  llvm::Expected<CostModel> copy = model.clone();
  ASSERT_TRUE(bool(copy));
  EXPECT_LT(correlation(*copy, strange), 0);
  TrainingSet data(kColumns);
  data.add(strange.rows, strange.ns);
  ASSERT_EQ(message(copy->update(data, 60)), "");
  EXPECT_GT(correlation(*copy, strange), 0.9);
  EXPECT_LT(correlation(model, strange), 0) << "the original learned, too";
}

TEST(CostModel, IsTheSameAfterSavingAndLoading) {
  File file;
  Task task(100, 50);
  for (Objective objective : {Objective::Rank, Objective::Throughput}) {
    CostModel model = trained(objective);
    ASSERT_EQ(message(model.save(file.path)), "");
    llvm::Expected<CostModel> loaded = CostModel::load(file.path, kColumns, 7);
    ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
    EXPECT_EQ(scoresOf(model, task), scoresOf(*loaded, task));
  }
}

TEST(CostModel, KnowsTheTargetsItLearnedFrom) {
  CostModel model = trained(Objective::Throughput);
  EXPECT_TRUE(model.knows("aarch64/16"));
  model.targets = {"x86_64/32", "x86_64/64"};
  llvm::Expected<CostModel> copy = model.clone();
  ASSERT_TRUE(bool(copy)) << llvm::toString(copy.takeError());
  llvm::Expected<std::string> bytes = copy->print();
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  llvm::Expected<CostModel> read = CostModel::parse(*bytes, "model", kColumns, 7);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_TRUE(read->knows("x86_64/64"));
  EXPECT_FALSE(read->knows("aarch64/16"));
}

TEST(CostModel, OneComesWithTheCompiler) {
  llvm::Expected<CostModel> model =
      CostModel::parse(shippedCostModel(), "shipped", TaskFeatures::kCount, kFeaturesVersion);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_TRUE(model->isTrained());
  // An empty list would mean all targets.
  EXPECT_TRUE(model->knows("x86_64/64"));
  EXPECT_FALSE(model->knows("vax/4"));
}

TEST(CostModel, RefusesFilesThatAreNone) {
  File file;
  ASSERT_EQ(message(trained(Objective::Rank).save(file.path)), "");
  auto refusal = [&](unsigned columns, unsigned version) {
    llvm::Expected<CostModel> loaded = CostModel::load(file.path, columns, version);
    return loaded ? std::string() : llvm::toString(loaded.takeError());
  };
  EXPECT_NE(refusal(kColumns, 8).find("expected a cost model of 6 features of version 8"), std::string::npos);
  EXPECT_NE(refusal(kColumns + 1, 7).find("it is one of 6 of version 7"), std::string::npos);
  std::string bytes = llvm::MemoryBuffer::getFile(file.path).get()->getBuffer().str();
  std::string broken = bytes;
  broken[broken.size() / 2] ^= 1;
  for (const std::string &text : {broken, bytes.substr(0, bytes.size() - 10)}) {
    ASSERT_EQ(message(writeFile(file.path, text)), "");
    EXPECT_NE(refusal(kColumns, 7).find("expected the trees that were written"), std::string::npos);
  }
  for (const char *text : {"", "\n", "no model", "{}", "{\"format\": \"tenon cost model\"", "[1]\n"}) {
    ASSERT_EQ(message(writeFile(file.path, llvm::StringRef(text))), "");
    EXPECT_NE(refusal(kColumns, 7).find("expected a cost model"), std::string::npos);
  }
}

TEST(CostModel, SaysWhatItExpects) {
  CostModel model(kColumns, 7);
  std::vector<float> scores(1), row(kColumns);
  EXPECT_EQ(message(model.predict(row, scores)), "expected a trained model");
  EXPECT_EQ(message(model.predict(scores, scores)), "expected rows of 6 features for 1 points, but got 1");
  EXPECT_EQ(message(model.train(TrainingSet(kColumns))),
            "expected measured points to learn from, but got none");
  EXPECT_EQ(message(model.train(TrainingSet(2))), "expected rows of 6 features, but got 2");
}

TEST(Ranking, CorrelationOfRanks) {
  EXPECT_DOUBLE_EQ(rankCorrelation({1, 2, 3, 4}, {10, 20, 30, 1000}), 1);
  EXPECT_DOUBLE_EQ(rankCorrelation({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(rankCorrelation({1, 1, 1}, {1, 2, 3}), 0);
  // Ties: ranks 0.5 0.5 2 beside 0 1 2.
  EXPECT_NEAR(rankCorrelation({5, 5, 7}, {1, 2, 3}), 0.8660254, 1e-6);
}

TEST(Ranking, BestOfTop) {
  std::vector<double> scores = {3, 2, 1, 0}, ns = {20, 0, 10, 40};
  EXPECT_DOUBLE_EQ(bestOfTop(scores, ns, 1), 0.5);
  EXPECT_DOUBLE_EQ(bestOfTop(scores, ns, 2), 0.5);
  EXPECT_DOUBLE_EQ(bestOfTop(scores, ns, 3), 1);
  EXPECT_DOUBLE_EQ(bestOfTop({0, 1}, {10, 0}, 1), 0) << "nothing that works is among them";
}

} // namespace
