#include "dialects/NN/Shape.h"
#include "dialects/NN/NN.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <limits>
#include <random>

using namespace mlir;
using namespace tenon;
using Bounds = std::pair<int64_t, int64_t>;

namespace {

class Shape : public ::testing::Test {
protected:
  nn::Dim constant(int64_t value) { return nn::constDim(&context, value); }
  nn::Dim symbol(unsigned position) { return getAffineSymbolExpr(position, &context); }
  MLIRContext context;
  Builder b{&context};
  nn::Dim s0 = symbol(0), s1 = symbol(1);
};

TEST_F(Shape, StaticTensorsHaveNoEncoding) {
  RankedTensorType type = nn::getTensorType({constant(2), constant(3)}, b.getF32Type());
  EXPECT_EQ(type, RankedTensorType::get({2, 3}, b.getF32Type()));
  EXPECT_EQ(nn::getStatic(nn::getDims(type)), (SmallVector<int64_t>{2, 3}));
}

TEST_F(Shape, SymbolicDimensionsSurviveTheType) {
  nn::Dims dims = {s0, constant(3), s0.floorDiv(2) + s1};
  RankedTensorType type = nn::getTensorType(dims, b.getF32Type());
  EXPECT_TRUE(type.isDynamicDim(0));
  EXPECT_FALSE(type.isDynamicDim(1));
  EXPECT_EQ(nn::getDims(type), dims);
  EXPECT_FALSE(nn::isStatic(nn::getDims(type)));
}

TEST_F(Shape, ExpressionsThatCancelAreStatic) {
  EXPECT_EQ(nn::getStatic(s0 - s0 + 4), 4);
  EXPECT_EQ(nn::getStatic((s0 * 6).floorDiv(3) - s0 * 2), 0);
  EXPECT_FALSE(nn::getStatic(s0 + 1));
}

TEST_F(Shape, Evaluates) {
  EXPECT_EQ(nn::evaluate(s0 * s1 + 1, {4, 5}), 21);
  EXPECT_EQ(nn::evaluate((s0 - 10).floorDiv(4), {3}), -2);
  EXPECT_EQ(nn::evaluate((s0 - 10).ceilDiv(4), {3}), -1);
  EXPECT_EQ(nn::evaluate((s0 - 10) % 4, {3}), 1);
  EXPECT_EQ(nn::evaluate(nn::numElements({s0, constant(7), s1}, &context), {2, 3}), 42);
}

TEST_F(Shape, EvaluationReportsWhatHasNoValue) {
  int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(nn::evaluate(s0 * s1, {most, 2}), std::nullopt);
  EXPECT_EQ(nn::evaluate(s0 + 1, {most}), std::nullopt);
  EXPECT_EQ(nn::evaluate(s1.floorDiv(s0), {0, 1}), std::nullopt);
  EXPECT_EQ(nn::evaluate(s1, {1}), std::nullopt) << "a symbol without a value";
  EXPECT_EQ(nn::evaluate(ArrayRef<nn::Dim>{s0 - 3}, {2}), std::nullopt) << "a negative extent";
  EXPECT_EQ(nn::evaluate(ArrayRef<nn::Dim>{s0 - 2}, {2}), (SmallVector<int64_t>{0}));
}

TEST_F(Shape, BoundsOfSimpleExpressions) {
  SmallVector<Bounds> bounds = {{1, 8}, {2, 3}};
  EXPECT_EQ(nn::getBounds(constant(5), bounds), Bounds(5, 5));
  EXPECT_EQ(nn::getBounds(s0 * 2 + 1, bounds), Bounds(3, 17));
  EXPECT_EQ(nn::getBounds(s0 * -1 + 8, bounds), Bounds(0, 7));
  EXPECT_EQ(nn::getBounds(s0 * s1, bounds), Bounds(2, 24));
  EXPECT_EQ(nn::getBounds(s0.floorDiv(3), bounds), Bounds(0, 2));
  EXPECT_EQ(nn::getBounds(s0 % 4, bounds), Bounds(0, 3));
  EXPECT_EQ(nn::getBounds(s0 % 16, bounds), Bounds(1, 8));
  EXPECT_EQ(nn::getBounds(s0.floorDiv(s1 - 2), bounds), std::nullopt) << "a divisor that may be zero";
  EXPECT_EQ(nn::getBounds(symbol(2), bounds), std::nullopt) << "a symbol without bounds";
  bounds = {{1, std::numeric_limits<int64_t>::max()}};
  EXPECT_EQ(nn::getBounds(s0 * 2, bounds), std::nullopt) << "overflow";
}

TEST_F(Shape, BoundsHoldForEveryValue) {
  std::mt19937 random(3);
  SmallVector<Bounds> bounds = {{1, 6}, {0, 5}};
  for (int round = 0; round < 300; ++round) {
    nn::Dim dim = random() % 2 ? s0 : s1;
    for (int step = 0; step < 4; ++step) {
      nn::Dim other = random() % 3 == 0 ? s1 : constant(int64_t(random() % 7) - 3);
      int64_t divisor = 1 + random() % 4;
      switch (random() % 5) {
      case 0:
        dim = dim + other;
        break;
      case 1:
        dim = dim * other;
        break;
      case 2:
        dim = dim.floorDiv(divisor);
        break;
      case 3:
        dim = dim.ceilDiv(divisor);
        break;
      default:
        dim = dim % divisor;
      }
    }
    std::optional<Bounds> range = nn::getBounds(dim, bounds);
    ASSERT_TRUE(range);
    for (int64_t x = 1; x <= 6; ++x)
      for (int64_t y = 0; y <= 5; ++y) {
        std::optional<int64_t> value = nn::evaluate(dim, {x, y});
        ASSERT_TRUE(value);
        EXPECT_LE(range->first, *value) << nn::dimsToString(dim);
        EXPECT_GE(range->second, *value) << nn::dimsToString(dim);
      }
  }
}

TEST_F(Shape, BoundsOfAModulesSymbols) {
  context.loadDialect<nn::NNDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  EXPECT_TRUE(nn::getSymbolBounds(*module).empty());
  Attribute symbols[] = {nn::SymbolAttr::get(&context, "N", 1, 64, false),
                         nn::SymbolAttr::get(&context, "length", 2, 2, false)};
  (*module)->setAttr(nn::NNDialect::kSymbolsAttr, b.getArrayAttr(symbols));
  EXPECT_EQ(nn::getSymbolBounds(*module), (SmallVector<Bounds>{{1, 64}, {2, 2}}));
}

TEST_F(Shape, Broadcasts) {
  auto broadcast = [&](ArrayRef<nn::Dim> a, ArrayRef<nn::Dim> b) {
    FailureOr<nn::Dims> dims = nn::broadcastDims(a, b);
    return failed(dims) ? std::string("no") : nn::dimsToString(*dims);
  };
  nn::Dim one = constant(1), two = constant(2), three = constant(3);
  EXPECT_EQ(broadcast({two, one}, {three}), "2x3");
  EXPECT_EQ(broadcast({three}, {two, one}), "2x3");
  EXPECT_EQ(broadcast({}, {two}), "2");
  EXPECT_EQ(broadcast({}, {}), "scalar");
  EXPECT_EQ(broadcast({two}, {three}), "no");
  EXPECT_EQ(broadcast({s0}, {one}), "s0");
  EXPECT_EQ(broadcast({s0, three}, {s0, one}), "s0x3");
  EXPECT_EQ(broadcast({s0}, {s1}), "no") << "the two may differ";
  EXPECT_EQ(broadcast({constant(0)}, {one}), "0");
}

TEST_F(Shape, AxesCountFromTheEndToo) {
  EXPECT_EQ(nn::normalizeAxis(-1, 4), 3);
  EXPECT_EQ(nn::normalizeAxis(3, 4), 3);
  EXPECT_EQ(nn::normalizeAxis(4, 4), std::nullopt);
  EXPECT_EQ(nn::normalizeAxis(-5, 4), std::nullopt);
  EXPECT_EQ(nn::normalizeAxis(0, 0), std::nullopt);
}

} // namespace
