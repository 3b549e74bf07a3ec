#include "tenon/Compiler.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>

using namespace tenon;

namespace {

/// relu(x * w) for N rows of x, N from 1 to 8.
const char *const kDense = R"mlir(
#x = affine_map<()[s0] -> (s0, 2)>
module @dense attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
  func.func @main(%x: tensor<?x2xf32, #x> {nn.name = "x"}) -> (tensor<?x2xf32, #x> {nn.name = "y"}) {
    %w = nn.constant dense<[[1.0, -1.0], [2.0, 0.5]]> : tensor<2x2xf32> : tensor<2x2xf32>
    %0 = nn.matmul %x, %w : (tensor<?x2xf32, #x>, tensor<2x2xf32>) -> tensor<?x2xf32, #x>
    %1 = nn.relu %0 : (tensor<?x2xf32, #x>) -> tensor<?x2xf32, #x>
    return %1 : tensor<?x2xf32, #x>
  }
}
)mlir";

class Compiler : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-driver", folder));
    model = write("dense.mlir", kDense);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const char *name) const { return (folder + "/" + name).str(); }
  std::string write(const char *name, const std::string &text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  static Tensor input(int64_t rows, tenon_type type = TENON_FLOAT32) {
    Result<Tensor> tensor = Tensor::create(type, {rows, 2});
    if (type == TENON_FLOAT32)
      for (int64_t i = 0; i < tensor->elements(); ++i)
        static_cast<float *>(tensor->data())[i] = std::sin(float(i + 1));
    return *tensor;
  }
  static void expectDense(const Tensor &x, const Tensor &y) {
    ASSERT_EQ(y.shape(), x.shape());
    auto *in = static_cast<const float *>(x.data()), *out = static_cast<const float *>(y.data());
    for (int64_t row = 0; row < x.shape()[0]; ++row) {
      float a = in[2 * row], b = in[2 * row + 1];
      EXPECT_NEAR(out[2 * row], std::max(a + 2 * b, 0.f), 1e-6);
      EXPECT_NEAR(out[2 * row + 1], std::max(-a + 0.5f * b, 0.f), 1e-6);
    }
  }
  RunnableModel runnable() {
    Result<CompiledModel> compiled = CompiledModel::compile(model, {});
    EXPECT_TRUE(compiled.ok()) << compiled.message();
    Result<RunnableModel> loaded = compiled->load();
    EXPECT_TRUE(loaded.ok()) << loaded.message();
    return *loaded;
  }

  llvm::SmallString<128> folder;
  std::string model;
};

TEST_F(Compiler, RunsWithAnyNumberOfRows) {
  RunnableModel loaded = runnable();
  for (int64_t rows : {1, 3, 8}) {
    Result<std::vector<Tensor>> outputs = loaded.run({{"x", input(rows)}});
    ASSERT_TRUE(outputs.ok()) << outputs.message();
    ASSERT_EQ(outputs->size(), 1u);
    expectDense(input(rows), (*outputs)[0]);
  }
}

TEST_F(Compiler, TheReferenceAgrees) {
  CompileOptions options;
  options.toPhase = "import";
  Result<CompiledModel> compiled = CompiledModel::compile(model, options);
  ASSERT_TRUE(compiled.ok()) << compiled.message();
  Result<std::vector<Tensor>> outputs = compiled->evaluate({{"x", input(5)}});
  ASSERT_TRUE(outputs.ok()) << outputs.message();
  expectDense(input(5), (*outputs)[0]);
}

TEST_F(Compiler, ASharedObjectDoesTheSame) {
  Result<CompiledModel> compiled = CompiledModel::compile(model, {});
  ASSERT_TRUE(compiled.ok()) << compiled.message();
  Status written = compiled->write(path("dense.so"));
  ASSERT_TRUE(written.ok()) << written.message();
  Result<RunnableModel> loaded = RunnableModel::load(path("dense.so"));
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  Result<std::vector<Tensor>> outputs = loaded->run({{"x", input(4)}}, /*threads=*/2);
  ASSERT_TRUE(outputs.ok()) << outputs.message();
  expectDense(input(4), (*outputs)[0]);
}

TEST_F(Compiler, StopsAfterEveryPhase) {
  std::vector<std::string> phases = phaseNames();
  ASSERT_GE(phases.size(), 6u);
  for (const std::string &phase : phases) {
    CompileOptions options;
    options.toPhase = phase;
    Result<CompiledModel> compiled = CompiledModel::compile(model, options);
    ASSERT_TRUE(compiled.ok()) << phase << ": " << compiled.message();
    ASSERT_FALSE(compiled->phaseSeconds().empty());
    // Objects are made when they are written or loaded.
    EXPECT_EQ(compiled->phaseSeconds().back().first, phase == "object" ? "llvm" : phase);
  }
}

TEST_F(Compiler, DimensionsAreBound) {
  CompileOptions options;
  options.dims = {{"N", 3, 3}};
  Result<CompiledModel> compiled = CompiledModel::compile(model, options);
  // A model in text has its dimensions: what is asked for must fit them, or be refused.
  if (!compiled.ok()) {
    EXPECT_NE(compiled.message().find("N"), std::string::npos);
    return;
  }
  Result<RunnableModel> loaded = compiled->load();
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  EXPECT_TRUE(loaded->run({{"x", input(3)}}).ok());
}

