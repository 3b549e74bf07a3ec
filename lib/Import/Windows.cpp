#include "lib/Import/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

FailureOr<nn::Windows> onnx_import::readWindows(NodeImporter &n, mlir::Value x, mlir::Value weights) {
  nn::Dims spatial = nn::getDims(x);
  if (spatial.size() < 3)
    return n.fail("expected an input of rank 3 or more, but got " + nn::dimsToString(spatial));
  spatial.erase(spatial.begin(), spatial.begin() + 2);
  size_t rank = spatial.size();
  SmallVector<int64_t> kernel(n.attrs.getInts("kernel_shape", {}));
  if (weights) {
    std::optional<SmallVector<int64_t>> shape = nn::getStatic(nn::getDims(weights));
    if (!shape || shape->size() != rank + 2)
      return n.fail("expected weights of rank " + Twine(rank + 2) + " and known extents, but got " +
                    nn::dimsToString(nn::getDims(weights)));
    ArrayRef<int64_t> actual = ArrayRef(*shape).drop_front(2);
    if (!kernel.empty() && ArrayRef<int64_t>(kernel) != actual)
      return n.fail("expected kernel_shape to be the weights' extents " +
                    nn::dimsToString(nn::getDims(weights)));
    kernel.assign(actual.begin(), actual.end());
  }
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  nn::Windows windows(kernel, n.attrs.getInts("strides", ones), n.attrs.getInts("dilations", ones),
                      n.attrs.getInts("pads", zeros));
  for (SmallVector<int64_t> *list : {&windows.strides, &windows.dilations})
    if (list->empty())
      *list = ones;
  if (windows.pads.empty())
    windows.pads = zeros;
  if (windows.kernel.size() != rank || windows.strides.size() != rank || windows.dilations.size() != rank ||
      windows.pads.size() != 2 * rank)
    return n.fail("expected one kernel extent, stride and dilation and two pads for each of " + Twine(rank) +
                  " spatial dimensions");
  StringRef autoPad = n.attrs.getString("auto_pad", "NOTSET");
  if (autoPad == "NOTSET")
    return windows;
  windows.pads = zeros;
  if (autoPad == "VALID")
    return windows;
  bool upper = autoPad == "SAME_UPPER";
  if (!upper && autoPad != "SAME_LOWER")
    return n.fail("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, but got " + quoted(autoPad));
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = windows.strides[i], span, total;
    for (int64_t value : {windows.kernel[i], stride, windows.dilations[i]})
      if (value < 1 || value > nn::kMaxWindow)
        return n.fail("expected kernel extents, strides and dilations from 1 to " + Twine(nn::kMaxWindow) +
                      ", but got " + Twine(value));
    span = windows.span(i);
    std::optional<int64_t> extent = nn::getStatic(spatial[i]);
    if (extent)
      total = extent > nn::kMaxExtent
                  ? 0
                  : std::max<int64_t>(0, (llvm::divideCeil(*extent, stride) - 1) * stride + span - *extent);
    else if (stride == 1)
      total = span - 1;
    else
      return n.fail("expected a known extent of spatial dimension " + Twine(i) + " for auto_pad " + autoPad +
                    " with a stride: bind its symbol by --dim");
    windows.pads[i] = upper ? total / 2 : total - total / 2;
    windows.pads[rank + i] = total - windows.pads[i];
  }
  return windows;
}

SmallVector<NamedAttribute> onnx_import::windowAttrs(NodeImporter &n, const nn::Windows &windows) {
  return {n.attr("strides", ArrayRef<int64_t>(windows.strides)),
          n.attr("pads", ArrayRef<int64_t>(windows.pads)),
          n.attr("dilations", ArrayRef<int64_t>(windows.dilations))};
}

FailureOr<Convolution> onnx_import::readConvolution(NodeImporter &n, size_t x, size_t weights) {
  Convolution result{n.require(x), n.require(weights), {}};
  if (!result.x || !result.weights)
    return failure();
  FailureOr<nn::Windows> windows = readWindows(n, result.x, result.weights);
  if (failed(windows))
    return failure();
  result.attrs = windowAttrs(n, *windows);
  result.attrs.push_back(n.attr("group", n.attrs.getInt("group", 1)));
  return result;
}
