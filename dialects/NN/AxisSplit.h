#pragma once

#include "dialects/NN/NN.h"

namespace tenon::nn {

/// The positions of a tensor as pairs: one part over the dimensions that an operator works along, one over
/// the others. Element (i, j) is at `kept[i] + along[j]`; both lists are in row-major order.
struct AxisSplit {
  AxisSplit(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
    llvm::SmallVector<int64_t> strides = rowMajorStrides(shape);
    kept.push_back(0);
    along.push_back(0);
    for (auto [i, extent] : llvm::enumerate(shape))
      extend(llvm::is_contained(axes, int64_t(i)) ? along : kept, extent, strides[i]);
  }
  llvm::SmallVector<int64_t, 0> kept, along;

private:
  static void extend(llvm::SmallVector<int64_t, 0> &offsets, int64_t extent, int64_t stride) {
    llvm::SmallVector<int64_t, 0> longer;
    longer.reserve(offsets.size() * extent);
    for (int64_t offset : offsets)
      for (int64_t i = 0; i < extent; ++i)
        longer.push_back(offset + i * stride);
    offsets = std::move(longer);
  }
};

/// Whether `axes` are strictly increasing in [0, rank).
inline bool areAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] < 0 || axes[i] >= rank || (i && axes[i] <= axes[i - 1]))
      return false;
  return true;
}

/// Dimensions after a reduction over `axes`.
inline Dims reduceDims(llvm::ArrayRef<Dim> dims, llvm::ArrayRef<int64_t> axes, bool keep,
                       mlir::MLIRContext *context) {
  Dims out;
  for (auto [i, dim] : llvm::enumerate(dims))
    if (!llvm::is_contained(axes, int64_t(i)))
      out.push_back(dim);
    else if (keep)
      out.push_back(constDim(context, 1));
  return out;
}

/// All axes from `axis` on.
inline llvm::SmallVector<int64_t> axesFrom(int64_t axis, int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(axis, rank));
}

/// A float or an integer other than bool.
inline bool isNumber(mlir::Type type) {
  return llvm::isa<mlir::FloatType>(type) || (llvm::isa<mlir::IntegerType>(type) && !type.isInteger(1));
}

} // namespace tenon::nn