TEST_F(Compiler, RefusesInputsThatDoNotFit) {
  RunnableModel loaded = runnable();
  EXPECT_FALSE(loaded.run({{"x", input(9)}}).ok()) << "more rows than the model was compiled for";
  EXPECT_FALSE(loaded.run({{"z", input(3)}}).ok()) << "an unknown name";
  EXPECT_FALSE(loaded.run({}).ok()) << "no input";
  EXPECT_FALSE(loaded.run({{"x", input(3, TENON_FLOAT64)}}).ok()) << "another type";
  Result<Tensor> flat = Tensor::create(TENON_FLOAT32, {6});
  EXPECT_FALSE(loaded.run({{"x", *flat}}).ok()) << "another rank";
}

TEST_F(Compiler, RefusesBrokenModels) {
  for (const char *text : {"", "module {", "module {}", "func.func @main() { return }\n}", "\xff\xfe\0\0"}) {
    std::string broken = write("broken.mlir", text);
    Result<CompiledModel> compiled = CompiledModel::compile(broken, {});
    EXPECT_FALSE(compiled.ok()) << text;
    EXPECT_EQ(compiled.message().find('\n'), std::string::npos) << compiled.message();
  }
  EXPECT_FALSE(CompiledModel::compile(path("missing.mlir"), {}).ok());
}

TEST_F(Compiler, RefusesWrongOptions) {
  CompileOptions target;
  target.target = "pdp11";
  EXPECT_FALSE(CompiledModel::compile(model, target).ok());
  CompileOptions phase;
  phase.toPhase = "supper";
  EXPECT_FALSE(CompiledModel::compile(model, phase).ok());
  EXPECT_FALSE(CompiledModel::checkOutput(path("dense.exe"), {}).ok());
  EXPECT_FALSE(CompiledModel::checkOutput(path("no/folder/dense.so"), {}).ok());
}

TEST_F(Compiler, CompilesForSeveralTargets) {
  CompileOptions options;
  options.target = "native";
  Result<CompiledModel> one = CompiledModel::compile(model, options);
  ASSERT_TRUE(one.ok()) << one.message();
#ifdef __aarch64__
  const std::string baseline = "aarch64";
#else
  const std::string baseline = "x86-64";
#endif
  options.target = baseline + ",native";
  Result<CompiledModel> compiled = CompiledModel::compile(model, options);
  ASSERT_TRUE(compiled.ok()) << compiled.message();
  EXPECT_EQ(compiled->summary().target, "native," + baseline);
  ASSERT_EQ(compiled->summary().variants.size(), 2u);
  EXPECT_TRUE(compiled->summary().variants[0].selected);
  EXPECT_EQ(compiled->summary().weightBytes, one->summary().weightBytes);
  ASSERT_TRUE(compiled->write(path("dense.so")).ok());
  Tensor x = input(5);
  for (const std::string &target : {std::string(), std::string("native"), baseline}) {
    Result<RunnableModel> loaded = RunnableModel::load(path("dense.so"), target);
    ASSERT_TRUE(loaded.ok()) << loaded.message();
    EXPECT_TRUE(loaded->summary().variants[target == baseline].selected);
    Result<std::vector<Tensor>> outputs = loaded->run({{"x", x}});
    ASSERT_TRUE(outputs.ok()) << outputs.message();
    expectDense(x, (*outputs)[0]);
  }
  // Text holds the code of one target, or what comes before code.
  EXPECT_FALSE(compiled->write(path("dense.mlir")).ok());
  EXPECT_FALSE(CompiledModel::checkOutput(path("dense.mlir"), options).ok());
  options.toPhase = "schedule";
  EXPECT_TRUE(CompiledModel::checkOutput(path("dense.mlir"), options).ok());
  options.target = "x86-64,aarch64";
  EXPECT_FALSE(CompiledModel::compile(model, options).ok());
}

TEST_F(Compiler, AFailedWriteLeavesNothing) {
  Result<CompiledModel> compiled = CompiledModel::compile(model, {});
  ASSERT_TRUE(compiled.ok()) << compiled.message();
  EXPECT_FALSE(compiled->write(path("no/folder/dense.so")).ok());
  EXPECT_FALSE(llvm::sys::fs::exists(path("no")));
}

TEST_F(Compiler, RunsInManyThreadsAtOnce) {
  RunnableModel loaded = runnable();
  std::vector<std::thread> threads;
  std::vector<std::vector<float>> results(4);
  for (std::vector<float> &result : results)
    threads.emplace_back([&loaded, &result] {
      for (int round = 0; round < 50; ++round) {
        Result<std::vector<Tensor>> outputs = loaded.run({{"x", input(8)}});
        if (!outputs.ok())
          return;
        auto *data = static_cast<const float *>((*outputs)[0].data());
        result.assign(data, data + 16);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::vector<float> &result : results) {
    ASSERT_EQ(result.size(), 16u);
    EXPECT_EQ(result, results[0]);
  }
}

TEST_F(Compiler, SummarisesAModel) {
  ModelSummary summary = runnable().summary();
  ASSERT_EQ(summary.inputs.size(), 1u);
  EXPECT_EQ(summary.inputs[0].name, "x");
  EXPECT_EQ(summary.inputs[0].type, "float32");
  EXPECT_EQ(summary.inputs[0].shape, "(N, 2)");
  ASSERT_EQ(summary.outputs.size(), 1u);
  EXPECT_EQ(summary.outputs[0].name, "y");
  EXPECT_GE(summary.weightBytes, 16);
  EXPECT_EQ(summary.steps.size(), 1u); // the sum is computed where the product is
}

} // namespace
