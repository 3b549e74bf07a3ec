#include "lib/Support/HostTensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/DebugStringHelper.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace tenon;

namespace {

class HostTensorTest : public ::testing::Test {
protected:
  Type integer(unsigned width) { return b.getIntegerType(width); }
  Type unsignedInteger(unsigned width) { return b.getIntegerType(width, /*isSigned=*/false); }
  MLIRContext context;
  Builder b{&context};
};

TEST_F(HostTensorTest, IsZeroFilled) {
  HostTensor tensor(b.getF32Type(), {2, 3});
  EXPECT_EQ(tensor.size(), 6);
  EXPECT_EQ(tensor.bytes(), 24);
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(tensor.getF(i), 0.0);
}

TEST_F(HostTensorTest, ScalarsAndEmptyTensors) {
  EXPECT_EQ(HostTensor(b.getF64Type(), {}).size(), 1);
  EXPECT_EQ(HostTensor(b.getF64Type(), {3, 0, 2}).size(), 0);
  EXPECT_TRUE(HostTensor().empty());
}

TEST_F(HostTensorTest, DimensionsCountFromTheEndToo) {
  HostTensor tensor(b.getF32Type(), {2, 3, 5});
  EXPECT_EQ(tensor.dim(0), 2);
  EXPECT_EQ(tensor.dim(-1), 5);
  EXPECT_EQ(tensor.dim(-3), 2);
  EXPECT_EQ(tensor.strides(), (SmallVector<int64_t>{15, 5, 1}));
}

TEST_F(HostTensorTest, ByteSizeDetectsOverflow) {
  int64_t large = int64_t(1) << 32;
  EXPECT_EQ(HostTensor::byteSize(b.getF32Type(), {3, 5}), 60);
  EXPECT_EQ(HostTensor::byteSize(b.getF32Type(), {large, large}), std::nullopt);
  EXPECT_EQ(HostTensor::byteSize(b.getF32Type(), {large, large, 0}), 0);
  EXPECT_EQ(HostTensor::byteSize(b.getF32Type(), {2, -1}), std::nullopt);
  EXPECT_EQ(HostTensor::byteSize(integer(4), {7}), 7);
  EXPECT_EQ(HostTensor::byteSize(integer(1), {7}), 7);
}

TEST_F(HostTensorTest, FloatsRoundToNearestEvenOnce) {
  HostTensor half(b.getF16Type(), {1}), bf16(b.getBF16Type(), {1}), single(b.getF32Type(), {1});
  half.setF(0, 2049.0); // between 2048 and 2050
  EXPECT_EQ(half.getF(0), 2048.0);
  half.setF(0, 1e6);
  EXPECT_TRUE(std::isinf(half.getF(0)));
  bf16.setF(0, 1.0 + 0x1p-8); // a tie
  EXPECT_EQ(bf16.getF(0), 1.0);
  bf16.setF(0, 1.0 + 3 * 0x1p-8); // a tie, to the even one above
  EXPECT_EQ(bf16.getF(0), 1.0 + 0x1p-6);
  // Through a double this would round twice.
  single.setI(0, (Int(1) << 60) + (Int(1) << 36) + 1);
  EXPECT_EQ(single.getF(0), std::ldexp(1.0, 60) + std::ldexp(1.0, 37));
  single.setF(0, std::nan(""));
  EXPECT_TRUE(std::isnan(single.getF(0)));
}

TEST_F(HostTensorTest, FloatToIntegerSaturates) {
  HostTensor i8(integer(8), {1}), u8(unsignedInteger(8), {1}), i64(integer(64), {1}),
      u64(unsignedInteger(64), {1});
  for (auto [value, signedByte, unsignedByte] :
       {std::tuple(300.0, 127, 255), {-300.0, -128, 0}, {1.9, 1, 1}, {-1.9, -1, 0}, {std::nan(""), 0, 0}}) {
    i8.setF(0, value);
    u8.setF(0, value);
    EXPECT_EQ(i8.getI(0), signedByte) << value;
    EXPECT_EQ(u8.getI(0), unsignedByte) << value;
  }
  i64.setF(0, 1e30);
  u64.setF(0, 1e30);
  EXPECT_EQ(int64_t(i64.getI(0)), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(uint64_t(u64.getI(0)), std::numeric_limits<uint64_t>::max());
  i64.setF(0, -1e30);
  EXPECT_EQ(int64_t(i64.getI(0)), std::numeric_limits<int64_t>::min());
}

TEST_F(HostTensorTest, IntegersWrap) {
  HostTensor i8(integer(8), {1}), u16(unsignedInteger(16), {1}), i4(integer(4), {1}),
      u4(unsignedInteger(4), {1}), i1(integer(1), {1});
  i8.setI(0, 200);
  EXPECT_EQ(i8.getI(0), -56);
  u16.setI(0, -1);
  EXPECT_EQ(u16.getI(0), 65535);
  i4.setI(0, 9);
  EXPECT_EQ(i4.getI(0), -7);
  u4.setI(0, 18);
  EXPECT_EQ(u4.getI(0), 2);
  i1.setI(0, 256); // true, although its low byte is zero
  EXPECT_EQ(i1.getI(0), 1);
}

TEST_F(HostTensorTest, FloatsReadAsIntegersSaturate) {
  HostTensor tensor(b.getF64Type(), {4});
  tensor.setF(0, -2.7);
  tensor.setF(1, std::nan(""));
  tensor.setF(2, HUGE_VAL);
  tensor.setF(3, -HUGE_VAL);
  EXPECT_EQ(tensor.getI(0), -2);
  EXPECT_EQ(tensor.getI(1), 0);
  EXPECT_TRUE(tensor.getI(2) > Int(1) << 126);
  EXPECT_TRUE(tensor.getI(3) < -(Int(1) << 126));
}

TEST_F(HostTensorTest, AttributesRoundTripInEveryType) {
  for (Type type : {Type(b.getF16Type()), Type(b.getBF16Type()), Type(b.getF32Type()), Type(b.getF64Type()),
                    integer(1), integer(4), integer(8), integer(16), integer(32), integer(64),
                    unsignedInteger(4), unsignedInteger(8), unsignedInteger(32), unsignedInteger(64)}) {
    // 6 elements are kept inline, 100 as a resource.
    for (int64_t size : {6, 100}) {
      HostTensor tensor(type, {size});
      for (int64_t i = 0; i < size; ++i)
        tensor.setI(i, i % 7 - 3);
      ElementsAttr attr = tensor.toAttr();
      EXPECT_EQ(isa<DenseResourceElementsAttr>(attr), size > 64);
      HostTensor back = HostTensor::fromAttr(attr);
      ASSERT_EQ(back.shape(), tensor.shape());
      ASSERT_EQ(back.elementType(), type);
      for (int64_t i = 0; i < size; ++i)
        EXPECT_EQ(back.getF(i), tensor.getF(i)) << debugString(type) << " at " << i;
    }
  }
}

TEST_F(HostTensorTest, AResourceOutlivesItsTensor) {
  ElementsAttr attr;
  {
    HostTensor tensor(b.getF32Type(), {100});
    tensor.setF(99, 5.0);
    attr = tensor.toAttr();
  }
  EXPECT_EQ(HostTensor::fromAttr(attr).getF(99), 5.0);
}

TEST_F(HostTensorTest, SplatAttributesFillTheTensor) {
  auto type = RankedTensorType::get({4, 5}, b.getF32Type());
  HostTensor tensor = HostTensor::fromAttr(DenseElementsAttr::get(type, 2.5f));
  ASSERT_EQ(tensor.size(), 20);
  EXPECT_EQ(tensor.getF(19), 2.5);
}

TEST_F(HostTensorTest, CopiesAndReshapesShareStorage) {
  HostTensor tensor(integer(32), {2, 3});
  HostTensor other = tensor.reshaped({3, 2});
  tensor.setI(5, 42);
  EXPECT_EQ(other.getI(5), 42);
  EXPECT_EQ(other.shape(), (ArrayRef<int64_t>{3, 2}));
  HostTensor target(integer(32), {1});
  target.copyElement(0, tensor, 5);
  EXPECT_EQ(target.getI(0), 42);
}

TEST(Indices, WalkInRowMajorOrder) {
  SmallVector<int64_t> shape = {2, 1, 3}, index(3, 0), strides = rowMajorStrides(shape);
  EXPECT_EQ(strides, (SmallVector<int64_t>{3, 3, 1}));
  int64_t count = 0;
  do
    EXPECT_EQ(linearIndex(index, strides), count++);
  while (nextIndex(index, shape));
  EXPECT_EQ(count, numElements(shape));
}

} // namespace
