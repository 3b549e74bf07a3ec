#include "autotune/Database/TaskFingerprint.h"
#include "dialects/NN/NN.h"
#include "lib/Driver/InitAll.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace tenon;

namespace {

struct Fingerprint : testing::Test {
  Fingerprint() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }
  std::string canonical(const std::string &text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    sched::TaskOp task = *module->getOps<sched::TaskOp>().begin();
    EXPECT_EQ(autotune::fingerprint(task).size(), 32u);
    return autotune::fingerprint(task);
  }
  MLIRContext context;
};

std::string relu(const std::string &name, const std::string &type, const std::string &more = "") {
  return "sched.task @" + name + more + " {\n^bb0(%x: " + type + "):\n  %y = nn.relu %x : (" + type +
         ") -> " + type + "\n  sched.yield %y : " + type + "\n}\n";
}

TEST_F(Fingerprint, LeavesOutNamesAndPlaces) {
  std::string one = canonical(relu("relu", "tensor<2x3xf32>"));
  EXPECT_EQ(one, canonical(relu("other", "tensor<2x3xf32>")));
  EXPECT_EQ(one, canonical("\n\n// Further down, with other names of values.\nsched.task @relu_7 {\n^bb0(%a: "
                           "tensor<2x3xf32>):\n"
                           "  %b = nn.relu %a : (tensor<2x3xf32>) -> tensor<2x3xf32> loc(\"here\")\n  "
                           "sched.yield %b : tensor<2x3xf32>\n}\n"));
  EXPECT_EQ(one, canonical(relu("relu", "tensor<2x3xf32>", " attributes {device = \"cpu\"}")));
  EXPECT_EQ(one, canonical(relu("relu", "tensor<2x3xf32>", " schedule <phases = [1, 0]>")));
}

TEST_F(Fingerprint, TellsTypesLayoutsAndBodiesApart) {
  std::vector<std::string> all = {
      canonical(relu("t", "tensor<2x3xf32>")),
      canonical(relu("t", "tensor<3x2xf32>")),
      canonical(relu("t", "tensor<2x3xf16>")),
      canonical(relu("t", "tensor<2x8xf32>")),
      canonical(
          relu("t", "tensor<2x8xf32>", " layouts [#sched.layout<order = [0, 1] blocks = [1, 8]>, unit]")),
      canonical(relu("t", "tensor<2x8xf32>", " in_place [0]")),
      canonical("sched.task @t {\n^bb0(%x: tensor<2x3xf32>):\n  %y = nn.neg %x : (tensor<2x3xf32>) -> "
                "tensor<2x3xf32>\n  "
                "sched.yield %y : tensor<2x3xf32>\n}\n"),
  };
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(all[i], all[j]) << i << " " << j;
}

TEST_F(Fingerprint, TellsBoundsOfSymbolsApart) {
  auto symbolic = [&](const std::string &bounds) {
    return canonical("module attributes {nn.symbols = [#nn.symbol<\"N\", " + bounds + ">]} {\n" +
                     relu("t", "tensor<?x3xf32, affine_map<()[s0] -> (s0, 3)>>") + "}\n");
  };
  EXPECT_EQ(symbolic("1, 8"), symbolic("1, 8"));
  EXPECT_NE(symbolic("1, 8"), symbolic("1, 9"));
  // Those of a task of fixed extents are another task's.
  EXPECT_EQ(canonical("module attributes {nn.symbols = [#nn.symbol<\"N\", 1, 8>]} {\n" +
                      relu("t", "tensor<3xf32>") + "}\n"),
            canonical(relu("t", "tensor<3xf32>")));
}

TEST_F(Fingerprint, KnowsLargeConstantsByTheirContent) {
  auto constant = [&](const std::string &name, const std::string &bytes) {
    return canonical(
        "module {\nsched.task @t {\n  %y = nn.constant dense_resource<" + name +
        "> : tensor<2xf32> : tensor<2xf32>\n"
        "  sched.yield %y : tensor<2xf32>\n}\n}\n{-#\n  dialect_resources: {\n    builtin: {\n      " +
        name + ": \"0x04000000" + bytes + "\"\n    }\n  }\n#-}\n");
  };
  EXPECT_EQ(constant("a", "0000803F00000040"), constant("b", "0000803F00000040"));
  EXPECT_NE(constant("a", "0000803F00000040"), constant("c", "0000803F00000041"));
}

TEST_F(Fingerprint, IsTheSameInEveryProcess) {
  // Written down once: records of other processes, and of other days, are found by it.
  EXPECT_EQ(canonical(relu("relu", "tensor<2x3xf32>")), "ea813eff407194e094e9026733451e2a");
}

} // namespace
