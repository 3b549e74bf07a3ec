#pragma once
#include "lib/Support/RawTensor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tenon::onnx {
class TensorProto;
class SparseTensorProto;
} // namespace tenon::onnx

namespace tenon::onnx_import {

struct Storage;

/// Whether `number` is a TensorProto.DataType that ONNX defines, UNDEFINED excepted.
bool isElementType(int32_t number);

/// ONNX's name of the type in lower case ("float", "uint8", "float8e4m3fn", …).
llvm::StringRef name(ElementType type);

/// Bits of one element as ONNX stores it densely (2, 4 and 6 for the sub-byte types, which ONNX packs
/// from the low bits of each byte upwards); 0 for strings.
unsigned bitWidth(ElementType type);

/// The number of elements of a tensor with these dims; none if a dim is negative, there are more than
/// 64 of them, or the tensor would take more than 2^40 bytes. Zero dims count as one for that limit,
/// so that no sub-product overflows either.
std::optional<int64_t> checkedNumElements(llvm::ArrayRef<int64_t> dims, ElementType type);

/// The dense byte count of `numElements` elements, rounded up to a whole byte.
uint64_t byteCount(int64_t numElements, ElementType type);

/// A tensor's elements, little-endian, dense, in row-major order.
///
/// `bytes()` may be *unaligned* (it often lies inside the mapped model file): read elements with memcpy
/// or copy them out. Booleans are bytes 0 or 1. Sub-byte types are packed as ONNX packs them, the first
/// element in the low bits. The owner keeps the bytes alive, so a TensorData outlives its Model.
class TensorData {
public:
  TensorData(llvm::ArrayRef<char> bytes, std::shared_ptr<const void> owner, bool mapped)
      : view(bytes), keepAlive(std::move(owner)), mapped(mapped) {}

  llvm::ArrayRef<char> bytes() const { return view; }
  /// What keeps `bytes()` alive: a file mapping, a converted buffer or the parsed model.
  const std::shared_ptr<const void> &owner() const { return keepAlive; }
  /// Whether the bytes lie in a mapped file, thus cost no memory beyond the page cache.
  bool isMapped() const { return mapped; }
  /// Tells the kernel that mapped pages need not stay resident. The bytes stay readable (the pages
  /// fault in again), so this is safe at any time; it does nothing for bytes in memory.
  void release() const;

private:
  llvm::ArrayRef<char> view;
  std::shared_ptr<const void> keepAlive;
  bool mapped;
};

/// A view of a tensor in the model: an initializer or an attribute. Cheap to copy, valid while its Model
/// lives. The model was checked, so dims, type and byte counts agree.
class Tensor {
public:
  Tensor(const onnx::TensorProto &proto, const Storage &storage) : proto(&proto), storage(&storage) {}
  Tensor(const onnx::SparseTensorProto &proto, const Storage &storage) : sparse(&proto), storage(&storage) {}

  /// The tensor's own name; empty for most attributes.
  llvm::StringRef name() const;
  ElementType elementType() const;
  llvm::ArrayRef<int64_t> dims() const;
  int64_t numElements() const;
  /// Bytes that `data()` will have; 0 for strings.
  uint64_t byteSize() const;
  /// Whether the model stores it as coordinates and values. `data()` is dense all the same.
  bool isSparse() const { return sparse != nullptr; }

  /// The elements: without a copy where the file holds them as raw_data, external data or in a typed
  /// field of the same width; converted otherwise. Errors: strings, values that do not fit the element
  /// type, booleans other than 0 and 1.
  llvm::Expected<TensorData> data() const;
  /// The elements of a string tensor. Error: any other element type.
  llvm::Expected<std::vector<llvm::StringRef>> strings() const;
  /// The elements of a tensor of type int64 or int32, as int64: shape operands and the like.
  /// Errors: any other type; more than 2^24 elements.
  llvm::Expected<llvm::SmallVector<int64_t>> ints() const;

private:
  const onnx::TensorProto *proto = nullptr;
  const onnx::SparseTensorProto *sparse = nullptr;
  const Storage *storage;
};

} // namespace tenon::onnx_import
