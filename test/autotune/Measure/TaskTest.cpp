#include "autotune/Database/Database.h"
#include "autotune/Database/TaskFingerprint.h"
#include "lib/Driver/Compile.h"
#include "lib/Driver/TaskCompiler.h"
#include "test/autotune/Measure/Candidates.h"
#include <set>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

/// All convolutions that a network of images has, planned for a target.
std::vector<PlannedTask> planNetwork(const TargetSpec &target) {
  CompilerOptions options;
  options.targets = {target};
  options.import.dims["batch"] = {1, 1};
  Compilation compilation(options);
  EXPECT_EQ(message(compilation.run(TEST_SOURCE "/examples/models/digits_mobilenet.onnx", Phase::Plan)), "");
  return listTasks(compilation.module());
}

/// Points of a task: the compiler's, and some others.
std::vector<Point> somePoints(const TaskSpace &space, size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<Point> points = {space.analytic()};
  while (points.size() < count)
    points.push_back(space.sample(rng));
  return points;
}

TEST(Task, PointsOfASpaceAreMeasured) {
  Folder folder;
  TargetSpec target = get(parseTarget("native"));
  std::unique_ptr<Measurer> local = get(createLocalMeasurer(quick(), TEST_RUNNER));
  std::unique_ptr<Database> database = get(Database::inMemory());
  std::set<std::string> fingerprints;
  size_t number = 0, measured = 0;
  std::vector<PlannedTask> tasks = planNetwork(target);
  ASSERT_GE(tasks.size(), 15u);
  for (const PlannedTask &planned : tasks) {
    std::unique_ptr<TaskCompiler> compiler = get(TaskCompiler::create(planned.text, target));
    std::string task = fingerprint(compiler->task());
    EXPECT_TRUE(fingerprints.insert(task).second) << planned.name;
    if (++number % 3 != 1) // a third is enough
      continue;
    std::string expectation = folder / (planned.name + ".expectation");
    ASSERT_EQ(message(writeTaskExpectation(expectation, compiler->task(), OperandForm::Buffers)), "")
        << planned.name;
    std::vector<Candidate> candidates;
    std::vector<std::string> schedules;
    for (const Point &point : somePoints(compiler->space(), 3, number)) {
      Candidate candidate{folder / (planned.name + std::to_string(candidates.size()) + ".so"), expectation};
      ASSERT_EQ(message(compiler->compile(point, candidate.library)), "");
      candidates.push_back(candidate);
      schedules.push_back(compiler->space().print(point));
    }
    std::vector<Measurement> measurements = local->measure(candidates);
    for (size_t i = 0; i < measurements.size(); ++i) {
      EXPECT_EQ(measurements[i].outcome, Outcome::Ok)
          << planned.name << " " << schedules[i] << ": " << measurements[i].message;
      ++measured;
      ASSERT_EQ(message(database->put(
                    Record{task, "native", local->fingerprint(), schedules[i], measurements[i], 1})),
                "");
    }
    ASSERT_TRUE(get(database->best(task, "native", local->fingerprint())));
    EXPECT_TRUE(get(database->find(task, "native", local->fingerprint(),
                                   compiler->space().print(compiler->space().analytic()))));
  }
  EXPECT_GE(measured, 15u);
}

TEST(Task, PointsOfASpaceAreEstimated) {
  Folder folder;
  for (auto [targetName, cpu] :
       {std::pair("native", "sapphirerapids"), {"x86-64-v3", "haswell"}, {"aarch64", "cortex-a76"}}) {
    TargetSpec target = get(parseTarget(targetName));
    if (target.arch == Arch::AArch64 && llvm::StringRef(targetName) == "native")
      continue;
    McaOptions options;
    options.target = targetName;
    options.cpu = cpu;
    std::unique_ptr<Measurer> mca = get(createMcaMeasurer(options));
    size_t number = 0;
    for (const PlannedTask &planned : planNetwork(target)) {
      if (++number % 5 != 2)
        continue;
      std::unique_ptr<TaskCompiler> compiler = get(TaskCompiler::create(planned.text, target));
      std::string expectation = folder / (planned.name + ".expectation");
      ASSERT_EQ(message(writeTaskExpectation(expectation, compiler->task(), OperandForm::Buffers)), "")
          << planned.name;
      for (const Point &point : somePoints(compiler->space(), 2, number)) {
        Candidate candidate{"", expectation, folder / "code.ll"};
        candidate.range = get(compiler->writeCode(point, candidate.code));
        Measurement m = mca->measure(candidate)[0];
        EXPECT_EQ(m.outcome, Outcome::Ok) << targetName << " " << planned.name << ": " << m.message;
        EXPECT_GT(m.ns, 0);
        EXPECT_GE(m.coldNs, m.ns);
      }
    }
  }
}

} // namespace
