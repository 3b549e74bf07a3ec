#ifndef TENON_LIB_SUPPORT_RAWTENSOR_H
#define TENON_LIB_SUPPORT_RAWTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace tenon {

/// Element types of tensors, numbered as ONNX's TensorProto.DataType. In memory, elements of 2 and 4 bits
/// take a byte each; strings and elements of 6 bits occur in model files only.
enum class ElementType : int32_t {
  Undefined = 0,
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  UInt4 = 21,
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  UInt2 = 25,
  Int2 = 26,
  Float6E2M3 = 27,
  Float6E3M2 = 28,
};

/// Bytes of one element, or 0 for a type that has none.
int64_t elementBytes(ElementType type);

/// "float32", "int64", "bool", …: as NumPy spells them, where it has the type.
llvm::StringRef elementName(ElementType type);

/// "(1, 3, 224, 224)", "(5,)", "()": as NumPy prints a shape.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// A dense tensor in C order that owns its bytes, aligned to 64: what goes into and comes out of a compiled
/// model. (The compiler reasons with HostTensor, whose types are those of the IR.)
class RawTensor {
public:
  RawTensor() = default;

  /// A tensor of zeros. Fails for a negative dimension, a size beyond what memory can hold, or no memory.
  static llvm::Expected<RawTensor> create(ElementType type, llvm::ArrayRef<int64_t> shape);

  ElementType type() const { return elementType; }
  llvm::ArrayRef<int64_t> shape() const { return extents; }
  int64_t numElements() const { return elements; }
  /// Bytes in use: elements times element size.
  size_t bytes() const { return static_cast<size_t>(elements * elementBytes(elementType)); }
  char *data() { return storage.get(); }
  const char *data() const { return storage.get(); }
  template <typename T>
  llvm::ArrayRef<T> as() const {
    return {reinterpret_cast<const T *>(data()), static_cast<size_t>(elements)};
  }

  /// Gives the tensor another shape of no more elements, such as a result's once its size is known.
  void shrink(llvm::ArrayRef<int64_t> shape);

private:
  struct Free {
    void operator()(char *memory) const;
  };
  ElementType elementType = ElementType::Undefined;
  llvm::SmallVector<int64_t, 4> extents;
  int64_t elements = 0;
  std::unique_ptr<char, Free> storage;
};

} // namespace tenon

#endif // TENON_LIB_SUPPORT_RAWTENSOR_H
