#include "dialects/NN/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

LogicalResult nn::checkWindows(Operation *op, const Windows &windows, size_t spatialRank, StringRef label,
                               bool negativeEnds) {
  size_t n = spatialRank;
  if (windows.kernel.size() != n || windows.strides.size() != n || windows.dilations.size() != n ||
      windows.pads.size() != 2 * n)
    return op->emitOpError(label) << ": expected " << n << " kernel extents, strides and dilations and "
                                  << 2 * n << " pads, but got " << windows.kernel.size() << ", "
                                  << windows.strides.size() << ", " << windows.dilations.size() << " and "
                                  << windows.pads.size();
  auto check = [&](StringRef what, ArrayRef<int64_t> values, int64_t low) -> LogicalResult {
    for (int64_t value : values)
      if (value < low || value > kMaxWindow)
        return op->emitOpError(label)
               << ": expected " << what << " from " << low << " to " << kMaxWindow << ", but got " << value;
    return success();
  };
  if (failed(check("kernel extents", windows.kernel, 1)) || failed(check("strides", windows.strides, 1)) ||
      failed(check("dilations", windows.dilations, 1)))
    return failure();
  return failure(failed(check("pads", ArrayRef(windows.pads).take_front(n), 0)) ||
                 failed(check("pads", ArrayRef(windows.pads).drop_front(n), negativeEnds ? -kMaxWindow : 0)));
}

FailureOr<Dims> nn::countWindows(Operation *op, const Windows &windows, ArrayRef<Dim> spatial,
                                 StringRef label, bool ceil, StringRef ceilLabel) {
  Dims counts;
  for (auto [i, extent] : llvm::enumerate(spatial)) {
    int64_t stride = windows.strides[i], span = windows.span(i);
    std::optional<int64_t> size = getStatic(extent);
    if (size && (*size > kMaxExtent || *size + windows.begin(i) + windows.end(i) < span))
      return op->emitOpError(label) << ": expected a padded extent from " << span << " to " << kMaxExtent
                                    << " in spatial dimension " << i << ", but got " << *size << " + "
                                    << windows.begin(i) << " + " << windows.end(i);
    // The padded extent beyond the first window.
    Dim rest = extent + (windows.begin(i) + windows.end(i) - span);
    if (!ceil || stride == 1) {
      counts.push_back(rest.floorDiv(stride) + 1);
      continue;
    }
    if (size) {
      int64_t count = llvm::divideCeilSigned(*getStatic(rest), stride) + 1;
      if ((count - 1) * stride >= *size + windows.begin(i))
        --count;
      counts.push_back(constDim(op->getContext(), count));
      continue;
    }
    // The last window begins at most `rest + stride - 1`, which is before the end pads if the following
    // holds.
    if (windows.end(i) + stride > span)
      return op->emitOpError(ceilLabel) << ": expected an end pad of at most " << span - stride
                                        << " with ceil mode on symbolic dimension " << dimsToString(extent)
                                        << ", but got " << windows.end(i);
    counts.push_back(rest.ceilDiv(stride) + 1);
  }
  return counts;
}

FailureOr<Dims> nn::inferWindowed(Operation *op, const Windows &windows, ArrayRef<Dim> x, Dim channels,
                                  StringRef label) {
  if (failed(checkWindows(op, windows, x.size() - 2, "C2")))
    return failure();
  FailureOr<Dims> spatial = countWindows(op, windows, x.drop_front(2), label);
  if (failed(spatial))
    return failure();
  Dims dims = {x[0], channels};
  llvm::append_range(dims, *spatial);
  return dims;
}

std::vector<double> nn::toDoubles(const HostTensor &tensor) {
  std::vector<double> values(tensor.size());
  for (int64_t i = 0; i < tensor.size(); ++i)
    values[i] = tensor.getF(i);
  return values;
}

std::vector<Int> nn::toInts(const HostTensor &tensor) {
  std::vector<Int> values(tensor.size());
  for (int64_t i = 0; i < tensor.size(); ++i)
    values[i] = tensor.getI(i);
  return values;
}
