#include "autotune/Space/TunableOpInterface.h"
#include "autotune/Space/Variants.h"
#include "test/autotune/Space/TaskRun.h"
#include <cmath>
#include <set>

using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

/// A convolution of an image of `size` x `size` points.
std::string convolution(int channels, int size, int outputs, int taps, int stride, int groups) {
  int pad = taps / 2, reached = (size + 2 * pad - taps) / stride + 1;
  auto image = [](int c, int n) {
    return "tensor<1x" + std::to_string(c) + "x" + std::to_string(n) + "x" + std::to_string(n) + "xf32>";
  };
  std::string x = image(channels, size), y = image(outputs, reached),
              w = "tensor<" + std::to_string(outputs) + "x" + std::to_string(channels / groups) + "x" +
                  std::to_string(taps) + "x" + std::to_string(taps) + "xf32>",
              s = std::to_string(stride), p = std::to_string(pad);
  return "func.func @main(%x: " + x + ") -> " + y + " {\n  %w = nn.constant dense<1.0> : " + w + " : " + w +
         "\n  %0 = nn.conv %x, %w {strides = array<i64: " + s + ", " + s + ">, pads = array<i64: " + p +
         ", " + p + ", " + p + ", " + p +
         ">, dilations = array<i64: 1, 1>, group = " + std::to_string(groups) + " : i64} : (" + x + ", " + w +
         ") -> " + y + "\n  return %0 : " + y + "\n}\n";
}

/// A product of `rows` rows with constant weights.
std::string product(int rows, int inner, int columns) {
  auto matrix = [](int a, int b) {
    return "tensor<" + std::to_string(a) + "x" + std::to_string(b) + "xf32>";
  };
  std::string a = matrix(rows, inner), w = matrix(inner, columns), y = matrix(rows, columns);
  return "func.func @main(%a: " + a + ") -> " + y + " {\n  %w = nn.constant dense<1.0> : " + w + " : " + w +
         "\n  %0 = nn.matmul %a, %w : (" + a + ", " + w + ") -> " + y + "\n  return %0 : " + y + "\n}\n";
}

const char *const kSoftmax = R"(func.func @main(%x: tensor<96x128xf32>) -> tensor<96x128xf32> {
  %0 = nn.softmax %x {axes = array<i64: 1>} : (tensor<96x128xf32>) -> tensor<96x128xf32>
  return %0 : tensor<96x128xf32>
})";

/// The task of a text that is named so.
std::unique_ptr<TaskCompiler> compilerOf(const std::string &text, llvm::StringRef name,
                                         llvm::StringRef targetName) {
  TargetSpec target = llvm::cantFail(parseTarget(targetName));
  for (const PlannedTask &planned : planTasks(text, target))
    if (llvm::StringRef(planned.name).starts_with(name))
      return llvm::cantFail(TaskCompiler::create(planned.text, target));
  ADD_FAILURE() << "no task @" << name.str();
  return nullptr;
}

struct Layer {
  const char *name; ///< of the model and the layer
  std::string text;
  const char *task;
};

std::vector<Layer> layers() {
  return {
      {"ResNet-50, first", convolution(3, 224, 64, 7, 2, 1), "conv"},
      {"ResNet-50, 3x3 of 56", convolution(64, 56, 64, 3, 1, 1), "conv"},
      {"ResNet-50, 3x3 of 7", convolution(512, 7, 512, 3, 1, 1), "conv"},
      {"ResNet-50, 3x3 by two", convolution(128, 56, 128, 3, 2, 1), "conv"},
      {"ResNet-50, 1x1", convolution(256, 56, 64, 1, 1, 1), "conv"},
      {"ResNet-50, 1x1 by two", convolution(512, 28, 1024, 1, 2, 1), "conv"},
      {"ResNet-50, last", product(1, 2048, 1000), "matmul"},
      {"MobileNetV2, 1x1", convolution(96, 14, 576, 1, 1, 1), "conv"},
      {"MobileNetV2, depthwise", convolution(576, 14, 576, 3, 1, 576), "conv"},
      {"MobileNetV2, depthwise by two", convolution(144, 56, 144, 3, 2, 144), "conv"},
      {"BERT, attention's output", product(128, 768, 768), "matmul"},
      {"BERT, intermediate", product(128, 768, 3072), "matmul"},
      {"BERT, output", product(128, 3072, 768), "matmul"},
  };
}

