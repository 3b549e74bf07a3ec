#include "lib/Support/AtomicFile.h"
#include "test/lib/Target/TestModel.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>
#include <thread>

using namespace tenon;
using namespace tenon::test;

namespace {

using Model = std::unique_ptr<LoadedModel>;

std::vector<float> run(const LoadedModel &model, std::vector<float> x,
                       const tenon_thread_pool *pool = nullptr) {
  std::vector<RawTensor> inputs;
  inputs.push_back(floats(std::move(x)));
  return get(model.run(inputs, pool))[0].as<float>().vec();
}

TEST(Model, RunsTheSameFromMemoryAndFromAFile) {
  Folder folder;
  ModelObjects objects = scaleModel("two", 3, {get(parseTarget("native"))});
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", objects)), "");
  EXPECT_EQ(folder.count(), 1u);
  Model loaded = get(LoadedModel::fromSharedObject(folder / "m.so"));
  Model linked = get(LoadedModel::fromObjects(objects));
  for (const Model &model : {std::cref(loaded), std::cref(linked)}) {
    EXPECT_EQ(run(*model, {1, 2, -5}), (std::vector<float>{9, 18, -45}));
    EXPECT_STREQ(model->info().name, "two");
    EXPECT_EQ(model->info().num_steps, 2);
    EXPECT_EQ(model->inputShapeText(0), "(N,)");
    EXPECT_EQ(model->inputs()[0].max_bytes, 4000);
    tenon_step_info step;
    ASSERT_EQ(tenon_get_step(model->handle(), 1, nullptr, &step), TENON_OK);
    EXPECT_STREQ(step.source, "second third");
    EXPECT_EQ(step.flops, 1000);
  }
}

TEST(Model, TheSharedObjectNeedsLibcAndLibmAndExportsTheModelOnly) {
  Folder folder;
  ASSERT_EQ(
      message(writeSharedObject(folder / "m.so", scaleModel("m", 3, {get(parseTarget("x86-64-v3"))}, 5000))),
      "");
  auto buffer = llvm::MemoryBuffer::getFile(folder / "m.so");
  ASSERT_TRUE(bool(buffer));
  auto file = get(llvm::object::ELFObjectFile<llvm::object::ELF64LE>::create(**buffer));
  std::vector<std::string> exported, needed;
  for (const llvm::object::ELFSymbolRef symbol : file.getDynamicSymbolIterators())
    if (!(get(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined))
      exported.push_back(get(symbol.getName()).str());
  std::sort(exported.begin(), exported.end());
  EXPECT_EQ(exported, (std::vector<std::string>{"tenon_model", "tenon_model_m"}));
  llvm::StringRef strings;
  for (const llvm::object::SectionRef &section : file.sections())
    if (get(section.getName()) == ".dynstr")
      strings = get(section.getContents());
  for (const auto &entry : get(file.getELFFile().dynamicEntries()))
    if (entry.d_tag == llvm::ELF::DT_NEEDED)
      needed.push_back(strings.drop_front(entry.d_un.d_val).data());
  std::sort(needed.begin(), needed.end());
  EXPECT_EQ(needed, (std::vector<std::string>{"libc.so.6", "libm.so.6"}));
  bool stack = false;
  for (const auto &segment : get(file.getELFFile().program_headers())) {
    stack |= segment.p_type == llvm::ELF::PT_GNU_STACK;
    EXPECT_FALSE((segment.p_flags & llvm::ELF::PF_X) && (segment.p_flags & llvm::ELF::PF_W));
    if (segment.p_type == llvm::ELF::PT_GNU_STACK)
      EXPECT_FALSE(segment.p_flags & llvm::ELF::PF_X);
  }
  EXPECT_TRUE(stack);
}

TEST(Model, LinksForAnotherArchitecture) {
  Folder folder;
  TargetSpec arm = get(parseTarget("aarch64+dotprod"));
  ModelObjects objects = scaleModel("arm", 3, {arm}, 100000);
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", objects)), "");
  ASSERT_EQ(message(writeRelocatable(folder / "m.o", objects)), "");
  auto buffer = llvm::MemoryBuffer::getFile(folder / "m.so");
  auto file = get(llvm::object::ELFObjectFile<llvm::object::ELF64LE>::create(**buffer));
  EXPECT_EQ(file.getArch(), llvm::Triple::aarch64);
  std::string refused = message(LoadedModel::fromObjects(objects).takeError());
  EXPECT_EQ(refused, "code for target 'aarch64+dotprod' cannot run on this machine: another architecture");
}

TEST(Model, KeepsLargeWeightsIntact) {
  Folder folder;
  TargetSpec target = get(parseTarget("native"));
  ModelObjects objects = scaleModel("large", 1, {target}, 0x300123);
  objects.weights.write = [](WeightsSink &sink) -> llvm::Error {
    const float factor = 2;
    if (llvm::Error error = sink.write({reinterpret_cast<const char *>(&factor), 4}))
      return error;
    for (uint32_t i = 4; i < 0x300123; ++i) {
      char byte = static_cast<char>(i * 2654435761u >> 24);
      if (llvm::Error error = sink.write(byte))
        return error;
    }
    return llvm::Error::success();
  };
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", objects)), "");
  Model model = get(LoadedModel::fromSharedObject(folder / "m.so"));
  EXPECT_EQ(run(*model, {1}), (std::vector<float>{4}));
  const auto *program = static_cast<const tn_program *>(model->handle()->program);
  ASSERT_EQ(program->weight_bytes, 0x300123);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(program->weights) % 4096, 0u);
  const char *weights = static_cast<const char *>(program->weights);
  for (uint32_t i = 4; i < 0x300123; ++i)
    ASSERT_EQ(weights[i], static_cast<char>(i * 2654435761u >> 24)) << i;
}

TEST(Model, AWeightsSourceThatFailsLeavesNoFile) {
  Folder folder;
  TargetSpec target = get(parseTarget("native"));
  ModelObjects objects = scaleModel("m", 1, {target}, 100);
  objects.weights.write = [](WeightsSink &sink) { return sink.padTo(99); };
  EXPECT_EQ(message(writeSharedObject(folder / "m.so", objects)),
            "expected 100 bytes of weights, but got 99");
  EXPECT_EQ(message(writeRelocatable(folder / "m.o", objects)), "expected 100 bytes of weights, but got 99");
  EXPECT_NE(message(LoadedModel::fromObjects(objects).takeError()), "");
  EXPECT_EQ(folder.count(), 0u);
}

TEST(Model, RefusesACallOfAFunctionThatTheCLibraryLacks) {
  Folder folder;
  TargetSpec target = get(parseTarget("native"));
  ModelObjects objects = scaleModel("m", 1, {target});
  objects.objects.push_back(compileText("declare void @no_such_function()\n"
                                        "define hidden void @m_caller() {\n  call void @no_such_function()\n"
                                        "  ret void\n}\n",
                                        target));
  std::string text = message(writeSharedObject(folder / "m.so", objects));
  EXPECT_NE(text.find("undefined symbol: no_such_function"), std::string::npos) << text;
  EXPECT_EQ(folder.count(), 0u);
}

TEST(Model, RefusesFilesThatAreNoModel) {
  Folder folder;
  EXPECT_NE(message(LoadedModel::fromSharedObject(folder / "none.so").takeError()).find("cannot read"),
            std::string::npos);
  ASSERT_EQ(message(writeFile(folder / "text.so", llvm::StringRef(std::string(100, 'x')))), "");
  EXPECT_NE(message(LoadedModel::fromSharedObject(folder / "text.so").takeError())
                .find("expected a compiled model"),
            std::string::npos);
  // A shared object that is none of ours.
  ASSERT_FALSE(llvm::sys::fs::copy_file("/lib/x86_64-linux-gnu/libm.so.6", folder / "libm.so"));
  EXPECT_NE(
      message(LoadedModel::fromSharedObject(folder / "libm.so").takeError()).find("no symbol 'tenon_model'"),
      std::string::npos);
}

TEST(Model, RefusesAProcessorWithoutTheFeatures) {
  TargetSpec target = get(parseTarget("native"));
  // Features the table knows, but no processor has all of, and one that it does not know.
  target.featureMask |=
      TN_X86_AMX_TILE | TN_X86_AVX512FP16 | TN_X86_AVX512F | TN_X86_AVXVNNI | (UINT64_C(1) << 62);
  Folder folder;
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", scaleModel("m", 1, {target}))), "");
  std::string text = message(LoadedModel::fromSharedObject(folder / "m.so").takeError());
  EXPECT_NE(text.find("the model was compiled for 'native', but this machine lacks"), std::string::npos)
      << text;
  EXPECT_NE(text.find("feature 62"), std::string::npos) << text;
}

/// For this processor's successor, for this processor, and for every one of the architecture.
std::vector<TargetSpec> threeTargets() {
  TargetSpec native = get(parseTarget("native")), future = native;
  future.name = future.symbol = "future";
  future.featureMask |= UINT64_C(1) << 62;
  return {future, native, baselineTarget(native.arch)};
}

std::string firstStep(const tenon_model *model) {
  tenon_step_info step;
  return tenon_get_step(model, 0, nullptr, &step) == TENON_OK ? step.name : "";
}

TEST(Model, RunsTheFirstVariantThatTheProcessorHas) {
  Folder folder;
  std::vector<TargetSpec> targets = threeTargets();
  ModelObjects objects = scaleModel("m", 3, targets);
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", objects)), "");
  Model loaded = get(LoadedModel::fromSharedObject(folder / "m.so"));
  Model linked = get(LoadedModel::fromObjects(objects));
  for (const Model &model : {std::cref(loaded), std::cref(linked)}) {
    EXPECT_EQ(model->info().target, "future,native," + targets[2].name);
    ASSERT_EQ(model->variants().size(), 3u);
    for (int i : {0, 1, 2}) {
      EXPECT_EQ(model->variants()[i].target, targets[i].name);
      EXPECT_EQ(model->variants()[i].supported, i > 0);
      EXPECT_EQ(model->variants()[i].selected, i == 1);
      EXPECT_EQ(model->refusal(i).empty(), i > 0);
    }
    EXPECT_EQ(firstStep(model->handle()), "m_scale_native");
    EXPECT_EQ(run(*model, {1, 2, -5}), (std::vector<float>{9, 18, -45}));
  }
  Model least = get(LoadedModel::fromSharedObject(folder / "m.so", targets[2].name));
  EXPECT_EQ(firstStep(least->handle()), "m_scale_" + targets[2].symbol);
  EXPECT_EQ(run(*least, {1, 2, -5}), (std::vector<float>{9, 18, -45}));
  EXPECT_EQ(message(LoadedModel::fromSharedObject(folder / "m.so", "pdp11").takeError()),
            "'" + (folder / "m.so") +
                "' was not compiled for target 'pdp11': expected one of future, native, " + targets[2].name);
}

TEST(Model, ACopyOfTheHandleNamesAVariant) {
  Model model = get(LoadedModel::fromObjects(scaleModel("m", 3, threeTargets())));
  tenon_model copy = *model->handle();
  char error[500];
  copy.variant = 1;
  EXPECT_EQ(tenon_check_cpu(&copy, error, sizeof error), TENON_UNSUPPORTED_CPU);
  EXPECT_STREQ(error, "the model was compiled for 'future', but this machine lacks feature 62");
  EXPECT_EQ(firstStep(&copy), "m_scale_future") << "what cannot run can be looked at";
  copy.variant = 3;
  EXPECT_EQ(tenon_check_cpu(&copy, error, sizeof error), TENON_OK);
  // Where the memory comes from does not depend on the processor.
  EXPECT_EQ(tenon_workspace_size(&copy, nullptr), tenon_workspace_size(model->handle(), nullptr));
  tenon_variant_info info;
  ASSERT_EQ(tenon_get_variant(&copy, 2, &info), TENON_OK);
  EXPECT_EQ(info.selected, 1);
  EXPECT_EQ(tenon_get_variant(&copy, 3, &info), TENON_INVALID_ARGUMENT);
  EXPECT_EQ(tenon_get_variant(&copy, -1, &info), TENON_INVALID_ARGUMENT);
  copy.variant = 4;
  EXPECT_EQ(tenon_check_cpu(&copy, error, sizeof error), TENON_INVALID_ARGUMENT);
}

TEST(Model, SaysWhatEveryVariantMisses) {
  std::vector<TargetSpec> targets = threeTargets();
  targets.pop_back();
  targets[1].featureMask |= UINT64_C(1) << 61;
  Folder folder;
  ASSERT_EQ(message(writeSharedObject(folder / "m.so", scaleModel("m", 1, targets))), "");
  EXPECT_EQ(
      message(LoadedModel::fromSharedObject(folder / "m.so").takeError()),
      "'" + (folder / "m.so") +
          "': the model was compiled for 'future', but this machine lacks feature 62; and for 'native', "
          "but this machine lacks feature 61");
}

TEST(Model, ThreadsOnSeparateWorkspacesAgree) {
  Model model = get(LoadedModel::fromObjects(scaleModel("m", 1.5f, {get(parseTarget("native"))})));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::vector<RawTensor> inputs;
      std::vector<float> x(100 + t * 17);
      for (size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(i) + static_cast<float>(t);
      inputs.push_back(floats(x));
      for (int round = 0; round < 200; ++round) {
        std::vector<RawTensor> outputs = get(model->run(inputs));
        llvm::ArrayRef<float> y = outputs[0].as<float>();
        for (size_t i = 0; i < x.size(); ++i)
          wrong[t] += y[i] != x[i] * 2.25f;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Model, APoolComputesTheSame) {
  Model model = get(LoadedModel::fromObjects(scaleModel("m", 2, {get(parseTarget("native"))})));
  for (int32_t threads : {1, 2, 3, 8}) {
    ThreadPool pool = makePool(threads);
    for (size_t n : {1, 2, 7, 8, 9, 1000}) {
      std::vector<float> x(n), expected(n);
      for (size_t i = 0; i < n; ++i) {
        x[i] = static_cast<float>(i) - 3;
        expected[i] = 4 * x[i];
      }
      EXPECT_EQ(run(*model, x, pool.get()), expected) << threads << " " << n;
    }
  }
}

TEST(Model, MeasuresItsSteps) {
  Model model = get(LoadedModel::fromObjects(scaleModel("m", 2, {get(parseTarget("native"))})));
  std::vector<RawTensor> inputs = get(model->syntheticInputs({}));
  EXPECT_EQ(inputs[0].numElements(), 1000);
  BenchResult result = get(benchModel(*model, inputs, 0.01, nullptr, /*stepRuns=*/1));
  EXPECT_GE(result.runs, 2);
  EXPECT_GT(result.minMs, 0);
  EXPECT_LE(result.minMs, result.medianMs);
  EXPECT_LE(result.medianMs, result.p90Ms);
  EXPECT_EQ(result.stepNanoseconds.size(), 2u);
}

TEST(Model, RunsStepsSeveralTimesInARow) {
  ModelObjects objects = scaleModel("m", 2, {get(parseTarget("native"))}, 4, /*inPlace=*/true);
  Model model = get(LoadedModel::fromObjects(objects));
  std::vector<RawTensor> inputs;
  inputs.push_back(floats({1, 3}));
  std::vector<uint64_t> ns(2);
  for (auto [runs, factor] : {std::pair(0, 4), {1, 4}, {2, 8}, {3, 16}}) {
    auto invocation = get(Invocation::create(*model, inputs, nullptr));
    ASSERT_FALSE(invocation->run(ns.data(), runs));
    // The first step reads x every time, the second what it wrote.
    float y[2];
    std::memcpy(y, invocation->takeOutputs()[0].data(), sizeof y);
    EXPECT_EQ(y[0], float(factor)) << runs;
    EXPECT_EQ(y[1], float(3 * factor)) << runs;
  }
}

TEST(Model, RefusesWrongInputsByName) {
  Model model = get(LoadedModel::fromObjects(scaleModel("m", 2, {get(parseTarget("native"))})));
  auto match = [&](std::vector<std::pair<std::string, RawTensor>> named) {
    return message(model->matchInputs(std::move(named)).takeError());
  };
  std::vector<std::pair<std::string, RawTensor>> named;
  EXPECT_EQ(match({}), "input 'x' is missing: expected float32 of shape (N,)");
  named.emplace_back("z", floats({1}));
  EXPECT_EQ(match(std::move(named)), "the model has no input 'z'; its inputs are 'x'");
  named.clear();
  named.emplace_back("x", floats({1}));
  named.emplace_back("x", floats({1}));
  EXPECT_EQ(match(std::move(named)), "input 'x' is given twice");
  named.clear();
  named.emplace_back("x", get(RawTensor::create(ElementType::Int8, {1})));
  EXPECT_EQ(match(std::move(named)), "input 'x': expected type float32, but got int8");
  named.clear();
  named.emplace_back("x", get(RawTensor::create(ElementType::Float32, {1, 1})));
  EXPECT_EQ(match(std::move(named)), "input 'x': expected shape (N,), but got (1, 1)");
  std::vector<RawTensor> tooLong;
  tooLong.push_back(get(RawTensor::create(ElementType::Float32, {1001})));
  EXPECT_EQ(message(model->run(tooLong).takeError()), "dimension 'N': expected 1 to 1000, but got 1001");
  tooLong[0] = get(RawTensor::create(ElementType::Float32, {0}));
  EXPECT_EQ(message(model->run(tooLong).takeError()), "dimension 'N': expected 1 to 1000, but got 0");
}

/// Two models and their headers, in a C program that this machine's compiler links statically.
TEST(Model, TwoModelsLinkIntoOneProgram) {
  Folder folder;
  TargetSpec target = get(parseTarget("native"));
  for (auto [name, factor] : {std::pair("first", 2.0f), std::pair("2nd-model", 5.0f)}) {
    ModelObjects objects = scaleModel(name, factor, {target}, 9000);
    ASSERT_EQ(message(writeRelocatable(folder / (std::string(name) + ".o"), objects)), "");
    ProgramDesc program;
    program.name = name;
    ASSERT_EQ(message(writeFile(folder / (std::string(name) + ".h"), emitHeader(program))), "");
  }
  ASSERT_EQ(message(writeFile(folder / "main.c", llvm::StringRef(R"(
#include "first.h"
#include "2nd-model.h"
#include <stdlib.h>
static float run(const tenon_model *model) {
  tenon_model_info info;
  tenon_get_info(model, &info);
  int64_t dims[] = {3};
  size_t size = (size_t)tenon_workspace_size(model, dims);
  float x[] = {1, 2, 3}, y[3] = {0};
  const void *inputs[] = {x};
  void *outputs[] = {y};
  tenon_run_args args = {sizeof args};
  args.inputs = inputs;
  args.dims = dims;
  args.outputs = outputs;
  args.workspace = aligned_alloc(info.workspace_alignment, (size + 4095) & ~(size_t)4095);
  args.workspace_size = size;
  return tenon_run(model, &args) == TENON_OK ? y[2] : -1;
}
int main(void) {
  return run(tenon_model_first()) == 12 && run(tenon_model__2nd_model()) == 75 ? 0 : 1;
}
)"))),
            "");
  std::string command = std::string(TEST_C_COMPILER) + " -std=c11 -Wall -Werror -I " TEST_INCLUDE_DIR " -I " +
                        (folder / "") + " " + (folder / "main.c") + " " + (folder / "first.o") + " " +
                        (folder / "2nd-model.o") + " -o " + (folder / "program") + " -lm && " +
                        (folder / "program");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

} // namespace
