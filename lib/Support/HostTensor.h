#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <memory>

namespace tenon {

/// A wide integer that holds every value of i64 and ui64, so that integer meanings are written once.
using Int = __int128;

/// Bytes that one element of `type` takes in memory: sub-byte types and bool take one byte.
int64_t elementBytes(mlir::Type type);

/// A dense row-major tensor in host memory, of any numeric element type of `nn`.
/// Copies share the storage. Element access converts, plainly and slowly; hot loops use
/// `data<T>()`.
class HostTensor {
public:
  HostTensor() = default;
  /// Zero-filled. `shape` has no negative extent; the byte count must fit (see `byteSize`).
  HostTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);
  /// A view of memory kept alive by `owner`.
  HostTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape, const char *bytes,
             std::shared_ptr<const void> owner);

  /// From a constant attribute (inline or resource; resources are viewed, not copied).
  static HostTensor fromAttr(mlir::ElementsAttr attr);
  /// As an attribute: inline up to 64 elements or when splat, else a resource that owns or shares the bytes.
  mlir::ElementsAttr toAttr() const;

  /// Bytes of a tensor, or nullopt on overflow.
  static std::optional<int64_t> byteSize(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);

  mlir::Type elementType() const { return type; }
  llvm::ArrayRef<int64_t> shape() const { return extents; }
  int64_t dim(int64_t i) const { return extents[i < 0 ? i + extents.size() : i]; }
  int64_t rank() const { return extents.size(); }
  int64_t size() const { return count; }
  int64_t bytes() const { return count * elementBytes(type); }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(type); }
  bool empty() const { return !type; }

  const char *raw() const { return view; }
  char *raw() { return const_cast<char *>(view); }
  template <typename T>
  llvm::ArrayRef<T> data() const {
    return {reinterpret_cast<const T *>(view), size_t(count)};
  }
  template <typename T>
  llvm::MutableArrayRef<T> data() {
    return {reinterpret_cast<T *>(raw()), size_t(count)};
  }

  /// Element `i` (row-major) as a double; integers and bool convert.
  double getF(int64_t i) const;
  /// Element `i` as an integer; floats truncate, saturating.
  Int getI(int64_t i) const;
  /// Stores with rounding to nearest even for floats (computed from the double), saturating for integers.
  void setF(int64_t i, double value);
  /// Stores an integer; wraps in integer types, nonzero is true for bool.
  void setI(int64_t i, Int value);
  /// Copies element `j` of `from` (same element type) to `i`.
  void copyElement(int64_t i, const HostTensor &from, int64_t j);

  /// The same data with another shape of equal size.
  HostTensor reshaped(llvm::ArrayRef<int64_t> shape) const;

  /// Row-major strides, in elements.
  llvm::SmallVector<int64_t> strides() const;

private:
  mlir::Type type;
  llvm::SmallVector<int64_t> extents;
  int64_t count = 0;
  std::shared_ptr<const void> owner;
  const char *view = nullptr;
};

/// Row-major strides of a shape, in elements.
llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);
/// Number of elements of a shape.
int64_t numElements(llvm::ArrayRef<int64_t> shape);
/// Advances a row-major multi-index; returns false after the last.
bool nextIndex(llvm::MutableArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);
/// Linear offset of a multi-index.
int64_t linearIndex(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> strides);

} // namespace tenon
