#include "lib/Support/RawTensor.h"
#include "runtime/Expr.h"
#include "llvm/Support/raw_ostream.h"
#include <cassert>
#include <cstdlib>
#include <cstring>

using namespace tenon;

int64_t tenon::elementBytes(ElementType type) {
  return tn_element_bytes(static_cast<int32_t>(type));
}

llvm::StringRef tenon::elementName(ElementType type) {
  switch (type) {
  case ElementType::Undefined:
    return "undefined";
  case ElementType::Float32:
    return "float32";
  case ElementType::UInt8:
    return "uint8";
  case ElementType::Int8:
    return "int8";
  case ElementType::UInt16:
    return "uint16";
  case ElementType::Int16:
    return "int16";
  case ElementType::Int32:
    return "int32";
  case ElementType::Int64:
    return "int64";
  case ElementType::String:
    return "str";
  case ElementType::Bool:
    return "bool";
  case ElementType::Float16:
    return "float16";
  case ElementType::Float64:
    return "float64";
  case ElementType::UInt32:
    return "uint32";
  case ElementType::UInt64:
    return "uint64";
  case ElementType::Complex64:
    return "complex64";
  case ElementType::Complex128:
    return "complex128";
  case ElementType::BFloat16:
    return "bfloat16";
  case ElementType::Float8E4M3FN:
    return "float8_e4m3fn";
  case ElementType::Float8E4M3FNUZ:
    return "float8_e4m3fnuz";
  case ElementType::Float8E5M2:
    return "float8_e5m2";
  case ElementType::Float8E5M2FNUZ:
    return "float8_e5m2fnuz";
  case ElementType::UInt4:
    return "uint4";
  case ElementType::Int4:
    return "int4";
  case ElementType::Float4E2M1:
    return "float4_e2m1fn";
  case ElementType::Float8E8M0:
    return "float8_e8m0fnu";
  case ElementType::UInt2:
    return "uint2";
  case ElementType::Int2:
    return "int2";
  case ElementType::Float6E2M3:
    return "float6_e2m3fn";
  case ElementType::Float6E3M2:
    return "float6_e3m2fn";
  }
  return "unknown";
}

std::string tenon::shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '(';
  for (size_t i = 0; i < shape.size(); ++i)
    os << (i ? ", " : "") << shape[i];
  os << (shape.size() == 1 ? ",)" : ")");
  return text;
}

void RawTensor::Free::operator()(char *memory) const {
  std::free(memory);
}

llvm::Expected<RawTensor> RawTensor::create(ElementType type, llvm::ArrayRef<int64_t> shape) {
  int64_t elements = 1, size = elementBytes(type);
  bool empty = false, overflow = size == 0;
  for (int64_t extent : shape) {
    overflow |= extent < 0;
    empty |= extent == 0;
  }
  // The product of the extents that are not zero must fit even for an empty tensor: strides are made of it.
  for (int64_t extent : shape)
    if (extent > 0)
      overflow |= __builtin_mul_overflow(elements, extent, &elements);
  overflow |= __builtin_mul_overflow(elements, size, &size) || size > INT64_MAX - 64;
  if (overflow)
    return llvm::createStringError("a %s tensor of shape %s is too large", elementName(type).str().c_str(),
                                   shapeText(shape).c_str());
  RawTensor tensor;
  tensor.elementType = type;
  tensor.extents.assign(shape.begin(), shape.end());
  tensor.elements = empty ? 0 : elements;
  size_t room = (tensor.bytes() + 64) & ~size_t(63); // never zero: an empty tensor has an address, too
  char *memory = static_cast<char *>(std::aligned_alloc(64, room));
  if (!memory)
    return llvm::createStringError("out of memory for a %s tensor of shape %s",
                                   elementName(type).str().c_str(), shapeText(shape).c_str());
  std::memset(memory, 0, room);
  tensor.storage.reset(memory);
  return tensor;
}

void RawTensor::shrink(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  assert(count <= elements && "a tensor can only shrink");
  extents.assign(shape.begin(), shape.end());
  elements = count;
}
