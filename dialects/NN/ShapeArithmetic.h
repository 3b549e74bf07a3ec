#pragma once

#include "dialects/NN/Shape.h"
#include "llvm/ADT/DenseMap.h"

namespace tenon::nn {

/// Small integer tensors whose elements are known as dimension expressions: how shape arithmetic is followed
/// where sizes are symbolic.
class KnownDims {
public:
  /// Elements of a tensor in row-major order; null if they are not known.
  const Dims *get(mlir::Value value) const {
    auto it = values.find(value);
    return it == values.end() ? nullptr : &it->second;
  }
  void set(mlir::Value value, Dims elements) { values[value] = std::move(elements); }
  void erase(mlir::Value value) { values.erase(value); }
  /// Range of an expression over the symbols' bounds; nullopt on overflow.
  std::optional<std::pair<int64_t, int64_t>> bounds(Dim dim) const { return getBounds(dim, symbolBounds); }

  /// Bounds of the module's symbols, by position.
  llvm::SmallVector<std::pair<int64_t, int64_t>> symbolBounds;
  /// Tensors of more elements are not followed.
  static constexpr int64_t kMaxElements = 1024;

private:
  llvm::DenseMap<mlir::Value, Dims> values;
};

/// Whether `dim` has at most `limit` operators and leaves, counted as a tree: larger expressions would make
/// every walk over them slow.
bool isSmall(Dim dim, int64_t limit = 256);

} // namespace tenon::nn
