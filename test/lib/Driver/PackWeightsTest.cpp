#include "lib/Driver/PackWeights.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <cstring>
#include <vector>

using namespace mlir;
using namespace tenon;

namespace {

class VectorSink : public WeightsSink {
public:
  std::vector<char> bytes;

private:
  llvm::Error append(llvm::ArrayRef<char> more) override {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return llvm::Error::success();
  }
};

class PackWeights : public ::testing::Test {
protected:
  PackWeights() { context.loadDialect<sched::SchedDialect>(); }

  sched::LayoutAttr layout(ArrayRef<int64_t> order, ArrayRef<int64_t> blocks) {
    return sched::LayoutAttr::get(&context, order, blocks, {}, {});
  }

  /// No element is 0, so that padding is told from elements.
  template <typename T>
  static HostTensor numbered(Type type, ArrayRef<int64_t> shape) {
    HostTensor tensor(type, shape);
    for (int64_t i = 0; i < tensor.size(); ++i)
      tensor.data<T>()[i] = T(i % 251 + 1);
    return tensor;
  }

  /// Compares what is written with the element that the layout's map says is there, one by one.
  template <typename T>
  void expectPacked(Type type, ArrayRef<int64_t> shape, sched::LayoutAttr layout) {
    HostTensor tensor = numbered<T>(type, shape);
    SmallVector<int64_t> extents = layout.getBufferShape(shape);
    int64_t count = 1;
    for (int64_t extent : extents)
      count *= extent;
    std::vector<T> want(count, T(0));
    SmallVector<int64_t> at(shape.size(), 0);
    for (int64_t i = 0; i < tensor.size(); ++i) {
      int64_t rest = i, position = 0;
      for (size_t d = shape.size(); d-- > 0; rest /= shape[d])
        at[d] = rest % shape[d];
      for (auto [subscript, extent] : llvm::zip(layout.getMap().compose(at), extents)) {
        ASSERT_GE(subscript, 0);
        ASSERT_LT(subscript, extent);
        position = position * extent + subscript;
      }
      ASSERT_EQ(want[position], T(0)) << "two elements at one place";
      want[position] = tensor.data<T>()[i];
    }
    VectorSink sink;
    ASSERT_FALSE(writePacked(tensor, layout, sink));
    ASSERT_EQ(int64_t(sink.bytes.size()), count * int64_t(sizeof(T)));
    EXPECT_EQ(packedBytes(RankedTensorType::get(shape, type), layout), int64_t(sink.bytes.size()));
    EXPECT_EQ(std::memcmp(sink.bytes.data(), want.data(), sink.bytes.size()), 0);
  }

  MLIRContext context;
  Type f32 = Float32Type::get(&context);
};

TEST_F(PackWeights, RowsAreWrittenAsTheyAre) {
  HostTensor tensor = numbered<float>(f32, {3, 5});
  VectorSink sink;
  ASSERT_FALSE(writePacked(tensor, {}, sink));
  ASSERT_EQ(int64_t(sink.bytes.size()), tensor.bytes());
  EXPECT_EQ(std::memcmp(sink.bytes.data(), tensor.raw(), sink.bytes.size()), 0);
  EXPECT_EQ(packedBytes(RankedTensorType::get({3, 5}, f32), {}), tensor.bytes());
}

TEST_F(PackWeights, Permutations) {
  expectPacked<float>(f32, {7}, layout({0}, {}));
  expectPacked<float>(f32, {3, 5}, layout({1, 0}, {}));
  expectPacked<float>(f32, {2, 3, 4, 5}, layout({3, 1, 0, 2}, {}));
}

TEST_F(PackWeights, BlocksOfOneDimension) {
  for (int64_t extent : {1, 7, 8, 9, 16, 23})
    for (int64_t block : {2, 8, 16}) {
      expectPacked<float>(f32, {extent}, layout({0}, {0, block}));
      expectPacked<float>(f32, {5, extent}, layout({1, 0}, {1, block}));
      expectPacked<float>(f32, {extent, 5}, layout({0, 1}, {0, block}));
      expectPacked<float>(f32, {extent, 1, 3, 2}, layout({0, 1, 2, 3}, {0, block}));
      expectPacked<float>(f32, {2, extent, 3, 2}, layout({0, 1, 2, 3}, {1, block}));
      expectPacked<float>(f32, {2, 3, extent}, layout({2, 0, 1}, {2, block}));
    }
}

TEST_F(PackWeights, BlocksOfTwoDimensions) {
  for (int64_t outputs : {8, 16, 20, 33})
    for (int64_t channels : {3, 8, 17}) {
      expectPacked<float>(f32, {outputs, channels, 3, 2}, layout({0, 1, 2, 3}, {1, 8, 0, 16}));
      expectPacked<float>(f32, {outputs, channels, 1, 1}, layout({0, 1, 2, 3}, {1, 16, 0, 32}));
      expectPacked<float>(f32, {outputs, channels}, layout({1, 0}, {0, 16, 1, 4}));
    }
}

TEST_F(PackWeights, OtherElementTypes) {
  expectPacked<int8_t>(IntegerType::get(&context, 8), {5, 13}, layout({1, 0}, {1, 8}));
  expectPacked<int16_t>(IntegerType::get(&context, 16), {5, 13}, layout({0, 1}, {0, 4, 1, 8}));
  expectPacked<double>(Float64Type::get(&context), {5, 13}, layout({1, 0}, {1, 4}));
}

TEST_F(PackWeights, Nothing) {
  expectPacked<float>(f32, {0, 5}, layout({0, 1}, {0, 8}));
  expectPacked<float>(f32, {5, 0}, layout({0, 1}, {0, 8}));
  expectPacked<float>(f32, {5, 0}, layout({0, 1}, {1, 8}));
}

TEST_F(PackWeights, SizesThatOverflow) {
  int64_t huge = int64_t(1) << 40;
  EXPECT_EQ(packedBytes(RankedTensorType::get({huge, huge}, f32), layout({0, 1}, {1, 8})), std::nullopt);
}

} // namespace