class Spaces : public ::testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Targets, Spaces, ::testing::Values("x86-64-v3", "x86-64-v4", "aarch64"));

TEST_P(Spaces, HaveTenThousandDistinctPoints) {
  constexpr size_t kWanted = 10000;
  for (const Layer &layer : layers()) {
    auto compiler = compilerOf(layer.text, layer.task, GetParam());
    ASSERT_TRUE(compiler);
    const TaskSpace &space = compiler->space();
    EXPECT_GE(space.size(), kWanted) << layer.name;
    // Texts of what is sampled say that the points differ; where many are drawn, few are drawn twice.
    std::set<std::string> texts;
    Rng rng(1);
    constexpr size_t kDrawn = 2000;
    for (size_t i = 0; i < kDrawn; ++i)
      texts.insert(space.print(space.sample(rng)));
    EXPECT_GE(texts.size(), kDrawn * 8 / 10) << layer.name;
  }
}

TEST_P(Spaces, AreOfValidPointsThatPrintAndParse) {
  for (const auto &[text, name] : {std::pair(convolution(64, 28, 64, 3, 1, 1), "conv"),
                                   {convolution(96, 14, 96, 3, 2, 96), "conv"},
                                   {product(50, 256, 300), "matmul"},
                                   {product(1, 512, 1000), "matmul"},
                                   {std::string(kSoftmax), "softmax"}}) {
    auto compiler = compilerOf(text, name, GetParam());
    ASSERT_TRUE(compiler);
    const TaskSpace &space = compiler->space();
    Point before = space.analytic();
    EXPECT_TRUE(space.isValid(before));
    EXPECT_EQ(space.parse(space.print(before)), before);
    // So is the text that the compiler leaves in a lowered module.
    std::string chosen;
    llvm::raw_string_ostream(chosen) << mlir::Attribute(getSchedule(space.form(before)));
    EXPECT_EQ(space.parse(chosen), before) << chosen;
    Rng rng(7);
    int moved = 0;
    constexpr int kRounds = 100;
    for (int i = 0; i < kRounds; ++i) {
      Point sampled = space.sample(rng), mutated = space.mutate(before, rng),
            crossed = space.cross(sampled, mutated, rng);
      moved += mutated != before;
      for (const Point &point : {sampled, mutated, crossed}) {
        ASSERT_TRUE(space.isValid(point)) << space.print(point);
        ASSERT_EQ(space.parse(space.print(point)), point) << space.print(point);
      }
      before = crossed;
    }
    EXPECT_GE(moved, kRounds * 9 / 10) << name;
  }
}

TEST(Space, SizeIsABoundOfWhatIsEnumerated) {
  auto compiler = compilerOf(kSoftmax, "softmax", "x86-64-v3");
  ASSERT_TRUE(compiler);
  const TaskSpace &space = compiler->space();
  uint64_t points = 0;
  std::set<std::string> texts;
  space.enumerate([&](const Point &point) {
    EXPECT_TRUE(space.isValid(point));
    ++points;
    texts.insert(space.print(point));
    return points < 3000;
  });
  EXPECT_EQ(texts.size(), points);
  EXPECT_TRUE(points == 3000 || points >= space.size());
}

TEST(Space, EstimatesHowManyPointsThereAre) {
  for (const auto &[text, name] : {std::pair(convolution(64, 56, 256, 1, 1, 1), "conv"),
                                   {product(128, 768, 768), "matmul"},
                                   {std::string(kSoftmax), "softmax"}}) {
    auto compiler = compilerOf(text, name, "x86-64-v4");
    ASSERT_TRUE(compiler);
    const TaskSpace &space = compiler->space();
    EXPECT_TRUE(space.hasChoice());
    for (size_t i = 0; i < space.numNests(0); ++i) {
      // Exact counts of large spaces leave out what is prefetched.
      const NestSpace &nest = space.nest(0, i);
      double exact = double(nest.size()), estimate = nest.estimateSize();
      EXPECT_GT(estimate, exact / 2) << name;
      EXPECT_LT(estimate, exact * 2 * double(nest.count(NestSpace::Prefetch))) << name;
    }
  }
}

