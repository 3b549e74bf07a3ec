#include "test/autotune/Space/TaskRun.h"
#include <cstdlib>

using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

/// Tasks of every kind, small, with the extents that go wrong: remainders of vectors and tiles.
const char *const kModels[] = {
    // Convolutions: 3x3 with a halo (Winograd), of two strides, of seven points, dilated, grouped.
    R"(func.func @main(%x: tensor<1x32x14x14xf32>) -> tensor<1x48x14x14xf32> {
  %w = nn.constant dense<1.0> : tensor<48x32x3x3xf32> : tensor<48x32x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<48xf32> : tensor<48xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x32x14x14xf32>, tensor<48x32x3x3xf32>, tensor<48xf32>) -> tensor<1x48x14x14xf32>
  %1 = nn.relu %0 : (tensor<1x48x14x14xf32>) -> tensor<1x48x14x14xf32>
  return %1 : tensor<1x48x14x14xf32>
})",
    R"(func.func @main(%x: tensor<1x16x15x15xf32>) -> tensor<1x40x8x8xf32> {
  %w = nn.constant dense<1.0> : tensor<40x16x3x3xf32> : tensor<40x16x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x15x15xf32>, tensor<40x16x3x3xf32>) -> tensor<1x40x8x8xf32>
  return %0 : tensor<1x40x8x8xf32>
})",
    R"(func.func @main(%x: tensor<1x3x31x31xf32>) -> tensor<1x24x16x16xf32> {
  %w = nn.constant dense<1.0> : tensor<24x3x7x7xf32> : tensor<24x3x7x7xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 3, 3, 3, 3>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x31x31xf32>, tensor<24x3x7x7xf32>) -> tensor<1x24x16x16xf32>
  return %0 : tensor<1x24x16x16xf32>
})",
    R"(func.func @main(%x: tensor<2x16x13x13xf32>) -> tensor<2x16x13x13xf32> {
  %w = nn.constant dense<1.0> : tensor<16x16x3x3xf32> : tensor<16x16x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 2, 2>, group = 1 : i64} : (tensor<2x16x13x13xf32>, tensor<16x16x3x3xf32>) -> tensor<2x16x13x13xf32>
  return %0 : tensor<2x16x13x13xf32>
})",
    R"(func.func @main(%x: tensor<1x32x10x10xf32>) -> tensor<1x64x10x10xf32> {
  %w = nn.constant dense<1.0> : tensor<64x8x3x3xf32> : tensor<64x8x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 4 : i64} : (tensor<1x32x10x10xf32>, tensor<64x8x3x3xf32>) -> tensor<1x64x10x10xf32>
  return %0 : tensor<1x64x10x10xf32>
})",
    // 1x1 with a residual, then depthwise: of one stride and of two.
    R"(func.func @main(%x: tensor<1x96x7x7xf32>) -> tensor<1x96x7x7xf32> {
  %w = nn.constant dense<1.0> : tensor<96x96x1x1xf32> : tensor<96x96x1x1xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x96x7x7xf32>, tensor<96x96x1x1xf32>) -> tensor<1x96x7x7xf32>
  %1 = nn.add %0, %x : (tensor<1x96x7x7xf32>, tensor<1x96x7x7xf32>) -> tensor<1x96x7x7xf32>
  return %1 : tensor<1x96x7x7xf32>
})",
    R"(func.func @main(%x: tensor<1x48x19x19xf32>) -> tensor<1x48x10x10xf32> {
  %w = nn.constant dense<1.0> : tensor<48x1x3x3xf32> : tensor<48x1x3x3xf32>
  %v = nn.constant dense<1.0> : tensor<48x1x5x5xf32> : tensor<48x1x5x5xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 48 : i64} : (tensor<1x48x19x19xf32>, tensor<48x1x3x3xf32>) -> tensor<1x48x19x19xf32>
  %1 = nn.conv %0, %v {strides = array<i64: 2, 2>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 48 : i64} : (tensor<1x48x19x19xf32>, tensor<48x1x5x5xf32>) -> tensor<1x48x10x10xf32>
  return %1 : tensor<1x48x10x10xf32>
})",
    // Matrix products: with constant weights, of two operands, of a vector, of many.
    R"(func.func @main(%a: tensor<50x96xf32>) -> tensor<50x200xf32> {
  %w = nn.constant dense<1.0> : tensor<96x200xf32> : tensor<96x200xf32>
  %b = nn.constant dense<1.0> : tensor<200xf32> : tensor<200xf32>
  %0 = nn.matmul %a, %w : (tensor<50x96xf32>, tensor<96x200xf32>) -> tensor<50x200xf32>
  %1 = nn.add %0, %b : (tensor<50x200xf32>, tensor<200xf32>) -> tensor<50x200xf32>
  return %1 : tensor<50x200xf32>
})",
    R"(func.func @main(%a: tensor<3x21x40xf32>, %b: tensor<3x40x37xf32>) -> tensor<3x21x37xf32> {
  %0 = nn.matmul %a, %b : (tensor<3x21x40xf32>, tensor<3x40x37xf32>) -> tensor<3x21x37xf32>
  return %0 : tensor<3x21x37xf32>
})",
    R"(func.func @main(%a: tensor<1x256xf32>) -> tensor<1x130xf32> {
  %w = nn.constant dense<1.0> : tensor<256x130xf32> : tensor<256x130xf32>
  %0 = nn.matmul %a, %w : (tensor<1x256xf32>, tensor<256x130xf32>) -> tensor<1x130xf32>
  return %0 : tensor<1x130xf32>
})",
    // Rows: softmax, normalization, sums; pools, concatenation, transposition, arithmetic.
    R"(func.func @main(%x: tensor<12x100xf32>, %g: tensor<100xf32>) -> (tensor<12x100xf32>, tensor<12x100xf32>) {
  %0 = nn.softmax %x {axes = array<i64: 1>} : (tensor<12x100xf32>) -> tensor<12x100xf32>
  %1 = nn.layer_norm %x, %g {axis = 1 : i64, epsilon = 1.000000e-05 : f64} : (tensor<12x100xf32>, tensor<100xf32>) -> tensor<12x100xf32>
  return %0, %1 : tensor<12x100xf32>, tensor<12x100xf32>
})",
};

