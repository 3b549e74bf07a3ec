// MathLibrary itself: its index, its cache, and that bodies are what vectorisation relies on.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "passes/Lower/Math/MathLibrary.h"
#include <gtest/gtest.h>
#include <thread>

using namespace mlir;

namespace tenon::test {
namespace {

TEST(MathLibrary, KnowsItsFunctions) {
  EXPECT_TRUE(MathLibrary::contains("tenon_exp_f32"));
  EXPECT_TRUE(MathLibrary::contains("tenon_pow_f64"));
  EXPECT_TRUE(MathLibrary::contains("tenon_f32_to_f8e4m3fn_sat"));
  EXPECT_FALSE(MathLibrary::contains("tenon_exp"));
  EXPECT_FALSE(MathLibrary::contains(""));
  EXPECT_EQ(MathLibrary::names().size(), 61u);
}

TEST(MathLibrary, BodiesAreElementwiseAndWithoutCalls) {
  MLIRContext context;
  MathLibrary library(&context);
  for (StringRef name : MathLibrary::names()) {
    func::FuncOp function = library.lookup(name);
    EXPECT_EQ(function.getSymName(), name);
    EXPECT_TRUE(succeeded(verify(function->getParentOp()))) << name.str();
    EXPECT_TRUE(llvm::hasSingleElement(function.getBody())) << name.str();
    for (Operation &op : function.getBody().front().without_terminator()) {
      bool instruction =
          isa<math::FmaOp, math::SqrtOp, math::AbsFOp, math::CopySignOp, math::FloorOp, math::TruncOp>(op);
      EXPECT_TRUE(instruction || isa<arith::ArithDialect>(op.getDialect())) << name.str();
      EXPECT_TRUE(isa<arith::ConstantOp>(op) || op.hasTrait<OpTrait::Elementwise>()) << name.str();
      // Undefined for NaN and large values, and scalar code on AVX2.
      EXPECT_FALSE((isa<arith::FPToSIOp, arith::FPToUIOp>(op))) << name.str();
    }
  }
}

TEST(MathLibrary, ParsesOnceAndFromManyThreads) {
  MLIRContext context;
  MathLibrary library(&context);
  std::vector<std::vector<func::FuncOp>> found(4);
  std::vector<std::thread> threads;
  for (auto &mine : found)
    threads.emplace_back([&] {
      for (StringRef name : MathLibrary::names())
        mine.push_back(library.lookup(name));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (auto &mine : found)
    EXPECT_TRUE(mine == found[0]);
}

TEST(MathLibrary, InlinesForVectors) {
  MLIRContext context;
  MathLibrary library(&context);
  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToStart(module->getBody());
  Type f32 = b.getF32Type();
  for (Type type : {f32, Type(VectorType::get({4, 8}, f32)), Type(VectorType::get({4}, f32, {true}))}) {
    auto function = func::FuncOp::create(b, b.getUnknownLoc(),
                                         "f" + std::to_string(module->getBody()->getOperations().size()),
                                         b.getFunctionType({type}, {type}));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(function.addEntryBlock());
    Value y = library.inlineCall(b, b.getUnknownLoc(), "tenon_erf_f32", function.getArgument(0));
    EXPECT_EQ(y.getType(), type);
    func::ReturnOp::create(b, b.getUnknownLoc(), y);
  }
  EXPECT_TRUE(succeeded(verify(*module)));
}

} // namespace
} // namespace tenon::test
