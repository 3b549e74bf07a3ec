#include "lib/Driver/Tensors.h"
#include "mlir/IR/Builders.h"
#include <cstring>

using namespace mlir;
using namespace tenon;

ElementType tenon::toElementType(Type type) {
  using E = ElementType;
  bool u = type.isUnsignedInteger();
  if (auto integer = dyn_cast<IntegerType>(type)) {
    switch (integer.getWidth()) {
    case 1:
      return E::Bool;
    case 2:
      return u ? E::UInt2 : E::Int2;
    case 4:
      return u ? E::UInt4 : E::Int4;
    case 8:
      return u ? E::UInt8 : E::Int8;
    case 16:
      return u ? E::UInt16 : E::Int16;
    case 32:
      return u ? E::UInt32 : E::Int32;
    case 64:
      return u ? E::UInt64 : E::Int64;
    }
    return E::Undefined;
  }
  return llvm::TypeSwitch<Type, E>(type)
      .Case([](Float64Type) { return E::Float64; })
      .Case([](Float32Type) { return E::Float32; })
      .Case([](Float16Type) { return E::Float16; })
      .Case([](BFloat16Type) { return E::BFloat16; })
      .Case([](Float8E4M3FNType) { return E::Float8E4M3FN; })
      .Case([](Float8E4M3FNUZType) { return E::Float8E4M3FNUZ; })
      .Case([](Float8E5M2Type) { return E::Float8E5M2; })
      .Case([](Float8E5M2FNUZType) { return E::Float8E5M2FNUZ; })
      .Case([](Float8E8M0FNUType) { return E::Float8E8M0; })
      .Case([](Float4E2M1FNType) { return E::Float4E2M1; })
      .Default([](Type) { return E::Undefined; });
}

Type tenon::fromElementType(MLIRContext *context, ElementType type) {
  Builder b(context);
  switch (type) {
  case ElementType::Bool:
    return b.getI1Type();
  case ElementType::Int2:
    return b.getIntegerType(2);
  case ElementType::Int4:
    return b.getIntegerType(4);
  case ElementType::Int8:
    return b.getIntegerType(8);
  case ElementType::Int16:
    return b.getIntegerType(16);
  case ElementType::Int32:
    return b.getIntegerType(32);
  case ElementType::Int64:
    return b.getIntegerType(64);
  case ElementType::UInt2:
    return b.getIntegerType(2, /*isSigned=*/false);
  case ElementType::UInt4:
    return b.getIntegerType(4, /*isSigned=*/false);
  case ElementType::UInt8:
    return b.getIntegerType(8, /*isSigned=*/false);
  case ElementType::UInt16:
    return b.getIntegerType(16, /*isSigned=*/false);
  case ElementType::UInt32:
    return b.getIntegerType(32, /*isSigned=*/false);
  case ElementType::UInt64:
    return b.getIntegerType(64, /*isSigned=*/false);
  case ElementType::Float16:
    return b.getF16Type();
  case ElementType::BFloat16:
    return b.getBF16Type();
  case ElementType::Float32:
    return b.getF32Type();
  case ElementType::Float64:
    return b.getF64Type();
  case ElementType::Float8E4M3FN:
    return b.getType<Float8E4M3FNType>();
  case ElementType::Float8E4M3FNUZ:
    return b.getType<Float8E4M3FNUZType>();
  case ElementType::Float8E5M2:
    return b.getType<Float8E5M2Type>();
  case ElementType::Float8E5M2FNUZ:
    return b.getType<Float8E5M2FNUZType>();
  case ElementType::Float8E8M0:
    return b.getType<Float8E8M0FNUType>();
  case ElementType::Float4E2M1:
    return b.getType<Float4E2M1FNType>();
  case ElementType::Undefined:
  case ElementType::String:
  case ElementType::Complex64:
  case ElementType::Complex128:
  case ElementType::Float6E2M3:
  case ElementType::Float6E3M2:
    return {};
  }
  return {};
}

llvm::Expected<HostTensor> tenon::toHost(MLIRContext *context, std::shared_ptr<const RawTensor> tensor) {
  Type type = fromElementType(context, tensor->type());
  if (!type)
    return llvm::createStringError("expected a numeric element type, but got " + elementName(tensor->type()));
  const RawTensor *raw = tensor.get();
  return HostTensor(type, raw->shape(), raw->data(), std::move(tensor));
}

llvm::Expected<RawTensor> tenon::toRaw(const HostTensor &tensor) {
  llvm::Expected<RawTensor> raw = RawTensor::create(toElementType(tensor.elementType()), tensor.shape());
  if (raw && raw->bytes())
    std::memcpy(raw->data(), tensor.raw(), raw->bytes());
  return raw;
}

DenseElementsAttr tenon::toInlineAttr(const HostTensor &tensor) {
  Type type = tensor.elementType();
  auto shaped = RankedTensorType::get(tensor.shape(), type);
  unsigned width = type.getIntOrFloatBitWidth();
  if (isa<IntegerType>(type)) {
    SmallVector<APInt> values;
    for (int64_t i = 0; i < tensor.size(); ++i)
      values.push_back(APInt(width, uint64_t(tensor.getI(i)), false, /*implicitTrunc=*/true));
    return DenseElementsAttr::get(shaped, values);
  }
  SmallVector<APFloat> values;
  int64_t bytes = elementBytes(type);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, tensor.raw() + bytes * i, bytes);
    values.push_back(APFloat(cast<FloatType>(type).getFloatSemantics(), APInt(width, bits, false, true)));
  }
  return DenseElementsAttr::get(shaped, values);
}
