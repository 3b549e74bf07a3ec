#include "lib/Import/Translate.h"
#include "lib/Import/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// A pool over the node's windows; `attrs` are those that only this kind of pool has.
template <typename Op>
static LogicalResult translatePool(NodeImporter &n, SmallVector<NamedAttribute> attrs,
                                   unsigned numResults = 1) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  FailureOr<nn::Windows> windows = readWindows(n, x, {});
  if (failed(windows))
    return failure();
  attrs.append(windowAttrs(n, *windows));
  attrs.push_back(n.attr("kernel", ArrayRef<int64_t>(windows->kernel)));
  // An auto_pad other than NOTSET makes the windows fit exactly, or (VALID) rounds down in either mode.
  bool ceil = n.attrs.getInt("ceil_mode", 0) != 0 && n.attrs.getString("auto_pad", "NOTSET") == "NOTSET";
  attrs.push_back(n.attr("ceil_mode", ceil));
  SmallVector<mlir::Value> results = n.createMulti<Op>({x}, attrs, numResults);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success();
}

static LogicalResult translateMaxPool(NodeImporter &n) {
  SmallVector<NamedAttribute> attrs;
  bool wantsIndices = n.wants(1);
  if (n.attrs.getInt("storage_order", 0) && wantsIndices)
    attrs.push_back(n.attr("column_major", n.b.getUnitAttr()));
  if (wantsIndices)
    attrs.push_back(n.attr("with_indices", n.b.getUnitAttr()));
  return translatePool<nn::MaxPoolOp>(n, attrs, wantsIndices ? 2 : 1);
}

static LogicalResult translateAveragePool(NodeImporter &n) {
  return translatePool<nn::AvgPoolOp>(
      n, {n.attr("count_include_pad", n.attrs.getInt("count_include_pad", 0) != 0)});
}

static LogicalResult translateLpPool(NodeImporter &n) {
  return translatePool<nn::LpPoolOp>(n, {n.attr("p", n.attrs.getInt("p", 2))});
}

/// A global pool is a pool whose window is the whole extent.
template <typename Op>
static LogicalResult translateGlobal(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  nn::Dims dims = nn::getDims(x);
  std::optional<SmallVector<int64_t>> extents =
      dims.size() < 3 ? std::nullopt : nn::getStatic(ArrayRef(dims).drop_front(2));
  if (!extents)
    return n.fail("expected an input of rank 3 or more with known spatial extents, but got " +
                  nn::dimsToString(dims) + ": bind its symbols by --dim");
  SmallVector<int64_t> ones(extents->size(), 1), zeros(2 * extents->size(), 0);
  SmallVector<NamedAttribute> attrs = windowAttrs(n, nn::Windows(*extents, ones, ones, zeros));
  attrs.push_back(n.attr("kernel", ArrayRef<int64_t>(*extents)));
  attrs.push_back(n.attr("ceil_mode", false));
  if (std::is_same_v<Op, nn::AvgPoolOp>)
    attrs.push_back(n.attr("count_include_pad", false));
  if (std::is_same_v<Op, nn::LpPoolOp>)
    attrs.push_back(n.attr("p", n.attrs.getInt("p", 2)));
  n.out(0, n.create<Op>({x}, attrs));
  return success();
}

static LogicalResult translateLrn(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  n.out(0, n.create<nn::LrnOp>({x}, {n.attr("size", n.attrs.requireInt("size")),
                                     n.attr("alpha", double(n.attrs.getFloat("alpha", 1e-4f))),
                                     n.attr("beta", double(n.attrs.getFloat("beta", 0.75f))),
                                     n.attr("bias", double(n.attrs.getFloat("bias", 1)))}));
  return success();
}

static LogicalResult translateMaxUnpool(NodeImporter &n) {
  mlir::Value x = n.require(0), indices = n.require(1);
  if (!x || !indices)
    return failure();
  size_t rank = std::max<int64_t>(nn::getRank(x) - 2, 0);
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0), shape(rank, -1), offset;
  SmallVector<int64_t> kernel(n.attrs.requireInts("kernel_shape")), strides(n.attrs.getInts("strides", ones)),
      pads(n.attrs.getInts("pads", zeros));
  if (kernel.size() != rank || strides.size() != rank || pads.size() != 2 * rank)
    return n.fail("expected one kernel extent and stride and two pads for each of " + Twine(rank) +
                  " spatial dimensions");
  for (size_t i = 0; i < rank; ++i) {
    for (int64_t value : {kernel[i], strides[i], pads[i], pads[rank + i]})
      if (value < 0 || value > nn::kMaxWindow)
        return n.fail("expected kernel extents, strides and pads from 0 to " + Twine(nn::kMaxWindow) +
                      ", but got " + Twine(value));
    offset.push_back(kernel[i] - strides[i] - pads[i] - pads[rank + i]);
  }
  if (n.in(2)) {
    FailureOr<SmallVector<int64_t>> whole = n.ints(n.in(2), "output_shape");
    if (failed(whole))
      return failure();
    if (whole->size() != rank + 2)
      return n.fail("expected " + Twine(rank + 2) + " numbers in output_shape, but got " +
                    Twine(whole->size()));
    shape.assign(whole->begin() + 2, whole->end());
  }
  n.out(0, n.create<nn::MaxUnpoolOp>({x, indices}, {n.attr("shape", ArrayRef<int64_t>(shape)),
                                                    n.attr("default_scale", ArrayRef<int64_t>(strides)),
                                                    n.attr("default_offset", ArrayRef<int64_t>(offset))}));
  return success();
}

void onnx_import::populatePool(Translators &translators) {
  translators.add("MaxPool", translateMaxPool);
  translators.add("AveragePool", translateAveragePool);
  translators.add("LpPool", translateLpPool);
  translators.add("GlobalMaxPool", translateGlobal<nn::MaxPoolOp>);
  translators.add("GlobalAveragePool", translateGlobal<nn::AvgPoolOp>);
  translators.add("GlobalLpPool", translateGlobal<nn::LpPoolOp>);
  translators.add("LRN", translateLrn);
  translators.add("MaxUnpool", translateMaxUnpool);
}
