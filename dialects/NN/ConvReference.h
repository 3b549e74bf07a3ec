#pragma once

#include "dialects/NN/NN.h"
#include "dialects/NN/Windows.h"

/// What the float and the integer contractions share: checks and plain loops.
namespace tenon::nn {

/// The windows of a convolution with weights of this shape.
Windows convWindows(llvm::ArrayRef<int64_t> weightShape, llvm::ArrayRef<int64_t> strides,
                    llvm::ArrayRef<int64_t> dilations, llvm::ArrayRef<int64_t> pads);

/// Ranks (C1), weights (C3), channels (C4) and the bias' extent (C5) of a convolution.
mlir::LogicalResult checkConvWeights(mlir::Operation *op, mlir::Value x, mlir::Value w, mlir::Value bias,
                                     int64_t group, bool transposed);

/// Result extents of a NumPy matrix product; checks C1 (ranks), C2, C3.
mlir::FailureOr<Dims> inferMatMul(mlir::Operation *op, mlir::Value a, mlir::Value b);

/// Extents of a zero point of a matmul_integer's operand, aligned with the operand's or none at all.
Dims matmulZeroPointDims(mlir::Value zero, mlir::Value operand, bool isB);

/// Integers modulo 2^64, on which sums and products wrap.
std::vector<uint64_t> toWrapped(const HostTensor &tensor);

/// An einsum equation: the letters of every operand and of the result; `letters` holds each once, those of
/// the result first.
struct EinsumTerms {
  std::vector<std::string> inputs;
  std::string output, letters;
};
EinsumTerms parseEinsum(llvm::StringRef equation);
/// The extent of each of `terms.letters`; failure if C3 does not hold.
mlir::FailureOr<Dims> einsumExtents(EinsumOp op, const EinsumTerms &terms);

/// Sums of products of a convolution with zero padding, for every element of `yShape`.
template <typename T>
std::vector<T> convReference(const std::vector<T> &x, llvm::ArrayRef<int64_t> xShape, const std::vector<T> &w,
                             llvm::ArrayRef<int64_t> wShape, llvm::ArrayRef<int64_t> yShape,
                             const Windows &windows, int64_t group) {
  std::vector<T> sums(tenon::numElements(yShape), T(0));
  int64_t in = wShape[1], out = wShape[0], channels = xShape[1];
  llvm::ArrayRef<int64_t> xSpatial = xShape.drop_front(2), ySpatial = yShape.drop_front(2);
  int64_t xPlane = tenon::numElements(xSpatial), kPlane = tenon::numElements(windows.kernel);
  llvm::SmallVector<int64_t> xStrides = rowMajorStrides(xSpatial);
  if (sums.empty())
    return sums;
  T *sum = sums.data();
  for (int64_t n = 0; n < yShape[0]; ++n)
    for (int64_t o = 0; o < out; ++o) {
      llvm::SmallVector<int64_t> p(ySpatial.size(), 0);
      do {
        llvm::SmallVector<int64_t> k(ySpatial.size(), 0);
        int64_t tap = 0;
        do {
          int64_t offset = 0;
          bool inside = true;
          for (size_t i = 0; i < k.size(); ++i) {
            int64_t q = p[i] * windows.strides[i] + k[i] * windows.dilations[i] - windows.begin(i);
            inside &= q >= 0 && q < xSpatial[i];
            offset += q * xStrides[i];
          }
          if (inside)
            for (int64_t c = 0; c < in; ++c)
              *sum += x[(n * channels + o / (out / group) * in + c) * xPlane + offset] *
                      w[(o * in + c) * kPlane + tap];
          ++tap;
        } while (nextIndex(k, windows.kernel));
        ++sum;
      } while (nextIndex(p, ySpatial));
    }
  return sums;
}

/// Sums of products of a NumPy matrix product with `count` results.
template <typename T>
std::vector<T> matmulReference(const std::vector<T> &a, llvm::ArrayRef<int64_t> aShape,
                               const std::vector<T> &b, llvm::ArrayRef<int64_t> bShape, int64_t count) {
  std::vector<T> sums(count, T(0));
  bool row = aShape.size() == 1, column = bShape.size() == 1;
  int64_t rows = row ? 1 : aShape[aShape.size() - 2], inner = aShape.back(),
          columns = column ? 1 : bShape.back();
  llvm::ArrayRef<int64_t> aBatch = aShape.drop_back(row ? 1 : 2), bBatch = bShape.drop_back(column ? 1 : 2);
  // Positions of the operands' matrices for each matrix of the result.
  llvm::SmallVector<int64_t> batch(std::max(aBatch.size(), bBatch.size()), 1);
  for (llvm::ArrayRef<int64_t> own : {aBatch, bBatch})
    for (size_t i = 0; i < own.size(); ++i)
      if (own[i] != 1)
        batch[batch.size() - own.size() + i] = own[i];
  if (!count)
    return sums;
  auto position = [&](llvm::ArrayRef<int64_t> own, llvm::ArrayRef<int64_t> index) {
    int64_t linear = 0;
    for (size_t i = 0; i < own.size(); ++i)
      linear = linear * own[i] + (own[i] == 1 ? 0 : index[index.size() - own.size() + i]);
    return linear;
  };
  llvm::SmallVector<int64_t> index(batch.size(), 0);
  T *sum = sums.data();
  do {
    const T *pa = a.data() + position(aBatch, index) * rows * inner;
    const T *pb = b.data() + position(bBatch, index) * inner * columns;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j, ++sum)
        for (int64_t k = 0; k < inner; ++k)
          *sum += pa[i * inner + k] * pb[k * columns + j];
  } while (nextIndex(index, batch));
  return sums;
}

} // namespace tenon::nn
