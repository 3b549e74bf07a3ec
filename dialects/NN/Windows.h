#pragma once

#include "dialects/NN/Shape.h"
#include "lib/Support/HostTensor.h"

namespace tenon::nn {

/// Windows that slide over the spatial dimensions of a (batch, channels, spatial...) tensor.
struct Windows {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  llvm::SmallVector<int64_t> pads; ///< all begins, then all ends

  Windows(llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> dilations,
          llvm::ArrayRef<int64_t> pads)
      : kernel(kernel), strides(strides), dilations(dilations), pads(pads) {}

  size_t rank() const { return kernel.size(); }
  int64_t begin(size_t i) const { return pads[i]; }
  int64_t end(size_t i) const { return pads[rank() + i]; }
  /// Input elements that a window spans.
  int64_t span(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  bool padded() const {
    return llvm::any_of(pads, [](int64_t pad) { return pad != 0; });
  }
};

/// The largest kernel extent, stride, dilation and pad that is accepted: with it, and extents up to
/// kMaxExtent, no expression over them overflows.
constexpr int64_t kMaxWindow = (int64_t(1) << 20) - 1;
constexpr int64_t kMaxExtent = int64_t(1) << 40;

/// Checks the numbers of attributes and their ranges; `label` is the op's constraint, e.g. "C2". With
/// `negativeEnds`, end pads may be negative.
mlir::LogicalResult checkWindows(mlir::Operation *op, const Windows &windows, size_t spatialRank,
                                 llvm::StringRef label, bool negativeEnds = false);

/// How many windows fit into each of the padded `spatial` extents. With `ceil`, one more that begins before
/// the end pads. `label` and `ceilLabel` are the constraints that a window fits, and that a symbolic extent
/// does not decide about the last one.
mlir::FailureOr<Dims> countWindows(mlir::Operation *op, const Windows &windows, llvm::ArrayRef<Dim> spatial,
                                   llvm::StringRef label, bool ceil = false, llvm::StringRef ceilLabel = "");

/// The result extents of an op that slides windows over `x` (batch, channels, spatial...) and has `channels`:
/// `checkWindows` with "C2" and `countWindows` with `label`.
mlir::FailureOr<Dims> inferWindowed(mlir::Operation *op, const Windows &windows, llvm::ArrayRef<Dim> x,
                                    Dim channels, llvm::StringRef label);

/// All elements, converted once: references index them in loops.
std::vector<double> toDoubles(const HostTensor &tensor);
std::vector<Int> toInts(const HostTensor &tensor);

} // namespace tenon::nn
