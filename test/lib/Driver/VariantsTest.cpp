#include "autotune/Space/Variants.h"
#include "autotune/Database/TaskFingerprint.h"
#include "lib/Driver/Schedules.h"
#include "lib/Driver/TaskCompiler.h"
#include "lib/Target/LoadedModel.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <cmath>
#include <fstream>
#include <map>

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

namespace {

/// A constant of numbers that differ, so that one in a wrong place shows.
std::string weights(const std::string &name, ArrayRef<int64_t> shape, unsigned seed) {
  int64_t count = 1;
  std::string type = "tensor<";
  for (int64_t extent : shape) {
    count *= extent;
    type += std::to_string(extent) + "x";
  }
  type += "f32>";
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    seed = seed * 1664525 + 1013904223;
    values.push_back((float(seed >> 8) / float(1 << 24) - 0.5f) * 4 / std::sqrt(float(count / shape[0])));
  }
  return "  %" + name + " = nn.constant dense<\"0x" +
         llvm::toHex(ArrayRef(reinterpret_cast<const uint8_t *>(values.data()), 4 * values.size())) +
         "\"> : " + type + " : " + type + "\n";
}

/// Convolutions, one of which adds what is written over, and a product.
std::string modelText() {
  const std::string image = "tensor<1x32x14x14xf32>", filter = "tensor<32x32x3x3xf32>";
  auto conv = [&](const std::string &result, const std::string &x, const std::string &w) {
    return "  %" + result + " = nn.conv %" + x + ", %" + w +
           " {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, "
           "group = 1 : i64} : (" +
           image + ", " + filter + ") -> " + image + "\n";
  };
  std::string text =
      "func.func @main(%x: " + image + ", %m: tensor<20x64xf32>) -> (" + image + ", tensor<20x96xf32>) {\n";
  for (unsigned i = 1; i <= 4; ++i)
    text += weights("w" + std::to_string(i), {32, 32, 3, 3}, i);
  text += weights("p", {64, 96}, 5);
  text += conv("a", "x", "w1") + "  %r = nn.relu %a : (" + image + ") -> " + image + "\n";
  text += conv("b", "r", "w2") + conv("c", "b", "w3") + "  %s = nn.add %c, %r : (" + image + ", " + image +
          ") -> " + image + "\n";
  text += conv("y", "s", "w4");
  text += "  %z = nn.matmul %m, %p : (tensor<20x64xf32>, tensor<64x96xf32>) -> tensor<20x96xf32>\n";
  return text + "  return %y, %z : " + image + ", tensor<20x96xf32>\n}\n";
}

class ModelVariants : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("tenon-variants", "mlir", path));
    std::ofstream(path.c_str()) << modelText();
  }
  void TearDown() override { llvm::sys::fs::remove(path); }

  /// The model whose tasks are the variants of these names.
  std::unique_ptr<Compilation> compile(const std::map<std::string, std::string> &names, Phase last,
                                       const std::string &targets = "native") {
    CompilerOptions options;
    options.targets = llvm::cantFail(parseTargets(targets));
    options.fastNumerics = isFast;
    options.setVariants = [=](ModuleOp module, const TargetSpec &target) {
      auto source = [&](sched::TaskOp task, const TargetSpec &) -> std::optional<std::string> {
        auto it = names.find(task.getSymName().str());
        return it == names.end() ? std::nullopt : std::optional(it->second);
      };
      chooseVariants(module, target, isFast, source,
                     [&](const std::string &warning) { warnings.push_back(warning); });
    };
    auto compilation = std::make_unique<Compilation>(std::move(options));
    if (llvm::Error e = compilation->run(path, last))
      ADD_FAILURE() << llvm::toString(std::move(e));
    return compilation;
  }
  static std::map<std::string, std::string> fingerprints(ModuleOp module) {
    std::map<std::string, std::string> found;
    for (auto task : module.getOps<sched::TaskOp>())
      found[task.getSymName().str()] = fingerprint(task);
    return found;
  }
  static std::string textOf(Compilation &compilation) { return compilation.moduleText(); }

  llvm::SmallString<128> path;
  bool isFast = true;
  std::vector<std::string> warnings;
};