/// How many points of each task; the environment can ask for more, and for the tasks of models.
int pointsPerTask() {
  const char *text = std::getenv("TENON_SPACE_POINTS");
  return text ? std::atoi(text) : 4;
}

void checkTask(const PlannedTask &planned, const TargetSpec &target, uint64_t seed) {
  auto compiler = TaskCompiler::create(planned.text, target);
  if (!compiler) {
    ADD_FAILURE() << planned.name << ": " << llvm::toString(compiler.takeError());
    return;
  }
  const TaskSpace &space = (*compiler)->space();
  TaskRun run(**compiler);
  EXPECT_TRUE(run.check(space.analytic())) << planned.name << ", chosen";
  Rng rng(seed);
  for (int i = 0; i < pointsPerTask() && space.size() > 1; ++i)
    EXPECT_TRUE(run.check(space.sample(rng))) << planned.name << ", point " << i << "\n" << planned.text;
}

class RandomPoints : public ::testing::TestWithParam<std::tuple<const char *, const char *>> {};

/// Whatever point of its space a task is compiled to, it computes the same.
TEST_P(RandomPoints, ComputeWhatTheTaskMeans) {
  auto [text, name] = GetParam();
  TargetSpec target = llvm::cantFail(parseTarget(name));
  if (!target.runsHere())
    GTEST_SKIP() << "this processor " << target.refusal();
  for (const PlannedTask &planned : planTasks(text, target))
    checkTask(planned, target, 1);
}

INSTANTIATE_TEST_SUITE_P(Tasks, RandomPoints,
                         ::testing::Combine(::testing::ValuesIn(kModels),
                                            ::testing::Values("x86-64-v3", "x86-64-v4")));

/// The same for the tasks of a model, TENON_SPACE_MODEL, for TENON_SPACE_TARGET.
TEST(RandomPointsOfModel, ComputeWhatTheTaskMeans) {
  const char *path = std::getenv("TENON_SPACE_MODEL"), *name = std::getenv("TENON_SPACE_TARGET");
  if (!path)
    GTEST_SKIP() << "no model in TENON_SPACE_MODEL";
  TargetSpec target = llvm::cantFail(parseTarget(name ? name : "native"));
  for (const PlannedTask &planned : planFile(path, target))
    checkTask(planned, target, 2);
}

} // namespace
