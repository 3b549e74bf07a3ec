#include "tenon-c/Compiler.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace {

class CAPI : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-capi", folder));
    model = path("rectifier.mlir");
    std::ofstream(model) << R"mlir(
      func.func @main(%x: tensor<2x3xf32> {nn.name = "x"}) -> (tensor<2x3xf32> {nn.name = "y"}) {
        %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
        return %0 : tensor<2x3xf32>
      })mlir";
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  std::string path(const char *name) const { return (folder + "/" + name).str(); }

  /// Runs the model on -1, 2, -3, 4, -5, 6.
  static void expectRelu(const tenon_model *compiled) {
    tenon_model_info info = {};
    tenon_get_info(compiled, &info);
    EXPECT_EQ(info.num_inputs, 1);
    EXPECT_EQ(info.num_outputs, 1);
    size_t alignment = std::max<size_t>(info.workspace_alignment, 64);
    size_t bytes =
        (size_t(std::max<int64_t>(tenon_workspace_size(compiled, nullptr), 1)) + alignment - 1) & -alignment;
    void *workspace = std::aligned_alloc(alignment, bytes);
    alignas(64) float x[] = {-1, 2, -3, 4, -5, 6}, y[6] = {};
    const void *inputs[] = {x};
    void *outputs[] = {y};
    tenon_run_args args = {};
    args.size = sizeof args;
    args.inputs = inputs;
    args.outputs = outputs;
    args.workspace = workspace;
    args.workspace_size = bytes;
    EXPECT_EQ(tenon_run(compiled, &args), TENON_OK);
    std::free(workspace);
    const float want[] = {0, 2, 0, 4, 0, 6};
    EXPECT_EQ(std::memcmp(y, want, sizeof want), 0);
  }

  llvm::SmallString<128> folder;
  std::string model;
};

TEST_F(CAPI, CompilesAndRuns) {
  char *error = nullptr;
  tenon_compiled *compiled = tenon_compile(model.c_str(), nullptr, &error);
  ASSERT_NE(compiled, nullptr) << error;
  tenon_loaded *loaded = tenon_compiled_load(compiled, &error);
  ASSERT_NE(loaded, nullptr) << error;
  // What is loaded does not need what it came from.
  tenon_compiled_destroy(compiled);
  expectRelu(tenon_loaded_model(loaded));
  tenon_loaded_destroy(loaded);
}

TEST_F(CAPI, WritesAndLoads) {
  char *error = nullptr;
  tenon_options *options = tenon_options_create();
  tenon_options_set_name(options, "rectifier");
  tenon_options_set_threads(options, 2);
  tenon_options_set_strict(options, 1);
  tenon_compiled *compiled = tenon_compile(model.c_str(), options, &error);
  ASSERT_NE(compiled, nullptr) << error;
  tenon_options_destroy(options);
  ASSERT_EQ(tenon_compiled_write(compiled, path("r.so").c_str(), &error), 0) << error;
  tenon_compiled_destroy(compiled);
  tenon_loaded *loaded = tenon_load(path("r.so").c_str(), &error);
  ASSERT_NE(loaded, nullptr) << error;
  expectRelu(tenon_loaded_model(loaded));
  tenon_loaded_destroy(loaded);
}

TEST_F(CAPI, FailuresAreOneLineThatTheCallerFrees) {
  char *error = nullptr;
  EXPECT_EQ(tenon_compile(path("missing.onnx").c_str(), nullptr, &error), nullptr);
  ASSERT_NE(error, nullptr);
  EXPECT_NE(std::strstr(error, "missing.onnx"), nullptr) << error;
  EXPECT_EQ(std::strchr(error, '\n'), nullptr) << error;
  tenon_free_text(error);
  // The text may be left out.
  EXPECT_EQ(tenon_load(path("missing.so").c_str(), nullptr), nullptr);

  tenon_options *options = tenon_options_create();
  tenon_options_set_target(options, "pdp11");
  EXPECT_EQ(tenon_compile(model.c_str(), options, &error), nullptr);
  EXPECT_NE(std::strstr(error, "pdp11"), nullptr) << error;
  tenon_free_text(error);
  int64_t shape[] = {-1};
  EXPECT_NE(tenon_options_add_bind(options, "x", TENON_FLOAT32, 1, shape, shape, &error), 0);
  tenon_free_text(error);
  tenon_options_destroy(options);
}

TEST_F(CAPI, DestroyingNothingDoesNothing) {
  tenon_options_destroy(nullptr);
  tenon_compiled_destroy(nullptr);
  tenon_loaded_destroy(nullptr);
  tenon_free_text(nullptr);
}

} // namespace