TEST_F(ModelVariants, AreCompiledAsTheyWereMeasured) {
  auto planned = compile({}, Phase::Schedule);
  auto outputsOf = [](Compilation &compilation) {
    auto model = llvm::cantFail(LoadedModel::fromObjects(llvm::cantFail(compilation.objects())));
    return llvm::cantFail(model->run(llvm::cantFail(model->syntheticInputs({}))));
  };
  isFast = false;
  std::vector<RawTensor> expected = outputsOf(*compile({}, Phase::LLVM));
  isFast = true;
  int64_t vectorBytes = int64_t(llvm::cantFail(parseTarget("native")).vectorBytes);
  std::map<std::string, std::string> before = fingerprints(planned->module());
  std::map<std::string, std::vector<TaskVariant>> variants;
  size_t rounds = 0;
  bool isInPlace = false, isWinograd = false, isDirect = false;
  for (const PlannedTask &task : listTasks(planned->module())) {
    auto alone = parseSourceString<ModuleOp>(task.text, &planned->context());
    auto op = *alone->getOps<sched::TaskOp>().begin();
    for (TaskVariant &variant : listVariants(op, vectorBytes, true)) {
      if (!variant.hasSameImages) {
        EXPECT_EQ(before, fingerprints(compile({{task.name, variant.name}}, Phase::Schedule)->module()));
        EXPECT_EQ(warnings.size(), 1u) << variant.name;
        warnings.clear();
      } else if (variant.name != kAsPlanned) {
        isInPlace |= bool(op.getInPlace());
        isWinograd |= llvm::StringRef(variant.name).starts_with("winograd");
        isDirect |= llvm::StringRef(variant.name).starts_with("direct");
        variants[task.name].push_back(std::move(variant));
        rounds = std::max(rounds, variants[task.name].size());
      }
    }
  }
  EXPECT_TRUE(isInPlace && isWinograd && isDirect) << isInPlace << isWinograd << isDirect;
  // The first variants of all tasks together, then the second ones.
  for (size_t round = 0; round < rounds; ++round) {
    std::map<std::string, std::string> names, wanted = before;
    for (auto &[task, list] : variants)
      if (round < list.size()) {
        names[task] = list[round].name;
        // What a tuner knows by the variant's text is what is compiled.
        auto text = parseSourceString<ModuleOp>(list[round].text, &planned->context());
        wanted[task] = fingerprint(*text->getOps<sched::TaskOp>().begin());
        EXPECT_NE(wanted[task], before[task]);
      }
    auto other = compile(names, Phase::LLVM);
    EXPECT_EQ(fingerprints(other->module()), wanted);
    for (const StepDesc &step : llvm::cantFail(other->program()).variants[0].steps) {
      auto it = llvm::find_if(
          names, [&](auto &entry) { return llvm::StringRef(step.task).ends_with("_" + entry.first); });
      if (it != names.end())
        EXPECT_EQ(step.schedule, "database (" + it->second + ")");
    }
    std::vector<RawTensor> outputs = outputsOf(*other);
    ASSERT_EQ(outputs.size(), expected.size());
    for (auto [have, want] : llvm::zip_equal(outputs, expected)) {
      auto *a = reinterpret_cast<const float *>(have.data()),
           *b = reinterpret_cast<const float *>(want.data());
      float largest = 0, difference = 0;
      for (int64_t i = 0; i < want.numElements(); ++i) {
        largest = std::max(largest, std::abs(b[i]));
        difference = std::max(difference, std::abs(a[i] - b[i]));
      }
      EXPECT_GT(largest, 0.1f);
      EXPECT_LE(difference, 1e-4f * largest) << "round " << round;
    }
    if (round == 0)
      EXPECT_EQ(textOf(*compile(names, Phase::Plan)), textOf(*compile(names, Phase::Plan)));
  }
  EXPECT_TRUE(warnings.empty()) << warnings[0];
}

TEST_F(ModelVariants, WhatIsNoneIsPassedOver) {
  auto planned = compile({}, Phase::Plan);
  std::string task = listTasks(planned->module())[1].name, plain = textOf(*planned);
  ASSERT_TRUE(llvm::StringRef(task).starts_with("conv")) << task;
  EXPECT_EQ(textOf(*compile({{task, "planned"}}, Phase::Plan)), plain);
  EXPECT_TRUE(warnings.empty());
  EXPECT_EQ(textOf(*compile({{task, "backwards"}}, Phase::Plan)), plain);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0],
            "task '" + task +
                "': the variant 'backwards' from the database is none of it here and is ignored");
  // Strict numerics have no Winograd.
  isFast = false;
  plain = textOf(*compile({}, Phase::Plan));
  EXPECT_EQ(textOf(*compile({{task, "winograd 2x2, blocks of 16"}}, Phase::Plan)), plain);
  EXPECT_EQ(warnings.size(), 2u);
}

TEST_F(ModelVariants, AreForOneTarget) {
  // What is packed for one target need not suit another.
  isFast = false;
  auto names = std::map<std::string, std::string>{{"conv_relu", "direct, blocks of 8"}};
  std::string two = "x86-64-v3,x86-64-v2";
  EXPECT_NE(textOf(*compile(names, Phase::Plan, "x86-64-v3")),
            textOf(*compile({}, Phase::Plan, "x86-64-v3")));
  EXPECT_EQ(textOf(*compile(names, Phase::Plan, two)), textOf(*compile({}, Phase::Plan, two)));
  EXPECT_TRUE(warnings.empty());
}

} // namespace
