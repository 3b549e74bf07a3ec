#include "tenon-c/Compiler.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <cmath>
#include <thread>

namespace {
/// A failed call's text, which is freed.
class Text {
public:
  ~Text() { tenon_free_text(text); }
  char **operator&() { return &text; }
  std::string str() const { return text ? text : ""; }

private:
  char *text = nullptr;
};

/// Runs the model of xor on `rows` rows.
std::vector<float> run(const tenon_model *model, const std::vector<float> &x, int64_t rows,
                       tenon_status expected) {
  std::vector<float> y(rows, NAN);
  tenon_model_info info;
  tenon_get_info(model, &info);
  int64_t size = tenon_workspace_size(model, nullptr), alignment = info.workspace_alignment;
  void *workspace = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  const int64_t shape[] = {rows, 2};
  const int64_t *shapes[] = {shape};
  const void *inputs[] = {x.data()};
  void *outputs[] = {y.data()};
  char error[256] = "";
  tenon_run_args args = {};
  args.size = sizeof args;
  args.inputs = inputs;
  args.input_shapes = shapes;
  args.outputs = outputs;
  args.workspace = workspace;
  args.workspace_size = size;
  args.error = error;
  args.error_size = sizeof error;
  EXPECT_EQ(tenon_run(model, &args), expected) << error;
  std::free(workspace);
  return y;
}
} // namespace

TEST(CAPI, CompilesLoadsAndRuns) {
  Text error;
  tenon_compiled *compiled = tenon_compile(MODELS "/xor.mlir", nullptr, &error);
  ASSERT_TRUE(compiled) << error.str();
  tenon_loaded *loaded = tenon_compiled_load(compiled, &error);
  ASSERT_TRUE(loaded) << error.str();
  tenon_compiled_destroy(compiled);
  const tenon_model *model = tenon_loaded_model(loaded);
  EXPECT_EQ(run(model, {0, 0, 0, 1, 1, 0, 1, 1}, 4, TENON_OK), (std::vector<float>{0, 1, 1, 0}));
  EXPECT_EQ(run(model, {1, 0}, 1, TENON_OK), std::vector<float>{1});
  run(model, std::vector<float>(200), 100, TENON_DIM_OUT_OF_RANGE);
  tenon_loaded_destroy(loaded);
}

TEST(CAPI, WritesAndLoadsASharedObject) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-capi", folder));
  std::string path = (folder + "/xor.so").str();
  Text error;
  tenon_options *options = tenon_options_create();
  tenon_options_set_name(options, "exclusive or");
  tenon_options_set_target(options, "x86-64-v3");
  tenon_options_set_strict(options, 1);
  tenon_compiled *compiled = tenon_compile(MODELS "/xor.mlir", options, &error);
  tenon_options_destroy(options);
  ASSERT_TRUE(compiled) << error.str();
  EXPECT_EQ(tenon_compiled_write(compiled, path.c_str(), &error), 0) << error.str();
  tenon_compiled_destroy(compiled);
  tenon_loaded *loaded = tenon_load(path.c_str(), &error);
  ASSERT_TRUE(loaded) << error.str();
  tenon_model_info info;
  tenon_get_info(tenon_loaded_model(loaded), &info);
  EXPECT_STREQ(info.name, "exclusive or");
  EXPECT_STREQ(info.target, "x86-64-v3");

  // In two threads at once, each with memory of its own.
  auto many = [&] {
    for (int i = 0; i < 100; ++i)
      ASSERT_EQ(run(tenon_loaded_model(loaded), {0, 0, 0, 1, 1, 0, 1, 1}, 4, TENON_OK),
                (std::vector<float>{0, 1, 1, 0}));
  };
  std::thread other(many);
  many();
  other.join();
  tenon_loaded_destroy(loaded);
  llvm::sys::fs::remove_directories(folder);
}

TEST(CAPI, ReportsFailures) {
  Text missing, target, ending, phase, bind;
  EXPECT_FALSE(tenon_compile(MODELS "/nothing.onnx", nullptr, &missing));
  EXPECT_NE(missing.str().find("nothing.onnx"), std::string::npos) << missing.str();

  tenon_options *options = tenon_options_create();
  tenon_options_set_target(options, "z80");
  EXPECT_FALSE(tenon_compile(MODELS "/xor.mlir", options, &target));
  EXPECT_NE(target.str().find("z80"), std::string::npos) << target.str();
  tenon_options_set_target(options, "native");
  const int64_t negative[] = {-1};
  EXPECT_NE(tenon_options_add_bind(options, "x", TENON_FLOAT32, 1, negative, nullptr, &bind), 0);
  EXPECT_FALSE(bind.str().empty());
  tenon_options_set_phase(options, "simplify");
  tenon_compiled *compiled = tenon_compile(MODELS "/xor.mlir", options, nullptr);
  ASSERT_TRUE(compiled);
  EXPECT_FALSE(tenon_compiled_load(compiled, &phase));
  EXPECT_NE(phase.str().find("phase"), std::string::npos) << phase.str();
  EXPECT_NE(tenon_compiled_write(compiled, "/nonexistent/xor.mlir", &ending), 0);
  EXPECT_NE(ending.str().find("/nonexistent/xor.mlir"), std::string::npos) << ending.str();
  tenon_compiled_destroy(compiled);
  tenon_options_destroy(options);
  EXPECT_FALSE(tenon_load(MODELS "/xor.mlir", nullptr));
}