/// The tiles that libraries use, by points of an image or rows and vectors.
TEST(Space, ContainsTheTilesOfLibraries) {
  struct Case {
    const char *target;
    std::vector<std::pair<int64_t, int64_t>> tiles;
  };
  for (const Case &c :
       {Case{"x86-64-v4", {{14, 2}, {12, 2}, {9, 3}, {6, 4}, {28, 1}}},
        Case{"x86-64-v3", {{6, 2}, {4, 3}, {3, 4}}}, Case{"aarch64", {{8, 2}, {6, 4}, {8, 3}}}})
    for (const auto &[text, name] :
         {std::pair(convolution(64, 56, 256, 1, 1, 1), "conv"), {product(128, 768, 768), "matmul"}}) {
      auto compiler = compilerOf(text, name, c.target);
      ASSERT_TRUE(compiler);
      std::set<std::pair<int64_t, int64_t>> found;
      const NestSpace &nest = compiler->space().nest(0, 0);
      llvm::SmallVector<uint16_t, NestSpace::kKnobs> point(NestSpace::kKnobs, 0);
      for (size_t tile = 0; tile < nest.count(NestSpace::Tile); ++tile) {
        point[NestSpace::Tile] = uint16_t(tile);
        kernel::Schedule s = nest.schedule(point);
        int64_t points = 1;
        for (int64_t d = 0; d < nest.info().parallel; ++d)
          points *= d == s.vectorDim ? 1 : s.tile[d];
        found.insert({points, s.tile[s.vectorDim]});
      }
      for (auto tile : c.tiles)
        EXPECT_TRUE(found.count(tile))
            << c.target << ", " << name << ": " << tile.first << " x " << tile.second;
    }
}

TEST(Features, AreTheSameForAllTasks) {
  std::vector<std::string> names;
  for (const auto &[text, name] : {std::pair(convolution(64, 56, 64, 3, 1, 1), "conv"),
                                   {convolution(96, 14, 96, 3, 1, 96), "conv"},
                                   {product(128, 256, 512), "matmul"},
                                   {std::string(kSoftmax), "softmax"}}) {
    auto compiler = compilerOf(text, name, "x86-64-v3");
    ASSERT_TRUE(compiler);
    const TaskSpace &space = compiler->space();
    std::vector<std::string> own = space.featureNames();
    EXPECT_EQ(own.size(), space.numFeatures());
    if (names.empty())
      names = own;
    EXPECT_EQ(own, names) << name;
    std::vector<float> before(space.numFeatures());
    Rng rng(3);
    size_t moved = 0;
    for (int i = 0; i < 50; ++i) {
      std::vector<float> features(space.numFeatures(), NAN), again(space.numFeatures(), NAN);
      Point point = space.sample(rng);
      space.features(point, features);
      space.features(point, again);
      for (size_t f = 0; f < features.size(); ++f)
        EXPECT_TRUE(std::isfinite(features[f])) << names[f] << " of " << space.print(point);
      EXPECT_EQ(features, again);
      moved += features != before;
      before = features;
    }
    EXPECT_EQ(moved, 50u) << name;
  }
}

TEST(TunableOpInterface, IsAllThatATunerKnowsOfATask) {
  auto compiler = compilerOf(convolution(64, 28, 64, 1, 1, 1), "conv", "x86-64-v3");
  ASSERT_TRUE(compiler);
  TargetSpec target = llvm::cantFail(parseTarget("x86-64-v3"));
  auto tunable = mlir::dyn_cast<TunableOpInterface>(compiler->task().getOperation());
  ASSERT_TRUE(tunable);
  std::unique_ptr<Space> space = tunable.getSpace(target);
  ASSERT_TRUE(space);
  Rng rng(5);
  Point point = space->sample(rng);
  tunable.applyPoint(*space, point);
  std::string text;
  llvm::raw_string_ostream os(text);
  os << mlir::Attribute(compiler->task().getScheduleAttr());
  EXPECT_EQ(text, space->print(point));
  // So does a nest, such as the task's.
  kernel::GenericOp nest;
  compiler->space().form(compiler->space().analytic()).walk([&](kernel::GenericOp op) { nest = op; });
  auto tunableNest = mlir::dyn_cast<TunableOpInterface>(nest.getOperation());
  ASSERT_TRUE(tunableNest);
  std::unique_ptr<Space> nestSpace = tunableNest.getSpace(target);
  ASSERT_TRUE(nestSpace);
  Point nestPoint = nestSpace->sample(rng);
  tunableNest.applyPoint(*nestSpace, nestPoint);
  EXPECT_NE(nestSpace->print(nestPoint).find("tile"), std::string::npos);
  EXPECT_TRUE(nest.getSchedule());
}

