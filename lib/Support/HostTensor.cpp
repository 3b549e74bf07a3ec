#include "lib/Support/HostTensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace tenon;

int64_t tenon::elementBytes(Type type) {
  if (isa<IndexType>(type))
    return 8;
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8u);
}

SmallVector<int64_t> tenon::rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = int64_t(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

int64_t tenon::numElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

bool tenon::nextIndex(MutableArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  for (int64_t i = int64_t(shape.size()) - 1; i >= 0; --i) {
    if (++index[i] < shape[i])
      return true;
    index[i] = 0;
  }
  return false;
}

int64_t tenon::linearIndex(ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [i, stride] : llvm::zip(index, strides))
    offset += i * stride;
  return offset;
}

std::optional<int64_t> HostTensor::byteSize(Type elementType, ArrayRef<int64_t> shape) {
  int64_t bytes = elementBytes(elementType);
  // Empty tensors have no bytes, whatever their other extents.
  if (llvm::is_contained(shape, 0))
    return 0;
  for (int64_t extent : shape)
    if (extent < 0 || llvm::MulOverflow(bytes, extent, bytes))
      return std::nullopt;
  return bytes;
}

HostTensor::HostTensor(Type elementType, ArrayRef<int64_t> shape)
    : type(elementType), extents(shape.begin(), shape.end()), count(numElements(shape)) {
  std::shared_ptr<char> memory(static_cast<char *>(std::calloc(std::max<int64_t>(bytes(), 1), 1)), std::free);
  if (!memory)
    llvm::report_bad_alloc_error("host tensor");
  view = memory.get();
  owner = memory;
}

HostTensor::HostTensor(Type elementType, ArrayRef<int64_t> shape, const char *bytes,
                       std::shared_ptr<const void> owner)
    : type(elementType), extents(shape.begin(), shape.end()), count(numElements(shape)),
      owner(std::move(owner)), view(bytes) {}

HostTensor HostTensor::fromAttr(ElementsAttr attr) {
  auto shaped = cast<ShapedType>(attr.getType());
  Type element = shaped.getElementType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return HostTensor(element, shaped.getShape(), blob->getData().data(), nullptr);
  HostTensor tensor(element, shaped.getShape());
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return tensor;
  // Attributes keep sub-byte integers in a form of their own; a tensor keeps one byte each.
  if (isa<IntegerType>(element)) {
    int64_t i = 0;
    bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
    for (const APInt &value : dense.getValues<APInt>())
      tensor.setI(i++, isUnsigned ? Int(value.getZExtValue()) : Int(value.getSExtValue()));
    return tensor;
  }
  int64_t width = elementBytes(element), i = 0;
  for (const APFloat &value : dense.getValues<APFloat>()) {
    uint64_t bits = value.bitcastToAPInt().getZExtValue();
    std::memcpy(tensor.raw() + width * i++, &bits, width);
  }
  return tensor;
}

ElementsAttr HostTensor::toAttr() const {
  auto shaped = RankedTensorType::get(extents, type);
  constexpr int64_t kInlineElements = 64;
  if (count <= kInlineElements) {
    if (isa<IntegerType>(type)) {
      SmallVector<APInt> values;
      for (int64_t i = 0; i < count; ++i)
        values.push_back(
            APInt(type.getIntOrFloatBitWidth(), uint64_t(getI(i)), false, /*implicitTrunc=*/true));
      return DenseElementsAttr::get(shaped, values);
    }
    SmallVector<APFloat> values;
    int64_t width = elementBytes(type);
    for (int64_t i = 0; i < count; ++i) {
      uint64_t bits = 0;
      std::memcpy(&bits, view + width * i, width);
      values.push_back(APFloat(cast<FloatType>(type).getFloatSemantics(),
                               APInt(type.getIntOrFloatBitWidth(), bits, false, true)));
    }
    return DenseElementsAttr::get(shaped, values);
  }
  // The blob shares this tensor's storage: its deleter holds the owner.
  std::shared_ptr<const void> keep = owner;
  AsmResourceBlob blob(
      ArrayRef<char>(view, bytes()), /*dataAlignment=*/1,
      [keep](void *, size_t, size_t) mutable { keep.reset(); },
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(shaped, "t", std::move(blob));
}

template <typename T>
static double asDouble(const char *p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return double(value);
}

double HostTensor::getF(int64_t i) const {
  const char *p = view + i * elementBytes(type);
  if (type.isF32())
    return asDouble<float>(p);
  if (type.isF64())
    return asDouble<double>(p);
  if (auto floating = dyn_cast<FloatType>(type)) {
    uint64_t bits = 0;
    std::memcpy(&bits, p, elementBytes(type));
    APFloat value(floating.getFloatSemantics(), APInt(type.getIntOrFloatBitWidth(), bits, false, true));
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  }
  return double(getI(i));
}

Int HostTensor::getI(int64_t i) const {
  const char *p = view + i * elementBytes(type);
  if (isFloat()) {
    double value = getF(i);
    if (std::isnan(value))
      return 0;
    if (value >= 0x1p127)
      return ~(Int(1) << 127);
    if (value <= -0x1p127)
      return Int(1) << 127;
    return Int(value);
  }
  uint64_t bits = 0;
  std::memcpy(&bits, p, elementBytes(type));
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1)
    return bits != 0;
  if (type.isUnsignedInteger())
    return width == 64 ? Int(bits) : Int(bits & ((uint64_t(1) << width) - 1));
  return llvm::SignExtend64(bits, width);
}

void HostTensor::setF(int64_t i, double value) {
  char *p = raw() + i * elementBytes(type);
  if (type.isF32()) {
    float narrow = float(value);
    std::memcpy(p, &narrow, 4);
  } else if (type.isF64()) {
    std::memcpy(p, &value, 8);
  } else if (auto floating = dyn_cast<FloatType>(type)) {
    APFloat converted(value);
    bool losesInfo;
    converted.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    uint64_t bits = converted.bitcastToAPInt().getZExtValue();
    std::memcpy(p, &bits, elementBytes(type));
  } else if (type.isInteger(1)) {
    *p = value != 0;
  } else {
    unsigned width = type.getIntOrFloatBitWidth();
    bool isUnsigned = type.isUnsignedInteger();
    double low = isUnsigned ? 0 : -std::ldexp(1.0, width - 1),
           high = std::ldexp(1.0, isUnsigned ? width : width - 1);
    Int clamped = std::isnan(value) ? 0
                  : value <= low    ? Int(low)
                  : value >= high   ? Int(high) - 1
                                    : Int(value);
    setI(i, clamped);
  }
}

void HostTensor::setI(int64_t i, Int value) {
  if (isFloat()) {
    // i64 to f32 must round once.
    if (type.isF32()) {
      float narrow = float(value);
      std::memcpy(raw() + i * 4, &narrow, 4);
      return;
    }
    return setF(i, double(value));
  }
  unsigned width = type.getIntOrFloatBitWidth();
  uint64_t bits = width == 1 ? uint64_t(value != 0) : uint64_t(value);
  if (width > 1 && width < 8) // one byte each, sign- or zero-extended
    bits = type.isUnsignedInteger() ? bits & ((1u << width) - 1) : uint64_t(llvm::SignExtend64(bits, width));
  std::memcpy(raw() + i * elementBytes(type), &bits, elementBytes(type));
}

void HostTensor::copyElement(int64_t i, const HostTensor &from, int64_t j) {
  int64_t width = elementBytes(type);
  std::memcpy(raw() + i * width, from.raw() + j * width, width);
}

HostTensor HostTensor::reshaped(ArrayRef<int64_t> shape) const {
  HostTensor result = *this;
  result.extents.assign(shape.begin(), shape.end());
  assert(numElements(shape) == count && "expected the same number of elements");
  return result;
}

SmallVector<int64_t> HostTensor::strides() const {
  return rowMajorStrides(extents);
}