/// Whatever a variant does otherwise, it computes the same.
TEST(Variants, ComputeTheSame) {
  struct Case {
    std::string text;
    const char *task;
    size_t least; ///< how many there must be
    const char *one;
  };
  for (const Case &c : {Case{convolution(32, 14, 32, 3, 1, 1), "conv", 8, "winograd 4x4, blocks of 32"},
                        Case{convolution(32, 15, 64, 3, 2, 1), "conv", 3, "direct, blocks of 32"},
                        Case{convolution(24, 12, 40, 5, 1, 1), "conv", 4, "direct, blocks of 16"},
                        Case{product(20, 64, 96), "matmul", 3, "blocks of 32"}}) {
    TargetSpec target = llvm::cantFail(parseTarget("x86-64-v3"));
    auto compiler = compilerOf(c.text, c.task, target.name);
    ASSERT_TRUE(compiler);
    auto variants = listVariants(compiler->task(), target.vectorBytes, /*fastNumerics=*/true);
    EXPECT_GE(variants.size(), c.least) << c.task;
    EXPECT_EQ(variants[0].name, "planned");
    std::set<std::string> names;
    for (const TaskVariant &variant : variants) {
      names.insert(variant.name);
      auto other = TaskCompiler::create(variant.text, target);
      if (!other) {
        ADD_FAILURE() << variant.name << ": " << llvm::toString(other.takeError());
        continue;
      }
      if (target.runsHere())
        EXPECT_TRUE(TaskRun(**other).check((*other)->space().analytic())) << variant.name;
    }
    // What is planned already has no name of its own.
    EXPECT_TRUE(names.count(c.one) || variants[0].text.find("blocks = [") != std::string::npos);
    for (const TaskVariant &variant :
         listVariants(compiler->task(), target.vectorBytes, /*fastNumerics=*/false))
      EXPECT_EQ(variant.name.find("winograd"), std::string::npos);
  }
}

TEST(TaskCompiler, ListsTasksWithTheirRuns) {
  std::string text = R"(func.func @main(%x: tensor<1x4096xf32>) -> tensor<1x4096xf32> {
  %0 = nn.softmax %x {axes = array<i64: 1>} : (tensor<1x4096xf32>) -> tensor<1x4096xf32>
  %1 = nn.softmax %0 {axes = array<i64: 1>} : (tensor<1x4096xf32>) -> tensor<1x4096xf32>
  return %1 : tensor<1x4096xf32>
})";
  auto tasks = planTasks(text, llvm::cantFail(parseTarget("x86-64-v3")));
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].runs, 2);
}

TEST(TaskCompiler, FindsSpills) {
  const char *code =
      "f:\n.LBB0_1:\n\tvmovups\t(%rsp), %zmm1\n\tvfmadd231ps\t%zmm1, %zmm2, %zmm3\n\tdecq\t%rax\n"
      "\tjne\t.LBB0_1\n\tretq\n.Lfunc_end0:\n";
  CodeReport report = readAssembly(code, Arch::X86_64);
  EXPECT_EQ(report.spills, 1);
  EXPECT_EQ(report.products, 1);
  EXPECT_EQ(report.inner, 4);
  EXPECT_EQ(report.all, 5);
  const char *arm = "f:\n.LBB0_1:\n\tldr\tq1, [sp, #16]\n\tfmla\tv0.4s, v1.4s, v2.s[0]\n\tsubs\tx0, x0, #1\n"
                    "\tb.ne\t.LBB0_1\n\tret\n.Lfunc_end0:\n";
  report = readAssembly(arm, Arch::AArch64);
  EXPECT_EQ(report.spills, 1);
  EXPECT_EQ(report.products, 1);
  EXPECT_EQ(report.inner, 4);
}

} // namespace
